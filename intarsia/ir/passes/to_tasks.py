"""agent -> tasks: every leaf node becomes the tasks that run it, each with its resources; branches, loops and maps stay.

    %1 = "agent.llm"(%0) {name = "answer", model = @m, prompt = "{q}"}
->  %1 = "llm.prefill"(%0) {name = "answer.prefill", node = "answer", resources = {...}} : (!agent.value) -> !llm.kv<"m">
    %2 = "llm.decode"(%1) {name = "answer.decode", node = "answer", resources = {...}} : (!llm.kv<"m">) -> !agent.value
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from intarsia.errors import IRError
from intarsia.ir import bindings
from intarsia.ir.attributes import to_attribute
from intarsia.ir.bindings import ir
from intarsia.ir.distributions import Distribution, constant
from intarsia.ir.module import Module, attribute, attributes_of, location_of, set_attributes, value
from intarsia.ir.passes import resources

PLACEHOLDER = re.compile(r"\{[A-Za-z_]\w*\}")
CHARACTERS_PER_TOKEN = 4
"""English text in a vocabulary of some 50,000 tokens; a node's own `prompt_tokens` takes its place."""
TOKENS_PER_WORD = 4 / 3
UNKNOWN_TOKENS = 32
"""Assumed length of a value that nothing is known of, such as a tool's answer."""
UNKNOWN_OUTPUT_TOKENS = 128
UNKNOWN_DOCUMENTS = 1000
UNKNOWN_WIDTH = 768
PASSAGE_WORDS = 120

GENERATION = ("max_tokens", "temperature", "top_p", "seed", "choices", "pattern", "stop")
PROMPT = ("prompt", "arguments", "system", "chat", "new_tokens")
NODE = ("after", "description")
TOOL = ("tool", "arguments", "latency", "timeout_s", "retries", "on_error", "device", "kind", "work")
RETRIEVE = ("index", "top_k", "model", "chunk_words", "latency", "documents", "max_words")


def run(module: Module) -> Module:
    """The module with tasks in place of leaf nodes. Raises IRError naming the node at fault."""
    fresh = module.clone()
    lowering = _Lowering(fresh)
    for op in [op for op in fresh.ops() if op.name in LOWERINGS]:
        LOWERINGS[op.name](lowering, op)
    _rename_after(fresh, lowering.last_task)
    fresh.stage = "tasks"
    return fresh.verify()


def _rename_after(module: Module, last_task: dict[str, str]) -> None:
    """Control edges from a node now come from its last task."""
    for op in module.ops():
        if names := attribute(op, "after"):
            set_attributes(op, after=[last_task.get(name, name) for name in names])


@dataclass
class _Lowering:
    module: Module
    last_task: dict[str, str] = field(default_factory=dict)
    _sizes: dict[str, resources.Sizes] = field(default_factory=dict)

    def sizes(self, op: Any) -> resources.Sizes:
        """The sizes of the model that `op` names."""
        symbol = str(attribute(op, "model"))
        if symbol not in self._sizes:
            self._sizes[symbol] = resources.sizes(self.module.find("llm.model", symbol))
        return self._sizes[symbol]

    def replace(self, op: Any, name: str, result: str, task: str, operands: list[Any], **attributes: Any) -> Any:
        """A task before `op`, in its place; gives its result."""
        kept = {"name": task, "node": attribute(op, "name")} | attributes
        with bindings.context(), op.location, ir.InsertionPoint(op):
            new = ir.Operation.create(
                name, results=[ir.Type.parse(result)], operands=operands,
                attributes={key: to_attribute(item) for key, item in kept.items() if item is not None},
            )
        return new.results[0]

    def finish(self, op: Any, result: Any, task: str) -> None:
        """`result` takes the place of what `op` gave; `op` goes."""
        self.last_task[attribute(op, "name")] = task
        op.results[0].replace_all_uses_with(result)
        op.erase()

    def workload(self, name: str) -> dict[str, Any] | None:
        """A distribution of the module's workload, or None."""
        found = self.module.first("plan.workload")
        return attribute(found, name) if found is not None else None


def _llm(lowering: _Lowering, op: Any) -> None:
    node, sizes = attribute(op, "name"), lowering.sizes(op)
    if sizes.config.family != "decoder":
        raise IRError(f"the model @{attribute(op, 'model')} is no decoder (family {sizes.config.family}), so it can't generate",
                      where=location_of(op), mend=f"give the node {node!r} a language model, or make it an agent.embed")
    model = attribute(op, "model")
    both: dict[str, Any] = {"model": model, "prompt_tokens": prompt_tokens(lowering, op), "output_tokens": output_tokens(lowering, op)}
    reading = both | {"resources": resources.prefill(sizes)} | _kept(op, NODE + PROMPT)
    writing = both | {"resources": resources.decode(sizes)} | _kept(op, GENERATION)
    kv = lowering.replace(op, "llm.prefill", f'!llm.kv<"{model}">', f"{node}.prefill", list(op.operands), **reading)
    text = lowering.replace(op, "llm.decode", value("text"), f"{node}.decode", [kv], **writing)
    lowering.finish(op, text, f"{node}.decode")


