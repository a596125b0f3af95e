"""The peer: a plain Llama in torch (cuBLAS, SDPA) on the bundle's own weights in GPU memory, with its keys and values in one piece for each sequence."""

from __future__ import annotations

import re
from typing import Any

import torch
import torch.nn.functional as F

from intarsia.runtime.drivers.gpu.queue import Memory

BF16 = torch.bfloat16


class Region:
    """GPU memory that somebody else holds, as torch takes it."""

    def __init__(self, address: int, shape: tuple[int, ...], kind: str = "<i2") -> None:
        self.__cuda_array_interface__ = {"data": (address, False), "shape": shape, "typestr": kind, "version": 3, "strides": None}


def tensor(address: int, *shape: int, kind: str = "<i2") -> torch.Tensor:
    made = torch.as_tensor(Region(address, shape, kind), device="cuda")
    return made.view(BF16) if kind == "<i2" else made


def _rounded(x: torch.Tensor, block: int) -> torch.Tensor:
    """x as 8-bit floats stand for it, with a scale for `block` numbers of a row."""
    groups = x.float().reshape(len(x), -1, block)
    scale = groups.abs().amax(-1, keepdim=True).clamp(min=1e-12) / 448
    return ((groups / scale).clamp(-448, 448).to(torch.float8_e4m3fn).float() * scale).reshape(x.shape).to(x.dtype)


class TorchLlama:
    """`free_page`: the first page of each layer's cache that the bundle leaves to us."""

    def __init__(self, model: dict[str, Any], memory: Memory, free_page: int, sequences: int, room: int) -> None:
        self.config, self.weights, self.memory = model["config"], model["gpu"]["weights"], memory
        self.heads, self.kv_heads, self.dim, self.hidden, self.layers = (int(self.config[name]) for name in ("heads", "kv_heads", "head_dim", "hidden", "layers"))
        (angles,) = [name for name in self.weights if name.startswith("angles.")]
        self.angles = self._at(angles, 0, "<f4").reshape(-1, self.dim)
        entry = next(iter(model["entries"].values()))
        page = entry["page_tokens"] * self.kv_heads * self.dim * 2
        cache = [[memory.cache + (2 * layer + side) * memory.cache_bytes + free_page * page for side in (0, 1)] for layer in range(self.layers)]
        self.cache = [tuple(tensor(address, sequences, self.kv_heads, room, self.dim) for address in pair) for pair in cache]

    def _at(self, name: str, layer: int = 0, kind: str = "<i2") -> torch.Tensor:
        facts = self.weights[name]
        return tensor(self.memory.weights + facts["offset"] + layer * facts["stride"], *facts["shape"][1:], kind=kind)

    def weight(self, part: str, layer: int = 0) -> torch.Tensor:
        names = sorted(name for name in self.weights if name.removeprefix("blk.{}.").startswith(part))
        if len(names) == 2:
            return (self._from_eights if self.weights[names[0]]["dtype"] == "f8e4m3" else self._widened)(*names, layer)
        found = self._at(names[0], layer)
        return found[:, 0] if found.shape[1] == 1 else found

    def _widened(self, codes: str, scales: str, layer: int) -> torch.Tensor:
        """Weights of 4 bits (weights.py says how they lie), times their scales; in float32, that nothing is rounded."""
        packed = self._at(codes, layer, "|u1")
        runs = packed.view(len(packed), -1, 32)
        numbers = torch.stack([runs & 15, runs >> 4], 2).view(len(packed), -1).float() - 8
        return numbers * self._at(scales, layer).float().repeat_interleave(32, 1)

    def _from_eights(self, codes: str, scales: str, layer: int) -> torch.Tensor:
        """Weights in 8-bit floats times their scales, in float32."""
        numbers = self._at(codes, layer, "|u1").view(torch.float8_e4m3fn).float()
        own = self._at(scales, layer, "<f4")
        if own.numel() > 1:
            own = own.repeat_interleave(128, 0)[: len(numbers)].repeat_interleave(128, 1)
        return numbers * own

    def _linear(self, x: torch.Tensor, part: str, layer: int) -> torch.Tensor:
        """A layer's product; with weights in 8-bit floats, of rows that were rounded to them as ours are."""
        (kind,) = {self.kind_of(name) for name in self.weights if name.removeprefix("blk.{}.").startswith(part)}
        return F.linear(_rounded(x, 128 if kind == "f8_block" else x.shape[1]) if kind else x, self.weight(part, layer).to(x.dtype))

    @staticmethod
    def kind_of(name: str) -> str:
        """f8 or f8_block of a weight that is so; else nothing."""
        found = re.search(r"\.(f8(?:_block)?)(?:\.scales)?$", name)
        return found[1] if found else ""

    def _rotated(self, x: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        cos, sin = (part[:, None].to(x.dtype) for part in self.angles[positions].chunk(2, 1))
        neighbours = self.config["rope_style"] == "interleaved"
        low, high = (x[..., ::2], x[..., 1::2]) if neighbours else x.chunk(2, -1)
        turned = low * cos - high * sin, high * cos + low * sin
        return torch.stack(turned, -1).flatten(-2) if neighbours else torch.cat(turned, -1)

    def _qkv(self, x: torch.Tensor, layer: int, positions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        rows = self._linear(F.rms_norm(x, (self.hidden,), self.weight("attn_norm", layer).to(x.dtype), 1e-5), "attn_q", layer).view(len(x), -1, self.dim)
        q, k, v = rows.split([self.heads, self.kv_heads, self.kv_heads], 1)
        return self._rotated(q, positions), self._rotated(k, positions), v

    def _rest(self, x: torch.Tensor, attended: torch.Tensor, layer: int) -> torch.Tensor:
        x = x + self._linear(attended, "attn_output", layer)
        wide = self._linear(F.rms_norm(x, (self.hidden,), self.weight("ffn_norm", layer).to(x.dtype), 1e-5), "ffn_gate", layer)
        gate, up = wide.chunk(2, -1)
        return x + self._linear(F.silu(gate) * up, "ffn_down", layer)

    def _head(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(F.rms_norm(x, (self.hidden,), self.weight("output_norm").to(x.dtype), 1e-5), self.weight("output.weight").to(x.dtype)).float()

    def forward(self, prompts: torch.Tensor, dtype: torch.dtype = BF16) -> torch.Tensor:
        """Logits of the last of each prompt's tokens, [sequences, tokens]."""
        count, length = prompts.shape
        x = self.weight("token_embd")[prompts.flatten()].to(dtype)
        positions = torch.arange(length, device="cuda").repeat(count)
        for layer in range(self.layers):
            q, k, v = (part.view(count, length, -1, self.dim).transpose(1, 2) for part in self._qkv(x, layer, positions))
            attended = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
            x = self._rest(x, attended.transpose(1, 2).reshape(count * length, -1), layer)
        return self._head(x.view(count, length, -1)[:, -1])

    def decode(self, tokens: torch.Tensor, position: int) -> torch.Tensor:
        """A step of sequences that all stand at `position`."""
        x = self.weight("token_embd")[tokens]
        positions = torch.full_like(tokens, position)
        for layer in range(self.layers):
            q, k, v = self._qkv(x, layer, positions)
            keys, values = (held[: len(tokens)] for held in self.cache[layer])
            keys[:, :, position], values[:, :, position] = k, v
            attended = F.scaled_dot_product_attention(q[:, :, None], keys[:, :, : position + 1], values[:, :, : position + 1], enable_gqa=True)
            x = self._rest(x, attended.reshape(len(tokens), -1), layer)
        return self._head(x)
