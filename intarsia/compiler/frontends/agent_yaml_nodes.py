"""The kinds of nodes of our own YAML: each reads its fields and gives the items that it stands for."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intarsia.codegen.passages import CHUNK_WORDS, read_passages
from intarsia.compiler.frontends import located, quantities
from intarsia.compiler.frontends.agent import check_name, distribution, probabilities
from intarsia.compiler.frontends.flow import Branch, Case, Copy, Each, Item, Loop, Step
from intarsia.compiler.frontends.located import Map
from intarsia.errors import InputError, Where

if TYPE_CHECKING:
    from intarsia.compiler.frontends.agent_yaml import Reader

NUMBER = (int, float)


@dataclass
class Scope:
    """Names that may be referred to here, and the variables that hold their values."""

    names: dict[str, str] = field(default_factory=dict)

    def inner(self) -> Scope:
        return Scope(dict(self.names))

    def add(self, name: str, variable: str) -> None:
        self.names[name] = variable


@dataclass(frozen=True)
class Node:
    """A node's table with its name; reads fields with errors that name both."""

    name: str
    table: Map

    def get(self, key: str, kinds: type | tuple[type, ...], default: Any = ...) -> Any:
        return located.field(self.table, key, kinds, default, self.name)

    def where(self, key: str = "") -> Where:
        return self.table.at(key, self.name)

    def distribution(self, key: str, unit: Callable[[Any], float] = float) -> dict[str, Any] | None:
        value = self.table.get(key)
        return None if value is None else distribution(value, self.where(key), unit)

    def work(self) -> dict[str, float] | None:
        """`work: {flops: 4.7e11, bytes: 1.6GB, memory: 3GB}` in the IR's names."""
        if self.table.get("work") is None:
            return None
        table = self.get("work", Map)
        located.refuse_unknown(table, frozenset({"flops", "bytes", "memory"}), self.name)
        found = {}
        for key, name, unit in (("flops", "flops", quantities.count), ("bytes", "bytes", quantities.size), ("memory", "memory_bytes", quantities.size)):
            found[name] = Node(self.name, table).measure(key, unit) or 0.0
            if not 0 <= found[name] < 1e18:
                raise InputError(f"`{key}` must be zero or more, and less than 1e18", where=table.at(key, self.name))
        return found

    def measure(self, key: str, unit: Callable[[Any], float]) -> float | None:
        if self.table.get(key) is None:
            return None
        try:
            return unit(self.table[key])
        except ValueError as error:
            raise InputError(f"`{key}` {error}", where=self.where(key)) from None

    def texts(self, key: str) -> list[str] | None:
        """A list of texts; numbers and booleans are taken as written."""
        value = self.get(key, list, None)
        if value is None:
            return None
        if any(isinstance(item, (dict, list)) or item is None for item in value):
            raise InputError(f"`{key}` should be a list of texts", where=self.where(key))
        return [text_of(item) for item in value]


def text_of(value: Any) -> Any:
    """A scalar as the text that stood in the file (true and false are lower case)."""
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)


def plain_name(name: Any, where: Where) -> str:
    """A reference as a bare word: `question` or `{question}`."""
    if not isinstance(name, str):
        raise InputError(f"should be the name of a node or input, found {located.shorten(name)}", where=where)
    return name[1:-1] if name.startswith("{") and name.endswith("}") else name


def _llm(reader: Reader, node: Node, scope: Scope) -> list[Item]:
    prompt, names, variables = reader.template(node, "prompt", scope)
    choices = node.texts("choices")
    if choices is not None:
        if len(set(choices)) != len(choices) or not choices:
            raise InputError("`choices` should be a list of different texts", where=node.where("choices"))
        reader.choices[node.name] = choices
    attributes = {
        "model": reader.model(node), "prompt": prompt, "arguments": names, "system": node.get("system", str, None),
        "max_tokens": node.get("max_tokens", int, None), "temperature": _float(node, "temperature"), "top_p": _float(node, "top_p"),
        "seed": node.get("seed", int, None), "choices": choices, "pattern": node.get("pattern", str, None), "stop": node.texts("stop"),
        "prompt_tokens": node.distribution("prompt_tokens"), "output_tokens": node.distribution("output_tokens"), "new_tokens": node.distribution("new_tokens"),
        "chat": node.get("chat", bool, None),
    }
    return _step("agent.llm", node, scope, variables, attributes)


def _embed(reader: Reader, node: Node, scope: Scope) -> list[Item]:
    text = reader.operand(node, "input", scope)
    attributes = {"model": reader.model(node), "tokens": node.distribution("tokens")}
    return _step("agent.embed", node, scope, (text,), attributes)


