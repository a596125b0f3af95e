"""Prices kept for later searches: the same to the bit, and found anew where a file lacks them, is damaged or belongs to other cost models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from intarsia import knobs
from intarsia.cost_models import kept as arrays
from intarsia.cost_models import ops
from intarsia.cost_models.serving.shapes import Plan, Precision
from intarsia.planner.search import kept
from intarsia.planner.search.prices import Pricer
from intarsia.planner.search.space import Replica
from tests.planner.search.samples import problem

ASKED = problem(fleet=(("L4", 4),))
REPLICA = Replica("L4", Plan(tp=2), Precision(), 512, 16)


def priced(folder: Path) -> Pricer:
    with knobs.scope(cache=folder):
        pricer = Pricer(ASKED, keep=True)
        pricer(REPLICA)
        pricer.price.save()
    return pricer


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("prices/*/*"))


def test_later_searches_find_the_same_prices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = priced(tmp_path)
    assert len(files(tmp_path)) == 1
    monkeypatch.setattr("intarsia.cost_models.serving.pricing.Priced.batched", lambda *_: pytest.fail("a price was looked for"))
    again = priced(tmp_path)
    for one, other in zip(first.tables.values(), again.tables.values(), strict=True):
        for name in ("dense", "experts", "send", "logits", "decode", "prefill"):
            np.testing.assert_array_equal(getattr(one.table, name), getattr(other.table, name))


def test_nothing_is_written_unasked(tmp_path: Path) -> None:
    with knobs.scope(cache=tmp_path):
        pricer = Pricer(ASKED)
        pricer(REPLICA)
        pricer.price.save()
    assert not files(tmp_path)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no record", b"{}\n", b'{"bytes": 31, "arrays": {}, "words": {}}\n'])
def test_a_damaged_file_is_none(tmp_path: Path, damage: bytes) -> None:
    first = priced(tmp_path)
    files(tmp_path)[0].write_bytes(damage)
    again = priced(tmp_path)
    key = next(iter(first.tables))
    np.testing.assert_array_equal(first.tables[key].table.dense, again.tables[key].table.dense)
    assert kept._read(files(tmp_path)[0]), "it was not written anew"


def test_lengths_that_do_not_add_up_are_damage(tmp_path: Path) -> None:
    path = tmp_path / "x"
    assert arrays.write(path, arrays.Record({"names": np.zeros(kept.DIGEST, np.uint8), "counts": np.array([3]), "seconds": np.zeros(2)}))
    assert kept._read(path) == {}


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "prices").write_text("in the way")
    assert priced(tmp_path).tables


def test_other_cost_models_start_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    priced(tmp_path)
    before = files(tmp_path)
    monkeypatch.setattr(arrays, "stamp", lambda: "other")
    priced(tmp_path)
    assert [path for path in files(tmp_path) if path.parent.name != "other"] == before and len(files(tmp_path)) == 2


def test_names_tell_operators_apart() -> None:
    one = ops.Gemm(np.arange(1, 5), 64, 64)
    others = [ops.Gemm(np.arange(1, 6), 64, 64), ops.Gemm(np.arange(1, 5), 64, 128), ops.Gemm(np.arange(1, 5), 64, 64, dtype="f8"), ops.Gemm(np.arange(1, 5).astype(float), 64, 64)]
    names = {kept.name_of(op) for op in (one, *others)}
    assert len(names) == len(others) + 1 and kept.name_of(ops.Gemm(np.arange(1, 5), 64, 64)) in names
