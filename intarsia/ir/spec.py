"""A dialect is a table: one `OpSpec` per operation says what it takes, and `define` makes an MLIR dialect of it.

The tables in `dialects/` are the grammar. The verifier, the builder and the page of documentation for each level
all read them, so the three cannot disagree.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from intarsia.ir.attributes import Symbol, from_attribute
from intarsia.ir.bindings import ext, ir

Rule = Callable[["OpFacts"], "str | None"]
"""Checks one operation: the sentence that says what to change, or None when all is well."""

KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "dict": (dict,),
    "list": (list,),
    "symbol": (Symbol,),
}

MANY = 1 << 30

TOP = ("builtin.module",)
"""The parent of an operation that stands at the top of a module."""


@dataclass(frozen=True)
class OpSpec:
    """One operation. `required` and `optional` map attribute names to a kind of `KINDS` (or "list[kind]").

    `operands` and `results` are inclusive (least, most) counts; `rules` run after the table's own checks pass.
    """

    name: str
    summary: str
    operands: tuple[int, int] = (0, 0)
    results: tuple[int, int] = (0, 0)
    regions: int = 0
    required: dict[str, str] = field(default_factory=dict)
    optional: dict[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    terminator: bool = False
    parents: tuple[str, ...] = ()
    ends_with: str = ""


DEFINED: dict[str, OpSpec] = {}
"""Every operation of the dialects defined so far, by its full name."""
UPSTREAM = ("shard.sharding", "shard.shard")
"""Operations of upstream dialects that may stand among ours: how a phase's values are split over devices."""


@dataclass(frozen=True)
class OpFacts:
    """What a rule sees of an operation: plain attribute values, and the operation itself."""

    op: Any
    attrs: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.op.name)

    @property
    def module(self) -> Any:
        """The nearest enclosing module (while parsing, that one has a parent of its own)."""
        op = self.op
        while op.parent is not None and op.name != "builtin.module":
            op = op.parent.operation
        return op

    def symbols(self, op_name: str) -> set[str]:
        """`sym_name`s of the operations called `op_name` at the top of the module."""
        body = self.module.regions[0].blocks
        return {
            other.attributes["sym_name"].value
            for block in body
            for other in block.operations
            if other.operation.name == op_name and isinstance(other.attributes.get("sym_name"), ir.StringAttr)
        }


@dataclass(frozen=True)
class Positive:
    """The named attributes, where present, are greater than zero."""

    names: tuple[str, ...]

    def __call__(self, facts: OpFacts) -> str | None:
        return _first_wrong(facts, self.names, lambda v: v > 0, "must be greater than zero, found {}")

    def __str__(self) -> str:
        return f"{', '.join(self.names)} > 0"


@dataclass(frozen=True)
class NonNegative:
    """The named attributes, where present, are zero or more."""

    names: tuple[str, ...]

    def __call__(self, facts: OpFacts) -> str | None:
        return _first_wrong(facts, self.names, lambda v: v >= 0, "must not be negative, found {}")

    def __str__(self) -> str:
        return f"{', '.join(self.names)} >= 0"


def _first_wrong(facts: OpFacts, names: tuple[str, ...], good: Callable[[Any], bool], sentence: str) -> str | None:
    found = ((name, facts.attrs.get(name)) for name in names)
    return next((f"{name} {sentence.format(v)}" for name, v in found if v is not None and not good(v)), None)


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
        from intarsia.ir.distributions import problem

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
    return Positive(names)


def non_negative(*names: str) -> Rule:
    """Numbers that are not below zero."""
    return NonNegative(names)


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


def check(spec: OpSpec, op: Any) -> str | None:
    """The first thing wrong with `op` itself, as a sentence, or None. Rules of an operation with regions come later."""
    return (
        _check_count("operand", spec.operands, len(op.operands))
        or _check_count("result", spec.results, len(op.results))
        or _check_attributes(spec, op)
        or _check_place(spec, op)
        or (None if spec.regions else _check_rules(spec, op))
    )


def check_regions(spec: OpSpec, op: Any) -> str | None:
    """What is wrong with an operation's regions; runs after every operation inside has passed, so rules may look inside."""
    return (_check_end(spec, op) or _check_rules(spec, op)) if spec.regions else None


def _check_count(what: str, allowed: tuple[int, int], found: int) -> str | None:
    least, most = allowed
    if least <= found <= most:
        return None
    wanted = f"{least}" if least == most else f"at least {least}" if most == MANY else f"{least} to {most}"
    return f"takes {wanted} {what}s, found {found}"


def _check_attributes(spec: OpSpec, op: Any) -> str | None:
    known = spec.required | spec.optional
    found = dict(op.attributes.items())
    for name, kind in known.items():
        if name not in found:
            if name in spec.required:
                return f"needs the attribute {name} ({kind})"
            continue
        if wrong := _check_kind(name, kind, found[name]):
            return wrong
    return next((wrong for name in found if name not in known and (wrong := _check_extra(name, found[name], known))), None)


def _check_extra(name: str, attribute: Any, known: dict[str, str]) -> str | None:
    """An attribute outside the table is welcome when its name has a dot (a note of some tool) and its value is plain."""
    if "." not in name:
        return f"has an unknown attribute {name}; known are {', '.join(sorted(known)) or 'none'}"
    try:
        from_attribute(attribute)
    except TypeError as error:
        return f"the attribute {name}: {error}"
    return None


