"""Agents in Intarsia's own YAML (docs/agent-yaml.md): nodes by name, nested where there is a branch, loop or map.

    nodes:
      vector: {kind: embed, model: minilm, input: question}
      answer: {kind: llm, model: smollm2, prompt: "Q: {question}\\nA:", max_tokens: 64}
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from intarsia.codegen.agent import CHUNK_WORDS
from intarsia.codegen.passages import read_passages
from intarsia.compiler.frontends import located, quantities
from intarsia.compiler.frontends.agent import (
    Agent,
    ModelReference,
    argument_name,
    check_name,
    distribution,
    probabilities,
    template_arguments,
)
from intarsia.compiler.frontends.flow import Branch, Case, Copy, Each, Flow, Item, Loop, Step
from intarsia.compiler.frontends.located import Items, Map
from intarsia.errors import InputError, Where
from intarsia.ir.attributes import Symbol

TOP = frozenset({"agent", "description", "models", "inputs", "sla", "nodes", "results"})
COMMON = frozenset({"kind", "after", "description"})
NUMBER = (int, float)


def read(path: str | Path) -> Agent:
    """The agent in the file `path`. Raises InputError with file, line and node."""
    path = Path(path)
    return from_tree(located.load(path), path)


def is_agent(tree: Any) -> bool:
    """Whether a parsed file has the shape of an agent in our YAML."""
    return isinstance(tree, Map) and "nodes" in tree and ("agent" in tree or "results" in tree)


def from_tree(tree: Any, path: Path) -> Agent:
    """The agent in a parsed file; paths in it are relative to `path`'s folder."""
    if not isinstance(tree, Map):
        raise InputError("should be a mapping with `agent`, `inputs`, `nodes` and `results`", where=Where(str(path), 1))
    located.refuse_unknown(tree, TOP)
    return _Reader(tree, path.parent).agent()


@dataclass
class _Scope:
    """Names that may be referred to here, and the variables that hold their values."""

    names: dict[str, str] = field(default_factory=dict)

    def inner(self) -> _Scope:
        return _Scope(dict(self.names))

    def add(self, name: str, variable: str) -> None:
        self.names[name] = variable


@dataclass(frozen=True)
class _Node:
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
        return [_text(item) for item in value]


