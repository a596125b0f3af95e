"""Workloads and traces: the public formats, short forms, goals; and what is refused, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intarsia.compiler.frontends import traces, workload
from intarsia.errors import InputError, IntarsiaError
from intarsia.ir.distributions import Distribution
from intarsia.ir.module import Builder, Module, attribute
from intarsia.ir.workload import Request, Workload, generate

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "examples" / "traces"
CONSTANT = {"kind": "constant", "value": 8.0}


def built(spec: object, base_dir: Path | None = None) -> tuple[Module, dict[str, object]]:
    module = Module.create("agent")
    workload.add_workload(Builder(module), spec, base_dir)
    op = module.verify().first("plan.workload")
    return module, {name: attribute(op, name) for name in ("name", "requests", "rate_per_s", "prompt_tokens", "output_tokens", "arrivals", "trace", "seed")}


@pytest.mark.parametrize(("file", "requests", "dropped", "block"), [("azure.csv", 120, 0, 0), ("burstgpt.csv", 114, 6, 0), ("mooncake.jsonl", 120, 0, 512), ("apex.csv", 120, 0, 0)])
def test_samples_of_each_format(file: str, requests: int, dropped: int, block: int) -> None:
    found = traces.read(SAMPLES / file)
    assert (len(found), found.dropped, found.block_tokens) == (requests, dropped, block)
    assert found.requests[0].arrival_s == 0 and found.rate_per_s == pytest.approx(1.04, abs=0.06)


def test_the_formats_hold_the_same_requests() -> None:
    azure, apex = traces.read(SAMPLES / "azure.csv"), traces.read(SAMPLES / "apex.csv")
    assert [(r.prompt_tokens, r.output_tokens) for r in azure.requests] == [(r.prompt_tokens, r.output_tokens) for r in apex.requests]
    assert all(abs(a.arrival_s - b.arrival_s) < 1e-5 for a, b in zip(azure.requests, apex.requests, strict=True))


@pytest.mark.parametrize(
    ("file", "requests", "rate", "prompt"),
    [
        ("traces/azure/AzureLLMInferenceTrace_code.csv", 8819, 2.566, 2047.8),
        ("traces/azure/AzureLLMInferenceTrace_conv.csv", 19366, 5.530, 1154.7),
        ("traces/mooncake/conversation_trace.jsonl", 12031, 3.401, 12035.1),
        ("apex/llama_lmsys_025.csv", 1024, 0.24374, 61.7),
    ],
)
def test_real_traces(file: str, requests: int, rate: float, prompt: float, real_data: Path) -> None:
    found = traces.read(real_data / file)
    assert len(found) == requests and found.rate_per_s == pytest.approx(rate, rel=1e-3)
    assert sum(r.prompt_tokens for r in found.requests) / requests == pytest.approx(prompt, abs=0.1)
    assert Distribution(found.prompt_tokens()).mean() == pytest.approx(prompt, rel=0.02)


AZURE = "TIMESTAMP,ContextTokens,GeneratedTokens\n2026-01-01 00:00:00.0000000,10,2\n2026-01-01 00:00:01.5000000,20,3\n"
MOONCAKE = '{"timestamp": 0, "input_length": 10, "output_length": 2, "hash_ids": [1]}\n{"timestamp": 1500, "input_length": 20, "output_length": 3}\n'


@pytest.mark.parametrize(
    ("name", "text", "line", "words"),
    [
        ("t.csv", "TIMESTAMP,ContextTokens\n", 1, "Azure's format, but lacks the column GeneratedTokens"),
        ("t.csv", "a,b\n1,2\n", 1, "has no trace's columns"),
        ("t.csv", "arrival_s;input_tokens;output_tokens\n0;1;2\n", 1, "separate columns by commas"), ("t.csv", "arrival_s\tinput_tokens\n", 1, "separate columns by commas"),
        ("t.csv", "", 0, "has no trace's columns"),
        ("t.csv", AZURE.splitlines()[0], None, "holds no request"),
        ("t.csv", AZURE.replace("20,3", "20"), 3, "2 fields for 3 columns"),
        ("t.csv", AZURE.replace("20,3", "-20,3"), 3, "zero or more"),
        ("t.csv", AZURE.replace("20,3", "2.5,3"), 3, "whole number"),
        ("t.csv", AZURE.replace("20,3", "many,3"), 3, "`ContextTokens` should be a whole number"),
        ("t.csv", AZURE.replace("00:01", "99:01"), 3, "should be a time"),
        ("t.csv", AZURE.replace("2026-01-01 00:00:01", "2025-01-01 00:00:01"), 3, "before that of the row above"),
        ("t.csv", "arrival_s,input_tokens,output_tokens\n-1,2,3\n", 2, "`arrival_s` is negative"),
        ("t.csv", "arrival_s,input_tokens,output_tokens\nnan,2,3\n", 2, "should be a time"),
        ("t.csv", 'arrival_s,input_tokens,output_tokens\n1,"2,3\n', 2, "is no CSV"),
        ("t.jsonl", MOONCAKE.replace("1500", "-5"), 2, "`timestamp` is negative"),
        ("t.jsonl", MOONCAKE.replace("input_length", "inputs"), 1, "lacks input_length"),
        ("t.jsonl", MOONCAKE.replace("[1]", "7"), 1, "`hash_ids` should be a list"),
        ("t.jsonl", MOONCAKE + "{", 3, "is no JSON"),
        ("t.jsonl", "[1]\n", 1, "should be an object"),
        ("t.jsonl", MOONCAKE.replace("1500", "true"), 2, "should be a time"),
        ("t.jsonl", MOONCAKE.replace("1500", "1e300"), 2, "s after the first, more than 1e.10 s"),
        ("t.csv", "arrival_s,input_tokens,output_tokens,input_tokens\n0,2,3,4\n", 1, "has the column input_tokens twice"),
        ("t.csv", "arrival_s,input_tokens,output_tokens,tool_s\n0,2,3,-4\n", 2, "`tool_s` is negative"),
        ("t.csv", "arrival_s,input_tokens,output_tokens,tool_s\n0,2,3,1e99\n", 2, "`tool_s` is more than"),
        ("t.csv", "arrival_s,input_tokens,output_tokens,deadline_s\n0,2,3,0\n", 2, "`deadline_s` must be greater than zero"),
        ("t.csv", "arrival_s,input_tokens,output_tokens,images\n0,2,3,-1\n", 2, "`images` should be a whole number, zero or more"),
        ("t.csv", "arrival_s,input_tokens,output_tokens,NumImages\n0,2,3,1.5\n", 2, "`NumImages` should be a whole number"),
        ("t.csv", "arrival_s,input_tokens,output_tokens,NumImages,images\n0,2,3,1,1\n", 2, "gives both images and NumImages"),
        ("t.jsonl", MOONCAKE.replace('"output_length": 3', '"output_length": 3, "images": "two"'), 2, "`images` should be a whole number"),
        ("t.csv", "arrival_s,input_tokens,output_tokens,priority\n0,2,3,high\n", 2, "`priority` should be a whole number"),
        ("t.jsonl", MOONCAKE.replace('"output_length": 3', '"output_length": 3, "priority": true'), 2, "`priority` should be a whole number"),
    ],
)
def test_bad_traces(name: str, text: str, line: int | None, words: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        traces.read(file)
    assert line is None or line == 0 or f"{name}:{line}" in str(caught.value)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_traces_are_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    name, text = data.draw(st.sampled_from([("t.csv", AZURE), ("t.jsonl", MOONCAKE), ("t.csv", (SAMPLES / "burstgpt.csv").read_text()[:400])]))
    raw = bytearray(text.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        if not raw:
            break
    file = tmp_path / name
    file.write_bytes(bytes(raw))
    try:
        found = traces.read(file)
    except IntarsiaError as error:
        assert str(error)
    else:
        assert all(r.arrival_s >= 0 and r.prompt_tokens >= 0 for r in found.requests)


def test_any_format_may_say_more_of_requests(tmp_path: Path) -> None:
    """Sessions with tools, classes, priorities and deadlines; empty cells say nothing."""
    file = tmp_path / "t.csv"
    more = "session,class,priority,deadline_s,tool,tool_s,images,model"
    file.write_text(f"arrival_s,input_tokens,output_tokens,{more}\n5,2,3,a,agent,-1,20,search,2.5,2,llama\n6,4,5,,,,,,,,\n")
    told = Request(0.0, 2, 3, session="a", kind="agent", priority=-1, deadline_s=20.0, tool="search", tool_s=2.5, images=2, model="llama")
    assert traces.read(file).requests == (told, Request(1.0, 4, 5))
    lines = tmp_path / "t.jsonl"
    lines.write_text('{"timestamp": 0, "input_length": 2, "output_length": 3, "session": "a", "class": "agent", "priority": -1, "deadline_s": 20, "tool": "search", "tool_s": 2.5, "images": 2, "model": "llama"}\n')
    assert traces.read(lines).requests == (told,)


def test_azures_multimodal_columns() -> None:
    """AzureLMMInferenceDataset2025.md: NumImages beside the three columns of its other traces."""
    found = traces.read(SAMPLES / "azure_multimodal.csv")
    assert len(found) == 120 and {request.images for request in found.requests} >= {0, 1, 2}
    plain = traces.read(SAMPLES / "azure.csv")
    assert [r.output_tokens for r in found.requests] == [r.output_tokens for r in plain.requests]


def test_images_and_models_are_drawn_beside_lengths() -> None:
    """Lengths and arrivals are those of the same seed without them; shares and means come out."""
    text = "rate=2/s,prompt_tokens=100..900,output_tokens=50,requests=600,seed=3"
    plain, found = workload.requests(text), workload.requests(text + ",images=0..4,models=3xchat + code")
    assert [(r.arrival_s, r.prompt_tokens) for r in plain.requests] == [(r.arrival_s, r.prompt_tokens) for r in found.requests]
    assert sum(r.images for r in found.requests) / 600 == pytest.approx(2, abs=0.15)
    assert sum(r.model == "chat" for r in found.requests) / 600 == pytest.approx(0.75, abs=0.05)
    mapped = workload.requests({"rate": 2, "prompt_tokens": 5, "output_tokens": 5, "models": {"chat": 3, "code": 1}})
    assert {r.model for r in mapped.requests} == {"chat", "code"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("images=-1", "images: is no distribution.*finite and not negative"), ("images=some", "images: is no distribution"), ("images=1.5", "whole number of images, found 1.5"),
        ("images=0..2.5", "whole number of images"), ("models=a+a", "`models` can't be read"), ("models=3x", "`models` can't be read"),
        ("models=0xa", "`models` can't be read"),
    ],
)  # fmt: skip
def test_bad_images_and_models(more: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        workload.requests(f"rate=2/s,prompt_tokens=4,output_tokens=4,{more}")


def test_images_and_models_are_for_accelerators(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="`images` is about models served on accelerators"):
        built("rate=2/s,prompt_tokens=4,output_tokens=4,images=1")
    file = tmp_path / "load.yaml"
    file.write_text(f"trace: {SAMPLES / 'azure.csv'}\nmodels: {{a: 1}}\n")
    with pytest.raises(InputError, match="`models` of a trace's requests are in the trace") as caught:
        workload.requests(file)
    assert "load.yaml:2" in str(caught.value)


def test_blocks_are_known_where_any_request_names_one(tmp_path: Path) -> None:
    file = tmp_path / "t.jsonl"
    file.write_text("".join(reversed(MOONCAKE.replace('"timestamp": 0', '"timestamp": 1500').splitlines(keepends=True))))
    assert traces.read(file).block_tokens == 512


def test_a_trace_becomes_a_workload() -> None:
    _, facts = built(SAMPLES / "azure.csv")
    assert facts["requests"] == 120 and facts["arrivals"] == "trace" and str(facts["trace"]).endswith("azure.csv")


def test_a_file_and_its_trace(tmp_path: Path) -> None:
    file = tmp_path / "load.yaml"
    file.write_text(f"trace: {SAMPLES / 'azure.csv'}\nrate: 30/min\nseed: 3\n")
    _, facts = built(file)
    assert facts["rate_per_s"] == 0.5 and facts["requests"] == 120 and facts["seed"] == 3


def test_stated_workloads() -> None:
    for spec in ("rate=2/s,prompt_tokens=50..200,output_tokens=64", {"rate": 2, "prompt_tokens": "50..200", "output_tokens": 64}):
        _, facts = built(spec)
        assert facts["rate_per_s"] == 2 and facts["prompt_tokens"] == {"kind": "uniform", "low": 50.0, "high": 200.0}
    _, chat = built(ROOT / "examples" / "workloads" / "chat.yaml")
    assert Distribution(chat["prompt_tokens"]).quantile(0.95) == pytest.approx(1800, rel=1e-3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("rate=2/s", "needs `prompt_tokens`"), ("rate=0,prompt_tokens=1,output_tokens=1", "`rate` must be greater than zero"), ("speed=2", "unknown field `speed`"), ("hello", "neither a file"),
        ("rate=1,prompt_tokens=9..3,output_tokens=1", "is above high"), ("rate=1,prompt_tokens=-5,output_tokens=1", "not negative"), (7, "should be a file"), ("missing.csv", "cannot read the trace"),
        ({"rate": 1, "prompt_tokens": {"median": 5, "p95": 3}, "output_tokens": 1}, "above it"), ({"rate": 1, "prompt_tokens": 1, "output_tokens": 1, "arrivals": "weekly"}, "choose one of"),
        ({"trace": "x.txt"}, "neither a file|should be a"), ({"rate": 1, "prompt_tokens": 1, "output_tokens": 1, "requests": 0}, "`requests` must be greater"),
        ("rate=1,prompt_tokens=0,output_tokens=4", "`prompt_tokens` must be one token or more"), ("rate=1,prompt_tokens=1,output_tokens=1,seed=-1", "`seed` must be zero or more"),
    ],
)
def test_bad_workloads(spec: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        built(spec)


@pytest.mark.parametrize(
    ("spec", "rate", "words"),
    [("rate=1e-300,prompt_tokens=1,output_tokens=1", None, "arrival_s must lie in"), ("rate=1,prompt_tokens=1,output_tokens=1", 1e-200, "arrival_s must lie in"),
     ("rate=1,prompt_tokens=1,output_tokens=1,arrivals=burst", 2.0, "has no rate")],
)  # fmt: skip
def test_rates_that_no_clock_can_tell(spec: str, rate: float | None, words: str) -> None:
    with pytest.raises(InputError, match=words):
        found = workload.requests(spec)
        workload.at_rate(found, rate or 1.0)


def test_concurrency_is_refused_where_requests_arrive_at_a_rate() -> None:
    with pytest.raises(InputError, match="`concurrency` is not read"):
        workload.requests("rate=2/s,prompt_tokens=40,output_tokens=8,concurrency=4")


def test_goals() -> None:
    module = Module.create("agent")
    workload.add_slo(Builder(module), "ttft=500ms,tpot=40ms,percentile=p90")
    op = module.verify().first("plan.slo")
    assert [attribute(op, name) for name in ("ttft_s", "tpot_s", "e2e_s", "percentile")] == [0.5, 0.04, None, 90.0]


@pytest.mark.parametrize("spec", ["ttft=0", "ttft=-1s", "tpot=4 parsecs", "percentile=99", "ttft=1s,percentile=100", "ttft", "ttft=1s,ttft=2s", "speed=3s", {"ttft": "x"}, {}, 5])
def test_bad_goals(spec: object) -> None:
    with pytest.raises(InputError):
        workload.add_slo(Builder(Module.create("agent")), spec)


@given(st.text(alphabet="ratefpom_kns=,.0123456789/;{}[]: ", max_size=40))
def test_any_shorthand_is_read_or_refused(text: str) -> None:
    for add in (workload.add_workload, workload.add_slo):
        try:
            add(Builder(Module.create("agent")), text)
        except IntarsiaError as error:
            assert str(error)


lengths = st.integers(0, 5000)
requests = st.lists(st.tuples(st.floats(0, 1000), lengths, lengths), max_size=40).map(
    lambda rows: Workload(tuple(Request(*row) for row in sorted(rows)))
)


@given(requests, st.floats(0, 1000), st.floats(0, 1000))
def test_slices_part_a_workload(whole: Workload, one: float, two: float) -> None:
    low, high = sorted((one, two))
    parts = [whole.slice(0, low), whole.slice(low, high), whole.slice(high, 2000)]
    assert sum(map(len, parts)) == len(whole)
    assert all(0 <= r.arrival_s <= high - low for r in parts[1].requests)


def test_generated_arrivals() -> None:
    made = generate(4000, 5.0, CONSTANT, CONSTANT, seed=1)
    assert made == generate(4000, 5.0, CONSTANT, CONSTANT, seed=1) and made.rate_per_s == pytest.approx(5, rel=0.1)
    assert generate(5, 2.0, CONSTANT, CONSTANT, arrivals="uniform").duration_s == 2.0
    assert generate(5, 0.0, CONSTANT, CONSTANT, arrivals="burst").rate_per_s == 0
    assert made.at_rate(1.0).rate_per_s == pytest.approx(1.0)


@pytest.mark.parametrize("wrong", [lambda: Request(-1.0, 1, 1), lambda: Request(0.0, -1, 1), lambda: Workload((Request(2.0, 1, 1), Request(1.0, 1, 1))), lambda: generate(1, 0.0, CONSTANT, CONSTANT), lambda: Workload(()).prompt_tokens()])
def test_impossible_requests(wrong: object) -> None:
    with pytest.raises(ValueError):
        wrong()  # type: ignore[operator]
