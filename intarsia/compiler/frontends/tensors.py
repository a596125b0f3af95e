"""Tensors as a weight file lists them, and their grouping into `llm.weight` operations. GGUF and safetensors share it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from intarsia.errors import InputError, UnsupportedError, Where
from intarsia.ir.model import ModelConfig
from intarsia.ir.weights import BLOCKS, WeightShape, table


@dataclass(frozen=True)
class Tensor:
    """A tensor of a file: `shape` is [rows, columns], `offset` its first byte from the start of `file`, `nbytes` its length in bytes."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    file: str
    offset: int
    nbytes: int


@dataclass(frozen=True)
class Place:
    """Where a stored tensor belongs: the canonical name, the layer (None: outside), and the expert (None: all, or not one)."""

    name: str
    layer: int | None = None
    expert: int | None = None


Row = dict[str, Any]
"""Attributes of one `llm.weight`."""

Stored = dict[tuple[str, "int | None", "int | None"], Tensor]


def rows_of(config: ModelConfig, tensors: Iterable[tuple[Place, Tensor]], source: str) -> list[Row]:
    """One row for each canonical name and dtype, in the order of use.

    Raises InputError for a missing tensor or one whose shape disagrees with the config; UnsupportedError for its type.
    """
    stored: Stored = {(place.name, place.layer, place.expert): tensor for place, tensor in tensors}
    return [row for weight in table(config) for row in _rows_of_weight(weight, stored, source)]


def rows_without_data(config: ModelConfig, dtype: str, matrix_dtype: str = "") -> list[Row]:
    """The weights that a model of these sizes has, for planning: layers' matrices in `matrix_dtype`, all else in `dtype`."""

    def dtype_of(weight: WeightShape) -> str:
        plain = not weight.layers or len(weight.shape) < 2 or weight.name.endswith("ffn_gate_inp.weight")
        return dtype if plain or not matrix_dtype else matrix_dtype

    return [_row(weight.name, dtype_of(weight), weight.shape, layers=list(weight.layers) or None) for weight in table(config)]


def _rows_of_weight(weight: WeightShape, stored: Stored, source: str) -> list[Row]:
    parts = {layer: _find(weight, layer, stored, source) for layer in weight.layers or (None,)}
    groups: dict[str, list[int | None]] = defaultdict(list)
    for layer, found in parts.items():
        groups[_one_dtype(found)].append(layer)
    return [_group_row(weight, dtype, {layer: parts[layer] for layer in layers}) for dtype, layers in groups.items()]


def _find(weight: WeightShape, layer: int | None, stored: Stored, source: str) -> Sequence[Tensor]:
    """The tensor of a layer, or its experts' tensors in order."""
    whole = stored.get((weight.name, layer, None))
    if whole is not None:
        _check_shape(whole, weight.shape)
        return [whole]
    experts = weight.shape[0] if len(weight.shape) == 3 else 0
    parts = [stored.get((weight.name, layer, expert)) for expert in range(experts)]
    found = [part for part in parts if part is not None]
    if not experts or len(found) < experts:
        name = weight.name.replace("{}", str(layer)) + (f" of expert {parts.index(None)}" if found else "")
        raise InputError(
            f"the tensor {name} is missing, but the config asks for it",
            where=Where(source, node=name),
            mend="the file is incomplete, or its config belongs to another model",
        )
    for part in found:
        _check_shape(part, weight.shape[1:])
    return found


def _check_shape(tensor: Tensor, wanted: tuple[int, ...]) -> None:
    if tensor.shape != wanted:
        raise InputError(
            f"the tensor has the shape {list(tensor.shape)}, but the config asks for {list(wanted)}",
            where=Where(tensor.file, node=tensor.name),
            mend="check the sizes in the config",
        )
    if tensor.dtype not in BLOCKS:
        raise UnsupportedError(
            f"the tensor has the type {tensor.dtype}",
            where=Where(tensor.file, node=tensor.name),
            mend=f"convert it to one of {', '.join(BLOCKS)}",
        )


def _one_dtype(parts: Sequence[Tensor]) -> str:
    for part in parts:
        if part.dtype != parts[0].dtype:
            raise UnsupportedError(
                f"the experts of one layer have different types ({parts[0].dtype} and {part.dtype})",
                where=Where(part.file, node=part.name),
                mend="store them in one type",
            )
    return parts[0].dtype


def _group_row(weight: WeightShape, dtype: str, parts: dict[int | None, Sequence[Tensor]]) -> Row:
    flat = [part for found in parts.values() for part in found]
    files = [part.file for part in flat]
    separate = len(flat) > len(parts)
    return _row(
        weight.name,
        dtype,
        weight.shape,
        file=files[0],
        offsets=[part.offset for part in flat],
        layers=[layer for layer in parts if layer is not None] or None,
        files=files if len(set(files)) > 1 else None,
        experts=weight.shape[0] if separate else None,
        tensor=_pattern(flat[0].name, weight.name, separate),
    )


def _row(name: str, dtype: str, shape: tuple[int, ...], **optional: Any) -> Row:
    return {"name": name, "dtype": dtype, "shape": list(shape)} | {k: v for k, v in optional.items() if v is not None}


def _pattern(stored: str, canonical: str, separate: bool) -> str | None:
    """The stored name with `{}` for the layer and the expert; None where it is the canonical name."""
    numbers = int("{}" in canonical) + int(separate)
    pattern = re.sub(r"(?<=\.)\d+(?=\.)", "{}", stored, count=numbers) if numbers else stored
    return None if pattern == canonical else pattern
