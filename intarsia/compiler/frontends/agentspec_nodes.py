"""The node types of Open Agent Spec: each adds its vertices to the control-flow graph."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from intarsia.compiler.frontends import located, quantities
from intarsia.compiler.frontends.agent import argument_name, distribution, word
from intarsia.compiler.frontends.control_flow import Edge, Vertex
from intarsia.compiler.frontends.flow import Copy, Each, Item, Let, Step
from intarsia.compiler.frontends.located import Items, Map
from intarsia.errors import InputError, UnsupportedError, Where

if TYPE_CHECKING:
    from intarsia.compiler.frontends.agentspec import Reader

PLACEHOLDER = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")
NUMBER = (int, float)


def settings_of(component: Map) -> Map:
    """The component's `metadata.intarsia`."""
    found = located.field(component, "metadata", Map, Map())
    settings = located.field(found, "intarsia", Map, None) if found else None
    if settings is None:
        settings = Map()
        settings.file, settings.line, settings.lines = component.file, component.line, {}
    return settings


def properties(component: Map, side: str) -> list[Map]:
    """The declared inputs or outputs of a component."""
    found = located.field(component, side, Items, Items())
    if not all(isinstance(item, Map) for item in found):
        raise InputError(f"`{side}` should be a list of properties", where=component.at(side))
    return list(found)


def titles(component: Map, side: str) -> list[str]:
    return [located.field(prop, "title", str) for prop in properties(component, side)]


@dataclass(frozen=True)
class Scope:
    """One use of a flow: the flow, the prefix of its nodes' names, and where its ends lead by branch name."""

    flow: Map
    prefix: str
    ends: Mapping[str, str]
    nodes: dict[str, Map] = field(default_factory=dict)
    sources: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)
    depth: int = 0


@dataclass(frozen=True)
class Use:
    """One use of a node: its name, its component, where its branches lead, and the flow's inputs where it is the start."""

    name: str
    node: Map
    ways: dict[str, str]
    scope: Scope
    vertices: list[Vertex]
    inputs: Mapping[str, str]

    @property
    def where(self) -> Where:
        return self.node.at("name", self.name)

    @property
    def settings(self) -> Map:
        return settings_of(self.node)

    def next(self) -> str:
        """Where its one way out leads. Raises InputError where there is none."""
        if "next" in self.ways:
            return self.ways["next"]
        if self.ways:
            raise InputError(f"has control edges from the branches {', '.join(self.ways)}, but its branch is called next", where=self.where)
        raise InputError("has no control edge that leads on", where=self.where, mend="dangling node: connect it to the next node or to an EndNode")

    def add(self, steps: list[Item], reader: Reader) -> None:
        """The node as a vertex with one way out."""
        steps = [*self.defaults(reader), *steps, *reader.copies(self.name, self.scope)]
        self.vertices.append(Vertex(self.name, tuple(steps), (Edge(self.next()),), where=self.where))

    def defaults(self, reader: Reader) -> list[Item]:
        """Inputs that nothing is connected to take their defaults. Raises InputError for one without."""
        found: list[Item] = []
        for prop in properties(self.node, "inputs"):
            title = located.field(prop, "title", str)
            if reader.variable(self.name, title, self.scope) is None and title not in self.inputs:
                if "default" not in prop:
                    raise InputError(f"nothing is connected to the input {title!r}", where=self.where, mend="dangling input: add a data edge or a default")
                found.append(Let(f"{self.name}<-{title}", "" if prop["default"] is None else str(prop["default"])))
        return found

    def reads(self, reader: Reader) -> dict[str, str]:
        """The variable of each input."""
        return {title: reader.variable(self.name, title, self.scope) or f"{self.name}<-{title}" for title in titles(self.node, "inputs")}

    def outputs(self, steps: list[Item], raw: str) -> None:
        """The node's result in the variable of its output; of several outputs, each is a field of the result."""
        names = titles(self.node, "outputs")
        if len(names) == 1:
            steps.append(Copy(f"{self.name}.{names[0]}", raw))
            return
        for title in names:
            attributes = {"kind": "select", "field": title, "arguments": ["input"]}
            steps.append(Step("agent.transform", f"{self.name}_{word(title)}", f"{self.name}.{title}", (raw,), attributes, where=self.where))

    def duration(self, key: str) -> dict[str, Any] | None:
        value = self.settings.get(key)
        return None if value is None else distribution(value, self.settings.at(key, self.name), quantities.seconds)

    def lengths(self) -> dict[str, Any]:
        keys = ("prompt_tokens", "output_tokens")
        return {key: distribution(self.settings[key], self.settings.at(key, self.name)) for key in keys if self.settings.get(key) is not None}


