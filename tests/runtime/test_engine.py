"""The engine on the null driver: whatever is batched, queued, preempted or cancelled, each request gets the text it would get alone."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia import runtime
from intarsia.errors import Cancelled, InputError, RuntimeFailure, UnsupportedError
from intarsia.runtime.drivers.driver import Float32s, StepBatch
from intarsia.runtime.drivers.null import NullDriver
from intarsia.runtime.scheduler.policy import listed
from intarsia.runtime.turns import Turns
from tests.runtime.bundles import write_bundle


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[runtime.Engine]:
    with runtime.load(write_bundle(tmp_path / "build", extra=("yes", "no", "maybe"), encoder_words="the cat sat on a mat"), driver="null") as loaded:
        yield loaded


def test_generation_is_reproducible_and_counted(engine: runtime.Engine) -> None:
    first = engine.generate("hello", max_tokens=20, ignore_eos=True)
    again = engine.generate("hello", max_tokens=20, ignore_eos=True)
    assert first.tokens == again.tokens and len(first.tokens) == 20 and first.finish_reason == "length"
    assert first.text == engine.decoder().tokens.decode(list(first.tokens))


def test_timings_are_those_of_the_plan(engine: runtime.Engine) -> None:
    timings = engine.generate("x" * 32, max_tokens=11, ignore_eos=True).timings
    assert timings.queue_s == 0 and timings.prompt_tokens == 32 and timings.output_tokens == 11
    assert timings.ttft_s == pytest.approx(32 / 1000) and timings.prefill_tokens_per_s == pytest.approx(1000)
    assert timings.decode_tokens_per_s == pytest.approx(1 / 0.02)


def test_a_batch_gives_what_each_prompt_gives_alone(engine: runtime.Engine) -> None:
    prompts = [f"prompt number {i} " * (i + 1) for i in range(8)]
    alone = [engine.generate(p, max_tokens=25, ignore_eos=True).tokens for p in prompts]
    assert [g.tokens for g in engine.generate_batch(prompts, max_tokens=25, ignore_eos=True)] == alone


def test_a_full_cache_queues_and_preempts_without_a_trace_in_the_text(tmp_path: Path, engine: runtime.Engine) -> None:
    prompts = [chr(97 + i) * 20 for i in range(8)]
    small = write_bundle(tmp_path / "small", extra=("yes", "no", "maybe"), kv_pages=5, context=80, max_batch_tokens=16)
    alone = [engine.generate(p, max_tokens=40, ignore_eos=True).tokens for p in prompts]
    with runtime.load(small, driver="null") as tight:
        assert [g.tokens for g in tight.generate_batch(prompts, max_tokens=40, ignore_eos=True)] == alone
        assert tight.decoder().loop.scheduler.kv.used == 0


@pytest.mark.parametrize("policy", [policy.name for policy in listed() if policy.runs])
def test_every_policy_gives_the_same_texts(tmp_path: Path, engine: runtime.Engine, policy: str) -> None:
    prompts = [chr(97 + i) * (5 + 7 * i) for i in range(8)]
    small = write_bundle(tmp_path / "small", extra=("yes", "no", "maybe"), kv_pages=8, context=128, max_batch_tokens=16, policy=policy)
    alone = [engine.generate(p, max_tokens=30, ignore_eos=True).tokens for p in prompts]
    with runtime.load(small, driver="null") as tight:
        assert [g.tokens for g in tight.generate_batch(prompts, max_tokens=30, ignore_eos=True)] == alone
        assert tight.decoder().loop.scheduler.kv.used == 0


def test_a_bundle_tells_its_policy_its_parameters(tmp_path: Path) -> None:
    with runtime.load(write_bundle(tmp_path / "b", policy="past_future", parameters={"reserve": 0.2}), driver="null") as engine:
        assert engine.decoder().loop.scheduler.policy.reserve == 0.2


def test_a_policy_that_needs_more_than_drivers_can_do_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="layered_prefill needs layers"):
        runtime.load(write_bundle(tmp_path / "b", policy="layered_prefill"), driver="null")


REQUESTS = st.tuples(st.text(min_size=1, max_size=40), st.integers(1, 30), st.floats(0, 2))


@settings(max_examples=15, deadline=None)
@given(st.lists(REQUESTS, min_size=1, max_size=8), st.integers(6, 20), st.integers(1, 40), st.integers(1, 5))
def test_any_machine_gives_the_same_texts(
    tmp_path_factory: pytest.TempPathFactory, requests: list[tuple[str, int, float]], pages: int, tokens: int, sequences: int
) -> None:
    def run(**deploy: Any) -> list[tuple[int, ...]]:
        with runtime.load(write_bundle(tmp_path_factory.mktemp("b"), **deploy), driver="null") as engine:
            handles = [engine.submit(text, max_tokens=most, temperature=heat, top_p=0.9, seed=3) for text, most, heat in requests]
            return [handle.result(30).tokens for handle in handles]

    wide = run(max_sequences=8, max_batch_tokens=512, kv_pages=512, context=208)
    assert run(max_sequences=sequences, max_batch_tokens=tokens, kv_pages=max(pages, 13), context=208) == wide


def test_a_stream_is_the_text_in_pieces(engine: runtime.Engine) -> None:
    whole = engine.generate("stream", max_tokens=60, ignore_eos=True)
    pieces = list(engine.stream("stream", max_tokens=60, ignore_eos=True))
    assert "".join(p.text for p in pieces) == whole.text
    assert tuple(p.token for p in pieces) == whole.tokens


def test_leaving_a_stream_cancels_it(engine: runtime.Engine) -> None:
    stream = engine.stream("a", max_tokens=400, ignore_eos=True)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    engine.generate("b", max_tokens=1)
    assert engine.decoder().loop.scheduler.kv.used == 0


def test_a_stop_text_ends_the_answer_and_is_not_part_of_it(engine: runtime.Engine) -> None:
    text = engine.generate("stop me", max_tokens=60, ignore_eos=True).text
    stop = text[20:23]
    found = engine.generate("stop me", max_tokens=60, ignore_eos=True, stop=stop)
    assert found.text == text[: text.index(stop)] and found.finish_reason == "stop"
    assert "".join(p.text for p in engine.stream("stop me", max_tokens=60, ignore_eos=True, stop=[stop])) == found.text


def test_the_end_of_text_token_ends_it(engine: runtime.Engine) -> None:
    free = engine.generate("eos", max_tokens=450, ignore_eos=True).tokens
    ended = engine.generate("eos", max_tokens=450)
    assert 0 in free, "the seed should give an end-of-text token"
    assert ended.tokens == free[: free.index(0)] and ended.finish_reason == "stop"


def total_log_probability(engine: runtime.Engine, prompt: str, choice: str) -> float:
    """The choice's score, from one plain step of a fresh driver over prompt and choice."""
    decoder = engine.decoder()
    head, tail = decoder.encode(prompt), decoder.tokens.encode(choice)
    tokens = np.array(head + tail, np.int32)
    pages = np.arange(32, dtype=np.int32)[None]
    rows = np.arange(len(head) - 1, len(tokens) - 1, dtype=np.int32)
    entry = engine.bundle.models["tiny"]
    logits = NullDriver(Path(), entry).step(StepBatch(tokens, np.arange(len(tokens), dtype=np.int32), np.array([[0, len(tokens), 0]], np.int32), pages, rows)).astype(np.float64)
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return float(sum(row[token] for row, token in zip(logits, tail, strict=True)))


