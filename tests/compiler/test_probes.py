"""The probes that calibration runs: there is one for each kernel, and all of them run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from intarsia.codegen.cpu.calls import KERNELS
from intarsia.compiler.calibrate import All
from intarsia.compiler.probes import disk, host, linalg, native, programs, rest
from intarsia.cost_models import dtypes


def test_every_kernel_has_a_probe() -> None:
    assert {launch.kernel for probe in programs.probes() for launch, _ in probe.layers.program.launches} == set(KERNELS)


def test_every_format_has_probes_of_its_matmuls_and_its_embedding() -> None:
    keys = {probe.key for probe in programs.probes()}
    for fmt in dtypes.BITS:
        if fmt not in ("f8", "i8", "i4"):  # of GPUs
            assert f"embed.{fmt}" in keys and {f"matmul.{fmt}.a32.{rows}" for rows in (1, 128)} <= keys


def test_keys_are_unique_and_end_with_no_thread_count() -> None:
    keys = [probe.key for probe in programs.probes()]
    assert len(keys) == len(set(keys))


@pytest.fixture(scope="module")
def kernels() -> Iterator[native.Kernels]:
    """One probe of each kind of launch: what compiles quickly."""
    chosen = {probe.layers.program.launches[0][0].kernel: probe for probe in reversed(programs.probes())}
    with native.kernels(list(chosen.values()), 2) as found:
        yield found


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_probes_run(kernels: native.Kernels, kernel: str, threads: int) -> None:
    probe = next(p for p in programs.probes() if p.layers.program.launches[0][0].kernel == kernel)
    kernels.prepare(probe, threads)
    assert 0 < kernels.run(probe, threads) < 10 and probe.work > 0


def test_launches_that_do_nothing_run(kernels: native.Kernels) -> None:
    assert 0 < kernels.launch(1) < 1e-2 and 0 < kernels.launch(2) < 1


def test_work_after_rests_is_timed(kernels: native.Kernels) -> None:
    slept: list[float] = []
    found = rest.sample(kernels, 2, slept.append)
    assert slept == [*rest.IDLE_S] * 2 and all(len(seconds) == 2 and min(seconds) > 0 for seconds in found.values())
    assert set(rest.rest_s(found)) == {"0.01", "0.1", "1"}


def test_a_rest_costs_what_work_takes_longer_in_the_same_round() -> None:
    """The third round is slower in all; work after 10 ms is no slower, and a little quicker by chance."""
    assert rest.rest_s({0.0: [0.04, 0.04, 0.08], 0.01: [0.039, 0.0401, 0.079], 1.0: [0.045, 0.046, 0.0855]}) == {"0.01": 0.0, "1": 0.0055}


def test_what_python_does_is_timed() -> None:
    with host.works() as works, linalg.calls() as calls:
        works |= calls
        assert {"linalg.product", "linalg.elementwise"} <= set(works)
        assert {"runtime.step.1", "runtime.step.16", "runtime.chunk.128", "runtime.request", "sample.greedy", "tokenise", "tool", "retrieve"} <= set(works)
        for work in works.values():
            assert 0 < work.run() < 10 and work.amount > 0
        keys = [point.key for point in All(None, works).points()]  # type: ignore[arg-type]
        assert len(keys) == len(set(keys)) == len(works) + len(programs.probes())


def test_the_arrays_of_a_step_say_what_it_is_of() -> None:
    arrays = native.step_arrays(rows=8, sequences=4, context=100, tile_rows=3)
    assert arrays["sequence_table"].tolist() == [[2 * i, 2, 100] for i in range(4)]
    assert arrays["page_table"].shape == (4, 2) and len(np.unique(arrays["page_table"])) == 8
    assert len(arrays["slots"]) == 8 and len(arrays["tile_table"]) == 4


def test_the_disk_is_a_line_through_reads_of_two_sizes() -> None:
    taken = [disk.Taken(size, 3e-4 + size / 1e9, 1e-4 + size / 2e10) for size in (1 << 18, 1 << 21)]
    disturbed = [disk.Taken(each.size, 9 * each.seconds, 5 * each.cpu_s) for each in taken]
    found = disk.line([*taken, *taken, *disturbed])
    assert found == pytest.approx({"disk": 1e9, "disk_turns": 1 / 3e-4, "disk_cpu": 2e10, "disk_cpu_turns": 1e4})
    assert all(rate > 0 for rate in disk.line([disk.Taken(1 << 18, 2e-3, 1e-3), disk.Taken(1 << 21, 1e-3, 5e-4)]).values())


def test_the_disk_is_measured_by_the_runtimes_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("SIZES", (4096, 16384)), ("LAYERS", 3), ("STEPS", 1)):
        monkeypatch.setattr(disk, name, value)
    found = disk.rates(tmp_path, passes=1)
    assert set(found) == {"disk", "disk_turns", "disk_cpu", "disk_cpu_turns"} and all(0 < rate < float("inf") for rate in found.values())
    assert not list(tmp_path.iterdir())