def _start(reader: Reader, use: Use) -> None:
    steps: list[Item] = [Copy(f"{use.name}.{title}", use.inputs.get(title, f"{use.name}<-{title}")) for title in titles(use.node, "outputs")]
    use.add(steps, reader)


def _end(reader: Reader, use: Use) -> None:
    """The flow's outputs, held by variables of its prefix; control goes where this end's branch leads."""
    branch = located.field(use.node, "branch_name", str, "next", use.name)
    steps: list[Item] = use.defaults(reader)
    steps += [Copy(f"{use.scope.prefix}.out.{title}", variable) for title, variable in use.reads(reader).items()]
    if branch not in use.scope.ends:
        raise InputError(f"the branch {branch!r} of this end leads nowhere", where=use.where, mend="add a control edge from the FlowNode's branch of that name")
    use.vertices.append(Vertex(use.name, tuple(steps), (Edge(use.scope.ends[branch]),), where=use.where))


def _llm(reader: Reader, use: Use) -> None:
    template = located.field(use.node, "prompt_template", str, node=use.name)
    _generate(reader, use, template, use.node.get("llm_config"), use.node)


def _agent(reader: Reader, use: Use) -> None:
    agent = reader.component(use.node.get("agent"), use.node)
    if agent.get("component_type") != "Agent" or located.field(agent, "tools", Items, Items(), use.name):
        mend = "write its loop out: an LlmNode that chooses, a BranchingNode, ToolNodes, and an edge back with max_iterations"
        raise UnsupportedError("an agent that chooses among tools by itself has no fixed graph to plan", where=use.where, mend=mend)
    _generate(reader, use, located.field(agent, "system_prompt", str, node=use.name), agent.get("llm_config"), agent)


def _generate(reader: Reader, use: Use, template: str, config: Any, owner: Map) -> None:
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
    use.outputs(steps, use.name)
    use.add(steps, reader)


def _generation(use: Use, defaults: Map) -> dict[str, Any]:
    """Parameters of generation: the node's own before those of its LLM config."""
    found: dict[str, Any] = {}
    for key, kinds in (("max_tokens", int), ("temperature", NUMBER), ("top_p", NUMBER)):
        value = located.field(use.settings, key, kinds, None, use.name)
        value = located.field(defaults, key, kinds, None, use.name) if value is None else value
        found[key] = float(value) if value is not None and key != "max_tokens" else value
    choices = located.field(use.settings, "choices", Items, None, use.name)
    return found | {"choices": [str(choice) for choice in choices] if choices else None}


def _tool(reader: Reader, use: Use) -> None:
    tool = reader.component(use.node.get("tool"), use.node)
    remote = tool.get("component_type") in ("RemoteTool", "MCPTool")
    _call(reader, use, located.field(tool, "name", str, node=use.name), "lookup" if remote else None)


def _api(reader: Reader, use: Use) -> None:
    _call(reader, use, use.name, "lookup")


def _call(reader: Reader, use: Use, tool: str, kind: str | None) -> None:
    reads, timeout = use.reads(reader), use.settings.get("timeout")
    try:
        timeout_s = None if timeout is None else quantities.seconds(timeout)
    except ValueError as error:
        raise InputError(f"`timeout` {error}", where=use.settings.at("timeout", use.name)) from None
    attributes = {"tool": tool, "arguments": [word(name) for name in reads], "latency": use.duration("latency"), "timeout_s": timeout_s, "kind": kind}
    steps: list[Item] = [Step("agent.tool", use.name, use.name, tuple(reads.values()), attributes, where=use.where)]
    use.outputs(steps, use.name)
    use.add(steps, reader)


def _branching(reader: Reader, use: Use) -> None:
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


def _share(odds: Map, branch: str, values: int, use: Use) -> float | None:
    """A branch's probability, shared by the values that lead to it."""
    stated = odds.get(branch)
    if stated is None:
        return None
    if not located.matches(stated, NUMBER) or not 0 <= stated <= 1:
        raise InputError(f"the probability of {branch!r} must lie in [0, 1], found {located.shorten(stated)}", where=odds.at(branch, use.name))
    return float(stated) / values


def _subflow(reader: Reader, use: Use, value: Any, prefix: str, ends: Mapping[str, str]) -> str:
    """Append a flow inside `use`; gives its first vertex. Its inputs are those of the node."""
    flow = reader.component(value, use.node)
    return reader.flow(flow, prefix, ends, use.reads(reader), use.scope.depth + 1, use.vertices)


