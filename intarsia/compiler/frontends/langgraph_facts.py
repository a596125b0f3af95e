"""What only a live LangGraph graph tells: its routers and their targets, Sends, Commands and joins."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from intarsia.errors import InputError

END = "__end__"
ANNOTATE = (
    "say where it can lead: `def route(state) -> Literal[\"a\", \"b\"]`, add_conditional_edges(node, route, [\"a\", \"b\"]), "
    "or `-> Command[Literal[\"a\", \"b\"]]` for a node that returns a Command"
)


@dataclass
class Facts:
    """What only the live graph knows. Node names carry the prefix of their subgraph ("sub:plan")."""

    routers: dict[str, list[tuple[str, dict[str, str]]]] = field(default_factory=dict)
    sends: set[tuple[str, str]] = field(default_factory=set)
    commands: set[str] = field(default_factory=set)
    waits: set[str] = field(default_factory=set)
    live: bool = False


def inspect(builder: Any, prefix: str, facts: Facts) -> None:
    """Routers with their targets, Sends and Commands, of a graph and its subgraphs."""
    for source, branches in builder.branches.items():
        for name, spec in branches.items():
            code = _code_names(getattr(spec.path, "func", None) or getattr(spec.path, "afunc", None))
            if spec.ends is None:
                raise InputError(f"the router {name!r} of the node {prefix + source!r} doesn't say where it can lead", where="<LangGraph>", mend=ANNOTATE)
            if "Send" in code:
                facts.sends |= {(prefix + source, prefix + target) for target in spec.ends.values()}
            ends = {str(label): prefix + target if target != END else END for label, target in spec.ends.items()}
            facts.routers.setdefault(prefix + source, []).append((name, ends))
    for name, spec in builder.nodes.items():
        _inspect_node(name, spec, prefix, facts)
    facts.waits |= {prefix + target for _, target in builder.waiting_edges}


def _inspect_node(name: str, spec: Any, prefix: str, facts: Facts) -> None:
    inner = getattr(spec.runnable, "builder", None)
    if inner is not None:
        inspect(inner, f"{prefix}{name}:", facts)
        return
    if spec.ends:
        facts.commands.add(prefix + name)
    elif "Command" in _code_names(getattr(spec.runnable, "func", None) or getattr(spec.runnable, "afunc", None)):
        raise InputError(f"the node {prefix + name!r} returns a Command, but doesn't say where it can lead", where="<LangGraph>", mend=ANNOTATE)
    if getattr(spec, "defer", False):
        facts.waits.add(prefix + name)


def _code_names(function: Any) -> set[str]:
    """Every global name that a function's code uses, nested functions included."""
    code = getattr(function, "__code__", None) or getattr(getattr(function, "__call__", None), "__code__", None)  # noqa: B004
    found: set[str] = set()
    waiting = [code] if isinstance(code, CodeType) else []
    while waiting:
        one = waiting.pop()
        found |= set(one.co_names)
        waiting += [constant for constant in one.co_consts if isinstance(constant, CodeType)]
    return found
