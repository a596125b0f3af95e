"""plan -> pipe: each phase becomes a program of kernel launches over buffers at fixed places, and packed weights in one file.

One method of `_Phase` an operator. Most operators are one launch; a mixture of experts is several (route; group, gather, gate and up, down, combine).
"""

from __future__ import annotations

from typing import Any

from intarsia.codegen.cpu import linalg_bundle
from intarsia.codegen.cpu.formats import activation_row_bytes
from intarsia.codegen.cpu.kernels.attention import tile_rows
from intarsia.codegen.cpu.kernels.moe import groups_words
from intarsia.codegen.cpu.program import LOGITS, SEQUENCES, TOKENS, Launch, Program
from intarsia.codegen.cpu.weights import Packed, WeightFile, Weights, WeightTable
from intarsia.codegen.program import NO_LAYERS, Buffer
from intarsia.codegen.walk import Walk
from intarsia.errors import IRError, UnsupportedError
from intarsia.ir.attributes import Symbol
from intarsia.ir.model import ModelConfig
from intarsia.ir.module import Builder, Module, attribute, attributes_of, element, location_of

DTYPES = {"f32": "f32", "i8": "q8", "i32": "i32"}


def run(module: Module) -> Module:
    """A module of stage pipe. Raises IRError for a module of another stage or without offsets, UnsupportedError for what has no kernel."""
    if module.stage != "plan":
        raise IRError(f"to_pipe takes a module of stage plan, found {module.stage or 'no stage'}", mend="run the planner first")
    module = module.clone()
    lowered = {attribute(op, "model") for op in module.ops("pipe.program")}
    for model in [op for op in module.ops("llm.model") if attribute(op, "sym_name") not in lowered]:
        _check_device(module, model)
        phases = [op for op in module.ops("llm.phase") if attribute(op, "model") == attribute(model, "sym_name")]
        for phase in [op for op in phases if attribute(op, "kind") == "call"]:
            linalg_bundle.to_program(module, model, phase)
            phases.remove(phase)
        if phases:
            _lower_model(module, model, phases)
        else:
            _refuse(model)
    module.stage = "pipe"
    return module.verify()


def _check_device(module: Module, model: Any) -> None:
    """Code is for CPUs: raises UnsupportedError for a model that was planned for another kind of device."""
    symbol = attribute(model, "sym_name")
    for deploy in (op for op in module.ops("plan.deploy") if attribute(op, "model") == symbol):
        name = attribute(deploy, "device")
        kind = attribute(module.find("plan.device", name), "facts")["kind"]
        if kind != "cpu":
            mend = "`intarsia plan` predicts it; to run it here, compile with --fleet local"
            raise UnsupportedError(f"@{symbol} was planned for the {kind} @{name}, and code is generated for CPUs and GPUs alone", mend=mend)


def _refuse(model: Any) -> None:
    """A model that came this far without phases. Raises UnsupportedError, unless it is a torch module."""
    config = ModelConfig.from_dict(attribute(model, "config"))
    if config.family != "torch":
        kind = "latent attention (MLA)" if config.kv_lora_rank else f"a {config.family} without phases"
        raise UnsupportedError(f"no code can be generated for {kind}", where=location_of(model), mend="it can be planned: stop after the stage plan")


def _lower_model(module: Module, model: Any, phases: list[Any]) -> None:
    symbol = attribute(model, "sym_name")
    deploy = next((attributes_of(op) for op in module.ops("plan.deploy") if attribute(op, "model") == symbol), None)
    if deploy is None:
        raise IRError(f"the plan has no plan.deploy for @{symbol}", where=location_of(model))
    config = ModelConfig.from_dict(attribute(model, "config"))
    weights = Weights(WeightTable(model), WeightFile(), deploy["precision"])
    tiers = [attributes_of(op) for op in module.ops("plan.tier") if attribute(op, "model") == symbol and attribute(op, "window")]
    programs = [_Phase(phase, config, deploy, weights, tiers) for phase in phases]
    for program in programs:
        program.walk()
    for program in programs:
        program.write(module, f"{symbol}.weights")
        program.phase.erase()


