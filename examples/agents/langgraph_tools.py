"""The functions behind langgraph_graph.json, for `intarsia run build --tools examples/agents/langgraph_tools.py`."""

from __future__ import annotations

from typing import Any

State = dict[str, Any]


def lookup(state: State) -> State:
    return state | {"notes": "MLIR is a compiler infrastructure.", "tries": state.get("tries", 0) + 1}


def grade(state: State) -> State:
    return state | {"good": state["tries"] > 1}


def update_state(state: State, key: str, value: Any) -> State:
    return state | {key: value}


def _route(state: State) -> str:
    return "answer" if state["good"] else "search"


TOOLS = {"search": lookup, "grade.route": _route}