def _retrieve(reader: Reader, node: Node, scope: Scope) -> list[Item]:
    operands = [reader.operand(node, "input", scope), reader.operand(node, "text", scope, None)]
    index, words = index_of(node, reader.folder), node.get("chunk_words", int, CHUNK_WORDS)
    if words <= 0:
        raise InputError(f"`chunk_words` must be greater than zero, found {words}", where=node.where("chunk_words"))
    attributes = {
        "index": index, "top_k": node.get("top_k", int, 3), "model": reader.model(node, required=False),
        "chunk_words": words, "latency": node.distribution("latency", quantities.seconds),
        "documents": len(read_passages(index, words, node.where("index"))), "max_words": node.get("max_words", int, None),
    }
    return _step("agent.retrieve", node, scope, tuple(v for v in operands if v), attributes)


def index_of(node: Node, folder: Path) -> str:
    """`index: path` or a list of paths (folders, files or patterns) relative to the agent's file, joined with ";"."""
    paths = [node.get("index", str)] if isinstance(node.table.get("index"), str) else node.texts("index")
    if not paths:
        raise InputError("needs `index`", where=node.where("index"), mend="name a folder of documents, a file, a pattern, or a list of them")
    return ";".join(os.path.normpath(folder.absolute() / path) for path in paths)


def _tool(reader: Reader, node: Node, scope: Scope) -> list[Item]:
    names, variables = reader.arguments(node, scope)
    attributes = {
        "tool": node.get("tool", str), "arguments": names, "latency": node.distribution("latency", quantities.seconds),
        "timeout_s": node.measure("timeout", quantities.seconds), "retries": node.get("retries", int, None),
        "on_error": node.get("on_error", str, None), "device": node.get("device", str, None), "kind": node.get("call", str, None), "work": node.work(),
    }
    return _step("agent.tool", node, scope, variables, attributes)


TRANSFORMS = ("template", "select", "test", "stt", "tts", "ocr")


def _transform(reader: Reader, node: Node, scope: Scope) -> list[Item]:
    how = node.get("how", str)
    if how not in TRANSFORMS:
        raise InputError(f"`how` is {how!r}", where=node.where("how"), mend=f"choose one of {', '.join(TRANSFORMS)}")
    template = None
    if node.table.get("template") is not None:
        template, names, variables = reader.template(node, "template", scope)
    else:
        names, variables = reader.arguments(node, scope)
    attributes = {
        "kind": how, "template": template, "arguments": names, "model": reader.model(node, required=False),
        "field": node.get("field", str, None), "expression": node.get("expression", str, None), "latency": node.distribution("latency", quantities.seconds),
        "work": node.work(),
    }
    return _step("agent.transform", node, scope, variables, attributes)


def _memory_load(reader: Reader, node: Node, scope: Scope) -> list[Item]:
    attributes = {"key": node.get("key", str), "latency": node.distribution("latency", quantities.seconds)}
    return _step("agent.memory_load", node, scope, (), attributes)


def _memory_store(reader: Reader, node: Node, scope: Scope) -> list[Item]:
    variable = reader.operand(node, "input", scope)
    attributes = {"key": node.get("key", str), "latency": node.distribution("latency", quantities.seconds)}
    return _step("agent.memory_store", node, scope, (variable,), attributes)


def _join(reader: Reader, node: Node, scope: Scope) -> list[Item]:
    where = node.where("inputs")
    variables = tuple(reader.reference(plain_name(name, where), scope, where) for name in node.get("inputs", list))
    if not variables:
        raise InputError("`inputs` is empty", where=where, mend="name the nodes to wait for")
    how = node.get("how", str, "all")
    return _step("agent.join", node, scope, variables, {"kind": how, "separator": node.get("separator", str, None)})


def _step(op: str, node: Node, scope: Scope, reads: tuple[str | None, ...], attributes: dict[str, Any]) -> list[Item]:
    scope.add(node.name, node.name)
    return [Step(op, node.name, node.name, tuple(v for v in reads if v is not None), attributes)]


def _float(node: Node, key: str) -> float | None:
    value = node.get(key, NUMBER, None)
    return None if value is None else float(value)


def _branch(reader: Reader, node: Node, scope: Scope) -> list[Item]:
    on = str(reader.operand(node, "on", scope))
    table = node.get("cases", Map)
    if not table:
        raise InputError("`cases` is empty", where=node.where("cases"), mend="add at least one label with its nodes")
    specs = {label: located.field(table, label, Map, node=node.name) for label in table}
    for label, spec in specs.items():
        located.refuse_unknown(spec, {"probability", "nodes", "result"}, node.name)
        if on in reader.choices and _label(label) not in map(_label, reader.choices[on]):
            raise InputError(f"the case {label!r} is never taken", where=table.at(label, node.name), mend=f"{on!r} answers one of {', '.join(reader.choices[on])}")
    odds = probabilities((label, spec.get("probability"), table.at(label, node.name)) for label, spec in specs.items())
    with_result = [label for label, spec in specs.items() if spec.get("result") is not None]
    if with_result and len(with_result) != len(specs):
        missing = next(label for label in specs if label not in with_result)
        raise InputError(f"the case {missing!r} has no `result`, but others have", where=table.at(missing, node.name), mend="give each case one")
    cases = tuple(
        Case(label, p, _case_body(reader, node, spec, scope), table.at(label, node.name)) for (label, spec), p in zip(specs.items(), odds, strict=True)
    )
    if with_result:
        scope.add(node.name, node.name)
    return [Branch(node.name, on, cases)]


