"""Batching policies, their parameters and routers as dimensions of the search, after the plans that the first policy ranks.

Estimates and domination don't know policies, bounds hold for each of them. So each plan with each policy is a candidate like others; a plan whose bound shows that it can't be
better is left out under all of them. Without a limit on simulations every other candidate is simulated. With one:

1. the best plans (VARIED of them) are tried with devices that only encode images, where there are any (encode.py), and with each other policy;
2. parameters are tuned by steps (tuning.py), as long as one of them does better:
   - those of the best plan, and of other policies on it that have parameters of their own and do anything else than the first one there;
   - where the best keeps the goals, so that money decides, those of the plan that comes nearest to them for less, which might keep them then;
3. what is best then is tried with other routers.

Steps end in settings that no other next to them beats; the tests compare with whole grids.

Of a long workload all this is done with the first requests.
"""

from __future__ import annotations

from collections.abc import Sequence

from intarsia.planner.search import encode, outcome, tuning, variants
from intarsia.planner.search.compose import Candidate
from intarsia.planner.search.run import VARIED, Run, Simulate, Watch, simulate_all
from intarsia.planner.search.scenario import NORMAL, Scenario

HOPEFUL = 0.5
"""Of the share of requests that have to be good, what a cheaper plan must reach to be tuned."""


def vary(run: Run, simulate: Simulate, scenario: Scenario, watch: Watch) -> bool:
    """Adds to `run.done`; gives whether it was interrupted."""
    return Varying(run, simulate, scenario, watch).all()


class Varying:
    """The three rounds. `steps`: simulations of other settings; `others`: plans under other policies."""

    def __init__(self, run: Run, simulate: Simulate, scenario: Scenario, watch: Watch) -> None:
        self.run, self.simulate, self.scenario, self.watch = run, simulate, scenario, watch
        self.best = run.leader
        self.steps = 0
        self.others: dict[int, list[int]] = {}

    def all(self) -> bool:
        """Whether it was interrupted."""
        run, asked = self.run, self.run.asked
        self.others = {place: run.add(place, variants.policies(asked, run.candidates[place])) for place in range(len(run.candidates))}
        leaders = outcome.best(run.done.items(), asked.goals, run.options.objective)[:VARIED] if run.options.simulations else list(self.others)
        if self._round([place for leader in leaders for place in run.add(leader, encode.apart(asked, run.candidates[leader]))]):
            return True
        if self._round([place for leader in leaders for place in self.others[leader]]):
            return True
        if len(asked.choices.policies) > 1:
            self._say(len(leaders))
        if self._tune():
            return True
        return self._round(run.add(self.best, variants.routers(asked, run.candidates[self.best])))

    def _tune(self) -> bool:
        """Better settings for the plans that may gain by them. Gives whether it was interrupted."""
        before = self.best
        for start in self._starts() if self.run.options.tunings else ():
            if self._climb(start):
                return True
        if self.steps:
            self.run.tried.append(_words(self.run.candidates[before], self.run.candidates[self.best], self.steps))
        return False

    def _starts(self) -> list[int]:
        """The best plan, and its other policies that have parameters of their own and do anything else. Where money alone decides, as the best keeps the goals, no setting of it
        makes it cheaper: then the nearest plan for less money, if it isn't far off."""
        run = self.run
        known = run.done
        best, goals = known[self.best], run.asked.goals
        if goals.any and best.meets(goals) and not run.options.objective:
            cheaper = [place for place, found in known.items() if found.usd_per_h < best.usd_per_h and found.good >= HOPEFUL * goals.percentile / 100]
            return sorted(cheaper, key=lambda place: (-known[place].good, known[place].usd_per_h, place))[:1]
        family = next(([plan, *others] for plan, others in self.others.items() if self.best in (plan, *others)), [self.best])
        others = [place for place in family if place != self.best and place in known and known[place] != known.get(family[0])]
        return [self.best, *(place for place in others if tuning.has_own(run.candidates[place]))]

    def _climb(self, here: int) -> bool:
        """Steps from a plan, to the best of all next to it, until none is better. Gives whether it was interrupted."""
        run = self.run
        tried = {run.candidates[place].deployment for place in self.run.done}
        while True:
            more = [plan for plan in tuning.moves(run.asked, run.candidates[here], self.run.done[here]) if plan.deployment not in tried]
            more = more[: max(0, run.options.tunings - self.steps)] if run.options.simulations else more
            if not more or run.late:
                return False
            tried |= {plan.deployment for plan in more}
            places = self._places(here, more)
            self.steps += len(places)
            if self._round(places):
                return True
            there = self._best_of([here, *(place for place in places if place in self.run.done)])
            if there == here:
                return False
            here = there

    def _places(self, like: int, plans: Sequence[Candidate]) -> list[int]:
        """Where plans are among the candidates, or come to be."""
        known = {plan.deployment: place for place, plan in enumerate(self.run.candidates) if _made_like(plan, plans[0])}
        return [known[plan.deployment] if plan.deployment in known else self.run.add(like, [plan])[0] for plan in plans]

    def _best_of(self, places: Sequence[int]) -> int:
        """The best of some plans that were simulated; the first of those that are about as good."""
        goals, objective = self.run.asked.goals, self.run.options.objective
        return min(places, key=lambda place: (outcome.key(self.run.done[place], goals, objective)[:3], places.index(place)))

    @property
    def policy(self) -> str:
        """Of the best plan so far."""
        return next(part.design.replica.policy for part in self.run.candidates[self.best].parts if part.role != "encode")

    def _round(self, places: Sequence[int]) -> bool:
        """Candidates are tried; `best` is the best of them and of what was the best. Gives whether it was interrupted."""
        run = self.run
        if not places or run.late:
            return False
        before = set(run.done)
        run.order, run.most = list(places), 0
        interrupted = simulate_all(run, self.simulate, self.scenario, self.watch)
        self._learn([place for place in run.done if place not in before])
        return interrupted

    def _learn(self, new: Sequence[int]) -> None:
        done, goals, objective = self.run.done, self.run.asked.goals, self.run.options.objective
        for place in outcome.best([(place, done[place]) for place in new], goals, objective)[:1]:
            if outcome.key(done[place], goals, objective)[:2] < outcome.key(done[self.best], goals, objective)[:2]:
                self.best = place

    def _say(self, leaders: int) -> None:
        """What was tried on what."""
        names = self.run.asked.choices.policies
        plans = "every plan that bounds leave open" if not self.run.options.simulations else f"the {leaders} best plans" if leaders > 1 else "the best plan"
        first = ", with the first requests" if self.scenario != NORMAL else ""
        best = "none did better" if self.policy == names[0] else f"{self.policy} did best"
        self.run.tried.append(f"{' and '.join(names[1:])} instead of {names[0]} were tried on {plans}{first}: {best}.")


def _made_like(one: Candidate, other: Candidate) -> bool:
    """The same numbers of the same layouts, whatever their policies are told."""
    return [(part.count, part.design.steps) for part in one.parts] == [(part.count, part.design.steps) for part in other.parts]


def _words(before: Candidate, after: Candidate, steps: int) -> str:
    """What became of tuning, as a sentence."""
    changed = [change for a, b in zip(before.parts, after.parts, strict=False) for change in tuning.changes(a.design.replica, b.design.replica)]
    result = f"{' and '.join(changed)} did best" if changed else "another plan did best" if before.parts != after.parts else "none did better"
    return f"{steps} other settings of policies' parameters were tried by steps: {result}."
