"""plan -> pipe for models on GPUs: each phase becomes a program of kernel launches over buffers at fixed places, one handler an operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from intarsia.codegen.cpu.weights import WeightTable
from intarsia.codegen.gpu.bundle import program
from intarsia.codegen.gpu.bundle.choose import FEW_ROWS, Chooser, target_of
from intarsia.codegen.gpu.bundle.eights import FORMAT as EIGHTS
from intarsia.codegen.gpu.bundle.eights import scales_shape
from intarsia.codegen.gpu.bundle.program import LOGITS, MEMORY, ONCE, ROWS, SEQUENCES, Launch, Program
from intarsia.codegen.gpu.bundle.weights import ANGLES, BITS, CODES, GROUP, SCALES, Layout, Stored
from intarsia.codegen.gpu.dtypes import dtype as numbers
from intarsia.codegen.gpu.spec import Spec
from intarsia.codegen.gpu.targets import TARGETS, Target
from intarsia.codegen.program import Buffer
from intarsia.codegen.triton.gemm import SCALE_BLOCK
from intarsia.codegen.triton.moe import MoeCombine, MoeRoute, MoeSort
from intarsia.codegen.triton.rope_kv import RopeKv
from intarsia.codegen.walk import Walk
from intarsia.errors import IRError, UnsupportedError
from intarsia.ir.attributes import Symbol
from intarsia.ir.model import ModelConfig
from intarsia.ir.module import Builder, Module, attribute, attributes_of, element, location_of
from intarsia.ir.weights import BLOCK_SCALES, EIGHT_BITS

PRECISIONS = ("w-a16", *EIGHT_BITS)
CACHES = {"f16": "", "bf16": "", "f8": "f8e4m3", "f8e4m3": "f8e4m3"}
"""By the plan's type of the KV cache, the kernels': 16 bits are the rows' own type."""


def lower_model(module: Module, model: Any, phases: list[Any]) -> None:
    """Programs for a model's phases, which take their place. Raises UnsupportedError for what has no kernel."""
    symbol = attribute(model, "sym_name")
    deploy = next(attributes_of(op) for op in module.ops("plan.deploy") if attribute(op, "model") == symbol)
    device = attribute(module.find("plan.device", deploy["device"]), "facts")
    _check(deploy, model, target_of(device["name"]))
    layout, table = Layout(), WeightTable(model)
    config = ModelConfig.from_dict(attribute(model, "config"))
    made = [_Phase(phase, config, deploy, device, layout, table) for phase in phases]
    for phase in made:
        phase.walk()
    for phase in made:
        phase.write(module)


def _check(deploy: dict[str, Any], model: Any, target: Target) -> None:
    if deploy["tp"] > 1:
        mend = "compile for one device, or take the launch files for engines that split models"
        raise UnsupportedError(f"code for a model that is split over {deploy['tp']} GPUs is not generated", where=location_of(model), mend=mend)
    if deploy["precision"] not in PRECISIONS:
        what = f"GPU bundles hold the precisions {', '.join(PRECISIONS)}, the plan says {deploy['precision']}"
        raise UnsupportedError(what, where=location_of(model), mend="compile with --precision w-a16")
    if deploy["precision"] in EIGHT_BITS and EIGHTS not in target.multiplied:
        others = ", ".join(other.name for other in TARGETS.values() if EIGHTS in other.multiplied)
        what = f"the precision {deploy['precision']} needs products of {EIGHTS}, and the tensor cores of {target.name} have none"
        raise UnsupportedError(what, where=location_of(model), mend=f"nearest there: --precision w-a16; {EIGHTS} works on {others}")


