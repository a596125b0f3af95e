"""Steady state of an engine with continuous batching: time to first token, time per output token, throughput.

In a closed loop each of `concurrency` users sends a prompt of about `isl` tokens, gets about `osl` tokens and sends the next. All begin at
once. What then happens depends on the engine and on how much lengths vary:

- Engines that mix (vLLM, TensorRT-LLM) prefill a prompt, in chunks of at most `chunk_tokens`, in steps that the others decode in
  (Sarathi-Serve, arXiv 2403.02310). Engines that prefill first (SGLang) stop decoding meanwhile.
- Where lengths vary, later prompts come one by one and wait for each other as in a queue of even service (M/D/1). Where all are alike and
  prompts go first, users stay in step: all prompts are prefilled, then all decode, and all end together.

Pipeline stages work on one part of the batch each: a step holds the batch divided by their number, and takes the sum of their seconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from intarsia.cost_models.serving.memory import VLLM, EngineMemory, Footprint, Told, footprint
from intarsia.cost_models.serving.shapes import Batch, Chunk, Plan, Precision, Step
from intarsia.cost_models.serving.step import OpCost, roofline, step_cost
from intarsia.errors import InfeasibleError, InputError
from intarsia.ir.device import Device
from intarsia.ir.model import ModelConfig

MOST_BUSY = 0.95


@dataclass(frozen=True)
class Load:
    """Prompts of `isl` tokens and answers of `osl` at most, from `concurrency` users of `rounds` requests each.

    Without users, all of `requests` come at once (0: no end of them) and as many run as the memory holds. Lengths lie evenly between
    1 - `spread` and 1 of those given.
    """

    isl: int
    osl: int
    concurrency: int = 0
    rounds: int = 10
    spread: float = 0.0
    requests: int = 0

    def __post_init__(self) -> None:
        if self.isl < 1 or self.osl < 1 or self.rounds < 1 or min(self.concurrency, self.requests) < 0:
            raise InputError(f"a load needs at least one token of prompt and answer, found isl {self.isl}, osl {self.osl}, concurrency {self.concurrency}")
        if not 0 <= self.spread < 1:
            raise InputError(f"the spread of lengths must lie in [0, 1), found {self.spread}")

    @property
    def prompt(self) -> float:
        """Mean tokens of a prompt."""
        return max(1.0, self.isl * (1 - self.spread / 2))

    @property
    def answer(self) -> float:
        """Mean tokens of an answer."""
        return max(1.0, self.osl * (1 - self.spread / 2))


@dataclass(frozen=True)
class Engine:
    """How an engine forms its steps.

    `chunk_tokens` at most in a step, `most_sequences` at most in a batch, `memory` says how its memory is shared out. `prefill_first`: prompts are
    prefilled alone, before decoding goes on. New requests are looked for every `poll_steps` decodes, and wait up to `wait_steps` decodes for others
    to be prefilled with; `ahead_steps` are planned before they come. `reserves`: a sequence is let in where its whole answer has room, else where its
    prompt does. Decodes are padded to the next of `graph_sizes`. `layer_host_s`: what the host takes to launch one layer kernel by kernel, as
    prefills are where no CUDA graph holds them; `token_host_s`: what it takes for each token of a prompt before the engine sees it, one prompt after
    the other in each of `tokenizers` processes. In each step of each stage devices wait for the host `step_host_s`, and `sequence_host_s` for each
    sequence; beside their work it takes `hidden_host_s` for each sequence, and no step is shorter. Speculation drafts `drafts` tokens for each sequence
    and step, of which `accepted` are right on average.
    """

    chunk_tokens: int = 8192
    most_sequences: int = 2048
    memory: EngineMemory = VLLM
    prefill_first: bool = False
    poll_steps: int = 1
    wait_steps: int = 0
    ahead_steps: int = 0
    layer_host_s: float = 0.0
    token_host_s: float = 0.0
    tokenizers: int = 1
    step_host_s: float = 0.0
    sequence_host_s: float = 0.0
    hidden_host_s: float = 0.0
    drafts: int = 0
    accepted: float = 0.0
    reserves: bool = False
    graph_sizes: tuple[int, ...] = ()

    def padded(self, sequences: float) -> float:
        """Rows of a captured step that holds so many sequences."""
        return next((float(size) for size in self.graph_sizes if size >= sequences), sequences)

    def with_host(self, device_s: float, sequences: float, stages: int = 1) -> float:
        """Seconds of a step of so many sequences that passes all stages, with what the host takes; each stage has a host of its own."""
        return max(device_s, stages * self.hidden_host_s * sequences) + stages * (self.step_host_s + self.sequence_host_s * sequences)


@dataclass(frozen=True)
class Steady:
    """Seconds, and output tokens a second of the whole plan; `admitted` sequences run at once in each attention group."""

    ttft_s: float
    tpot_s: float
    tokens_per_s: float
    admitted: float
    decode_s: float


@dataclass(frozen=True)
class System:
    """A model on devices: what a prediction needs besides the load."""

    config: ModelConfig
    device: Device
    plan: Plan
    precision: Precision
    engine: Engine = Engine()
    cost: OpCost = roofline

    def seconds(self, step: Step) -> float:
        return step_cost(self.config, self.plan, self.precision, step, self.device, self.cost).seconds

    def footprint(self, length: float = 0.0) -> Footprint:
        """Where a device's memory goes, for sequences of about `length` tokens."""
        engine = self.engine
        return footprint(self.config, self.device, self.plan, self.precision, engine.memory, Told(engine.chunk_tokens, engine.most_sequences, length))

    def kv_tokens(self, length: float = 0.0) -> int:
        """Tokens that the KV cache of one attention group holds. Raises InfeasibleError where it holds none."""
        found = self.footprint(length)
        if not found.pages:
            raise InfeasibleError(f"the weights don't fit on {self.plan.devices} x {self.device.name}", mend="use more devices or fewer bits")
        return found.kv_tokens

    @property
    def prefill_floor_s(self) -> float:
        """What launching a prefill takes, however short it is."""
        return self.config.layers * self.engine.layer_host_s


