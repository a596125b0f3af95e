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

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from intarsia.compiler.frontends import agent_yaml, located, quantities
from intarsia.compiler.frontends.agent import Agent, ModelReference, argument_name, distribution, word
from intarsia.compiler.frontends.flow import Copy, Each, Flow, Item, Let, Step
from intarsia.compiler.frontends.located import Items, Map
from intarsia.compiler.frontends.structure import Bound, Edge, Vertex, structure
from intarsia.errors import InputError, UnsupportedError, Where
from intarsia.ir.module import Symbol

PLACEHOLDER = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")
END = "end of the flow"
MOST_DEPTH = 20
NUMBER = (int, float)


def from_tree(tree: Map, path: Path, models: Mapping[str, str]) -> Agent:
    """The agent in a parsed file; `models` maps model ids to references. Raises InputError or UnsupportedError with line and node."""
    components: dict[str, Map] = {}
    _collect(tree, components, 0)
    kind = located.field(tree, "component_type", str)
    if kind != "Flow":
        raise UnsupportedError(f"the component is of the type {kind!r}", where=tree.at("component_type"), mend="give a Flow; wrap an Agent in a flow with an AgentNode")
    settings = _settings(tree)
    stated = {k: str(v) for k, v in located.field(settings, "models", Map, Map()).items()}
    return _Reader(components, {**stated, **models}, path).agent(tree, settings)


def _collect(tree: Any, found: dict[str, Map], depth: int) -> None:
    """Every component listed under $referenced_components, at any depth, by id."""
    if depth > 60:
        raise InputError("components are nested too deeply", where=tree.at() if isinstance(tree, Map) else None)
    if isinstance(tree, Map):
        for name, component in located.field(tree, "$referenced_components", Map, Map()).items():
            if isinstance(component, Map):
                found[name] = component
        for value in tree.values():
            _collect(value, found, depth + 1)
    elif isinstance(tree, Items):
        for value in tree:
            _collect(value, found, depth + 1)


def _settings(component: Map) -> Map:
    """The component's `metadata.intarsia`."""
    found = located.field(component, "metadata", Map, Map())
    settings = located.field(found, "intarsia", Map, None) if found else None
    if settings is None:
        settings = Map()
        settings.file, settings.line, settings.lines = component.file, component.line, {}
    return settings


@dataclass(frozen=True)
class _Scope:
    """One use of a flow: the flow, the prefix of its nodes' names, and where its ends lead by branch name."""

    flow: Map
    prefix: str
    ends: Mapping[str, str]
    nodes: dict[str, Map] = field(default_factory=dict)
    sources: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)
    depth: int = 0


