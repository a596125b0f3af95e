"""The agent's part of a bundle: its graph as JSON, and the passages of its retrieve nodes.

    {schema: 1, name, inputs: [{name, value, default?}], body, outputs: [name], predicted: {task: seconds}}
    body: {arguments: [value], nodes: [node], yields: [value]}             values are numbers, unique in the graph
    node: {op, name, inputs: [value], outputs: [value], attributes, cases?: [{label, probability, body}], body?}
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from intarsia.codegen.passages import CHUNK_WORDS, read_passages
from intarsia.ir.distributions import Distribution
from intarsia.ir.module import Module, attribute, attributes_of, location_of

SCHEMA = 1
DROPPED = ("name", "resources", "prompt_tokens", "output_tokens", "latency", "iterations", "fan_out", "tokens", "description", "documents", "device", "index", "chunk_words")
"""Attributes that only planning reads, or that have a place of their own."""
LONGEST = 0.999
"""A loop bounded by a distribution alone may run as often as this quantile says."""


def export(plan_module: Module, directory: Path) -> dict[str, Any]:
    """Write `agent.json` and `<node>.index.json` for each retrieve node into `directory`; gives what agent.json holds.

    Raises InputError for documents that can't be read.
    """
    graph = plan_module.first("agent.graph")
    if graph is None:
        return {}
    for op in (op for name in ("llm.retrieve_top_k", "agent.retrieve") for op in plan_module.ops(name)):
        _write_json(directory / f"{attribute(op, 'name')}.index.json", _index(op))
    agent = _Exporter().graph(graph) | {"predicted": _predicted(plan_module)}
    _write_json(directory / "agent.json", agent)
    return agent


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def _predicted(module: Module) -> dict[str, float]:
    places = ((attribute(op, "task"), attribute(op, "seconds")) for op in module.ops("plan.place"))
    return {task: float(seconds) for task, seconds in places if seconds is not None}


def _index(op: Any) -> dict[str, Any]:
    passages = read_passages(attribute(op, "index"), attribute(op, "chunk_words", CHUNK_WORDS), location_of(op))
    return {"schema": SCHEMA, "node": attribute(op, "name"), "passages": passages}


class _Exporter:
    """Gives each value of a graph its number."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}

    def graph(self, op: Any) -> dict[str, Any]:
        block = op.regions[0].blocks[0]
        inputs = [self._input(inner.operation) for inner in block.operations if inner.operation.name == "agent.input"]
        body = self._body(block)
        names = attribute(block.operations[len(block.operations) - 1].operation, "names") or [f"result{i}" for i in range(len(body["yields"]))]
        return {"schema": SCHEMA, "name": attribute(op, "sym_name"), "inputs": inputs, "body": body, "outputs": names}

    def _input(self, op: Any) -> dict[str, Any]:
        facts = {"name": attribute(op, "name"), "value": self._number(op.results[0])}
        return facts | ({"default": attribute(op, "default")} if attribute(op, "default") is not None else {})

    def _body(self, block: Any) -> dict[str, Any]:
        arguments = [self._number(value) for value in block.arguments]
        ops = [inner.operation for inner in block.operations]
        nodes = [self._node(op) for op in ops[:-1] if op.name != "agent.input"]
        return {"arguments": arguments, "nodes": nodes, "yields": [self._number(value) for value in ops[-1].operands]}

    def _node(self, op: Any) -> dict[str, Any]:
        kept = {key: value for key, value in attributes_of(op).items() if key not in DROPPED}
        node = {"op": op.name, "name": attribute(op, "name", ""), "inputs": [self._number(v) for v in op.operands], "attributes": kept | _derived(op)}
        if op.name == "agent.branch":
            node["cases"] = [self._case(case.operation) for case in op.regions[0].blocks[0].operations if case.operation.name == "agent.case"]
        elif len(op.regions):
            node["body"] = self._body(op.regions[0].blocks[0])
        return node | {"outputs": [self._number(v) for v in op.results]}

    def _case(self, op: Any) -> dict[str, Any]:
        return {"label": attribute(op, "label"), "probability": attribute(op, "probability"), "body": self._body(op.regions[0].blocks[0])}

    def _number(self, value: Any) -> int:
        return self._numbers.setdefault(value, len(self._numbers))


def _derived(op: Any) -> dict[str, Any]:
    """What the runtime needs and the operation implies: a loop's bound, and whose vectors are searched."""
    if op.name == "agent.loop" and attribute(op, "max_iterations") is None:
        return {"max_iterations": max(1, math.ceil(Distribution(attribute(op, "iterations")).quantile(LONGEST)))}
    if op.name in ("llm.retrieve_top_k", "agent.retrieve") and attribute(op, "model") is None:
        owner = op.operands[0].owner
        model = attribute(owner.operation, "model") if hasattr(owner, "operation") else None
        return {} if model is None else {"model": str(model)}
    return {}