@settings(max_examples=25, deadline=None)
@given(st.text("abcdef ", min_size=1, max_size=40), st.lists(st.text("ynoesmab", min_size=1, max_size=5), min_size=1, max_size=6, unique=True))
def test_the_chosen_text_has_the_greatest_log_probability(tmp_path_factory: pytest.TempPathFactory, prompt: str, choices: list[str]) -> None:
    with runtime.load(write_bundle(tmp_path_factory.mktemp("b"), extra=("yes", "no")), driver="null") as engine:
        chosen = engine.generate(prompt, choices=choices)
        scores = {choice: total_log_probability(engine, prompt, choice) for choice in choices}
    assert scores[chosen.text] == pytest.approx(max(scores.values()), abs=1e-3) and chosen.finish_reason == "stop"


def test_choices_and_plain_answers_share_a_batch(tmp_path: Path, engine: runtime.Engine) -> None:
    choices = ["abcdefghijklmnop", "yes we can", "no", "qrstuvwxyz" * 3]
    alone = [engine.generate(f"pick {i}", choices=choices).text for i in range(6)]
    plain = engine.generate("plain", max_tokens=30, ignore_eos=True).tokens
    for deploy in ({}, {"kv_pages": 4, "context": 64, "max_batch_tokens": 7, "max_sequences": 3}):
        with runtime.load(write_bundle(tmp_path / f"b{len(deploy)}", extra=("yes", "no", "maybe"), **deploy), driver="null") as other:
            picks = [other.submit(f"pick {i}", choices=choices) for i in range(6)]
            answer = other.submit("plain", max_tokens=30, ignore_eos=True)
            assert [p.result(30).text for p in picks] == alone and answer.result(30).tokens == plain


def test_a_pattern_holds_whatever_the_temperature(engine: runtime.Engine) -> None:
    import re

    pattern = r"(yes|no): -?\d{1,3}(\.\d\d)?"
    for seed in range(8):
        answer = engine.generate("number", pattern=pattern, temperature=1.5, seed=seed, max_tokens=40)
        assert re.fullmatch(pattern, answer.text), answer.text


