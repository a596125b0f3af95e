"""The Python functions of a LangGraph graph as tools of the compiled agent: `runtime.load("build/", tools=tools(app))`.

The state that flows through the agent is the list of all updates so far, folded by the channels' reducers; where parallel
branches meet, their lists are united, so that each update counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from intarsia.compiler.frontends.langgraph import GOTO, UPDATE
from intarsia.errors import RuntimeFailure

Update = tuple[int, Mapping[str, Any]]
_numbers = count()


class State(dict[str, Any]):
    """The values of a graph's channels; `log` holds the updates they come from, each with a number of its own."""

    log: tuple[Update, ...] = ()


def tools(app: Any) -> dict[str, Callable[..., Any]]:
    """A callable for each node and router of a compiled graph, subgraphs included, under the names the front end gives them."""
    reducers: dict[str, Any] = {}
    found: dict[str, Callable[..., Any]] = {}
    _collect(app.builder, "", reducers, found)
    found[UPDATE] = lambda state, key, value: _with_update(state, {key: value}, reducers)
    return found


def _collect(builder: Any, prefix: str, reducers: dict[str, Any], found: dict[str, Callable[..., Any]]) -> None:
    for key, channel in builder.channels.items():
        reducers.setdefault(key, getattr(channel, "operator", None))
    for name, spec in builder.nodes.items():
        inner = getattr(spec.runnable, "builder", None)
        if inner is not None:
            _collect(inner, f"{prefix}{name}:", reducers, found)
        else:
            found[prefix + name] = _node(spec.runnable, reducers)
    for source, branches in builder.branches.items():
        for name, branch in branches.items():
            found[f"{prefix}{source}.{name}"] = _router(branch.path, prefix + source, reducers)


def _node(runnable: Any, reducers: Mapping[str, Any]) -> Callable[[Any], State]:
    def run(state: Any) -> State:
        before = state_of(state, reducers)
        result = runnable.invoke({key: value for key, value in before.items() if key != GOTO})
        updates, goto = (result.update or {}, result.goto) if hasattr(result, "goto") else (result or {}, None)
        after = _with_update(before, dict(updates), reducers)
        if goto is not None:
            after[GOTO] = _one(goto)
        return after

    return run


def _router(path: Any, source: str, reducers: Mapping[str, Any]) -> Callable[[Any], Any]:
    def run(state: Any) -> Any:
        chosen = path.invoke(dict(state_of(state, reducers)))
        several = chosen if isinstance(chosen, (list, tuple)) else [chosen]
        if any(hasattr(one, "arg") for one in several):
            return [State(one.arg) for one in several]
        if len(several) != 1:
            raise RuntimeFailure(f"the router of {source!r} chose {len(several)} nodes at once", mend="use a Send, or plain edges to all of them")
        return str(several[0])

    return run


def _one(goto: Any) -> str:
    names = list(goto) if isinstance(goto, (list, tuple)) else [goto]
    if len(names) != 1:
        raise RuntimeFailure(f"a Command leads to {len(names)} nodes at once", mend="lead to one node")
    return str(names[0])


def state_of(value: Any, reducers: Mapping[str, Any]) -> State:
    """A State from an input, a State, or the list of them that a join gives."""
    if isinstance(value, State):
        return value
    if isinstance(value, Mapping):
        return _folded(((next(_numbers), value),), reducers)
    log: dict[int, Mapping[str, Any]] = {}
    for part in value:
        log.update(state_of(part, reducers).log)
    return _folded(tuple(log.items()), reducers)


def _with_update(state: Any, update: Mapping[str, Any], reducers: Mapping[str, Any]) -> State:
    before = state_of(state, reducers)
    entry = (next(_numbers), update)
    after = State({key: value for key, value in before.items() if key != GOTO})
    _apply(after, update, reducers)
    after.log = (*before.log, entry)
    return after


def _folded(log: tuple[Update, ...], reducers: Mapping[str, Any]) -> State:
    state = State()
    for _, update in sorted(log, key=lambda entry: entry[0]):
        _apply(state, update, reducers)
    state.log = log
    return state


def _apply(state: State, update: Mapping[str, Any], reducers: Mapping[str, Any]) -> None:
    for key, value in update.items():
        reducer = reducers.get(key)
        state[key] = reducer(state[key], value) if reducer is not None and key in state else value
