"""Agents in Open Agent Spec (https://oracle.github.io/agent-spec), JSON or YAML, read without its package.

Flows with Start, End, Llm, Tool, Api, Branching, Flow, ParallelFlow, Map and ParallelMap nodes, and Agent nodes without tools.
What the format has no place for stands under `metadata: {intarsia: {...}}`:

| on | fields |
|---|---|
| the flow | `models: {model id: reference}`, `sla` |
| a node | `max_tokens`, `temperature`, `choices`, `prompt_tokens`, `output_tokens`, `latency`, `timeout` |
| a node | `probability: {branch: p}`, `max_iterations`, `iterations`, `fan_out`, `parallel` |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from intarsia.compiler.frontends import agent_yaml, located
from intarsia.compiler.frontends.agent import Agent, ModelReference, distribution, word
from intarsia.compiler.frontends.agentspec_nodes import KINDS, Scope, Use, properties, settings_of, titles
from intarsia.compiler.frontends.control_flow import Bound, Vertex
from intarsia.compiler.frontends.flow import Copy, Flow, Item, Step
from intarsia.compiler.frontends.located import Items, Map
from intarsia.compiler.frontends.structure import structure
from intarsia.errors import InputError, UnsupportedError
from intarsia.ir.module import Symbol

END = "end of the flow"
MOST_DEPTH = 20


def from_tree(tree: Map, path: Path, models: Mapping[str, str]) -> Agent:
    """The agent in a parsed file; `models` maps model ids to references. Raises InputError or UnsupportedError with line and node."""
    components: dict[str, Map] = {}
    _collect(tree, components, set())
    kind = located.field(tree, "component_type", str)
    if kind != "Flow":
        raise UnsupportedError(f"the component is of the type {kind!r}", where=tree.at("component_type"), mend="give a Flow; wrap an Agent in a flow with an AgentNode")
    settings = settings_of(tree)
    stated = {k: str(v) for k, v in located.field(settings, "models", Map, Map()).items()}
    return Reader(components, {**stated, **models}, path).agent(tree, settings)


def _collect(tree: Any, found: dict[str, Map], seen: set[int]) -> None:
    """Every component listed under $referenced_components, at any depth, by id."""
    if not isinstance(tree, (Map, Items)) or id(tree) in seen:
        return
    seen.add(id(tree))
    if isinstance(tree, Map):
        listed = located.field(tree, "$referenced_components", Map, Map())
        found.update((name, component) for name, component in listed.items() if isinstance(component, Map))
    for value in tree.values() if isinstance(tree, Map) else tree:
        _collect(value, found, seen)


@dataclass
class Reader:
    """Reads one file: its components, the models it uses, and the bounds of its cycles."""

    components: dict[str, Map]
    model_map: Mapping[str, str]
    path: Path
    models: dict[str, ModelReference] = field(default_factory=dict)
    bounds: dict[str, Bound] = field(default_factory=dict)

    def agent(self, tree: Map, settings: Map) -> Agent:
        name = word(located.field(tree, "name", str))
        inputs = [self._input(prop) for prop in properties(tree, "inputs")]
        body = self.body(tree, "", {title: title for title in titles(tree, "inputs")}, 0)
        results = tuple((word(title), f".out.{title}") for title in titles(tree, "outputs"))
        if not results:
            raise InputError("the flow has no outputs", where=tree.at("outputs", name), mend="connect the answer to an EndNode's input")
        flow = Flow(name, (*inputs, *body), results, agent_yaml.sla(settings), located.field(tree, "description", str, None), self.path.name, tree.at("name"))
        return Agent(flow, self.models)

    def _input(self, prop: Map) -> Step:
        title, default = located.field(prop, "title", str), prop.get("default")
        attributes = {"default": default if isinstance(default, str) else None, "description": located.field(prop, "description", str, None)}
        return Step("agent.input", word(title), title, attributes=attributes, where=prop.at())

    def body(self, flow: Map, prefix: str, inputs: Mapping[str, str], depth: int) -> tuple[Item, ...]:
        """A flow on its own, structured; `inputs` maps its inputs to variables."""
        vertices: list[Vertex] = [Vertex(END, where=flow.at())]
        entry = self.flow(flow, prefix, dict.fromkeys(self.end_branches(flow), END), inputs, depth, vertices)
        hint = "give a node of it `metadata: {intarsia: {max_iterations: N}}`"
        return structure(vertices, entry, END, self.bounds, cycle_hint=hint)

    def end_branches(self, flow: Map) -> list[str]:
        nodes = (self.component(item, flow) for item in located.field(flow, "nodes", Items))
        return [located.field(node, "branch_name", str, "next") for node in nodes if node.get("component_type") == "EndNode"]

    def component(self, value: Any, owner: Map) -> Map:
        """A component, inline or by reference. Raises InputError for a reference to nothing."""
        if not isinstance(value, Map):
            raise InputError(f"a component should stand here, found {located.shorten(value)}", where=owner.at())
        reference = value.get("$component_ref")
        if reference is None:
            return value
        if not isinstance(reference, str) or reference not in self.components:
            what = f"$component_ref names {reference!r}, which is not among $referenced_components"
            raise InputError(what, where=value.at("$component_ref"), mend="dangling reference: add the component")
        return self.components[reference]

    def flow(self, flow: Map, prefix: str, ends: Mapping[str, str], inputs: Mapping[str, str], depth: int, vertices: list[Vertex]) -> str:
        """Append the vertices of one use of `flow`; gives the name of the first."""
        if depth > MOST_DEPTH:
            raise InputError(f"the flow {flow.get('name')!r} contains itself", where=flow.at("name"), mend="a flow within itself can't be planned; use a cycle with a bound")
        scope = Scope(flow, prefix, ends, depth=depth)
        for item in located.field(flow, "nodes", Items):
            self._add_node(self.component(item, flow), scope)
        self._connect(scope)
        start = self._node_name(located.field(flow, "start_node", Map), scope)
        edges = self._control_edges(scope)
        for name, node in scope.nodes.items():
            self._vertex(name, node, edges.get(name, {}), scope, vertices, inputs if name == start else {})
        return start

    def _add_node(self, node: Map, scope: Scope) -> None:
        name = scope.prefix + word(located.field(node, "name", str))
        if name in scope.nodes:
            raise InputError(f"two nodes are called {node['name']!r}", where=node.at("name", name), mend="give each its own name")
        scope.nodes[name] = node

    def _node_name(self, value: Any, scope: Scope) -> str:
        node = self.component(value, scope.flow)
        found = next((name for name, known in scope.nodes.items() if known is node or known.get("id", name) == node.get("id")), None)
        if found is None:
            raise InputError(f"the edge leads to {node.get('name')!r}, which is not among the flow's nodes", where=value.at(), mend="dangling edge: add the node to `nodes`")
        return found

    def _connect(self, scope: Scope) -> None:
        """Which outputs feed each input: by the data edges, or by equal names where the flow has none."""
        if scope.flow.get("data_flow_connections") is None:
            outputs = [(name, title) for name, node in scope.nodes.items() for title in titles(node, "outputs")]
            for name, node in scope.nodes.items():
                for title in titles(node, "inputs"):
                    scope.sources[name, title] = [(source, output) for source, output in outputs if output == title and source != name]
            return
        for connection in located.field(scope.flow, "data_flow_connections", Items):
            edge = self.component(connection, scope.flow)
            source = self._node_name(located.field(edge, "source_node", Map), scope)
            target = self._node_name(located.field(edge, "destination_node", Map), scope)
            output, given = located.field(edge, "source_output", str), located.field(edge, "destination_input", str)
            for end, side, title in ((source, "outputs", output), (target, "inputs", given)):
                if title not in titles(scope.nodes[end], side):
                    known = ", ".join(titles(scope.nodes[end], side)) or "none"
                    raise InputError(f"the data edge {edge.get('name')!r} names {title!r}, but {end!r} has the {side} {known}", where=edge.at(), mend="dangling edge")
            scope.sources.setdefault((target, given), []).append((source, output))

    def _control_edges(self, scope: Scope) -> dict[str, dict[str, str]]:
        """Each node's targets by branch ("next" where it has one way out)."""
        found: dict[str, dict[str, str]] = {}
        for item in located.field(scope.flow, "control_flow_connections", Items):
            edge = self.component(item, scope.flow)
            source = self._node_name(located.field(edge, "from_node", Map), scope)
            branch = located.field(edge, "from_branch", str, "next")
            ways = found.setdefault(source, {})
            if branch in ways:
                raise InputError(f"the branch {branch!r} of {source!r} has two control edges", where=edge.at(), mend="use a ParallelFlowNode for parallel work")
            ways[branch] = self._node_name(located.field(edge, "to_node", Map), scope)
        return found

    def variable(self, name: str, title: str, scope: Scope) -> str | None:
        """The variable that an input reads; None where nothing is connected."""
        sources = scope.sources.get((name, title), [])
        if len(sources) == 1:
            return f"{sources[0][0]}.{sources[0][1]}"
        return f"{name}<-{title}" if sources else None

    def copies(self, name: str, scope: Scope) -> list[Item]:
        """Each input with several sources gets what `name`, one of them, has just written."""
        found: list[Item] = []
        for (target, title), sources in scope.sources.items():
            if len(sources) > 1:
                found += [Copy(f"{target}<-{title}", f"{name}.{output}") for source, output in sources if source == name]
        return found

    def _vertex(self, name: str, node: Map, ways: dict[str, str], scope: Scope, vertices: list[Vertex], inputs: Mapping[str, str]) -> None:
        kind = located.field(node, "component_type", str, node=name)
        if kind not in KINDS:
            known = ", ".join(KINDS)
            raise UnsupportedError(f"nodes of the type {kind!r} can't be compiled", where=node.at("component_type", name), mend=f"these can: {known}")
        self._note_bound(name, node)
        KINDS[kind](self, Use(name, node, ways, scope, vertices, inputs))

    def _note_bound(self, name: str, node: Map) -> None:
        settings = settings_of(node)
        most = located.field(settings, "max_iterations", int, None, name)
        turns = distribution(settings["iterations"], settings.at("iterations", name)) if settings.get("iterations") is not None else None
        if most is not None and most <= 0:
            raise InputError(f"`max_iterations` must be greater than zero, found {most}", where=settings.at("max_iterations", name))
        if most is not None or turns is not None:
            self.bounds[name] = Bound(most, turns)

    def model(self, config: Any, owner: Map, name: str) -> Symbol:
        """The symbol of an LLM config's model, noted as used. Raises InputError saying which id needs a reference."""
        config = self.component(config, owner)
        wanted = located.field(config, "model_id", str, None, name) or located.field(config, "name", str, None, name) or ""
        stated = located.field(settings_of(config), "model", str, None, name)
        reference = stated or self.model_map.get(wanted) or self.model_map.get(str(config.get("name")))
        if reference is None:
            mend = f"map it to weights: models={{{wanted!r}: 'path/to/model.gguf'}}, or `metadata: {{intarsia: {{models: {{{wanted}: ...}}}}}}` on the flow"
            raise InputError(f"the model {wanted!r} is unknown", where=config.at("model_id", name), mend=mend)
        symbol = word(wanted.rpartition("/")[2])
        self.models.setdefault(symbol, ModelReference(reference, config.at("model_id", name)))
        return Symbol(symbol)
