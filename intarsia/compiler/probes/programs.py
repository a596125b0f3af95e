"""The probes of native kernels: small programs, one for each kernel and variant, and the rates that come of them.

Weights of a run are as many as `Layers.span` says, and the next run takes those after them, so that they come from main memory
as a model's do. Activations lie in the caches, as a model's do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from intarsia.codegen.cpu import formats
from intarsia.codegen.cpu.kernels.attention import tile_rows
from intarsia.codegen.cpu.kernels.moe import groups_words
from intarsia.codegen.cpu.launches import Launch, Program, Repeat

N, K, SHORT_K = 1536, 2048, 512
"""Outputs and inputs of the probes' matrices. Many rows of few inputs stay in caches where those of many inputs don't."""
FEW_BYTES, MANY_BYTES = 12 << 20, 4 << 20
"""Weights of a run with few rows, which read them, and with many, which compute."""
FEW_ROWS = (1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 16)
"""Tiles of a few rows make stairs of the time (of 1 and 4 rows with AVX2, of 1, 2, 4 and 8 with AVX-512): both ends of each."""
MANY_ROWS, SHORT_ROWS = (32, 128), (4, 8, 16, 32, 128)
FORMATS = (
    ("q4", "a8"), ("f32", "a32"), ("q8", "a8"), ("q4s", "a8"), ("q4k", "a8"), ("q6", "a8"), ("q4", "a32"), ("f16", "a32"), ("bf16", "a32"),
    ("q8", "a32"), ("q4s", "a32"), ("q4k", "a32"), ("q6", "a32"),
)  # fmt: skip
"""Packed format of weights and kind of activations, those most used first."""
ROW_KINDS = {"a8": "q8", "a32": "f32"}
CAPACITY = 256
"""Rows that a buffer has room for."""

KV_HEADS, HEAD_DIM, PAGE_TOKENS, KV_LAYERS, SEQUENCES = 4, 64, 64, 4, 4
GROUPS = tuple(range(1, 9))
"""Query heads that share a KV head."""
CONTEXTS = (16, 512, 2048)
CHUNKS = ((128, 0), (64, 512), (16, 512))
"""(rows, tokens before them) of prefill attention."""
ROWS, WIDTH, REPEATS, LAUNCHES = 64, 1024, 16, 500
ROW_BYTES = {"f32": 4.0, "q8": 1.25}
"""Of an element of a row; quantised ones with their scales."""
EXPERTS, TOP_K, EXPERT_WIDTH = 8, 2, 512
MOE_FORMATS = (("q4", "a8"), ("f32", "a32"), ("q8", "a8"), ("bf16", "a32"))
MOE_ROWS = (1, 4, 16, 64)
EMBEDDED = 4096
"""Rows of an embedding table."""


@dataclass(frozen=True, eq=False)
class Layers:
    """A program that launches its kernels `count` times; `span` bytes of weights are read by one run."""

    program: Program
    count: int
    span: int = 0


@dataclass(frozen=True, eq=False)
class Probe:
    """One rate: `work` of one launch over its seconds, with `rows` rows in `sequences` sequences that have `context` tokens before them.

    `before` is run once before the timings, for what they read.
    """

    key: str
    layers: Layers
    work: float
    rows: int = ROWS
    sequences: int = 1
    context: int = 0
    before: Layers | None = None


@cache
def probes() -> tuple[Probe, ...]:
    """All of them, the most telling first."""
    first = [*_matmuls(*FORMATS[0]), *_matmuls(*FORMATS[1]), *_attention("f16")]
    rest = [probe for fmt, kind in FORMATS[2:] for probe in _matmuls(fmt, kind)]
    return (*first, *_row_kernels(), *_caches(), *_experts(), *_embeddings(), *rest, *_attention("f32"))


def launch_probe() -> Probe:
    """Additions of a few short rows, nearly nothing."""
    return Probe("launch", _program("launch", [_launch("add", _buffers(*[("f32", 16)] * 3), width=16)], LAUNCHES), 1.0, rows=32)


# Matmuls.


def _matmuls(fmt: str, kind: str) -> Iterator[Probe]:
    for rows in (*FEW_ROWS, *MANY_ROWS):
        yield Probe(f"matmul.{fmt}.{kind}.{rows}", _matrices(fmt, kind, K, FEW_BYTES if rows in FEW_ROWS else MANY_BYTES), 2.0 * rows * N * K, rows)
    for rows in SHORT_ROWS:
        yield Probe(f"matmul_short.{fmt}.{kind}.{rows}", _matrices(fmt, kind, SHORT_K, FEW_BYTES if rows in FEW_ROWS else MANY_BYTES), 2.0 * rows * N * SHORT_K, rows)


@cache
def _matrices(fmt: str, kind: str, k: int, size: int) -> Layers:
    """A stack of equal matmuls of `size` bytes together."""
    each = formats.packed_bytes(fmt, N, k)
    count = max(1, size // each)
    x, y = _buffers((ROW_KINDS[kind], k), ("f32", N))
    launch = _launch("matmul", [x, y], [_matrix(fmt, N, k, each, count)], **_product(fmt, kind, N, k))
    return _program(f"matmul_{fmt}_{kind}_{k}_{count}", [launch], count, span=count * each)


def _product(fmt: str, kind: str, n: int, k: int) -> dict[str, Any]:
    return {"k": k, "n": n, "weight": fmt, "x": ROW_KINDS[kind], "y": "f32", "activation": "none", "bias": False, "residual": False}


def _matrix(fmt: str, n: int, k: int, size: int, count: int) -> dict[str, Any]:
    return {"name": "w", "format": fmt, "n": n, "k": k, "offset": 0, "bytes": size, "stride": size, "first": 0, "count": count}


# Attention.


def _attention(kv_dtype: str) -> Iterator[Probe]:
    element = 2 if kv_dtype == "f16" else 4
    for group in GROUPS if kv_dtype == "f16" else (4,):
        layers = _attending(kv_dtype, group)
        for context in CONTEXTS:
            read = SEQUENCES * 2.0 * KV_HEADS * HEAD_DIM * context * element
            yield Probe(f"attention.{kv_dtype}.{group}.{context}", layers, read, SEQUENCES, SEQUENCES, context - 1)
        for rows, context in CHUNKS:
            pairs = rows * (context + (rows + 1) / 2)
            yield Probe(f"prefill.{kv_dtype}.{group}.{rows}.{context}", layers, 4.0 * pairs * group * KV_HEADS * HEAD_DIM, rows, 1, context)


@cache
def _attending(kv_dtype: str, group: int) -> Layers:
    heads = group * KV_HEADS
    buffers = _buffers(("f32", heads * HEAD_DIM), ("f32", heads * HEAD_DIM))
    launch = _launch("attention", buffers, heads=heads, scale=HEAD_DIM**-0.5, causal=True, window=0, y="f32")
    return _program(f"attention_{kv_dtype}_{group}", [launch], KV_LAYERS, kv_dtype=kv_dtype, group=group)


# Row kernels.


def _row_kernels() -> Iterator[Probe]:
    """Kernels whose time is that of the bytes of their rows, read and written."""
    for y in ("q8", "f32"):
        yield _rows(f"rmsnorm.{y}", "rmsnorm", ["f32", y], 1, y=y, eps=1e-5)
        yield _rows(f"layernorm.{y}", "layernorm", ["f32", y], 2, y=y, eps=1e-5)
        yield _rows(f"glu.{y}", "glu", ["f32", "f32", y], y=y, activation="silu")
        yield _rows(f"activate.gelu.{y}", "activate", ["f32", y], y=y, kind="gelu")
    yield _rows("activate.none.q8", "activate", ["f32", "q8"], y="q8", kind="none")
    yield _rows("dequantise", "dequantise", ["q8", "f32"])
    yield _rows("add", "add", ["f32"] * 3)
    yield _rows("copy", "copy", ["f32"] * 2, row_bytes=4 * WIDTH)
    yield _rows("head_norm", "head_norm", ["f32"] * 2, 1, heads=WIDTH // HEAD_DIM, head_dim=HEAD_DIM, eps=1e-5)
    yield _rows("rope", "rope", ["f32"] * 2, 1, heads=WIDTH // HEAD_DIM, head_dim=HEAD_DIM, style="neox")
    yield _rows("select_rows", "select_rows", ["f32"] * 2, counted="logit_rows", row_bytes=4 * WIDTH)
    yield _rows("pool", "pool", ["f32"] * 2, counted="sequences", kind="mean", normalise=True)


def _rows(key: str, kernel: str, dtypes: list[str], vectors: int = 0, counted: str = "rows", **params: Any) -> Probe:
    weights = [_vector(number) for number in range(vectors)]
    buffers = _buffers(*((dtype, WIDTH) for dtype in dtypes))
    launch = _launch(kernel, buffers, weights, counted, width=WIDTH, **params)
    moved = ROWS * WIDTH * sum(ROW_BYTES[dtype] for dtype in dtypes)
    return Probe(key, _program(key.replace(".", "_"), [launch], REPEATS), moved, sequences=8 if counted == "sequences" else 1)


def _vector(number: int) -> dict[str, Any]:
    """A vector of weights, or a table of angles: f32 from the beginning of the weights on."""
    return {"name": f"v{number}", "format": "f32", "offset": 4 * WIDTH * number}


def _caches() -> Iterator[Probe]:
    """Writing keys and values, alone and with rotation."""
    heads, kv = WIDTH // HEAD_DIM, KV_HEADS * HEAD_DIM
    for kv_dtype in ("f16", "f32"):
        write = _launch("kv_write", _buffers(("f32", kv), ("f32", kv)))
        written = ROWS * 2.0 * kv * (4 + (2 if kv_dtype == "f16" else 4))
        yield Probe(f"kv_write.{kv_dtype}", _program(f"kv_write_{kv_dtype}", [write], KV_LAYERS, kv_dtype=kv_dtype), written)
        both = _launch("rope_kv", _buffers(("f32", WIDTH + 2 * kv), ("f32", WIDTH)), [_vector(0)], heads=heads, style="neox", norms=False, eps=0.0)
        turned = ROWS * 4.0 * (2 * WIDTH + 2 * kv)
        yield Probe(f"rope_kv.{kv_dtype}", _program(f"rope_kv_{kv_dtype}", [both], KV_LAYERS, kv_dtype=kv_dtype), turned + written)


def _embeddings() -> Iterator[Probe]:
    for fmt in dict.fromkeys(fmt for fmt, _ in FORMATS):
        table = _matrix(fmt, EMBEDDED, WIDTH, formats.packed_bytes(fmt, EMBEDDED, WIDTH), 1) | {"stride": 0}
        launch = _launch("embed", _buffers(("f32", WIDTH)), [table], width=WIDTH, tables=["token"], scale=1.0)
        row = WIDTH * (formats.packed_bytes(fmt, EMBEDDED, WIDTH) / (EMBEDDED * WIDTH) + 4)
        yield Probe(f"embed.{fmt}", _program(f"embed_{fmt}", [launch], 1), ROWS * row)


# Experts.


def _experts() -> Iterator[Probe]:
    """A mixture's parts: routed from the logits that lie in the arena, so that each part finds what the ones before it left."""
    for fmt, kind in MOE_FORMATS:
        parts = {launch.kernel: launch for launch in _mixture(fmt, kind)}
        routed = _program(f"moe_before_{fmt}_{kind}", [parts["moe_route"], parts["moe_group"]], 1)
        matmul = _program(f"moe_matmul_{fmt}_{kind}", [parts["moe_matmul"]], 1, span=parts["moe_matmul"].weights[0]["bytes"])
        for rows in MOE_ROWS:
            yield Probe(f"moe_matmul.{fmt}.{kind}.{rows}", matmul, 2.0 * rows * TOP_K * EXPERT_WIDTH * WIDTH, rows, before=routed)
        if (fmt, kind) == MOE_FORMATS[0]:
            moved = {
                "moe_route": 4.0 * EXPERTS + 8 * TOP_K, "moe_group": 12.0 * TOP_K, "moe_gather": 2 * TOP_K * WIDTH * ROW_BYTES[ROW_KINDS[kind]],
                "moe_combine": 4.0 * TOP_K * EXPERT_WIDTH,
            }  # fmt: skip
            for kernel, each in moved.items():
                yield Probe(kernel, _program(kernel, [parts[kernel]], 1 if kernel == "moe_group" else REPEATS), ROWS * each, before=routed)


