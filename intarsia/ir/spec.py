"""A dialect is a table: one `OpSpec` per operation says what it takes, and `define` makes an MLIR dialect of it.

The tables in `dialects/` are the grammar. The verifier, the builder and the page of documentation for each level
all read them, so the three cannot disagree.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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
            if other.operation.name == op_name and "sym_name" in other.attributes
        }


def positive(*names: str) -> Rule:
    """The named attributes, where present, are greater than zero."""

    def check(facts: OpFacts) -> str | None:
        for name in names:
            value = facts.attrs.get(name)
            if value is not None and value <= 0:
                return f"{name} must be greater than zero, found {value}"
        return None

    return check


def non_negative(*names: str) -> Rule:
    """The named attributes, where present, are zero or more."""

    def check(facts: OpFacts) -> str | None:
        for name in names:
            value = facts.attrs.get(name)
            if value is not None and value < 0:
                return f"{name} must not be negative, found {value}"
        return None

    return check


def one_of(name: str, *choices: str) -> Rule:
    """The named attribute, where present, is one of `choices`."""

    def check(facts: OpFacts) -> str | None:
        value = facts.attrs.get(name)
        if value is not None and value not in choices:
            return f"{name} is {value!r}; choose one of {', '.join(choices)}"
        return None

    return check


def refers_to(name: str, op_name: str) -> Rule:
    """The named attribute, where present, is the symbol of an operation `op_name` in the same module."""

    def check(facts: OpFacts) -> str | None:
        value = facts.attrs.get(name)
        if value is None:
            return None
        known = facts.symbols(op_name)
        if str(value) in known:
            return None
        listed = ", ".join(f"@{s}" for s in sorted(known)) or "none"
        return f"{name} names @{value}, but the module's {op_name} operations are: {listed}"

    return check


def is_distribution(*names: str) -> Rule:
    """The named attributes, where present, are distributions (see `ir/distributions.py`)."""

    def check(facts: OpFacts) -> str | None:
        from intarsia.ir.distributions import problem

        for name in names:
            value = facts.attrs.get(name)
            if value is not None and (wrong := problem(value)):
                return f"{name} is not a distribution: {wrong}"
        return None

    return check


def check(spec: OpSpec, op: Any) -> str | None:
    """The first rule that `op` breaks, as a sentence, or None."""
    return (
        _check_count("operand", spec.operands, len(op.operands))
        or _check_count("result", spec.results, len(op.results))
        or _check_attributes(spec, op)
        or _check_place(spec, op)
        or _check_rules(spec, op)
    )


def _check_count(what: str, allowed: tuple[int, int], found: int) -> str | None:
    least, most = allowed
    if least <= found <= most:
        return None
    wanted = f"{least}" if least == most else f"at least {least}" if most == MANY else f"{least} to {most}"
    return f"takes {wanted} {what}s, found {found}"


def _check_attributes(spec: OpSpec, op: Any) -> str | None:
    known = spec.required | spec.optional
    found = {named.name: named.attr for named in _named(op.attributes)}
    for name, kind in known.items():
        if name not in found:
            if name in spec.required:
                return f"needs the attribute {name} ({kind})"
            continue
        if wrong := _check_kind(name, kind, found[name]):
            return wrong
    for name in found:
        if name not in known and "." not in name:
            return f"has an unknown attribute {name}; known are {', '.join(sorted(known)) or 'none'}"
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
    return isinstance(value, kinds)


def _check_place(spec: OpSpec, op: Any) -> str | None:
    parent = op.parent.operation.name if op.parent is not None else ""
    if spec.parents and parent not in spec.parents:
        return f"belongs inside {' or '.join(spec.parents)}, found it inside {parent or 'nothing'}"
    return None


def _check_rules(spec: OpSpec, op: Any) -> str | None:
    attrs = {named.name: from_attribute(named.attr) for named in _named(op.attributes)}
    facts = OpFacts(op, attrs)
    return next((wrong for rule in spec.rules if (wrong := rule(facts))), None)


def _check_end(spec: OpSpec, op: Any) -> str | None:
    if not spec.ends_with:
        return None
    for region in op.regions:
        blocks = list(region.blocks)
        if len(blocks) != 1:
            return f"each region holds exactly one block, found {len(blocks)}"
        body = list(blocks[0].operations)
        if not body or body[-1].operation.name != spec.ends_with:
            return f"each region ends with {spec.ends_with}"
    return None


def _named(attributes: Any) -> Any:
    """The op's attributes as (name, attr) pairs, whatever the binding's iteration yields."""
    for item in attributes:
        yield item if hasattr(item, "attr") else _Named(item, attributes[item])


@dataclass(frozen=True)
class _Named:
    name: str
    attr: Any


def attributes_of(op: Any) -> dict[str, Any]:
    """All attributes of an operation as plain Python values."""
    return {named.name: from_attribute(named.attr) for named in _named(op.attributes)}


def define(name: str, specs: Sequence[OpSpec], types: dict[str, dict[str, type]]) -> type:
    """An MLIR dialect from its table. `types` maps a type's name to its parameters (name -> attribute class)."""
    dialect = type(ext.Dialect)(name, (ext.Dialect,), {}, name=name)
    for type_name, parameters in types.items():
        type(dialect.Type)(type_name, (dialect.Type,), {"__annotations__": parameters}, name=type_name)
    for spec in specs:
        _define_op(dialect, spec)
    dialect.SPECS = {f"{name}.{spec.name}": spec for spec in specs}
    return dialect


def _define_op(dialect: Any, spec: OpSpec) -> None:
    fields: dict[str, Any] = {}
    if spec.operands[1]:
        fields["inputs"] = Sequence[ext.Operand[Any]]
    if spec.results[1]:
        fields["outputs"] = Sequence[ext.Result[Any]]
    for index in range(spec.regions):
        fields[f"body{index}" if spec.regions > 1 else "body"] = ext.Region
    traits = [ir.IsTerminatorTrait] if spec.terminator else []

    def verify(op: Any) -> bool:
        return _report(op, check(spec, op.operation))

    def verify_regions(op: Any) -> bool:
        return _report(op, _check_end(spec, op.operation))

    members = {
        "__annotations__": fields,
        "__doc__": spec.summary,
        "verify_invariants": staticmethod(verify),
        "verify_region_invariants": staticmethod(verify_regions),
    }
    type(dialect.Operation)(spec.name.title().replace("_", ""), (dialect.Operation,), members, name=spec.name, traits=traits)


def _report(op: Any, wrong: str | None) -> bool:
    if wrong is None:
        return True
    operation = op.operation if hasattr(op, "operation") else op
    operation.location.emit_error(f"'{operation.name}' {wrong}")
    return False


def describe(spec: OpSpec, dialect: str) -> str:
    """The operation's line in the grammar page."""
    def count(bounds: tuple[int, int]) -> str:
        least, most = bounds
        return str(least) if least == most else f"{least}.." if most == MANY else f"{least}..{most}"

    attrs = [f"{n}: {k}" for n, k in spec.required.items()] + [f"[{n}: {k}]" for n, k in spec.optional.items()]
    shape = f"{count(spec.operands)} → {count(spec.results)}" + (f", {spec.regions} region" + "s" * (spec.regions > 1) if spec.regions else "")
    return f"| `{dialect}.{spec.name}` | {shape} | {'; '.join(attrs) or '-'} | {inspect.cleandoc(spec.summary)} |"
