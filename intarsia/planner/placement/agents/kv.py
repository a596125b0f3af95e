"""What moving a KV cache asks of the network, as arXiv 2507.19635 (section 4) reckons it."""

from __future__ import annotations

from intarsia.errors import InputError
from intarsia.ir.model import ModelConfig


def kv_bytes(layers: int, hidden: int, heads: int, kv_heads: int, tokens: float, element_bytes: float) -> float:
    """Bytes of the keys and values of `tokens` tokens: 2 L d (N_kv / N_h) ISL B."""
    if min(layers, hidden, heads, kv_heads) <= 0 or tokens < 0 or element_bytes <= 0:
        raise InputError("a KV cache has layers, a width and heads greater than zero, and tokens of zero or more")
    return 2.0 * layers * hidden * (kv_heads / heads) * tokens * element_bytes


def of_model(config: ModelConfig, tokens: float, element_bytes: float) -> float:
    """The same from a model's own count of elements a token, which knows latent attention too."""
    return config.kv_elements_per_token() * tokens * element_bytes


def egress(size: float, ttft_s: float, prefill_devices: int) -> float:
    """Bytes/s out of each of the devices that prefill, where a cache leaves while the next prompt is read."""
    return _rate(size, ttft_s, prefill_devices)


def ingress(size: float, tbt_s: float, decode_devices: int) -> float:
    """Bytes/s into each of the devices that decode, where a cache arrives between two tokens."""
    return _rate(size, tbt_s, decode_devices)


def _rate(size: float, seconds: float, devices: int) -> float:
    if seconds <= 0 or devices <= 0:
        raise InputError("a KV cache moves in more than no time, over more than no devices")
    return size / (seconds * devices)
