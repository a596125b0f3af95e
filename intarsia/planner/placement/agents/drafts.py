"""Placing by way of the outline: which pools, and how many replicas of each, before which task goes where.

    outline ─▶ pools too slow for the goal, even with room for all? ── yes ─▶ one of the others must be open (opening.py) ─▶ outline
                  └─ no ─▶ tasks to these pools, as quick as may be ─▶ judge: keeps the goal? ── yes ─▶ best so far
                                                                          └─ no ─▶ outline at a pace, by bisection the slowest that the judge accepts

The outline's optimum, without a pace, is the bound. Its choices are divided while replicas are whole, so that it is a hundredth as large as the whole program.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from intarsia.errors import InfeasibleError
from intarsia.planner.ilp import solver
from intarsia.planner.ilp.model import Model, label, total
from intarsia.planner.ilp.solver import Answer
from intarsia.planner.placement.agents import kinds, moments, paths
from intarsia.planner.placement.agents import program as programs
from intarsia.planner.placement.agents.cuts import Cutter
from intarsia.planner.placement.agents.greedy import counted, greedy
from intarsia.planner.placement.agents.improve import Improver
from intarsia.planner.placement.agents.opening import Opening
from intarsia.planner.placement.agents.outcome import Assessor, Choice, Found, chosen_ways, durations
from intarsia.planner.placement.agents.outline import Divided, Relaxed, program_of
from intarsia.planner.placement.agents.parts import Parts
from intarsia.planner.placement.agents.paths import Path
from intarsia.planner.placement.agents.problem import Problem, Way, among
from intarsia.planner.placement.agents.variables import Program
from intarsia.planner.validate import agents as judge

FEW_TASKS = 20
"""Of fewer tasks the whole program is solved as soon as the outline."""
MANY_WAYS = 4000
"""From so many on, the whole program is not solved."""
SAMPLES = 2000
BOUND_SHARE, CUT_SHARE = 0.3, 0.1
"""Of the time: for the outline without a pace, and for each round of cuts on pools."""
PACES = 6
USED = 0.02
"""Replicas in the relaxation from which on a pool counts as used."""
FIRST_PACE, NEAR_PACE = 0.995, 0.003
USUAL_PACE, CAREFUL, DRAW_SHARE = 0.9, 0.975, 0.3
"""Of the goal, the first mean without a placement to learn from; of what a placement says, the first mean of a large problem; of a pace's time, for the outline."""
ROOM = 0.01
"""How much more of the objective than the outline's a placement may take, to be quick."""
REALISED_GAP, DIVIDED_GAP = 0.005, 0.01
FIRST_SHARE, PARTS_SHARE = 0.08, 0.85
"""Of the time that is left: to make the greedy placement better, and then for the problem's parts."""
DEARER = 1.5
"""How much more a second is worth than the outline says, which may divide replicas over tasks."""
PRICES, COMBINATIONS = 6, 6
"""Prices of a second at which parts are asked, and combinations of what they say that are judged after each."""


@dataclass(frozen=True)
class Draft:
    """Replicas of each pool in use, what the outline's objective came to with them, and its mean seconds."""

    replicas: Mapping[str, int]
    value: float
    length_s: float


