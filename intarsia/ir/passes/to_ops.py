"""tasks -> ops: each model's phases as operators, a layer held once for each run of equal layers.

Sizes come from the model's config and weight types from its table, as the text has them. Models with latent attention (MLA)
get no phases: they are planned, not run. Torch modules bring their own code; their phase names it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from intarsia.errors import IRError
from intarsia.ir.attributes import Symbol
from intarsia.ir.model import ModelConfig
from intarsia.ir.module import Builder, Module, attribute, location_of, rows, walk
from intarsia.ir.passes import torch_phase
from intarsia.ir.weights import table

PHASES = {"decoder": ("prefill", "decode"), "encoder": ("encode",)}
TOKENS = "tensor<?xi32>"


def run(module: Module) -> Module:
    """A module of stage ops. Raises IRError when the module is not of stage tasks, or a layer lacks weights."""
    if module.stage != "tasks":
        raise IRError(f"to_ops takes a module of stage tasks, found {module.stage or 'no stage'}", mend="run to_tasks first")
    module = module.clone()
    for model in list(module.ops("llm.model")):
        _add_phases(module, model)
    module.stage = "ops"
    return module.verify()


def _add_phases(module: Module, model: Any) -> None:
    config = ModelConfig.from_dict(attribute(model, "config"))
    if config.kv_lora_rank:
        return
    if config.family == "torch":
        torch_phase.add_phase(module, model)
        return
    symbol, place = attribute(model, "sym_name"), location_of(model)
    layers = _check_weights(model, config)
    for kind in PHASES[config.family]:
        builder = Builder(module)
        phase = _Phase(builder, config, layers)
        with builder.at(place.file or symbol, place.line or 1):
            body = phase.encoder if config.family == "encoder" else phase.decoder
            builder.op("llm.phase", body=body, block_args=[TOKENS], sym_name=f"{symbol}_{kind}", model=Symbol(symbol), kind=kind)


Layers = list[tuple[int, int]]
"""Runs of equal layers: (first, count)."""


def _check_weights(model: Any, config: ModelConfig) -> Layers:
    """Groups layers whose weights have equal types. Raises IRError for a layer without a weight it needs."""
    types = _types(model)
    signatures: dict[int, list[str]] = {layer: [] for layer in range(config.layers)}
    for weight in table(config):
        for layer in weight.layers or (None,):
            found = types.get((weight.name, layer))
            if found is None:
                place = "" if layer is None else f" for layer {layer}"
                raise IRError(
                    f"the model has no weight {weight.name}{place}, but its config asks for it",
                    where=location_of(model),
                    mend="change the config, or add the weight",
                )
            if layer is not None:
                signatures[layer].append(f"{weight.name}:{found}")
    runs = (list(group) for _, group in groupby(range(config.layers), key=lambda layer: signatures[layer]))
    return [(run[0], len(run)) for run in runs]


def _types(model: Any) -> dict[tuple[str, int | None], str]:
    types: dict[tuple[str, int | None], str] = {}
    for weight in walk(model, "llm.weight"):
        for layer in attribute(weight, "layers") or [None]:
            types[attribute(weight, "name"), layer] = attribute(weight, "dtype")
    return types


@dataclass(frozen=True)
class _Phase:
    """Builds one phase. `layers` are its runs of equal layers."""

    builder: Builder
    config: ModelConfig
    layers: Layers

    @property
    def row(self) -> str:
        """The type of the rows that run through all layers."""
        return rows(self.config.hidden)

    def decoder(self, tokens: Any) -> None:
        c, b = self.config, self.builder
        x = b.op("llm.embed", [tokens], [self.row], weight="token_embd.weight")
        for first, count in self.layers:
            x = self._repeat(x, first, count)
        x = self._norm(b.op("llm.select_rows", [x], [self.row]), "output_norm")
        head = "token_embd" if c.tied_embeddings else "output"
        b.op("llm.return", [self._linear(x, head, c.vocab)])

    def encoder(self, tokens: Any) -> None:
        c, b = self.config, self.builder
        x = b.op(
            "llm.embed",
            [tokens],
            [self.row],
            weight="token_embd.weight",
            position_weight="position_embd.weight" if c.positions else None,
            type_weight="token_types.weight" if c.token_types else None,
        )
        x = self._norm(x, "token_embd_norm")
        for first, count in self.layers:
            x = self._repeat(x, first, count)
        b.op("llm.return", [b.op("llm.pool", [x], [self.row], kind=c.pooling or "mean", normalise=c.normalise_embeddings or None)])

    def _repeat(self, x: Any, first: int, count: int) -> Any:
        layer = self._encoder_layer if self.config.family == "encoder" else self._decoder_layer

        def body(value: Any) -> None:
            self.builder.op("llm.yield", [layer(value, first)])

        return self.builder.op("llm.repeat", [x], [self.row], body=body, block_args=[self.row], first=first, count=count)

    def _decoder_layer(self, x: Any, layer: int) -> Any:
        x = self._add(x, self._attention(self._norm(x, "blk.{}.attn_norm"), causal=True))
        h = self._norm(x, "blk.{}.ffn_norm")
        return self._moe(x, h) if self.config.is_moe_layer(layer) else self._add(x, self._mlp(h))

    def _encoder_layer(self, x: Any, layer: int) -> Any:
        x = self._norm(self._add(x, self._attention(x, causal=False)), "blk.{}.attn_output_norm")
        return self._norm(self._add(x, self._mlp(x)), "blk.{}.layer_output_norm")

    def _attention(self, h: Any, *, causal: bool) -> Any:
        c = self.config
        q, k = self._head(h, "q", c.q_width), self._head(h, "k", c.kv_width)
        v = self._linear(h, "blk.{}.attn_v", c.kv_width, c.attention_bias)
        self.builder.op("llm.kv_write", [k, v], kv_heads=c.kv_heads, head_dim=c.head_dim)
        a = self.builder.op(
            "llm.attention",
            [q],
            [rows(c.q_width)],
            heads=c.heads,
            kv_heads=c.kv_heads,
            head_dim=c.head_dim,
            scale=1 / math.sqrt(c.head_dim),
            causal=causal,
            window=c.sliding_window or None,
        )
        return self._linear(a, "blk.{}.attn_output", c.hidden, c.output_bias)

    def _head(self, h: Any, part: str, width: int) -> Any:
        """Rows of q or k: projected, normed and rotated."""
        c, b = self.config, self.builder
        x = self._linear(h, f"blk.{{}}.attn_{part}", width, c.attention_bias)
        if c.qk_norm:
            x = b.op("llm.head_norm", [x], [rows(width)], weight=f"blk.{{}}.attn_{part}_norm.weight", eps=c.norm_eps, head_dim=c.head_dim)
        if c.rope_style != "none":
            x = b.op(
                "llm.rope", [x], [rows(width)], head_dim=c.head_dim, theta=c.rope_theta, style=c.rope_style, scaling=c.rope_scaling or None
            )
        return x

    def _mlp(self, h: Any) -> Any:
        c = self.config
        up = self._linear(h, "blk.{}.ffn_up", c.ffn, c.mlp_bias)
        if c.gated:
            up = self._glu(self._linear(h, "blk.{}.ffn_gate", c.ffn, c.mlp_bias), up, c.ffn)
        else:
            up = self.builder.op("llm.activate", [up], [rows(c.ffn)], kind=c.activation)
        return self._linear(up, "blk.{}.ffn_down", c.hidden, c.mlp_bias)

    def _moe(self, x: Any, h: Any) -> Any:
        """x + shared expert + the routed experts of h."""
        c, b = self.config, self.builder
        weights, experts = b.op(
            "llm.moe_route",
            [h],
            [rows(c.top_k), rows(c.top_k, "i32")],
            weight="blk.{}.ffn_gate_inp.weight",
            experts=c.experts,
            top_k=c.top_k,
            normalise=c.normalise_top_k,
            scoring=c.scoring,
            bias="blk.{}.exp_probs_b.bias" if c.scoring == "sigmoid" else None,
            scale=c.routed_scale if c.routed_scale != 1 else None,
        )
        y = b.op(
            "llm.moe_experts",
            [h, weights, experts],
            [self.row],
            gate="blk.{}.ffn_gate_exps.weight",
            up="blk.{}.ffn_up_exps.weight",
            down="blk.{}.ffn_down_exps.weight",
            experts=c.experts,
            top_k=c.top_k,
            ffn=c.expert_ffn,
            activation=c.activation,
        )
        x = self._add(x, y)
        return self._add(x, self._shared_expert(h)) if c.shared_width else x

    def _shared_expert(self, h: Any) -> Any:
        c = self.config
        gate, up = (self._linear(h, f"blk.{{}}.ffn_{part}_shexp", c.shared_width) for part in ("gate", "up"))
        return self._linear(self._glu(gate, up, c.shared_width), "blk.{}.ffn_down_shexp", c.hidden)

    def _glu(self, gate: Any, up: Any, width: int) -> Any:
        return self.builder.op("llm.glu", [gate, up], [rows(width)], activation=self.config.activation)

    def _linear(self, x: Any, name: str, width: int, bias: bool = False) -> Any:
        return self.builder.op("llm.matmul", [x], [rows(width)], weights=[f"{name}.weight"], biases=[f"{name}.bias"] if bias else None)

    def _norm(self, x: Any, name: str) -> Any:
        c = self.config
        if c.norm == "layernorm":
            return self.builder.op("llm.layernorm", [x], [self.row], weight=f"{name}.weight", bias=f"{name}.bias", eps=c.norm_eps)
        return self.builder.op("llm.rmsnorm", [x], [self.row], weight=f"{name}.weight", eps=c.norm_eps)

    def _add(self, x: Any, y: Any) -> Any:
        return self.builder.op("llm.add", [x, y], [self.row])
