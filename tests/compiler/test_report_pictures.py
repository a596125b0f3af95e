"""The report's pictures are well-formed, complete, and safe with any name."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from intarsia.compiler.report import arena_picture, graph_picture, svg, timeline_picture
from intarsia.compiler.report.arena_picture import Buffer
from intarsia.compiler.report.graph_picture import Edge, Node
from intarsia.compiler.report.timeline_picture import Slice

SPACE = "{http://www.w3.org/2000/svg}"
NAMES = st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=12)


def tips(picture: str) -> list[str]:
    """The detail lines of a picture; parsing it proves that it is well-formed."""
    return [rect.attrib["data-tip"] for rect in ElementTree.fromstring(picture).iter(f"{SPACE}rect") if "data-tip" in rect.attrib]


@st.composite
def buffers(draw: st.DrawFn) -> list[Buffer]:
    sizes = st.integers(min_value=1, max_value=1 << 30)
    made = []
    for _ in range(draw(st.integers(min_value=0, max_value=12))):
        start = draw(st.integers(min_value=0, max_value=50))
        made.append(Buffer(draw(NAMES), draw(st.integers(min_value=0, max_value=1 << 30)), draw(sizes), start, start + draw(st.integers(min_value=1, max_value=9))))
    return made


@given(buffers())
def test_an_arena_shows_every_buffer(made: list[Buffer]) -> None:
    assert len(tips(arena_picture.draw(made, 64))) == len(made)


def test_an_arenas_tip_says_where_and_when() -> None:
    assert tips(arena_picture.draw([Buffer("x", 128, 2304, 3, 5)], 4096)) == ["x: 2.30 kB at offset 128, operators 3 to 4"]


@given(st.lists(st.tuples(NAMES, NAMES, st.floats(0, 1e3), st.floats(1e-9, 1e3)), max_size=30))
def test_a_timeline_shows_every_slice(facts: list[tuple[str, str, float, float]]) -> None:
    slices = [Slice(row, name, start, start + seconds) for row, name, start, seconds in facts]
    assert len(tips(timeline_picture.draw(slices))) == len(slices)


def test_a_timeline_of_very_many_slices_keeps_the_longest() -> None:
    slices = [Slice("t0", "short", index, index + 0.1) for index in range(timeline_picture.MOST_SLICES)] + [Slice("t0", "long", 0, 1e6)]
    shown = tips(timeline_picture.draw(slices))
    assert len(shown) == timeline_picture.MOST_SLICES
    assert any(tip.startswith("long") for tip in shown)


@given(st.integers(min_value=0, max_value=12), st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=30))
def test_a_graph_shows_every_node_whatever_the_edges(count: int, pairs: list[tuple[int, int]]) -> None:
    nodes = [Node(str(index), f"node <{index}>", "llm", "a & b") for index in range(count)]
    edges = [Edge(str(a), str(b), "50 %") for a, b in pairs]
    assert len(tips(graph_picture.draw(nodes, edges))) == count


def test_a_graph_lays_successors_below() -> None:
    nodes = [Node("a", "a"), Node("b", "b"), Node("c", "c")]
    root = ElementTree.fromstring(graph_picture.draw(nodes, [Edge("a", "b"), Edge("b", "c"), Edge("a", "c")]))
    heights = {rect.attrib["data-tip"]: float(rect.attrib["y"]) for rect in root.iter(f"{SPACE}rect") if "data-tip" in rect.attrib}
    assert heights["a"] < heights["b"] < heights["c"]


@given(st.floats(min_value=1e-9, max_value=1e12), st.integers(min_value=2, max_value=12))
def test_ticks_are_few_round_and_inside(top: float, about: int) -> None:
    found = svg.ticks(top, about)
    assert found[0] == 0
    assert found[-1] <= top * (1 + 1e-6)
    assert 1 <= len(found) <= about + 1
