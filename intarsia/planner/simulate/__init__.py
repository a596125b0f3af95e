"""The serving simulator: iteration by iteration, with the runtime's own schedulers and a cost model's clock."""

from intarsia.planner.simulate.load import Job, Load, program
from intarsia.planner.simulate.metrics import Report
from intarsia.planner.simulate.serving import Deployment, Host, Link, Pool, Replica, Stage, Tier
from intarsia.planner.simulate.simulator import simulate

__all__ = ["Deployment", "Host", "Job", "Link", "Load", "Pool", "Replica", "Report", "Stage", "Tier", "program", "simulate"]