def _check_kind(name: str, kind: str, attribute: Any) -> str | None:
    try:
        value = from_attribute(attribute)
    except TypeError as error:
        return f"the attribute {name} should be {kind}: {error}"
    if kind.startswith("list["):
        inner = KINDS[kind[5:-1]]
        good = isinstance(value, list) and all(_matches(item, inner) for item in value)
    else:
        good = _matches(value, KINDS[kind])
    return None if good else f"the attribute {name} should be {kind}, found {attribute}"


def _matches(value: Any, kinds: tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return bool in kinds
    if isinstance(value, Symbol):
        return Symbol in kinds
    return isinstance(value, kinds) and value == value  # NaN compares false with every bound a rule could set


def _check_place(spec: OpSpec, op: Any) -> str | None:
    parent = op.parent.operation.name if op.parent is not None else ""
    if spec.parents and parent not in spec.parents:
        return f"belongs inside {' or '.join(spec.parents)}, found it inside {parent or 'nothing'}"
    return None


def _check_rules(spec: OpSpec, op: Any) -> str | None:
    facts = OpFacts(op, attributes_of(op))
    return next((wrong for rule in spec.rules if (wrong := rule(facts))), None)


def _check_end(spec: OpSpec, op: Any) -> str | None:
    for region in op.regions:
        blocks = list(region.blocks)
        if len(blocks) != 1:
            return f"each region holds exactly one block, found {len(blocks)}"
        body = [inner.operation.name for inner in blocks[0].operations]
        if stranger := next((name for name in body if name not in DEFINED and name not in UPSTREAM), ""):
            return f"holds {stranger}, which is in no table of Intarsia's dialects"
        if not body or body[-1] != spec.ends_with:
            return f"each region ends with {spec.ends_with}"
    return None


def walk(op: Any, *names: str) -> Iterator[Any]:
    """The operations inside `op` (called one of `names`, where there are any), outer before inner."""
    for region in op.regions:
        for block in region.blocks:
            for inner in block.operations:
                operation = inner.operation
                if not names or operation.name in names:
                    yield operation
                yield from walk(operation, *names)


def attributes_of(op: Any) -> dict[str, Any]:
    """All attributes of an operation as plain Python values."""
    return {name: from_attribute(attribute) for name, attribute in op.attributes.items()}


def define(name: str, specs: Sequence[OpSpec], types: dict[str, dict[str, type]]) -> type:
    """An MLIR dialect from its table. `types` maps a type's name to its parameters (name -> attribute class)."""
    dialect = type(ext.Dialect)(name, (ext.Dialect,), {}, name=name)
    for type_name, parameters in types.items():
        type(dialect.Type)(type_name, (dialect.Type,), {"__annotations__": parameters}, name=type_name)
    for spec in specs:
        _define_op(dialect, spec)
    DEFINED.update({f"{name}.{spec.name}": spec for spec in specs})
    return dialect


def _define_op(dialect: Any, spec: OpSpec) -> None:
    fields: dict[str, Any] = _values("input", spec.operands, ext.Operand) | _values("output", spec.results, ext.Result)
    for index in range(spec.regions):
        fields[f"body{index}" if spec.regions > 1 else "body"] = ext.Region
    traits = [ir.IsTerminatorTrait] if spec.terminator else []

    def verify(op: Any) -> bool:
        return _report(op, check(spec, op.operation))

    def verify_regions(op: Any) -> bool:
        return _report(op, check_regions(spec, op.operation))

    members = {
        "__annotations__": fields,
        "__doc__": spec.summary,
        "verify_invariants": staticmethod(verify),
        "verify_region_invariants": staticmethod(verify_regions),
    }
    type(dialect.Operation)(spec.name.title().replace("_", ""), (dialect.Operation,), members, name=spec.name, traits=traits)


def _values(name: str, bounds: tuple[int, int], field: Any) -> dict[str, Any]:
    """Each value that must be there has a field of its own, so that its type is its own; the rest share one."""
    least, most = bounds
    fields: dict[str, Any] = {f"{name}{i}": field[Any] for i in range(least)}
    return fields | ({f"{name}s": Sequence[field[Any]]} if most > least else {})


def _report(op: Any, wrong: str | None) -> bool:
    if wrong is None:
        return True
    operation = op.operation if hasattr(op, "operation") else op
    operation.location.emit_error(f"'{operation.name}' {wrong}")
    return False


def describe(spec: OpSpec, dialect: str) -> str:
    """The operation's row of the grammar page: name, operands → results, attributes ([optional]), rules, meaning."""
    attrs = [f"`{n}: {k}`" for n, k in spec.required.items()] + [f"[`{n}: {k}`]" for n, k in spec.optional.items()]
    shape = f"{_counts(spec.operands)} → {_counts(spec.results)}" + _regions(spec)
    rules = "; ".join(describe_rule(rule) for rule in spec.rules if not isinstance(rule, Typed))
    cells = (f"`{dialect}.{spec.name}`", shape, ", ".join(attrs) or "-", rules or "-", inspect.cleandoc(spec.summary))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _counts(bounds: tuple[int, int]) -> str:
    least, most = bounds
    return str(least) if least == most else f"{least}.." if most == MANY else f"{least}..{most}"


def _regions(spec: OpSpec) -> str:
    return f", a region ending in `{spec.ends_with}`" if spec.regions else ""


def describe_rule(rule: Rule) -> str:
    """What a rule demands, in words."""
    text = (rule.__doc__ or "") if inspect.isfunction(rule) else str(rule)
    return inspect.cleandoc(text).splitlines()[0].rstrip(".")
