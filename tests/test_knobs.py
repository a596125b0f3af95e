"""Environment knobs: parsed once, typed, scoped."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intarsia import knobs
from intarsia.errors import InputError


def test_an_empty_environment_gives_the_defaults() -> None:
    found = knobs.from_environment({})
    assert (found.debug, found.validate, found.data) == (0, True, None)
    assert found.cache == Path("~/.cache/intarsia").expanduser()


def test_the_environment_is_read() -> None:
    found = knobs.from_environment({"INTARSIA_CACHE": "/tmp/c", "INTARSIA_DATA": "/tmp/d", "INTARSIA_DEBUG": "3", "INTARSIA_VALIDATE": "off"})
    assert found == knobs.Knobs(cache=Path("/tmp/c"), data=Path("/tmp/d"), debug=3, validate=False)


def test_the_cache_follows_xdg() -> None:
    assert knobs.from_environment({"XDG_CACHE_HOME": "/tmp/x"}).cache == Path("/tmp/x/intarsia")


@pytest.mark.parametrize(("name", "value"), [("INTARSIA_DEBUG", "5"), ("INTARSIA_DEBUG", "-1"), ("INTARSIA_DEBUG", "x"), ("INTARSIA_VALIDATE", "maybe"), ("INTARSIA_CACHE", "~\0")])
def test_a_bad_value_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"{name}: found {value!r}")):
        knobs.from_environment({name: value})


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first text ever drawn builds the table of characters
@given(st.dictionaries(st.sampled_from(["INTARSIA_CACHE", "INTARSIA_DATA", "INTARSIA_DEBUG", "INTARSIA_VALIDATE"]), st.text(max_size=8)))
def test_any_environment_is_read_or_refused(environment: dict[str, str]) -> None:
    try:
        found = knobs.from_environment(environment)
    except InputError:
        return
    assert 0 <= found.debug <= knobs.DEBUG_LEVELS


def test_a_scope_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTARSIA_DEBUG", "1")
    with knobs.scope(debug=4), knobs.scope(validate=False) as inner:
        assert (inner.debug, inner.validate) == (4, False)
        assert knobs.get() == inner
    assert knobs.get().debug == 1


def test_a_scope_is_one_threads_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTARSIA_DEBUG", "0")
    seen: list[int] = []
    with knobs.scope(debug=2):
        thread = threading.Thread(target=lambda: seen.append(knobs.get().debug))
        thread.start()
        thread.join()
    assert seen == [0]


def test_an_unknown_knob_is_refused() -> None:
    with pytest.raises(TypeError), knobs.scope(colour="red"):
        pass