@dataclass
class _Reader:
    tree: Map
    folder: Path
    models: dict[str, ModelReference] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    seen: dict[str, int] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)

    def agent(self) -> Agent:
        name = check_name(located.field(self.tree, "agent", str, self.folder.name or "agent"), self.tree.at("agent"))
        self._read_models()
        scope = _Scope()
        inputs = self._inputs(scope)
        body = self.nodes(located.field(self.tree, "nodes", Map), scope)
        flow = Flow(
            name, (*inputs, *body), self._results(scope), sla(self.tree), located.field(self.tree, "description", str, None),
            source=Path(self.tree.file).name, where=self.tree.at("agent"),
        )
        return Agent(flow, {model: reference for model, reference in self.models.items() if model in self.used})

    def _read_models(self) -> None:
        table = located.field(self.tree, "models", Map, Map())
        for name in table:
            check_name(name, table.at(name), "model")
            reference = located.field(table, name, str, node=name)
            self.models[name] = ModelReference(reference, table.at(name))

    def _inputs(self, scope: _Scope) -> list[Item]:
        given = located.field(self.tree, "inputs", (Map, Items), Map())
        table = given if isinstance(given, Map) else _named(given)
        return [self._input(name, table, scope) for name in table]

    def _input(self, name: str, table: Map, scope: _Scope) -> Item:
        self._claim(name, table.at(name))
        spec = located.field(table, name, Map, Map(), name)
        located.refuse_unknown(spec, {"default", "description", "tokens"}, name)
        scope.add(name, name)
        tokens = None if spec.get("tokens") is None else distribution(spec["tokens"], spec.at("tokens", name))
        attributes = {"default": _text(spec.get("default")), "description": located.field(spec, "description", str, None, name), "tokens": tokens}
        return Step("agent.input", name, name, attributes=attributes, where=table.at(name))

    def _results(self, scope: _Scope) -> tuple[tuple[str, str], ...]:
        given = located.field(self.tree, "results", (Map, Items, str))
        where = self.tree.at("results")
        table = given if isinstance(given, Map) else {name: name for name in ([given] if isinstance(given, str) else given)}
        if not table:
            raise InputError("`results` is empty", where=where, mend="name at least one node whose value is the answer")
        return tuple((check_name(str(name), where), self.reference(_plain(ref, where), scope, where)) for name, ref in table.items())

    def _claim(self, name: str, where: Where) -> None:
        check_name(name, where)
        if name in self.seen:
            raise InputError(f"{name!r} is already the name of a node or input on line {self.seen[name]}", where=where, mend="give each its own name")
        self.seen[name] = where.line or 0

    def reference(self, name: str, scope: _Scope, where: Where) -> str:
        """The variable that `name` means here. Raises InputError for a dangling or backward edge."""
        if name in scope.names:
            return scope.names[name]
        if name in self._all_names(located.field(self.tree, "nodes", Map)):
            message = f"refers to {name!r}, which comes later or lies inside another branch, loop or map"
            raise InputError(message, where=where, mend="move it up, or use a loop with `carry` for a cycle, or `result` to bring a value out")
        raise InputError(f"refers to {name!r}, which is no node or input", where=where, mend=f"known here are {', '.join(scope.names) or 'none'}")

    def _all_names(self, nodes: Any) -> set[str]:
        found: set[str] = set()
        for name, table in nodes.items() if isinstance(nodes, Map) else ():
            found.add(name)
            if isinstance(table, Map):
                found |= self._all_names(table.get("nodes"))
                for case in (table.get("cases") or {}).values() if isinstance(table.get("cases"), Map) else ():
                    found |= self._all_names(case.get("nodes")) if isinstance(case, Map) else set()
        return found

    def nodes(self, table: Map, scope: _Scope) -> list[Item]:
        """The nodes of one block, in order; each is known to those after it."""
        items: list[Item] = []
        for name in table:
            spec = located.field(table, name, Map, node=name)
            self._claim(name, table.at(name))
            node = _Node(name, spec)
            kind = node.get("kind", str)
            if kind not in READERS:
                raise InputError(f"the kind {kind!r} is unknown", where=node.where("kind"), mend=f"known are {', '.join(READERS)}")
            reader, fields = READERS[kind]
            located.refuse_unknown(spec, COMMON | fields, name)
            items += [self._placed(item, node, table.at(name, name)) for item in reader(self, node, scope)]
        return items

    def _placed(self, item: Item, node: _Node, where: Where) -> Item:
        """Gives the node's own operation its place, control edges and description."""
        if isinstance(item, Copy) or getattr(item, "name", "") != node.name:
            return item
        after = tuple(node.texts("after") or ())
        for name in after:
            if name not in self.seen or name == node.name:
                raise InputError(f"`after` names {name!r}, which is no earlier node", where=node.where("after"), mend="dangling edge: name a node above")
        description = node.get("description", str, None)
        if isinstance(item, Step) and description:
            item = replace(item, attributes=item.attributes | {"description": description})
        return replace(item, after=after, where=where)  # type: ignore[arg-type]

    def model(self, node: _Node, required: bool = True) -> Symbol | None:
        """The node's model, which `models` must declare."""
        name = node.get("model", str, ... if required else None)
        if name is None:
            return None
        if name not in self.models:
            raise InputError(f"the model {name!r} is not declared", where=node.where("model"), mend=f"add it under `models:`; declared are {', '.join(self.models) or 'none'}")
        self.used.add(name)
        return Symbol(name)

    def operand(self, node: _Node, key: str, scope: _Scope, default: Any = ...) -> str | None:
        """The variable that the reference in field `key` means."""
        name = node.get(key, str, default)
        return None if name is None else self.reference(_plain(name, node.where(key)), scope, node.where(key))

    def arguments(self, node: _Node, scope: _Scope) -> tuple[list[str], tuple[str, ...]]:
        """`arguments: {name: reference}`, or `input: reference` for one argument called input."""
        if node.table.get("arguments") is None:
            variable = self.operand(node, "input", scope, None)
            return (["input"], (variable,)) if variable else ([], ())
        table = node.get("arguments", Map)
        names = [check_name(name, table.at(name, node.name), "argument") for name in table]
        return names, tuple(self.reference(_plain(table[name], table.at(name, node.name)), scope, table.at(name, node.name)) for name in names)

    def template(self, node: _Node, key: str, scope: _Scope) -> tuple[str, list[str], tuple[str, ...]]:
        """A template, the names of its placeholders, and the variables they stand for."""
        text, references = template_arguments(node.get(key, str))
        return text, [argument_name(r) for r in references], tuple(self.reference(r, scope, node.where(key)) for r in references)


