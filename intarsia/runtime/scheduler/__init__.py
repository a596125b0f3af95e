"""Which requests run, iteration by iteration: data and policies that know no clock, so that a runtime and a simulator share them."""

from intarsia.runtime.scheduler.parameters import Parameter, parameter, parameters
from intarsia.runtime.scheduler.policy import POLICIES, Policy, check_parameters, check_runtime, make_policy, policy_class
from intarsia.runtime.scheduler.request import Batch, Chunk, Hints, Request
from intarsia.runtime.scheduler.scheduler import Scheduler

__all__ = [
    "POLICIES", "Batch", "Chunk", "Hints", "Parameter", "Policy", "Request", "Scheduler",
    "check_parameters", "check_runtime", "make_policy", "parameter", "parameters", "policy_class",
]  # fmt: skip
