"""Small modules to plan: models of a given size, devices, goals, and an agent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from intarsia.ir.device import Device, MemoryTier
from intarsia.ir.model import ModelConfig
from intarsia.ir.module import Builder, Module, Symbol, value
from intarsia.ir.passes import to_ops, to_tasks
from intarsia.ir.weights import table

SMALL = ModelConfig(
    architecture="llama", family="decoder", layers=4, hidden=256, heads=8, kv_heads=4, head_dim=32, ffn=512, vocab=1024, context=512,
    rope_theta=1e4, rope_style="neox", tied_embeddings=True,
)  # fmt: skip
BIG = ModelConfig(
    architecture="llama", family="decoder", layers=80, hidden=8192, heads=64, kv_heads=8, head_dim=128, ffn=28672, vocab=128256, context=8192,
    rope_theta=5e5, rope_style="neox",
)  # fmt: skip
ENCODER = ModelConfig(
    architecture="bert", family="encoder", layers=2, hidden=128, heads=4, kv_heads=4, head_dim=32, ffn=256, vocab=512, context=128, norm="layernorm",
    activation="gelu", gated=False, attention_bias=True, output_bias=True, mlp_bias=True, positions=128, token_types=2, pooling="mean",
)  # fmt: skip


def cpu(name: str = "host", cores: int = 4, memory: float = 8e9, **fields: Any) -> Device:
    """A CPU with round numbers: 100 GFLOP/s in f32, four times that in int8, 20 GB/s."""
    return Device(
        name, "cpu", cores, {"f32": 1e11, "i8": 4e11}, (MemoryTier("dram", memory, 2e10, {"1": 1e10}),),
        **{"launch_s": {"1": 1e-7, "2": 1e-6, "4": 2e-6}, "idle_watts": 5.0, "watts": 45.0} | fields,
    )  # fmt: skip


def gpu(name: str = "card", memory: float = 80e9, **fields: Any) -> Device:
    """A GPU with round numbers: 1 PFLOP/s in bf16, 3 TB/s, links of 400 GB/s."""
    usual = {"launch_s": {"1": 4e-6}, "watts": 700.0, "idle_watts": 70.0, "rent_usd_per_h": 3.0, "link_bandwidth": 4e11, "link_latency_s": 5e-6}
    return Device(name, "gpu", 132, {"bf16": 1e15, "f16": 1e15}, (MemoryTier("hbm", memory, 3e12),), **usual | fields)


Graph = Callable[[Builder], None]


def module(
    models: dict[str, tuple[ModelConfig, str]], fleet: dict[str, tuple[Device, int]], graph: Graph | None = None, *,
    slo: dict[str, float] | None = None, knobs: dict[str, Any] | None = None, workload: dict[str, Any] | None = None, sla: dict[str, float] | None = None,
) -> Module:
    """A module of stage ops: `models` by symbol with the dtype of their matrices; a bare generation of the first unless `graph` builds another."""
    made = Module.create("agent")
    builder = Builder(made)
    for name, (config, dtype) in models.items():
        _model(builder, name, config, dtype)
    for name, (device, count) in fleet.items():
        builder.op("plan.device", sym_name=name, count=count, facts=device.to_dict())
    if workload:
        builder.op("plan.workload", **{"rate_per_s": 0.0, "prompt_tokens": constant(200), "output_tokens": constant(50)} | workload)
    if slo:
        builder.op("plan.slo", **slo)
    if knobs:
        builder.op("plan.knobs", **knobs)
    builder.op("agent.graph", body=lambda: (graph or bare(next(iter(models))))(builder), sym_name="agent", sla=sla)
    return to_ops.run(to_tasks.run(made.verify()))


def _model(builder: Builder, name: str, config: ModelConfig, dtype: str) -> None:
    def weights() -> None:
        for weight in table(config):
            kind = dtype if len(weight.shape) > 1 else "f32"
            builder.op("llm.weight", name=weight.name, dtype=kind, shape=list(weight.shape), layers=list(weight.layers) or None)
        builder.op("llm.end")

    builder.op("llm.model", body=weights, sym_name=name, config=config.to_dict(), format="config")


def constant(number: float) -> dict[str, Any]:
    return {"kind": "constant", "value": float(number)}


def bare(model: str, prompt: float = 200, output: float = 50) -> Graph:
    """input -> llm -> return."""

    def build(b: Builder) -> None:
        question = b.op("agent.input", [], [value("text")], name="question")
        b.op("agent.return", [llm(b, question, model, "generate", prompt, output)], names=["answer"])

    return build


def llm(b: Builder, operand: Any, model: str, name: str, prompt: float, output: float) -> Any:
    """One generation."""
    return b.op(
        "agent.llm", [operand], [value("text")], name=name, model=Symbol(model), prompt="{q}", arguments=["q"],
        prompt_tokens=constant(prompt), output_tokens=constant(output),
    )  # fmt: skip


def tool(b: Builder, operand: Any, name: str, seconds: float) -> Any:
    """One tool call with a fixed latency."""
    return b.op("agent.tool", [operand], [value("text")], name=name, tool=name, arguments=["x"], latency=constant(seconds))


def branching(model: str, rare: float = 0.1) -> Graph:
    """Decide, then a short answer, or (with probability `rare`) a tool of 5 s and a long one, repeated twice."""

    def build(b: Builder) -> None:
        question = b.op("agent.input", [], [value("text")], name="question")
        decision = llm(b, question, model, "decide", 100, 2)

        def cases() -> None:
            b.op("agent.case", body=lambda: _yield(b, llm(b, question, model, "short", 100, 20)), label="no", probability=1 - rare)
            b.op("agent.case", body=lambda: _yield(b, _loop(b, question, model)), label="yes", probability=rare)
            b.op("agent.end")

        answer = b.op("agent.branch", [decision], [value("text")], body=cases, name="which")
        b.op("agent.return", [answer], names=["answer"])

    return build


def _loop(b: Builder, question: Any, model: str) -> Any:
    def body(carried: Any) -> None:
        found = tool(b, carried, "search", 5.0)
        b.op("agent.yield", [found, llm(b, found, model, "long", 300, 100)])

    return b.op("agent.loop", [question], [value("text")], block_args=[value("text")], body=body, name="again", max_iterations=2)


def _yield(b: Builder, result: Any) -> None:
    b.op("agent.yield", [result])
