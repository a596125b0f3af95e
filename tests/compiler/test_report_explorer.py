"""The page of a search: whole, self-contained, and ranking by other goals as the search itself does."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia import whole_file
from intarsia.compiler.report import explorer, serving_rows, tradeoff_picture
from intarsia.compiler.report.tradeoff_picture import Axis, Point, Scale
from intarsia.errors import InputError
from intarsia.planner.search import explain, result, search
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.prices import Pricer
from intarsia.planner.search.problem import Goals
from intarsia.planner.search.search import Options
from tests.pages import Checker, in_chromium
from tests.planner.search.samples import problem, requests

FIGURES = st.floats(min_value=1e-6, max_value=1e6)
WRITTEN = Axis("x", "{:g}".format)


@pytest.fixture(scope="module")
def found() -> result.Result:
    asked = problem(workload=requests(30, 6.0), goals=Goals(ttft_s=0.1, tpot_s=0.02))
    pricer = Pricer(asked)
    made = search.search(asked, Options(simulations=6, engine="serial"), pricer, Simulator(asked, pricer.tables))
    return result.of(made, explain.why(made), {"fleet": "4xH100-SXM"})


def test_a_page_has_all_sections_and_is_well_formed(found: result.Result) -> None:
    page = Checker(explorer.html(found))
    assert page.sections == ["summary", "plans", "tradeoffs", "memory", "searched"] and not page.unclosed
    assert all(reference.startswith(("#", "data:")) for reference in page.references)


def test_every_plan_is_in_the_table_and_in_each_picture(found: result.Result) -> None:
    text = explorer.html(found)
    for plan in found.plans:
        assert len(re.findall(rf"\bplan-{plan.rank}\b", text)) == 3
    ranked = text[text.index('<table id="ranked">') :]
    assert ranked[: ranked.index("</table>")].count("<tr") == len(found.plans) + 1


def test_plans_that_do_the_same_are_listed_once(found: result.Result) -> None:
    first, second = found.plans[:2]
    twin = msgspec.structs.replace(first, rank=3, plan="the same, past_future", regret={"costs +20 %": 0.1})
    rows, said = serving_rows.told_apart(msgspec.structs.replace(found, plans=[first, second, twin]))
    assert [row["rank"] for row in rows] == [1, 2] and said.endswith("rank 3.")
    quicker = msgspec.structs.replace(twin, e2e=msgspec.structs.replace(first.e2e, p99=0.9 * first.e2e.p99))
    assert serving_rows.told_apart(msgspec.structs.replace(found, plans=[first, second, quicker]))[1] == ""


def test_parameters_stand_beside_their_policy(found: result.Result) -> None:
    first = found.plans[0]
    told = msgspec.structs.replace(first.pools[0], policy="past_future", parameters={"reserve": 0.1})
    text = explorer.html(msgspec.structs.replace(found, plans=[msgspec.structs.replace(first, pools=[told]), *found.plans[1:]]))
    assert "past_future, reserve 0.1" in text


def test_text_can_not_end_the_script(found: result.Result) -> None:
    named = msgspec.structs.replace(found.plans[0], plan="</script><b>x")
    text = explorer.html(msgspec.structs.replace(found, plans=[named, *found.plans[1:]]))
    assert "<b>x" not in text and not Checker(text).unclosed


def test_plans_without_prices_stand_against_devices(found: result.Result) -> None:
    plans = [msgspec.structs.replace(plan, usd_per_h=0.0) for plan in found.plans]
    assert "against devices" in explorer.html(msgspec.structs.replace(found, plans=plans))


def test_a_page_is_written_whole_or_not_at_all(found: result.Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    explorer.write(found, tmp_path / "page.html")
    before = (tmp_path / "page.html").read_text()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_file.os, "replace", full)
    with pytest.raises(InputError, match="No space left"):
        explorer.write(found, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text() == before and len(list(tmp_path.iterdir())) == 1


PROBE = """
  const form = document.getElementById("goals");
  for (const [name, value] of Object.entries(GOALS)) form.elements[name].value = value;
  form.dispatchEvent(new Event("input", { bubbles: true }));
  return {
    ranks: [...document.querySelectorAll("#ranked tbody tr")].map((row) => Number(row.cells[0].textContent)),
    chosen: [...document.querySelectorAll("#ranked tr.chosen")].map((row) => Number(row.cells[0].textContent)),
    missed: [...document.querySelectorAll("#tradeoffs figure:first-of-type .missed")].length,
    verdict: document.getElementById("verdict").textContent,
  };
"""


@pytest.mark.parametrize(("objective", "ttft_ms", "tpot_ms"), [("", "30", ""), ("", "", "6"), ("", "0.001", "0.001"), ("", "", ""), ("energy", "50", "15")])
def test_in_a_real_browser_other_goals_rank_as_the_search_does(found: result.Result, tmp_path: Path, objective: str, ttft_ms: str, tpot_ms: str) -> None:
    goals = Goals(*(float(text) / 1e3 if text else math.inf for text in (ttft_ms, tpot_ms)))
    started = result.ranked_again(found, Goals(ttft_s=0.1, tpot_s=0.02), objective)
    again = result.ranked_again(started, goals, objective)
    explorer.write(started, tmp_path / "page.html")
    rank = {plan.plan: plan.rank for plan in started.plans}
    seen = in_chromium(tmp_path / "page.html", tmp_path, PROBE.replace("GOALS", json.dumps({"ttft_s": ttft_ms, "tpot_s": tpot_ms})))
    assert seen["problems"] == [] and seen["requests"] == [] and not seen["wider"]
    assert seen["ranks"] == [rank[plan.plan] for plan in again.plans] and seen["chosen"] == seen["ranks"][:1]
    assert seen["missed"] == (sum(not plan.meets_goals for plan in again.plans) if goals.any else 0)
    assert again.plans[0].plan in seen["verdict"]


@given(st.lists(st.tuples(FIGURES, st.one_of(FIGURES, st.just(math.inf))), max_size=20))
def test_a_picture_shows_every_finite_point_within_its_frame(values: list[tuple[float, float]]) -> None:
    points = [Point(rank + 1, x, y, rank % 2 == 0, rank % 3 == 0, f"<{rank}>") for rank, (x, y) in enumerate(values)]
    drawn = ElementTree.fromstring(tradeoff_picture.draw(points, WRITTEN, WRITTEN))
    dots = [dot for dot in drawn.iter("{http://www.w3.org/2000/svg}rect") if "data-tip" in dot.attrib]
    assert len(dots) == sum(math.isfinite(y) for _, y in values)
    assert all(0 <= float(dot.attrib["x"]) <= tradeoff_picture.WIDTH and 0 <= float(dot.attrib["y"]) <= tradeoff_picture.HEIGHT for dot in dots)


@given(st.lists(FIGURES, min_size=1, max_size=9))
def test_a_scale_keeps_order_and_its_ticks_lie_on_it(values: list[float]) -> None:
    scale = Scale.of(values)
    placed = [scale(value) for value in sorted(values)]
    assert placed == sorted(placed) and placed[0] >= 0 and placed[-1] <= 1 + 1e-9
    assert all(-1e-9 <= scale(tick) <= 1 + 1e-9 for tick in scale.ticks())
