"""Agents from any format that we read: our own YAML, Open Agent Spec (YAML or JSON), LangGraph (a live graph or its JSON).

Readers of formats load when they are needed: whoever plans for a model only asks whether it is an agent.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intarsia.compiler.frontends import located
from intarsia.errors import InputError, Where

if TYPE_CHECKING:
    from intarsia.compiler.frontends.agent import Agent
    from intarsia.ir.module import Builder

SUFFIXES = (".yaml", ".yml", ".json")


def is_agent(source: Any) -> bool:
    """Whether `source` is a live graph, or a file that holds an agent (a model's config.json is none)."""
    if is_live_graph(source):
        return True
    if not isinstance(source, (str, Path)) or Path(source).suffix not in SUFFIXES or not Path(source).is_file():
        return False
    if Path(source).suffix != ".json":
        return True
    return _format_of(located.load(source)) is not None


def is_live_graph(source: Any) -> bool:
    """Whether `source` is a compiled LangGraph graph."""
    return hasattr(source, "get_graph") and hasattr(source, "builder")


def read(source: Any, *, model_map: Mapping[str, str] | None = None, nodes: Mapping[str, Mapping[str, Any]] | None = None) -> Agent:
    """The agent in `source`: a path, or a live graph.

    `model_map` gives the model reference for each model id that the format itself only names; `nodes` says what a LangGraph
    node is ({"answer": {"kind": "llm", "model": "smollm2", "prompt": "{question}"}}). Raises InputError with file, line and node.
    """
    if is_live_graph(source):
        from intarsia.compiler.frontends import langgraph

        return langgraph.from_live(source, model_map or {}, nodes or {})
    path = Path(source)
    tree = located.load(path)
    match _format_of(tree):
        case "yaml":
            from intarsia.compiler.frontends import agent_yaml

            return agent_yaml.from_tree(tree, path)
        case "agentspec":
            from intarsia.compiler.frontends import agentspec

            return agentspec.from_tree(tree, path, model_map or {})
        case "langgraph":
            from intarsia.compiler.frontends import langgraph

            return langgraph.from_tree(tree, path, model_map or {}, nodes or {})
    mend = "write `agent:`, `inputs:`, `nodes:` and `results:` as in docs/agent-yaml.md, or give an Agent Spec flow or a LangGraph graph's JSON"
    raise InputError("holds no agent in a format that can be read", where=Where(str(path), 1), mend=mend)


def _format_of(tree: Any) -> str | None:
    if not isinstance(tree, dict):
        return None
    if "nodes" in tree and ("agent" in tree or "results" in tree):
        return "yaml"
    if "component_type" in tree or "agentspec_version" in tree:
        return "agentspec"
    return "langgraph" if isinstance(tree.get("nodes"), list) and isinstance(tree.get("edges"), list) else None


def add_agent(
    builder: Builder, source: Any, *, model_map: Mapping[str, str] | None = None, nodes: Mapping[str, Mapping[str, Any]] | None = None,
) -> Agent:
    """Append the agent in `source`, and an `llm.model` for each model it uses; gives back what was read. Raises InputError."""
    from intarsia.compiler.frontends import flow, models

    agent = read(source, model_map=model_map, nodes=nodes)
    folder = Path(source).parent if isinstance(source, (str, Path)) else Path.cwd()
    for symbol, model in agent.models.items():
        try:
            models.add_model(builder, symbol, model.reference, folder)
        except InputError as error:
            if model.where.file:
                raise InputError(f"the model {symbol!r} can't be read: {error}", where=model.where) from None
            raise
    flow.emit(builder, agent.flow)
    return agent
