"""The KV formulas of arXiv 2507.19635."""

from __future__ import annotations

import pytest

from intarsia.errors import InputError
from intarsia.ir.model import ModelConfig
from intarsia.planner.placement.agents import kv

LLAMA_70B = ModelConfig(
    architecture="llama", family="decoder", layers=80, hidden=8192, heads=64, kv_heads=8, head_dim=128, ffn=28672, vocab=128256, context=8192, rope_theta=5e5, rope_style="neox",
)  # fmt: skip


def test_bytes_of_a_cache() -> None:
    """Llama-3-70B, 4096 tokens in 16 bits: 1.34 GB, and the model's own count of elements says the same."""
    size = kv.kv_bytes(80, 8192, 64, 8, 4096, 2)
    assert size == 1342177280
    assert kv.of_model(LLAMA_70B, 4096, 2) == size


def test_rates_of_its_move() -> None:
    """Over 250 ms from four devices: 1.34 GB/s each; within 20 ms into two: 33.6 GB/s each."""
    size = kv.kv_bytes(80, 8192, 64, 8, 4096, 2)
    assert kv.egress(size, 0.25, 4) == pytest.approx(1.342e9, rel=1e-3)
    assert kv.ingress(size, 0.02, 2) == pytest.approx(33.55e9, rel=1e-3)


@pytest.mark.parametrize("call", [lambda: kv.kv_bytes(0, 1, 1, 1, 1, 1), lambda: kv.egress(1.0, 0.0, 1), lambda: kv.ingress(1.0, 1.0, 0)])
def test_bad_sizes(call: object) -> None:
    with pytest.raises(InputError):
        call()  # type: ignore[operator]
