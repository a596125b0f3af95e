"""`agent`: what the agent does. Values flow as SSA; control edges that carry no data are `after` lists of node names.

A graph is structured: branches, loops and maps own regions. Front ends turn arbitrary node-and-edge graphs into
this form, or say why they can't.
"""

from __future__ import annotations

from intarsia.ir.rules import is_distribution, non_negative, one_of, positive, refers_to, typed
from intarsia.ir.spec import MANY, TOP, OpFacts, OpSpec, walk

# One type for every kind of value: IRDL demands that all variadic operands of an operation have the same type.
TYPES: dict[str, dict[str, type]] = {"value": {}}
VALUE_KINDS = ("text", "tokens", "embedding", "documents", "number", "bool", "json", "audio", "image", "list", "any")

NODE = {"after": "list[str]", "description": "str"}
VALUES = (r'!agent\.value|!llm\.kv<"[^"]*">', '!agent.value or !llm.kv<"MODEL">')
BODIES = ("agent.graph", "agent.case", "agent.loop", "agent.map")


def _argument_names(facts: OpFacts) -> str | None:
    """`arguments` has one name for each operand."""
    names = facts.attrs.get("arguments")
    if names is not None and len(names) != len(facts.op.operands):
        return f"arguments lists {len(names)} names for {len(facts.op.operands)} operands; give one name for each"
    return None


def _work(facts: OpFacts) -> str | None:
    """`work` has flops, bytes (through memory) and memory_bytes (that stay there), none of them negative."""
    work = facts.attrs.get("work", {})
    if set(work) - {"flops", "bytes", "memory_bytes"} or any(not isinstance(value, (int, float)) or not 0 <= value < 1e18 for value in work.values()):
        return f"work should be flops, bytes and memory_bytes, zero or more, found {work}"
    return None


def _cases(facts: OpFacts) -> list[object]:
    return [op.operation for op in facts.op.regions[0].blocks[0].operations if op.operation.name == "agent.case"]


def _probabilities(facts: OpFacts) -> str | None:
    """There is at least one case, labels differ, and probabilities sum to 1."""
    cases = _cases(facts)
    labels = [case.attributes["label"].value for case in cases]  # type: ignore[attr-defined]
    odds = [case.attributes["probability"].value for case in cases]  # type: ignore[attr-defined]
    if not cases:
        return "has no agent.case; give it at least one"
    if len(set(labels)) != len(labels):
        return f"has the same label twice in {labels}"
    if abs(sum(odds) - 1) > 1e-6:
        return f"probabilities {odds} must sum to 1"
    return None


def _branch_yields(facts: OpFacts) -> str | None:
    """Each case yields as many values as the branch has results."""
    wanted = len(facts.op.results)
    for case in _cases(facts):
        ops = list(case.regions[0].blocks[0].operations)  # type: ignore[attr-defined]
        if ops and ops[-1].operation.name == "agent.yield" and len(ops[-1].operation.operands) != wanted:
            return f"the case {case.attributes['label']} yields {len(ops[-1].operation.operands)} values for {wanted} results; the counts must be equal"  # type: ignore[attr-defined]
    return None


def _probability(facts: OpFacts) -> str | None:
    """`probability` lies in [0, 1]."""
    p = facts.attrs["probability"]
    return None if 0 <= p <= 1 else f"probability must lie in [0, 1], found {p}"


def _loop_yields(facts: OpFacts) -> str | None:
    """The body yields (continue?, values...); the values taking the place of the operands in the next turn."""
    if len(facts.op.results) != len(facts.op.operands):
        return f"has {len(facts.op.operands)} operands and {len(facts.op.results)} results; a loop returns what it carries, so the counts must be equal"
    return _yields(facts, len(facts.op.results) + 1, "a continue flag and the carried values")


def _map_yields(facts: OpFacts) -> str | None:
    """The body yields one value."""
    return _yields(facts, 1, "one value")