def _text(value: Any) -> Any:
    """A scalar as the text that stood in the file (true and false are lower case)."""
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)


def _plain(name: Any, where: Where) -> str:
    """A reference as a bare word: `question` or `{question}`."""
    if not isinstance(name, str):
        raise InputError(f"should be the name of a node or input, found {located.shorten(name)}", where=where)
    return name[1:-1] if name.startswith("{") and name.endswith("}") else name


def _named(items: Items) -> Map:
    """A list of names as a mapping from each to nothing."""
    table = Map()
    table.file, table.line, table.lines = items.file, items.line, {}
    for name, line in zip(items, items.lines, strict=True):
        if not isinstance(name, str) or name in table:
            raise InputError(f"should be a list of different names, found {located.shorten(name)}", where=Where(items.file, line))
        table[name], table.lines[name] = None, line
    return table


def sla(tree: Map) -> dict[str, float] | None:
    """`sla: {e2e: 20s, percentile: 95}` in the IR's units."""
    table = located.field(tree, "sla", Map, None)
    if table is None:
        return None
    located.refuse_unknown(table, {"e2e", "percentile"})
    node = _Node("sla", table)
    e2e = node.measure("e2e", quantities.seconds)
    if e2e is None or e2e <= 0:
        raise InputError("`sla` needs `e2e`, a duration greater than zero", where=table.at("e2e"))
    percentile = float(node.get("percentile", NUMBER, 95))
    if not 0 < percentile < 100:
        raise InputError(f"`percentile` must lie between 0 and 100, found {percentile:g}", where=table.at("percentile"))
    return {"e2e_s": e2e, "percentile": percentile}


def _llm(reader: _Reader, node: _Node, scope: _Scope) -> list[Item]:
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
        "prompt_tokens": node.distribution("prompt_tokens"), "output_tokens": node.distribution("output_tokens"), "chat": node.get("chat", bool, None),
    }
    return _step("agent.llm", node, scope, variables, attributes)


def _embed(reader: _Reader, node: _Node, scope: _Scope) -> list[Item]:
    text = reader.operand(node, "input", scope)
    attributes = {"model": reader.model(node), "tokens": node.distribution("tokens")}
    return _step("agent.embed", node, scope, (text,), attributes)


def _retrieve(reader: _Reader, node: _Node, scope: _Scope) -> list[Item]:
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


def index_of(node: _Node, folder: Path) -> str:
    """`index: path` or a list of paths (folders, files or patterns) relative to the agent's file, joined with ";"."""
    paths = [node.get("index", str)] if isinstance(node.table.get("index"), str) else node.texts("index")
    if not paths:
        raise InputError("needs `index`", where=node.where("index"), mend="name a folder of documents, a file, a pattern, or a list of them")
    return ";".join(os.path.normpath(folder.absolute() / path) for path in paths)


def _tool(reader: _Reader, node: _Node, scope: _Scope) -> list[Item]:
    names, variables = reader.arguments(node, scope)
    attributes = {
        "tool": node.get("tool", str), "arguments": names, "latency": node.distribution("latency", quantities.seconds),
        "timeout_s": node.measure("timeout", quantities.seconds), "retries": node.get("retries", int, None),
        "on_error": node.get("on_error", str, None), "device": node.get("device", str, None), "kind": node.get("call", str, None),
    }
    return _step("agent.tool", node, scope, variables, attributes)


TRANSFORMS = ("template", "select", "test", "stt", "tts", "ocr")


def _transform(reader: _Reader, node: _Node, scope: _Scope) -> list[Item]:
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
    }
    return _step("agent.transform", node, scope, variables, attributes)


def _memory_load(reader: _Reader, node: _Node, scope: _Scope) -> list[Item]:
    attributes = {"key": node.get("key", str), "latency": node.distribution("latency", quantities.seconds)}
    return _step("agent.memory_load", node, scope, (), attributes)


def _memory_store(reader: _Reader, node: _Node, scope: _Scope) -> list[Item]:
    variable = reader.operand(node, "input", scope)
    attributes = {"key": node.get("key", str), "latency": node.distribution("latency", quantities.seconds)}
    return _step("agent.memory_store", node, scope, (variable,), attributes)


