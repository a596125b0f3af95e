"""Control-flow graphs run the same before and after they are structured."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.compiler.frontends.control_flow import Bound, Edge, Vertex
from intarsia.compiler.frontends.flow import Branch, Copy, Item, Let, Loop, Parallel, Step
from intarsia.compiler.frontends.structure import structure
from intarsia.errors import InputError

MOST_STEPS = 300
BOUND = Bound(max_iterations=10**6)


class OutOfSteps(Exception):
    """The run is long enough."""


class Oracle:
    """Decides each visit of a vertex the same way, whoever asks."""

    def __init__(self, seed: int) -> None:
        self.seed, self.visits, self.trace = seed, dict[str, int](), list[str]()

    def visit(self, name: str) -> float:
        self.trace.append(name)
        if len(self.trace) > MOST_STEPS:
            raise OutOfSteps
        self.visits[name] = self.visits.get(name, 0) + 1
        return random.Random(f"{self.seed} {name} {self.visits[name]}").random()


def decision(vertex: Vertex, draw: float) -> str:
    return vertex.edges[int(draw * len(vertex.edges))].label


def run_graph(vertices: dict[str, Vertex], entry: str, oracle: Oracle) -> None:
    name = entry
    while vertices[name].edges:
        draw = oracle.visit(name)
        chosen = decision(vertices[name], draw)
        name = next(edge.target for edge in vertices[name].edges if edge.label == chosen)
    oracle.visit(name)


def run_items(items: Sequence[Item], vertices: dict[str, Vertex], env: dict[str, str], oracle: Oracle) -> None:
    for item in items:
        match item:
            case Step():
                draw = oracle.visit(item.name)
                if vertices[item.name].edges:
                    env[item.writes] = decision(vertices[item.name], draw)
            case Let():
                env[item.target] = item.text
            case Copy():
                env[item.target] = env[item.source]
            case Branch():
                case_ = next((c for c in item.cases if c.label == env[item.on]), item.cases[-1])
                run_items(case_.body, vertices, env, oracle)
            case Loop():
                while True:
                    run_items(item.body, vertices, env, oracle)
                    if env[item.again] != "yes":
                        break
            case Parallel():
                for thread in item.threads:
                    run_items(thread, vertices, env, oracle)


def vertex(name: str, *targets: str, odds: Sequence[float | None] = ()) -> Vertex:
    step = Step("agent.tool", name, f"out of {name}")
    edges = tuple(Edge(t, f"to {i}", odds[i] if odds else None) for i, t in enumerate(targets))
    return Vertex(name, (step,), edges, on=f"out of {name}" if len(targets) > 1 else "")


def same_runs(vertices: list[Vertex], items: Sequence[Item], seeds: int = 6) -> None:
    named = {v.name: v for v in vertices}
    for seed in range(seeds):
        one, two = Oracle(seed), Oracle(seed)
        ends = []
        for oracle, run in ((one, lambda o: run_graph(named, vertices[0].name, o)), (two, lambda o: run_items(items, named, {}, o))):
            try:
                run(oracle)
                ends.append(True)
            except OutOfSteps:
                ends.append(False)
        assert one.trace == two.trace and ends[0] == ends[1]


@st.composite
def graphs(draw: st.DrawFn) -> list[Vertex]:
    """Any graph: each vertex goes on to the next, and some go elsewhere too."""
    count = draw(st.integers(2, 9))
    names = [f"n{i}" for i in range(count)]
    vertices = []
    for i, name in enumerate(names[:-1]):
        others = draw(st.lists(st.sampled_from(names), max_size=2))
        targets = [names[i + 1], *others]
        vertices.append(vertex(name, *targets))
    return [*vertices, vertex(names[-1])]


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_any_graph_is_structured_faithfully_or_refused(vertices: list[Vertex]) -> None:
    try:
        items = structure(vertices, "n0", vertices[-1].name, default_bound=BOUND)
    except InputError as error:
        assert "irreducible" in str(error)
        return
    same_runs(vertices, items)
    steps = [item.name for item in flatten(items) if isinstance(item, Step)]
    assert sorted(steps) == sorted(v.name for v in vertices), "each node stands in the text once"


def flatten(items: Sequence[Item]) -> list[Item]:
    found: list[Item] = []
    for item in items:
        found.append(item)
        match item:
            case Branch():
                for case in item.cases:
                    found += flatten(case.body)
            case Loop():
                found += flatten(item.body)
            case Parallel():
                for thread in item.threads:
                    found += flatten(thread)
    return found


def program(rng: random.Random, depth: int, vertices: list[Vertex], leads_to: str) -> str:
    """A random structured program, as vertices that end in `leads_to`; gives its first vertex."""
    name = f"v{len(vertices)}"
    place = len(vertices)
    vertices.append(vertex(name))
    kind = rng.choice(["step", "sequence", "if", "while", "repeat"]) if depth else "step"
    match kind:
        case "step":
            targets = [leads_to]
        case "sequence":
            targets = [program(rng, depth - 1, vertices, program(rng, depth - 1, vertices, leads_to))]
        case "if":
            targets = [program(rng, depth - 1, vertices, leads_to) for _ in range(rng.randint(2, 3))]
        case "while":
            targets = [program(rng, depth - 1, vertices, name), leads_to]
        case _:
            check = f"v{len(vertices)}"
            vertices.append(vertex(check, name, leads_to))
            targets = [program(rng, depth - 1, vertices, check)]
    vertices[place] = vertex(name, *targets)
    return name


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**9))
def test_structured_programs_come_back(seed: int) -> None:
    """Programs of sequences, branches and loops are never refused, run the same, and need no guards on where control goes."""
    vertices: list[Vertex] = []
    program(random.Random(seed), 3, vertices, "end")
    vertices.append(vertex("end"))
    same_runs(vertices, structure(vertices, "v0", "end", default_bound=BOUND))


def test_a_diamond_needs_no_guard() -> None:
    items = structure([vertex("a", "b", "c"), vertex("b", "d"), vertex("c", "d"), vertex("d")], "a", "d")
    kinds = [type(item).__name__ for item in items]
    assert kinds == ["Step", "Branch", "Step"]


def test_a_loop_learns_its_probabilities_from_its_mean() -> None:
    vertices = [vertex("a", "b"), vertex("b", "c", "end"), vertex("c", "b"), vertex("end")]
    bound = Bound(iterations={"kind": "constant", "value": 4.0})
    loop = next(item for item in structure(vertices, "a", "end", {"b": bound}) if isinstance(item, Loop))
    branch = next(item for item in loop.body if isinstance(item, Branch))
    assert [case.probability for case in branch.cases] == [0.75, 0.25]


def test_stated_probabilities_give_the_mean() -> None:
    vertices = [vertex("a", "a", "end", odds=(0.8, 0.2)), vertex("end")]
    loop = next(item for item in structure(vertices, "a", "end", default_bound=Bound(max_iterations=9)) if isinstance(item, Loop))
    assert loop.iterations == {"kind": "geometric", "mean": pytest.approx(5.0)}


def fork(name: str, *targets: str) -> Vertex:
    return Vertex(name, (Step("agent.tool", name, f"out of {name}"),), tuple(Edge(t) for t in targets), fork=True)


def test_parallel_branches_meet() -> None:
    items = structure([fork("a", "b", "c"), vertex("b", "d"), vertex("c", "d"), vertex("d")], "a", "d")
    parallel = next(item for item in items if isinstance(item, Parallel))
    assert [[s.name for s in flatten(thread) if isinstance(s, Step)] for thread in parallel.threads] == [["b"], ["c"]]
    assert getattr(items[-1], "after", None) == ("b", "c")


@pytest.mark.parametrize(
    ("vertices", "words"),
    [
        ([vertex("a", "b"), vertex("end")], "'b', which is no node"),
        ([vertex("a", "end"), vertex("lost", "end"), vertex("end")], "'lost' can't be reached"),
        ([vertex("a", "b", "end"), vertex("b", "c"), vertex("c", "b"), vertex("end")], "from the node 'b' the end"),
        ([vertex("a", "b"), vertex("b", "a", "end"), vertex("end")], "the cycle through 'a', 'b' has no bound"),
        ([vertex("a", "b", "c"), vertex("b", "c", "end"), vertex("c", "b", "end"), vertex("end")], "more than one node"),
        ([fork("a", "b", "c"), vertex("b", "d"), vertex("c", "d", "e"), vertex("d", "end"), vertex("e", "end"), vertex("end")], "instead of meeting the others in 'end'"),
    ],
)
def test_what_cannot_be_structured_is_refused(vertices: list[Vertex], words: str) -> None:
    with pytest.raises(InputError, match=words):
        structure(vertices, "a", "end")
