"""Packed weight formats hold their sources exactly; activation rows hold theirs to half a step."""

from __future__ import annotations

import time

import gguf
import gguf.quants
import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.codegen.cpu import formats, isa, repack
from tests.codegen.cpu import unpacked

QUANTISED = ("Q4_0", "Q4_1", "Q4_K", "Q6_K", "Q8_0")
ALL = (*QUANTISED, "F32", "F16", "BF16")
# Byte offsets of the f16 factors in a block of 18, 20, 144, 210 and 34 bytes.
FACTORS = {"Q4_0": (0,), "Q4_1": (0, 2), "Q4_K": (0, 2), "Q6_K": (208,), "Q8_0": (0,)}


def random_source(source_type: str, n: int, k: int, seed: int) -> np.ndarray:
    """Bytes of a source matrix: arbitrary bits where any are legal, finite factors."""
    rng = np.random.default_rng(seed)
    size = formats.source_bytes(source_type, n, k)
    if source_type not in QUANTISED:
        values = rng.standard_normal((n, k)).astype(np.float32)
        kinds = {"F32": np.float32, "F16": np.float16, "BF16": ml_dtypes.bfloat16}
        return values.astype(kinds[source_type]).reshape(-1).view(np.uint8)
    block = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[source_type]][1]
    raw = rng.integers(0, 256, (size // block, block), dtype=np.uint8)
    for at in FACTORS[source_type]:
        raw[:, at : at + 2] = (rng.standard_normal((len(raw), 1)) / 64).astype(np.float16).view(np.uint8)
    return raw.reshape(-1)


def dequantised(source_type: str, raw: np.ndarray, n: int, k: int) -> np.ndarray:
    """What the gguf package makes of a source matrix."""
    if source_type == "F32":
        return raw.view(np.float32).reshape(n, k)
    if source_type == "F16":
        return raw.view(np.float16).reshape(n, k).astype(np.float32)
    return gguf.quants.dequantize(raw.reshape(n, -1), gguf.GGMLQuantizationType[source_type]).reshape(n, k)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(ALL), st.booleans(), st.integers(1, 70), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_pack_then_unpack_is_the_source(source_type: str, tight: bool, n: int, blocks: int, seed: int) -> None:
    fmt = formats.packed_format(source_type, tight)
    k = blocks * max(formats.layout_of(fmt).block_k, 7)
    raw = random_source(source_type, n, k, seed)
    packed = repack.pack(fmt, source_type, raw, n, k)
    assert packed.size == formats.packed_bytes(fmt, n, k)
    assert packed.size % 64 == 0
    np.testing.assert_array_equal(unpacked.unpack(fmt, packed, n, k), dequantised(source_type, raw, n, k))


@pytest.mark.parametrize("source_type", ALL)
def test_concat_is_the_pack_of_the_joined_rows(source_type: str) -> None:
    fmt, k, rows = formats.packed_format(source_type), 256, (5, 16, 30)
    raws = [random_source(source_type, n, k, n) for n in rows]
    packed = repack.pack_concat(fmt, [(source_type, raw, n) for raw, n in zip(raws, rows, strict=True)], k)
    np.testing.assert_array_equal(packed, repack.pack(fmt, source_type, np.concatenate(raws), sum(rows), k))


def test_concat_joins_q4_0_with_q4_1() -> None:
    """q4 holds both; the tighter q4s holds Q4_0 alone."""
    parts = [("Q4_0", random_source("Q4_0", 20, 64, 0), 20), ("Q4_1", random_source("Q4_1", 13, 64, 1), 13)]
    packed = repack.pack_concat("q4", parts, 64)
    expected = np.concatenate([dequantised(kind, raw, n, 64) for kind, raw, n in parts])
    np.testing.assert_array_equal(unpacked.unpack("q4", packed, 33, 64), expected)


@pytest.mark.parametrize("source_type", ALL)
def test_glu_alternates_groups(source_type: str) -> None:
    fmt, n, k = formats.packed_format(source_type), 64, 256
    gate, up = (random_source(source_type, n, k, seed) for seed in (1, 2))
    packed = repack.pack_glu(fmt, (source_type, gate), (source_type, up), n, k)
    rows = unpacked.unpack(fmt, packed, 2 * n, k)
    np.testing.assert_array_equal(rows[:16], dequantised(source_type, gate, n, k)[:16])
    np.testing.assert_array_equal(rows[16:32], dequantised(source_type, up, n, k)[:16])
    for got, raw in zip(unpacked.unpack_glu(fmt, packed, n, k), (gate, up), strict=True):
        np.testing.assert_array_equal(got, dequantised(source_type, raw, n, k))


@pytest.mark.parametrize(("fmt", "kind"), [("bf16", ml_dtypes.bfloat16), ("f16", np.float16)])
def test_f32_weights_round_to_a_narrower_float(fmt: str, kind: type) -> None:
    raw = random_source("F32", 9, 11, 3)
    packed = repack.pack(fmt, "F32", raw, 9, 11)
    expected = raw.view(np.float32).reshape(9, 11).astype(kind).astype(np.float32)
    np.testing.assert_array_equal(unpacked.unpack(fmt, packed, 9, 11), expected)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 5), st.integers(1, 4), st.floats(1e-6, 1e6), st.integers(0, 2**32 - 1))