def _join(reader: _Reader, node: _Node, scope: _Scope) -> list[Item]:
    where = node.where("inputs")
    variables = tuple(reader.reference(_plain(name, where), scope, where) for name in node.get("inputs", list))
    if not variables:
        raise InputError("`inputs` is empty", where=where, mend="name the nodes to wait for")
    how = node.get("how", str, "all")
    return _step("agent.join", node, scope, variables, {"kind": how, "separator": node.get("separator", str, None)})


def _step(op: str, node: _Node, scope: _Scope, reads: tuple[str | None, ...], attributes: dict[str, Any]) -> list[Item]:
    scope.add(node.name, node.name)
    return [Step(op, node.name, node.name, tuple(v for v in reads if v is not None), attributes)]


def _float(node: _Node, key: str) -> float | None:
    value = node.get(key, NUMBER, None)
    return None if value is None else float(value)


def _branch(reader: _Reader, node: _Node, scope: _Scope) -> list[Item]:
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


def _case_body(reader: _Reader, node: _Node, spec: Map, scope: _Scope) -> tuple[Item, ...]:
    inner = scope.inner()
    body = reader.nodes(located.field(spec, "nodes", Map, Map(), node.name), inner)
    if spec.get("result") is not None:
        where = spec.at("result", node.name)
        body.append(Copy(node.name, reader.reference(_plain(spec["result"], where), inner, where)))
    return tuple(body)


def _loop(reader: _Reader, node: _Node, scope: _Scope) -> list[Item]:
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
        source = reader.reference(_plain(carry[name], carry.at(name, node.name)), scope, carry.at(name, node.name))
        items.append(Copy(variable, source))
        inner.add(name, variable)
        scope.add(variable, variable)
    body = _loop_body(reader, node, following, inner)
    if len(carry) == 1:
        scope.add(node.name, f"{node.name}.{next(iter(carry))}")
    return [*items, Loop(node.name, f"{node.name}.again", body, most, iterations)]


def _loop_body(reader: _Reader, node: _Node, following: Map, inner: _Scope) -> tuple[Item, ...]:
    """The nodes, then the next values by way of temporaries (they may be exchanged), then the continue flag."""
    body = reader.nodes(node.get("nodes", Map), inner)
    flag = str(reader.operand(node, "while", inner))
    moves: list[Item] = [Copy(f"{node.name}.again", flag)]
    for name in following:
        where = following.at(name, node.name)
        moves.append(Copy(f"{node.name}.next.{name}", reader.reference(_plain(following[name], where), inner, where)))
    moves += [Copy(f"{node.name}.{name}", f"{node.name}.next.{name}") for name in following]
    return (*body, *moves)


def _map(reader: _Reader, node: _Node, scope: _Scope) -> list[Item]:
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


READERS: dict[str, tuple[Callable[[_Reader, _Node, _Scope], list[Item]], frozenset[str]]] = {
    "llm": (_llm, frozenset({"model", "prompt", "system", "max_tokens", "temperature", "top_p", "seed", "choices", "pattern", "stop",
                             "prompt_tokens", "output_tokens", "chat"})),
    "embed": (_embed, frozenset({"model", "input", "tokens"})),
    "retrieve": (_retrieve, frozenset({"input", "text", "index", "top_k", "model", "chunk_words", "latency", "max_words"})),
    "tool": (_tool, frozenset({"tool", "arguments", "input", "latency", "timeout", "retries", "on_error", "device", "call"})),
    "transform": (_transform, frozenset({"how", "template", "arguments", "input", "model", "field", "expression", "latency"})),
    "memory_load": (_memory_load, frozenset({"key", "latency"})),
    "memory_store": (_memory_store, frozenset({"key", "input", "latency"})),
    "join": (_join, frozenset({"inputs", "how", "separator"})),
    "branch": (_branch, frozenset({"on", "cases"})),
    "loop": (_loop, frozenset({"carry", "nodes", "next", "while", "max_iterations", "iterations"})),
    "map": (_map, frozenset({"over", "as", "nodes", "result", "parallel", "fan_out"})),
}
"""Each kind of node: its reader, and the fields it knows besides `kind`, `after` and `description`."""
