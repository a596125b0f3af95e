"""Rotary positions (Su et al., 2021), heads' norms and the write into the paged cache, in one pass over q|k|v rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.gpu.spec import Argument, is_power_of_two, number, power_of_two, read, require, size, updated, written
from intarsia.codegen.gpu.targets import Target, must_store
from intarsia.codegen.triton.attention import check_cache
from intarsia.codegen.triton.emit import TritonSpec

STYLES = ("neox", "interleaved", "none")


@dataclass(frozen=True, kw_only=True)
class RopeKv(TritonSpec):
    """q|k|v rows to q rows and a cache [pages, kv_heads, page, head_dim] of type `cache` (empty: dtype; 8-bit ones hold k / k_scale and v / v_scale).

    `style`: neox pairs a head's halves, interleaved its neighbours, none rotates nothing. `tile` heads of a row are a piece of work.
    """

    kernel: ClassVar[str] = "rope_kv"
    tuned: ClassVar[tuple[str, ...]] = ("tile",)

    least: ClassVar[Mapping[str, int]] = {"head_dim": 16}

    heads: int
    kv_heads: int
    head_dim: int
    page: int = 16
    style: str = "neox"
    qk_norm: bool = False
    eps: float = 1e-5
    cache: str = ""
    tile: int = 8
    stages: int = 1

    @property
    def stored(self) -> str:
        return self.cache or self.dtype

    @property
    def narrow(self) -> bool:
        return self.stored != self.dtype

    @property
    def arguments(self) -> tuple[Argument, ...]:
        pool = ("cache_pages", self.kv_heads, self.page, self.head_dim)
        given = [read("x", self.dtype, "rows", (self.heads + 2 * self.kv_heads) * self.head_dim), read("positions", "i32", "rows"), read("slots", "i32", "rows")]
        if self.style != "none":
            given.append(read("angles", "f32", "positions", self.head_dim))
        if self.qk_norm:
            given += [read("q_norm", self.dtype, self.head_dim), read("k_norm", self.dtype, self.head_dim)]
        if self.narrow:
            given += [number("k_scale"), number("v_scale")]
        caches = (updated("k_cache", self.stored, *pool), updated("v_cache", self.stored, *pool))
        return (*given, written("q", self.dtype, "rows", self.heads * self.head_dim), *caches, size("rows"))

    @property
    def constants(self) -> dict[str, int | float]:
        sizes: dict[str, int | float] = {"HEADS": self.heads, "KV_HEADS": self.kv_heads, "DIM": self.head_dim, "PAGE": self.page, "TILE": self.tile}
        return sizes | {"BLOCK_HALF": power_of_two(self.head_dim // 2)} | ({"EPS": self.eps} if self.qk_norm else {})

    def facts(self) -> dict[str, Any]:
        low, high = ("2 * i", "2 * i + 1") if self.style == "interleaved" else ("i", "half + i")
        return {"narrow": self.narrow, "low": f"({low})", "high": f"({high})"}

    @property
    def _pieces(self) -> int:
        return -(-self.heads // self.tile) + 2 * -(-self.kv_heads // self.tile)

    @property
    def work(self) -> str:
        return f"rows * {self._pieces}"

    @property
    def bytes(self) -> str:
        """Rows in, q out, `kept` rows of k and v into the cache; each piece of work reads its angles, and its weights where heads are normalised."""
        wide, kv = dtype(self.dtype).bytes, self.kv_heads * self.head_dim
        row = (2 * self.heads + 2 * self.kv_heads) * self.head_dim * wide + 4 * self._pieces
        angles = (4 * self.head_dim + 4) * self._pieces if self.style != "none" else 0
        norms = (self._pieces - -(-self.kv_heads // self.tile)) * self.head_dim * wide if self.qk_norm else 0
        return f"{row + angles + norms} * rows + {2 * kv * dtype(self.stored).bytes} * kept"

    def check(self, target: Target) -> None:
        must_store(target, self.dtype, self.label)
        must_store(target, self.stored, self.label)
        check_cache(self.kernel, self.dtype, self.stored)
        whole = self.kv_heads * max(1, round(self.heads / self.kv_heads))
        require(self.heads % self.kv_heads == 0, f"{self.heads} query heads can't share {self.kv_heads} KV heads evenly", f"nearest: {whole} query heads")
        require(self.style in STYLES, f"rope has no style {self.style!r}", f"choose one of {', '.join(STYLES)}")
        require(self.head_dim % 16 == 0, f"rope_kv with heads of {self.head_dim}: whole 16-byte words are stored", f"nearest: {max(16, round(self.head_dim / 16) * 16)}")
        require(is_power_of_two(self.tile), f"rope_kv's tile of {self.tile} heads is no power of two", f"nearest: {power_of_two(self.tile)}")
        require(is_power_of_two(self.page), f"pages of {self.page} tokens: a power of two is wanted", f"nearest: {power_of_two(self.page)}")