class _Phase(Walk[Launch]):
    """One phase on its way to a program."""

    OPERATORS = ("embed", "repeat", "rmsnorm", "layernorm", "quantise", "matmul", "head_norm", "rope", "kv_write", "attention", "rope_kv", "glu",
                 "activate", "add", "moe_route", "moe_experts", "select_rows", "pool", "sample")  # fmt: skip

    def __init__(self, phase: Any, config: ModelConfig, deploy: dict[str, Any], weights: Weights, tiers: list[dict[str, Any]]) -> None:
        super().__init__(phase)
        self.config, self.deploy, self.weights = config, deploy, weights
        few = min(self.max_rows, int(deploy["max_sequences"]))
        self.program: Program = Program(phase, {"": 1, TOKENS: self.max_rows, LOGITS: few, SEQUENCES: few}, weights.file, tiers)

    def dtype(self, value: Any) -> str:
        return DTYPES[element(value)]

    def row_bytes(self, dtype: str, columns: int) -> int:
        return activation_row_bytes("q8" if dtype == "q8" else "f32", columns)

    def _launch(self, op: Any, kernel: str, buffers: list[Buffer], weights: list[Packed], **params: Any) -> None:
        for weight in weights:
            self.program.used.setdefault(weight)
        self._body.items.append(Launch(kernel, tuple(buffers), tuple(weights), params, op.name))

    def _floats(self, op: Any, buffer: Buffer) -> Buffer:
        """The rows as f32, dequantised if need be."""
        if buffer.dtype == "f32":
            return buffer
        plain = self._scratch("dequantised", "f32", buffer.width, buffer.rows, buffer.times)
        self._launch(op, "dequantise", [buffer, plain], [], width=buffer.width)
        return plain

    # Operators.

    def embed(self, op: Any, a: dict[str, Any]) -> None:
        y = self._result(op, rows=TOKENS)
        tables = {source: self.weights.matrix([a[key]], NO_LAYERS) for source, key in
                  (("token", "weight"), ("position", "position_weight"), ("type", "type_weight")) if a.get(key)}  # fmt: skip
        self._launch(op, "embed", [y], list(tables.values()), width=y.width, tables=list(tables), scale=a.get("scale", 1.0))

    def carry(self, op: Any, carried: list[Buffer], yielded: list[Buffer]) -> None:
        """Copy what the body yields into the carried buffers, where it doesn't lie there already."""
        moves = [(new, old) for old, new in zip(carried, yielded, strict=True) if old.offset != new.offset]
        if any(new.offset == old.offset for new, _ in moves for _, old in moves):
            raise UnsupportedError("the repeat swaps what it carries", where=location_of(op), mend="yield values made in the body")
        for new, old in moves:
            self._launch(op, "copy", [new, old], [], row_bytes=new.row_bytes)

    def rmsnorm(self, op: Any, a: dict[str, Any]) -> None:
        x, y = self._read(op.operands[0]), self._result(op)
        weight = self.weights.vector([a["weight"]], self.scope)
        self._launch(op, "rmsnorm", [self._floats(op, x), y], [weight], width=x.width, y=y.dtype, eps=a["eps"])

    def layernorm(self, op: Any, a: dict[str, Any]) -> None:
        parts = [self._floats(op, self._read(value)) for value in op.operands]
        y = self._result(op)
        weights = [self.weights.vector([a[name]], self.scope) for name in ("weight", "bias")]
        self._launch(op, "layernorm", [*parts, y], weights, width=y.width, y=y.dtype, eps=a["eps"])

    def quantise(self, op: Any, a: dict[str, Any]) -> None:
        x, y = self._read(op.operands[0]), self._result(op)
        self._launch(op, "activate", [x, y], [], width=x.width, y=y.dtype, kind="none")

    def activate(self, op: Any, a: dict[str, Any]) -> None:
        x, y = self._floats(op, self._read(op.operands[0])), self._result(op)
        self._launch(op, "activate", [x, y], [], width=x.width, y=y.dtype, kind=a["kind"])

    def glu(self, op: Any, a: dict[str, Any]) -> None:
        gate, up = (self._floats(op, self._read(value)) for value in op.operands)
        y = self._result(op)
        self._launch(op, "glu", [gate, up, y], [], width=y.width, y=y.dtype, activation=a["activation"])

    def add(self, op: Any, a: dict[str, Any]) -> None:
        x, addend = self._read(op.operands[0]), self._floats(op, self._read(op.operands[1]))
        y = self._alias(op, x)
        self._launch(op, "add", [x, addend, y], [], width=x.width)

    def matmul(self, op: Any, a: dict[str, Any]) -> None:
        x = self._read(op.operands[0])
        gated = a.get("activation", "none").startswith("glu_")
        weight = self.weights.matrix(a["weights"], self.scope, glu=gated)
        bias = [self.weights.vector(a["biases"], self.scope, glu=gated)] if a.get("biases") else []
        residual = [self._read(op.operands[1])] if len(op.operands) > 1 else []
        y = self._alias(op, residual[0]) if residual else self._result(op)
        if weight.format in ("f32", "f16", "bf16"):
            x = self._floats(op, x)
        self._matmul(op, "matmul", [x, y, *residual], [weight, *bias], a.get("activation", "none"))

    def _matmul(self, op: Any, kernel: str, buffers: list[Buffer], weights: list[Packed], activation: str = "none", **more: Any) -> None:
        x, y, weight = buffers[0], buffers[1], weights[0]
        if x.width != weight.k:
            raise IRError(f"{weight.name} takes rows of {weight.k}, but is given rows of {x.width}", where=location_of(op))
        self._launch(op, kernel, buffers, weights, k=weight.k, n=weight.n, weight=weight.format, x=x.dtype, y=y.dtype, activation=activation,
                     bias=len(weights) > 1, residual=len(buffers) > 2 and kernel == "matmul", **more)  # fmt: skip

    def head_norm(self, op: Any, a: dict[str, Any]) -> None:
        x, y = self._floats(op, self._read(op.operands[0])), self._result(op)
        weight = self.weights.vector([a["weight"]], self.scope)
        self._launch(op, "head_norm", [x, y], [weight], heads=x.width // a["head_dim"], head_dim=a["head_dim"], eps=a["eps"])

    def rope(self, op: Any, a: dict[str, Any]) -> None:
        x, y = self._floats(op, self._read(op.operands[0])), self._result(op)
        self._launch(op, "rope", [x, y], [self._angles(a)], heads=x.width // a["head_dim"], head_dim=a["head_dim"], style=a["style"])

    def _angles(self, a: dict[str, Any]) -> Packed:
        positions = self.deploy.get("context") or self.config.context
        if positions <= 0:
            raise IRError("the model's context is unknown", where=location_of(self.phase), mend="set context in the config or in plan.deploy")
        return self.weights.angles(positions, a["head_dim"], float(a["theta"]), a.get("scaling", {}))

    def kv_write(self, op: Any, a: dict[str, Any]) -> None:
        k, v = (self._floats(op, self._read(value)) for value in op.operands)
        self._launch(op, "kv_write", [k, v], [], kv_heads=a["kv_heads"], head_dim=a["head_dim"])

    def rope_kv(self, op: Any, a: dict[str, Any]) -> None:
        qkv, y = self._floats(op, self._read(op.operands[0])), self._result(op)
        norms = [self.weights.vector([a[name]], self.scope) for name in ("q_norm", "k_norm") if a.get(name)]
        if len(norms) == 1:
            raise UnsupportedError("rope_kv norms q and k, or neither", where=location_of(op))
        angles = [self._angles(a)] if a["style"] != "none" else []
        self._launch(op, "rope_kv", [qkv, y], [*angles, *norms], heads=a["heads"], kv_heads=a["kv_heads"], head_dim=a["head_dim"], style=a["style"],
                     norms=bool(norms), eps=a.get("eps", 0.0))  # fmt: skip

    def attention(self, op: Any, a: dict[str, Any]) -> None:
        q, y = self._floats(op, self._read(op.operands[0])), self._result(op)
        direct = y.dtype == "f32" or a["head_dim"] % 32 == 0
        target = y if direct else self._scratch("heads", "f32", y.width, y.rows)
        self._launch(op, "attention", [q, target], [], heads=a["heads"], kv_heads=a["kv_heads"], head_dim=a["head_dim"], scale=float(a["scale"]),
                     causal=a["causal"], window=a.get("window", 0), y=target.dtype)  # fmt: skip
        if not direct:
            self._launch(op, "activate", [target, y], [], width=y.width, y=y.dtype, kind="none")

    def moe_route(self, op: Any, a: dict[str, Any]) -> None:
        x = self._floats(op, self._read(op.operands[0]))
        weights, experts = self._result(op, index=0), self._result(op, index=1)
        router = self.weights.matrix([a["weight"]], self.scope)
        logits = self._scratch("router", "f32", a["experts"], x.rows)
        self._matmul(op, "matmul", [x, logits], [router])
        bias = [self.weights.vector([a["bias"]], self.scope)] if a.get("bias") else []
        self._launch(op, "moe_route", [logits, weights, experts], bias, experts=a["experts"], top_k=a["top_k"], scoring=a.get("scoring", "softmax"),
                     normalise=a.get("normalise", False), bias=bool(bias), scale=a.get("scale", 1.0), groups=a.get("groups", 0), top_groups=a.get("top_groups", 0))  # fmt: skip

    def moe_experts(self, op: Any, a: dict[str, Any]) -> None:
        x, weights, experts = (self._read(value) for value in op.operands[:3])
        residual = [self._read(op.operands[3])] if len(op.operands) > 3 else []
        gate_up = self.weights.matrix([a["gate"], a["up"]], self.scope, glu=True, experts=a["experts"])
        down = self.weights.matrix([a["down"]], self.scope, experts=a["experts"])
        if gate_up.format in ("f32", "f16", "bf16"):
            x = self._floats(op, x)
        y = self._alias(op, residual[0]) if residual else self._result(op)
        self._experts(op, a, x, weights, experts, [gate_up, down], residual, y)

    def _experts(self, op: Any, a: dict[str, Any], x: Buffer, weights: Buffer, experts: Buffer, matrices: list[Packed], residual: list[Buffer], y: Buffer) -> None:
        rows, count, top_k = x.rows, a["experts"], a["top_k"]
        gate_up, down = matrices
        inner = "q8" if x.dtype == "q8" and down.format not in ("f32", "f16", "bf16") else "f32"
        groups = self._scratch("groups", "i32", groups_words(count, self.program.rows(x) * top_k), "")
        gathered = self._scratch("gathered", x.dtype, x.width, rows, top_k)
        hidden = self._scratch("hidden", inner, a["ffn"], rows, top_k)
        outputs = self._scratch("outputs", "f32", y.width, rows, top_k)
        routing = {"experts": count, "top_k": top_k}
        self._launch(op, "moe_group", [experts, groups], [], **routing)
        self._launch(op, "moe_gather", [x, groups, gathered], [], row_bytes=x.row_bytes, **routing)
        self._matmul(op, "moe_matmul", [gathered, hidden, groups], [gate_up], f"glu_{a['activation']}", **routing)
        self._matmul(op, "moe_matmul", [hidden, outputs, groups], [down], **routing)
        self._launch(op, "moe_combine", [outputs, weights, groups, *residual, y], [], width=y.width, residual=bool(residual), **routing)

    def select_rows(self, op: Any, a: dict[str, Any]) -> None:
        x, y = self._read(op.operands[0]), self._result(op, rows=LOGITS)
        self._launch(op, "select_rows", [x, y], [], row_bytes=x.row_bytes)

    def pool(self, op: Any, a: dict[str, Any]) -> None:
        x, y = self._floats(op, self._read(op.operands[0])), self._result(op, rows=SEQUENCES)
        self._launch(op, "pool", [x, y], [], width=x.width, kind=a["kind"], normalise=a.get("normalise", False))

    def finish(self, op: Any) -> None:
        if op.operands:
            self.program.output = self._floats(op, self._read(op.operands[0]))

    # The program.

    def write(self, module: Module, weights_file: str) -> None:
        """Append the program to the module. Raises IRError where the plan's tiers leave out a layer."""
        builder, place = Builder(module), location_of(self.phase)
        with builder.at(place.file or self.kind, place.line or 1):
            self.program.write(builder, self._facts(weights_file))

    def _facts(self, weights_file: str) -> dict[str, Any]:
        c, d = self.config, self.deploy
        groups = [launch.params["heads"] // launch.params["kv_heads"] for launch in self.program.body.launches() if launch.kernel == "attention"]
        return {
            "sym_name": attribute(self.phase, "sym_name"), "model": Symbol(attribute(self.phase, "model")), "kind": self.kind, "device": Symbol(d["device"]),
            "threads": attribute(self.phase, "threads", d["threads"]), "max_rows": self.max_rows,
            "arena_bytes": self.arena_bytes, "weights_file": weights_file, "weights_bytes": self.weights.file.bytes,
            "precision": d["precision"], "kv_dtype": d["kv_dtype"], "page_tokens": d["page_tokens"], "kv_pages": d["kv_pages"], "layers": 1 if self.kind == "encode" else c.layers,
            "kv_heads": c.kv_heads, "head_dim": c.head_dim, "vocab": c.vocab, "hidden": c.hidden, "max_sequences": d["max_sequences"],
            "context": d.get("context") or c.context, "tile_rows": tile_rows(max(groups, default=1)),
            "window_bytes": max((tier["window"] for tier in self.program.tiers), default=None),
        }  # fmt: skip
