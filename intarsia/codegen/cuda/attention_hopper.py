"""Prefill attention on Hopper by warps with a role each: four warps fetch pages by the bulk copy engine, two warpgroups multiply. Persistent: `ctas` bounds the grid.

Warp roles, turns of two warpgroups, products of one block beside the exponentials of the next: FlashAttention-3 (arXiv 2407.08608). Pages, grouped heads and chunks are as in
triton/attention.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from intarsia.codegen.cuda.emit import CudaSpec
from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.gpu.spec import Argument, is_power_of_two, power_of_two, require
from intarsia.codegen.gpu.targets import TARGETS, Target, must_multiply
from intarsia.codegen.triton.attention import AttentionPrefill

SPAN = 64
"""16-bit numbers in the 128 bytes of a row that the bulk copy engine swizzles."""
ATOM = 8
"""Rows that a swizzle permutes: pages, and a tile's tokens of each head, come in whole ones."""
ROW_BYTES = 128
KINDS = {"bf16": ("bf16", 10), "f16": ("f16", 6)}
"""wgmma's name of a type, and a tensor map's number."""
MAP_BYTES, MAPS, BARRIER_BYTES = 128, 6, 8
"""Each of two warps has maps of queries, keys and values."""
REGISTERS = (56, 224)
"""Of a thread of the warpgroup whose warps fetch, and of the two that multiply (together no more than 168 a thread, with which the CTA is launched)."""
MOST_HELD = 184
"""Registers for a row's sums, scores and chances, beside which nothing spills."""


