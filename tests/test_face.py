"""The package's face: what `intarsia` offers, and that a name is loaded only when it is used."""

from __future__ import annotations

import pytest

import intarsia

FACE = {
    "BundleError", "Cancelled", "Compiled", "IRError", "Imported", "InfeasibleError", "InputError", "IntarsiaError", "Lowered", "MissingDependency", "Planned",
    "RuntimeFailure", "UnsupportedError", "__version__", "compile", "errors", "knobs", "load", "load_source", "plan", "runtime",
}


def test_all_is_the_face() -> None:
    assert set(intarsia.__all__) == FACE
    assert intarsia.__all__ == sorted(intarsia.__all__)


@pytest.mark.parametrize("name", sorted(FACE))
def test_every_name_resolves(name: str) -> None:
    assert getattr(intarsia, name) is not None


def test_dir_shows_the_face() -> None:
    assert dir(intarsia) == sorted(FACE)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'complie'"):
        intarsia.complie  # noqa: B018


def test_errors_form_one_tree() -> None:
    errors = [value for name in FACE if isinstance(value := getattr(intarsia, name), type) and issubclass(value, Exception)]
    assert len(errors) == 9
    assert all(issubclass(error, intarsia.IntarsiaError) for error in errors)


def test_the_verbs_are_those_of_the_stages_and_the_runtime() -> None:
    from intarsia import runtime
    from intarsia.compiler import stages

    assert intarsia.compile is stages.compile
    assert intarsia.plan is stages.plan
    assert intarsia.load is runtime.load
