"""Rules of dialects' tables: what attributes may say, and which types values have. A rule's text is what the grammar page says of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from intarsia.ir.distributions import problem
from intarsia.ir.spec import OpFacts, OpSpec, Rule


@dataclass(frozen=True)
class Bounded:
    """The named attributes, where present, are greater than zero, or, where `zero` may be, not below it."""

    names: tuple[str, ...]
    zero: bool

    def __call__(self, facts: OpFacts) -> str | None:
        demand = "must not be negative" if self.zero else "must be greater than zero"
        found = ((name, facts.attrs.get(name)) for name in self.names)
        return next((f"{name} {demand}, found {v}" for name, v in found if v is not None and not (v > 0 or (self.zero and v == 0))), None)

    def __str__(self) -> str:
        return f"{', '.join(self.names)} {'>=' if self.zero else '>'} 0"


@dataclass(frozen=True)
class OneOf:
    """The named attribute, where present, is one of `choices`."""

    name: str
    choices: tuple[str, ...]

    def __call__(self, facts: OpFacts) -> str | None:
        value = facts.attrs.get(self.name)
        if value is None or value in self.choices:
            return None
        return f"{self.name} is {value!r}; choose one of {', '.join(self.choices)}"

    def __str__(self) -> str:
        return f"{self.name} is one of {', '.join(self.choices)}"


@dataclass(frozen=True)
class RefersTo:
    """The named attribute, where present, is the symbol of an operation `op_name` in the same module."""

    name: str
    op_name: str

    def __call__(self, facts: OpFacts) -> str | None:
        value = facts.attrs.get(self.name)
        if value is None:
            return None
        known = facts.symbols(self.op_name)
        if str(value) in known:
            return None
        listed = ", ".join(f"@{s}" for s in sorted(known)) or "none"
        return f"{self.name} names @{value}, but the module's {self.op_name} operations are: {listed}"

    def __str__(self) -> str:
        return f"{self.name} names a {self.op_name}"


@dataclass(frozen=True)
class IsDistribution:
    """The named attributes, where present, are distributions (see `ir/distributions.py`)."""

    names: tuple[str, ...]

    def __call__(self, facts: OpFacts) -> str | None:
        for name in self.names:
            value = facts.attrs.get(name)
            if value is not None and (wrong := problem(value)):
                return f"{name} is not a distribution: {wrong}"
        return None

    def __str__(self) -> str:
        return f"{', '.join(self.names)}: a distribution"


@dataclass(frozen=True)
class Typed:
    """Operands, results and the arguments of regions have a type that `pattern` matches whole."""

    pattern: str
    wanted: str

    def __call__(self, facts: OpFacts) -> str | None:
        op = facts.op
        inside = [a for region in op.regions for block in region.blocks for a in block.arguments]
        for value in [*op.operands, *op.results, *inside]:
            if not re.fullmatch(self.pattern, str(value.type)):
                return f"takes and gives {self.wanted}, found {value.type}"
        return None

    def __str__(self) -> str:
        return f"takes and gives {self.wanted}"


def positive(*names: str) -> Rule:
    """Numbers above zero."""
    return Bounded(names, zero=False)


def non_negative(*names: str) -> Rule:
    """Numbers that are not below zero."""
    return Bounded(names, zero=True)


def one_of(name: str, *choices: str) -> Rule:
    """An attribute with one of these values."""
    return OneOf(name, choices)


def refers_to(name: str, op_name: str) -> Rule:
    """An attribute that names an operation `op_name` of the module."""
    return RefersTo(name, op_name)


def is_distribution(*names: str) -> Rule:
    """Attributes that ir/distributions.py reads."""
    return IsDistribution(names)


def typed(specs: Sequence[OpSpec], pattern: str, wanted: str) -> list[OpSpec]:
    """The table with a `Typed` rule before the rules of each operation that takes or gives values."""
    rule = Typed(pattern, wanted)
    return [replace(s, rules=(rule, *s.rules)) if s.operands[1] or s.results[1] or s.regions else s for s in specs]
