"""How one model is served on given devices: chunk size, sequences together, and pages of KV cache."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from intarsia.cost_models import tasks
from intarsia.cost_models.cost import Setup, StepCosts
from intarsia.ir.model import ModelConfig
from intarsia.runtime.scheduler import parameters, policy_class

NAME = "fcfs_chunked_prefill"
GOOD_ENOUGH = 0.95
"""Of the best rate: smaller chunks and batches that reach it are taken, as they answer sooner and need less memory."""
CHUNKS = {"cpu": (128, 256, 512), "gpu": (512, 1024, 2048, 4096, 8192)}
BATCHES = {"cpu": (4, 8, 16, 32), "gpu": (8, 16, 32, 64, 128, 256, 512)}
PAGE_TOKENS = {"cpu": 64, "gpu": 16}
KV_SHARE = {"cpu": 0.25, "gpu": 1.0}
"""Of the free memory: a CPU's belongs to others too."""
MEMORY_SHARE = {"cpu": 0.8, "gpu": 0.9}
"""Of a device's memory that a plan may use; vLLM's gpu_memory_utilization is 0.9 by default."""
LEAST_CONTEXT = 8192


@dataclass(frozen=True)
class Policy:
    """Limits of the scheduler, and the KV pool: `kv_pages` of `page_tokens` tokens for contexts of up to `context` tokens."""

    max_batch_tokens: int
    max_sequences: int
    page_tokens: int
    kv_pages: int
    context: int


@dataclass(frozen=True)
class Load:
    """Typical request: mean prompt and output, and the longest to be expected. `sequences` is a wish, 0 for none."""

    prompt: float
    output: float
    longest: float
    sequences: int = 0
    tpot_s: float | None = None


def device_class(kind: str) -> str:
    """The defaults' key for a kind of device."""
    return "cpu" if kind == "cpu" else "gpu"


def context_tokens(config: ModelConfig, wish: int | None, longest: float) -> int:
    """The longest context to make room for: as wished, else what requests need and at least `LEAST_CONTEXT`, within the model's own."""
    own = config.context or LEAST_CONTEXT
    return min(own, wish or max(LEAST_CONTEXT, math.ceil(longest)))


def kv_bytes_per_token(config: ModelConfig, setup: Setup) -> float:
    """KV-cache bytes of one token on each device; heads are split over `tp` devices, at least one a device, MLA's row is on all."""
    elements = config.kv_elements_per_token()
    return elements * setup.kv_element_bytes / (1 if config.kv_lora_rank else min(setup.tp, max(1, config.kv_heads)))

MOST_PAGES = 1 << 24
"""As many pages as the runtime counts: a small model on a large GPU would fill its memory with more than it could ever use."""


def angle_bytes(config: ModelConfig, chosen: Policy) -> float:
    """Bytes of the table of rotary angles that lies beside the weights: a cosine and a sine for each pair of a head, in 4 bytes, for every position."""
    return 0.0 if config.rope_style == "none" else 4.0 * config.head_dim * chosen.context


def pages_for(tokens: float, page_tokens: int) -> int:
    """Whole pages that hold so many tokens."""
    return math.ceil(tokens / page_tokens)


def chunk_tokens(costs: StepCosts, setup: Setup, load: Load) -> int:
    """The smallest chunk whose prefill rate is good enough, with steps no longer than the goal for each token allows."""
    options = CHUNKS[device_class(setup.device.kind)]
    rates = {chunk: chunk / tasks.prefill(costs, setup, chunk, chunk).seconds for chunk in options}
    if load.tpot_s is not None:
        rates = {chunk: rate for chunk, rate in rates.items() if chunk / rate <= load.tpot_s} or {options[0]: rates[options[0]]}
    best = max(rates.values())
    return min(chunk for chunk, rate in rates.items() if rate >= GOOD_ENOUGH * best)


def tokens_per_second(costs: StepCosts, setup: Setup, load: Load, batch: float, chunk: float) -> float:
    """Generated tokens/s of one replica that keeps `batch` typical requests going."""
    busy = busy_seconds(costs, setup, load.prompt, load.output, batch, chunk)
    return load.output / busy if busy else math.inf


def busy_seconds(costs: StepCosts, setup: Setup, prompt: float, output: float, batch: float, chunk: float) -> float:
    """Seconds that one request among `batch` alike takes of a replica: its prompt, and its share of the decode steps."""
    return tasks.prefill(costs, setup, prompt, chunk).seconds + tasks.decode(costs, setup, prompt, output, batch).seconds / batch


def sequences_together(costs: StepCosts, setup: Setup, load: Load, chunk: int, fitting: float) -> int:
    """The smallest batch whose throughput is good enough, among those that fit the KV cache and the goal for each token."""
    if load.sequences:
        return max(1, min(load.sequences, int(fitting)))
    options = [b for b in BATCHES[device_class(setup.device.kind)] if b <= fitting and _in_time(costs, setup, load, b)] or [1]
    rates = {batch: tokens_per_second(costs, setup, load, batch, chunk) for batch in options}
    best = max(rates.values())
    return min(batch for batch, rate in rates.items() if rate >= GOOD_ENOUGH * best)


def _in_time(costs: StepCosts, setup: Setup, load: Load, batch: float) -> bool:
    return load.tpot_s is None or tasks.decode_step(costs, setup, load.prompt + load.output / 2, batch).seconds <= load.tpot_s


def decoder(costs: StepCosts, setup: Setup, config: ModelConfig, load: Load, context: int, free_bytes: float) -> Policy:
    """The policy of a decoder with `free_bytes` on each device beside the weights; the pool holds one longest context at least."""
    kind = device_class(setup.device.kind)
    page, token = PAGE_TOKENS[kind], kv_bytes_per_token(config, setup)
    least = pages_for(context, page)
    affordable = max(least, int(max(free_bytes, 0.0) * KV_SHARE[kind] / (token * page)))
    typical = pages_for(min(load.prompt + load.output, context), page)
    chunk = chunk_tokens(costs, setup, load)
    sequences = min(sequences_together(costs, setup, load, chunk, max(1, affordable // typical)), chunk)
    wanted = least + (sequences - 1) * typical
    return Policy(chunk, sequences, page, min(affordable, MOST_PAGES) if kind == "gpu" else min(affordable, wanted), context)


def encoder(setup: Setup, config: ModelConfig, load: Load) -> Policy:
    """The policy of a model without a KV cache: whole texts, as many as fill a few of the longest."""
    longest = config.context or config.positions or max(int(load.longest), 512)
    sequences = load.sequences or BATCHES[device_class(setup.device.kind)][1]
    return Policy(max(longest, 512), sequences, PAGE_TOKENS[device_class(setup.device.kind)], 0, longest)


def told(costs: StepCosts, setup: Setup, chosen: Policy, scheduler: str, given: dict[str, Any] | None) -> dict[str, Any]:
    """What the scheduling policy called `scheduler` is told beside its limits: the speeds that it wants to know, at full steps, and what was `given`."""
    has = {each.name for each in parameters(policy_class(scheduler))} if chosen.kv_pages else set()
    speeds = {}
    if "token_s" in has:
        speeds["token_s"] = tasks.decode_step(costs, setup, chosen.context / 2, chosen.max_sequences).seconds
    if "prefill_tokens_per_s" in has:
        seconds = tasks.prefill(costs, setup, chosen.max_batch_tokens, chosen.max_batch_tokens).seconds
        speeds["prefill_tokens_per_s"] = max(1.0, chosen.max_batch_tokens / seconds) if seconds else 1.0
    return speeds | (given or {})