def _embed(lowering: _Lowering, op: Any) -> None:
    node, sizes = attribute(op, "name"), lowering.sizes(op)
    tokens = attribute(op, "tokens") or _whole_input(lowering, op) or constant(_tokens_of(lowering, op.operands[0]))
    result = lowering.replace(op, "llm.encode", value("embedding"), node, list(op.operands), model=attribute(op, "model"), prompt_tokens=tokens,
                              resources=resources.encode(sizes), **_kept(op, NODE))
    lowering.finish(op, result, node)


def _tool(lowering: _Lowering, op: Any) -> None:
    node, kept = attribute(op, "name"), _kept(op, NODE + TOOL)
    kind = kept.pop("kind", "lookup" if "latency" in kept else "compute")
    result = lowering.replace(op, "llm.tool_call", value("any"), node, list(op.operands), resources=resources.tool(), kind=kind, **kept)
    lowering.finish(op, result, node)


def _retrieve(lowering: _Lowering, op: Any) -> None:
    node, kept = attribute(op, "name"), _kept(op, NODE + RETRIEVE)
    formulas = resources.retrieve(_vector_width(lowering, op), kept.get("documents", UNKNOWN_DOCUMENTS), _retrieved_words(op))
    result = lowering.replace(op, "llm.retrieve_top_k", value("documents"), node, list(op.operands), resources=formulas, **kept)
    lowering.finish(op, result, node)


LOWERINGS: dict[str, Callable[[_Lowering, Any], None]] = {
    "agent.llm": _llm, "agent.embed": _embed, "agent.tool": _tool, "agent.retrieve": _retrieve,
}
"""Each leaf node that becomes tasks; a transform, constant, join or memory access stays as it is."""


def _kept(op: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: found for name, found in attributes_of(op).items() if name in names}


def _vector_width(lowering: _Lowering, op: Any) -> int:
    """The width of the vectors that are searched: that of the model which made the query's."""
    maker = _owner(op.operands[0])
    symbol = attribute(op, "model") or (attribute(maker, "model") if maker is not None else None)
    if symbol is None:
        return UNKNOWN_WIDTH
    return resources.sizes(lowering.module.find("llm.model", str(symbol))).config.hidden or UNKNOWN_WIDTH


def _retrieved_words(op: Any) -> int:
    """Words of all passages together: `max_words`, or full chunks."""
    return int(attribute(op, "max_words") or attribute(op, "top_k") * (attribute(op, "chunk_words") or PASSAGE_WORDS))


def _owner(operand: Any) -> Any | None:
    """The operation that made a value; None for a block's argument."""
    owner = operand.owner
    return owner.operation if hasattr(owner, "operation") else owner if hasattr(owner, "attributes") else None


def prompt_tokens(lowering: _Lowering, op: Any) -> dict[str, Any]:
    """The distribution of a prompt's length: as stated, the workload's for a bare prompt, or an estimate from what goes in."""
    if stated := attribute(op, "prompt_tokens"):
        return dict(stated)
    if attribute(op, "prompt").strip() == "{" + "".join(attribute(op, "arguments")) + "}" and (whole := _whole_input(lowering, op)):
        return whole
    fixed = PLACEHOLDER.sub("", attribute(op, "prompt")) + attribute(op, "system", "")
    return constant(ceil(len(fixed) / CHARACTERS_PER_TOKEN) + sum(_tokens_of(lowering, operand) for operand in op.operands))


def output_tokens(lowering: _Lowering, op: Any) -> dict[str, Any]:
    """The distribution of an answer's length: as stated, that of the longest choice, the workload's, or the limit."""
    if stated := attribute(op, "output_tokens"):
        return dict(stated)
    if choices := attribute(op, "choices"):
        return constant(max(1, ceil(max(map(len, choices)) / CHARACTERS_PER_TOKEN)))
    limit, usual = attribute(op, "max_tokens"), lowering.workload("output_tokens")
    if usual and (limit is None or Distribution(usual).mean() <= limit):
        return dict(usual)
    return constant(limit or UNKNOWN_OUTPUT_TOKENS)


def _whole_input(lowering: _Lowering, op: Any) -> dict[str, Any] | None:
    """The lengths of the graph's input, where `op` reads nothing but one: as stated there, or the workload's."""
    only = [_owner(operand) for operand in op.operands]
    if len(only) != 1 or only[0] is None or only[0].name != "agent.input":
        return None
    return attribute(only[0], "tokens") or lowering.workload("prompt_tokens")


def _tokens_of(lowering: _Lowering, operand: Any) -> float:
    """The expected length of a value as text."""
    owner = _owner(operand)
    if owner is None:
        return UNKNOWN_TOKENS
    match owner.name:
        case "agent.input":
            usual = attribute(owner, "tokens") or lowering.workload("prompt_tokens")
            return ceil(Distribution(usual).mean()) if usual else UNKNOWN_TOKENS
        case "agent.constant":
            return ceil(len(attribute(owner, "value")) / CHARACTERS_PER_TOKEN)
        case "llm.decode":
            return ceil(Distribution(attribute(owner, "output_tokens")).mean())
        case "llm.retrieve_top_k":
            return ceil(_retrieved_words(owner) * TOKENS_PER_WORD)
        case "agent.transform" if attribute(owner, "kind") == "template":
            inner = sum(_tokens_of(lowering, each) for each in owner.operands)
            return ceil(len(PLACEHOLDER.sub("", attribute(owner, "template", ""))) / CHARACTERS_PER_TOKEN) + inner
        case "agent.join":
            return sum(_tokens_of(lowering, each) for each in owner.operands)
    return UNKNOWN_TOKENS