def _mixture(fmt: str, kind: str) -> list[Launch]:
    """The launches of a mixture of experts over one set of buffers."""
    size = formats.packed_bytes(fmt, EXPERT_WIDTH, WIDTH)
    words = groups_words(EXPERTS, CAPACITY * TOP_K)
    logits, weights, experts, groups, x, gathered, outputs, y = _buffers(
        ("f32", EXPERTS), ("f32", TOP_K), ("i32", TOP_K), ("i32", words, 1), (ROW_KINDS[kind], WIDTH), (ROW_KINDS[kind], WIDTH, CAPACITY * TOP_K),
        ("f32", EXPERT_WIDTH, CAPACITY * TOP_K), ("f32", EXPERT_WIDTH),
    )  # fmt: skip
    routing: dict[str, Any] = {"experts": EXPERTS, "top_k": TOP_K}
    scores: dict[str, Any] = {"scoring": "softmax", "normalise": True, "bias": False, "scale": 1.0, "groups": 0, "top_groups": 0}
    stack = _matrix(fmt, EXPERT_WIDTH, WIDTH, size * EXPERTS, 1) | {"stride": 0}
    return [
        _launch("moe_route", [logits, weights, experts], **routing, **scores),
        _launch("moe_group", [experts, groups], **routing),
        _launch("moe_gather", [x, groups, gathered], row_bytes=x["row_bytes"], **routing),
        _launch("moe_matmul", [gathered, outputs, groups], [stack], **routing, **_product(fmt, kind, EXPERT_WIDTH, WIDTH)),
        _launch("moe_combine", [outputs, weights, groups, y], width=EXPERT_WIDTH, residual=False, **routing),
    ]


