"""Layers for tests: one that overlaps well, random ones, and curves under which sharing is pointless."""

from __future__ import annotations

import random

from intarsia.planner.pipeline.curves import ALONE, Interference
from intarsia.planner.pipeline.layer import KINDS, Layer, Operator

_HALVES = ((0.1, 0.05), (0.5, 0.25), (0.95, 0.475), (1.0, 1.0))
POINTLESS = Interference(
    {(kind, beside): _HALVES if kind != "compute" else ((0.95, 0.475), (1.0, 1.0)) for kind in KINDS for beside in (*KINDS, ALONE)}, source="a speed of half the share")  # fmt: skip
THREADS = Interference(
    {("compute", "memory"): ((0.5, 0.5), (1.0, 1.0)), ("compute", ALONE): ((0.5, 0.5), (1.0, 1.0)), ("memory", "compute"): ((0.5, 0.8), (1.0, 1.0)),
     ("memory", ALONE): ((0.5, 0.8), (1.0, 1.0)), ("network", ALONE): ((0.5, 1.0), (1.0, 1.0)), ("network", "compute"): ((0.5, 0.9), (1.0, 1.0))},
    elastic=False, source="two threads")  # fmt: skip
"""Shares are one thread of two, or both; products' are chosen too."""


def balanced(rows: int = 256) -> Layer:
    """A chain of all three kinds whose times are in proportion to rows."""
    ops = (
        Operator("P", "compute", ((rows, 4e-4),), previous=("R",)), Operator("A", "memory", ((rows, 3e-4),), after=("P",)),
        Operator("F", "compute", ((rows, 6e-4),), after=("A",)), Operator("R", "network", ((rows, 2e-4),), after=("F",)),
    )  # fmt: skip
    return Layer("balanced", ops, rows, 0, layers=4, grain=32)


def random_layer(seed: int) -> Layer:
    """A chain, maybe with two attentions beside each other, of random kinds and affine times."""
    rng = random.Random(seed)
    decode, prefill = rng.randint(8, 200), rng.choice((0, rng.randint(8, 200)))
    ops: list[Operator] = []
    waits: tuple[str, ...] = ()
    for number in range(rng.randint(2, 6)):
        kind = rng.choice(KINDS)
        ops.append(_operator(rng, f"op{number}", kind, waits, "all", decode + prefill))
        waits = (ops[-1].name,)
        if prefill and number == 0:
            ops += [_operator(rng, "dec", "memory", waits, "decode", decode), _operator(rng, "pre", "compute", waits, "prefill", prefill)]
            waits = ("dec", "pre")
    first = ops[0]
    ops[0] = Operator(first.name, first.kind, first.points, first.after, waits, first.rows)
    return Layer(f"random{seed}", tuple(ops), decode, prefill, layers=3, grain=max(1, (decode + prefill) // 6))


def _operator(rng: random.Random, name: str, kind: str, after: tuple[str, ...], rows: str, count: int) -> Operator:
    fixed, each = rng.uniform(1e-6, 5e-5), rng.uniform(1e-7, 5e-6)
    return Operator(name, kind, tuple((float(n), fixed + each * n) for n in sorted({max(1, count // 4), max(2, count // 2), max(3, count)})), after, rows=rows)  # type: ignore[arg-type]
