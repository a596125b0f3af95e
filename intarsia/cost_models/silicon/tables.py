"""Reads the measured operator tables of the wheel aiconfigurator-core (Apache-2.0): its data files, none of its code.

A table is `<root>/<gpu>/<operator>/<framework>/<version>/<name>.parquet`; `latency` is in milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from intarsia.cost_models import dtypes, kept
from intarsia.cost_models.silicon import gpus
from intarsia.cost_models.silicon.gpus import EXTRA, GPUS
from intarsia.errors import InputError, MissingDependency

VERSIONS = "query_versions.yaml"
FRAMEWORKS = ("vllm", "sglang", "trtllm")
Array = NDArray[Any]


@dataclass(frozen=True)
class Table:
    """Columns of equal length (int64 numbers, str categories) and `seconds`; `source` says where the rows were measured. `codes`: small numbers for the words of a column, where
    they are known."""

    columns: dict[str, Array]
    seconds: Array
    source: str
    codes: dict[str, Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.seconds)

    def take(self, rows: Array) -> Table:
        """The rows that an index or mask names."""
        columns, codes = ({name: column[rows] for name, column in each.items()} for each in (self.columns, self.codes))
        return Table(columns, self.seconds[rows], self.source, codes)

    def coded(self, name: str) -> Array:
        """Numbers from 0 on for the values of a column, alike where these are."""
        return self.codes[name] if name in self.codes else ranks(self.columns[name])


def root() -> Path:
    """The folder of the installed tables. Raises MissingDependency."""
    if (found := gpus.root()) is None:
        raise MissingDependency("the measured operator tables are not installed", mend=EXTRA)
    return found


def shelf(folder: Path | None, *subject: object) -> Path | None:
    """Where what was made of tables is kept: of the installed ones, for which no folder is given. Raises MissingDependency where there are none."""
    return kept.place("tables", str(root()), *subject) if folder is None else None


def folder_of(device: str) -> str:
    """The tables' folder of a catalogue device. Raises InputError where nobody measured it."""
    for folder, name in GPUS.items():
        if name.lower() == device.lower():
            return folder
    raise InputError(f"no measured tables of {device!r}", mend=f"there are tables of {', '.join(GPUS.values())}; elsewhere, use the analytic model")


@lru_cache(maxsize=64)
def find(folder: Path, gpu: str, operator: str, name: str, framework: str) -> Path:
    """A table's file of the newest version that is no newer than the framework's current one, else of the oldest that is.

    Raises InputError that lists the frameworks that have it.
    """
    if found := releases(folder, gpu, operator, name, framework):
        return found[-1]
    have = sorted({path.parents[1].name for path in (folder / gpu / operator).glob(f"*/*/{name}.parquet")})
    raise InputError(f"no table {name} of {framework} on {gpu}", where=str(folder / gpu / operator), mend=f"measured are {', '.join(have) or 'none'}")


def releases(folder: Path, gpu: str, operator: str, name: str, framework: str) -> list[Path]:
    """A table's files, oldest version first, of those versions that are no newer than the framework's current one; else of the oldest alone. Empty where nobody measured it."""
    found = sorted((folder / gpu / operator / framework).glob(f"*/{name}.parquet"), key=lambda path: _version(path.parent.name))
    last = current(folder, gpu, framework)
    whole = found if not last else [path for path in found if _version(path.parent.name) <= _version(last)]
    return whole or found[:1]


@lru_cache(maxsize=64)
def current(folder: Path, gpu: str, framework: str) -> str:
    """The version that the tables' publishers call current: the newest that was measured as a whole. Files of later ones hold single models' shapes, and are to be
    completed by it (query_versions.yaml beside the tables says so). Empty where nothing is said."""
    try:
        said = _versions(folder.parent / VERSIONS)
        slots = said["defaults"] | (said.get("overrides") or {}).get(gpu, {})
        return str(slots[framework]["current"])
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        return ""


