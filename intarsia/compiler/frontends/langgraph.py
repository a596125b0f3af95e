"""LangGraph graphs: a live compiled graph (the extra `langgraph`), or the JSON of `app.get_graph(xray=True).to_json()`.

A node is a Python function over the state, so it becomes a tool that takes the state and gives the next one; `nodes`, or a node's
metadata under `intarsia`, says which ones are language models. A router is a tool that gives a label, a Send fan-out a map.

    nodes={"answer": {"kind": "llm", "model": "smollm2", "prompt": "Q: {question}", "writes": "answer", "max_tokens": 64},
           "agent":  {"max_iterations": 8, "probability": {"tools": 0.6}}}

| field | on | meaning |
|---|---|---|
| kind, model, prompt, system, writes, max_tokens, temperature, choices, prompt_tokens, output_tokens | llm | `{key}`: a key of the state; `writes`: the answer's |
| tool, latency, timeout, call | tool | the tool's name (default: the node's) and times |
| probability | a node with a router | the odds of its targets |
| max_iterations, iterations | a node of a cycle | the cycle's bound |
| fan_out, parallel | the target of a Send | how many, and how many at a time |
| waits | a node with several ways in | it runs once, after all of them (the JSON does not say) |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import networkx as nx

from intarsia.compiler.frontends import agent_yaml, located, quantities
from intarsia.compiler.frontends.agent import Agent, ModelReference, argument_name, distribution, template_arguments, word
from intarsia.compiler.frontends.control_flow import Bound, Edge, Vertex
from intarsia.compiler.frontends.flow import Each, Flow, Item, Let, Step
from intarsia.compiler.frontends.langgraph_facts import ANNOTATE, END, Facts, inspect
from intarsia.compiler.frontends.located import Items, Map
from intarsia.compiler.frontends.structure import structure
from intarsia.compiler.frontends.workload import mapping
from intarsia.errors import InputError, UnsupportedError, Where
from intarsia.ir.module import Symbol

START = "__start__"
STATE = "state"
GOTO = "__goto__"
UPDATE = "update_state"
"""The tool that puts a language model's answer in the state: (state, key, value) -> state."""
FIELDS = frozenset({
    "kind", "model", "prompt", "system", "writes", "max_tokens", "temperature", "choices", "prompt_tokens", "output_tokens", "tool", "latency", "timeout",
    "call", "probability", "max_iterations", "iterations", "fan_out", "parallel", "waits",
})


def from_live(app: Any, models: Mapping[str, str], nodes: Mapping[str, Mapping[str, Any]]) -> Agent:
    """The agent that a compiled graph is. Raises InputError for routers and Commands without declared targets."""
    facts = Facts(live=True)
    inspect(app.builder, "", facts)
    drawn = mapping(app.get_graph(xray=True).to_json())
    limit = (getattr(app, "config", None) or {}).get("recursion_limit")
    metadata = {name: spec.metadata.get("intarsia", {}) for name, spec in app.builder.nodes.items() if spec.metadata}
    given = {name: {**metadata.get(name, {}), **nodes.get(name, {})} for name in {*metadata, *nodes}}
    name = word(getattr(app, "name", "") or "langgraph")
    return _Reader(drawn, facts, models, mapping(given), name, "langgraph", Where("<LangGraph>"), limit).agent()


def from_tree(tree: Map, path: Path, models: Mapping[str, str], nodes: Mapping[str, Mapping[str, Any]]) -> Agent:
    """The agent in the JSON of a graph, which may carry `intarsia: {name, models, nodes, sla, recursion_limit}` beside nodes and edges."""
    settings = located.field(tree, "intarsia", Map, Map())
    stated = {**{k: str(v) for k, v in located.field(settings, "models", Map, Map()).items()}, **models}
    own = located.field(settings, "nodes", Map, Map())
    limit = located.field(settings, "recursion_limit", int, None)
    given = own if not nodes else mapping({**own, **nodes})
    name = word(located.field(settings, "name", str, path.stem))
    agent = _Reader(tree, Facts(), stated, given, name, path.name, Where(str(path), 1), limit).agent()
    goal = agent_yaml.sla(settings) if "sla" in settings else None
    return replace(agent, flow=replace(agent.flow, sla=goal))


