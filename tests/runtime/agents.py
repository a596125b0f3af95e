"""Agents written as IR of the planned stage, without models' weights or plans: what the exporter and the executor need."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from intarsia.codegen import agent as codegen_agent
from intarsia.ir.attributes import Symbol
from intarsia.ir.module import Builder, Module, value
from intarsia.runtime import Engine, load
from tests.runtime.bundles import write_bundle

TEXT = value("text")
WORDS = "a cat is an animal that sleeps planes fly high in the sky over clouds rivers carry water to sea where do cats sleep"


def module_of(body: Callable[[Builder], None]) -> Module:
    """A planned module with the models `tiny` and `mini`, and a graph whose operations `body` adds."""
    module = Module.create("plan")
    b = Builder(module)
    decoder = {"architecture": "llama", "family": "decoder", "layers": 1, "hidden": 8, "heads": 1, "kv_heads": 1, "head_dim": 8, "ffn": 8, "vocab": 300}
    for name, config in (("tiny", decoder), ("mini", decoder | {"family": "encoder"})):
        b.op("llm.model", sym_name=name, config=config, body=lambda: b.op("llm.end"))
    b.op("agent.graph", sym_name="test", body=lambda: body(b))
    return module.verify()


def llm(b: Builder, name: str, prompt: str, arguments: dict[str, Any], **decode: Any) -> Any:
    """A prefill and its decode."""
    task: dict[str, Any] = {"node": name, "model": Symbol("tiny"), "resources": {}}
    kv = b.op("llm.prefill", list(arguments.values()), ['!llm.kv<"tiny">'], name=f"{name}.prefill", prompt=prompt, arguments=list(arguments), **task)
    return b.op("llm.decode", [kv], [TEXT], name=f"{name}.decode", **task, **decode)


def embed(b: Builder, name: str, text: Any) -> Any:
    return b.op("llm.encode", [text], [value("embedding")], name=name, node=name, model=Symbol("mini"), resources={})


def tool(b: Builder, name: str, tool_name: str, arguments: dict[str, Any], **more: Any) -> Any:
    return b.op("llm.tool_call", list(arguments.values()), [TEXT], name=name, node=name, tool=tool_name, arguments=list(arguments), resources={}, **more)


def transform(b: Builder, name: str, kind: str, operands: list[Any], **more: Any) -> Any:
    return b.op("agent.transform", operands, [TEXT], name=name, kind=kind, **more)


def branch(b: Builder, name: str, on: Any, cases: dict[str, Callable[[], Any]]) -> Any:
    def all_cases() -> None:
        for case, make in cases.items():
            b.op("agent.case", label=case, probability=1 / len(cases), body=lambda make=make: b.op("agent.yield", [make()]))
        b.op("agent.end")

    return b.op("agent.branch", [on], [TEXT], name=name, body=all_cases)


def engine_of(directory: Path, module: Module, **tools: Any) -> Engine:
    """The module's agent in a bundle, on the null driver."""
    build = directory / "build"
    build.mkdir()
    agent = codegen_agent.export(module, build)
    return load(write_bundle(build, agent=agent, encoder_words=WORDS, extra=("yes", "no")), tools=tools, driver="null")
