"""Whether a fleet's costs are measured is said, whatever is installed here."""

from __future__ import annotations

from pathlib import Path

import pytest

from intarsia.cost_models import devices
from intarsia.cost_models.silicon import gpus


def test_the_catalogue_has_every_measured_device() -> None:
    assert [devices.load(name).name for name in gpus.GPUS.values()] == list(gpus.GPUS.values())


@pytest.mark.parametrize(
    ("installed", "fleet", "said"),
    [
        (True, ["H100-SXM", "H200"], ""),
        (True, ["H100-SXM", "L4", "T4"], "as there are no measured tables of L4 and T4: bands"),
        (False, ["H100-SXM"], "as measured tables of H100-SXM are not installed (pip install 'intarsia[silicon]'): bands"),
        (False, ["L4", "H200"], "H200 are not installed (pip install 'intarsia[silicon]'), and there are no measured tables of L4: bands"),
    ],
)
def test_what_is_estimated(monkeypatch: pytest.MonkeyPatch, installed: bool, fleet: list[str], said: str) -> None:
    monkeypatch.setattr(gpus, "root", lambda: Path() if installed else None)
    found = gpus.estimated(fleet)
    assert said in found and bool(found) == bool(said)