@dataclass(frozen=True)
class _Way:
    target: str
    label: str
    conditional: bool


@dataclass
class _Reader:
    tree: Map
    facts: Facts
    model_map: Mapping[str, str]
    nodes: Map
    name: str
    source: str
    where: Where
    limit: Any
    models: dict[str, ModelReference] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    sent: dict[str, str] = field(default_factory=dict)

    def agent(self) -> Agent:
        ids = self._ids()
        ways = self._ways(ids)
        self._check_settings(ids)
        self._check_lost(ids, ways)
        self._find_sends(ways)
        self._check_joins(ways)
        vertices = [vertex for name in ids for vertex in self._vertices(name, ways[name])]
        hint = 'pass nodes={"NODE": {"max_iterations": N}} or app.with_config(recursion_limit=N)'
        body = structure(vertices, START, END, self._bounds(), self._default_bound(), cycle_hint=hint)
        given = Step("agent.input", STATE, STATE, attributes={"description": "The graph's input state."}, where=self.where)
        flow = Flow(self.name, (given, *body), ((STATE, STATE),), source=self.source, where=self.where)
        return Agent(flow, self.models)

    def _ids(self) -> list[str]:
        found: list[str] = []
        for node in located.field(self.tree, "nodes", Items):
            if not isinstance(node, Map):
                raise InputError("a node should be an object with an id", where=self.tree.at("nodes"))
            name = str(located.field(node, "id", (str, int)))
            if name in found:
                raise InputError(f"two nodes are called {name!r}", where=node.at("id"), mend="give each its own id")
            found.append(name)
            settings = located.field(located.field(node, "metadata", Map, Map()), "intarsia", Map, None)
            if settings is not None and name not in self.nodes:
                self.nodes[name] = settings
        for name in (START, END):
            if name not in found:
                raise InputError(f"the graph has no node {name}", where=self.where, mend="write it with app.get_graph(xray=True).to_json()")
        for name in found:
            self.names[name] = self._unique(name)
        return found

    def _unique(self, name: str) -> str:
        made = word(name) if name not in (START, END) else name
        while made in self.names.values() or made == STATE:
            made += "_"
        return made

    def _ways(self, ids: list[str]) -> dict[str, list[_Way]]:
        ways: dict[str, list[_Way]] = {name: [] for name in ids}
        for edge in located.field(self.tree, "edges", Items):
            if not isinstance(edge, Map):
                raise InputError("an edge should be an object with source and target", where=self.tree.at("edges"))
            ends = [str(located.field(edge, side, (str, int))) for side in ("source", "target")]
            for end in ends:
                if end not in ways:
                    raise InputError(f"an edge leads from {ends[0]!r} to {ends[1]!r}, but {end!r} is no node", where=edge.at(), mend="dangling edge")
            label = edge.get("data")
            ways[ends[0]].append(_Way(ends[1], str(label) if isinstance(label, (str, int)) else ends[1], bool(edge.get("conditional"))))
        return ways

    def settings(self, name: str) -> Map:
        """What `nodes` says of a node."""
        found: Map = located.field(self.nodes, name, Map, Map())
        return found

    def _check_settings(self, ids: list[str]) -> None:
        for name in self.nodes:
            if name not in ids:
                raise InputError(f"`nodes` names {name!r}, which is no node of the graph", where=self.where, mend=f"nodes are {', '.join(i for i in ids if i not in (START, END))}")
            located.refuse_unknown(self.settings(name), FIELDS, name)

    def _check_lost(self, ids: list[str], ways: dict[str, list[_Way]]) -> None:
        """Nodes that nothing leads to are what a router without declared targets leaves behind."""
        graph = nx.DiGraph([(source, way.target) for source, out in ways.items() for way in out])
        reached = {START} | (nx.descendants(graph, START) if START in graph else set())
        if lost := [name for name in ids if name not in reached and name != END]:
            what = f"nothing leads to the node {lost[0]!r}; a router or Command without declared targets draws no edges"
            raise InputError(what, where=self.where, mend=ANNOTATE)

    def _find_sends(self, ways: dict[str, list[_Way]]) -> None:
        """Send fan-outs: known from a live graph's code; in the JSON, a conditional edge that is the only way out."""
        for source, out in ways.items():
            routed = [way for way in out if way.conditional]
            live = {(source, way.target) for way in out} & self.facts.sends
            drawn = {(source, way.target) for way in routed} if len(routed) == 1 and not self.facts.live else set()
            for _, target in live or drawn:
                if len(out) > 1:
                    what = f"the router of {source!r} mixes a Send to {target!r} with other ways"
                    raise UnsupportedError(what, where=self.where, mend="let a router either Send to one node or choose among nodes")
                others = [name for name, leads in ways.items() if name != source and any(way.target == target for way in leads)]
                if others:
                    raise UnsupportedError(f"{target!r} is reached by a Send from {source!r} and by an edge from {others[0]!r}", where=self.where, mend="use two nodes")
                self.sent[target] = source
        if not self.facts.live:
            self._plain_single_ways(ways)

    def _plain_single_ways(self, ways: dict[str, list[_Way]]) -> None:
        """A subgraph's drawing makes a Send's edge plain: then only `fan_out` tells."""
        for source, out in ways.items():
            for way in out:
                if self.settings(way.target).get("fan_out") is not None and way.target not in self.sent:
                    self.sent[way.target] = source

    def _check_joins(self, ways: dict[str, list[_Way]]) -> None:
        """A node that parallel branches reach in different steps would run more than once."""
        graph = nx.DiGraph([(source, way.target) for source, out in ways.items() for way in out])
        for source, out in ways.items():
            targets = {way.target for way in out if not way.conditional}
            if len(targets) < 2:
                continue
            meet = nx.immediate_dominators(graph.reverse(copy=False), END).get(source) if END in graph else None
            if meet in (None, END) or meet in self.facts.waits or self.settings(meet).get("waits"):
                continue
            if _uneven(graph, targets, meet):
                what = f"the parallel branches from {source!r} reach {meet!r} after different numbers of steps, so LangGraph runs it more than once"
                raise InputError(what, where=self.where, mend=f'use add_edge([...], "{meet}"), add_node(..., defer=True), or nodes={{"{meet}": {{"waits": True}}}} if it is so')

    def _vertices(self, name: str, out: list[_Way]) -> list[Vertex]:
        if name == END:
            return [Vertex(END, where=self.where)]
        plain = [way for way in out if not way.conditional]
        routers = self._routers(name, [way for way in out if way.conditional])
        steps = tuple(self._steps(name))
        if not out:
            plain = [_Way(END, END, False)]
        if len(plain) + len(routers) == 1:
            return [self._routed(name, steps, *routers[0]) if routers else Vertex(name, steps, (Edge(plain[0].target),), where=self._place(name))]
        found = [self._routed(f"{name}.{router}", (), router, ways, name) for router, ways in routers]
        edges = (*(Edge(way.target) for way in plain), *(Edge(vertex.name) for vertex in found))
        return [Vertex(name, steps, edges, fork=True, where=self._place(name)), *found]

    def _routers(self, name: str, conditional: list[_Way]) -> list[tuple[str, list[_Way]]]:
        """The routers of a node: each known one of a live graph, or one that has all conditional edges."""
        if not conditional:
            return []
        owner = name
        while owner not in self.facts.routers and ":" in owner:
            owner = owner.rpartition(":")[0]
        known = self.facts.routers.get(owner, [])
        if name in self.facts.commands or not known:
            return [("route", conditional)]
        targets = {way.target for way in conditional}
        found = []
        for router, ends in known:
            named = [_Way(target, label, True) for label, target in ends.items() if target in targets]
            found.append((router, named or conditional))
        return found

    def _routed(self, vertex: str, steps: tuple[Item, ...], router: str, ways: list[_Way], name: str = "") -> Vertex:
        """A vertex whose router, after `steps`, chooses among `ways`."""
        name = name or vertex
        here = self._place(name)
        if len(ways) == 1:
            return Vertex(vertex, steps, (Edge(ways[0].target),), where=here)
        label = f"{self.names[name]}.{router}"
        if name in self.facts.commands:
            chosen: Item = Step("agent.transform", label, label, (STATE,), {"kind": "select", "field": GOTO, "arguments": [STATE]}, where=here)
        else:
            chosen = Step("agent.tool", label, label, (STATE,), {"tool": f"{name}.{router}", "arguments": [STATE]}, where=here)
        odds = located.field(self.settings(name), "probability", Map, Map(), name)
        for target, p in odds.items():
            if target not in {way.target for way in ways} or not located.matches(p, (int, float)) or not 0 <= p <= 1:
                what = f"`probability` says {target!r}: {located.shorten(p)}"
                raise InputError(what, where=here, mend=f"give {', '.join(way.target for way in ways)} numbers in [0, 1]")
        edges = tuple(Edge(way.target, way.label, odds.get(way.target)) for way in ways)
        return Vertex(vertex, (*steps, chosen), edges, label, where=here)

    def _place(self, name: str) -> Where:
        return Where(self.where.file, self.where.line, name)

    def _steps(self, name: str) -> Iterable[Item]:
        """What a node does: its own steps, or those of the map that a Send starts."""
        if name == START:
            return []
        settings, kind = self.settings(name), located.field(self.settings(name), "kind", str, "tool", name)
        if kind not in STEPS:
            raise UnsupportedError(f"the kind {kind!r} of a LangGraph node can't be compiled", where=self._place(name), mend=f"choose one of {', '.join(STEPS)}")
        if name in self.sent:
            return self._each(name, settings)
        return STEPS[kind](self, name, settings, STATE, STATE)

    def _each(self, name: str, settings: Map) -> list[Item]:
        """The states that the router Sends, each through the node, and their results in the state."""
        source, here, node = self.sent[name], self._place(name), self.names[name]
        item, result, listed = f"{node}.item", f"{node}.result", f"{node}.sends"
        kind = located.field(settings, "kind", str, "tool", name)
        body = tuple(STEPS[kind](self, name, settings, item, result))
        fan_out = distribution(settings["fan_out"], settings.at("fan_out", name)) if settings.get("fan_out") is not None else None
        parallel = located.field(settings, "parallel", int, None, name)
        router = next((router for router, _ in self.facts.routers.get(source, [])), "route")
        return [
            Step("agent.tool", listed, listed, (STATE,), {"tool": f"{source}.{router}", "arguments": [STATE]}, where=here),
            Each(f"{node}.map", listed, item, body, result, f"{node}.results", parallel, fan_out, where=here),
            Step("agent.join", f"{node}.collected", STATE, (STATE, f"{node}.results"), {"kind": "all"}, where=here),
        ]

    def _bounds(self) -> dict[str, Bound]:
        found = {}
        for name in self.nodes:
            settings = self.settings(name)
            most = located.field(settings, "max_iterations", int, None, name)
            turns = distribution(settings["iterations"], settings.at("iterations", name)) if settings.get("iterations") is not None else None
            if most is not None and most <= 0:
                raise InputError(f"`max_iterations` must be greater than zero, found {most}", where=self._place(name))
            if most is not None or turns is not None:
                found[name] = Bound(most, turns)
        return found

    def _default_bound(self) -> Bound | None:
        """A recursion limit that was given; LangGraph's default is a safety net, no statement about the graph."""
        return Bound(self.limit) if isinstance(self.limit, int) and self.limit > 0 else None