@dataclass
class _Reader:
    components: dict[str, Map]
    model_map: Mapping[str, str]
    path: Path
    models: dict[str, ModelReference] = field(default_factory=dict)
    bounds: dict[str, Bound] = field(default_factory=dict)

    def agent(self, tree: Map, settings: Map) -> Agent:
        name = word(located.field(tree, "name", str))
        inputs = [self._input(prop, tree) for prop in _properties(tree, "inputs")]
        body = self._body(tree, "", {title: title for title in _titles(tree, "inputs")}, 0)
        results = tuple((word(title), f".out.{title}") for title in _titles(tree, "outputs"))
        if not results:
            raise InputError("the flow has no outputs", where=tree.at("outputs", name), mend="connect the answer to an EndNode's input")
        flow = Flow(name, (*inputs, *body), results, agent_yaml.sla(settings), located.field(tree, "description", str, None), self.path.name, tree.at("name"))
        return Agent(flow, self.models)

    def _input(self, prop: Map, tree: Map) -> Step:
        title, default = located.field(prop, "title", str), prop.get("default")
        attributes = {"default": default if isinstance(default, str) else None, "description": located.field(prop, "description", str, None)}
        return Step("agent.input", word(title), title, attributes=attributes, where=prop.at())

    def _body(self, flow: Map, prefix: str, inputs: Mapping[str, str], depth: int) -> tuple[Item, ...]:
        """A flow on its own, structured; `inputs` maps its inputs to variables."""
        vertices: list[Vertex] = [Vertex(END, where=flow.at())]
        entry = self._flow(flow, prefix, dict.fromkeys(self._end_branches(flow), END), inputs, depth, vertices)
        hint = "give a node of it `metadata: {intarsia: {max_iterations: N}}`"
        return structure(vertices, entry, END, self.bounds, cycle_hint=hint)

    def _end_branches(self, flow: Map) -> list[str]:
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

    def _flow(self, flow: Map, prefix: str, ends: Mapping[str, str], inputs: Mapping[str, str], depth: int, vertices: list[Vertex]) -> str:
        """Append the vertices of one use of `flow`; gives the name of the first."""
        if depth > MOST_DEPTH:
            raise InputError(f"the flow {flow.get('name')!r} contains itself", where=flow.at("name"), mend="a flow within itself can't be planned; use a cycle with a bound")
        scope = _Scope(flow, prefix, ends, depth=depth)
        for item in located.field(flow, "nodes", Items):
            self._add_node(self.component(item, flow), scope)
        self._connect(scope)
        start = self._node_name(located.field(flow, "start_node", Map), scope)
        edges = self._control_edges(scope)
        for name, node in scope.nodes.items():
            self._vertex(name, node, edges.get(name, {}), scope, vertices, inputs if name == start else {})
        return start

    def _add_node(self, node: Map, scope: _Scope) -> None:
        name = scope.prefix + word(located.field(node, "name", str))
        if name in scope.nodes:
            raise InputError(f"two nodes are called {node['name']!r}", where=node.at("name", name), mend="give each its own name")
        scope.nodes[name] = node

    def _node_name(self, value: Any, scope: _Scope) -> str:
        node = self.component(value, scope.flow)
        found = next((name for name, known in scope.nodes.items() if known is node or known.get("id", name) == node.get("id")), None)
        if found is None:
            raise InputError(f"the edge leads to {node.get('name')!r}, which is not among the flow's nodes", where=value.at(), mend="dangling edge: add the node to `nodes`")
        return found

    def _connect(self, scope: _Scope) -> None:
        """Which outputs feed each input: by the data edges, or by equal names where the flow has none."""
        if scope.flow.get("data_flow_connections") is None:
            outputs = [(name, title) for name, node in scope.nodes.items() for title in _titles(node, "outputs")]
            for name, node in scope.nodes.items():
                for title in _titles(node, "inputs"):
                    scope.sources[name, title] = [(source, output) for source, output in outputs if output == title and source != name]
            return
        for connection in located.field(scope.flow, "data_flow_connections", Items):
            edge = self.component(connection, scope.flow)
            source = self._node_name(located.field(edge, "source_node", Map), scope)
            target = self._node_name(located.field(edge, "destination_node", Map), scope)
            output, given = located.field(edge, "source_output", str), located.field(edge, "destination_input", str)
            for end, side, title in ((source, "outputs", output), (target, "inputs", given)):
                if title not in _titles(scope.nodes[end], side):
                    known = ", ".join(_titles(scope.nodes[end], side)) or "none"
                    raise InputError(f"the data edge {edge.get('name')!r} names {title!r}, but {end!r} has the {side} {known}", where=edge.at(), mend="dangling edge")
            scope.sources.setdefault((target, given), []).append((source, output))

    def _control_edges(self, scope: _Scope) -> dict[str, dict[str, str]]:
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

    def variable(self, name: str, title: str, scope: _Scope) -> str | None:
        """The variable that an input reads; None where nothing is connected."""
        sources = scope.sources.get((name, title), [])
        if len(sources) == 1:
            return f"{sources[0][0]}.{sources[0][1]}"
        return f"{name}<-{title}" if sources else None

    def copies(self, name: str, scope: _Scope) -> list[Item]:
        """Each input with several sources gets what `name`, one of them, has just written."""
        found: list[Item] = []
        for (target, title), sources in scope.sources.items():
            if len(sources) > 1:
                found += [Copy(f"{target}<-{title}", f"{name}.{output}") for source, output in sources if source == name]
        return found

    def _vertex(self, name: str, node: Map, ways: dict[str, str], scope: _Scope, vertices: list[Vertex], inputs: Mapping[str, str]) -> None:
        kind = located.field(node, "component_type", str, node=name)
        if kind not in KINDS:
            known = ", ".join(KINDS)
            raise UnsupportedError(f"nodes of the type {kind!r} can't be compiled", where=node.at("component_type", name), mend=f"these can: {known}")
        self._note_bound(name, node)
        KINDS[kind](self, _Use(name, node, ways, scope, vertices, inputs))

    def _note_bound(self, name: str, node: Map) -> None:
        settings = _settings(node)
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
        stated = located.field(_settings(config), "model", str, None, name)
        reference = stated or self.model_map.get(wanted) or self.model_map.get(str(config.get("name")))
        if reference is None:
            mend = f"map it to weights: models={{{wanted!r}: 'path/to/model.gguf'}}, or `metadata: {{intarsia: {{models: {{{wanted}: ...}}}}}}` on the flow"
            raise InputError(f"the model {wanted!r} is unknown", where=config.at("model_id", name), mend=mend)
        symbol = word(wanted.rpartition("/")[2])
        self.models.setdefault(symbol, ModelReference(reference, config.at("model_id", name)))
        return Symbol(symbol)


