"""The order in which a body's nodes run: each as soon as what it reads is there, independent ones side by side in threads."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Env = dict[int, Any]
"""Values by their number."""


@dataclass(frozen=True)
class Node:
    """An operation of a body. `needs`: places in the body of the nodes that come before it; one of them is enough where `any_of`.

    `light` nodes take no time worth a thread.
    """

    op: str
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    attributes: dict[str, Any]
    cases: tuple[tuple[str, Body], ...] = ()
    body: Body | None = None
    needs: frozenset[int] = frozenset()
    any_of: bool = False

    @property
    def light(self) -> bool:
        return self.op.startswith("agent.") and self.op not in ("agent.branch", "agent.loop", "agent.map")


@dataclass(frozen=True)
class Body:
    """A region: the values it takes, its nodes in order of the text, and the values it gives."""

    arguments: tuple[int, ...]
    nodes: tuple[Node, ...]
    yields: tuple[int, ...]
    readers: tuple[tuple[int, ...], ...] = field(default=(), repr=False)


def read_body(spec: dict[str, Any]) -> Body:
    """A body from its JSON, with what each of its nodes has to wait for."""
    nodes = [_read_node(each) for each in spec["nodes"]]
    needs = [_needs(place, nodes) for place in range(len(nodes))]
    readers = tuple(tuple(i for i, before in enumerate(needs) if place in before) for place in range(len(nodes)))
    placed = tuple(_with_needs(node, before) for node, before in zip(nodes, needs, strict=True))
    return Body(tuple(spec["arguments"]), placed, tuple(spec["yields"]), readers)


def _read_node(spec: dict[str, Any]) -> Node:
    cases = tuple((case["label"], read_body(case["body"])) for case in spec.get("cases", ()))
    body = read_body(spec["body"]) if "body" in spec else None
    first = spec["op"] == "agent.join" and spec["attributes"].get("kind") == "first"
    return Node(spec["op"], spec["name"], tuple(spec["inputs"]), tuple(spec["outputs"]), spec["attributes"], cases, body, any_of=first)


def _with_needs(node: Node, needs: frozenset[int]) -> Node:
    return Node(node.op, node.name, node.inputs, node.outputs, node.attributes, node.cases, node.body, needs, node.any_of)


def _needs(place: int, nodes: list[Node]) -> frozenset[int]:
    """Earlier nodes whose values it reads, that it comes `after`, or that use the same key of the memory (unless both only read it)."""
    inside = list(walk(nodes[place]))
    reads = {value for node in inside for value in (*node.inputs, *(v for body in bodies(node) for v in body.yields))}
    names = {name for node in inside for name in node.attributes.get("after", ())}
    keys = _memory(inside)
    before = set()
    for other in range(place):
        earlier = list(walk(nodes[other]))
        conflict = any(key == known and (stores or stored) for key, stores in keys for known, stored in _memory(earlier))
        if conflict or reads & set(nodes[other].outputs) or names & {node.name for node in earlier}:
            before.add(other)
    return frozenset(before)


def _memory(nodes: list[Node]) -> set[tuple[str, bool]]:
    return {(node.attributes["key"], node.op == "agent.memory_store") for node in nodes if node.op.startswith("agent.memory_")}


def bodies(node: Node) -> tuple[Body, ...]:
    """The regions of a node."""
    return tuple(body for _, body in node.cases) + ((node.body,) if node.body else ())


def walk(node: Node) -> Iterator[Node]:
    """The node and all inside it."""
    yield node
    for body in bodies(node):
        for inner in body.nodes:
            yield from walk(inner)


def run_body(body: Body, arguments: list[Any], outer: Env, execute: Callable[[Node, Env], list[Any]]) -> list[Any]:
    """Run all nodes; gives the values that the body yields. The first error is raised when what was under way has ended."""
    env = outer | dict(zip(body.arguments, arguments, strict=True))
    return _Run(body, env, execute).run()


class _Run:
    """One run of one body."""

    def __init__(self, body: Body, env: Env, execute: Callable[[Node, Env], list[Any]]) -> None:
        self._body, self._env, self._execute = body, env, execute
        self._missing = [len(node.needs) for node in body.nodes]
        self._ready = [place for place, missing in enumerate(self._missing) if not missing]
        self._started: set[int] = set()
        self._done: queue.SimpleQueue[tuple[int, list[Any] | BaseException]] = queue.SimpleQueue()
        self._under_way = 0
        self._error: BaseException | None = None

    def run(self) -> list[Any]:
        while self._ready or self._under_way:
            while self._ready and self._error is None:
                self._start(self._ready.pop(0))
            if self._under_way:
                self._finish(*self._done.get())
            elif self._error is not None:
                break
        if self._error is not None:
            raise self._error
        return [self._env[value] for value in self._body.yields]

    def _start(self, place: int) -> None:
        """Run the node here if nothing else could run meanwhile, otherwise in a thread."""
        if place in self._started:
            return
        self._started.add(place)
        node = self._body.nodes[place]
        if node.light or (not self._ready and not self._under_way):
            self._finish(place, self._attempt(node), waited=False)
            return
        self._under_way += 1
        threading.Thread(target=lambda: self._done.put((place, self._attempt(node))), name=f"agent-{node.name}", daemon=True).start()

    def _attempt(self, node: Node) -> list[Any] | BaseException:
        try:
            return self._execute(node, self._env)
        except BaseException as error:  # raised again by `run`
            return error

    def _finish(self, place: int, outcome: list[Any] | BaseException, waited: bool = True) -> None:
        self._under_way -= waited
        if isinstance(outcome, BaseException):
            self._error = self._error or outcome
            return
        self._env.update(zip(self._body.nodes[place].outputs, outcome, strict=True))
        for reader in self._body.readers[place]:
            self._missing[reader] -= 1
            if self._missing[reader] == 0 or self._body.nodes[reader].any_of:
                self._ready.append(reader)
