"""Rotary positions (Su et al., 2021) and writing the KV cache, apart or in one pass over a q|k|v row.

The table of angles has one padded f32 row a position: head_dim/2 cosines, then as many sines. Pages of the cache hold, for
one layer, K as [kv_head][group of 16 tokens][head_dim][16] and then V as [kv_head][token][head_dim].
"""

from __future__ import annotations

from dataclasses import dataclass

from intarsia.codegen.cpu.formats import activation_row_bytes
from intarsia.codegen.cpu.isa import Isa
from intarsia.codegen.cpu.kernels.kernel import Kernel
from intarsia.codegen.cpu.kernels.norm import norm_head
from intarsia.codegen.cpu.kernels.rows import RowText, digits
from intarsia.codegen.cpu.kernels.text import vec

TOKEN_GROUP = 16


@dataclass(frozen=True)
class KvLayout:
    """One layer's part of a page, and how far apart the pages are."""

    kv_heads: int
    head_dim: int
    page_tokens: int
    dtype: str
    layers: int

    @property
    def element_bytes(self) -> int:
        return 2 if self.dtype == "f16" else 4

    @property
    def half_bytes(self) -> int:
        """Bytes of all K (or all V) of one layer's page."""
        return self.kv_heads * self.page_tokens * self.head_dim * self.element_bytes

    @property
    def layer_bytes(self) -> int:
        return 2 * self.half_bytes

    @property
    def page_bytes(self) -> int:
        """Bytes from a page to the next: all layers."""
        return self.layer_bytes * self.layers

    @property
    def name(self) -> str:
        return f"{self.kv_heads}x{self.head_dim}_p{self.page_tokens}_l{self.layers}_{self.dtype}"


def emit_rope(heads: int, head_dim: int, style: str, isa: Isa) -> Kernel:
    """(x, positions, angles, y; rows): each head of an f32 row rotated; y may be x's place."""
    text = RowText(f"rope_{style}_{heads}x{head_dim}_{isa.name}", ["x", "positions", "angles", "y"], isa)
    stride = activation_row_bytes("f32", heads * head_dim)
    with text.units() as unit:
        angles = _angles(text, unit, head_dim)
        x, y = (text.element(base, unit, stride) for base in ("%x", "%y"))
        with text.each(heads) as head:
            rotate(text, text.element(x, head, 4 * head_dim), angles, text.element(y, head, 4 * head_dim), head_dim, style)
    return text.kernel()


def emit_kv_write(layout: KvLayout, isa: Isa) -> Kernel:
    """(k, v, slots, kv; rows): f32 rows of k and v into the layer's pages."""
    text = RowText(f"kv_write_{layout.name}_{isa.name}", ["k", "v", "slots", "kv"], isa)
    stride = activation_row_bytes("f32", layout.kv_heads * layout.head_dim)
    with text.units() as unit:
        page, token = _slot(text, unit, layout)
        k, v = (text.element(base, unit, stride) for base in ("%k", "%v"))
        with text.each(layout.kv_heads) as head:
            write_k(text, layout, page, token, head, text.element(k, head, 4 * layout.head_dim))
            write_v(text, layout, page, token, head, text.element(v, head, 4 * layout.head_dim))
    return text.kernel()


def emit_rope_kv(heads: int, layout: KvLayout, style: str, norms: bool, eps: float, isa: Isa) -> Kernel:
    """(qkv, positions, slots, angles, q_norm, k_norm, kv, y; rows): splits a q|k|v row, norms and rotates its heads, stores k and v, gives q."""
    name = f"rope_kv_{style}_{heads}_{layout.name}{'_norm' + digits(eps) if norms else ''}_{isa.name}"
    text = RowText(name, ["qkv", "positions", "slots", "angles", "q_norm", "k_norm", "kv", "y"], isa)
    head_dim, kv_heads = layout.head_dim, layout.kv_heads
    head_bytes = 4 * head_dim
    scratch = text.bytes_on_stack(activation_row_bytes("f32", head_dim))
    with text.units() as unit:
        angles = _angles(text, unit, head_dim) if style != "none" else ""
        page, token = _slot(text, unit, layout)
        row = text.element("%qkv", unit, activation_row_bytes("f32", (heads + 2 * kv_heads) * head_dim))
        y = text.element("%y", unit, activation_row_bytes("f32", heads * head_dim))
        with text.each(heads) as head:
            source = _prepared(text, text.element(row, head, head_bytes), scratch, "%q_norm", norms, head_dim, eps)
            rotate(text, source, angles, text.element(y, head, head_bytes), head_dim, style)
        with text.each(kv_heads) as head:
            k = text.element(row, head, head_bytes, heads * head_bytes)
            source = _prepared(text, k, scratch, "%k_norm", norms, head_dim, eps)
            rotate(text, source, angles, scratch, head_dim, style)
            write_k(text, layout, page, token, head, scratch)
            write_v(text, layout, page, token, head, text.at(k, kv_heads * head_bytes))
    return text.kernel()


