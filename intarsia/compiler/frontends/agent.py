"""What every agent format is read into (`Agent`), and the checks and short forms that the formats share."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from intarsia.compiler.frontends.located import shorten
from intarsia.errors import InputError, Where
from intarsia.ir import distributions

if TYPE_CHECKING:
    from intarsia.compiler.frontends.flow import Flow

NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_-]*$")
REFERENCE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)?)\}")
Z95, Z90, Z99 = 1.6448536, 1.2815516, 2.3263479
"""Quantiles of the standard normal distribution at 95, 90 and 99 %."""


@dataclass(frozen=True)
class ModelReference:
    """Where a model's weights are: a path, a package: reference, or whatever the model front ends take."""

    reference: str
    where: Where = Where()


@dataclass(frozen=True)
class Agent:
    """An agent that was read: its structured flow, and the models that it uses by symbol."""

    flow: Flow
    models: dict[str, ModelReference] = field(default_factory=dict)


def check_name(name: str, where: Where, what: str = "name") -> str:
    """`name`, fit to name a node, a model or a file. Raises InputError."""
    if NAME.match(name):
        return name
    raise InputError(f"the {what} {name!r} is not a word", where=where, mend="use letters, digits, - and _, beginning with a letter")


def word(name: str) -> str:
    """A foreign name as one word that fits a node or a model."""
    made = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_") or "node"
    return made if NAME.match(made) else f"n_{made}"


def template_arguments(template: str) -> tuple[str, list[str]]:
    """A template with plain placeholders, and the references in it, each once, in order.

    `{refine.draft}` becomes `{refine_draft}`, so that a placeholder is one word.
    """
    references = list(dict.fromkeys(REFERENCE.findall(template)))
    return REFERENCE.sub(lambda found: "{" + argument_name(found.group(1)) + "}", template), references


def argument_name(reference: str) -> str:
    """The placeholder for a reference: one word."""
    return reference.replace(".", "_").replace("-", "_")


def distribution(value: Any, where: Where, unit: Callable[[Any], float] = float) -> dict[str, Any]:
    """A distribution from its short or full form; numbers are read by `unit`. Raises InputError.

    60 -> constant; "50..200" -> uniform; {median: 60, p95: 200} -> lognormal; {kind: ...} as in ir/distributions.py.
    """
    try:
        spec = _distribution(value, unit)
    except (ValueError, TypeError, OverflowError) as error:
        raise InputError(f"is no distribution: {error}", where=where, mend='write a number, "50..200" or {kind: lognormal, median: 60, sigma: 0.5}') from None
    if wrong := distributions.problem(spec):
        raise InputError(f"is no distribution: {wrong}", where=where)
    return spec


def _distribution(value: Any, unit: Callable[[Any], float]) -> dict[str, Any]:
    match value:
        case bool() | None:
            raise ValueError(f"found {value!r}")
        case int() | float():
            return distributions.constant(unit(value))
        case str() if ".." in value:
            low, _, high = value.partition("..")
            return {"kind": "uniform", "low": unit(low.strip()), "high": unit(high.strip())}
        case str():
            return distributions.constant(unit(value))
        case {"kind": str(kind), **rest}:
            return {"kind": kind} | {str(name): _parameter(str(name), given, unit) for name, given in rest.items()}
        case {"median": median, **rest} if len(rest) == 1:
            name, tail = next(iter(rest.items()))
            return _lognormal(unit(median), str(name), tail, unit)
    raise ValueError(f"found {shorten(value)}")


def _parameter(name: str, given: Any, unit: Callable[[Any], float]) -> Any:
    if isinstance(given, list):
        return [unit(item) for item in given]
    return float(given) if name == "sigma" else unit(given)


def _lognormal(median: float, name: str, tail: Any, unit: Callable[[Any], float]) -> dict[str, Any]:
    z = {"p90": Z90, "p95": Z95, "p99": Z99}.get(name)
    if z is None or median <= 0 or unit(tail) < median:
        raise ValueError(f"beside a median greater than zero, give p90, p95 or p99 above it, found {name}")
    return {"kind": "lognormal", "median": median, "sigma": math.log(unit(tail) / median) / z}


def probabilities(given: Iterable[tuple[str, Any, Where]]) -> list[float]:
    """The cases' probabilities: what is left by those that are given is shared evenly. Raises InputError."""
    cases = list(given)
    for label, odds, where in cases:
        if odds is not None and (isinstance(odds, bool) or not isinstance(odds, (int, float)) or not 0 <= odds <= 1):
            raise InputError(f"the probability of {label!r} must lie in [0, 1], found {shorten(odds)}", where=where)
    stated = sum(odds for _, odds, _ in cases if odds is not None)
    open_cases = sum(odds is None for _, odds, _ in cases)
    if stated > 1 + 1e-6 or (not open_cases and abs(stated - 1) > 1e-6):
        raise InputError(f"the probabilities sum to {stated:g}", where=cases[0][2], mend="make them sum to 1")
    rest = max(0.0, 1 - stated)
    return [rest / open_cases if odds is None else float(odds) for _, odds, _ in cases]