@dataclass(frozen=True)
class _Use:
    """One use of a node: its name, its component, where its branches lead, and the flow's inputs where it is the start."""

    name: str
    node: Map
    ways: dict[str, str]
    scope: _Scope
    vertices: list[Vertex]
    inputs: Mapping[str, str]

    @property
    def where(self) -> Where:
        return self.node.at("name", self.name)

    @property
    def settings(self) -> Map:
        return _settings(self.node)

    def next(self) -> str:
        """Where its one way out leads. Raises InputError where there is none."""
        if "next" in self.ways:
            return self.ways["next"]
        if self.ways:
            raise InputError(f"has control edges from the branches {', '.join(self.ways)}, but its branch is called next", where=self.where)
        raise InputError("has no control edge that leads on", where=self.where, mend="dangling node: connect it to the next node or to an EndNode")

    def add(self, steps: list[Item], reader: _Reader) -> None:
        """The node as a vertex with one way out."""
        steps = [*self.defaults(reader), *steps, *reader.copies(self.name, self.scope)]
        self.vertices.append(Vertex(self.name, tuple(steps), (Edge(self.next()),), where=self.where))

    def defaults(self, reader: _Reader) -> list[Item]:
        """Inputs that nothing is connected to take their defaults. Raises InputError for one without."""
        found: list[Item] = []
        for prop in _properties(self.node, "inputs"):
            title = located.field(prop, "title", str)
            if reader.variable(self.name, title, self.scope) is None and title not in self.inputs:
                if "default" not in prop:
                    raise InputError(f"nothing is connected to the input {title!r}", where=self.where, mend="dangling input: add a data edge or a default")
                found.append(Let(f"{self.name}<-{title}", "" if prop["default"] is None else str(prop["default"])))
        return found

    def reads(self, reader: _Reader) -> dict[str, str]:
        """The variable of each input."""
        return {title: reader.variable(self.name, title, self.scope) or f"{self.name}<-{title}" for title in _titles(self.node, "inputs")}

    def outputs(self, reader: _Reader, steps: list[Item], raw: str) -> None:
        """The node's result in the variable of its output; of several outputs, each is a field of the result."""
        titles = _titles(self.node, "outputs")
        if len(titles) == 1:
            steps.append(Copy(f"{self.name}.{titles[0]}", raw))
            return
        for title in titles:
            attributes = {"kind": "select", "field": title, "arguments": ["input"]}
            steps.append(Step("agent.transform", f"{self.name}_{word(title)}", f"{self.name}.{title}", (raw,), attributes, where=self.where))

    def duration(self, key: str) -> dict[str, Any] | None:
        value = self.settings.get(key)
        return None if value is None else distribution(value, self.settings.at(key, self.name), quantities.seconds)

    def lengths(self) -> dict[str, Any]:
        keys = ("prompt_tokens", "output_tokens")
        return {key: distribution(self.settings[key], self.settings.at(key, self.name)) for key in keys if self.settings.get(key) is not None}


