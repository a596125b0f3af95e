"""What a scheduling policy is, and the table of policies by name."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

from intarsia.errors import InputError, UnsupportedError
from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler.parameters import Checked, Parameter, parameters
from intarsia.runtime.scheduler.request import Batch, Request

HERE = "intarsia.runtime.scheduler"
POLICIES = {
    "fcfs_chunked_prefill": f"{HERE}.fcfs_chunked_prefill:FcfsChunkedPrefill",
    "static_batching": f"{HERE}.static_batching:StaticBatching",
    "continuous_batching": f"{HERE}.continuous_batching:ContinuousBatching",
    "dynamic_splitfuse": f"{HERE}.dynamic_splitfuse:DynamicSplitFuse",
    "layered_prefill": f"{HERE}.layered_prefill:LayeredPrefill",
    "past_future": f"{HERE}.past_future:PastFuture",
    "batchllm": f"{HERE}.batchllm:BatchLlm",
    "continuum": f"{HERE}.continuum:Continuum",
    "jitserve": f"{HERE}.jitserve:JitServe",
    "hexgen_flow": f"{HERE}.hexgen_flow:HexGenFlow",
    "fastswitch": f"{HERE}.fastswitch:FastSwitch",
    "encode_only": f"{HERE}.encode_only:EncodeOnly",
}
"""Name (as in `plan.deploy`) to module and class."""
OTHERS = {
    "llumnix": ("cluster", f"{HERE}.llumnix:Llumnix"),
    "xllm": ("cluster", f"{HERE}.xllm:Xllm"),
    "janus": ("experts", f"{HERE}.janus:Janus"),
    "hybrimoe": ("experts", f"{HERE}.hybrimoe:HybriMoe"),
}
"""Policies that decide on more or less than one replica's batch: name to what they decide on, and class."""
LIMITS = {"max_batch_tokens": "--chunk-tokens", "max_sequences": "--max-sequences"}
"""Parameters that every policy has, and how users give them."""
ALWAYS = 1 << 40
"""Iterations enough for any run."""


class Policy(Checked):
    """Decides one iteration. A policy is a frozen dataclass: its fields are its parameters (`parameter`), checked when it is made.

    State that it keeps lives in fields with init=False, so each scheduler has a policy of its own. It takes pages from `kv` (`admit`, `grow`)
    and gives them back (`evict`, `swap_out`), but leaves both queues as they are: the Scheduler moves requests between them by what the Batch
    says. `running` is in order of admission, oldest first. `now` is in seconds. `needs` names what a runtime must be able to do: "swap", "layers".
    `cuts`: a prompt is cut where an iteration's tokens end, so they are used up before anything has to wait for them.
    """

    needs: frozenset[str] = frozenset()
    cuts: ClassVar[bool] = True

    @classmethod
    def together(cls, told: Mapping[str, Any]) -> int:
        """Most tokens for which weights are read once, of a policy that is told these parameters: those of an iteration. A plan search's bounds need it."""
        return int(told["max_batch_tokens"])

    def schedule(self, now: float, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> Batch:
        raise NotImplementedError

    def steady(self, batch: Batch, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> int:
        """How many more iterations it would decide like `batch` (decided, not yet run), each chunk going on where it ended with as many tokens.

        It may count on this: no request arrives, ends or is cancelled; pages suffice; no partial chunk reaches its request's end; no chunk of
        several tokens gave a first token; `batch.until` is not reached. 0, the default, is always right: it is then asked each time.
        """
        return 0

    def added(self, request: Request, now: float) -> None:
        """A request has come into the waiting queue."""

    def finished(self, request: Request, now: float) -> None:
        """A request has ended, or was cancelled. Called before its pages are given back."""

    def moved(self, request: Request) -> None:
        """A request goes to another scheduler. Called before its pages are given back."""

    def hold_s(self, request: Request, now: float) -> float:
        """Seconds for which an ended request's KV cache is kept for the next turn of its session."""
        return 0.0


@dataclass(frozen=True)
class Listed:
    """A policy as a list shows it. `decides`: on a batch, a cluster, or experts. `runs`: the runtime can run it, and not the simulator alone."""

    name: str
    decides: str
    summary: str
    source: str
    runs: bool
    parameters: tuple[Parameter, ...]


def listed() -> list[Listed]:
    """Every policy."""
    found = [(name, "batch", path) for name, path in POLICIES.items()] + [(name, *other) for name, other in OTHERS.items()]
    return [_listed(name, decides, _load(path)) for name, decides, path in found]


def _listed(name: str, decides: str, cls: type[Any]) -> Listed:
    head = (import_module(cls.__module__).__doc__ or "").partition("\n\n")[0]
    return Listed(name, decides, (cls.__doc__ or "").partition("\n")[0], " ".join(head.split()), decides == "batch" and not cls.needs, parameters(cls))


def _load(path: str) -> type[Any]:
    module, _, cls = path.partition(":")
    found: type[Any] = getattr(import_module(module), cls)
    return found


def policy_class(name: str) -> type[Policy]:
    """The class of the policy called `name`. Raises InputError for an unknown name."""
    if name not in POLICIES:
        raise InputError(f"unknown scheduling policy {name!r}", mend=f"known are {', '.join(POLICIES)}")
    return _load(POLICIES[name])


def check_runtime(name: str, where: str | None = None) -> None:
    """Raises InputError for an unknown policy, UnsupportedError for one that needs what no driver of the runtime can do."""
    if needs := policy_class(name).needs:
        what = f"the policy {name} needs {' and '.join(sorted(needs))}, which no driver here can do"
        raise UnsupportedError(what, where=where, mend=f"plan with another policy, such as {next(iter(POLICIES))}")


def check_parameters(name: str, given: Mapping[str, Any], where: str | None = None) -> None:
    """Raises InputError for parameters that the policy called `name` can't take, or that are limits, which plans set themselves."""
    if limits := [key for key in given if key in LIMITS]:
        raise InputError(f"{limits[0]} is a limit that plans set themselves", where=where, mend=f"use {LIMITS[limits[0]]}")
    make_policy(name, **dict.fromkeys(LIMITS, 1), **given)


def make_policy(name: str, **given: Any) -> Policy:
    """The policy called `name` with its parameters. Raises InputError for an unknown name, and for parameters that it lacks or can't take."""
    made: Policy = with_parameters(name, policy_class(name), given)
    return made


def with_parameters(name: str, cls: Any, given: Mapping[str, Any]) -> Any:
    """A policy of any kind, of the class `cls`. Raises InputError for parameters that it lacks or can't take."""
    known = {each.name: each for each in parameters(cls)}
    if unknown := [key for key in given if key not in known]:
        raise InputError(f"the policy {name} has no parameter {unknown[0]!r}", mend=f"it takes {', '.join(known)}")
    if missing := [key for key, each in known.items() if key not in given and each.default is None]:
        raise InputError(f"the policy {name} needs {', '.join(missing)}")
    return cls(**given)
