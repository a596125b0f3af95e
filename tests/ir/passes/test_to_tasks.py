"""agent -> tasks: formulas against counts, facts edited in the text, and the whole as a golden file."""

from __future__ import annotations

import random
from math import prod
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import IRError
from intarsia.ir.formula import evaluate
from intarsia.ir.model import ModelConfig
from intarsia.ir.module import Builder, Module, attribute, location_of, value, walk
from intarsia.ir.passes import resources, to_tasks
from intarsia.ir.passes.expectations import paths, task_visits
from intarsia.ir.weights import table

DENSE = ModelConfig("llama", "decoder", layers=4, hidden=64, heads=8, kv_heads=2, head_dim=8, ffn=128, vocab=1000, tied_embeddings=True)
SPARSE = ModelConfig("mixtral", "decoder", layers=4, hidden=64, heads=8, kv_heads=2, head_dim=8, ffn=128, vocab=1000, experts=8, top_k=2, expert_ffn=32, first_dense=1, shared_experts=1)
LATENT = ModelConfig(
    "deepseek", "decoder", layers=3, hidden=64, heads=4, kv_heads=4, head_dim=16, ffn=128, vocab=1000, kv_lora_rank=24, q_lora_rank=16, qk_nope_head_dim=8, qk_rope_head_dim=4, v_head_dim=8,
)
WINDOW = ModelConfig("mistral", "decoder", layers=2, hidden=64, heads=8, kv_heads=4, head_dim=8, ffn=128, vocab=1000, sliding_window=7)
ENCODER = ModelConfig("bert", "encoder", layers=3, hidden=48, heads=4, kv_heads=4, head_dim=12, ffn=96, vocab=500, positions=64, token_types=2, norm="layernorm", activation="gelu", gated=False, attention_bias=True, output_bias=True, mlp_bias=True)
DECODERS = [DENSE, SPARSE, LATENT, WINDOW]


def add_model(builder: Builder, name: str, config: ModelConfig, dtype: str = "f16") -> None:
    def rows() -> None:
        for weight in table(config):
            builder.op("llm.weight", name=weight.name, dtype=dtype if len(weight.shape) > 1 else "f32", shape=list(weight.shape), layers=list(weight.layers) or None)
        builder.op("llm.end")

    builder.op("llm.model", body=rows, sym_name=name, config=config.to_dict())


def module_with(config: ModelConfig, dtype: str = "f16") -> Module:
    module = Module.create("agent")
    builder = Builder(module)
    add_model(builder, "m", config, dtype)
    kind = "agent.embed" if config.family == "encoder" else "agent.llm"

    def body() -> None:
        with builder.at("demo.yaml", 7):
            q = builder.op("agent.input", [], [value("text")], name="q")
            more: dict[str, Any] = {} if config.family == "encoder" else {"prompt": "{q}", "arguments": ["q"]}
            from intarsia.ir.attributes import Symbol

            a = builder.op(kind, [q], [value("text")], name="answer", model=Symbol("m"), **more)
        builder.op("agent.return", [a], names=["a"])

    builder.op("agent.graph", body=body, sym_name="g")
    return module.verify()


def sizes_of(config: ModelConfig, dtype: str = "f16") -> resources.Sizes:
    module = module_with(config, dtype)
    return resources.sizes(module.find("llm.model", "m"))


def at(formula: str, **symbols: float) -> float:
    return evaluate(formula, **{"batch": 1, "prompt": 1, "context": 0, "output": 1, "arguments": 1} | symbols)


def pairs(prompt: int, context: int, window: int) -> int:
    return sum(min(context + i + 1, window or 1 << 60) for i in range(prompt))


@pytest.mark.parametrize("config", DECODERS, ids=lambda c: c.architecture)
def test_decode_flops_are_two_for_each_active_weight(config: ModelConfig) -> None:
    """Apart from attention over the context; biases and norms, which are added, not multiplied, make the difference."""
    flops = at(resources.decode(sizes_of(config))["flops"], context=0)
    attention = at(resources.decode(sizes_of(config))["flops"], context=1) - flops if not config.sliding_window else 4 * config.layers * config.q_width
    matrices = config.layer_parameters(active=True) - config.layers * config.norm_parameters() + config.vocab * config.hidden
    assert flops - attention == pytest.approx(2 * matrices, rel=2e-3)