@lru_cache(maxsize=4)
def _versions(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def _version(text: str) -> list[tuple[int, str]]:
    """1.3.0rc20 after 1.3.0rc9."""
    return [(int(number or -1), word) for number, word in re.findall(r"(\d+)|([a-z]+)", text)]


@lru_cache(maxsize=32)
def read(path: Path, numbers: tuple[str, ...], words: tuple[str, ...], *, ours: bool = False) -> Table:
    """Those columns of a table; rows alike in all of them (other kernels, other runs) become one, the fastest. `ours`: types are named as we do.

    Raises InputError for a damaged file, a missing column, and latencies that are not greater than zero.
    """
    parquet = _parquet()
    try:
        raw = parquet.ParquetFile(path, read_dictionary=list(words)).read(columns=[*_present(path, numbers), *words, "latency"])
    except Exception as error:  # pyarrow raises its own and the system's
        raise InputError(f"cannot read the table: {str(error).splitlines()[0]}", where=str(path), mend=f"install it again: {EXTRA}") from None
    if lacking := [name for name in (*numbers, *words, "latency") if name not in raw.column_names and name not in OPTIONAL]:
        raise InputError(f"cannot read the table: it has no column {lacking[0]}", where=str(path), mend=f"install it again: {EXTRA}")
    seconds = _numbers(raw["latency"]).astype(np.float64) * 1e-3
    if not len(seconds) or not (np.isfinite(seconds) & (seconds > 0)).all():
        raise InputError("latencies must be greater than zero, in milliseconds", where=str(path), mend=f"install the table again: {EXTRA}")
    columns: dict[str, Array] = {}
    codes: list[Array] = []
    coded: dict[str, Array] = {}
    for name in numbers:
        columns[name] = _whole(_numbers(raw[name]), name, path) if name in raw.column_names else np.zeros(raw.num_rows, np.int64)
        codes.append(ranks(columns[name]))
    for name in words:
        columns[name], coded[name] = _words(raw[name], dtypes.OURS if ours and name.endswith("dtype") else {})
    return _fastest(Table(columns, seconds, "/".join(path.parts[-4:-1]), coded), [*codes, *coded.values()])


def _numbers(column: Any) -> Array:
    """A column of numbers; by DLPack, as pyarrow's own way loads pandas, half a second of it, where that is installed."""
    whole = column.combine_chunks() if hasattr(column, "combine_chunks") else column
    return np.from_dlpack(whole) if not whole.null_count and str(whole.type) != "string" else np.array(whole.to_pylist())


def _words(column: Any, ours: Mapping[str, str]) -> tuple[Array, Array]:
    """A column of words, some with another name with us, and their codes. They come coded: coding them here would load all of pyarrow's functions, a quarter of a second."""
    coded = column.combine_chunks()
    coded = coded if hasattr(coded, "indices") else coded.dictionary_encode()
    words, codes = np.unique([ours.get(str(word), str(word)) for word in coded.dictionary.to_pylist()], return_inverse=True)
    found = np.asarray(codes[_numbers(coded.indices)])
    return np.asarray(words[found]), found


def _whole(column: Array, name: str, path: Path) -> Array:
    if column.dtype.kind not in "iu":
        raise InputError(f"column {name} must hold whole numbers, found {column.dtype}", where=str(path), mend=f"install the table again: {EXTRA}")
    return column.astype(np.int64)


MOST_SPAN = 1 << 20
"""Between the least and the greatest of whole numbers that are ranked by counting."""
OPTIONAL = ("window_size",)
"""Columns that older tables lack: zero there."""


def _present(path: Path, numbers: Sequence[str]) -> list[str]:
    have = set(_parquet().read_schema(path).names)
    return [name for name in numbers if name in have or name not in OPTIONAL]


def _fastest(table: Table, codes: Sequence[Array]) -> Table:
    """Of rows with the same codes the one that takes least, in the table's order."""
    keys = pack(codes)
    ordered = np.sort(keys)
    if (ordered[1:] != ordered[:-1]).all():
        return table
    order = np.lexsort((table.seconds, keys))
    ordered = keys[order]
    first = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    return table.take(np.sort(order[first]))


def ranks(column: Array) -> Array:
    """Numbers from 0 on, alike where values are: their places among all values; by counting, where these lie close enough together: sorting takes ten times as long."""
    if column.dtype.kind == "U":
        places = {word: place for place, word in enumerate(sorted(set(column.tolist())))}
        return np.array([places[word] for word in column.tolist()])
    if column.dtype.kind != "i" or (span := int(column.max()) - int(least := column.min()) + 1) > MOST_SPAN:
        return np.unique(column, return_inverse=True)[1]
    there = np.zeros(span, np.bool_)
    there[column - least] = True
    return np.asarray((np.cumsum(there) - 1)[column - least])


def pack(codes: Sequence[Array]) -> Array:
    """Columns of small non-negative integers as one integer a row, alike where all are alike."""
    packed = np.zeros(len(codes[0]), np.int64)
    for column in codes:
        packed = packed * (int(column.max(initial=0)) + 1) + column
    return packed


def _parquet() -> Any:
    try:
        import pyarrow.parquet
    except ImportError:
        raise MissingDependency("reading the measured operator tables needs pyarrow", mend=EXTRA) from None
    return pyarrow.parquet
