"""Attention over a paged KV cache: one row a sequence (decode, split over the keys where there are few sequences), and chunks of prompts (prefill).

Online softmax and tiles: FlashAttention-2 (arXiv 2307.08691); splits of the keys, put together afterwards: Flash-Decoding
(https://crfm.stanford.edu/2023/10/12/flashdecoding.html); pages: vLLM (arXiv 2309.06180).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from intarsia.codegen.gpu.dtypes import LARGEST, dtype
from intarsia.codegen.gpu.spec import Argument, is_power_of_two, number, power_of_two, read, require, size, written
from intarsia.codegen.gpu.targets import Target, must_multiply, must_store
from intarsia.codegen.triton.emit import TritonSpec

WIDEST_HEAD = 256
MOST_SPLITS = 128
"""As many as AttentionCombine holds in registers."""


def check_cache(kernel: str, rows: str, stored: str) -> None:
    """Raises UnsupportedError for a cache of a type that rows aren't of, and no 8-bit float."""
    require(stored in (rows, *LARGEST), f"{kernel} of {rows} rows with a cache of {stored}", f"nearest: {rows}; or one of {', '.join(LARGEST)}")


@dataclass(frozen=True, kw_only=True)
class PagedAttention(TritonSpec):
    """What decode and prefill share. A page holds `page` tokens of all KV heads: [kv_heads, page, head_dim], of type `cache` (empty: dtype).

    8-bit caches hold numbers divided by k_scale and v_scale. `scale` multiplies scores (0: 1 / sqrt(head_dim)); `window` is how many keys a query sees
    at most, itself included (0: all).
    """

    dtypes: ClassVar[tuple[str, ...]] = ("bf16", "f16")
    least: ClassVar[Mapping[str, int]] = {"head_dim": 16, "keys": 16, "tile": 16}

    heads: int
    kv_heads: int
    head_dim: int
    page: int = 16
    cache: str = ""
    scale: float = 0.0
    window: int = 0
    keys: int = 64

    @property
    def stored(self) -> str:
        return self.cache or self.dtype

    @property
    def narrow(self) -> bool:
        return self.stored != self.dtype

    @property
    def factor(self) -> float:
        return self.scale or self.head_dim**-0.5

    @property
    def _inputs(self) -> tuple[Argument, ...]:
        pool = ("cache_pages", self.kv_heads, self.page, self.head_dim)
        return (
            read("q", self.dtype, "rows", self.heads * self.head_dim), read("k_cache", self.stored, *pool), read("v_cache", self.stored, *pool),
            read("page_table", "i32", "sequences", "pages"), read("sequence_table", "i32", "sequences", 3), *((number("k_scale"), number("v_scale")) if self.narrow else ()),
        )  # fmt: skip

    def _shared_constants(self) -> dict[str, int | float]:
        sizes: dict[str, int | float] = {"HEADS": self.heads, "KV_HEADS": self.kv_heads, "DIM": self.head_dim, "PAGE": self.page, "SCALE": self.factor}
        return sizes | {"KEYS": self.keys, "BLOCK_DIM": power_of_two(self.head_dim)}

    def facts(self) -> dict[str, Any]:
        return {"narrow": self.narrow, "ragged_dim": self.head_dim != power_of_two(self.head_dim)}

    @property
    def mend(self) -> str:
        return f"nearest: stages={max(1, self.stages - 1)}, or tiles of {max(16, self.keys // 2)} keys"

    def check(self, target: Target) -> None:
        must_multiply(target, self.dtype, self.label)
        must_store(target, self.stored, self.label)
        check_cache(self.kernel, self.dtype, self.stored)
        whole = self.kv_heads * max(1, round(self.heads / self.kv_heads))
        require(self.heads % self.kv_heads == 0, f"{self.heads} query heads can't share {self.kv_heads} KV heads evenly", f"nearest: {whole} query heads")
        unit = 16 // dtype(self.stored).bytes
        require(self.head_dim % unit == 0 and 16 <= self.head_dim <= WIDEST_HEAD, f"heads of {self.head_dim}: {self.kernel} takes multiples of {unit} from 16 to {WIDEST_HEAD}",
                f"nearest: {min(WIDEST_HEAD, max(16, round(self.head_dim / unit) * unit))}")  # fmt: skip
        require(is_power_of_two(self.page), f"pages of {self.page} tokens: a power of two is wanted", f"nearest: {power_of_two(self.page)}")
        fits = is_power_of_two(self.keys) and self.keys >= 16
        require(fits, f"tiles of {self.keys} keys: tensor cores want a power of two, 16 at least", f"nearest: {max(16, power_of_two(self.keys))}")