def _prepared(text: RowText, head: str, scratch: str, weight: str, norms: bool, head_dim: int, eps: float) -> str:
    """The head's address, or that of its normed copy."""
    if not norms:
        return head
    text.copy(head, scratch, 4 * head_dim)
    norm_head(text, scratch, weight, head_dim, eps)
    return scratch


def _angles(text: RowText, unit: str, head_dim: int) -> str:
    return text.element("%angles", text.load_index("%positions", unit), activation_row_bytes("f32", head_dim))


def rotate(text: RowText, x: str, angles: str, y: str, head_dim: int, style: str) -> None:
    """Rotate the head at x into y (which may be x). Pairs are (i, i + half) for neox, (2i, 2i + 1) for interleaved."""
    if style == "none":
        text.copy(x, y, 4 * head_dim)
        return
    half = head_dim // 2
    lanes = _lanes_dividing(half, text.lanes)
    kind = vec(lanes, "f32")
    for first in range(0, half, lanes):
        cos, sin = (text.load(text.at(angles, 4 * (first + start)), kind) for start in (0, half))
        pair = _load_pair(text, x, first, half, lanes, style)
        a = _difference(text, pair, (cos, sin), kind)
        b = text.fma(pair[1], cos, text.binary("arith.mulf", pair[0], sin, kind), kind)
        _store_pair(text, y, (a, b), first, half, lanes, style)


def _difference(text: RowText, pair: tuple[str, str], angle: tuple[str, str], kind: str) -> str:
    negated = text.op(f"arith.negf {pair[1]} : {kind}")
    return text.fma(negated, angle[1], text.binary("arith.mulf", pair[0], angle[0], kind), kind)


def _load_pair(text: RowText, x: str, first: int, half: int, lanes: int, style: str) -> tuple[str, str]:
    kind = vec(lanes, "f32")
    if style == "neox":
        return text.load(text.at(x, 4 * first), kind), text.load(text.at(x, 4 * (first + half)), kind)
    both = text.load(text.at(x, 8 * first), vec(2 * lanes, "f32"))
    even, odd = (_shuffle(text, both, both, range(start, 2 * lanes, 2), 2 * lanes) for start in (0, 1))
    return even, odd


def _store_pair(text: RowText, y: str, pair: tuple[str, str], first: int, half: int, lanes: int, style: str) -> None:
    kind = vec(lanes, "f32")
    if style == "neox":
        text.store(pair[0], text.at(y, 4 * first), kind)
        text.store(pair[1], text.at(y, 4 * (first + half)), kind)
        return
    order = [lane + lanes * member for lane in range(lanes) for member in (0, 1)]
    both = _shuffle(text, *pair, order, lanes)
    text.store(both, text.at(y, 8 * first), vec(2 * lanes, "f32"))


def _shuffle(text: RowText, a: str, b: str, order: range | list[int], lanes: int) -> str:
    kind = vec(lanes, "f32")
    return text.op(f"vector.shuffle {a}, {b} [{', '.join(map(str, order))}] : {kind}, {kind}")


def _lanes_dividing(count: int, most: int) -> int:
    """The most lanes, a power of two, that divide `count`."""
    return min(most, count & -count)


def _slot(text: RowText, unit: str, layout: KvLayout) -> tuple[str, str]:
    """The address of the layer's page that holds the row's token, and the token's number in the page."""
    slot = text.load_index("%slots", unit)
    page = text.element("%kv", text.divide(slot, layout.page_tokens), layout.page_bytes)
    return page, text.remainder(slot, layout.page_tokens)


def write_k(text: RowText, layout: KvLayout, page: str, token: str, head: str, source: str) -> None:
    """Spread the f32 head at `source` over its token's column of the transposed K."""
    size = layout.element_bytes
    tokens = text.mul(head, layout.page_tokens * layout.head_dim * size)
    group = text.mul(text.divide(token, TOKEN_GROUP), TOKEN_GROUP * layout.head_dim * size)
    column = text.at(page, text.add(text.add(tokens, group), text.mul(text.remainder(token, TOKEN_GROUP), size)))
    for d in range(layout.head_dim):
        value = text.load(text.at(source, 4 * d), "f32")
        if layout.dtype == "f16":
            value = text.cast("arith.truncf", value, "f32", "f16")
        text.store(value, text.at(column, d * TOKEN_GROUP * size), layout.dtype)


def write_v(text: RowText, layout: KvLayout, page: str, token: str, head: str, source: str) -> None:
    """Put the f32 head at `source` into its token's row of V."""
    size, lanes = layout.element_bytes, _lanes_dividing(layout.head_dim, text.lanes)
    row = text.add(text.mul(head, layout.page_tokens), token)
    target = text.element(page, row, layout.head_dim * size, layout.half_bytes)
    for first in range(0, layout.head_dim, lanes):
        value = text.load(text.at(source, 4 * first), vec(lanes, "f32"))
        if layout.dtype == "f16":
            value = text.cast("arith.truncf", value, vec(lanes, "f32"), vec(lanes, "f16"))
        text.store(value, text.at(target, size * first), vec(lanes, layout.dtype))
