"""The verifier: what is wrong with an operation, by its row of the table."""

from __future__ import annotations

from typing import Any

from intarsia.ir.attributes import Symbol, from_attribute
from intarsia.ir.spec import DEFINED, KINDS, MANY, UPSTREAM, OpFacts, OpSpec, attributes_of


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