@dataclass(frozen=True, kw_only=True)
class AttentionDecode(PagedAttention):
    """One row a sequence. A piece of work is a KV head of a sequence with all query heads that share it, or one of `splits` equal parts of its keys.

    With splits, `partial` and `summary` (base-2 logarithm of the sum of exponentials) go to AttentionCombine.
    """

    kernel: ClassVar[str] = "attention_decode"
    tensor_cores: ClassVar[tuple[str, ...]] = ("HMMA",)  # 16 rows are too few for a warpgroup's
    wide_share: ClassVar[float] = 0.4  # page numbers, and 8-bit caches, whose numbers registers widen, take narrower ones
    tuned: ClassVar[tuple[str, ...]] = ("keys", "splits")

    splits: int = 1
    stages: int = 2

    @property
    def arguments(self) -> tuple[Argument, ...]:
        parts = ("sequences", self.heads, self.splits)
        whole = (written("out", self.dtype, "rows", self.heads * self.head_dim),)
        split = (written("partial", "f32", *parts, self.head_dim), written("summary", "f32", *parts))
        return (*self._inputs, *(split if self.splits > 1 else whole), size("sequences"), size("pages"))

    @property
    def constants(self) -> dict[str, int | float]:
        return self._shared_constants() | {"SPLITS": self.splits, "GROUP": max(16, power_of_two(self.heads // self.kv_heads))}

    @property
    def work(self) -> str:
        return f"sequences * {self.kv_heads * self.splits}"

    @property
    def flops(self) -> str:
        return f"{4 * self.heads * self.head_dim} * pairs"

    @property
    def bytes(self) -> str:
        """`keys` are those that sequences keep, added up; each KV head looks its page numbers up."""
        cache = 2 * self.kv_heads * self.head_dim * dtype(self.stored).bytes
        row = self.heads * self.head_dim
        results = 4 * self.heads * self.splits * (self.head_dim + 1) if self.splits > 1 else row * dtype(self.dtype).bytes
        return f"{cache} * keys + {row * dtype(self.dtype).bytes * self.splits + results + 8 * self.kv_heads * self.splits} * sequences + {4 * self.kv_heads} * keys"

    def check(self, target: Target) -> None:
        super().check(target)
        require(self.splits <= MOST_SPLITS, f"{self.splits} splits of the keys: {MOST_SPLITS} can be combined", f"nearest: {MOST_SPLITS}")


@dataclass(frozen=True, kw_only=True)
class AttentionPrefill(PagedAttention):
    """Chunks of prompts, causal. A piece of work is `tile` rows of a head of a sequence; its keys are in the cache already."""

    kernel: ClassVar[str] = "attention_prefill"
    tensor_cores: ClassVar[tuple[str, ...]] = ("HGMMA",)
    wide_share: ClassVar[float] = 0.85
    tuned: ClassVar[tuple[str, ...]] = ("tile", "keys")

    tile: int = 128
    warps: int = 8
    stages: int = 2

    @property
    def arguments(self) -> tuple[Argument, ...]:
        out = written("out", self.dtype, "rows", self.heads * self.head_dim)
        return (*self._inputs, out, size("sequences"), size("pages"), size("longest"))

    @property
    def constants(self) -> dict[str, int | float]:
        return self._shared_constants() | {"ROWS": self.tile}

    @property
    def work(self) -> str:
        return f"sequences * ceil(longest / {self.tile}) * {self.heads}"

    @property
    def flops(self) -> str:
        return f"{4 * self.heads * self.head_dim} * pairs"

    @property
    def bytes(self) -> str:
        """`tile_keys`: keys that tiles of rows read, added up over tiles and sequences; each query head reads its own."""
        cache = 2 * self.head_dim * dtype(self.stored).bytes + 4
        return f"{cache * self.heads} * tile_keys + {2 * self.heads * self.head_dim * dtype(self.dtype).bytes} * rows + 12 * {self.work}"

    @property
    def mend(self) -> str:
        return f"nearest: tiles of {max(16, self.tile // 2)} rows and {max(16, self.keys // 2)} keys"

    def check(self, target: Target) -> None:
        super().check(target)
        fits = is_power_of_two(self.tile) and self.tile >= 16
        require(fits, f"tiles of {self.tile} rows: tensor cores want a power of two, 16 at least", f"nearest: {max(16, power_of_two(self.tile))}")


@dataclass(frozen=True, kw_only=True)
class AttentionCombine(TritonSpec):
    """Puts the `splits` parts of AttentionDecode together; a head of a sequence a piece of work."""

    kernel: ClassVar[str] = "attention_combine"
    wide_share: ClassVar[float] = 0.85

    dtypes: ClassVar[tuple[str, ...]] = ("bf16", "f16")
    least: ClassVar[Mapping[str, int]] = {"head_dim": 8, "splits": 2}

    heads: int
    head_dim: int
    splits: int
    stages: int = 1
    warps: int = 1

    @property
    def arguments(self) -> tuple[Argument, ...]:
        parts = ("sequences", self.heads, self.splits)
        out = written("out", self.dtype, "rows", self.heads * self.head_dim)
        return (read("partial", "f32", *parts, self.head_dim), read("summary", "f32", *parts), read("sequence_table", "i32", "sequences", 3), out, size("sequences"))

    @property
    def constants(self) -> dict[str, int | float]:
        return {"HEADS": self.heads, "DIM": self.head_dim, "SPLITS": self.splits, "BLOCK_DIM": power_of_two(self.head_dim), "BLOCK_SPLITS": power_of_two(self.splits)}

    def facts(self) -> dict[str, Any]:
        return {"ragged_dim": self.head_dim != power_of_two(self.head_dim), "ragged_splits": not is_power_of_two(self.splits)}

    @property
    def work(self) -> str:
        return f"sequences * {self.heads}"

    @property
    def bytes(self) -> str:
        return f"{self.heads} * sequences * {4 * self.splits * (self.head_dim + 1) + 4 + self.head_dim * dtype(self.dtype).bytes}"

    def check(self, target: Target) -> None:
        must_store(target, self.dtype, self.label)
        require(2 <= self.splits <= MOST_SPLITS, f"{self.splits} splits of the keys: 2 to {MOST_SPLITS} can be combined", f"nearest: {min(MOST_SPLITS, max(2, self.splits))}")
        fits = self.head_dim % 8 == 0 and self.head_dim <= WIDEST_HEAD
        require(fits, f"heads of {self.head_dim}: attention_combine takes multiples of 8 up to {WIDEST_HEAD}", f"nearest: {min(WIDEST_HEAD, max(8, round(self.head_dim / 8) * 8))}")
