"""A cluster that changes while it serves: running requests migrate between replicas, and replicas change the stages that they serve.

>>> simulate_cluster(load, deployment, rescheduler=Llumnix())
"""

from __future__ import annotations

from intarsia.errors import InputError
from intarsia.planner.simulate.load import Load
from intarsia.planner.simulate.metrics import Report
from intarsia.planner.simulate.serving import Deployment
from intarsia.planner.simulate.simulator import DELIVER, Simulation
from intarsia.runtime.scheduler.cluster import DECODE, Migration, Replica, Rescheduler, RoleSwitcher, Router

HANDOVER, RESCHEDULE, SWITCH = 7, 8, 9
"""Kinds of events: after the ends of iterations, before decisions on the next ones."""


def simulate_cluster(
    load: Load, deployment: Deployment, *, rescheduler: Rescheduler | None = None, roles: RoleSwitcher | None = None, router: Router | None = None, ahead: bool = True
) -> Report:
    """Serve a load while a rescheduler moves requests and a role switcher changes replicas' stages; `router` in place of the deployment's, where requests begin.

    A migration is live (Llumnix, section 4.2): KV is copied over the deployment's link while the request decodes on; when that is done, it leaves at the end of the
    iteration under way, and stands still until the tokens that came meanwhile are copied. Raises what `simulate` raises, and InputError for migration without a link.
    """
    simulation = Cluster(load, deployment, rescheduler, roles, ahead=ahead)
    if router is not None:
        simulation.routers = {stage: each if stage == DECODE else router for stage, each in simulation.routers.items()}
    simulation.run()
    return simulation.report()


class Cluster(Simulation):
    """A simulation with two more kinds of decisions, each asked for in its own period."""

    def __init__(self, load: Load, deployment: Deployment, rescheduler: Rescheduler | None = None, roles: RoleSwitcher | None = None, *, ahead: bool = True) -> None:
        super().__init__(load, deployment, ahead=ahead)
        if rescheduler is not None and deployment.link is None:
            raise InputError("migration needs a link over which KV caches leave", mend="give Deployment.link")
        self.rescheduler, self.roles = rescheduler, roles
        self.handlers |= {HANDOVER: self._hand_over, RESCHEDULE: self._reschedule, SWITCH: self._switch}
        self.migrations: list[Migration] = []
        self.switches = 0
        self._moving: set[int] = set()
        for policy, kind in ((rescheduler, RESCHEDULE), (roles, SWITCH)):
            if policy is not None:
                self.push(policy.period_s, kind, policy.period_s)

    def _seen(self, now: float) -> list[Replica]:
        """All replicas as they are."""
        self.end_all(now)
        for engine in self.engines:
            engine.catch_up(now)
        return [self.view(number) for number in range(len(self.places))]

    def _reschedule(self, now: float, period_s: float, _: int) -> None:
        assert self.rescheduler is not None
        for move in self.rescheduler.migrate(self._seen(now), now):
            if move.request.id not in self._moving:
                self._moving.add(move.request.id)
                self.migrations.append(move)
                self.push(now + self._copy_s(move.source, move.request.computed), HANDOVER, move)
        self._again(now, period_s, RESCHEDULE)

    def _switch(self, now: float, period_s: float, _: int) -> None:
        assert self.roles is not None
        for number, stages in self.roles.switch(self._seen(now), now):
            self.places[number].engine.serve(stages)
            self.switches += 1
            self.able.clear()
        self._again(now, period_s, SWITCH)

    def _again(self, now: float, period_s: float, kind: int) -> None:
        """Ask once more, unless nothing else can happen: requests that are left then are told of by `run`."""
        if self.undone and any(other not in (RESCHEDULE, SWITCH) for _, other, *_ in self.events):
            self.push(now + period_s, kind, period_s)

    def _copy_s(self, source: int, tokens: int) -> float:
        link, replica = self.deployment.link, self.places[source].engine.replica
        assert link is not None
        return link.latency_s + tokens * replica.kv_token_bytes / link.bandwidth

    def _hand_over(self, now: float, move: Migration, _: int) -> None:
        """The copy has caught up: the request leaves at the end of the iteration under way, unless it has ended or was preempted meanwhile."""
        place, request = self.places[move.source], move.request
        if not place.engine.waits(place.scheduler):
            before = place.engine.until
            self.push(place.engine.cut(now, place.scheduler), HANDOVER, move)
            if place.engine.until != before:
                self.watch(place.engine)
            return
        self._moving.discard(request.id)
        if request in place.scheduler.running and request.known - request.computed == 1:
            self.moved_bytes += request.computed * place.engine.replica.kv_token_bytes
            place.scheduler.send(request)
            self.push(now + self._copy_s(move.source, 1), DELIVER, (self.places[move.target], self.states[request.id]))