class _Phase(Walk[Launch]):
    """One phase on its way to a program."""

    OPERATORS = ("embed", "repeat", "rmsnorm", "matmul", "rope_kv", "attention", "moe_route", "moe_experts", "select_rows", "sample")
    KERNEL = "GPU kernel"
    ALIGNMENT = 256

    def __init__(self, phase: Any, config: ModelConfig, deploy: dict[str, Any], device: dict[str, Any], layout: Layout, table: WeightTable) -> None:
        super().__init__(phase)
        self.config, self.deploy, self.layout, self.table = config, deploy, layout, table
        self.eight = deploy["precision"] if deploy["precision"] in EIGHT_BITS else ""
        target = target_of(device["name"])
        rows, sequences = self.max_rows, int(deploy["max_sequences"])
        self.parts = int(deploy.get("nano_batches") or 1) if self.kind == "decode" else 1
        if self.parts > sequences:
            raise UnsupportedError(f"{self.parts} nano-batches of steps with at most {sequences} sequences: some would be empty", where=location_of(phase),
                                   mend=f"nearest: --nano-batches {sequences}, or more --max-sequences")  # fmt: skip
        self.choose = Chooser(target, int(device["cores"]), rows, sequences, divided=self.parts > 1)
        facts = self._facts(deploy, target.name) | {"max_rows": rows}
        self.program: Program = Program({ROWS: rows, LOGITS: min(rows, sequences), SEQUENCES: sequences, ONCE: 1}, layout, facts)

    def _facts(self, deploy: dict[str, Any], target: str) -> dict[str, Any]:
        c = self.config
        return {
            "sym_name": attribute(self.phase, "sym_name"), "model": Symbol(attribute(self.phase, "model")), "kind": self.kind, "device": Symbol(deploy["device"]), "threads": 1,
            "target": target, "weights_file": f"{attribute(self.phase, 'model')}.weights", "precision": deploy["precision"], "kv_dtype": deploy["kv_dtype"],
            "page_tokens": deploy["page_tokens"], "kv_pages": deploy["kv_pages"], "layers": c.layers, "kv_heads": c.kv_heads, "head_dim": c.head_dim, "vocab": c.vocab,
            "hidden": c.hidden, "max_sequences": deploy["max_sequences"], "context": deploy.get("context") or c.context,
        }  # fmt: skip

    def row_bytes(self, dtype: str, columns: int) -> int:
        return columns * numbers(dtype).bytes

    def walk(self) -> None:
        super().walk()
        self.program.facts["arena_bytes"] = self.arena_bytes
        if self.parts > 1:
            program.in_parts(self.program, self.parts, self._memory_share())

    def write(self, module: Module) -> None:
        """The program takes the phase's place in the module."""
        builder, place = Builder(module), location_of(self.phase)
        with builder.at(place.file or "phase", place.line or 1):
            self.program.write(builder, self.program.facts | {"weights_bytes": self.layout.bytes})
        self.phase.erase()

    def _memory_share(self) -> float:
        share = self.deploy.get("memory_share")
        if share is None or not 0 < share < 1:
            raise IRError(f"{self.parts} nano-batches need a memory_share between 0 and 1, found {share}", where=location_of(self.phase), mend="run the planner first")
        return float(share)

    # Weights.

    def _matrix(self, names: list[str], kind: str = "bf16", experts: int = 0, holds: str = "", widened: bool = False) -> Stored:
        """A weight of its sources' values, one below the other; with `holds`, the codes or the scales of quantised ones."""
        return self.layout.add(self._described(names, kind, experts, holds, widened))

    def _described(self, names: list[str], kind: str, experts: int = 0, holds: str = "", widened: bool = False) -> Stored:
        rows = [self.table.find(name, self.scope) for name in names]
        n = sum(row["shape"][-2] if len(row["shape"]) > 1 else row["shape"][0] for row in rows)
        k = rows[0]["shape"][-1] if len(rows[0]["shape"]) > 1 else 1
        layered = "{}" in names[0] and self.scope.count > 0
        name = "+".join([names[0], *(other.rpartition("}.")[2] for other in names[1:])]) + (f"@{self.scope.first}" if layered and self.scope.first else "")
        types = tuple(row["dtype"] for row in rows)
        first, count = (self.scope.first, self.scope.count) if layered else (0, 0)
        if holds:
            name, k = f"{name}.{holds}", k // GROUP if holds == SCALES else k * BITS[types[0]] // 8
        return Stored(name, kind, n, k, tuple(names), types, first, count, experts, holds=holds, widened=widened)

    def _bits(self, names: list[str]) -> int:
        """Of weights that are all stored in the same few; 0 for others."""
        types = {self.table.find(name, self.scope)["dtype"] for name in names}
        return BITS.get(types.pop(), 0) if len(types) == 1 else 0

    def _angles(self, a: dict[str, Any]) -> Stored:
        positions, scaling = self.program.facts["context"], a.get("scaling") or {}
        frozen = tuple(sorted((key, tuple(value) if isinstance(value, list) else value) for key, value in scaling.items()))
        return self.layout.add(Stored(f"angles.{a['theta']:g}", ANGLES, positions, a["head_dim"], theta=float(a["theta"]), scaling=frozen))

    def _launch(self, op: Any, spec: Spec, bound: Mapping[str, Buffer | Stored | str], rows: str = ROWS, **more: Any) -> None:
        """Queue a kernel; `bound` says what its arguments are, in any order. Sizes and step tables that it leaves out go by their own names."""
        words = {}
        for argument in spec.arguments:
            value = bound.get(argument.name)
            if value is None:
                value = f"size:{rows if argument.name == 'rows' else argument.name}" if argument.role == "size" else f"step:{argument.name}"
            words[argument.name] = value if isinstance(value, str) else f"{'buffer' if isinstance(value, Buffer) else 'weight'}:{value.name}"
        buffers = tuple(v for v in bound.values() if isinstance(v, Buffer))
        weights = tuple(v for v in bound.values() if isinstance(v, Stored))
        self._body.items.append(Launch(spec, words, buffers, weights, op.name, rows, **more))

    # Operators.

    def embed(self, op: Any, a: dict[str, Any]) -> None:
        if a.get("position_weight") or a.get("type_weight"):
            raise UnsupportedError("embeddings of positions and types have no GPU kernel", where=location_of(op))
        y = self._result(op, ROWS)
        self._launch(op, self.choose.embed(y.width, a.get("scale", 1.0)), {"table": self._matrix([a["weight"]], widened=True), "y": y})

    def rmsnorm(self, op: Any, a: dict[str, Any]) -> None:
        x, y = self._read(op.operands[0]), self._result(op)
        self._launch(op, self.choose.rmsnorm(x.width, a["eps"]), {"x": x, "weight": self._matrix([a["weight"]]), "y": y}, x.rows)

    def matmul(self, op: Any, a: dict[str, Any]) -> None:
        x, activation = self._read(op.operands[0]), a.get("activation", "none")
        bound: dict[str, Any] = {"a": x} | self._weights(a["weights"], narrow=element(op.results[0]) == self.choose.dtype)
        if a.get("biases"):
            bound["bias"] = self._matrix(a["biases"])
        if activation.startswith("glu_"):
            self._gated(op, bound, activation.removeprefix("glu_"))
            return
        if len(op.operands) > 1:
            bound["residual"] = y = self._alias(op, self._read(op.operands[1]))
        else:
            y = self._result(op)
        self._gemm(op, bound | {"c": y}, activation=activation)

    def _weights(self, names: list[str], *, narrow: bool) -> dict[str, Stored]:
        """A product's weights: a layer's in 8-bit floats where the plan says so; quantised ones as they are where its result is `narrow`, which their kernel makes; else values."""
        if narrow and self.eight and self.scope.count:
            return self._eights(names)
        if narrow and (bits := self._bits(names)):
            return {"b": self._matrix(names, "u8" if bits == 4 else "i8", holds=CODES), "scales": self._matrix(names, holds=SCALES)}
        return {"b": self._matrix(names, widened=not narrow)}

    def _eights(self, names: list[str]) -> dict[str, Stored]:
        """Codes and scales of a layer's matrix. Raises UnsupportedError where its rows aren't whole blocks."""
        whole = self._described(names, EIGHTS, widened=True)
        if self.eight == BLOCK_SCALES and whole.k % SCALE_BLOCK:
            what = f"{whole.name} has rows of {whole.k} weights, and scales of blocks are for {SCALE_BLOCK}"
            raise UnsupportedError(what, where=location_of(self.phase), mend="compile with --precision f8, which has a scale for a matrix")
        n, k = scales_shape(whole.n, whole.k, self.eight)
        made = replace(whole, name=f"{whole.name}.{self.eight}", holds=CODES, eight=self.eight)
        return {"b": self.layout.add(made), "b_scale": self.layout.add(replace(made, name=f"{made.name}.{SCALES}", format="f32", n=n, k=k, holds=SCALES))}

    def _rounded(self, op: Any, x: Buffer) -> dict[str, Buffer]:
        """Rows as 8-bit floats, and their scales."""
        spec = self.choose.quantise(x.width, "block" if self.eight == BLOCK_SCALES else "row")
        y = self._scratch("eights", spec.out, x.width, x.rows, x.times)
        scale = self._scratch("eights_scale", "f32", scales_shape(1, x.width, self.eight)[1], x.rows, x.times)
        self._launch(op, spec, {"x": x, "y": y, "scale": scale}, x.rows)
        return {"a": y, "a_scale": scale}

    def _gemm(self, op: Any, bound: dict[str, Any], activation: str = "none") -> None:
        y, x, n = bound["c"], bound["a"], bound["b"].n
        most = self.program.rows(x)
        after = {"bias": "bias" in bound, "residual": "residual" in bound, "activation": activation}
        spec: Spec
        more: dict[str, Any] = {}
        if "b_scale" in bound:
            bound |= self._rounded(op, x)
            spec = self.choose.gemm_eights(n, x.width, most, "block" if self.eight == BLOCK_SCALES else "row", **after)
        elif "scales" in bound:
            spec = whole = self.choose.gemm_weights(n, x.width, most, bits=8 * bound["b"].k // x.width, group=GROUP, **after)
            more = {"few": self.choose.few_rows(whole), "few_rows": FEW_ROWS}
        else:
            spec = self.choose.gemm(n, bound["b"].k, most, out="" if y.dtype == self.choose.dtype else y.dtype, **after)
        self._launch(op, spec, bound, x.rows, **more)

    def _gated(self, op: Any, bound: dict[str, Any], activation: str) -> None:
        """The product of both halves, then the function."""
        x = bound["a"]
        wide = self._scratch("gate_up", self.choose.dtype, bound["b"].n, x.rows)
        self._gemm(op, bound | {"c": wide})
        y = self._result(op)
        self._launch(op, self.choose.glu(y.width, activation), {"x": wide, "y": y}, x.rows)

    def rope_kv(self, op: Any, a: dict[str, Any]) -> None:
        qkv, y = self._read(op.operands[0]), self._result(op)
        bound: dict[str, Any] = {"x": qkv, "q": y, "k_cache": "keys", "v_cache": "values"} | self._scales()
        if a["style"] != "none":
            bound["angles"] = self._angles(a)
        normed = bool(a.get("q_norm"))
        if normed:
            bound |= {name: self._matrix([a[name]]) for name in ("q_norm", "k_norm")}
        spec = RopeKv(dtype=self.choose.dtype, **self._heads(a), style=a["style"], qk_norm=normed, **({"eps": a["eps"]} if normed else {}))
        self._launch(op, spec, bound)

    def _heads(self, a: dict[str, Any]) -> dict[str, Any]:
        return {"heads": a["heads"], "kv_heads": a["kv_heads"], "head_dim": a["head_dim"], "page": self.program.facts["page_tokens"], "cache": self._cache}

    @property
    def _cache(self) -> str:
        kind = self.program.facts["kv_dtype"]
        if kind not in CACHES:
            raise UnsupportedError(f"GPU kernels keep no KV cache in {kind}", where=location_of(self.phase), mend=f"choose one of {', '.join(CACHES)}")
        return CACHES[kind]

    def _scales(self) -> dict[str, str]:
        return {"k_scale": "1.0", "v_scale": "1.0"} if self._cache else {}

    def attention(self, op: Any, a: dict[str, Any]) -> None:
        if not a["causal"]:
            raise UnsupportedError("attention that sees what comes later has no GPU kernel", where=location_of(op))
        q, y = self._read(op.operands[0]), self._result(op)
        bound: dict[str, Any] = {"q": q, "k_cache": "keys", "v_cache": "values", "out": y} | self._scales()
        sizes = self._heads(a) | {"scale": float(a["scale"]), "window": a.get("window", 0)}
        if self.kind != "decode":
            self._launch(op, self.choose.prefill(**sizes), bound, stream=MEMORY)
            return
        whole, combine = self.choose.decode(**sizes)
        if combine is None:
            self._launch(op, whole, bound, stream=MEMORY)
            return
        del bound["out"]
        partial = self._scratch("partial", "f32", a["head_dim"], SEQUENCES, a["heads"] * whole.splits)
        summary = self._scratch("summary", "f32", 1, SEQUENCES, a["heads"] * whole.splits)
        self._launch(op, whole, bound | {"partial": partial, "summary": summary}, stream=MEMORY)
        self._launch(op, combine, {"partial": partial, "summary": summary, "out": y}, stream=MEMORY)

    def moe_route(self, op: Any, a: dict[str, Any]) -> None:
        x = self._read(op.operands[0])
        weights, experts = self._result(op, index=0), self._result(op, index=1)
        router = self._matrix([a["weight"]])
        logits = self._scratch("router", self.choose.dtype, a["experts"], x.rows)
        self._gemm(op, {"a": x, "b": router, "c": logits})
        bias: dict[str, Any] = {"bias": self._matrix([a["bias"]], "f32")} if a.get("bias") else {}
        known = {name: a[name] for name in ("scoring", "normalise", "scale", "groups", "top_groups") if name in a}
        spec = MoeRoute(dtype=self.choose.dtype, experts=a["experts"], top_k=a["top_k"], bias=bool(bias), **known)
        self._launch(op, spec, {"logits": logits, "weights": weights, "experts": experts} | bias, x.rows)

    def moe_experts(self, op: Any, a: dict[str, Any]) -> None:
        if self.eight:
            mend = "compile with --precision w-a16"
            raise UnsupportedError("products of experts have no GPU kernel for 8-bit floats", where=location_of(op), mend=mend)
        x, weights, experts = (self._read(value) for value in op.operands[:3])
        count, top_k, rows = a["experts"], a["top_k"], x.rows
        gate_up, down = self._matrix([a["gate"], a["up"]], experts=count), self._matrix([a["down"]], experts=count)
        kind = self.choose.dtype
        offsets, order = self._scratch("offsets", "i32", count + 1, ONCE), self._scratch("order", "i32", 1, rows, top_k)
        wide, hidden = self._scratch("gate_up", kind, gate_up.n, rows, top_k), self._scratch("hidden", kind, gate_up.n // 2, rows, top_k)
        outputs = self._scratch("outputs", kind, down.n, rows, top_k)
        pairs = {"pairs": f"size:{rows}*{top_k}"}
        residual = self._alias(op, self._read(op.operands[3])) if len(op.operands) > 3 else None
        y = residual or self._result(op)
        tables: dict[str, Any] = {"offsets": offsets, "order": order}
        self._launch(op, MoeSort(experts=count), {"experts": experts, **tables, **pairs}, rows)
        first = self.choose.grouped_gemm(count, top_k, gate_up.n, gate_up.k, gathers=True)
        self._launch(op, first, {"a": x, "b": gate_up, **tables, "c": wide}, rows, extra=pairs)
        self._launch(op, self.choose.glu(hidden.width, a["activation"]), {"x": wide, "y": hidden, "rows": pairs["pairs"]}, rows)
        second = self.choose.grouped_gemm(count, top_k, down.n, down.k, gathers=False)
        self._launch(op, second, {"a": hidden, "b": down, **tables, "c": outputs}, rows, extra=pairs)
        combine = MoeCombine(dtype=kind, width=y.width, top_k=top_k, residual=residual is not None, block=self.choose.glu(y.width, "silu").block)
        self._launch(op, combine, {"x": outputs, "weights": weights, "y": y} | ({"residual": residual} if residual else {}), rows)

    def select_rows(self, op: Any, a: dict[str, Any]) -> None:
        """Rows by number, as an embedding takes them from its table."""
        x, y = self._read(op.operands[0]), self._result(op, LOGITS)
        self._launch(op, self.choose.embed(x.width), {"tokens": "step:logit_rows", "table": x, "y": y}, LOGITS)
