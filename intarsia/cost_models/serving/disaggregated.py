"""Steady state of separate engines for prompts and for answers (Splitwise, arXiv 2311.18677; DistServe, arXiv 2401.09670).

A closed loop of C users: X prompts a second pass the prefilling engines (R seconds), their keys and values cross a link, and the decoding ones
(D seconds). By Little's law C = X (R + D), and each of the g decoding groups runs n = X D / g sequences. D grows with n and R with X, so that one
n solves both; where the prefilling engines are the narrow place, X is their rate and R is what is left of C / X.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from intarsia.cost_models.serving.memory import kv_token_bytes
from intarsia.cost_models.serving.shapes import Batch, Chunk, Step
from intarsia.cost_models.serving.steady import Engine, Load, Question, Steady, System, even_service_s, queue_s
from intarsia.errors import InfeasibleError, InputError

SIZES = 5
"""Batches that a decode is priced at: the largest, its half, and so on."""
HALVINGS = 60


@dataclass(frozen=True)
class Deployment:
    """`prefill_workers` and `decode_workers` engines; `link_bandwidth`: bytes/s that one prefilling device sends to decoding ones."""

    prefill: System
    decode: System
    prefill_workers: int = 1
    decode_workers: int = 1
    link_bandwidth: float = 50e9

    def __post_init__(self) -> None:
        if self.prefill_workers < 1 or self.decode_workers < 1 or self.link_bandwidth <= 0:
            raise InputError("a deployment needs a prefilling and a decoding engine, and a link between them")

    @property
    def prefill_groups(self) -> int:
        return self.prefill_workers * self.prefill.plan.dp

    @property
    def decode_groups(self) -> int:
        return self.decode_workers * self.decode.plan.dp

    def transfer_s(self, load: Load) -> float:
        """Seconds that the keys and values of a prompt take to cross, every device of a group sending what it holds."""
        system = self.prefill
        held = kv_token_bytes(system.config, system.plan, system.precision, range(system.config.layers), load.prompt)
        return load.prompt * held / self.link_bandwidth


def question(deployment: Deployment, load: Load) -> Question:
    """What to price for the steady state. Raises InfeasibleError where a single sequence doesn't fit in memory."""
    if not load.concurrency:
        raise InputError("a disaggregated deployment needs users", mend="set the load's concurrency")
    prefill, decode, length = deployment.prefill, deployment.decode, load.prompt + load.answer / 2
    chunks = int(np.ceil(load.prompt / prefill.engine.chunk_tokens))
    group = max(1.0, min(load.concurrency / deployment.prefill_groups, prefill.engine.chunk_tokens // load.prompt))
    part = Chunk(load.prompt / chunks, (load.prompt - load.prompt / chunks) / 2)
    held = decode.kv_tokens(length) / (load.prompt + load.answer if decode.engine.reserves else length)
    if held < 1:
        raise InfeasibleError(f"the KV cache has no room for one sequence of {load.isl} + {load.osl} tokens", mend="use more devices or fewer bits")
    sizes = _sizes(min(max(1.0, load.concurrency / deployment.decode_groups), held, decode.engine.most_sequences))
    prompts = [Step(prefill=(Chunk(part.tokens, part.context, many),)) for many in (1.0, group)]
    answers = [Step(decode=(Batch(size, length, 1 + decode.engine.drafts),)) for size in sizes]
    steps = (*((prefill, step) for step in prompts), *((decode, step) for step in answers))

    def answer(seconds: Sequence[float]) -> Steady:
        alone_s, several_s = (
            chunks * prefill.engine.with_host(max(step_s, prefill.prefill_floor_s), many) for step_s, many in zip(seconds[:2], (1.0, group), strict=True)
        )
        decodes_s = [_drafted(decode, step_s, size) for step_s, size in zip(seconds[2:], sizes, strict=True)]
        return _solve(deployment, load, sizes, alone_s, several_s / group, decodes_s)

    return Question(steps, answer)


def _sizes(most: float) -> list[float]:
    """From the smallest to the largest."""
    return sorted({max(1.0, most / 2**place) for place in range(SIZES)})


def _drafted(system: System, step_s: float, sequences: float) -> float:
    """Seconds of a decode with the layer that drafts, and the host's."""
    return system.engine.with_host(step_s * (1 + system.engine.drafts / system.config.layers), sequences)


def _solve(deployment: Deployment, load: Load, sizes: Sequence[float], alone_s: float, together_s: float, steps_s: Sequence[float]) -> Steady:
    """`alone_s` is what one prompt takes, `together_s` each of several."""
    prefill, engine = deployment.prefill, deployment.decode.engine
    tokens_s = np.array(steps_s) / (1 + engine.accepted)
    between_s, transfer_s = together_s / deployment.prefill_groups, deployment.transfer_s(load)

    def rate(size: float) -> float:
        return size * deployment.decode_groups / (load.answer * float(np.interp(size, sizes, tokens_s)))

    def users(size: float) -> float:
        """How many it takes to have that many decoded at once."""
        busy = rate(size) * between_s
        return np.inf if busy >= 1 else rate(size) * (alone_s + even_service_s(between_s, busy) + transfer_s) + size * deployment.decode_groups

    least, most = 0.0, sizes[-1]
    for _ in range(HALVINGS):
        middle = (least + most) / 2
        least, most = (middle, most) if users(middle) < load.concurrency else (least, middle)
    tpot_s, step_s = (float(np.interp(least, sizes, seconds)) for seconds in (tokens_s, steps_s))
    cycle_s = load.concurrency / rate(least)
    first_s = load.concurrency * between_s
    later_s = max(alone_s + queue_s(load, load.concurrency, between_s, between_s, cycle_s) + transfer_s, cycle_s - load.answer * tpot_s)
    mean_s = (alone_s + first_s / 2 + transfer_s + (load.rounds - 1) * later_s) / load.rounds
    ttft_s = mean_s + _joining_steps(engine, sizes[-1]) * step_s + load.prompt * prefill.engine.token_host_s
    return Steady(ttft_s, tpot_s, rate(least) * load.answer, least, step_s)


def _joining_steps(engine: Engine, size: float) -> float:
    """Decodes until a user gets the first token, which the decoding engine sends after its own first one (sglang issue 8210): that one, and beside other sequences
    the rest of the one that runs when the cache comes, and those planned before (sglang pull request 25772)."""
    return 1.0 + (engine.ahead_steps + 0.5) * (size > 1)