def _flow_node(reader: Reader, use: Use) -> None:
    prefix = f"{use.name}_"
    after = f"{use.name}.after"
    flow = reader.component(use.node.get("subflow"), use.node)
    branches = list(dict.fromkeys(reader.end_branches(flow)))
    ends = {branch: f"{after}.{branch}" for branch in branches}
    first = _subflow(reader, use, use.node.get("subflow"), prefix, ends)
    use.vertices.append(Vertex(use.name, tuple(use.defaults(reader)), (Edge(first),), where=use.where))
    for branch in branches:
        if branch not in use.ways:
            raise InputError(f"the branch {branch!r} has no control edge", where=use.where, mend="dangling branch: connect each branch of the subflow's ends")
        use.vertices.append(Vertex(ends[branch], tuple(_results(reader, use, prefix)), (Edge(use.ways[branch]),), where=use.where))


def _results(reader: Reader, use: Use, *prefixes: str) -> list[Item]:
    """The outputs of subflows as the node's own."""
    copies: list[Item] = [Copy(f"{use.name}.{title}", f"{prefix}.out.{title}") for prefix in prefixes[:1] for title in titles(use.node, "outputs")]
    return copies + reader.copies(use.name, use.scope)


def _parallel_flows(reader: Reader, use: Use) -> None:
    flows = located.field(use.node, "subflows", Items, node=use.name)
    meet, edges, owners = f"{use.name}.after", [], dict[str, str]()
    for number, value in enumerate(flows):
        flow, prefix = reader.component(value, use.node), f"{use.name}_{number}_"
        edges.append(Edge(_subflow(reader, use, value, prefix, dict.fromkeys(reader.end_branches(flow), meet))))
        owners |= dict.fromkeys(titles(flow, "outputs"), prefix)
    use.vertices.append(Vertex(use.name, tuple(use.defaults(reader)), tuple(edges), fork=len(edges) > 1, where=use.where))
    copies: list[Item] = [Copy(f"{use.name}.{title}", f"{owners[title]}.out.{title}") for title in titles(use.node, "outputs") if title in owners]
    use.vertices.append(Vertex(meet, tuple(copies + reader.copies(use.name, use.scope)), (Edge(use.next()),), where=use.where))


def _map(reader: Reader, use: Use) -> None:
    """One list in (iterated_X), one list out (collected_Y, by the reducer append)."""
    lists = [title for title in titles(use.node, "inputs") if title.startswith("iterated_")]
    results = titles(use.node, "outputs")
    reducers = located.field(use.node, "reducers", Map, Map(), use.name)
    if len(lists) != 1 or len(results) != 1 or any(str(r).lower() != "append" for r in reducers.values()):
        found = f"the inputs {', '.join(lists) or 'none'}, outputs {', '.join(results) or 'none'} and reducers {', '.join(map(str, reducers.values()))}"
        what = f"maps over one list and collects one by append, found {found}"
        raise UnsupportedError(what, where=use.where, mend="split the node, or collect one output with the reducer append")
    flow, prefix = reader.component(use.node.get("subflow"), use.node), f"{use.name}_"
    reads, item = use.reads(reader), f"{use.name}.item"
    inputs = {title.removeprefix("iterated_"): variable for title, variable in reads.items() if title != lists[0]}
    body = reader.body(flow, prefix, inputs | {lists[0].removeprefix("iterated_"): item}, use.scope.depth + 1)
    settings = use.settings
    fan_out = distribution(settings["fan_out"], settings.at("fan_out", use.name)) if settings.get("fan_out") is not None else None
    result = f"{prefix}.out.{results[0].removeprefix('collected_')}"
    parallel = located.field(settings, "parallel", int, None if use.node["component_type"] == "ParallelMapNode" else 1, use.name)
    use.add([Each(use.name, reads[lists[0]], item, body, result, f"{use.name}.{results[0]}", parallel, fan_out, where=use.where)], reader)


KINDS: dict[str, Callable[[Reader, Use], None]] = {
    "StartNode": _start, "EndNode": _end, "LlmNode": _llm, "ToolNode": _tool, "ApiNode": _api, "APINode": _api, "BranchingNode": _branching,
    "FlowNode": _flow_node, "ParallelFlowNode": _parallel_flows, "MapNode": _map, "ParallelMapNode": _map, "AgentNode": _agent,
}