def _yields(facts: OpFacts, wanted: int, what: str) -> str | None:
    for number, region in enumerate(facts.op.regions):
        for block in region.blocks:
            ops = list(block.operations)
            if ops and ops[-1].operation.name == "agent.yield" and len(ops[-1].operation.operands) != wanted:
                return f"region {number} yields {len(ops[-1].operation.operands)} values; it should yield {wanted} ({what})"
    return None


def _block_arguments(facts: OpFacts) -> str | None:
    """The body takes one argument for each operand."""
    for region in facts.op.regions:
        for block in region.blocks:
            if len(block.arguments) != len(facts.op.operands):
                return f"its body takes {len(block.arguments)} arguments for {len(facts.op.operands)} operands; the counts must be equal"
    return None


def _bounded(facts: OpFacts) -> str | None:
    """Has `max_iterations` or `iterations`."""
    if "max_iterations" not in facts.attrs and "iterations" not in facts.attrs:
        return "needs max_iterations or an iterations distribution; an unbounded cycle can't be planned"
    return None


def _node_names(facts: OpFacts) -> str | None:
    """Names are unique in a graph, and `after` names nodes of it that come earlier in the text."""
    seen: set[str] = set()
    for op in walk(facts.op):
        attributes = op.attributes
        if "after" in attributes:
            for name in attributes["after"]:
                if name.value not in seen:
                    return f"the node {_name(op)} comes after {name.value!r}, which is no earlier node of the graph; dangling edge or cycle"
        name = _name(op)
        if name and name in seen:
            return f"two nodes are called {name!r}; give each its own name"
        seen.add(name)
    return None


def _name(op: object) -> str:
    attributes = op.attributes  # type: ignore[attr-defined]
    return attributes["name"].value if "name" in attributes else ""