def _uneven(graph: Any, targets: set[str], meet: str) -> bool:
    """Whether ways from `targets`, which run in the same step, reach `meet` in different steps (or in no fixed one)."""
    between = set().union(*(nx.descendants(graph, name) | {name} for name in targets)) & (nx.ancestors(graph, meet) | {meet})
    region = nx.DiGraph(graph.subgraph(between))
    region.remove_edges_from(list(region.out_edges(meet)))
    if not nx.is_directed_acyclic_graph(region):
        return True
    steps: dict[str, set[int]] = {name: {1} if name in targets else set() for name in region}
    for name in nx.topological_sort(region):
        for after in region.successors(name):
            steps[after] |= {step + 1 for step in steps[name]}
    return len(steps[meet]) > 1


def _tool(reader: _Reader, name: str, settings: Map, reads: str, writes: str) -> list[Item]:
    """The node's function: a tool from state to state."""
    here = reader._place(name)
    timeout = settings.get("timeout")
    try:
        timeout_s = None if timeout is None else quantities.seconds(timeout)
    except ValueError as error:
        raise InputError(f"`timeout` {error}", where=here) from None
    attributes = {
        "tool": located.field(settings, "tool", str, name, name), "arguments": [STATE], "timeout_s": timeout_s, "kind": located.field(settings, "call", str, None, name),
        "latency": None if settings.get("latency") is None else distribution(settings["latency"], here, quantities.seconds),
    }
    return [Step("agent.tool", reader.names[name], writes, (reads,), attributes, where=here)]