def test_q8_activations_are_within_half_a_step(rows: int, blocks: int, size: float, seed: int) -> None:
    k = 32 * blocks
    x = (size * np.random.default_rng(seed).standard_normal((rows, k))).astype(np.float32)
    packed = unpacked.pack_activations("q8", x)
    assert packed.shape == (rows, formats.activation_row_bytes("q8", k))
    step = np.abs(x.reshape(rows, blocks, 32)).max(axis=-1, keepdims=True, initial=0) / 127
    error = np.abs(unpacked.unpack_activations("q8", packed, k) - x).reshape(rows, blocks, 32)
    assert (error <= 0.5001 * step).all()
    factors = packed[:, k : k + 8 * blocks].copy().view(np.float32)
    sums = packed[:, :k].view(np.int8).reshape(rows, blocks, 32).sum(axis=-1, dtype=np.float64)
    np.testing.assert_allclose(factors[:, blocks:], factors[:, :blocks] * sums, rtol=1e-6)


def test_a_row_of_zeros_has_scale_zero() -> None:
    packed = unpacked.pack_activations("q8", np.zeros((1, 64), np.float32))
    assert not packed.any()


def test_f32_activations_keep_their_bits() -> None:
    x = np.random.default_rng(0).standard_normal((3, 37)).astype(np.float32)
    packed = unpacked.pack_activations("f32", x)
    assert packed.shape == (3, 192)
    np.testing.assert_array_equal(unpacked.unpack_activations("f32", packed, 37), x)


BAD = [
    (lambda: formats.packed_format("IQ2_XS"), "unsupported tensor type 'IQ2_XS'"),
    (lambda: formats.packed_bytes("q5", 16, 32), "unknown weight format 'q5'"),
    (lambda: formats.packed_bytes("q4", 16, 48), "multiple of 32, got 48"),
    (lambda: formats.packed_bytes("q6", 16, 128), "multiple of 256, got 128"),
    (lambda: formats.activation_row_bytes("q8", 33), "multiple of 32, got 33"),
    (lambda: formats.activation_row_bytes("q4", 32), "unknown kind of activations 'q4'"),
    (lambda: repack.pack("q4", "Q4_1", np.zeros(19, np.uint8), 1, 32), "has 20 bytes, got 19"),
    (lambda: repack.pack("q4", "Q8_0", np.zeros(34, np.uint8), 1, 32), "without quantising"),
    (lambda: repack.pack("q8", "F32", np.zeros(128, np.uint8), 1, 32), "without quantising"),
    (lambda: repack.pack_glu("f32", ("F32", np.zeros(64, np.uint8)), ("F32", np.zeros(64, np.uint8)), 16, 1), "32 outputs"),
    (lambda: repack.pack("q4", "Q4_0", np.full(18, 0x7B, np.uint8), 1, 32), "too large"),
    (lambda: isa.named("sse9"), "unknown instruction set 'sse9'"),
]


@pytest.mark.parametrize(("action", "message"), BAD)
def test_bad_requests_are_refused_in_a_sentence(action, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        action()


def test_packing_keeps_up_with_a_small_model() -> None:
    """135M parameters should pack in a second or two; 8M here in under a second even on a busy machine."""
    raw = random_source("Q4_1", 8192, 1024, 0)
    start = time.thread_time()
    repack.pack("q4", "Q4_1", raw, 8192, 1024)
    assert time.thread_time() - start < 1.0


ZEN4 = "flags\t\t: fpu sse2 avx2 f16c fma avx512f avx512bw avx512vl avx512_vnni\n"


def test_the_best_instruction_set_is_detected() -> None:
    assert isa.detect(ZEN4).name == "avx512vnni"
    assert isa.detect(ZEN4.replace("avx512_vnni", "")).name == "avx2"
    assert isa.detect("flags : sse2\n").name == "portable"
    assert isa.detect("").name == "portable"
    assert isa.supported(ZEN4) == ("avx512vnni", "avx2", "portable")
    assert isa.detect().name in isa.supported()