OPS = typed([
    OpSpec(
        "graph", "An agent: inputs to results, with its end-to-end goal `sla` ({e2e_s, percentile}).",
        regions=1, required={"sym_name": "str"}, optional={"sla": "dict", "source": "str", "description": "str"},
        ends_with="agent.return", rules=(_node_names,), parents=TOP,
    ),
    OpSpec(
        "input", "A named input of the graph; `tokens` is the length it usually has.", results=(1, 1),
        required={"name": "str"}, optional={"default": "str", "description": "str", "tokens": "dict"}, rules=(is_distribution("tokens"),), parents=("agent.graph",),
    ),
    OpSpec(
        "llm", "One generation. `prompt` is a template over `arguments`; `choices` constrains the answer to one of a list. `new_tokens` of a prompt are those that are not in "
        "the KV cache where the turn before left it.",
        operands=(0, MANY), results=(1, 1),
        required={"name": "str", "model": "symbol", "prompt": "str", "arguments": "list[str]"},
        optional=NODE | {"system": "str", "max_tokens": "int", "temperature": "float", "top_p": "float", "seed": "int", "choices": "list[str]",
                         "pattern": "str", "stop": "list[str]", "prompt_tokens": "dict", "output_tokens": "dict", "new_tokens": "dict", "chat": "bool"},
        rules=(_argument_names, positive("max_tokens"), non_negative("temperature"), is_distribution("prompt_tokens", "output_tokens", "new_tokens"), refers_to("model", "llm.model")),
        parents=BODIES,
    ),
    OpSpec(
        "embed", "Text to a vector.", operands=(1, 1), results=(1, 1),
        required={"name": "str", "model": "symbol"}, optional=NODE | {"tokens": "dict"},
        rules=(is_distribution("tokens"), refers_to("model", "llm.model")), parents=BODIES,
    ),
    OpSpec(
        "retrieve", "The `top_k` passages of `index` (a folder of documents) nearest to a vector; an optional second operand is the question's text.",
        operands=(1, 2), results=(1, 1),
        required={"name": "str", "index": "str", "top_k": "int"},
        optional=NODE | {"model": "symbol", "chunk_words": "int", "latency": "dict", "documents": "int", "max_words": "int"},
        rules=(positive("top_k", "chunk_words"), is_distribution("latency")), parents=BODIES,
    ),
    OpSpec(
        "tool", "A call of a registered callable; `work` is what it takes of a device: {flops, bytes, memory_bytes}.", operands=(0, MANY), results=(1, 1),
        required={"name": "str", "tool": "str", "arguments": "list[str]"},
        optional=NODE | {"latency": "dict", "timeout_s": "float", "retries": "int", "on_error": "str", "device": "str", "kind": "str", "work": "dict"},
        rules=(_argument_names, positive("timeout_s"), non_negative("retries"), is_distribution("latency"), one_of("on_error", "raise", "empty"),
               one_of("kind", "lookup", "compute"), _work), parents=BODIES,
    ),
    OpSpec(
        "transform", "A change of form: stt, tts, ocr, or template and select, which are pure text. With `work` ({flops, bytes, memory_bytes}) it is a task that is placed.", operands=(0, MANY), results=(1, 1),
        required={"name": "str", "kind": "str"},
        optional=NODE | {"template": "str", "arguments": "list[str]", "model": "symbol", "field": "str", "latency": "dict", "expression": "str", "work": "dict"},
        rules=(_argument_names, _work, one_of("kind", "stt", "tts", "ocr", "template", "select", "test"), is_distribution("latency")), parents=BODIES,
    ),
    OpSpec("memory_load", "Read `key` of the agent's memory.", results=(1, 1), required={"name": "str", "key": "str"}, optional=NODE | {"latency": "dict"}, rules=(is_distribution("latency"),), parents=BODIES),
    OpSpec("memory_store", "Write `key` of the agent's memory; gives the value back.", operands=(1, 1), results=(1, 1), required={"name": "str", "key": "str"}, optional=NODE | {"latency": "dict"}, rules=(is_distribution("latency"),), parents=BODIES),
    OpSpec(
        "branch", "Runs the agent.case whose label equals the text of the operand; an unknown text takes the last case.", operands=(1, 1), results=(0, MANY), regions=1,
        required={"name": "str"}, optional=NODE,
        ends_with="agent.end", rules=(_probabilities, _branch_yields), parents=BODIES,
    ),
    OpSpec(
        "case", "One way out of a branch, taken with `probability`.", regions=1, required={"label": "str", "probability": "float"},
        ends_with="agent.yield", rules=(_probability,), parents=("agent.branch",),
    ),
    OpSpec("end", "Ends the list of cases.", terminator=True, parents=("agent.branch",)),
    OpSpec(
        "loop", "Runs its body again while the body's first yielded value is true (yes, true, 1, or a bool), at most `max_iterations` times.",
        operands=(0, MANY), results=(0, MANY), regions=1,
        required={"name": "str"}, optional=NODE | {"max_iterations": "int", "iterations": "dict"},
        ends_with="agent.yield", rules=(_bounded, positive("max_iterations"), is_distribution("iterations"), _block_arguments, _loop_yields), parents=BODIES,
    ),
    OpSpec(
        "map", "Runs its body once for each item of a list, up to `parallel` at a time.", operands=(1, 1), results=(1, 1), regions=1,
        required={"name": "str"}, optional=NODE | {"parallel": "int", "fan_out": "dict"},
        ends_with="agent.yield", rules=(positive("parallel"), is_distribution("fan_out"), _block_arguments, _map_yields), parents=BODIES,
    ),
    OpSpec(
        "join", "Waits for all its operands, or for the first.", operands=(1, MANY), results=(1, 1),
        required={"name": "str"}, optional=NODE | {"kind": "str", "separator": "str"}, rules=(one_of("kind", "all", "first", "text"),), parents=BODIES,
    ),
    OpSpec("constant", "A literal text.", results=(1, 1), required={"value": "str"}, parents=BODIES),
    OpSpec("yield", "Ends a region.", operands=(0, MANY), terminator=True, parents=BODIES),
    OpSpec("return", "Ends a graph with its named results.", operands=(0, MANY), optional={"names": "list[str]"}, terminator=True, parents=("agent.graph",)),
], *VALUES)
