"""Layers read from disk while others run: the same answers to the bit, memory that stays within the plan, and what goes wrong."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from intarsia import knobs
from intarsia.codegen.cpu import emit, to_pipe
from intarsia.errors import BundleError, IRError, RuntimeFailure
from intarsia.ir.attributes import Symbol
from intarsia.ir.module import Builder, Module
from intarsia.runtime.drivers.cpu import CpuDriver
from intarsia.runtime.streaming import READERS
from tests.models import tiny_gguf
from tests.numerical.native import Chunk, planned, step
from tests.runtime.resident import resident_bytes

LAYERS = 6
RESIDENT, WINDOW = 20_000, 160_000
Bundle = tuple[Path, dict[str, Any]]


def streamed(module: Module, *, first: int = 0, count: int = LAYERS, resident: int = RESIDENT, window: int = WINDOW) -> Module:
    """A plan whose layers come from disk but for `resident` bytes of each."""
    facts = {"first": first, "count": count, "resident": resident, "window": window}
    Builder(module).op("plan.tier", model=Symbol("m"), data="weights", shares={"dram": 0.25, "disk": 0.75}, bytes=80_000, **facts)
    return module


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bundle, Bundle]:
    """The same model twice: all in memory, and streamed."""
    folder = tmp_path_factory.mktemp("bundles")
    source = tiny_gguf(folder / "m.gguf", layers=LAYERS, hidden=128, ffn=256)
    found = []
    with knobs.scope(cache=folder / "cache"):
        for name in ("whole", "streamed"):
            module = planned(source, precision="w-a8")
            (folder / name).mkdir()
            found.append((folder / name, emit.run(to_pipe.run(streamed(module) if name == "streamed" else module), folder / name)["m"]))
    return found[0], found[1]


@pytest.fixture
def driver(bundles: tuple[Bundle, Bundle]) -> Iterator[CpuDriver]:
    made = CpuDriver(*bundles[1], 2)
    yield made
    made.close()


def test_answers_are_those_of_the_model_in_memory(bundles: tuple[Bundle, Bundle]) -> None:
    for threads in (1, 2, 3):
        whole, part = (CpuDriver(*bundle, threads) for bundle in bundles)
        for chunks in ([Chunk(range(3, 40), 0, [0, 1, 2])], [Chunk([7], 37, [0, 1, 2])], [Chunk([9], 38, [0, 1, 2]), Chunk([4], 0, [3])]):
            assert (step(part, *chunks) == step(whole, *chunks)).all()
        whole.close()
        part.close()


def test_memory_holds_what_the_plan_says(driver: CpuDriver) -> None:
    stream = driver.stream
    assert stream is not None
    streamed = sum(end - begin for begin, end in stream.layers)
    assert streamed > 2 * WINDOW
    most = 0
    for token in range(12):
        step(driver, Chunk([token], token, [0]))
        most = max(most, resident_bytes(stream.memory))
    assert most <= stream.size - streamed + WINDOW + 2 * os.sysconf("SC_PAGESIZE")
    assert stream.passed == 12 * LAYERS


def test_no_layer_is_streamed_twice_for_one_step_and_all_are_for_each(driver: CpuDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = driver.stream
    assert stream is not None
    reads: list[int] = []
    original = stream._pread
    monkeypatch.setattr(stream, "_pread", lambda target, begin: (reads.append(begin), original(target, begin))[1])
    for token in range(5):
        step(driver, Chunk([token], token, [0]))
    stream.close()
    wanted = [begin for begin, _ in stream.layers]
    counts = [reads.count(begin) for begin in wanted]
    assert set(reads) == set(wanted) and len(reads) >= 4 * LAYERS and max(counts) - min(counts) <= 1
    places = [wanted.index(begin) for begin in reads]
    assert all(abs((mine - at - places[0] + LAYERS // 2) % LAYERS - LAYERS // 2) < READERS for at, mine in enumerate(places))


def test_layers_are_told_in_order_whichever_read_ends_first(driver: CpuDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = driver.stream
    assert stream is not None
    original, slow = stream._pread, {begin for number, (begin, _) in enumerate(stream.layers) if number % 2}
    monkeypatch.setattr(stream, "_pread", lambda target, begin: (time.sleep(0.003 * (begin in slow)), original(target, begin))[1])
    logits = [step(driver, Chunk([5], 0, [0])) for _ in range(3)]
    assert all(np.array_equal(each, logits[0]) for each in logits)


def test_whoever_takes_layers_without_native_code_gets_their_bytes(driver: CpuDriver) -> None:
    stream = driver.stream
    assert stream is not None
    content = stream.path.read_bytes()
    for layer in range(2 * LAYERS):
        begin, end = stream.layers[layer % LAYERS]
        stream.await_layer(layer)
        assert stream.memory[begin:end] == content[begin:end]
        stream.finish(layer + 1 - LAYERS)


def test_a_disk_that_fails_stops_the_step_and_not_the_process(driver: CpuDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    assert driver.stream is not None
    step(driver, Chunk([5], 0, [0]))
    monkeypatch.setattr(driver.stream, "_pread", lambda target, begin: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    with pytest.raises(RuntimeFailure, match="Input/output error"):
        for token in range(3):
            step(driver, Chunk([token], token, [0]))


def test_a_file_system_that_refuses_to_go_past_its_cache(bundles: tuple[Bundle, Bundle], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "O_DIRECT", 0)
    whole, part = (CpuDriver(*bundle, 1) for bundle in bundles)
    assert (step(part, Chunk([5, 6], 0, [0])) == step(whole, Chunk([5, 6], 0, [0]))).all()
    whole.close()
    part.close()


@pytest.mark.parametrize(("change", "message"), [
    ({"window": 4096}, "no room in a window"), ({"layers": [[100, 200]]}, "whole pages"), ({"layers": [[8192, 4096]]}, "in order"), ({"layers": [[0, 1 << 40]]}, "in order"),
    ({"layers": [[0, 0]]}, "no room"),
])  # fmt: skip
def test_a_damaged_plan_is_refused(bundles: tuple[Bundle, Bundle], change: dict[str, Any], message: str) -> None:
    folder, entry = bundles[1]
    with pytest.raises(BundleError, match=message):
        CpuDriver(folder, entry | {"stream": entry["stream"] | change}, 1)


def test_a_file_that_is_cut_short_or_gone_is_refused(bundles: tuple[Bundle, Bundle], tmp_path: Path) -> None:
    folder, entry = bundles[1]
    for name in (entry["object"],):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with pytest.raises(BundleError, match="cannot read the weights"):
        CpuDriver(tmp_path, entry, 1)
    (tmp_path / entry["weights"]).write_bytes((folder / entry["weights"]).read_bytes()[:-1])
    with pytest.raises(BundleError, match="instead of"):
        CpuDriver(tmp_path, entry, 1)


def test_a_plan_that_leaves_out_a_layer_is_refused(tmp_path: Path) -> None:
    module = planned(tiny_gguf(tmp_path / "m.gguf", layers=2), precision="w-a8")
    with pytest.raises(IRError, match="no plan.tier says where layers"):
        to_pipe.run(streamed(module, first=1, count=1))


def test_streams_of_layers_are_the_same_for_every_number_of_steps(driver: CpuDriver) -> None:
    logits = [step(driver, Chunk([5], 0, [0])) for _ in range(20)]
    assert all(np.array_equal(each, logits[0]) for each in logits)