@dataclass
class Drafter:
    """Drafts of one problem and the best placement that came of them. `closed`: sets of pools of which one at least must be open."""

    problem: Problem
    objective: str
    caps: Mapping[str, float]
    time_limit_s: float
    gap: float
    assessor: Assessor
    best: Choice | None = None
    value: float = math.inf
    bound: float = -math.inf
    solves: int = 0
    answer: Answer | None = None
    closed: list[frozenset[str]] = field(default_factory=list)
    relaxed: Program | None = None
    _allowed_s: float = math.inf
    _worth: set[str] = field(default_factory=set)
    _opened: list[frozenset[str]] = field(default_factory=list)

    def run(self) -> None:
        """Raises nothing: where the outline has no solution there is no draft, and the whole program says why."""
        self._ends = time.monotonic() + self.time_limit_s
        self._begin()
        if self._separable:
            price = self._first_price()
            self._improve(time.monotonic() + FIRST_SHARE * self._left())
            self._by_parts(price)
            self._improve(self._ends)
            return
        self._outline()
        self._opening = Opening(self.problem, Cutter(self.problem, self.assessor), CUT_SHARE * self.time_limit_s) if self.problem.goals.limited else None
        draft = self._bounding(BOUND_SHARE * self.time_limit_s)
        if draft is None or self.near:
            return
        if not self.problem.goals.limited:
            self._try(draft, self._left())
            return
        self._pace(self._first_pace(draft), draft.length_s)
        if many(self.problem):
            self._improve(self._ends)
        if not self.near and not many(self.problem) and self._left() > 1:
            draft = self._bounding(self._left())
            if draft is not None and not self.near:
                self._try(draft, max(1.0, self._left()))

    @property
    def _separable(self) -> bool:
        """Whether the end-to-end goal is all that ties the parts of a large problem together."""
        return many(self.problem) and self.objective != "latency" and not self.caps and self.problem.goals.late_usd_per_s is None

    def _by_parts(self, price: float) -> None:
        """Bounds, and placements that the parts' choices at several prices of a second make together."""
        ways = chosen_ways(self.problem, self.best) if self.best else {task.name: task.ways[0] for task in self.problem.tasks}
        made = Parts(self.problem, self.objective, self._path(ways))
        limit, until = self._limit_s, time.monotonic() + PARTS_SHARE * self._left()
        self._allowed_s = self._first_allowed_s(made)
        for number in range(PRICES if self.problem.goals.limited else 1):
            try:
                self.bound = max(self.bound, made.bound(price, limit, until))
            except InfeasibleError:  # the whole program says why
                return
            self._combine(made, limit)
            if self.near or time.monotonic() > until:
                break
            price = made.price(limit if number % 2 else min(limit, self._allowed_s), price)

    def _path(self, ways: Mapping[str, Way]) -> Path:
        return paths.path(self.problem.graph, {name: sum(part.mean for part in parts) for name, parts in durations(self.problem, ways).items()})

    def _first_allowed_s(self, made: Parts) -> float:
        """Seconds of the path that could keep the goal: as many as the greedy placement would take if it just kept it."""
        goal, level = self.problem.goals.e2e_s or 0.0, self.problem.goals.quantile
        if not self.problem.goals.limited or self.best is None:
            return USUAL_PACE * goal if self.problem.goals.limited else math.inf
        ways = chosen_ways(self.problem, self.best)
        reached = self.assessor.percentiles(ways, (level,))[level] if level else self.assessor.mean(ways)
        return made.seconds_of(ways) * goal / max(reached, 1e-12)

    @property
    def _limit_s(self) -> float:
        """The most that the mean may be."""
        return (self.problem.goals.e2e_s or 0.0) + moments.slack(self.problem) if self.problem.goals.limited else math.inf

    def _first_price(self) -> float:
        """Of a second, in units of the objective: what the outline saves by a little more time. The pools that it uses are worth a try."""
        relaxed = program_of(kinds.outline(self.problem, chosen_ways(self.problem, self.best) if self.best else None), self.objective, self.caps, Relaxed)
        values = []
        limit = self._limit_s
        for share in (1.0, FIRST_PACE) if self.problem.goals.limited else (1.0,):
            if self.problem.goals.limited:
                relaxed.model.rules["pace"] = relaxed.length <= share * limit
            answer = self._solve(relaxed, self._left(), self.gap)
            values.append(answer.objective if answer.found else math.nan)
            self._worth |= {name for name, n in relaxed.n.items() if solver.value(n) >= USED}
        if not self.problem.goals.limited:
            return 0.0
        slope = (values[1] - values[0]) / ((1 - FIRST_PACE) * limit)
        return DEARER * slope if slope > 0 else 0.0

    def _combine(self, made: Parts, limit: float) -> None:
        """Judges the best combination of the parts' choices that could keep the goal, by what the last one took at its percentile; again until there is no other."""
        tried: list[Choice] = []
        for _ in range(COMBINATIONS):
            combined = made.combined(min(limit, self._allowed_s))
            choice = counted(self.problem, chosen_ways(self.problem, combined)) if combined else None
            if choice is None or choice in tried or self._left() <= 0:
                return
            tried.append(choice)
            self._worth |= set(choice.replicas)
            reached, ways = self._judged(choice), chosen_ways(self.problem, choice)
            if self.problem.goals.limited:
                made.recount(self._path(ways))
                self._allowed_s = made.seconds_of(ways) / reached * (FIRST_PACE if reached > 1 else 1.0)

    def _improve(self, ends: float) -> None:
        """The best so far, a part at a time, until `ends` (of time.monotonic)."""
        if self.best is None or self.near or self._left() <= 0:
            return
        improver = Improver(self.problem, self.objective, self.caps, self.assessor, frozenset(self._worth), self.best, self.value)
        improver.run(ends)
        self.best, self.value, self.solves = improver.best, improver.value, self.solves + improver.solves

    def _outline(self) -> None:
        """The outline's program; of a large problem one without transfers gives the bound, and one without whole numbers says which pools are worth it."""
        reference = chosen_ways(self.problem, self.best) if self.best else None
        drawn = kinds.outline(self.problem, reference)
        self.program = program_of(drawn, self.objective, self.caps, Divided)
        self.bounding = self.program
        if many(self.problem):
            self.relaxed = program_of(drawn, self.objective, self.caps, Relaxed)
            self.bounding = program_of(kinds.outline(self.problem, reference, transfers=False), self.objective, self.caps, Divided)

    def _first_pace(self, draft: Draft) -> float:
        """The outline's mean as it is, or of a large problem that which leaves as much between mean and percentile as the greedy placement does."""
        goal, level = self.problem.goals.e2e_s or 0.0, self.problem.goals.quantile
        if not many(self.problem):
            return draft.length_s
        if self.best is None or level is None:
            return USUAL_PACE * goal
        ways = chosen_ways(self.problem, self.best)
        return min(draft.length_s, CAREFUL * self.assessor.mean(ways) * goal / max(self.assessor.percentiles(ways, (level,))[level], 1e-12))

    def _begin(self) -> None:
        """The greedy placement is the best so far, if the independent judge has nothing against it."""
        start = None if self.caps else greedy(self.problem, self.assessor)
        if start is not None and not any(judge.problems(self.problem, start, samples=SAMPLES)):
            self.best, self.value = start, self.assessor.figures(start).of(self.objective)

    def _left(self) -> float:
        return self._ends - time.monotonic()

    @property
    def near(self) -> bool:
        return self.best is not None and self.value - self.bound <= self.gap * max(abs(self.value), 1e-12)

    def _bounding(self, seconds: float) -> Draft | None:
        """The outline, with cuts on pools until those that it opens could keep the goal, or time is up."""
        until = time.monotonic() + seconds
        while True:
            draft = self._draw(None, max(1.0, until - time.monotonic()), self.gap / 2)
            if draft is None or self._opening is None or time.monotonic() > until or self.near:
                return draft
            found = self._opening.closed(frozenset(draft.replicas))
            if not found:
                return draft
            if not all(found):
                return None
            for pools in found:
                self.closed.append(pools)
                for program in {id(each): each for each in (self.program, self.bounding)}.values():
                    program.model.rule(f"open[{len(self.closed)}]", total((1.0, program.n[pool]) for pool in pools) >= 1)

    def _draw(self, pace_s: float | None, time_limit_s: float, gap: float) -> Draft | None:
        """The outline's replicas; without a pace its bound is one for the problem. Of a large one at a pace, only pools that the relaxation uses may be open."""
        program = self.bounding if pace_s is None else self.program
        extra = {} if pace_s is None else {"pace": program.length <= pace_s}
        if pace_s is not None and math.isfinite(self.value):
            extra["better"] = program.model.objective <= self.value * (1 - gap)
        if pace_s is not None and self.relaxed is not None:
            self.relaxed.model.rules["pace"] = self.relaxed.length <= pace_s
            if self._solve(self.relaxed, time_limit_s, gap).found:
                self._worth |= {name for name, n in self.relaxed.n.items() if solver.value(n) >= USED}
                extra |= {f"unused_{number}": program.n[name] == 0 for number, (name, n) in enumerate(self.relaxed.n.items()) if solver.value(n) < USED}
        program.model.rules |= extra
        answer = self._solve(program, time_limit_s, gap)
        for rule in extra:
            del program.model.rules[rule]
        if pace_s is None and answer.found:
            self.answer = answer
            self.bound = max(self.bound, answer.bound) if math.isfinite(answer.bound) else self.bound
        if not answer.found:
            return None
        counts = {name: solver.integer(variable) for name, variable in program.n.items()}
        return Draft({name: count for name, count in counts.items() if count}, answer.objective, float(program.length.value() or 0.0))

    def _try(self, draft: Draft, seconds: float) -> float:
        """Places tasks as drafted; what the placement takes at its percentile, as a share of the goal. At most 1: it is kept, and the best so far if it is."""
        self._opened = [*self._opened[-1:], frozenset(draft.replicas)]
        self._worth |= set(draft.replicas)
        choice = self._realised(draft, seconds)
        if choice is None:
            return math.nan
        return self._judged(choice)

    def _judged(self, choice: Choice) -> float:
        """What a placement takes at its percentile, as a share of the goal. At most 1: it is kept, and the best so far if it is."""
        ways = chosen_ways(self.problem, choice)
        level, goal = self.problem.goals.quantile, self.problem.goals.e2e_s or math.inf
        reached = (self.assessor.percentiles(ways, (level,))[level] if level else self.assessor.mean(ways)) / goal
        if self.problem.goals.limited and not self.assessor.keeps(ways):
            return max(1.0 + 1e-6, reached)
        self._take(choice)
        fewer = None if self.caps else counted(self.problem, ways)
        if fewer is not None and fewer.replicas != choice.replicas and not any(judge.problems(self.problem, fewer, samples=SAMPLES)):
            self._take(fewer)
        return min(1.0, reached)

    def _realised(self, draft: Draft, seconds: float) -> Choice | None:
        """Whole tasks in the draft's pools, as quick as its replicas allow. Where these don't suffice, or there are too many tasks to know, first more replicas, tasks divided."""
        if not many(self.problem):
            choice = self._quickest(draft.replicas, draft.value * (1 + ROOM), max(2.0, 0.5 * seconds))
            if choice is not None:
                return choice
        pools = frozenset().union(*self._opened, self.best.replicas if self.best else ())
        program = self._narrowed(pools, divided=True)
        program.model.rule("pace", program.length <= draft.length_s)
        answer = self._solve(program, max(2.0, 0.6 * seconds), DIVIDED_GAP)
        if not answer.found:
            return None
        replicas = {name: solver.integer(variable) for name, variable in program.n.items()}
        return self._quickest({name: count for name, count in replicas.items() if count}, answer.objective * (1 + ROOM), max(2.0, 0.4 * seconds))

    def _narrowed(self, pools: frozenset[str], divided: bool) -> Program:
        narrow = among(self.problem, pools)
        return programs.build(narrow, self.objective, caps=self.caps, model=(Divided if divided else Model)(narrow.name))

    def _quickest(self, replicas: Mapping[str, int], value: float, seconds: float) -> Choice | None:
        """The quickest placement of whole tasks with so many replicas of so much of the objective; or, where there is none, with one more of some, the best."""
        program = self._narrowed(frozenset(replicas), divided=False)
        model, first = program.model, (program.model.objective, program.model.objective_name)
        for name, variable in program.n.items():
            model.rule(f"as_drafted[{name}]", variable == replicas.get(name, 0))
        model.rule("little_more", first[0] <= value + 1e-9)
        model.limits.pop(programs.END_TO_END, None)
        model.minimize(program.length, "length")
        if self._solve(program, seconds, REALISED_GAP).found:
            return programs.choice_of(program)
        del model.rules["little_more"]
        for name, variable in program.n.items():
            model.rules[label(f"as_drafted[{name}]")] = variable >= replicas.get(name, 0)
        weight = float(value) / max(self.problem.goals.e2e_s or 1.0, 1e-9)
        model.minimize(first[0] + weight * program.length, "objective_and_length")
        return programs.choice_of(program) if self._solve(program, seconds, REALISED_GAP).found else None

    def _solve(self, program: Program, seconds: float, gap: float) -> Answer:
        self.solves += 1
        return solver.solve(program.model, time_limit_s=seconds, gap=gap)

    def _take(self, choice: Choice) -> None:
        """The best so far, if it is."""
        if (value := self.assessor.figures(choice).of(self.objective)) < self.value:
            self.best, self.value = choice, value

    def found(self, seconds: float) -> Found:
        """The best so far, which there must be."""
        assert self.best is not None
        answer = self.answer or Answer("unknown", "", 0.0, 0, 0)
        figures, bound = self.assessor.figures(self.best), min(self.bound, self.value)
        return Found(
            self.best, figures, self.objective, self.value, bound, seconds, answer.solver, self.solves, len(self.closed), answer.variables, answer.constraints, (self._note(),),
        )  # fmt: skip

    def _note(self) -> str:
        if self._separable:
            return f"{len(self.problem.tasks)} tasks planned in parts that share no pool, at several prices of a second"
        return f"{len(self.problem.tasks)} tasks planned as {len(self.program.problem.tasks)} kinds, then one by one"

    def _pace(self, pace_s: float, slowest_s: float) -> None:
        """Holds the outline's mean to a pace, then to one as much slower or quicker as the placement kept or missed the goal, by bisection where that leads back."""
        quick, slow, before = 0.0, slowest_s * (1 + 1e-9), self.value
        for number in range(PACES):
            if self._left() <= 0 or self.near or (self.value < before and many(self.problem)):
                break
            share = max(1.0, self._left() / min(PACES - number, 3))
            found = self._draw(pace_s, DRAW_SHARE * share, max(self.gap / 2, REALISED_GAP))
            excess = math.nan if found is None else self._try(found, (1 - DRAW_SHARE) * share)
            if excess > 1:
                slow = pace_s
            else:
                quick = pace_s
            following = pace_s / excess * FIRST_PACE if excess > 0 else (quick + slow) / 2
            if not quick < following < slow:
                following = (quick + slow) / 2
            if abs(following - pace_s) < NEAR_PACE * pace_s or slow - quick < NEAR_PACE * slow:
                break
            pace_s = following


def worth(problem: Problem) -> bool:
    """Whether there are so many tasks that the outline is worth its time."""
    return len(problem.tasks) >= FEW_TASKS


def many(problem: Problem) -> bool:
    """Whether there are too many ways for the whole program."""
    return sum(len(task.ways) for task in problem.tasks) >= MANY_WAYS
