"""Time slices: asked for, inherited, given back; and systems that know none."""

from __future__ import annotations

import os
import threading

import pytest

from intarsia.runtime import slices


def test_slices_are_asked_for_inherited_and_given_back() -> None:
    before, inside, inherited = slices.length(), list[int](), list[int]()
    if not before:
        pytest.skip("this system doesn't tell slices of ordinary threads")

    def act() -> None:
        with slices.short():
            inside.append(slices.length())
            thread = threading.Thread(target=lambda: inherited.append(slices.length()))
            thread.start()
            thread.join()
        inside.append(slices.length())

    nice = os.getpriority(os.PRIO_PROCESS, 0)
    other = threading.Thread(target=act)
    other.start()
    other.join()
    assert inside == [slices.SHORT_NS, before] and inherited == [slices.SHORT_NS]
    assert slices.length() == before and os.getpriority(os.PRIO_PROCESS, 0) == nice


def test_a_system_that_refuses_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(slices, "_syscall", lambda number, *rest: calls.append(number) or -1)
    with slices.short():
        assert slices.length() == 0
    assert slices.SETATTR not in calls
    with pytest.raises(ValueError, match="inside"), slices.short():
        raise ValueError("inside")
