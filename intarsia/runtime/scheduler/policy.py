"""What a scheduling policy is, and the table of policies by name."""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from intarsia.errors import InputError
from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler.request import Batch, Request

POLICIES = {"fcfs_chunked_prefill": "intarsia.runtime.scheduler.fcfs_chunked_prefill:FcfsChunkedPrefill"}
"""Name (as in `plan.deploy`) to module and class."""
ALWAYS = 1 << 40
"""Iterations enough for any run."""


class Policy:
    """Decides one iteration. A policy is a frozen dataclass: its fields are its parameters (`parameter`), checked when it is made.

    State that it keeps lives in fields with init=False. It takes pages from `kv` (`admit`, `grow`) and gives them back (`evict`, `swap_out`),
    but leaves both queues as they are: the Scheduler moves requests between them by what the Batch says. `running` is in order of
    admission, oldest first. `now` is in seconds. `needs` names what a runtime must be able to do: "swap", "layers".
    """

    needs: frozenset[str] = frozenset()

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

    def hold_s(self, request: Request, now: float) -> float:
        """Seconds for which an ended request's KV cache is kept for the next turn of its session."""
        return 0.0

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Parameter:
    """One parameter of a policy: its type, its default (None: it must be given), and the range that it must lie in."""

    name: str
    type: str
    default: Any
    least: float
    most: float
    help: str


def parameter(default: Any = dataclasses.MISSING, *, least: float = -math.inf, most: float = math.inf, help: str = "") -> Any:
    """A dataclass field that is a policy's parameter, within [least, most]."""
    return dataclasses.field(default=default, metadata={"least": least, "most": most, "help": help})


def parameters(policy: type[Policy] | Policy) -> list[Parameter]:
    """What a policy can be told."""
    return [_parameter(f) for f in dataclasses.fields(policy) if f.init]  # type: ignore[arg-type]


def _parameter(f: dataclasses.Field[Any]) -> Parameter:
    default = None if f.default is dataclasses.MISSING else f.default
    return Parameter(f.name, str(f.type), default, f.metadata.get("least", -math.inf), f.metadata.get("most", math.inf), f.metadata.get("help", ""))


KINDS: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "bool": (bool,), "str": (str,)}


def check(policy: Policy) -> None:
    """Raises InputError for a parameter of the wrong type or out of range."""
    for each in parameters(policy):
        value, where = getattr(policy, each.name), f"policy {type(policy).__name__}"
        kinds = KINDS.get(each.type, (object,))
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds and object not in kinds):
            raise InputError(f"{each.name} must be {'a whole number' if each.type == 'int' else each.type}, found {value!r}", where=where)
        if isinstance(value, (int, float)) and not each.least <= value <= each.most:
            raise InputError(f"{each.name} must lie in [{each.least:g}, {each.most:g}], found {value!r}", where=where)


def policy_class(name: str) -> type[Policy]:
    """The class of the policy called `name`. Raises InputError for an unknown name."""
    if name not in POLICIES:
        raise InputError(f"unknown scheduling policy {name!r}", mend=f"known are {', '.join(POLICIES)}")
    module, _, cls = POLICIES[name].partition(":")
    found: type[Policy] = getattr(import_module(module), cls)
    return found


def make_policy(name: str, **given: Any) -> Policy:
    """The policy called `name` with its parameters. Raises InputError for an unknown name, and for parameters that it lacks or can't take."""
    cls = policy_class(name)
    known = {each.name: each for each in parameters(cls)}
    if unknown := [key for key in given if key not in known]:
        raise InputError(f"the policy {name} has no parameter {unknown[0]!r}", mend=f"it takes {', '.join(known)}")
    if missing := [key for key, each in known.items() if key not in given and each.default is None]:
        raise InputError(f"the policy {name} needs {', '.join(missing)}")
    return cls(**given)
