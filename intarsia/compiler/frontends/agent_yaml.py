"""Agents in Intarsia's own YAML (docs/agent-yaml.md): nodes by name, nested where there is a branch, loop or map.

    nodes:
      vector: {kind: embed, model: minilm, input: question}
      answer: {kind: llm, model: smollm2, prompt: "Q: {question}\\nA:", max_tokens: 64}
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from intarsia.compiler.frontends import located, quantities
from intarsia.compiler.frontends.agent import (
    Agent,
    ModelReference,
    argument_name,
    check_name,
    distribution,
    template_arguments,
)
from intarsia.compiler.frontends.agent_yaml_nodes import NUMBER, READERS, Node, Scope, plain_name, text_of
from intarsia.compiler.frontends.flow import Copy, Flow, Item, Step
from intarsia.compiler.frontends.located import Items, Map
from intarsia.errors import InputError, Where
from intarsia.ir.symbol import Symbol

TOP = frozenset({"agent", "description", "models", "inputs", "sla", "nodes", "results"})
COMMON = frozenset({"kind", "after", "description"})


def read(path: str | Path) -> Agent:
    """The agent in the file `path`. Raises InputError with file, line and node."""
    path = Path(path)
    return from_tree(located.load(path), path)


def from_tree(tree: Any, path: Path) -> Agent:
    """The agent in a parsed file; paths in it are relative to `path`'s folder."""
    if not isinstance(tree, Map):
        raise InputError("should be a mapping with `agent`, `inputs`, `nodes` and `results`", where=Where(str(path), 1))
    located.refuse_unknown(tree, TOP)
    return Reader(tree, path.parent).agent()


@dataclass
class Reader:
    """Reads one file: what has been seen so far, and how names are resolved."""

    tree: Map
    folder: Path
    models: dict[str, ModelReference] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    seen: dict[str, int] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)

    def agent(self) -> Agent:
        name = check_name(located.field(self.tree, "agent", str, self.folder.name or "agent"), self.tree.at("agent"))
        self._read_models()
        scope = Scope()
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

    def _inputs(self, scope: Scope) -> list[Item]:
        given = located.field(self.tree, "inputs", (Map, Items), Map())
        table = given if isinstance(given, Map) else _named(given)
        return [self._input(name, table, scope) for name in table]

    def _input(self, name: str, table: Map, scope: Scope) -> Item:
        self._claim(name, table.at(name))
        spec = located.field(table, name, Map, Map(), name)
        located.refuse_unknown(spec, {"default", "description", "tokens"}, name)
        scope.add(name, name)
        tokens = None if spec.get("tokens") is None else distribution(spec["tokens"], spec.at("tokens", name))
        attributes = {"default": text_of(spec.get("default")), "description": located.field(spec, "description", str, None, name), "tokens": tokens}
        return Step("agent.input", name, name, attributes=attributes, where=table.at(name))

    def _results(self, scope: Scope) -> tuple[tuple[str, str], ...]:
        given = located.field(self.tree, "results", (Map, Items, str))
        where = self.tree.at("results")
        table = given if isinstance(given, Map) else {name: name for name in ([given] if isinstance(given, str) else given)}
        if not table:
            raise InputError("`results` is empty", where=where, mend="name at least one node whose value is the answer")
        return tuple((check_name(str(name), where), self.reference(plain_name(ref, where), scope, where)) for name, ref in table.items())

    def _claim(self, name: str, where: Where) -> None:
        check_name(name, where)
        if name in self.seen:
            raise InputError(f"{name!r} is already the name of a node or input on line {self.seen[name]}", where=where, mend="give each its own name")
        self.seen[name] = where.line or 0

    def reference(self, name: str, scope: Scope, where: Where) -> str:
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

    def nodes(self, table: Map, scope: Scope) -> list[Item]:
        """The nodes of one block, in order; each is known to those after it."""
        items: list[Item] = []
        for name in table:
            spec = located.field(table, name, Map, node=name)
            self._claim(name, table.at(name))
            node = Node(name, spec)
            kind = node.get("kind", str)
            if kind not in READERS:
                raise InputError(f"the kind {kind!r} is unknown", where=node.where("kind"), mend=f"known are {', '.join(READERS)}")
            reader, fields = READERS[kind]
            located.refuse_unknown(spec, COMMON | fields, name)
            items += [self._placed(item, node, table.at(name, name)) for item in reader(self, node, scope)]
        return items

    def _placed(self, item: Item, node: Node, where: Where) -> Item:
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

    def model(self, node: Node, required: bool = True) -> Symbol | None:
        """The node's model, which `models` must declare."""
        name = node.get("model", str, ... if required else None)
        if name is None:
            return None
        if name not in self.models:
            raise InputError(f"the model {name!r} is not declared", where=node.where("model"), mend=f"add it under `models:`; declared are {', '.join(self.models) or 'none'}")
        self.used.add(name)
        return Symbol(name)

    def operand(self, node: Node, key: str, scope: Scope, default: Any = ...) -> str | None:
        """The variable that the reference in field `key` means."""
        name = node.get(key, str, default)
        return None if name is None else self.reference(plain_name(name, node.where(key)), scope, node.where(key))

    def arguments(self, node: Node, scope: Scope) -> tuple[list[str], tuple[str, ...]]:
        """`arguments: {name: reference}`, or `input: reference` for one argument called input."""
        if node.table.get("arguments") is None:
            variable = self.operand(node, "input", scope, None)
            return (["input"], (variable,)) if variable else ([], ())
        table = node.get("arguments", Map)
        names = [check_name(name, table.at(name, node.name), "argument") for name in table]
        return names, tuple(self.reference(plain_name(table[name], table.at(name, node.name)), scope, table.at(name, node.name)) for name in names)

    def template(self, node: Node, key: str, scope: Scope) -> tuple[str, list[str], tuple[str, ...]]:
        """A template, the names of its placeholders, and the variables they stand for."""
        text, references = template_arguments(node.get(key, str))
        return text, [argument_name(r) for r in references], tuple(self.reference(r, scope, node.where(key)) for r in references)


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
    node = Node("sla", table)
    e2e = node.measure("e2e", quantities.seconds)
    if e2e is None or e2e <= 0:
        raise InputError("`sla` needs `e2e`, a duration greater than zero", where=table.at("e2e"))
    percentile = float(node.get("percentile", NUMBER, 95))
    if not 0 < percentile < 100:
        raise InputError(f"`percentile` must lie between 0 and 100, found {percentile:g}", where=table.at("percentile"))
    return {"e2e_s": e2e, "percentile": percentile}
