"""Batching policies and routers as dimensions of the search, after the plans that the first policy ranks.

Estimates and domination don't know policies, bounds hold for each of them. So each plan with each policy is a candidate like others; a plan whose bound shows that it can't be
better is left out under all of them. Without a limit on simulations every other candidate is simulated. With one:

1. the best plans (LEADERS of them) are tried with each other policy;
2. if one does better, its plan is tried with the policy's other settings (chunks, batch limits), which estimates ranked under the first policy alone;
3. what is best then is tried with other routers.

Of a long workload all this is done with the first requests, and what is best there gets all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from intarsia.planner.search import outcome, variants
from intarsia.planner.search.outcome import Outcome
from intarsia.planner.search.run import Run, Simulate, Watch, simulate_all
from intarsia.planner.search.scenario import NORMAL, Scenario

LEADERS = 3


def vary(run: Run, simulate: Simulate, watch: Watch) -> bool:
    """Fills `run.done`; gives whether it was interrupted."""
    return Varying(run, simulate, watch).all()


class Varying:
    """The three rounds. `known`: outcomes that are compared, of all requests or of the first ones."""

    def __init__(self, run: Run, simulate: Simulate, watch: Watch) -> None:
        self.run, self.simulate, self.watch = run, simulate, watch
        requests = run.options.scouting(len(run.asked.workload))
        self.scenario = Scenario(requests=requests) if requests else NORMAL
        self.known = run.seen if requests else run.done
        self.best = run.leader

    def all(self) -> bool:
        """Whether it was interrupted."""
        run, asked = self.run, self.run.asked
        others = {place: run.add(place, variants.policies(asked, run.candidates[place]), alike=True) for place in range(len(run.candidates))}
        leaders = outcome.best(run.done.items(), asked.goals, run.options.objective)[:LEADERS] if run.options.simulations else list(others)
        if self._round([place for leader in leaders for place in others[leader]]):
            return True
        if len(asked.choices.policies) > 1:
            self._say(len(leaders))
            if self.policy != asked.choices.policies[0] and self._round(run.add(self.best, list(variants.settings(asked, run.candidates[self.best])))):
                return True
        if self._round(run.add(self.best, variants.routers(asked, run.candidates[self.best]), alike=True)):
            return True
        if self.scenario == NORMAL or self.best in run.done or run.late:
            return False
        run.order, run.most = [self.best], 0
        return simulate_all(run, self.simulate, NORMAL, self.watch)

    @property
    def policy(self) -> str:
        """Of the best plan so far."""
        return self.run.candidates[self.best].parts[0].design.replica.policy

    def _round(self, places: Sequence[int]) -> bool:
        """Candidates are tried; `best` is the best of them and of what was the best. Gives whether it was interrupted."""
        run = self.run
        if not places or run.late:
            return False
        whole, run.done = run.done, dict(self.known)
        before = set(run.done)
        run.order, run.most = list(places), 0
        interrupted = simulate_all(run, self.simulate, self.scenario, self.watch)
        self._learn({place: found for place, found in run.done.items() if place not in before})
        run.done = self.known if self.scenario == NORMAL else whole
        return interrupted

    def _learn(self, found: dict[int, Outcome]) -> None:
        self.known.update(found)
        goals, objective = self.run.asked.goals, self.run.options.objective
        for place in outcome.best(found.items(), goals, objective)[:1]:
            if outcome.key(found[place], goals, objective)[:2] < outcome.key(self.known[self.best], goals, objective)[:2]:
                self.best = place

    def _say(self, leaders: int) -> None:
        """What was tried on what."""
        names = self.run.asked.choices.policies
        plans = "every plan that bounds leave open" if not self.run.options.simulations else f"the {leaders} best plans" if leaders > 1 else "the best plan"
        first = ", with the first requests" if self.scenario != NORMAL else ""
        best = "none did better" if self.policy == names[0] else f"{self.policy} did best, and its other settings were tried on that plan"
        self.run.tried.append(f"{' and '.join(names[1:])} instead of {names[0]} were tried on {plans}{first}: {best}.")
