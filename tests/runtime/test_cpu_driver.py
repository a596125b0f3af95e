"""The CPU driver's own part: tables of a step, refusals, traces, threads, and what it does when others want the cores."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia import knobs
from intarsia.codegen.cpu import emit, to_pipe
from intarsia.errors import BundleError, InputError, RuntimeFailure
from intarsia.runtime.drivers.cpu import CpuDriver, Crew, slots, tiles
from tests.models import tiny_gguf
from tests.numerical.native import Chunk, batch, planned, step

Bundle = tuple[Path, dict[str, Any]]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("bundle")
    with knobs.scope(cache=folder / "cache"):
        module = to_pipe.run(planned(tiny_gguf(folder / "m.gguf"), precision="w-a8"))
        (folder / "b").mkdir()
        return folder / "b", emit.run(module, folder / "b")["m"]


@pytest.fixture
def driver(bundle: Bundle) -> Iterator[CpuDriver]:
    made = CpuDriver(*bundle, 2)
    yield made
    made.close()


def test_threads_do_not_change_the_answer(bundle: Bundle) -> None:
    answers = []
    for threads in (1, 2, 3):
        driver = CpuDriver(*bundle, threads)
        answers.append(step(driver, Chunk(range(3, 40), 0, [0, 1, 2])))
        driver.close()
    assert all((answer == answers[0]).all() for answer in answers)


def test_a_trace_names_every_launch_of_the_step(driver: CpuDriver) -> None:
    assert driver.slices() == []
    driver.trace(True)
    step(driver, Chunk([5], 0, [0]))
    found = driver.slices()
    assert {(s.kernel, s.layer) for s in found} >= {("embed", None), ("attention", 0), ("attention", 1), ("matmul", None)}
    assert len({(s.kernel, s.op, s.layer) for s in found}) <= 2 * 9 + 4
    assert all(s.begin_ns <= s.end_ns and s.thread in (0, 1) for s in found)
    assert driver.slices() == []
    driver.trace(False)
    step(driver, Chunk([5], 0, [0]))
    assert driver.slices() == []


@pytest.mark.parametrize(("chunks", "message"), [
    ([Chunk([999], 0, [0])], "token numbers"), ([Chunk([-1], 0, [0])], "token numbers"), ([Chunk([1], 256, [0] * 17)], "positions"),
    ([Chunk([1], 0, [24])], "page numbers"), ([Chunk([1] * 65, 0, [0, 1, 2, 3, 4])], "larger than the prefill phase"), ([Chunk([1], 0, [i]) for i in range(5)], "larger than"),
])  # fmt: skip
def test_what_native_code_could_not_bear_is_refused(driver: CpuDriver, chunks: list[Chunk], message: str) -> None:
    with pytest.raises(InputError, match=message):
        driver.step(batch(*chunks))
    with pytest.raises(InputError, match="logit rows"):
        driver.step(batch(Chunk([5], 0, [0]), logit_rows=[1]))
    assert np.isfinite(step(driver, Chunk([5], 0, [0]))).all()


def test_a_closed_driver_says_so_and_leaves_no_threads(bundle: Bundle) -> None:
    before = threading.active_count()
    driver = CpuDriver(*bundle, 3)
    assert threading.active_count() == before + 2
    driver.close()
    driver.close()
    assert threading.active_count() == before
    with pytest.raises(RuntimeFailure, match="closed"):
        step(driver, Chunk([5], 0, [0]))


def test_a_forgotten_driver_lets_its_threads_go(bundle: Bundle) -> None:
    before = threading.active_count()
    driver = CpuDriver(*bundle, 2)
    step(driver, Chunk([5], 0, [0]))
    workers = driver._workers
    del driver
    gc.collect()
    for worker in workers:
        worker.join(10)
    assert threading.active_count() == before


def test_weights_that_are_missing_or_cut_are_refused(bundle: Bundle, tmp_path: Path) -> None:
    folder, entry = bundle
    (tmp_path / "m.o").write_bytes((folder / "m.o").read_bytes())
    with pytest.raises(BundleError, match="cannot map the weights"):
        CpuDriver(tmp_path, entry)
    (tmp_path / "m.weights").write_bytes((folder / "m.weights").read_bytes()[:-64])
    with pytest.raises(BundleError, match="bytes instead of"):
        CpuDriver(tmp_path, entry)


def test_a_crew_rests_when_it_stalls_and_longer_each_time() -> None:
    crew, asked = Crew(2), []
    for _ in range(40):
        threads = crew.next()
        asked.append(threads)
        crew.report(threads, 10**9, 10**9)
    assert asked == [2, *[1] * 8, 2, *[1] * 16, 2, *[1] * 13]
    while crew.next() == 1:
        pass
    crew.report(2, 0, 10**9)
    assert [crew.next() for _ in range(3)] == [2, 2, 2]


SEQUENCES = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 60)), min_size=0, max_size=6)


@given(SEQUENCES, st.sampled_from([1, 3, 16]))
def test_tiles_cover_each_row_once(chunks: list[tuple[int, int]], rows: int) -> None:
    first, table = 0, []
    for count, cached in chunks:
        table.append((first, count, cached))
        first += count
    found = tiles(np.array(table, np.int32).reshape(-1, 3), rows)
    covered = [row for _, begin, count in found.tolist() for row in range(begin, begin + count)]
    assert covered == list(range(first))
    assert all(0 < count <= rows and table[s][0] <= begin and begin + count <= table[s][0] + table[s][1] for s, begin, count in found.tolist())


@given(SEQUENCES)
def test_slots_follow_the_page_table(chunks: list[tuple[int, int]]) -> None:
    first, table, wanted = 0, [], []
    pages = np.random.default_rng(0).permutation(8 * len(chunks)).reshape(len(chunks), 8).astype(np.int32)
    for number, (count, cached) in enumerate(chunks):
        table.append((first, count, cached))
        wanted += [pages[number, t // 16] * 16 + t % 16 for t in range(cached, cached + count)]
        first += count
    assert slots(np.array(table, np.int32).reshape(-1, 3), pages, 16).tolist() == wanted


def test_untouched_cache_pages_cost_no_memory(tmp_path: Path) -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    with knobs.scope(cache=tmp_path / "cache"):
        module = to_pipe.run(planned(tiny_gguf(tmp_path / "m.gguf"), kv_pages=60_000))
        (tmp_path / "b").mkdir()
        entry = emit.run(module, tmp_path / "b")["m"]
    assert entry["entries"]["decode"]["kv_pages"] * entry["entries"]["decode"]["page_bytes"] > 400 << 20
    before = resident()
    driver = CpuDriver(tmp_path / "b", entry)
    step(driver, Chunk([5], 0, [59_999]))
    assert resident() - before < 64 << 20
    driver.close()


def test_more_memory_than_there_can_be_is_refused(bundle: Bundle) -> None:
    folder, entry = bundle
    huge = {kind: facts | {"kv_pages": 1 << 60} for kind, facts in entry["entries"].items()}
    with pytest.raises(RuntimeFailure, match="cannot reserve"):
        CpuDriver(folder, entry | {"entries": huge})


def test_idle_workers_sleep(bundle: Bundle) -> None:
    driver = CpuDriver(*bundle, 3)
    step(driver, Chunk([5], 0, [0]))
    time.sleep(0.05)
    before = time.process_time()
    time.sleep(0.2)
    assert time.process_time() - before < 0.1
    driver.close()
