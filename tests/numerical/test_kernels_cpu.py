"""Each CPU kernel but matmul, on every instruction set of this machine, against float64."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from intarsia.codegen.cpu import emit, formats, isa, repack
from intarsia.codegen.cpu.kernels import attention, elementwise, embed, moe, norm, pool, rope
from intarsia.codegen.cpu.kernels.kernel import Kernel
from intarsia.codegen.cpu.kernels.matmul import MatmulSpec, emit_matmul
from intarsia.codegen.cpu.kernels.threads import threads_text
from intarsia.native import NativeObject
from tests.codegen.cpu import unpacked
from tests.codegen.cpu.test_formats import random_source
from tests.interpret import ACTIVATIONS

Array = NDArray[Any]
ISAS = isa.supported()
RNG = np.random.default_rng(3)


class Native:
    """Kernels of one instruction set, each compiled once, called with arrays (None: a null pointer) and whole numbers."""

    def __init__(self, name: str, folder: Path) -> None:
        self.isa, self._folder, self._loaded = isa.named(name), folder, {}

    def __call__(self, kernel: Kernel, arrays: list[Array | None], *numbers: int, helpers: str = "") -> None:
        if kernel.name not in self._loaded:
            path = self._folder / f"{len(self._loaded)}.o"
            emit.compile_object(f"module {{\n{helpers}{kernel.text}{threads_text()}}}", path)
            self._loaded[kernel.name] = NativeObject(path)
        kinds = [ctypes.c_void_p] * len(arrays) + [ctypes.c_int64] * len(numbers)
        self._loaded[kernel.name].function(kernel.name, *kinds)(*(a.ctypes.data if a is not None else None for a in arrays), *numbers)


@pytest.fixture(scope="module", params=ISAS)
def native(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Native:
    return Native(request.param, tmp_path_factory.mktemp(request.param))


def rows_of(x: Array) -> Array:
    """f32 rows as kernels have them, their padding filled with what must not matter."""
    packed = np.full((len(x), formats.activation_row_bytes("f32", x.shape[1]) // 4), np.nan, np.float32)
    packed[:, : x.shape[1]] = x
    return packed


def empty(kind: str, rows: int, width: int) -> Array:
    return np.full((rows, formats.activation_row_bytes(kind, width)), 0xAA, np.uint8)


def values(kind: str, packed: Array, width: int) -> Array:
    return unpacked.unpack_activations(kind, packed, width)


def padded(vector: Array) -> Array:
    full = np.zeros(formats.round_up(len(vector), 16), np.float32)
    full[: len(vector)] = vector
    return full


def check(kind: str, packed: Array, width: int, wanted: Array, tolerance: float = 2e-6) -> None:
    """f32 rows are near the wanted ones; q8 rows are half a step away at most."""
    found = values(kind, packed, width)
    allowed = np.full(wanted.shape, tolerance * max(1e-9, np.abs(wanted).max(initial=0)))
    if kind == "q8":
        blocks = np.abs(wanted).reshape(len(wanted), -1, 32).max(-1, initial=0)
        allowed = allowed + np.repeat(blocks, 32, axis=1) / 127 * 0.5001
        sums = packed.view(np.float32)[:, width // 4 + width // 32 : width // 4 + width // 16]
        np.testing.assert_allclose(sums, found.reshape(len(found), -1, 32).sum(-1), rtol=1e-5, atol=1e-5)
    assert (np.abs(found - wanted) <= allowed).all()


WIDTHS = {"f32": (1, 15, 70, 576), "q8": (32, 96)}
CASES = [(kind, width) for kind, widths in WIDTHS.items() for width in widths]


@pytest.mark.parametrize(("kind", "width"), CASES)
def test_rmsnorm(native: Native, kind: str, width: int) -> None:
    x, w = RNG.standard_normal((5, width)), RNG.standard_normal(width)
    y = empty(kind, 5, width)
    native(norm.emit_rmsnorm(width, kind, 1e-5, native.isa), [rows_of(x), padded(w), y], 1, 4)
    x32 = x.astype(np.float32).astype(np.float64)
    wanted = x32 / np.sqrt((x32**2).mean(1, keepdims=True) + 1e-5) * w
    check(kind, y[1:4], width, wanted[1:4])
    assert (y[[0, 4]] == 0xAA).all()


def layer_normed(x: Array, w: Array, b: Array) -> Array:
    centred = x - x.mean(1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(1, keepdims=True) + 1e-12) * w + b


@pytest.mark.parametrize("adds", [False, True])
@pytest.mark.parametrize(("kind", "width"), [c for c in CASES if c[1] > 1])
def test_layernorm(native: Native, kind: str, width: int, adds: bool) -> None:
    x, r = (RNG.standard_normal((3, width)).astype(np.float32) for _ in range(2))
    w, b = RNG.standard_normal(width), RNG.standard_normal(width)
    y = empty(kind, 3, width)
    native(norm.emit_layernorm(width, kind, 1e-12, adds, native.isa), [rows_of(x), rows_of(r) if adds else None, padded(w), padded(b), y], 0, 3)
    check(kind, y, width, layer_normed(x.astype(np.float64) + (r if adds else 0), w, b), 4e-6)


def test_layernorm_in_place(native: Native) -> None:
    x, r, w, b = (RNG.standard_normal(s) for s in ((2, 70), (2, 70), 70, 70))
    rows = rows_of(x)
    native(norm.emit_layernorm(70, "f32", 1e-12, True, native.isa), [rows, rows_of(r), padded(w), padded(b), rows], 0, 2)
    check("f32", rows.view(np.uint8), 70, layer_normed(x + r, w, b), 4e-6)


@pytest.mark.parametrize("head_dim", [8, 24, 64])
def test_head_norm(native: Native, head_dim: int) -> None:
    x, w = RNG.standard_normal((2, 3, head_dim)), RNG.standard_normal(head_dim)
    y = empty("f32", 2, 3 * head_dim)
    native(norm.emit_head_norm(3, head_dim, 1e-6, native.isa), [rows_of(x.reshape(2, -1)), padded(w), y], 0, 2)
    wanted = x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-6) * w
    check("f32", y, 3 * head_dim, wanted.reshape(2, -1))


@pytest.mark.parametrize("activation", ["silu", "gelu", "gelu_tanh", "relu", "tanh", "none"])
@pytest.mark.parametrize(("kind", "width"), [("f32", 70), ("q8", 64)])
def test_activate_and_glu(native: Native, kind: str, width: int, activation: str) -> None:
    x, up = (RNG.standard_normal((3, width)).astype(np.float32) * 4 for _ in range(2))
    y = empty(kind, 3, width)
    native(elementwise.emit_activate(width, kind, activation, native.isa), [rows_of(x), y], 0, 3)
    wanted = ACTIVATIONS[activation](x.astype(np.float64))
    check(kind, y, width, wanted)
    if activation in ("silu", "gelu", "gelu_tanh"):
        native(elementwise.emit_glu(width, kind, activation, native.isa), [rows_of(x), rows_of(up), y], 0, 3)
        check(kind, y, width, wanted * up)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-80, 80, width=32), min_size=1, max_size=40))
def test_silu_of_any_number(xs: list[float]) -> None:
    native = _any_native()
    x, y = np.array([xs], np.float32), empty("f32", 1, len(xs))
    native(elementwise.emit_activate(len(xs), "f32", "silu", native.isa), [rows_of(x), y], 0, 1)
    np.testing.assert_allclose(values("f32", y, len(xs)), ACTIVATIONS["silu"](x.astype(np.float64)), rtol=1e-6, atol=1e-30)


_native: list[Native] = []


def _any_native() -> Native:
    import tempfile

    if not _native:
        _native.append(Native(ISAS[0], Path(tempfile.mkdtemp())))
    return _native[0]


def test_add_copy_select_dequantise(native: Native) -> None:
    x, r = (RNG.standard_normal((4, 70)).astype(np.float32) for _ in range(2))
    rows, y = rows_of(x), empty("f32", 4, 70)
    native(elementwise.emit_copy(320, native.isa), [rows, y], 0, 4)
    check("f32", y, 70, x, 0)
    native(elementwise.emit_select_rows(320, native.isa), [rows, np.array([3, 0], np.int32), y], 0, 2)
    check("f32", y[:2], 70, x[[3, 0]], 0)
    native(elementwise.emit_add(70, native.isa), [rows, rows_of(r), rows], 0, 4)
    check("f32", rows.view(np.uint8), 70, x + r)
    q, plain = unpacked.pack_activations("q8", RNG.standard_normal((2, 96))), empty("f32", 2, 96)
    native(elementwise.emit_dequantise(96, native.isa), [q, plain], 0, 2)
    np.testing.assert_array_equal(values("f32", plain, 96), unpacked.unpack_activations("q8", q, 96))


@pytest.mark.parametrize("fmt", list(formats.LAYOUTS))
def test_embed(native: Native, fmt: str) -> None:
    source = {"q4": "Q4_1", "q4s": "Q4_0"}.get(fmt) or next(s for s, f in formats.PACKED_FOR.items() if f == fmt)
    packed = repack.pack(fmt, source, random_source(source, 37, 256, 1), 37, 256)
    places = RNG.standard_normal((5, 256)).astype(np.float32)
    table = repack.pack("f32", "F32", places.view(np.uint8).reshape(-1), 5, 256)
    tokens, positions = np.array([36, 0, 17], np.int32), np.array([4, 0, 2], np.int32)
    y = empty("f32", 3, 256)
    native(embed.emit_embed(256, (fmt, "f32", ""), 0.5, native.isa), [tokens, positions, packed, table, None, y], 0, 3)
    check("f32", y, 256, 0.5 * (unpacked.unpack(fmt, packed, 37, 256)[tokens].astype(np.float64) + places[positions]))


def rotated(x: Array, positions: Array, theta: float, style: str) -> Array:
    """x [rows, heads, head_dim]."""
    half = x.shape[-1] // 2
    angle = positions[:, None, None] * theta ** (-np.arange(half) / half)
    first, second = (slice(0, None, 2), slice(1, None, 2)) if style == "interleaved" else (slice(0, half), slice(half, None))
    y = np.empty_like(x)
    y[..., first] = x[..., first] * np.cos(angle) - x[..., second] * np.sin(angle)
    y[..., second] = x[..., second] * np.cos(angle) + x[..., first] * np.sin(angle)
    return y


def angles(count: int, head_dim: int, theta: float) -> Array:
    turns = np.arange(count)[:, None] * theta ** (-np.arange(head_dim // 2) / (head_dim // 2))
    return rows_of(np.concatenate([np.cos(turns), np.sin(turns)], axis=1))


@pytest.mark.parametrize("style", ["neox", "interleaved"])
@pytest.mark.parametrize("head_dim", [8, 24, 64])
def test_rope(native: Native, head_dim: int, style: str) -> None:
    x, positions = RNG.standard_normal((3, 2, head_dim)), np.array([0, 7, 99], np.int32)
    rows = rows_of(x.reshape(3, -1))
    native(rope.emit_rope(2, head_dim, style, native.isa), [rows, positions, angles(100, head_dim, 1e4), rows], 0, 3)
    check("f32", rows.view(np.uint8), 2 * head_dim, rotated(x, positions, 1e4, style).reshape(3, -1))


class Pages:
    """A KV cache that can be read back: k and v by sequence and position."""

    def __init__(self, layout: rope.KvLayout, count: int) -> None:
        self.layout = layout
        dtype = np.float16 if layout.dtype == "f16" else np.float32
        shape = (count, layout.layers, 2, layout.kv_heads * layout.page_tokens * layout.head_dim)
        self.data = np.full(shape, np.nan, dtype)

    def layer(self, number: int) -> Array:
        return self.data.reshape(-1)[number * self.layout.layer_bytes // self.data.itemsize :]

    def read(self, layer: int, pages: list[int], count: int) -> tuple[Array, Array]:
        """k and v [count, kv_heads, head_dim]."""
        g = self.layout
        k = self.data[pages, layer, 0].reshape(len(pages), g.kv_heads, g.page_tokens // 16, g.head_dim, 16)
        v = self.data[pages, layer, 1].reshape(len(pages), g.kv_heads, g.page_tokens, g.head_dim)
        k = k.transpose(0, 2, 4, 1, 3).reshape(-1, g.kv_heads, g.head_dim)
        return k[:count].astype(np.float64), v.transpose(0, 2, 1, 3).reshape(-1, g.kv_heads, g.head_dim)[:count].astype(np.float64)

    def slots(self, pages: list[int], positions: Array) -> Array:
        size = self.layout.page_tokens
        return (np.array(pages)[positions // size] * size + positions % size).astype(np.int32)


@pytest.mark.parametrize(("head_dim", "dtype", "style", "norms"), [(32, "f16", "neox", True), (24, "f32", "interleaved", False), (64, "f16", "none", False)])
def test_rope_kv_and_kv_write(native: Native, head_dim: int, dtype: str, style: str, norms: bool) -> None:
    layout = rope.KvLayout(2, head_dim, 16, dtype, 3)
    positions, pages = np.arange(13, 35), [3, 1, 2]
    q, k, v = (RNG.standard_normal((22, heads, head_dim)) for heads in (4, 2, 2))
    wq, wk = RNG.standard_normal(head_dim), RNG.standard_normal(head_dim)
    store, y = Pages(layout, 4), empty("f32", 22, 4 * head_dim)
    slots = store.slots(pages, positions)
    row = rows_of(np.concatenate([part.reshape(22, -1) for part in (q, k, v)], axis=1))
    kernel = rope.emit_rope_kv(4, layout, style, norms, 1e-6, native.isa)
    native(kernel, [row, positions.astype(np.int32), slots, angles(40, head_dim, 1e4), padded(wq), padded(wk), store.layer(1), y], 0, 22)
    if norms:
        q, k = (x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-6) * w for x, w in ((q, wq), (k, wk)))
    if style != "none":
        q, k = (rotated(x, positions, 1e4, style) for x in (q, k))
    check("f32", y, 4 * head_dim, q.reshape(22, -1))
    exact = {"rtol": 1e-3, "atol": 1e-3} if dtype == "f16" else {"rtol": 1e-5, "atol": 1e-5}
    for found, wanted in zip(store.read(1, pages, 35), (k, v), strict=True):
        np.testing.assert_allclose(found[13:], wanted, **exact)
    assert np.isnan(store.data[:, [0, 2]]).all()
    again = Pages(layout, 4)
    native(rope.emit_kv_write(layout, native.isa), [rows_of(k.reshape(22, -1)), rows_of(v.reshape(22, -1)), slots, again.layer(1)], 0, 22)
    for found, wanted in zip(again.read(1, pages, 35), (k, v), strict=True):
        np.testing.assert_allclose(found[13:], wanted, **exact)


def attended(q: Array, k: Array, v: Array, positions: Array, causal: bool, window: int) -> Array:
    """q [rows, heads, head_dim]; k, v [tokens, kv_heads, head_dim]."""
    out, group = np.empty_like(q), q.shape[1] // k.shape[1]
    distance = positions[:, None] - np.arange(len(k))
    seen = np.ones(distance.shape, bool)
    if causal:
        seen &= distance >= 0
    if window:
        seen &= np.abs(distance) < window
    for head in range(q.shape[1]):
        scores = np.where(seen, q[:, head] @ k[:, head // group].T / np.sqrt(q.shape[2]), -np.inf)
        odds = np.exp(scores - scores.max(1, keepdims=True))
        out[:, head] = odds / odds.sum(1, keepdims=True) @ v[:, head // group]
    return out


ATTENTIONS = [  # heads, kv_heads, head_dim, page_tokens, dtype, causal, window, y
    (6, 2, 64, 16, "f16", True, 0, "f32"), (4, 4, 24, 32, "f32", True, 0, "f32"), (8, 1, 32, 64, "f16", True, 19, "q8"),
    (3, 3, 32, 16, "f32", False, 0, "f32"), (12, 1, 8, 16, "f32", True, 300, "f32"), (40, 1, 16, 16, "f32", True, 0, "f32"), (4, 2, 32, 16, "f32", False, 9, "f32"),
]  # fmt: skip


@pytest.mark.parametrize("sizes", ATTENTIONS, ids=lambda s: "-".join(map(str, s)))
def test_attention(native: Native, sizes: tuple[Any, ...]) -> None:
    heads, kv_heads, head_dim, page_tokens, dtype, causal, window, y_kind = sizes
    layout = rope.KvLayout(kv_heads, head_dim, page_tokens, dtype, 2)
    rows = attention.tile_rows(heads // kv_heads)
    spec = attention.AttentionSpec(heads, 1 / np.sqrt(head_dim), causal, window, y_kind, layout, rows, native.isa)
    cases = [(0, 1), (0, 17), (15, 1), (16, 1), (300, 1), (250, 45), (511, 2)]
    pages_each = 600 // page_tokens
    store = Pages(layout, pages_each * len(cases))
    table = RNG.permutation(pages_each * len(cases)).reshape(len(cases), pages_each).astype(np.int32)
    q = RNG.standard_normal((sum(n for _, n in cases), heads, head_dim))
    sequences, tiles, wanted = [], [], []
    first = 0
    for number, (cached, count) in enumerate(cases):
        k, v = (RNG.standard_normal((cached + count, kv_heads, head_dim)) for _ in range(2))
        write(native, store, table[number].tolist(), k, v)
        k, v = store.read(1, table[number].tolist(), cached + count)
        mine = q[first : first + count].astype(np.float32).astype(np.float64)
        wanted.append(attended(mine, k, v, np.arange(cached, cached + count), causal, window))
        sequences.append((first, count, cached))
        tiles += [(number, first + at, min(rows, count - at)) for at in range(0, count, rows)]
        first += count
    y = empty(y_kind, first, heads * head_dim)
    arrays = [rows_of(q.reshape(first, -1)), np.array(sequences, np.int32), table, np.array(tiles, np.int32), store.layer(1), y]
    units = len(tiles) * kv_heads
    for begin, end in ((0, units // 3), (units // 3, units)):
        native(attention.emit_attention(spec), arrays, pages_each, begin, end)
    check(y_kind, y, heads * head_dim, np.concatenate(wanted).reshape(first, -1), 4e-6)


def write(native: Native, store: Pages, pages: list[int], k: Array, v: Array) -> None:
    flat = (rows_of(x.reshape(len(x), -1)) for x in (k, v))
    native(rope.emit_kv_write(store.layout, native.isa), [*flat, store.slots(pages, np.arange(len(k))), store.layer(1)], 0, len(k))


@pytest.mark.parametrize(("kind", "unit"), [("mean", True), ("mean", False), ("first", True)])
def test_pool(native: Native, kind: str, unit: bool) -> None:
    x = RNG.standard_normal((9, 70)).astype(np.float32)
    y = empty("f32", 3, 70)
    sequences = np.array([[0, 1, 0], [1, 5, 0], [6, 3, 0]], np.int32)
    native(pool.emit_pool(70, kind, unit, native.isa), [rows_of(x), sequences, y], 0, 3)
    groups = [x[f : f + n].astype(np.float64) for f, n, _ in sequences]
    wanted = np.stack([g.mean(0) if kind == "mean" else g[0] for g in groups])
    check("f32", y, 70, wanted / np.linalg.norm(wanted, axis=1, keepdims=True) if unit else wanted)


ROUTES = [
    moe.RouteSpec(8, 2, "softmax", True, False, 1.0, 0, 0), moe.RouteSpec(6, 3, "softmax", False, False, 1.0, 0, 0), moe.RouteSpec(8, 2, "softmax_topk", False, False, 1.0, 0, 0),
    moe.RouteSpec(16, 4, "sigmoid", True, True, 2.5, 4, 2), moe.RouteSpec(8, 2, "softmax", False, False, 16.0, 4, 1),
]  # fmt: skip


def routed(spec: moe.RouteSpec, logits: Array, bias: Array) -> tuple[Array, Array]:
    scores = 1 / (1 + np.exp(-logits)) if spec.scoring == "sigmoid" else np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    choice = scores + (bias if spec.bias else 0)
    if spec.groups:
        grouped = choice.reshape(len(logits), spec.groups, -1)
        rank = np.sort(grouped, axis=-1)[..., -2:].sum(-1) if spec.scoring == "sigmoid" else grouped.max(-1)
        kept = np.argsort(-rank, axis=1)[:, : spec.top_groups]
        allowed = np.zeros(rank.shape, bool)
        np.put_along_axis(allowed, kept, True, axis=1)
        choice = np.where(np.repeat(allowed, spec.experts // spec.groups, axis=1), choice, -np.inf)
    best = np.argsort(-choice, axis=1, kind="stable")[:, : spec.top_k]
    weights = np.take_along_axis(scores, best, axis=1)
    if spec.normalise or spec.scoring == "softmax_topk":
        weights = weights / weights.sum(1, keepdims=True)
    return weights * spec.scale, best


@pytest.mark.parametrize("spec", ROUTES, ids=lambda s: s.name)
def test_route(native: Native, spec: moe.RouteSpec) -> None:
    logits, bias = RNG.standard_normal((7, spec.experts)).astype(np.float32), RNG.standard_normal(spec.experts).astype(np.float32)
    weights, experts = empty("f32", 7, spec.top_k), empty("f32", 7, spec.top_k)
    native(moe.emit_route(spec, native.isa), [rows_of(logits), padded(bias), weights, experts], 0, 7)
    wanted, best = routed(spec, logits.astype(np.float64), bias.astype(np.float64))
    np.testing.assert_array_equal(experts.view(np.int32)[:, : spec.top_k], best)
    check("f32", weights, spec.top_k, wanted)


@pytest.mark.parametrize("rows", [0, 1, 6])
def test_experts_are_grouped_multiplied_and_combined(native: Native, rows: int) -> None:
    experts, top_k, k, n = 5, 2, 64, 40
    spec = MatmulSpec(k, n, "f32", "f32", "f32", isa=native.isa.name)
    x, w = RNG.standard_normal((rows, k)), RNG.standard_normal((experts, n, k)).astype(np.float32)
    chosen = np.array([RNG.permutation(experts)[:top_k] for _ in range(rows)], np.int32).reshape(rows, top_k)
    odds, residual = RNG.random((rows, top_k)), RNG.standard_normal((rows, n))
    table = np.zeros((rows, 16), np.int32)
    table[:, :top_k] = chosen
    groups = np.full(moe.groups_words(experts, rows * top_k), -1, np.int32)
    native(moe.emit_group(experts, top_k, native.isa), [table, groups], rows, 0, 1)
    assert groups[0] == len(set(chosen.reshape(-1).tolist()))
    gathered, outputs, y = empty("f32", rows * top_k, k), empty("f32", rows * top_k, n), rows_of(residual)
    native(moe.emit_gather(gathered.shape[1], experts, top_k, native.isa), [rows_of(x), groups, gathered], rows, 0, rows * top_k)
    packed = np.concatenate([repack.pack("f32", "F32", m.view(np.uint8).reshape(-1), n, k) for m in w])
    units = min(experts, rows * top_k) * spec.units
    kernel = moe.emit_expert_matmul(spec, native.isa)
    for begin, end in ((0, units // 2), (units // 2, units)):
        native(kernel, [gathered, outputs, packed, groups], begin, end, helpers=emit_matmul(spec).text)
    native(moe.emit_combine(n, experts, top_k, True, native.isa), [outputs, rows_of(odds), groups, y, y], 0, rows)
    wanted = residual.copy()
    for row, choice in np.ndindex(rows, top_k):
        wanted[row] += odds[row, choice] * (w[chosen[row, choice]].astype(np.float64) @ x[row])
    check("f32", y.view(np.uint8), n, wanted, 1e-5)


def test_bfloat16_tables_are_read_exactly(native: Native) -> None:
    source = RNG.standard_normal((16, 32)).astype(ml_dtypes.bfloat16)
    packed = repack.pack("bf16", "BF16", source.view(np.uint8).reshape(-1), 16, 32)
    y = empty("f32", 16, 32)
    native(embed.emit_embed(32, ("bf16", "", ""), 1.0, native.isa), [np.arange(16, dtype=np.int32), None, packed, None, None, y], 0, 16)
    np.testing.assert_array_equal(values("f32", y, 32), source.astype(np.float32))
