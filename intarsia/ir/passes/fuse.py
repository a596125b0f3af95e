"""Fuses operators of each phase, so that a step makes fewer passes over its rows. The phases compute the same function.

One table, tried from top to bottom: `PATTERNS`. Weights are concatenated only when their types pack alike, and a sum goes into
another operator only where nothing uses the summed rows afterwards, because it is written in their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from intarsia.ir.module import Module, attribute, attributes_of, element, rows, width
from intarsia.ir.passes.rewrite import (
    Pattern,
    apply,
    block_of,
    erase,
    insert_before,
    position,
    producer,
    replace,
    used_once,
    users,
    weight_type,
)

PACKS_AS = {"q4_0": "q4", "q4_1": "q4"}
"""Weight types that share one packed form; others pack as themselves."""

GATED_COLUMNS = 32
"""Gate and up are interleaved in groups of this many outputs at a time."""


def run(module: Module) -> Module:
    """A copy with every phase fused. Takes a module of stage ops or later."""
    module = module.clone()
    apply(module, PATTERNS)
    return module.verify()


@dataclass(frozen=True)
class _Head:
    """What becomes of q, k or v between its projection and its use. `chain` is last first, the matmul at the end."""

    chain: tuple[Any, ...]
    rope: Any | None = None
    norm: Any | None = None

    @property
    def matmul(self) -> Any:
        return self.chain[-1]

    @property
    def rotation(self) -> dict[str, Any]:
        if self.rope is None:
            return {"style": "none", "theta": 1.0}
        facts = attributes_of(self.rope)
        return {key: facts[key] for key in ("style", "theta", "scaling") if key in facts}

    @property
    def eps(self) -> float | None:
        return attribute(self.norm, "eps") if self.norm is not None else None


def qkv(write: Any) -> None:
    """q, k and v in one matmul; norm, rotation and cache write in one pass over its rows.

    before  q = rope(head_norm(matmul(h, [Wq])));  k = rope(head_norm(matmul(h, [Wk])));  v = matmul(h, [Wv]);  kv_write(k, v);  attention(q)
    after   q = rope_kv(matmul(h, [Wq, Wk, Wv]));  attention(q)
    """
    attention = _attention_after(write)
    if attention is None:
        return
    heads = [_head(value) for value in (attention.operands[0], *write.operands)]
    q, k, v = heads
    if q is None or k is None or v is None or not _rotate_alike(q, k, v) or not _concatenable([h.matmul for h in (q, k, v)]):
        return
    facts = attributes_of(attention)
    columns = sum(width(h.matmul.results[0]) for h in (q, k, v))
    projected = insert_before(write, "llm.matmul", [q.matmul.operands[0]], [rows(columns)], **_joined_rows([h.matmul for h in (q, k, v)]))
    fused = insert_before(
        write,
        "llm.rope_kv",
        [projected],
        [attention.operands[0].type],
        heads=facts["heads"],
        kv_heads=facts["kv_heads"],
        head_dim=facts["head_dim"],
        **q.rotation,
        q_norm=attribute(q.norm, "weight") if q.norm is not None else None,
        k_norm=attribute(k.norm, "weight") if k.norm is not None else None,
        eps=q.eps,
    )
    attention.operands[0] = fused
    erase(write, *q.chain, *k.chain, *v.chain)


def _attention_after(write: Any) -> Any | None:
    """The attention over what `write` writes: the next one in its block, with the same heads."""
    for op in list(write.block.operations)[position(write) + 1 :]:
        if op.operation.name == "llm.kv_write":
            return None
        if op.operation.name == "llm.attention":
            same = all(attribute(op.operation, key) == attribute(write, key) for key in ("kv_heads", "head_dim"))
            return op.operation if same else None
    return None


def _head(value: Any) -> _Head | None:
    """The chain that ends in `value`, if nothing else uses its parts."""
    found: dict[str, Any] = {}
    chain: list[Any] = []
    for name in ("llm.rope", "llm.head_norm", "llm.matmul"):
        op = producer(value, name)
        if op is None:
            continue
        if not used_once(value):
            return None
        chain.append(op)
        found[name] = op
        value = op.operands[0]
    if "llm.matmul" not in found or not _plain(found["llm.matmul"]):
        return None
    return _Head(tuple(chain), found.get("llm.rope"), found.get("llm.head_norm"))


def _rotate_alike(q: _Head, k: _Head, v: _Head) -> bool:
    return q.rotation == k.rotation and q.eps == k.eps and len(v.chain) == 1 and len({h.matmul.operands[0] for h in (q, k, v)}) == 1


def glu(op: Any) -> None:
    """Gate and up in one matmul that multiplies as it writes.

    before  glu(matmul(h, [Wg]), matmul(h, [Wu]))
    after   matmul(h, [Wg, Wu]) activation glu_silu
    """
    gate, up = (producer(value, "llm.matmul") for value in op.operands)
    if gate is None or up is None or not all(_plain(m) and used_once(m.results[0]) for m in (gate, up)):
        return
    if gate.operands[0] != up.operands[0] or not _concatenable([gate, up]) or width(op.results[0]) % GATED_COLUMNS:
        return
    replace(op, "llm.matmul", [gate.operands[0]], **_joined_rows([gate, up]), activation=f"glu_{attribute(op, 'activation')}")
    erase(gate, up)


def activate(op: Any) -> None:
    """An activation in the matmul before it.

    before  activate(matmul(h, [W])) kind gelu
    after   matmul(h, [W]) activation gelu
    """
    matmul = producer(op.operands[0], "llm.matmul")
    if matmul is None or not _plain(matmul) or not used_once(matmul.results[0]):
        return
    replace(op, "llm.matmul", list(matmul.operands), **_joined_rows([matmul]), activation=attribute(op, "kind"))
    erase(matmul)


def residual(add: Any) -> None:
    """A sum in the matmul, or the mixture of experts, that makes one side of it.

    before  add(x, matmul(h, [W]))
    after   matmul(h, x, [W]), in x's place
    """
    for made, other in ((add.operands[1], add.operands[0]), (add.operands[0], add.operands[1])):
        op = producer(made)
        if (
            op is not None
            and len(op.operands) == UNSUMMED.get(op.name)
            and used_once(made)
            and _dies_in(add, other)
            and other not in list(op.operands)
        ):
            replace(add, op.name, [*op.operands, other], **attributes_of(op))
            erase(op)
            return


UNSUMMED = {"llm.matmul": 1, "llm.moe_experts": 3}
"""Operators that may take a residual, with their operands before they do."""


def add_norm(norm: Any) -> None:
    """A sum in the layernorm after it.

    before  layernorm(add(x, y))
    after   layernorm(x, y)
    """
    add = producer(norm.operands[0], "llm.add")
    if add is None or len(norm.operands) > 1 or not used_once(add.results[0]):
        return
    replace(norm, "llm.layernorm", list(add.operands), **attributes_of(norm))
    erase(add)


PATTERNS = (
    Pattern("qkv", "llm.kv_write", qkv),
    Pattern("glu", "llm.glu", glu),
    Pattern("activate", "llm.activate", activate),
    Pattern("residual", "llm.add", residual),
    Pattern("add_norm", "llm.layernorm", add_norm),
)


def _plain(matmul: Any) -> bool:
    """No activation, no residual."""
    return attribute(matmul, "activation", "none") == "none" and len(matmul.operands) == 1 and element(matmul.results[0]) == "f32"


def _concatenable(matmuls: list[Any]) -> bool:
    """Whether the weights can be rows of one packed matrix: all or none with a bias, types that pack alike."""
    biased = {"biases" in m.attributes for m in matmuls}
    types = {weight_type(m, name) for m in matmuls for name in attribute(m, "weights")}
    return len(biased) == 1 and len({PACKS_AS.get(kind, kind) for kind in types}) == 1


def _joined_rows(matmuls: list[Any]) -> dict[str, Any]:
    """`weights` and `biases` of all, in order."""
    weights = [name for m in matmuls for name in attribute(m, "weights")]
    biases = [name for m in matmuls for name in attribute(m, "biases", [])]
    return {"weights": weights, "biases": biases or None}


def _dies_in(op: Any, value: Any) -> bool:
    """Whether `op` is the last user of `value`, and both are in one block, so that it may be overwritten."""
    if block_of(value) != op.block:
        return False
    here = position(op)
    return all(user.block == op.block and position(user) <= here for user in users(value)) and sum(user == op for user in users(value)) == 1
