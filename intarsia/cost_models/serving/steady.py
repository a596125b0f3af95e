"""Steady state of an engine with continuous batching: time to first token, time per output token, throughput.

In a closed loop each of `concurrency` users sends a prompt of about `isl` tokens, gets about `osl` tokens and sends the next. Prompts are
prefilled in chunks of at most `chunk_tokens`, together with the running decodes (Sarathi-Serve, arXiv 2403.02310). All users begin at once;
as lengths vary a little, later prompts come one by one and wait for each other as in a queue of even service (M/D/1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from intarsia.cost_models.serving.memory import VLLM, EngineMemory, Footprint, footprint
from intarsia.cost_models.serving.shapes import Batch, Chunk, Plan, Precision, Step
from intarsia.cost_models.serving.step import OpCost, roofline, step_cost
from intarsia.errors import InfeasibleError, InputError
from intarsia.ir.device import Device
from intarsia.ir.model import ModelConfig

MOST_BUSY = 0.95


@dataclass(frozen=True)
class Load:
    """Prompts of `isl` tokens and answers of `osl`, from `concurrency` users (0: as many as the memory holds) of `rounds` requests each."""

    isl: int
    osl: int
    concurrency: int = 0
    rounds: int = 10

    def __post_init__(self) -> None:
        if self.isl < 1 or self.osl < 1 or self.rounds < 1 or self.concurrency < 0:
            raise InputError(f"a load needs at least one token of prompt and answer, found isl {self.isl}, osl {self.osl}, concurrency {self.concurrency}")


@dataclass(frozen=True)
class Engine:
    """`chunk_tokens` at most in a step, `most_sequences` at most in a batch, `memory` says how its memory is shared out."""

    chunk_tokens: int = 8192
    most_sequences: int = 2048
    memory: EngineMemory = VLLM


@dataclass(frozen=True)
class Steady:
    """Seconds, and output tokens a second of the whole plan; `admitted` sequences run at once in each attention group."""

    ttft_s: float
    tpot_s: float
    tokens_per_s: float
    admitted: float
    decode_s: float
    mixed_s: float


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
        return footprint(self.config, self.device, self.plan, self.precision, engine.memory, chunk_tokens=engine.chunk_tokens, max_sequences=engine.most_sequences, length=length)

    def kv_tokens(self, length: float = 0.0) -> int:
        """Tokens that the KV cache of one attention group holds. Raises InfeasibleError where it holds none."""
        found = self.footprint(length)
        if not found.pages:
            raise InfeasibleError(f"the weights don't fit on {self.plan.devices} x {self.device.name}", mend="use more devices or fewer bits")
        return found.kv_tokens


@dataclass(frozen=True)
class Rhythm:
    """The steps that a run is made of: `decode` of all `running` sequences; `mixed`, a prompt's chunk beside the others' decodes; `burst`, a full chunk at the start.

    A prompt takes `chunks` mixed steps, and `bursts` burst steps prefill all that run. `users` wait for or are in each attention group.
    """

    decode: Step
    mixed: Step
    burst: Step
    users: float
    running: float
    chunks: int
    bursts: int

    @property
    def steps(self) -> tuple[Step, Step, Step]:
        return self.decode, self.mixed, self.burst


def steady(system: System, load: Load) -> Steady:
    """The steady state. Raises InfeasibleError where a single sequence doesn't fit in memory."""
    found = rhythm(system, load)
    return assemble(found, load, system.plan, *(system.seconds(step) for step in found.steps))


def rhythm(system: System, load: Load) -> Rhythm:
    """How many sequences run at once, and which steps that takes. Raises InfeasibleError where a single sequence doesn't fit in memory."""
    length, budget = load.isl + load.osl / 2, system.engine.chunk_tokens
    held = system.kv_tokens(length) / length
    if held < 1:
        raise InfeasibleError(f"the KV cache has no room for one sequence of {load.isl} + {load.osl} tokens", mend="use more devices or fewer bits")
    users = load.concurrency / system.plan.dp or held
    running = min(users, held, system.engine.most_sequences, load.osl * budget / load.isl + 1)
    chunks = math.ceil(load.isl / budget)
    group = max(1.0, min(running, budget // load.isl))
    mixed = Step(prefill=(_chunk(load, chunks, 1),), decode=(Batch(running - 1, length),) if running > 1 else ())
    bursts = math.ceil(running / group) * chunks
    return Rhythm(Step(decode=(Batch(running, length),)), mixed, Step(prefill=(_chunk(load, chunks, group),)), users, running, chunks, bursts)


def _chunk(load: Load, chunks: int, sequences: float) -> Chunk:
    """The mean of a prompt's chunks."""
    tokens = load.isl / chunks
    return Chunk(tokens, context=(load.isl - tokens) / 2, sequences=sequences)


def assemble(found: Rhythm, load: Load, plan: Plan, decode_s: float, mixed_s: float, burst_s: float) -> Steady:
    """The steady state, given the seconds of its steps."""
    added_s = min(found.chunks * max(0.0, mixed_s - decode_s), burst_s * found.bursts / found.running)
    tpot_s = decode_s + (found.running - 1) * added_s / load.osl
    own_s = found.chunks * mixed_s
    life_s = own_s + (load.osl - 1) * tpot_s
    first_s = (found.bursts + found.chunks) / 2 * burst_s
    later_s = own_s + decode_s / 2 * (found.running > 1) + _queue_s(own_s, (found.running - 1) * own_s / life_s)
    waiting_s = life_s * max(0.0, found.users / found.running - 1)
    rate = found.running * plan.dp * load.osl / life_s
    return Steady((first_s + (load.rounds - 1) * later_s) / load.rounds + waiting_s, tpot_s, rate, found.running, decode_s, mixed_s)


def _queue_s(service_s: float, busy: float) -> float:
    """The mean wait before an even service that is busy for a share of the time (Pollaczek-Khinchine); shares near one are cut."""
    share = min(busy, MOST_BUSY)
    return service_s * share / (2 * (1 - share))