@pytest.mark.parametrize("config", DECODERS, ids=lambda c: c.architecture)
@pytest.mark.parametrize(("prompt", "context"), [(1, 0), (5, 0), (5, 3), (20, 0), (20, 50), (3, 6), (64, 2)])
def test_prefill_attends_to_what_comes_before(config: ModelConfig, prompt: int, context: int) -> None:
    s = sizes_of(config)
    found = at(resources.prefill(s)["flops"], prompt=prompt, context=context, batch=3) / 3
    if config.kv_lora_rank:
        pair = 2 * config.layers * config.heads * (config.qk_nope_head_dim + config.qk_rope_head_dim + config.v_head_dim)
        expansion = 2 * config.layers * config.kv_lora_rank * config.heads * (config.qk_nope_head_dim + config.v_head_dim) * context
    else:
        pair, expansion = 4 * config.layers * config.q_width, 0
    wanted = s.flops_per_token * prompt + pair * pairs(prompt, context, config.sliding_window) + expansion + 2 * config.vocab * config.hidden
    assert found == wanted


@given(st.integers(1, 40), st.integers(0, 40))
def test_chunks_of_a_prompt_add_up(prompt: int, context: int) -> None:
    """A prompt read in two steps takes the same FLOPs as in one, but for the second output row."""
    formula = resources.prefill(sizes_of(WINDOW))["flops"]
    cut = random.Random(prompt).randint(1, prompt)
    rest = at(formula, prompt=prompt - cut, context=context + cut) if cut < prompt else 0
    assert at(formula, prompt=cut, context=context) + rest == at(formula, prompt=prompt, context=context) + (2 * WINDOW.vocab * WINDOW.hidden if rest else 0)


@pytest.mark.parametrize("config", [DENSE, LATENT, WINDOW], ids=lambda c: c.architecture)
def test_weights_are_read_once_a_step(config: ModelConfig) -> None:
    s = sizes_of(config, "f32")
    found = at(resources.decode(s)["weight_bytes"], batch=1)
    embedding = 0 if config.tied_embeddings else config.vocab * config.hidden
    assert found == 4 * (config.parameters() - embedding + config.hidden)


def test_all_weights_are_counted_by_their_type() -> None:
    s = sizes_of(DENSE, "q4_0")
    matrices = sum(prod(w.shape) * max(1, len(w.layers)) for w in table(DENSE) if len(w.shape) > 1)
    vectors = sum(prod(w.shape) * max(1, len(w.layers)) for w in table(DENSE) if len(w.shape) == 1)
    assert s.fixed_bytes == matrices * 18 // 32 + 4 * vectors


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40))
def test_expected_experts(batch: int) -> None:
    """Against a simulation of tokens that draw 2 of 8 experts."""
    s = sizes_of(SPARSE)
    found = at(resources.decode(s)["weight_bytes"], batch=batch) - s.fixed_bytes - s.row_bytes * batch
    rng = random.Random(batch)
    draws = [len({e for _ in range(batch) for e in rng.sample(range(8), 2)}) for _ in range(400)]
    assert found / s.expert_bytes == pytest.approx(sum(draws) / len(draws) / 8, abs=0.05)


def test_a_token_meets_its_experts_only() -> None:
    s, dense = sizes_of(SPARSE), sizes_of(DENSE)
    assert s.flops_per_token < dense.flops_per_token * 2
    assert s.flops_per_token == 2 * sum(prod(w.shape[-2:]) * len(w.layers) * (2 if len(w.shape) == 3 else 1) for w in table(SPARSE) if w.layers and len(w.shape) > 1)


@pytest.mark.parametrize("config", DECODERS, ids=lambda c: c.architecture)
def test_kv_cache(config: ModelConfig) -> None:
    s, row = sizes_of(config), 2 * config.kv_elements_per_token()
    steps = resources.decode(s)
    assert at(steps["kv_write_bytes"], batch=4) == 4 * row
    assert at(steps["kv_read_bytes"], context=99) == row * min(100, config.sliding_window or 100)
    assert at(resources.prefill(s)["kv_write_bytes"], prompt=10, batch=2) == 20 * row


