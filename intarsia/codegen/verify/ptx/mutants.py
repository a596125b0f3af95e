"""Kernels with one small error each. A check that lets them pass proves nothing, so every check of a kernel is tried on them.

Some errors don't matter for some shapes (a guard that always holds, a barrier with nothing to part); whoever counts says which.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """`text` differs from the kernel's in `line` (1-based) alone; `kind` says how."""

    kind: str
    line: int
    text: str


Change = Callable[[re.Match[str]], str]


@dataclass(frozen=True)
class Mutation:
    """Lines that match `pattern` are changed, one a mutant."""

    kind: str
    pattern: re.Pattern[str]
    change: Change


def _mutation(kind: str, pattern: str, change: Change | str) -> Mutation:
    return Mutation(kind, re.compile(pattern), change if callable(change) else lambda match: match.expand(change))


def _one_more(match: re.Match[str]) -> str:
    return f"{match.group(1)}{int(match.group(2)) + 1}"


def _further(match: re.Match[str]) -> str:
    """An address one access further on."""
    words = match.group(1).split(".")
    width = int(re.sub(r"\D", "", words[-1])) // 8 * {"v2": 2, "v4": 4}.get(next((word for word in words if word in ("v2", "v4")), ""), 1)
    return f"{match.group(1)}{match.group(2)}[{match.group(3).strip()}+{int(match.group(4) or 0) + width}]"


_ADDRESS = r"\[\s*([%$\w]+)\s*(?:\+\s*(-?\d+))?\s*\]"
MUTATIONS = (
    _mutation("dropped barrier", r"\bbar\.sync\s+0\s*;", ";"),
    _mutation("weakened wait", r"(cp\.async\.wait_group\s+)(\d+)", _one_more),
    _mutation("weakened wgmma wait", r"(wgmma\.wait_group\.sync\.aligned\s+)(\d+)", _one_more),
    _mutation("dropped proxy fence", r"fence\.proxy\.async[\w:.]*\s*;", ";"),
    _mutation("dropped wgmma fence", r"wgmma\.fence\.sync\.aligned\s*;", ";"),
    _mutation("shifted ldmatrix", r"(ldmatrix[^\[]*)" + _ADDRESS, lambda m: f"{m.group(1)}[{m.group(2)}+{int(m.group(3) or 0) + 16}]"),
    _mutation("swapped fragment", r"(mma\.sync[^{]*\{[^}]*\}\s*,\s*\{\s*)(%\w+)\s*,\s*(%\w+)", r"\1\3, \2"),
    _mutation("swapped accumulator", r"(wgmma\.mma_async[^{]*\{\s*)(%\w+)\s*,\s*(%\w+)", r"\1\3,\2"),
    _mutation("dropped store predicate", r"@!?%?\w+\s+(st\.global)", r"\1"),
    _mutation("dropped load predicate", r"@!?%?\w+\s+(ld\.global|cp\.async\.c[ag])", r"\1"),
    _mutation("shifted load", r"(ld\.global[\w.:]*)(\s+(?:\{[^}]*\}|%\w+)\s*,\s*)" + _ADDRESS, _further),
    _mutation("shifted store", r"(st\.global[\w.:]*)(\s+)" + _ADDRESS, _further),
    _mutation("shifted copy", r"(cp\.async\.c[ag]\.shared\.global[^\[]*\[[^\]]*\]\s*,\s*)" + _ADDRESS, lambda m: f"{m.group(1)}[{m.group(2)}+{int(m.group(3) or 0) + 16}]"),
    _mutation("looser mask", r"setp\.lt\.(s32|s64|u32)\b", r"setp.le.\1"),
    _mutation("halved shuffle", r"(shfl\.sync\.bfly\.b32\s+[^,]+,[^,]+,\s*)(\d+)", lambda m: f"{m.group(1)}{int(m.group(2)) // 2}"),
    _mutation("dropped factor", r"\bmul\.f32(\s+%\w+\s*,\s*%\w+\s*,)", r"add.f32\1"),
)  # fmt: skip
KINDS = tuple(one.kind for one in MUTATIONS)


def mutants(ptx: str, kinds: tuple[str, ...] = KINDS, most: int = 0) -> Iterator[Mutant]:
    """Mutants of the given kinds, kind by kind, in order of lines: all of them, or `most` of a kind, spread over the kernel."""
    lines = ptx.splitlines(keepends=True)
    for mutation in MUTATIONS:
        if mutation.kind in kinds:
            found = list(_changed(mutation, lines))
            kept = range(len(found)) if not most or len(found) <= most else [place * len(found) // most for place in range(most)]
            yield from (Mutant(mutation.kind, found[at][0] + 1, "".join([*lines[: found[at][0]], found[at][1], *lines[found[at][0] + 1 :]])) for at in kept)


def _changed(mutation: Mutation, lines: list[str]) -> Iterator[tuple[int, str]]:
    """Places and texts of the lines that a mutation changes."""
    for number, line in enumerate(lines):
        changed = mutation.pattern.sub(mutation.change, line, count=1)
        if changed != line:
            yield number, changed
