"""Whatever the user brings -> a module of stage `agent`: models, one graph, fleet, workload, goals and knobs."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from intarsia.compiler.frontends import agents, models
from intarsia.compiler.frontends import fleet as fleets
from intarsia.compiler.frontends import workload as workloads
from intarsia.errors import InputError, Where
from intarsia.ir.attributes import Symbol
from intarsia.ir.dialects import spec_of
from intarsia.ir.model import ModelConfig
from intarsia.ir.module import Builder, Module, attribute, value
from intarsia.ir.workload import ONE_USER

TORCH_SUFFIXES = (".mlir", ".pt2")
RATE_PER_S = 0.001
"""Requests that are assumed to come without a stated workload: so few that one device is never too slow for them."""


def load(
    source: Any, fleet: Any = None, workload: Any = None, slo: Any = None, knobs: dict[str, Any] | None = None,
    models: Mapping[str, str] | None = None, nodes: Mapping[str, Mapping[str, Any]] | None = None,
) -> Module:  # fmt: skip
    """A module of stage `agent`.

    `source`: a .gguf file, a Hugging Face directory, a config.json, `package:NAME/PATH`, an agent (YAML, Open Agent Spec, LangGraph), or a torch module.
    `models`: a path for each model id that an agent only names; `nodes`: what the nodes of a LangGraph graph are.
    A bare model becomes the graph input -> model -> return. Without a `fleet` it is this machine; without a `workload`, one user's questions.
    Raises InputError, UnsupportedError or MissingDependency with file and node.
    """
    module = Module.create("agent")
    builder = Builder(module)
    bare = _add_source(builder, source, models, nodes)
    fleets.add_fleet(builder, fleet)
    asked = workloads.add_workload(builder, _usual_workload(module) if workload is None else workload)
    if bare is not None:
        _add_graph(builder, bare, asked)
    workloads.add_slo(builder, slo)
    _add_knobs(builder, knobs or {})
    return module.verify(str(source))


def _add_source(builder: Builder, source: Any, model_map: Mapping[str, str] | None, nodes: Mapping[str, Mapping[str, Any]] | None) -> str | None:
    """Appends models, and the agent's graph; for a bare model, gives its symbol instead."""
    if (model_map or nodes) and not agents.is_agent(source):
        raise InputError("models and nodes are for agents; the source is a model", where=Where(str(source) if isinstance(source, (str, Path)) else ""), mend="leave them out")
    if _is_torch(source):
        from intarsia.compiler.frontends import torch_export

        torch_export.add_source(builder, source)
        return None
    if not isinstance(source, (str, Path)) and not agents.is_live_graph(source):
        raise InputError(
            f"a source of the type {type(source).__name__} can't be read", mend="give a path, a LangGraph graph or a torch module"
        )
    if agents.is_agent(source):
        agents.add_agent(builder, source, model_map=model_map, nodes=nodes)
        return None
    symbol = symbol_of(str(source))
    models.add_model(builder, symbol, str(source))
    return symbol


def _is_torch(source: Any) -> bool:
    """Whether `source` is a torch module, an exported program, or a file of one; torch itself is not imported for it."""
    if isinstance(source, (str, Path)):
        return Path(source).suffix in TORCH_SUFFIXES
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(source, (torch.nn.Module, torch.export.ExportedProgram, tuple))


def symbol_of(reference: str) -> str:
    """A model's file or directory name as a symbol: "SmolLM2-135M.gguf" is smollm2_135m."""
    path = Path(reference).expanduser()
    path = path.parent if path.name == "config.json" else path
    stem = path.stem if path.suffix in (".gguf", ".json") else path.resolve().name
    name = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_") or "model"
    return name if name[0].isalpha() else f"model_{name}"


def _usual_workload(module: Module) -> dict[str, Any]:
    """A person's questions, one after another, that fit the models' context. Lengths are assumptions, and in the module's text."""
    configs = [ModelConfig.from_dict(attribute(model, "config")) for model in module.ops("llm.model")]
    context = min((c.context for c in configs if c.family == "decoder" and c.context), default=8192)
    longest = max(4, min(1024, context // 4))
    return {
        "name": ONE_USER,
        "rate": RATE_PER_S,
        "arrivals": "poisson",
        "prompt_tokens": {"median": longest / 4, "p95": longest},
        "output_tokens": {"median": longest / 8, "p95": longest / 2},
    }


def _add_graph(builder: Builder, symbol: str, workload: Any) -> None:
    """prompt -> generate -> answer for a decoder, text -> embed -> embedding for an encoder."""
    model = builder.module.find("llm.model", symbol)
    lengths = {name: attribute(workload, name) for name in ("prompt_tokens", "output_tokens")}
    family = attribute(model, "config")["family"]

    def decoder() -> None:
        prompt = builder.op("agent.input", [], [value("text")], name="prompt")
        answer = builder.op(
            "agent.llm",
            [prompt],
            [value("text")],
            name="generate",
            model=Symbol(symbol),
            prompt="{prompt}",
            arguments=["prompt"],
            **lengths,
        )
        builder.op("agent.return", [answer], names=["answer"])

    def encoder() -> None:
        text = builder.op("agent.input", [], [value("text")], name="text")
        vector = builder.op(
            "agent.embed", [text], [value("embedding")], name="embed", model=Symbol(symbol), tokens=lengths["prompt_tokens"]
        )
        builder.op("agent.return", [vector], names=["embedding"])

    source = attribute(model, "source", "<model>")
    with builder.at(source, 1):
        builder.op("agent.graph", body=encoder if family == "encoder" else decoder, sym_name=f"{symbol}_agent", source=source)


def _add_knobs(builder: Builder, knobs: dict[str, Any]) -> None:
    given = {name: setting for name, setting in knobs.items() if setting is not None}
    spec = spec_of("plan.knobs")
    known = sorted(spec.optional) if spec else []
    for name in given:
        if name not in known:
            raise InputError(f"there is no knob {name!r}", where=Where(node="knobs"), mend=f"knobs are {', '.join(known)}")
    if given:
        builder.op("plan.knobs", **given)

