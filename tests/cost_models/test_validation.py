"""The parts of the error table: noise against noise that was put in, speed, and how parts are put together."""

from __future__ import annotations

import numpy as np
import pytest

from intarsia.cost_models import validation
from intarsia.cost_models.silicon.tables import Table
from intarsia.cost_models.validation import Row, Run, noise, speed
from intarsia.errors import InputError


def test_noise_is_found_again() -> None:
    """Times that grow with tiles alone, with 3 % of noise: a perfect prediction's median error is 0.67 of that, its mean 0.8."""
    random = np.random.default_rng(0)
    m, n, k = (x.reshape(-1) for x in np.meshgrid(np.arange(1, 65), 128 * np.arange(1, 11), 128 * np.arange(1, 11), indexing="ij"))
    seconds = 1e-6 * n * k * np.ceil(m / 16) * np.exp(0.03 * random.standard_normal(len(m)))
    shuffled = random.permutation(len(m))
    found = noise.errors(Table({"m": m[shuffled], "n": n[shuffled], "k": k[shuffled]}, seconds[shuffled], "made up"))
    assert np.median(found) == pytest.approx(0.6745 * 0.03, rel=0.05)
    assert found.mean() == pytest.approx(0.7979 * 0.03, rel=0.05)
    assert len(found) == 100 * (64 - 4 - 2)


def test_noise_between_releases_is_found_again() -> None:
    """Rows in another order, some in one table alone; 4 % of noise in each, so that a perfect prediction's median error is 0.67 of that."""
    random = np.random.default_rng(1)
    tokens, hidden = (x.reshape(-1) for x in np.meshgrid(2 ** np.arange(12), 256 * np.arange(1, 401), indexing="ij"))
    kernel = np.where(hidden % 512 == 0, "usual", "another")
    made = [Table({"tokens": tokens, "hidden": hidden, "kernel": kernel}, 1e-9 * tokens * hidden * np.exp(0.04 * random.standard_normal(len(tokens))), name) for name in "ab"]
    first, second = (table.take(random.permutation(len(tokens))[:4000]) for table in made)
    here, there = ({*zip(*table.columns.values(), strict=True)} for table in (first, second))
    found = noise.differences(first, second)
    assert len(found) == len(here & there) > 3000
    assert np.median(noise.left(found)) == pytest.approx(0.6745 * 0.04, rel=0.07)
    np.testing.assert_allclose(noise.differences(first, Table(first.columns, 3 * first.seconds, "c")), np.log(3))


def test_noise_rows_of_experts() -> None:
    """The published tables of TensorRT-LLM's experts on H100 differ by 4.6 / 12.5 % between releases, and a tenth of them by over 1.5 times (docs/cost-models.md); vLLM's were measured once."""
    pytest.importorskip("aiconfigurator_core", reason="the measured tables are not installed (extra silicon)")
    found = {row.metric: row.value for row in noise.rows(Run(("H100-SXM",))) if row.metric.startswith("MoE")}
    head = "MoE, noise between releases, H100-SXM, trtllm 1.3.0rc10 and 1.3.0rc20"
    wanted = {"median": 4.62, "mean": 12.46, "share over 1.5 times apart": 10.47}
    assert {name: round(found[f"{head}, {name}"], 2) for name in wanted} == wanted
    assert {name.split(", ")[3].split()[0] for name in found} == {"sglang", "trtllm"}


def test_parts_follow_each_other_and_show_how_far_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def part(name: str) -> validation.Part:
        def rows(run: Run):  # type: ignore[no-untyped-def]
            run.tell(0.5, name)
            yield Row(name, 1.0, "%", "-", None, None, None, None)

        return rows

    monkeypatch.setattr(validation, "PARTS", ((part("a"), 30.0), (part("b"), 10.0)))
    told: list[tuple[float, str]] = []
    rows = list(validation.table(Run(progress=lambda done, what: told.append((done, what)))))
    assert [row.metric for row in rows] == ["a", "b"]
    assert told == [(0.375, "a"), (0.875, "b")]
    assert set(rows[0].to_dict()) == {"metric", "value", "unit", "baseline", "baseline_value", "ratio", "target", "met"}


def test_speed_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """For each kind of operator the device's tables, where it has some, and the fitted model; met where the target is reached."""
    pytest.importorskip("aiconfigurator_core", reason="the measured tables are not installed (extra silicon)")
    monkeypatch.setattr(speed, "QUERIES", 1000)
    rows = list(speed.rows(Run(("A100-80GB-SXM",))))
    assert [row.metric.partition(" costs")[0] for row in rows] == ["GEMM", "GEMM", "decode attention", "decode attention", "MoE", "MoE"]
    assert all(row.value > 0 and row.met == (row.value >= 1e6) for row in rows)


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(InputError, match="no measured tables of 'T4'"):
        list(validation.table(Run(("T4",))))