# Programs.


def _buffers(*kinds: tuple[Any, ...]) -> list[dict[str, Any]]:
    """The facts of pipe.buffers, one after the other, of (dtype, width[, rows])."""
    found: list[dict[str, Any]] = []
    offset = 0
    for dtype, width, *rows in kinds:
        row = formats.activation_row_bytes("q8" if dtype == "q8" else "f32", width)
        size = row * (rows[0] if rows else CAPACITY)
        found.append({"name": f"b{offset}", "dtype": dtype, "width": width, "rows": size // row, "row_bytes": row, "offset": offset, "bytes": size})
        offset += formats.round_up(size, 64)
    return found


def _launch(kernel: str, buffers: list[dict[str, Any]], weights: list[dict[str, Any]] | None = None, rows: str = "rows", **params: Any) -> Launch:
    return Launch(kernel, 0, params | {"rows": rows}, buffers, weights or [], kernel)


def _program(name: str, launches: list[Launch], count: int, span: int = 0, kv_dtype: str = "f16", group: int = 4) -> Layers:
    launches = [Launch(each.kernel, order, each.params, each.buffers, each.weights, each.op) for order, each in enumerate(launches)]
    facts = {
        "sym_name": f"probe_{name}", "kv_heads": KV_HEADS, "head_dim": HEAD_DIM, "page_tokens": PAGE_TOKENS, "kv_dtype": kv_dtype,
        "layers": KV_LAYERS, "tile_rows": tile_rows(group),
    }  # fmt: skip
    return Layers(Program(facts, [Repeat(0, count, launches)], launches[-1].buffers[-1]), count, span)


def idle_program(facts: dict[str, Any], rows: int) -> Program:
    """A model's program that does next to nothing, and gives what lies in its arena as `rows` rows of logits."""
    x, logits = _buffers(("f32", 16), ("f32", facts["vocab"], rows))
    made = _program("idle", [_launch("copy", [x, x], row_bytes=64)], 1).program
    return Program(made.facts | facts, made.items, logits)
