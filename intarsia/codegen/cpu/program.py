"""A CPU program while it is made: packed weights, and launches of kernels that `step.py` knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from intarsia.codegen import program
from intarsia.codegen.cpu.weights import Packed, WeightFile, thawed
from intarsia.codegen.program import Buffer, Scope
from intarsia.errors import IRError
from intarsia.ir.module import Builder, location_of

TOKENS, LOGITS, SEQUENCES = "rows", "logit_rows", "sequences"
"""What a buffer has rows for: the words of the step block that count them; or "" for one at all."""


@dataclass(frozen=True)
class Launch:
    """A kernel over buffers and weights; `op` is the operator it comes from."""

    kernel: str
    buffers: tuple[Buffer, ...]
    weights: tuple[Packed, ...]
    params: dict[str, Any]
    op: str


class Program(program.Program[Launch]):
    """What a phase has become; its weights lie in `file`. `tiers`: which layers come from a disk, as `plan.tier` has it."""

    def __init__(self, phase: Any, most: Mapping[str, int], file: WeightFile, tiers: Sequence[dict[str, Any]]) -> None:
        super().__init__(most)
        self.phase, self.file, self.tiers = phase, file, tiers
        self.used: dict[Packed, None] = {}

    def write_weights(self, builder: Builder) -> None:
        self._names = _distinct_names(list(self.used))
        for weight in self.used:
            self._write_weight(builder, weight)

    def _write_weight(self, builder: Builder, w: Packed) -> None:
        file, layered = self.file, w.scope.count > 0
        builder.op("pipe.weight", name=self._names[w], format=w.format, n=w.n, k=w.k, offset=file.offset(w), bytes=w.bytes, sources=list(w.sources),
                   source_types=list(w.source_types), count=w.scope.count if layered else None, first=w.scope.first if layered else None,
                   stride=file.stride(w.scope) if layered else None, glu=w.glu or None, experts=w.experts or None, params=_params(w) or None)  # fmt: skip

    def launch_facts(self, launch: Launch) -> dict[str, Any]:
        rows = next((b.rows for b in reversed(launch.buffers) if b.rows), TOKENS)
        return {"kernel": launch.kernel, "params": launch.params | {"rows": rows}, "weights": [self._names[w] for w in launch.weights] or None, "share": 1.0, "op": launch.op}

    def repeat_facts(self, scope: Scope) -> dict[str, Any]:
        return super().repeat_facts(scope) | {"resident": self._resident(scope)}

    def _resident(self, scope: Scope) -> int | None:
        """Bytes of each layer that stay in memory, where the plan lets the others come from a disk. Raises IRError where it leaves out a layer."""
        if not self.tiers:
            return None
        found = [tier["resident"] for tier in self.tiers if tier["first"] <= scope.first and scope.first + scope.count <= tier["first"] + tier["count"]]
        if not found:
            raise IRError(f"no plan.tier says where layers {scope.first} to {scope.first + scope.count - 1} live", where=location_of(self.phase))
        return int(found[0])


def _params(weight: Packed) -> dict[str, Any]:
    return {key: thawed(value) for key, value in weight.params}


def _distinct_names(weights: list[Packed]) -> dict[Packed, str]:
    """The weights' names, with the first layer where several runs of layers have the same."""
    names = [weight.name for weight in weights]
    return {weight: weight.name if names.count(weight.name) == 1 else f"{weight.name}@{weight.scope.first}" for weight in weights}