def test_cancel_frees_the_pages_and_raises(engine: runtime.Engine) -> None:
    handles = [engine.submit(f"long {i}", max_tokens=450, ignore_eos=True) for i in range(12)]
    for handle in handles:
        handle.cancel()
    cancelled = 0
    for handle in handles:
        try:
            handle.result(30)
        except Cancelled:
            cancelled += 1
    assert cancelled >= 8  # those that were still queued for sure
    engine.generate("after", max_tokens=1)
    assert engine.decoder().loop.scheduler.kv.used == 0


def test_many_threads_at_once(engine: runtime.Engine) -> None:
    wanted = {i: engine.generate(f"thread {i}", max_tokens=15, ignore_eos=True).tokens for i in range(12)}
    got: dict[int, tuple[int, ...]] = {}

    def work(i: int) -> None:
        got[i] = engine.generate(f"thread {i}", max_tokens=15, ignore_eos=True).tokens
        engine.embed(["the cat"])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == wanted


def test_embeddings_do_not_depend_on_company(engine: runtime.Engine) -> None:
    texts = ["the cat", "a mat", "the cat sat on the mat", "", "cat " * 100] * 3
    vectors = engine.embed(texts)
    assert vectors.shape == (15, 64) and vectors.dtype == np.float32
    for i, text in enumerate(texts):
        np.testing.assert_allclose(vectors[i], engine.embed([text])[0], rtol=1e-5, atol=1e-6)
    assert engine.embed([]).shape == (0, 64)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_tokens": 0}, "max_tokens"), ({"max_tokens": True}, "max_tokens"), ({"temperature": -1.0}, "temperature"), ({"temperature": float("nan")}, "temperature"),
        ({"top_p": 0.0}, "top_p"), ({"stop": [""]}, "stop"), ({"choices": ["a", "a"]}, "twice"), ({"choices": ["a"], "pattern": "a"}, "exclude"),
        ({"temperature": "hot"}, "temperature"), ({"top_p": "all"}, "top_p"), ({"seed": "x"}, "seed"), ({"seed": -1}, "seed"), ({"stop": 5}, "stop"), ({"choices": 5}, "choices"),
        ({"pattern": "(a"}, "unclosed"), ({"model": "other"}, "no model 'other'"), ({"tokens": 3}, "no argument 'tokens'"),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused(engine: runtime.Engine, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        engine.generate("x", **arguments)


def test_bad_prompts_are_refused(engine: runtime.Engine) -> None:
    for prompt, message in (("x" * 512, "context"), ("", "empty"), ([], "empty"), ([99999], "no token"), ([-1], "no token"), (None, "NoneType"), (5.0, "float"), (["hi"], "list of tokens")):
        with pytest.raises(InputError, match=message):
            engine.generate(prompt)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="list of texts"):
        engine.embed("one text")
    with pytest.raises(InputError, match="threads"):
        runtime.load("nowhere", threads=0)


def test_what_a_model_cannot_do_names_what_it_can(tmp_path: Path) -> None:
    with runtime.load(write_bundle(tmp_path / "b"), driver="null") as engine, pytest.raises(UnsupportedError, match="exported torch modules call"):
        engine.call()


def test_a_prompt_is_a_text_tokens_or_messages(engine: runtime.Engine) -> None:
    decoder = engine.decoder()
    assert decoder.encode("hi") == decoder.tokens.encode("hi") == decoder.encode(decoder.tokens.encode("hi"))
    rendered = "<system> be brief <user> hi <assistant> "
    assert decoder.tokens.decode(decoder.encode("hi", system="be brief")) == rendered
    assert decoder.encode([{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}]) == decoder.encode("hi", chat=True, system="be brief")


class FailingDriver(NullDriver):
    """Fails its third step, once."""

    steps = 0

    def step(self, batch: StepBatch) -> Float32s:
        self.steps += 1
        if self.steps == 3:
            raise MemoryError("no room")
        return super().step(batch)


def test_a_failing_step_fails_its_requests_and_no_others(tmp_path: Path) -> None:
    with runtime.load(write_bundle(tmp_path / "b"), driver=FailingDriver) as engine:
        with pytest.raises(RuntimeFailure, match="MemoryError: no room"):
            engine.generate("x", max_tokens=10, ignore_eos=True)
        assert len(engine.generate("x", max_tokens=10, ignore_eos=True).tokens) == 10


def test_closing_fails_what_is_unfinished(tmp_path: Path) -> None:
    engine = runtime.load(write_bundle(tmp_path / "b"), driver=lambda d, e, t: NullDriver(d, e | {"estimates": {"tpot_s": 0.005}}, sleep=True))
    handle = engine.submit("x", max_tokens=400, ignore_eos=True)
    engine.close()
    engine.close()
    with pytest.raises(RuntimeFailure, match="closed"):
        handle.result(10)
    for use in (lambda: engine.generate("x"), lambda: engine.embed(["x"]), lambda: engine.run({}), lambda: engine.call()):
        with pytest.raises(InputError, match="the engine is closed"):
            use()