@dataclass(frozen=True)
class Question:
    """Steps that a prediction needs the seconds of, and the prediction, given these."""

    steps: tuple[tuple[System, Step], ...]
    answer: Callable[[Sequence[float]], Steady]

    def asked(self) -> Steady:
        """The answer, one step priced after the other."""
        return self.answer([system.seconds(step) for system, step in self.steps])


@dataclass(frozen=True)
class Rhythm:
    """The steps that a run is made of: `decode` of all `running` sequences; `mixed`, chunks of `together` later prompts (beside the others' decodes, unless
    prompts go first); `burst`, a full chunk at the start.

    A prompt takes `chunks` mixed steps, and `bursts` burst steps prefill all that run. `users` wait for or are in each attention group.
    """

    decode: Step
    mixed: Step
    burst: Step
    users: float
    running: float
    together: float
    chunks: int
    bursts: int

    @property
    def steps(self) -> tuple[Step, Step, Step]:
        return self.decode, self.mixed, self.burst


def steady(system: System, load: Load) -> Steady:
    """The steady state. Raises InfeasibleError where a single sequence doesn't fit in memory."""
    return question(system, load).asked()


def question(system: System, load: Load) -> Question:
    """What to price for the steady state. Raises InfeasibleError where a single sequence doesn't fit in memory."""
    found = rhythm(system, load)
    requests = 0 if load.concurrency else load.requests / system.plan.dp
    if not requests:
        return Question(tuple((system, step) for step in found.steps), lambda seconds: assemble(system, found, load, *seconds))
    waves, rest = divmod(requests, found.running)
    last = rhythm(system, load, rest or found.running)
    return Question(
        tuple((system, step) for step in (*found.steps, *last.steps)),
        lambda seconds: _waves(system, load, waves if rest else waves - 1, assemble(system, found, load, *seconds[:3]), assemble(system, last, load, *seconds[3:])),
    )