def test_latent_cache_is_small() -> None:
    assert sizes_of(LATENT).kv_bytes_per_token == 2 * LATENT.layers * (24 + 4)


def test_an_encoder() -> None:
    found = resources.encode(sizes_of(ENCODER))
    linear = 2 * (ENCODER.layer_parameters() - ENCODER.layers * (ENCODER.norm_parameters() + 3 * 48 + 48 + 96 + 48))
    assert at(found["flops"], prompt=10) == linear * 10 + 4 * ENCODER.layers * 48 * 100
    assert found["kv_read_bytes"] == "0"
    tasks = to_tasks.run(module_with(ENCODER))
    assert attribute(tasks.first("llm.encode"), "name") == "answer"


def lowered(text: str) -> Module:
    return to_tasks.run(Module.parse(text))


def work(module: Module, task: str, name: str) -> float:
    op = next(op for op in module.ops() if attribute(op, "name") == task)
    return at(attribute(op, "resources")[name], prompt=8, context=8)


def test_an_edited_layer_count_takes_effect() -> None:
    text = str(module_with(DENSE))
    whole, half = lowered(text), lowered(text.replace("layers = 4 : i64", "layers = 2 : i64"))
    assert work(half, "answer.prefill", "kv_write_bytes") == work(whole, "answer.prefill", "kv_write_bytes") / 2
    layers = DENSE.layer_parameters() * 2 - 2 * DENSE.layers * DENSE.norm_parameters() + 4 * DENSE.layers * DENSE.norm_parameters()
    assert work(whole, "answer.decode", "weight_bytes") - work(half, "answer.decode", "weight_bytes") == layers / 2


def test_an_edited_probability_takes_effect(tmp_path: Path) -> None:
    text = str(example())
    visits = task_visits(lowered(text.replace("probability = 2.500000e-01", "probability = 0.5").replace("probability = 7.500000e-01", "probability = 0.5")))
    assert task_visits(lowered(text))["look_up"] == 0.25 and visits["look_up"] == 0.5


def example() -> Module:
    """A small agent with every kind of node that becomes a task."""
    from intarsia.ir.attributes import Symbol

    module = Module.create("agent")
    b = Builder(module)
    add_model(b, "m", DENSE, "q4_1")
    add_model(b, "e", ENCODER, "f32")
    text = [value("text")]

    def branch(q: Any) -> Any:
        def yes() -> None:
            found = b.op("agent.tool", [q], text, name="look_up", tool="search", arguments=["query"], latency={"kind": "constant", "value": 0.2})
            b.op("agent.yield", [found])

        def no() -> None:
            vector = b.op("agent.embed", [q], text, name="vector", model=Symbol("e"))
            passages = b.op("agent.retrieve", [vector, q], text, name="passages", index="docs", top_k=3, documents=100, chunk_words=90, max_words=150)
            b.op("agent.yield", [passages])

        def cases() -> None:
            b.op("agent.case", body=yes, label="yes", probability=0.25)
            b.op("agent.case", body=no, label="no", probability=0.75)
            b.op("agent.end")

        return b.op("agent.branch", [b.op("agent.llm", [q], text, name="route", model=Symbol("m"), prompt="Look it up? {q}", arguments=["q"], choices=["yes", "no"])], text, body=cases, name="facts")

    def loop(draft: Any) -> None:
        better = b.op("agent.llm", [draft], text, name="better", model=Symbol("m"), prompt="Better: {draft}", arguments=["draft"], max_tokens=40)
        more = b.op("agent.transform", [better], text, name="more", kind="test", arguments=["input"], expression="words | below:5")
        b.op("agent.yield", [more, better])

    def graph() -> None:
        q = b.op("agent.input", [], text, name="q")
        facts = branch(q)
        draft = b.op("agent.llm", [facts, q], text, name="draft", model=Symbol("m"), prompt="{facts}\n{q}", arguments=["facts", "q"], output_tokens={"kind": "constant", "value": 30.0})
        final = b.op("agent.loop", [draft], text, body=loop, block_args=text, name="polish", max_iterations=4, iterations={"kind": "geometric", "mean": 1.5})
        kept = b.op("agent.memory_store", [final], text, name="kept", key="last", after=["polish", "route"])
        b.op("agent.return", [kept], names=["answer"])

    b.op("agent.graph", body=graph, sym_name="example")
    return module.verify()


