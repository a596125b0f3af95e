"""Which weights a model's programs need, in which packed form, and where each lies in the model's one weight file.

Programs that need the same weight share it (a tied embedding serves the gather and the output head). The weights of one run
of equal layers lie layer after layer, so that a step's loop over layers advances all of them by one stride.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from intarsia.codegen.cpu import formats
from intarsia.codegen.program import NO_LAYERS, Scope
from intarsia.errors import IRError, UnsupportedError, Where
from intarsia.ir.module import attributes_of, location_of, walk

ALIGNMENT = 64
VECTOR, ANGLES = "vector", "angles"
"""Forms beside the packed formats: padded f32 vectors, and the table of rotary angles (n positions, k = head_dim)."""


@dataclass(frozen=True)
class Packed:
    """One packed weight: W[n, k] (a vector has k = 1) from `sources`, once a layer of `scope`.

    `glu`: the two sources' rows alternate in groups of 16. `experts`: that many matrices follow each other.
    """

    name: str
    format: str
    n: int
    k: int
    sources: tuple[str, ...]
    source_types: tuple[str, ...]
    scope: Scope = NO_LAYERS
    glu: bool = False
    experts: int = 0
    params: tuple[tuple[str, Any], ...] = ()

    @property
    def bytes(self) -> int:
        """Bytes in one layer."""
        if self.format == VECTOR:
            return formats.round_up(4 * self.n, ALIGNMENT)
        if self.format == ANGLES:
            return self.n * formats.activation_row_bytes("f32", self.k)
        return formats.packed_bytes(self.format, self.n, self.k) * max(1, self.experts)


@dataclass
class WeightFile:
    """The weight file's contents, filled while programs are made; `offsets` once all are."""

    scopes: dict[Scope, dict[Packed, int]] = field(default_factory=lambda: {Scope(): {}})
    ends: dict[Scope, int] = field(default_factory=dict)

    def add(self, weight: Packed) -> Packed:
        """Give `weight` a place in a layer of its scope, unless an equal one has one."""
        places = self.scopes.setdefault(weight.scope, {})
        if weight not in places:
            places[weight] = self.ends.get(weight.scope, 0)
            self.ends[weight.scope] = places[weight] + weight.bytes
        return weight

    def stride(self, scope: Scope) -> int:
        """Bytes from one layer to the next."""
        return self.ends.get(scope, 0) if scope.count else 0

    def offset(self, weight: Packed) -> int:
        """Bytes from the start of the file to the weight in its first layer."""
        base = 0
        for scope in self.scopes:
            if scope == weight.scope:
                break
            base += self.ends.get(scope, 0) * max(1, scope.count)
        return base + self.scopes[weight.scope][weight]

    @property
    def bytes(self) -> int:
        return sum(self.ends.get(scope, 0) * max(1, scope.count) for scope in self.scopes)


class WeightTable:
    """The tensors that a model has, by name and layer."""

    def __init__(self, model: Any) -> None:
        self.place = location_of(model)
        self._rows: dict[tuple[str, int | None], dict[str, Any]] = {}
        for op in walk(model, "llm.weight"):
            facts = attributes_of(op)
            for layer in facts.get("layers") or [None]:
                self._rows[facts["name"], layer] = facts

    def find(self, name: str, scope: Scope) -> dict[str, Any]:
        """The row of `name` that holds for every layer of `scope`. Raises IRError."""
        layers = range(scope.first, scope.first + scope.count) if "{}" in name else (None,)
        found = [self._rows.get((name, layer)) for layer in layers]
        for layer, row in zip(layers, found, strict=True):
            if row is None:
                raise IRError(f"the model has no weight {name}" + (f" for layer {layer}" if layer is not None else ""), where=self.place)
        if len({row["dtype"] for row in found if row}) != 1:
            raise IRError(f"{name} has different types in layers {scope.first} to {scope.first + scope.count - 1}", where=self.place, mend="repeat only layers of equal types")
        return found[0] or {}


@dataclass(frozen=True)
class Weights:
    """Chooses packed forms for the operators of one model, and puts them into its file."""

    table: WeightTable
    file: WeightFile
    precision: str

    def matrix(self, names: list[str], scope: Scope, *, glu: bool = False, experts: int = 0) -> Packed:
        """The packed rows of `names`, one below the other (or, gated, alternating)."""
        rows = [self.table.find(name, scope) for name in names]
        types = tuple(row["dtype"] for row in rows)
        n, k = sum(row["shape"][-2] for row in rows), rows[0]["shape"][-1]
        fmt = self._format(types, names)
        try:
            formats.packed_bytes(fmt, n, k)
        except ValueError as error:
            raise UnsupportedError(str(error), where=Where(self.table.place.file, node=names[0])) from None
        return self.file.add(Packed(_joined(names), fmt, n, k, tuple(names), types, self._scope(names, scope), glu, experts))

    def _format(self, types: tuple[str, ...], names: list[str]) -> str:
        """The packed format of tensors of these types at the model's precision."""
        try:
            tight = set(types) == {"q4_0"}
            packed = {formats.packed_format(dtype.upper(), tight) for dtype in types}
        except ValueError as error:
            raise UnsupportedError(str(error), where=Where(self.table.place.file, node=names[0]), mend="such weights can be planned for, not run") from None
        return packed.pop() if len(packed) == 1 and self.precision != "f32" else "f32"

    def vector(self, names: list[str], scope: Scope, *, glu: bool = False) -> Packed:
        """f32 vectors, one after the other (or, gated, alternating in groups of 16)."""
        rows = [self.table.find(name, scope) for name in names]
        n = sum(_size(row["shape"]) for row in rows)
        return self.file.add(Packed(_joined(names), VECTOR, n, 1, tuple(names), tuple(row["dtype"] for row in rows), self._scope(names, scope), glu))

    def angles(self, positions: int, head_dim: int, theta: float, scaling: dict[str, Any]) -> Packed:
        """Cosines and sines of `positions` positions."""
        params = (("theta", theta), *((("scaling", _frozen(scaling)),) if scaling else ()))
        name = f"angles.{head_dim}.{theta:g}" + (f".{scaling['kind']}" if scaling else "")
        return self.file.add(Packed(name, ANGLES, positions, head_dim, (), (), params=params))

    @staticmethod
    def _scope(names: list[str], scope: Scope) -> Scope:
        return scope if "{}" in names[0] else Scope()


def _joined(names: list[str]) -> str:
    """One name for several tensors: "blk.{}.attn_q+attn_k+attn_v.weight" reads as what it is."""
    if len(names) == 1:
        return names[0]
    prefix, _, _ = names[0].rpartition("}.")
    prefix = prefix + "}." if prefix else ""
    parts = [name.removeprefix(prefix).rpartition(".")[0] or name for name in names]
    return f"{prefix}{'+'.join(parts)}.{names[0].rpartition('.')[2]}"


def _size(shape: list[int]) -> int:
    total = 1
    for size in shape:
        total *= size
    return total


def _frozen(value: Any) -> Any:
    """A dictionary as a tuple that can be compared and hashed."""
    if isinstance(value, dict):
        return tuple(sorted((key, _frozen(item)) for key, item in value.items()))
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def thawed(value: Any) -> Any:
    """The dictionary that `_frozen` was given (lists of pairs come back as dictionaries)."""
    if isinstance(value, tuple) and all(isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str) for item in value):
        return {key: thawed(item) for key, item in value}
    return [thawed(item) for item in value] if isinstance(value, tuple) else value
