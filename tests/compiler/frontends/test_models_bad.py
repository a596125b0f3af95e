"""Damaged model files: one error that names the file, never a crash, never memory beyond the file's size."""

from __future__ import annotations

import json
import struct
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from models import tiny_gguf, tiny_hf, write_safetensors

from intarsia.compiler.frontends import gguf, hf, safetensors, tokenizers
from intarsia.compiler.frontends.models import load_model
from intarsia.errors import InputError, UnsupportedError

FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MOST_BYTES = 8 << 20


@pytest.fixture(scope="module")
def gguf_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return tiny_gguf(tmp_path_factory.mktemp("g") / "m.gguf", "qwen3moe", rope_freqs=True).read_bytes()


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_hf(tmp_path_factory.mktemp("h") / "m", "mixtral", shards=2)


@contextmanager
def little_memory() -> Iterator[None]:
    """Fails when the block allocates more than MOST_BYTES at its peak."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()


def error_or_success(load: Callable[[], Any], path: Path) -> None:
    with little_memory():
        try:
            load()
        except (InputError, UnsupportedError) as error:
            assert str(path) in str(error)


edits = st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=9)), min_size=1, max_size=4)


def damaged(data: bytes, changes: list[tuple[float, bytes]], limit: int | None = None) -> bytes:
    """`data` with bytes overwritten at some fractions of its first `limit` bytes."""
    out = bytearray(data)
    for place, new in changes:
        at = int(place * (min(limit or len(out), len(out)) - 1))
        out[at : at + len(new)] = new
    return bytes(out)


@FUZZ
@given(edits, st.floats(0, 1))
def test_damaged_gguf(gguf_bytes: bytes, tmp_path: Path, changes: list[tuple[float, bytes]], cut: float) -> None:
    path = tmp_path / "m.gguf"
    data = damaged(gguf_bytes, changes, limit=14000)
    path.write_bytes(data[: max(1, int(cut * len(data)))] if cut < 0.5 else data)
    error_or_success(lambda: load_model(path), path)


@FUZZ
@given(st.binary(max_size=200))
def test_noise_after_the_magic_number(tmp_path: Path, noise: bytes) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF\x03\x00\x00\x00" + noise)
    error_or_success(lambda: load_model(path), path)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.99])
def test_truncated_gguf(share: float, gguf_bytes: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(gguf_bytes[: int(share * len(gguf_bytes))])
    with pytest.raises(InputError, match=r"m\.gguf"):
        load_model(path)


def header(entries: bytes = b"", tensors: int = 0, count: int = 1, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, count) + entries


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def nested(depth: int) -> bytes:
    return text("deep") + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * depth + struct.pack("<IQ", 4, 0)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "cannot read"),
        (b"GGML1234", "no GGUF file"),
        (header(version=1), "GGUF version 1"),
        (header(version=0x03000000), "GGUF version"),
        (header(count=2**63), "metadata entries"),
        (header(tensors=2**60, count=0), "tensors"),
        (header(struct.pack("<Q", 2**62) + b"abcdefghi"), "inside .* a metadata key"),
        (header(text("a") + struct.pack("<IIQ", 9, 8, 2**50)), "inside .* a"),
        (header(text("a") + struct.pack("<IIQ", 9, 8, 2) + text("x") + struct.pack("<Q", 2**63)), "inside a"),
        (header(text("a") + struct.pack("<IIQ", 9, 10, 2**61)), "inside .* a"),
        (header(text("a") + struct.pack("<I", 99)), "unknown or too deep type 99"),
        (header(nested(50)), "too deep"),
        (header((text("a") + struct.pack("<IB", 0, 1)) * 2, count=2), "comes twice"),
        (header(struct.pack("<Q", 2) + b"\xff\xfe" + struct.pack("<IB", 0, 1)), "no UTF-8"),
        (header(text("general.alignment") + struct.pack("<II", 4, 3)), "power of two"),
        (header(text("t") + struct.pack("<IQIQ", 1, 33, 8, 0), tensors=1, count=0), r"t: a tensor of q8_0 can't have the shape \[33\]"),
        (header(text("t") + struct.pack("<IQIQ", 1, 2**40, 0, 0), tensors=1, count=0), "ends at byte"),
        (header(text("t") + struct.pack("<IQIQ", 9, 1, 0, 0), tensors=1, count=0), "9 dimensions"),
    ],
)
def test_hostile_gguf(data: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(data)
    with little_memory(), pytest.raises((InputError, UnsupportedError), match=sentence):
        gguf.read(path)


def test_a_gguf_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read the file"):
        load_model(tmp_path / "none.gguf")


@FUZZ
@given(edits, st.floats(0, 1))
def test_damaged_safetensors(directory: Path, tmp_path: Path, changes: list[tuple[float, bytes]], cut: float) -> None:
    data = damaged((directory / "model-00001-of-00002.safetensors").read_bytes(), changes, limit=3000)
    path = tmp_path / "model.safetensors"
    path.write_bytes(data[: int(cut * len(data))] if cut < 0.5 else data)
    error_or_success(lambda: safetensors.read(path), path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@FUZZ
@given(st.data())
def test_damaged_configs(directory: Path, tmp_path: Path, data: st.DataObject) -> None:
    config = json.loads((directory / "config.json").read_text()) | {
        "rope_scaling": {"rope_type": "llama3", "factor": 8.0},
        "quantization_config": {"quant_method": "gptq", "bits": 4},
    }
    for key in data.draw(st.lists(st.sampled_from(sorted(config)), min_size=1, max_size=3)):
        config[key] = data.draw(json_values | st.sampled_from([0, -1, 2**70, 10**400, 1e308, "llama", "bert", "deepseek_v3", "qwen3_moe"]))
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    error_or_success(lambda: load_model(path), path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"a": 1' + b"0" * 5000 + b"}"])
def test_a_config_that_is_no_json_object(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises((InputError, UnsupportedError), match=r"config\.json"):
        load_model(tmp_path)


def test_a_directory_without_a_config(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"config\.json: cannot read"):
        load_model(tmp_path)


def entry(**changes: Any) -> dict[str, Any]:
    return {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]} | changes


@pytest.mark.parametrize(
    ("tensor", "sentence"),
    [
        (entry(data_offsets=[0, 32]), "bytes 0 to 32 lie outside"),
        (entry(data_offsets=[16, 0]), "lie outside"),
        (entry(data_offsets=[-4, 12]), "should have dtype, shape and data_offsets"),
        (entry(data_offsets=[0, 8]), "should take 16 bytes, found 8"),
        (entry(shape=[2**62, 4]), "should take"),
        (entry(shape=[True, 4]), "should have dtype"),
        (entry(shape=[1] * 50), "should have dtype"),
        (entry(dtype=7), "should have dtype"),
        ([], "should have dtype"),
    ],
)
def test_hostile_safetensors(tensor: Any, sentence: str, tmp_path: Path) -> None:
    header = json.dumps({"t": tensor}).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(16))
    with pytest.raises(InputError, match=rf"model\.safetensors, t: .*{sentence}"):
        safetensors.read(path)


def test_a_shard_that_is_not_there(tmp_path: Path) -> None:
    path = tiny_hf(tmp_path / "m", shards=2)
    (path / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(InputError, match="model-00002-of-00002"):
        hf.load(path)


@pytest.mark.parametrize(
    ("index", "sentence"),
    [
        ({"weight_map": {"t": "../../etc/passwd"}}, "files beside the index"),
        ({"weight_map": 3}, "files beside the index"),
        ({"weight_map": {"t": "model-00001-of-00002.safetensors"}}, "names the tensor t"),
    ],
)
def test_a_damaged_index(index: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    path = tiny_hf(tmp_path / "m", shards=2)
    (path / safetensors.INDEX).write_text(json.dumps(index))
    with pytest.raises(InputError, match=sentence):
        hf.load(path)


def test_tensors_of_another_model(tmp_path: Path) -> None:
    path = tiny_hf(tmp_path / "m", config={"intermediate_size": 512})
    with pytest.raises(InputError, match=r"mlp\.gate_proj\.weight: the tensor has the shape \[128, 64\], but the config asks for \[512, 64\]"):
        hf.load(path)


def test_an_expert_that_is_missing(tmp_path: Path) -> None:
    path = tiny_hf(tmp_path / "m", "mixtral")
    file = path / "model.safetensors"
    file.write_bytes(file.read_bytes().replace(b"layers.1.block_sparse_moe.experts.3.w2", b"layers.1.block_sparse_moe.experts.3.w9"))
    with pytest.raises(InputError, match=r"blk\.1\.ffn_down_exps\.weight of expert 3 is missing"):
        hf.load(path)


def test_tensors_of_a_type_that_cannot_be_read(tmp_path: Path) -> None:
    path = tiny_hf(tmp_path / "m")
    file = path / "model.safetensors"
    file.write_bytes(file.read_bytes().replace(b'"dtype": "F32", "shape": [288', b'"dtype": "I32", "shape": [288'))
    with pytest.raises(UnsupportedError, match=r"embed_tokens\.weight: the tensor has the type int32"):
        hf.load(path)


def test_a_directory_with_other_tensors_only(tmp_path: Path) -> None:
    path = tiny_hf(tmp_path / "m")
    import numpy as np

    write_safetensors(path / "model.safetensors", {"something.else": np.zeros(3)})
    with pytest.raises(InputError, match=r"token_embd\.weight is missing"):
        hf.load(path)


@FUZZ
@given(edits, st.sampled_from(["spm", "smollm"]))
def test_damaged_vocabularies(vocabularies: dict[str, bytes], tmp_path: Path, changes: list[tuple[float, bytes]], kind: str) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(damaged(vocabularies[kind], changes, limit=12000))
    error_or_success(lambda: tokenizers.build(path), path)


@pytest.fixture(scope="module")
def vocabularies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("v")
    return {kind: tiny_gguf(folder / f"{kind}.gguf", layers=1, tokenizer=kind).read_bytes() for kind in ("spm", "smollm")}