def test_golden(golden: Any) -> None:
    golden("tasks/example.mlir", str(to_tasks.run(example())))


def test_the_result_prints_and_parses_back() -> None:
    text = str(to_tasks.run(example()))
    assert str(Module.parse(text)) == text


def test_the_module_before_stays_as_it_was() -> None:
    module = example()
    before = str(module)
    to_tasks.run(module)
    assert str(module) == before and module.stage == "agent"


def test_tasks_keep_node_and_place() -> None:
    module = to_tasks.run(module_with(DENSE))
    prefill = module.first("llm.prefill")
    assert attribute(prefill, "node") == "answer" and location_of(prefill).file == "demo.yaml" and location_of(prefill).line == 7


def test_no_leaf_of_the_agent_is_left() -> None:
    module = to_tasks.run(example())
    assert not [op.name for op in module.ops() if op.name in to_tasks.LOWERINGS]
    assert attribute(module.first("agent.memory_store"), "after") == ["polish", "route.decode"]


def test_lengths_are_estimated_from_what_goes_in() -> None:
    module = to_tasks.run(example())
    lengths = {attribute(op, "name"): attribute(op, "prompt_tokens") for op in module.ops("llm.prefill")}
    fixed = to_tasks.UNKNOWN_TOKENS
    assert lengths["route.prefill"]["value"] == 3 + fixed
    assert lengths["better.prefill"]["value"] == 2 + fixed
    outputs = {attribute(op, "name"): attribute(op, "output_tokens")["value"] for op in module.ops("llm.decode")}
    assert outputs == {"route.decode": 1, "draft.decode": 30, "better.decode": 40}


def test_a_bare_prompt_has_the_workloads_lengths() -> None:
    module = module_with(DENSE)
    lengths = {"prompt_tokens": {"kind": "uniform", "low": 10.0, "high": 90.0}, "output_tokens": {"kind": "geometric", "mean": 50.0}}
    Builder(module).op("plan.workload", rate_per_s=1.0, **lengths)
    tasks = to_tasks.run(module)
    assert {name: attribute(tasks.first("llm.prefill"), name) for name in lengths} == lengths


def test_visits_and_paths() -> None:
    module = to_tasks.run(example())
    visits = task_visits(module)
    assert visits["look_up"] == 0.25 and visits["vector"] == 0.75 and visits["better.decode"] == pytest.approx(1.5) and visits["kept"] == 1
    ways = paths(module)
    assert [way.choices for way in ways] == [{"facts": "no"}, {"facts": "yes"}] and sum(way.probability for way in ways) == pytest.approx(1)
    expected = {name: sum(way.probability * way.visits.get(name, 0) for way in ways) for name in visits}
    assert expected == pytest.approx(visits)


def test_an_encoder_cannot_generate() -> None:
    text = str(module_with(DENSE)).replace('family = "decoder"', 'family = "encoder"')
    with pytest.raises(IRError, match="is no decoder"):
        lowered(text)


def test_formulas_hold_for_real_sizes(smollm2: Path) -> None:
    """SmolLM2-135M in Q4_1: what a decode step reads is the file's weights, and its FLOPs two for each of 134.5 million parameters."""
    from intarsia.compiler.frontends import models

    module = Module.create("agent")
    models.add_model(Builder(module), "m", str(smollm2))
    s = resources.sizes(module.find("llm.model", "m"))
    stored = sum(len(list(attribute(op, "offsets"))) for op in walk(module.find("llm.model", "m"), "llm.weight"))
    assert stored == 272
    assert at(resources.decode(s)["flops"]) == pytest.approx(2 * 134_515_008, rel=1e-2)
    assert at(resources.decode(s)["weight_bytes"]) == pytest.approx(smollm2.stat().st_size, rel=0.03)
