"""Makes the data file of the fitted model: `python -m intarsia.cost_models.fitted.train` (extra `silicon`; some ten minutes of one core).

Every forest is grown on all measured NVIDIA GPUs. Its errors come from forests of the same growth that did not see the device that is
judged, nor (far) its whole family. The same seed and tables give the same file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from intarsia.cost_models import analytic
from intarsia.cost_models.analytic.machine import is_nvidia
from intarsia.cost_models.devices import load
from intarsia.cost_models.fitted import store
from intarsia.cost_models.fitted.features import FRAMEWORKS, forest_of
from intarsia.cost_models.fitted.growing import Growth
from intarsia.cost_models.fitted.learning import Judged, Lesson, learn, left_out, lesson
from intarsia.cost_models.fitted.model import design, words
from intarsia.cost_models.fitted.samples import DEVICES, SCHEMES, Sample, samples
from intarsia.cost_models.fitted.trees import Trees
from intarsia.cost_models.ops import Array, Attention, Experts, Gemm, Op

SEED = 7
ONE_SIGMA = 0.6827
"""Share of errors within one standard error, if they were normal."""
TABLES = "aiconfigurator-core 0.12.0"


@dataclass(frozen=True)
class Recipe:
    """Rows of each slice that a forest of a kind learns from, and how it grows."""

    rows: int
    growth: Growth


RECIPES = {
    "gemm": Recipe(700, Growth(count=240)), "context": Recipe(600, Growth(count=180)), "decode": Recipe(600, Growth(count=180)), "experts": Recipe(160, Growth(count=180)),
}  # fmt: skip


@dataclass(frozen=True)
class Learnt:
    """A forest, and how it does on devices (and families) that it did not see."""

    name: str
    trees: Trees
    near: list[Judged]
    far: list[Judged]


def forests(kind: str, recipe: Recipe, seed: int, *, devices: Sequence[str] = DEVICES, folder: Path | None = None) -> Iterator[Learnt]:
    """All forests of a kind of operator."""
    learnt_from = [name for name in devices if is_nvidia(load(name))]
    found = samples(kind, recipe.rows, seed, devices=learnt_from, folder=folder)
    groups: dict[str, list[Lesson]] = {}
    for sample in found:
        if not sample.host_bound:
            groups.setdefault(forest_of(sample.op, sample.framework), []).append(lesson(sample))
    for name, known in groups.items():
        judged = [lesson(replace(sample, framework="sglang")) for sample in found if sample.host_bound] if name == "gemm/sglang/narrow" else []
        near = list(left_out(known, recipe.growth, seed, judged=judged))
        yield Learnt(name, learn(known, recipe.growth, seed), near, list(left_out(known, recipe.growth, seed, families=True)))


def bands(learnt: Learnt) -> dict[str, float]:
    """Relative standard errors on devices like those learnt from, and on others."""
    return {name: round(_sigma([one for one in judged if not one.sample.host_bound]), 4) for name, judged in (("near", learnt.near), ("far", learnt.far)) if judged}


def errors(kind: str, learnt: Sequence[Learnt]) -> list[dict[str, Any]]:
    """The error table of a kind: over all rows, and by device, of devices and of families left out; how often errors lie within two bands.

    "host-bound" are rows that were measured without a graph; other rows don't include them.
    """
    rows = []
    for what in ("near", "far"):
        judged = [(one, bands(forest)[what]) for forest in learnt for one in getattr(forest, what) if not one.sample.host_bound]
        rows += [_row(kind, what, "all", judged)]
        rows += [_row(kind, what, name, [pair for pair in judged if pair[0].sample.device.name == name]) for name in dict.fromkeys(one.sample.device.name for one, _ in judged)]
    bound = [(one, 0.0) for forest in learnt for one in forest.near if one.sample.host_bound]
    everything = [(one, bands(forest)["near"]) for forest in learnt for one in forest.near]
    return rows + ([_row(kind, "near", "host-bound", bound), _row(kind, "near", "all and host-bound", everything)] if bound else [])


def _row(kind: str, what: str, where: str, judged: Sequence[tuple[Judged, float]]) -> dict[str, Any]:
    fitted, plain = (_errors([getattr(one, name) for one, _ in judged]) for name in ("fitted", "analytic"))
    inside = np.concatenate([np.abs(one.fitted) <= 2 * band for one, band in judged])
    return {
        "kind": kind, "left_out": "device" if what == "near" else "family", "where": where, "rows": len(fitted), "median": round(100 * float(np.median(fitted)), 2),
        "mean": round(100 * float(fitted.mean()), 2), "analytic_median": round(100 * float(np.median(plain)), 2), "analytic_mean": round(100 * float(plain.mean()), 2),
        "within_two_bands": round(100 * float(inside.mean()), 1),
    }  # fmt: skip


def _errors(logs: Sequence[Array]) -> Array:
    return np.asarray(np.abs(np.expm1(np.concatenate(logs))))


def _sigma(judged: Sequence[Judged]) -> float:
    return float(np.quantile(np.abs(np.concatenate([one.fitted for one in judged])), ONE_SIGMA))


def anchor() -> list[float]:
    """Analytic seconds of some operators: forests correct that very model, and must be grown anew when it changes."""
    operators: tuple[Op, ...] = (
        Gemm(64, 4096, 4096), Gemm(2048, 4096, 4096, "f8"), Attention(8, 1, 4096, 32, 8, 128), Attention(1, 2048, 0, 32, 8, 128), Experts(64, 4096, 1536, 8, 128),
    )  # fmt: skip
    return [float(f"{float(analytic.seconds(op, load('H100-SXM'), framework)):.9g}") for framework in FRAMEWORKS for op in operators]


def seen_words(known: Sequence[Sample]) -> list[str]:
    """Types and kernels that the samples have, sorted."""
    return sorted({words(sample.op) for sample in known})


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Grow the forests of the fitted cost model on the measured tables.")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--kind", choices=list(SCHEMES), action="append", help="default: all; those of the file are kept for others")
    parser.add_argument("--to", type=Path, default=store.FILE)
    given = parser.parse_args(arguments)
    kinds = given.kind or list(SCHEMES)
    kept = store.read(given.to) if given.kind and given.to.is_file() else None
    store.write(made(kinds, given.seed, kept), given.to)


def made(
    kinds: Sequence[str], seed: int, kept: store.Forests | None = None, *, devices: Sequence[str] = DEVICES, folder: Path | None = None, recipes: Mapping[str, Recipe] = RECIPES
) -> store.Forests:
    """The forests of some kinds, beside what is kept of others."""
    trees: dict[str, Trees] = {name: forest for name, forest in (kept.trees if kept else {}).items() if name.split("/")[0] not in kinds}
    head: dict[str, Any] = {name: {key: value for key, value in (kept.head[name] if kept else {}).items() if key in trees} for name in ("words", "bands")}
    table = [row for row in (kept.head["errors"] if kept else []) if row["kind"] not in kinds]
    for kind in kinds:
        learnt = []
        for forest in forests(kind, recipes[kind], seed, devices=devices, folder=folder):
            learnt.append(forest)
            trees[forest.name], head["bands"][forest.name] = forest.trees, bands(forest)
            head["words"][forest.name] = seen_words([one.sample for one in forest.near if not one.sample.host_bound])
            print(f"{forest.name}: {head['bands'][forest.name]}", file=sys.stderr)
        table += errors(kind, learnt)
    recipe = {kind: {"sampled": recipes[kind].rows, **asdict(recipes[kind].growth)} for kind in recipes}
    learnt_from = [name for name in devices if is_nvidia(load(name))]
    designs = [design(load(name)) for name in learnt_from]
    return store.Forests(trees, {"seed": seed, "tables": TABLES, "recipes": recipe, "devices": learnt_from, "designs": designs, "anchor": anchor(), **head, "errors": table})


if __name__ == "__main__":
    main()