def test_a_trace_has_a_row_a_thread_and_a_slice_a_step(engine: runtime.Engine, tmp_path: Path) -> None:
    with engine.trace(tmp_path / "trace.json"):
        engine.generate("trace", max_tokens=5, ignore_eos=True)
        engine.embed(["the cat"])
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    rows = {e["args"]["name"] for e in events if e["ph"] == "M"}
    slices = [e for e in events if e["ph"] == "X"]
    assert rows == {"intarsia-tiny", "MainThread"}
    assert [e["name"] for e in slices] == ["tiny.prefill", *["tiny.decode"] * 4, "mini.encode"]
    assert slices[1]["dur"] == pytest.approx(20_000) and slices[0]["ts"] == 0


def test_a_thread_that_waits_gets_its_turn() -> None:
    """A plain lock lets the stepping thread in again and again."""
    turns, steps, stop = Turns(), [0], threading.Event()

    def step_without_rest() -> None:
        while not stop.is_set():
            with turns:
                steps[0] += 1
                time.sleep(0.001)

    thread = threading.Thread(target=step_without_rest)
    thread.start()
    try:
        for _ in range(20):
            before = steps[0]
            with turns:
                assert steps[0] - before <= 3
    finally:
        stop.set()
        thread.join()


def test_an_engine_that_nobody_holds_ends_its_threads(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "b")
    pieces = runtime.load(bundle, driver="null").stream("x", max_tokens=5, ignore_eos=True)
    assert len(list(pieces)) == 5
    del pieces
    engine = runtime.load(bundle, driver="null")
    engine.generate("x", max_tokens=2)
    thread = engine.decoder().loop._thread
    del engine
    gc.collect()
    assert thread is not None
    thread.join(10)
    assert not thread.is_alive()


class AddingDriver(NullDriver):
    """An exported module that adds one."""

    def call(self, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        return tuple(array + 1 for array in arrays)


def test_an_exported_module_is_called(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "b")
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["models"]["adder"] = {"family": "torch", "config": {"family": "torch"}, "deploy": {}, "entries": {"call": {}}}
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    with runtime.load(bundle, driver=AddingDriver) as engine:
        assert engine.call(np.zeros(2), np.ones(1))[1] == 2 and engine.models == ("tiny", "adder")
        with pytest.raises(InputError, match="no model 'tiny' is an exported module"):
            engine.call(np.zeros(2), model="tiny")
    with runtime.load(bundle, driver="null") as engine, pytest.raises(UnsupportedError, match="computes nothing"):
        engine.call(np.zeros(2))


@dataclass
class Launch:
    thread: int
    kernel: str
    op: str
    layer: int | None
    begin_ns: int
    end_ns: int


class NotingDriver(NullDriver):
    """Notes one launch a thread and step."""

    noting = False

    def trace(self, on: bool) -> None:
        self.noting = on

    def noted(self) -> Callable[[], list[Launch]]:
        assert self.noting
        return lambda: [Launch(thread, "gemv", "llm.matmul", 3, 1000, 3000) for thread in range(2)]


def test_a_trace_has_the_operators_of_a_driver_that_notes_them(tmp_path: Path) -> None:
    with runtime.load(write_bundle(tmp_path / "b"), driver=NotingDriver) as engine:
        with engine.trace(tmp_path / "trace.json"):
            engine.generate("x", max_tokens=3, ignore_eos=True)
        engine.generate("x", max_tokens=3, ignore_eos=True)
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    rows = {e["args"]["name"]: e["tid"] for e in events if e["ph"] == "M"}
    found = [e for e in events if e["name"] == "llm.matmul"]
    assert len(found) == 6 and {e["tid"] for e in found} == {rows["tiny thread 0"], rows["tiny thread 1"]}
    assert found[0]["args"] == {"kernel": "gemv", "layer": 3} and found[0]["dur"] == 2


FACE = """
import sys, time
start = time.perf_counter()
import intarsia.runtime as runtime
seconds = time.perf_counter() - start
assert sorted(runtime.__all__) == dir(runtime), dir(runtime)
for name in runtime.__all__:
    getattr(runtime, name)
heavy = {"torch", "torch_mlir", "jinja2", "pulp", "highspy", "intarsia.planner", "intarsia.compiler", "intarsia.codegen", "intarsia.ir.bindings"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
assert seconds < 0.3, seconds
"""


def test_the_face_is_lazy_and_complete() -> None:
    subprocess.run([sys.executable, "-c", FACE], check=True, timeout=60)
