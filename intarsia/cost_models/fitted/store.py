"""The data file of the fitted model: forests as arrays, and in its head what they learnt from and how far off they were."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from intarsia import whole_file
from intarsia.cost_models.fitted.trees import Trees
from intarsia.errors import InputError

FILE = Path(__file__).with_name("forests.npz")
VERSION = 1
"""Of the features: a file of other features is refused."""
MEND = "install intarsia again, or make the file anew with python -m intarsia.cost_models.fitted.train"
PARTS = ("features", "thresholds", "levels", "leaves")
SMALL = (np.uint8, np.float32, np.uint16, np.float16)


@dataclass(frozen=True)
class Forests:
    """`trees` by name ("gemm/vllm/narrow"). `head`: seed, growth, rows a slice, tables, designs of cores learnt from, types that each
    forest saw (`words`), relative errors by forest (`bands`), and the whole error table (`errors`)."""

    trees: Mapping[str, Trees]
    head: Mapping[str, Any]


def write(forests: Forests, path: Path) -> None:
    """In one go: the file is there whole or not at all."""
    arrays = {f"{name}:{part}": getattr(trees, part).astype(kind) for name, trees in forests.trees.items() for part, kind in zip(PARTS, SMALL, strict=True)}
    head = np.frombuffer(json.dumps({"version": VERSION, **forests.head}).encode(), np.uint8)
    with whole_file.draft(path) as beside, beside.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, head=head, **arrays)


@lru_cache(maxsize=4)
def read(path: Path = FILE) -> Forests:
    """Raises InputError for a file that is missing, damaged, or of another version."""
    try:
        with np.load(path, allow_pickle=False) as found:
            head = json.loads(bytes(found["head"]).decode())
            arrays = {name: found[name] for name in found.files if name != "head"}
        if head.get("version") != VERSION:
            raise InputError(f"forests of version {head.get('version')!r}, wanted {VERSION}", where=str(path), mend=MEND)
        names = sorted({name.rpartition(":")[0] for name in arrays})
        return Forests({name: _trees(arrays, name) for name in names}, head)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"cannot read the fitted model: {error}", where=str(path), mend=MEND) from None


def _trees(arrays: Mapping[str, Any], name: str) -> Trees:
    features, thresholds, levels, leaves = (arrays[f"{name}:{part}"] for part in PARTS)
    return Trees(features, thresholds, levels, leaves.astype(np.float32))