def _start(reader: _Reader, use: _Use) -> None:
    steps: list[Item] = [Copy(f"{use.name}.{title}", use.inputs.get(title, f"{use.name}<-{title}")) for title in _titles(use.node, "outputs")]
    use.add(steps, reader)


def _end(reader: _Reader, use: _Use) -> None:
    """The flow's outputs, held by variables of its prefix; control goes where this end's branch leads."""
    branch = located.field(use.node, "branch_name", str, "next", use.name)
    steps: list[Item] = use.defaults(reader)
    steps += [Copy(f"{use.scope.prefix}.out.{title}", variable) for title, variable in use.reads(reader).items()]
    if branch not in use.scope.ends:
        raise InputError(f"the branch {branch!r} of this end leads nowhere", where=use.where, mend="add a control edge from the FlowNode's branch of that name")
    use.vertices.append(Vertex(use.name, tuple(steps), (Edge(use.scope.ends[branch]),), where=use.where))


def _llm(reader: _Reader, use: _Use) -> None:
    template = located.field(use.node, "prompt_template", str, node=use.name)
    _generate(reader, use, template, use.node.get("llm_config"), use.node)


def _agent(reader: _Reader, use: _Use) -> None:
    agent = reader.component(use.node.get("agent"), use.node)
    if agent.get("component_type") != "Agent" or located.field(agent, "tools", Items, Items(), use.name):
        mend = "write its loop out: an LlmNode that chooses, a BranchingNode, ToolNodes, and an edge back with max_iterations"
        raise UnsupportedError("an agent that chooses among tools by itself has no fixed graph to plan", where=use.where, mend=mend)
    _generate(reader, use, located.field(agent, "system_prompt", str, node=use.name), agent.get("llm_config"), agent)


def _generate(reader: _Reader, use: _Use, template: str, config: Any, owner: Map) -> None:
    reads = use.reads(reader)
    names = list(dict.fromkeys(PLACEHOLDER.findall(template)))
    if unknown := [name for name in names if name not in reads]:
        raise InputError(f"the prompt uses {unknown[0]!r}, which is no input of the node", where=use.where, mend=f"its inputs are {', '.join(reads) or 'none'}")
    model = reader.model(config, owner, use.name)
    defaults = located.field(reader.component(config, owner), "default_generation_parameters", Map, Map(), use.name)
    attributes = {
        "model": model, "prompt": PLACEHOLDER.sub(lambda found: "{" + argument_name(word(found.group(1))) + "}", template),
        "arguments": [argument_name(word(name)) for name in names], **_generation(use, defaults), **use.lengths(),
    }
    steps: list[Item] = [Step("agent.llm", use.name, use.name, tuple(reads[name] for name in names), attributes, where=use.where)]
    use.outputs(reader, steps, use.name)
    use.add(steps, reader)


def _generation(use: _Use, defaults: Map) -> dict[str, Any]:
    """Parameters of generation: the node's own before those of its LLM config."""
    found: dict[str, Any] = {}
    for key, kinds in (("max_tokens", int), ("temperature", NUMBER), ("top_p", NUMBER)):
        value = located.field(use.settings, key, kinds, None, use.name)
        value = located.field(defaults, key, kinds, None, use.name) if value is None else value
        found[key] = float(value) if value is not None and key != "max_tokens" else value
    choices = located.field(use.settings, "choices", Items, None, use.name)
    return found | {"choices": [str(choice) for choice in choices] if choices else None}