def _waves(system: System, load: Load, full: float, found: Steady, last: Steady) -> Steady:
    """Of requests that all come at once: `full` times as many as run, then the last ones, fewer of them. Each time takes as long as an answer does, since
    `tpot_s` holds the prefills of the others."""
    tokens = (full * found.admitted + last.admitted) * load.answer * system.plan.dp
    return replace(found, tokens_per_s=tokens / load.answer / (full * found.tpot_s + last.tpot_s))


def rhythm(system: System, load: Load, most: float = math.inf) -> Rhythm:
    """How many sequences run at once (at `most`), and which steps that takes. Raises InfeasibleError where a single sequence doesn't fit in memory."""
    engine, prompt, length = system.engine, load.prompt, load.prompt + load.answer / 2
    budget, stages = engine.chunk_tokens, system.plan.pp
    held = system.kv_tokens(length) / (prompt + load.answer if engine.reserves else length)
    if held < 1:
        raise InfeasibleError(f"the KV cache has no room for one sequence of {load.isl} + {load.osl} tokens", mend="use more devices or fewer bits")
    users = (load.concurrency or load.requests) / system.plan.dp or held
    running = min(users, held, engine.most_sequences * stages, load.answer * budget / prompt + 1, most)
    chunks, group = math.ceil(prompt / budget), max(1.0, min(running, budget // prompt))
    together = min(group, 1 + _arrivals(engine, load, running) * max(engine.wait_steps, engine.poll_steps - 1))
    in_step = running / stages
    beside = () if engine.prefill_first or in_step <= together else (_batch(engine, in_step - together, length),)
    mixed = Step(prefill=(_chunk(load, chunks, together),), decode=beside)
    burst = Step(prefill=(_chunk(load, chunks, group),))
    decode = Step(decode=(_padded(engine, in_step, length),))
    return Rhythm(decode, mixed, burst, users, running, together, chunks, math.ceil(running / group) * chunks)


def _arrivals(engine: Engine, load: Load, running: float) -> float:
    """Prompts that come in a decode step."""
    return running * (1 + engine.accepted) / load.answer


def _batch(engine: Engine, sequences: float, length: float) -> Batch:
    return Batch(sequences, length, 1 + engine.drafts)


def _padded(engine: Engine, sequences: float, length: float) -> Batch:
    """Rows that pad a step read no keys to speak of."""
    rows = engine.padded(sequences)
    return _batch(engine, rows, length * sequences / rows)


def _chunk(load: Load, chunks: int, sequences: float) -> Chunk:
    """The mean of a prompt's chunks."""
    tokens = load.prompt / chunks
    return Chunk(tokens, context=(load.prompt - tokens) / 2, sequences=sequences)


def assemble(system: System, found: Rhythm, load: Load, decode_s: float, mixed_s: float, burst_s: float) -> Steady:
    """The steady state, given the seconds of its steps. A drafted token costs one more layer, that which drafts it."""
    engine, floor, stages = system.engine, system.prefill_floor_s, system.plan.pp
    decode_s = engine.with_host(decode_s * (1 + engine.drafts / system.config.layers), found.running / stages, stages)
    mixed_s, burst_s = (engine.with_host(max(s, floor), float(step.sequences), stages) for s, step in ((mixed_s, found.mixed), (burst_s, found.burst)))
    run = _in_step if engine.prefill_first and not load.spread else _one_by_one
    ttft_s, tpot_s = run(system, found, load, decode_s, mixed_s, burst_s)
    ttft_s += load.prompt * engine.token_host_s
    life_s = ttft_s + (load.answer - 1) * tpot_s
    waiting_s = life_s * max(0.0, found.users / found.running - 1)
    rate = found.running * system.plan.dp * load.answer / life_s
    return Steady(ttft_s + (waiting_s if load.concurrency else 0.0), tpot_s, rate, found.running, decode_s)


def _in_step(system: System, found: Rhythm, load: Load, decode_s: float, mixed_s: float, burst_s: float) -> tuple[float, float]:
    """Seconds to the first and of each later token where all users begin each round together: of `bursts` prefills, a prompt waits for half of the
    others before its own, and for the other half before decoding goes on."""
    others_s = max((found.bursts - 1) / 2 * burst_s / system.plan.pp, _splitting_s(system.engine, load))
    return others_s + burst_s, decode_s / (1 + system.engine.accepted) + others_s / max(1.0, load.answer - 1)


def _one_by_one(system: System, found: Rhythm, load: Load, decode_s: float, mixed_s: float, burst_s: float) -> tuple[float, float]:
    """Seconds to the first and of each later token where prompts come singly after a common start."""
    engine, stages = system.engine, system.plan.pp
    own_s = found.chunks * mixed_s
    own_decode_s = 0.0 if engine.prefill_first else found.chunks * decode_s
    added_s = min(max(0.0, own_s - own_decode_s) / found.together, burst_s * found.bursts / found.running) / stages
    tpot_s = decode_s / (1 + engine.accepted) + (found.running - 1) * added_s / load.answer
    step_s = tpot_s * (1 + engine.accepted)
    life_s = own_s + (load.answer - 1) * tpot_s
    splitting_s = load.prompt * engine.token_host_s / engine.tokenizers
    waiting_s = max(
        queue_s(load, found.running, own_s / found.together / stages, burst_s * found.bursts / found.running / stages, life_s),
        queue_s(load, max(1, load.concurrency), splitting_s, splitting_s, life_s),
    )
    later_s = own_s + _gathering_steps(engine, load, found.running) * step_s + (engine.ahead_steps + 0.5) * decode_s * (found.running > 1) + waiting_s
    first_s = found.chunks * burst_s + max((found.bursts - found.chunks) / 2 * burst_s / stages, _splitting_s(engine, load))
    return (first_s + (load.rounds - 1) * later_s) / load.rounds, tpot_s


def _splitting_s(engine: Engine, load: Load) -> float:
    """Mean wait of prompts that all come at once for those that split them into tokens."""
    return max(0, load.concurrency - engine.tokenizers) / 2 * load.prompt * engine.token_host_s / engine.tokenizers


def _gathering_steps(engine: Engine, load: Load, running: float) -> float:
    """Mean steps that a prompt waits to be looked for (half of the interval) and for others: the first of those that are prefilled together waits
    `wait_steps`, those that come meanwhile half as long."""
    if running <= 1:
        return 0.0
    more = _arrivals(engine, load, running) * engine.wait_steps
    return (engine.poll_steps - 1) / 2 + engine.wait_steps * (1 + more / 2) / (1 + more)


def queue_s(load: Load, users: float, alone_s: float, together_s: float, life_s: float) -> float:
    """Mean wait of later prompts for those before them, where one takes `alone_s`, and `together_s` when several are prefilled at once.

    All users begin together, and each answer's length differs from the others' by up to `spread`: the prompts of round r come within
    sqrt(first^2 + r (spread osl tpot)^2) seconds, first being what the first round's prefills took (variances of even spreads add up). Within
    that window the wait is that of random arrivals for an even service, and what the window is too short for waits longer, by half of that on
    average. Without spread, prompts come evenly over a life.
    """
    if not load.spread:
        return even_service_s(alone_s, (users - 1) * alone_s / life_s)
    work_s, rounds = (users - 1) * together_s, np.arange(1, max(2, load.rounds))
    windows_s = np.minimum(life_s, np.hypot(users * together_s, np.sqrt(rounds) * load.spread * load.osl * life_s / load.answer))
    waits_s = [even_service_s(alone_s, work_s / window_s) + max(0.0, work_s - window_s) / 2 for window_s in windows_s]
    return float(np.mean(waits_s))


def even_service_s(service_s: float, busy: float) -> float:
    """The mean wait of random arrivals before an even service that is busy for a share of the time (Pollaczek-Khinchine); shares near one are cut."""
    share = min(busy, MOST_BUSY)
    return service_s * share / (2 * (1 - share))