@dataclass(frozen=True, kw_only=True)
class AttentionPrefillHopper(CudaSpec):
    """As triton/attention.py, causal, with caches of the rows' type. A tile, a piece of work, has 128 rows: `pack` heads that share a KV head (0: as many as fit) of 128 / pack
    tokens.

    `keys` a block, `stages` blocks of keys and of values under way. `turns`: the warpgroups take turns to multiply, so that one makes its exponentials while the other
    multiplies. Persistent, each CTA with tensor maps of its own in scratch memory: `ctas` bounds the grid.
    """

    kernel: ClassVar[str] = "attention_prefill_hopper"
    dtypes: ClassVar[tuple[str, ...]] = ("bf16", "f16")
    tensor_cores: ClassVar[tuple[str, ...]] = ("HGMMA",)
    wide_share: ClassVar[float] = 0.45  # results; bulk copies fetch all but page numbers and sequences
    tuned: ClassVar[tuple[str, ...]] = ("keys", "pack", "turns")
    least: ClassVar[Mapping[str, int]] = {"head_dim": SPAN, "keys": 16, "page": ATOM, "stages": 2, "warps": 8}

    heads: int
    kv_heads: int
    head_dim: int
    page: int = 16
    scale: float = 0.0
    window: int = 0
    keys: int = 128
    pack: int = 0
    turns: bool = True
    warps: int = 8
    stages: int = 2

    narrow, bulk, warpgroups = False, True, True  # unlike Triton's, it has no other choice

    @property
    def twin(self) -> AttentionPrefill:
        return AttentionPrefill(
            dtype=self.dtype, heads=self.heads, kv_heads=self.kv_heads, head_dim=self.head_dim, page=self.page, scale=self.scale, window=self.window, tile=64, warps=4,
            ctas=self.ctas,
        )  # fmt: skip

    @property
    def stored(self) -> str:
        return self.dtype

    @property
    def factor(self) -> float:
        return self.scale or self.head_dim**-0.5

    @property
    def rows(self) -> int:
        """Of a tile: 64 a warpgroup."""
        return 16 * self.warps

    @property
    def packed(self) -> int:
        """Heads of a tile: of the group that shares a KV head, the largest power of two that divides it and leaves whole atoms of tokens."""
        group = self.heads // self.kv_heads
        return self.pack or min(group & -group, self.rows // ATOM)

    @property
    def tile(self) -> int:
        """Tokens of a tile."""
        return self.rows // self.packed

    @property
    def threads(self) -> int:
        """A warpgroup more, whose warps fetch."""
        return 32 * (self.warps + 4)

    @property
    def queries(self) -> int:
        """Tiles of queries in shared memory: two where there is room, so that the next ones are there in time."""
        return 2 if self._shared(2) <= TARGETS["sm_90a"].shared_cta else 1

    def _shared(self, queries: int) -> int:
        """Bytes with so many tiles of queries: these and stages of keys and values, drafts of maps, and barriers (full and empty for each; one for values that are mended)."""
        return 2 * self.head_dim * (queries * self.rows + 2 * self.stages * self.keys) + MAPS * MAP_BYTES + BARRIER_BYTES * (1 + 2 * queries + 4 * self.stages)

    @property
    def dynamic_shared_bytes(self) -> int:
        return self._shared(self.queries)

    @property
    def scratch_bytes(self) -> int:
        return MAPS * MAP_BYTES

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return self.twin.arguments

    def facts(self) -> dict[str, Any]:
        kind, map_type = KINDS[self.dtype]
        return {
            "kind": kind, "map_type": map_type, "few_registers": REGISTERS[0], "many_registers": REGISTERS[1],
            "query_pieces": self._pieces(self.rows), "key_pieces": self._pieces(self.keys), "value_pieces": [16 * ROW_BYTES // 16 * i for i in range(self.keys // 16)],
        }  # fmt: skip

    def _pieces(self, rows: int) -> list[int]:
        """Where 16 columns each lie, in 16 bytes, where spans of columns follow one another with so many rows."""
        return [i // 4 * rows * ROW_BYTES // 16 + i % 4 * 2 for i in range(self.head_dim // 16)]

    @property
    def work(self) -> str:
        return f"sequences * ceil(longest / {self.tile}) * {self.heads // self.packed}"

    @property
    def flops(self) -> str:
        return self.twin.flops

    @property
    def bytes(self) -> str:
        """`block_keys`: keys of the blocks that tiles read, whole pages; `tile_rows`: rows of tiles, as far as there are rows; both added up over tiles and sequences."""
        wide, tiles = dtype(self.dtype).bytes, self.heads // self.packed
        row = self.heads * self.head_dim * wide
        return f"{(2 * self.head_dim * wide) * tiles} * block_keys + {row} * (tile_rows + rows)"

    @property
    def mend(self) -> str:
        return f"nearest: {max(2, self.stages - 1)} stages, blocks of {max(16, self.keys // 2)} keys, or Triton's kernel"

    def check(self, target: Target) -> None:
        require(target.warpgroups, f"{self.label}: {target.name} has no products of warpgroups", "nearest there: Triton's kernel")
        must_multiply(target, self.dtype, self.label)
        self._check_heads()
        self._check_blocks()
        require(self.warps == 8, f"CUDA's prefill attention with {self.warps} warps that multiply", "nearest: 8")
        require(self.stages >= 2, f"CUDA's prefill attention with {self.stages} stage: one is fetched while another is read", "nearest: 2")

    def _check_heads(self) -> None:
        group = max(1, round(self.heads / self.kv_heads))
        what = f"{self.heads} query heads can't share {self.kv_heads} KV heads evenly"
        require(self.heads % self.kv_heads == 0, what, f"nearest: {self.kv_heads * group} query heads")
        fits = self.head_dim % SPAN == 0 and self.head_dim <= 256
        nearest = min(256, max(SPAN, round(self.head_dim / SPAN) * SPAN))
        require(fits, f"heads of {self.head_dim}: CUDA's prefill attention takes 64, 128, 192 and 256", f"nearest: {nearest}, or Triton's kernel")
        packs = [pack for pack in (1, 2, 4, 8, 16) if group % pack == 0]
        require(self.packed in packs, f"{self.pack} heads in a tile of a group of {group}", f"nearest: {min(packs, key=lambda pack: abs(pack - self.pack))}")

    def _check_blocks(self) -> None:
        fits = is_power_of_two(self.page) and self.page >= ATOM
        require(fits, f"pages of {self.page} tokens: a power of two is wanted, {ATOM} at least", f"nearest: {max(ATOM, power_of_two(self.page))}, or Triton's kernel")
        box = min(self.page, 64)
        nearest = min(256, max(box, round(self.keys / box) * box))
        fits = self.keys % 16 == 0 and self.keys <= 256 and (self.keys % self.page == 0 or self.page % self.keys == 0)
        require(fits, f"blocks of {self.keys} keys with pages of {self.page}: whole pages or an even part of one, in 16s up to 256", f"nearest: {nearest}")
        held = self.head_dim // 2 + self.keys // 2 + self.keys // 4
        most = (MOST_HELD - self.head_dim // 2) * 4 // 3 // 16 * 16
        what = f"blocks of {self.keys} keys with heads of {self.head_dim}: {held} registers of sums, scores and chances, {MOST_HELD} are there"
        require(held <= MOST_HELD, what, f"nearest: {most}")