def _label(text: str) -> str:
    """A label as it is compared: without case and outer spaces."""
    return text.strip().casefold()


def _case_body(reader: Reader, node: Node, spec: Map, scope: Scope) -> tuple[Item, ...]:
    inner = scope.inner()
    body = reader.nodes(located.field(spec, "nodes", Map, Map(), node.name), inner)
    if spec.get("result") is not None:
        where = spec.at("result", node.name)
        body.append(Copy(node.name, reader.reference(plain_name(spec["result"], where), inner, where)))
    return tuple(body)


def _loop(reader: Reader, node: Node, scope: Scope) -> list[Item]:
    carry, following = node.get("carry", Map, Map()), node.get("next", Map, Map())
    if set(carry) != set(following):
        odd = sorted(set(carry) ^ set(following))[0]
        raise InputError(f"{odd!r} must stand both in `carry` (its first value) and in `next` (its value in the next turn)", where=node.where("carry"))
    most, iterations = node.get("max_iterations", int, None), node.distribution("iterations")
    if most is None and iterations is None:
        raise InputError("this cycle has no bound", where=node.where(), mend="add `max_iterations:` or an `iterations:` distribution")
    inner, items = scope.inner(), []
    for name in carry:
        variable = f"{node.name}.{check_name(name, carry.at(name, node.name))}"
        source = reader.reference(plain_name(carry[name], carry.at(name, node.name)), scope, carry.at(name, node.name))
        items.append(Copy(variable, source))
        inner.add(name, variable)
        scope.add(variable, variable)
    body = _loop_body(reader, node, following, inner)
    if len(carry) == 1:
        scope.add(node.name, f"{node.name}.{next(iter(carry))}")
    return [*items, Loop(node.name, f"{node.name}.again", body, most, iterations)]


def _loop_body(reader: Reader, node: Node, following: Map, inner: Scope) -> tuple[Item, ...]:
    """The nodes, then the next values by way of temporaries (they may be exchanged), then the continue flag."""
    body = reader.nodes(node.get("nodes", Map), inner)
    flag = str(reader.operand(node, "while", inner))
    moves: list[Item] = [Copy(f"{node.name}.again", flag)]
    for name in following:
        where = following.at(name, node.name)
        moves.append(Copy(f"{node.name}.next.{name}", reader.reference(plain_name(following[name], where), inner, where)))
    moves += [Copy(f"{node.name}.{name}", f"{node.name}.next.{name}") for name in following]
    return (*body, *moves)


def _map(reader: Reader, node: Node, scope: Scope) -> list[Item]:
    over = str(reader.operand(node, "over", scope))
    name = check_name(node.get("as", str, "item"), node.where("as"))
    inner = scope.inner()
    inner.add(name, f"{node.name}.{name}")
    body = reader.nodes(node.get("nodes", Map), inner)
    result = str(reader.operand(node, "result", inner))
    scope.add(node.name, node.name)
    return [Each(
        node.name, over, f"{node.name}.{name}", tuple(body), result, node.name,
        node.get("parallel", int, None), node.distribution("fan_out"),
    )]


READERS: dict[str, tuple[Callable[[Reader, Node, Scope], list[Item]], frozenset[str]]] = {
    "llm": (_llm, frozenset({"model", "prompt", "system", "max_tokens", "temperature", "top_p", "seed", "choices", "pattern", "stop",
                             "prompt_tokens", "output_tokens", "new_tokens", "chat"})),
    "embed": (_embed, frozenset({"model", "input", "tokens"})),
    "retrieve": (_retrieve, frozenset({"input", "text", "index", "top_k", "model", "chunk_words", "latency", "max_words"})),
    "tool": (_tool, frozenset({"tool", "arguments", "input", "latency", "timeout", "retries", "on_error", "device", "call", "work"})),
    "transform": (_transform, frozenset({"how", "template", "arguments", "input", "model", "field", "expression", "latency", "work"})),
    "memory_load": (_memory_load, frozenset({"key", "latency"})),
    "memory_store": (_memory_store, frozenset({"key", "input", "latency"})),
    "join": (_join, frozenset({"inputs", "how", "separator"})),
    "branch": (_branch, frozenset({"on", "cases"})),
    "loop": (_loop, frozenset({"carry", "nodes", "next", "while", "max_iterations", "iterations"})),
    "map": (_map, frozenset({"over", "as", "nodes", "result", "parallel", "fan_out"})),
}
"""Each kind of node: its reader, and the fields it knows besides `kind`, `after` and `description`."""
