"""What kriging misses, learnt from a table itself: trees that see tiles, waves and how sure kriging is.

Every row of a table is predicted by kriging without the rows of its own shape; gradient-boosted trees (G. Ke et al., LightGBM,
NeurIPS 2017) learn what is left. Their loss is the absolute error, since kernels' times have outliers that squares would follow.
Where a table has too few shapes to learn that, trees and kriging both learn what a trend of physics misses (trend.py), and are averaged.
"""

from __future__ import annotations

import hashlib
import math
import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from intarsia import knobs, whole_file
from intarsia.cost_models.silicon.forest import Forest
from intarsia.cost_models.silicon.kriging import Guess
from intarsia.cost_models.silicon.tables import EXTRA, Array
from intarsia.errors import MissingDependency

RECIPE = "4"
"""Changes when features or parameters do, so that older trees are not found."""


@dataclass(frozen=True)
class Growth:
    """How trees are grown, on one thread (more make waiting threads spin); chosen on H100-SXM, H200 and A100 with other held-out groups than `validate` prints."""

    trees: int = 300
    leaves: int = 31
    rate: float = 0.08
    least_rows: int = 10
    features: float = 0.3
    most_rows: int = 50_000
    """To learn from: more cost seconds and gain little."""
    alone: float = 0.0
    """Weight of trees that learn what a trend misses, beside kriging that does the same; without a trend, trees correct kriging."""

    def parameters(self) -> dict[str, Any]:
        return {
            "objective": "regression_l1", "num_leaves": self.leaves, "learning_rate": self.rate, "min_data_in_leaf": self.least_rows, "feature_fraction": self.features,
            "bagging_fraction": 0.8, "bagging_freq": 1, "max_bin": 127, "seed": 0, "deterministic": True, "force_row_wise": True, "verbose": -1,
            "num_threads": 1,
        }  # fmt: skip


def features(hints: Array, guess: Guess, before: Array, after: Array) -> Array:
    """One row a point: what is known of its shape, what kriging says, how the predictors differ, how sure they are, and the guesses next to it."""
    mean = guess.mean
    return np.column_stack([hints, mean, guess.values - mean[:, None], guess.shares, before - mean, after - mean])


def beside(groups: Array, places: Array, values: Array) -> tuple[Array, Array]:
    """For each value at a place (0, 1, ...) of its group, those one place before and after; its own where there is none."""
    grid = np.full((int(groups.max(initial=-1)) + 1, int(places.max(initial=-1)) + 3), np.nan)
    grid[groups, places + 1] = values
    before, after = grid[groups, places], grid[groups, places + 2]
    return np.where(np.isnan(before), values, before), np.where(np.isnan(after), values, after)


def grow(rows: Array, left: Array, growth: Growth) -> Forest:
    """Trees that predict what is `left` at `rows` of `features`. Raises MissingDependency without LightGBM."""
    trees = _lightgbm()
    chosen = np.random.default_rng(0).permutation(len(left))[: growth.most_rows]
    return Forest.read(trees.train(growth.parameters(), trees.Dataset(rows[chosen], left[chosen]), growth.trees).model_to_string())


def kept(path: Path) -> Forest | None:
    """Trees of an earlier run, if they are there and whole."""
    try:
        return Forest.load(path)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):  # absent, unreadable, or damaged: they are grown again
        return None


def keep(forest: Forest, path: Path) -> None:
    """Write trees for later runs, whole or not at all; a cache that can't be written is none."""
    whole_file.keep(path, forest.save)


def keep_text(text: str, path: Path) -> None:
    """Write what else was learnt for later runs, in the same way."""
    whole_file.keep(path, lambda beside: beside.write_text(text))


def kept_number(path: Path) -> float | None:
    """A number of an earlier run, if it is there and one."""
    try:
        found = float(path.read_text())
    except (OSError, ValueError):
        return None
    return found if math.isfinite(found) and found > 0 else None


def place(title: str, growth: Growth | None, digest: str, folder: str = "trees") -> Path:
    """Where trees, or what else was learnt from such content, are kept."""
    name = hashlib.sha256(f"{RECIPE} {title} {growth} {_version()} {digest}".encode())
    return knobs.get().cache / folder / name.hexdigest()[:32]


def _version() -> str:
    """LightGBM's, whose trees differ from one to the next; asked of its metadata, as the library takes a second to load."""
    try:
        return metadata.version("lightgbm")
    except metadata.PackageNotFoundError:
        return _lightgbm().__version__  # says what is missing


def _lightgbm() -> Any:
    try:
        import lightgbm
    except ImportError:
        raise MissingDependency("predicting shapes that nobody measured needs lightgbm", mend=EXTRA) from None
    return lightgbm
