"""Prefill attention by warps with roles: what a changed kernel shows in the emulator, tiles of grouped heads, and where it is chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from intarsia.codegen.cuda import nvrtc
from intarsia.codegen.cuda.attention_hopper import AttentionPrefillHopper
from intarsia.codegen.gpu import legal
from intarsia.codegen.gpu.bundle.choose import Chooser
from intarsia.codegen.gpu.bundle.emit import _compiled
from intarsia.codegen.gpu.targets import TARGETS
from intarsia.codegen.triton.attention import AttentionPrefill
from intarsia.codegen.verify.cases import attention
from intarsia.codegen.verify.ptx import emulate
from intarsia.codegen.verify.ptx.faults import KernelFault

CASE = attention.prefill(AttentionPrefillHopper(heads=2, kv_heads=1, head_dim=64, keys=32), ((40, 0), (90, 13)))
"""Plain blocks, masked ones, values to be mended, several pieces of work for a CTA."""


def error(text: str, ctas: int = 1) -> float:
    """Of a launch of this text."""
    ptx, _ = nvrtc.compile_text(text, "changed.cu", "sm_90a")
    arguments, spec = CASE.fresh(), CASE.spec
    assert isinstance(spec, AttentionPrefillHopper)
    scratch = np.zeros(ctas * spec.scratch_bytes, np.uint8)
    emulate(ptx, spec.kernel, ctas, spec.threads, [*arguments.values(), scratch], shared_bytes=spec.dynamic_shared_bytes, limit=200_000)
    return float(CASE.error(arguments))


def test_the_kernel_as_it_is() -> None:
    assert error(CASE.spec.source()) <= CASE.tolerance


@pytest.mark.parametrize(("old", "new", "says"), [
    ("written_for_engines();\n          __syncwarp();", "__syncwarp();", "fence.proxy.async"),
    ("if (used) release(used);", "", "nobody completes"),
    ("finish_keys(block + 1 == item.blocks);", "finish_keys(false);", "nobody completes"),
    ("await(barriers.v_full(value.stage), value.parity);", "", "on its way"),
    ("min(start + box * BOX, item.length - 1)", "(start + box * BOX)", "bounds"),
])  # fmt: skip
def test_what_is_left_out_is_reported(old: str, new: str, says: str) -> None:
    text = CASE.spec.source()
    assert old in text
    with pytest.raises(KernelFault, match=says):
        error(text.replace(old, new))


@pytest.mark.parametrize(("old", "new"), [
    ("i < (KEYS - kept) * SPANS * 8;", "i < 0;"),  # values that aren't there are NaN
    ("behind < 0", "behind < -1"),
    ("(before + token + 1) / KEYS", "(before + token + KEYS) / KEYS"),
    ("float whole[2] = {total[0], total[1]};", "float (&whole)[2] = total;"),  # the next piece of work's
])  # fmt: skip
def test_what_is_computed_wrongly_is_wrong(old: str, new: str) -> None:
    text = CASE.spec.source()
    assert old in text
    assert not error(text.replace(old, new)) <= CASE.tolerance


@pytest.mark.parametrize(("heads", "kv_heads", "pack", "packed"), [(32, 8, 0, 4), (32, 8, 1, 1), (8, 8, 0, 1), (24, 8, 0, 1), (24, 4, 0, 2), (64, 1, 0, 16)])
def test_heads_that_share_a_tile(heads: int, kv_heads: int, pack: int, packed: int) -> None:
    """The largest power of two that divides the group, so that rows of a head are whole atoms of eight."""
    spec = AttentionPrefillHopper(heads=heads, kv_heads=kv_heads, head_dim=128, pack=pack)
    assert (spec.packed, spec.tile) == (packed, 128 // packed)
    assert spec.grid({"sequences": 3, "longest": 100, "rows": 300}) == 3 * -(-100 // spec.tile) * heads // packed


SIZES: dict[str, Any] = {"heads": 32, "kv_heads": 8, "head_dim": 128, "page": 16, "cache": "", "scale": 0.1, "window": 0}


@pytest.mark.parametrize("head_dim", [64, 128, 192, 256])
def test_it_is_chosen_on_hopper(head_dim: int) -> None:
    spec = Chooser(TARGETS["sm_90a"], 132, 2048, 8).prefill(**(SIZES | {"head_dim": head_dim}))
    assert isinstance(spec, AttentionPrefillHopper) and spec.ctas == 132
    legal.check(spec, TARGETS["sm_90a"])
    assert spec.dynamic_shared_bytes <= TARGETS["sm_90a"].shared_cta


@pytest.mark.parametrize(("target", "change"), [("sm_80", {}), ("sm_100a", {}), ("gfx942", {}), ("sm_90a", {"cache": "f8e4m3"}), ("sm_90a", {"head_dim": 96}), ("sm_90a", {"page": 4})])
def test_what_it_has_no_kernel_for_is_tritons(target: str, change: dict[str, Any]) -> None:
    spec = Chooser(TARGETS[target], 132, 2048, 8).prefill(**(SIZES | change))
    assert isinstance(spec, AttentionPrefill)
    legal.check(spec, TARGETS[target])


@pytest.mark.parametrize("target", ["sm_80", "sm_100a"])
def test_bundles_for_other_targets_have_tritons(target: str) -> None:
    """Of the same arguments and the same bound on CTAs."""
    spec = AttentionPrefillHopper(heads=8, kv_heads=2, head_dim=64, ctas=108)
    made, _ = _compiled(spec, target, anything=True)
    assert isinstance(made, AttentionPrefill) and (made.arguments, made.ctas, made.head_dim) == (spec.arguments, 108, 64)
