"""What a step takes longer after a rest, as calibration stores it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia.cost_models import calibrate
from intarsia.cost_models.devices import files, this_machine
from intarsia.cost_models.rest import NEVER_RESTS, Rest
from intarsia.errors import InputError
from tests.cost_models.test_calibrate import Steady

MEASURED = replace(this_machine.estimate(), rest_s={"0.01": 0.0, "1": 0.006, "0.1": 0.002}, sources=this_machine.estimate().sources | {"rest_s": "measured"})


def test_between_points_it_follows_the_logarithm_of_the_rest() -> None:
    rest = Rest.of(MEASURED)
    assert rest == Rest((0.01, 0.1, 1.0), (0.0, 0.002, 0.006))
    assert [rest.after(idle) for idle in (0.0, 0.01, 0.1, 1.0, 3600.0)] == pytest.approx([0.0, 0.0, 0.002, 0.006, 0.006])
    assert rest.after(0.1**0.5) == pytest.approx(0.004)
    assert Rest((0.1,), (0.002,)).after(0.05) == pytest.approx(0.001)


def test_without_a_measurement_nothing_is_added() -> None:
    assert Rest.of(this_machine.estimate()) == NEVER_RESTS and NEVER_RESTS.after(5.0) == 0.0


@given(st.lists(st.tuples(st.floats(1e-3, 10), st.floats(0, 1)), max_size=5), st.floats(0, 100), st.floats(0, 100))
def test_a_longer_rest_never_costs_less(points: list[tuple[float, float]], one: float, other: float) -> None:
    rest = Rest.of(replace(MEASURED, rest_s={str(idle): more for idle, more in points}))
    assert 0 <= rest.after(min(one, other)) <= rest.after(max(one, other)) + 1e-12


def test_a_calibration_holds_it_and_one_that_lacks_it_still_loads(tmp_path: Path) -> None:
    made = calibrate.calibrate(Steady(), [1], rest=lambda: {"0.1": 0.002})
    files.write(made, tmp_path / "new.toml")
    assert files.read(tmp_path / "new.toml").rest_s == {"0.1": 0.002} and "after a rest" in made.sources["rest_s"]
    files.write(calibrate.calibrate(Steady(), [1]), tmp_path / "old.toml")
    assert "[rest_s]" not in (tmp_path / "old.toml").read_text() and files.read(tmp_path / "old.toml").rest_s == {}


@pytest.mark.parametrize(("key", "value", "words"), [("0.1", "-0.002", "zero or more"), ("soon", "0.002", "rest_s.soon"), ("0", "0.002", "above zero"), ("0.1", "20.0", "check its unit"),
                                                     ("0.1", "nan", "rest_s")])  # fmt: skip
def test_a_wrong_rest_is_refused_with_its_line(tmp_path: Path, key: str, value: str, words: str) -> None:
    files.write(replace(MEASURED, rest_s={"0.1": 0.002}), tmp_path / "local.toml")
    text = (tmp_path / "local.toml").read_text()
    (tmp_path / "local.toml").write_text(text.replace('"0.1" = 0.002', f'"{key}" = {value}'))
    with pytest.raises(InputError, match=words) as caught:
        files.read(tmp_path / "local.toml")
    assert "local.toml" in str(caught.value)
