"""The generated MLIR of kernels and of one step function, as files; `pytest --update-golden` rewrites them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from intarsia.codegen.cpu import isa, to_pipe
from intarsia.codegen.cpu.kernels import attention, elementwise, embed, moe, norm, pool, rope
from intarsia.codegen.cpu.kernels.kernel import Kernel
from intarsia.codegen.cpu.kernels.threads import threads_text
from intarsia.codegen.cpu.launches import read_program
from intarsia.codegen.cpu.step import module_text
from intarsia.ir.module import Module
from tests.models import tiny_gguf
from tests.numerical.native import planned

Golden = Callable[[str, str], None]
AVX512, AVX2 = isa.named("avx512vnni"), isa.named("avx2")
PAGES = rope.KvLayout(2, 32, 16, "f16", 4)
KERNELS: dict[str, Kernel] = {
    "rmsnorm_to_q8": norm.emit_rmsnorm(96, "q8", 1e-5, AVX512),
    "layernorm_ragged": norm.emit_layernorm(70, "f32", 1e-12, True, AVX2),
    "glu": elementwise.emit_glu(64, "f32", "silu", AVX2),
    "embed_q4": embed.emit_embed(64, ("q4", "", ""), 1.0, AVX512),
    "rope_kv": rope.emit_rope_kv(4, PAGES, "interleaved", True, 1e-6, AVX512),
    "attention": attention.emit_attention(attention.AttentionSpec(4, 0.125, True, 0, "q8", PAGES, 16, AVX512)),
    "moe_route": moe.emit_route(moe.RouteSpec(8, 2, "softmax", True, False, 1.0, 0, 0), AVX2),
    "pool": pool.emit_pool(48, "mean", True, AVX512),
}


@pytest.mark.parametrize("name", KERNELS)
def test_kernel(name: str, golden: Golden) -> None:
    golden(f"cpu/{name}.mlir", KERNELS[name].text)


def test_threads(golden: Golden) -> None:
    golden("cpu/threads.mlir", threads_text())


def anonymous(module: Module, folder: Path) -> str:
    return str(module).replace(str(folder), "FOLDER")


def test_pipe_and_step(tmp_path: Path, golden: Golden) -> None:
    """A llama of two layers: its pipe programs, and the regions and step functions that follow from them."""
    module = to_pipe.run(planned(tiny_gguf(tmp_path / "m.gguf", types="q4_1", tokenizer=False), precision="w-a8", kv_dtype="f16"))
    programs = list(module.ops("pipe.program"))
    golden("cpu/llama_pipe.mlir", "\n".join(anonymous(Module(op), tmp_path) for op in map(_Alone, programs)))
    text = module_text([read_program(op) for op in programs], AVX512)
    begin = text.index("func.func private @m_prefill_0_embed")
    golden("cpu/llama_step.mlir", text[begin : text.index("func.func private @syscall")])


class _Alone:
    """Prints like a module."""

    def __init__(self, operation: object) -> None:
        self.operation = operation

    def __str__(self) -> str:
        return str(self.operation) + "\n"