def _tool(reader: _Reader, use: _Use) -> None:
    tool = reader.component(use.node.get("tool"), use.node)
    remote = tool.get("component_type") in ("RemoteTool", "MCPTool")
    _call(reader, use, located.field(tool, "name", str, node=use.name), "lookup" if remote else None)


def _api(reader: _Reader, use: _Use) -> None:
    _call(reader, use, use.name, "lookup")


def _call(reader: _Reader, use: _Use, tool: str, kind: str | None) -> None:
    reads, timeout = use.reads(reader), use.settings.get("timeout")
    try:
        timeout_s = None if timeout is None else quantities.seconds(timeout)
    except ValueError as error:
        raise InputError(f"`timeout` {error}", where=use.settings.at("timeout", use.name)) from None
    attributes = {"tool": tool, "arguments": [word(name) for name in reads], "latency": use.duration("latency"), "timeout_s": timeout_s, "kind": kind}
    steps: list[Item] = [Step("agent.tool", use.name, use.name, tuple(reads.values()), attributes, where=use.where)]
    use.outputs(reader, steps, use.name)
    use.add(steps, reader)


def _branching(reader: _Reader, use: _Use) -> None:
    """Values of the one input go by `mapping` to branches; anything else goes to "default"."""
    mapping = located.field(use.node, "mapping", Map, node=use.name)
    reads = use.reads(reader)
    if len(reads) != 1:
        raise InputError(f"branches on one input, found {len(reads)}", where=use.where)
    odds = located.field(use.settings, "probability", Map, Map(), use.name)
    labels = [(str(value), str(branch)) for value, branch in mapping.items()]
    labels += [("default", "default")] if "default" in use.ways else []
    counts = {branch: sum(b == branch for _, b in labels) for _, branch in labels}
    if missing := next((branch for branch in counts if branch not in use.ways), None):
        raise InputError(f"the branch {missing!r} has no control edge", where=use.where, mend="dangling branch: add an edge with that from_branch")
    edges = tuple(Edge(use.ways[branch], label, _share(odds, branch, counts[branch], use)) for label, branch in labels)
    if len(edges) < 1:
        raise InputError("`mapping` is empty", where=use.where, mend="map at least one value to a branch")
    use.vertices.append(Vertex(use.name, tuple(use.defaults(reader)), edges, next(iter(reads.values())), where=use.where))


def _share(odds: Map, branch: str, values: int, use: _Use) -> float | None:
    """A branch's probability, shared by the values that lead to it."""
    stated = odds.get(branch)
    if stated is None:
        return None
    if not located.matches(stated, NUMBER) or not 0 <= stated <= 1:
        raise InputError(f"the probability of {branch!r} must lie in [0, 1], found {located.shorten(stated)}", where=odds.at(branch, use.name))
    return float(stated) / values


def _subflow(reader: _Reader, use: _Use, value: Any, prefix: str, ends: Mapping[str, str]) -> str:
    """Append a flow inside `use`; gives its first vertex. Its inputs are those of the node."""
    flow = reader.component(value, use.node)
    return reader._flow(flow, prefix, ends, use.reads(reader), use.scope.depth + 1, use.vertices)


def _flow_node(reader: _Reader, use: _Use) -> None:
    prefix = f"{use.name}_"
    after = f"{use.name}.after"
    flow = reader.component(use.node.get("subflow"), use.node)
    branches = list(dict.fromkeys(reader._end_branches(flow)))
    ends = {branch: f"{after}.{branch}" for branch in branches}
    first = _subflow(reader, use, use.node.get("subflow"), prefix, ends)
    use.vertices.append(Vertex(use.name, tuple(use.defaults(reader)), (Edge(first),), where=use.where))
    for branch in branches:
        if branch not in use.ways:
            raise InputError(f"the branch {branch!r} has no control edge", where=use.where, mend="dangling branch: connect each branch of the subflow's ends")
        use.vertices.append(Vertex(ends[branch], tuple(_results(reader, use, prefix)), (Edge(use.ways[branch]),), where=use.where))