def _llm(reader: _Reader, name: str, settings: Map, reads: str, writes: str) -> list[Item]:
    """Keys of the state into the prompt, the answer into the state."""
    here, node = reader._place(name), reader.names[name]
    model = located.field(settings, "model", str, node=name)
    symbol = word(model.rpartition("/")[2])
    reader.models.setdefault(symbol, ModelReference(reader.model_map.get(model, model), here if reader.where.line else Where()))
    prompt, references = template_arguments(located.field(settings, "prompt", str, node=name))
    steps: list[Item] = []
    for key in references:
        chosen = {"kind": "select", "field": key, "arguments": [STATE]}
        steps.append(Step("agent.transform", f"{node}.{argument_name(key)}", f"{node}.{key}", (reads,), chosen, where=here))
    choices = located.field(settings, "choices", list, None, name)
    lengths = {key: distribution(settings[key], here) for key in ("prompt_tokens", "output_tokens") if settings.get(key) is not None}
    temperature = located.field(settings, "temperature", (int, float), None, name)
    attributes: dict[str, Any] = {
        "model": Symbol(symbol), "prompt": prompt, "arguments": [argument_name(key) for key in references],
        "system": located.field(settings, "system", str, None, name),
        "max_tokens": located.field(settings, "max_tokens", int, None, name), "temperature": None if temperature is None else float(temperature),
        "choices": [str(choice) for choice in choices] if choices else None, **lengths,
    }
    answer = f"{node}.answer"
    steps.append(Step("agent.llm", node, answer, tuple(f"{node}.{key}" for key in references), attributes, where=here))
    steps.append(Let(f"{node}.writes", located.field(settings, "writes", str, name, name)))
    update = {"tool": UPDATE, "arguments": [STATE, "key", "value"]}
    steps.append(Step("agent.tool", f"{node}.update", writes, (reads, f"{node}.writes", answer), update, where=here))
    return steps


STEPS: dict[str, Callable[[_Reader, str, Map, str, str], list[Item]]] = {"tool": _tool, "llm": _llm}
