"""What kriging misses, learnt from a table itself: trees that see tiles, waves and how sure kriging is.

Every row of a table is predicted by kriging without the rows of its own shape; gradient-boosted trees (growing.py)
learn what is left. Their loss is the absolute error, since kernels' times have outliers that squares would follow.
Where a table has too few shapes to learn that, trees and kriging both learn what a trend of physics misses (trend.py), and are averaged.
"""

from __future__ import annotations

import hashlib
import math
import zipfile
from pathlib import Path

import numpy as np

from intarsia import knobs, whole_file
from intarsia.cost_models.silicon.forest import Forest
from intarsia.cost_models.silicon.growing import Growth
from intarsia.cost_models.silicon.kriging import Guess
from intarsia.cost_models.silicon.tables import Array

RECIPE = "5"
"""Changes when features or parameters do, so that older trees are not found."""
LEAST_ERROR = 1e-5
"""Of kriging: of those below, trees see no difference."""


def features(hints: Array, guess: Guess, groups: Array, places: Array) -> Array:
    """One row a point: what is known of its shape, what kriging says, how predictors differ, how sure they are, and the guesses one and two places before and after it."""
    mean = guess.mean
    before, after = beside(groups, places, mean)
    near = [before, after, beside(groups, places, before)[0], beside(groups, places, after)[1]]
    errors = np.log2(np.maximum(guess.errors, LEAST_ERROR))
    return np.column_stack([hints, mean, guess.values - mean[:, None], guess.shares, errors, *(each - mean for each in near)])


def beside(groups: Array, places: Array, values: Array) -> tuple[Array, Array]:
    """For each value at a place (0, 1, ...) of its group, those one place before and after; its own where there is none."""
    grid = np.full((int(groups.max(initial=-1)) + 1, int(places.max(initial=-1)) + 3), np.nan)
    grid[groups, places + 1] = values
    before, after = grid[groups, places], grid[groups, places + 2]
    return np.where(np.isnan(before), values, before), np.where(np.isnan(after), values, after)


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
    name = hashlib.sha256(f"{RECIPE} {title} {growth} {digest}".encode())
    return knobs.get().cache / folder / name.hexdigest()[:32]