def _results(reader: _Reader, use: _Use, *prefixes: str) -> list[Item]:
    """The outputs of subflows as the node's own."""
    copies: list[Item] = [Copy(f"{use.name}.{title}", f"{prefix}.out.{title}") for prefix in prefixes[:1] for title in _titles(use.node, "outputs")]
    return copies + reader.copies(use.name, use.scope)


def _parallel_flows(reader: _Reader, use: _Use) -> None:
    flows = located.field(use.node, "subflows", Items, node=use.name)
    meet, edges, owners = f"{use.name}.after", [], dict[str, str]()
    for number, value in enumerate(flows):
        flow, prefix = reader.component(value, use.node), f"{use.name}_{number}_"
        edges.append(Edge(_subflow(reader, use, value, prefix, dict.fromkeys(reader._end_branches(flow), meet))))
        owners |= dict.fromkeys(_titles(flow, "outputs"), prefix)
    use.vertices.append(Vertex(use.name, tuple(use.defaults(reader)), tuple(edges), fork=len(edges) > 1, where=use.where))
    copies: list[Item] = [Copy(f"{use.name}.{title}", f"{owners[title]}.out.{title}") for title in _titles(use.node, "outputs") if title in owners]
    use.vertices.append(Vertex(meet, tuple(copies + reader.copies(use.name, use.scope)), (Edge(use.next()),), where=use.where))


def _map(reader: _Reader, use: _Use) -> None:
    """One list in (iterated_X), one list out (collected_Y, by the reducer append)."""
    lists = [title for title in _titles(use.node, "inputs") if title.startswith("iterated_")]
    results = _titles(use.node, "outputs")
    reducers = located.field(use.node, "reducers", Map, Map(), use.name)
    if len(lists) != 1 or len(results) != 1 or any(str(r).lower() != "append" for r in reducers.values()):
        found = f"the inputs {', '.join(lists) or 'none'}, outputs {', '.join(results) or 'none'} and reducers {', '.join(map(str, reducers.values()))}"
        what = f"maps over one list and collects one by append, found {found}"
        raise UnsupportedError(what, where=use.where, mend="split the node, or collect one output with the reducer append")
    flow, prefix = reader.component(use.node.get("subflow"), use.node), f"{use.name}_"
    reads, item = use.reads(reader), f"{use.name}.item"
    inputs = {title.removeprefix("iterated_"): variable for title, variable in reads.items() if title != lists[0]}
    body = reader._body(flow, prefix, inputs | {lists[0].removeprefix("iterated_"): item}, use.scope.depth + 1)
    settings = use.settings
    fan_out = distribution(settings["fan_out"], settings.at("fan_out", use.name)) if settings.get("fan_out") is not None else None
    result = f"{prefix}.out.{results[0].removeprefix('collected_')}"
    parallel = located.field(settings, "parallel", int, None if use.node["component_type"] == "ParallelMapNode" else 1, use.name)
    use.add([Each(use.name, reads[lists[0]], item, body, result, f"{use.name}.{results[0]}", parallel, fan_out, where=use.where)], reader)


KINDS: dict[str, Callable[[_Reader, _Use], None]] = {
    "StartNode": _start, "EndNode": _end, "LlmNode": _llm, "ToolNode": _tool, "ApiNode": _api, "APINode": _api, "BranchingNode": _branching,
    "FlowNode": _flow_node, "ParallelFlowNode": _parallel_flows, "MapNode": _map, "ParallelMapNode": _map, "AgentNode": _agent,
}


def _properties(component: Map, side: str) -> list[Map]:
    """The declared inputs or outputs of a component."""
    found = located.field(component, side, Items, Items())
    if not all(isinstance(item, Map) for item in found):
        raise InputError(f"`{side}` should be a list of properties", where=component.at(side))
    return list(found)


def _titles(component: Map, side: str) -> list[str]:
    return [located.field(prop, "title", str) for prop in _properties(component, side)]
