"""FlexGen's offloading of a decoder on one GPU, as shares (Sheng et al., "FlexGen", ICML 2023, arXiv 2303.06865, section 4.3 and appendix A.3).

A block of `batch` x `batches` sequences goes through the model layer by layer. Shares of weights (w), KV cache (c) and activations (h) live on GPU, CPU and disk. One layer takes

    prefill     max(CPU -> GPU + disk -> CPU, GPU -> CPU + CPU -> disk, computing)
    generate    CPU -> GPU + max(GPU -> CPU, disk -> CPU, CPU -> disk, computing)

with 16 bits a number. While tokens are generated, attention over what is not on the GPU is done by the CPU. That is the form of the cost model that FlexGen's authors
released, with the constants they fitted to their machine; the paper's text has the maximum of all channels in both phases (`Form.PAPER`).

>>> best(OPT["30b"], Load(512, 32)).tokens_per_s       # their solver: 7.08
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from intarsia.errors import InfeasibleError, InputError
from intarsia.planner.memory.tiers import shares
from intarsia.planner.memory.tiers.shares import Group, Key, Linear, Phase, Problem, Shares

GIB, TERA = 2.0**30, 1e12
DATA, MEMORIES = ("weights", "kv", "activations"), ("gpu", "cpu", "disk")


class Form(Enum):
    """Which transfers follow each other: as released, or as the paper's text has it."""

    RELEASED = "released"
    PAPER = "paper"


@dataclass(frozen=True)
class Sizes:
    """A decoder: layers, width, width inside the MLP, heads."""

    layers: int
    hidden: int
    ffn: int
    heads: int

    @property
    def layer_bytes(self) -> float:
        """Weights of one layer in 16 bits: four square matrices of attention, two of the MLP."""
        return 8.0 * self.hidden**2 + 4.0 * self.hidden * self.ffn


OPT = {"6.7b": Sizes(32, 4096, 16384, 32), "30b": Sizes(48, 7168, 28672, 56), "175b": Sizes(96, 12288, 49152, 96)}
"""Zhang et al., "OPT" (arXiv 2205.01068), table 1."""


@dataclass(frozen=True)
class Load:
    """Tokens of each prompt, and of each answer."""

    prompt: int = 512
    output: int = 32

    def __post_init__(self) -> None:
        if self.prompt < 1 or self.output < 2:
            raise InputError(f"a load needs a prompt of a token and an answer of two at least, found {self.prompt} and {self.output}")


@dataclass(frozen=True)
class Host:
    """Bytes of each memory, of which `usable` is planned with; bytes/s between them; FLOP/s of products and of attention.

    The defaults are those of the cost model that FlexGen's authors released (experimental/cost_model.py of their repository), fitted to runs on a Google Cloud
    machine with one T4: 15 GiB usable on the GPU, 200 GiB of main memory, 1.5 TiB of disk. `cpu_slowdown` are its constants of small batches and narrow models.
    """

    gpu_bytes: float = 15 * GIB
    cpu_bytes: float = 200 * GIB
    disk_bytes: float = 1500 * GIB
    usable: float = 0.8
    to_gpu: float = 12.89 * GIB
    kv_from_gpu: float = 0.97 * GIB
    rows_from_gpu: float = 4.82 * GIB
    from_disk: float = 0.473 * GIB
    weights_from_disk: float = 0.95
    kv_to_disk: float = 0.746 * GIB
    rows_to_disk: float = 2.015 * GIB
    prefill_flops: float = 21.24 * TERA
    generate_flops: float = 4.3 * TERA
    prefill_attention_flops: float = 9.97 * TERA
    generate_attention_flops: float = 0.079 * TERA
    cpu_flops: float = 0.0123 * TERA
    cpu_slowdown: tuple[float, float, float] = (0.0168, 0.0328, 0.0621)

    def cpu_rate(self, batch: int, hidden: int) -> float:
        """FLOP/s of attention on the CPU: less for few sequences and narrow layers."""
        few, narrow = max(0.0, math.log2(64 / batch)), max(0.0, math.log2(4096 / hidden))
        both, by_few, by_narrow = self.cpu_slowdown
        return self.cpu_flops * max(0.1, 1 + both * few * narrow - by_few * few - by_narrow * narrow)


@dataclass(frozen=True)
class Block:
    """Sequences that go through the model together: `batches` batches of `batch`."""

    batch: int
    batches: int

    @property
    def sequences(self) -> int:
        return self.batch * self.batches


@dataclass(frozen=True)
class Policy:
    """The best block with its shares; generated tokens/s."""

    block: Block
    shares: Mapping[Key, float]
    tokens_per_s: float
    found: Shares
    solves: int


def tokens_per_s(found: Shares, load: Load, block: Block) -> float:
    """Answers' tokens a second of a block whose steps take `found.seconds` in all."""
    return block.sequences * load.output / found.seconds


def best(sizes: Sizes, load: Load = Load(), host: Host = Host(), *, form: Form = Form.RELEASED, most_batch: int = 256, write_lp: Path | None = None) -> Policy:
    """The block and shares of the highest throughput. Raises InfeasibleError where not even one sequence fits."""
    seen: dict[Block, Shares | None] = {}
    top: tuple[float, Block] | None = None
    for batch in _batches(most_batch):
        if _ask(sizes, load, host, Block(batch, 1), form, seen) is None:
            break
        count = climb(lambda n, b=batch: _rate(sizes, load, host, Block(b, n), form, seen))  # type: ignore[misc]
        rate = _rate(sizes, load, host, Block(batch, count), form, seen)
        if top is None or rate > top[0]:
            top = rate, Block(batch, count)
    if top is None:
        raise shares.why(problem(sizes, load, host, Block(1, 1), form=form))
    found = shares.solve(problem(sizes, load, host, top[1], form=form), write_lp=write_lp)
    if found is None:
        raise InfeasibleError("the program that was solved can't be solved again")
    return Policy(top[1], found.shares["layers"], tokens_per_s(found, load, top[1]), found, len(seen))


def _batches(most: int) -> Iterator[int]:
    """1, 2, 3, 4, 8, 16, ... as FlexGen tries them."""
    batch = 1
    while batch <= most:
        yield batch
        batch = batch + 1 if batch < 4 else batch * 2


def _rate(sizes: Sizes, load: Load, host: Host, block: Block, form: Form, seen: dict[Block, Shares | None]) -> float:
    found = _ask(sizes, load, host, block, form, seen)
    return tokens_per_s(found, load, block) if found else 0.0


def _ask(sizes: Sizes, load: Load, host: Host, block: Block, form: Form, seen: dict[Block, Shares | None]) -> Shares | None:
    if block not in seen:
        seen[block] = shares.solve(problem(sizes, load, host, block, form=form))
    return seen[block]


def climb(rate: Callable[[int], float]) -> int:
    """The number from 1 on with the highest rate, of rates that rise and then fall: doubling, then cutting what lies around the best in three."""
    high = 1
    while rate(2 * high) > rate(high):
        high *= 2
    low, high = max(1, high // 2), 2 * high
    while high - low > 2:
        third = (high - low) // 3
        a, b = low + third, high - third
        low, high = (a, high) if rate(a) < rate(b) else (low, b)
    return max(range(low, high + 1), key=rate)


def problem(sizes: Sizes, load: Load, host: Host, block: Block, *, form: Form = Form.RELEASED, groups: int = 1) -> Problem:
    """The shares' program of one block. With several `groups` of layers, each has shares of its own, and rooms are for all of them."""
    if not 1 <= groups <= sizes.layers:
        raise InputError(f"{sizes.layers} layers make from 1 to {sizes.layers} groups, found {groups}")
    counts = [sizes.layers // groups + (i < sizes.layers % groups) for i in range(groups)]
    made = [_group("layers" if groups == 1 else f"layers{i}", count, sizes, load, host, block, form, count / sizes.layers) for i, count in enumerate(counts)]
    rooms = {f"{memory}, {phase}": host.usable * size for memory, size in zip(MEMORIES, (host.gpu_bytes, host.cpu_bytes, host.disk_bytes), strict=True) for phase in PHASES}
    return Problem(DATA, MEMORIES, tuple(made), rooms)


PHASES = ("prefill", "generate")


def _group(name: str, layers: int, sizes: Sizes, load: Load, host: Host, block: Block, form: Form, part: float) -> Group:
    """`part`: the group's part of what all layers need once, such as buffers."""
    phases = (Phase("prefill", 1.0, _lanes(_prefill(sizes, load, host, block), form, ("to_gpu", "from_disk"), ("from_gpu", "to_disk"))),
              Phase("generate", load.output - 1.0, _generate_lanes(_generate(sizes, load, host, block), form)))  # fmt: skip
    rooms = {f"{memory}, {phase}": need for phase in PHASES for memory, need in _rooms(phase, layers, sizes, load, block, part).items()}
    return Group(name, layers, phases, rooms, {"activations": ("gpu", "cpu")})


def _lanes(times: dict[str, Linear], form: Form, *follow: tuple[str, ...]) -> dict[str, Linear]:
    """Channels side by side, those that follow each other as one lane."""
    if form is Form.PAPER:
        return times
    joined = {name for names in follow for name in names}
    return {"+".join(names): _sum([times[n] for n in names]) for names in follow} | {name: time for name, time in times.items() if name not in joined}


def _generate_lanes(times: dict[str, Linear], form: Form) -> dict[str, Linear]:
    if form is Form.PAPER:
        return times
    return {f"to_gpu+{name}": times["to_gpu"] + time for name, time in times.items() if name != "to_gpu"}


def _sum(parts: list[Linear]) -> Linear:
    total = Linear()
    for part in parts:
        total = total + part
    return total


def _off(data: str, amount: float) -> Linear:
    """So much for what is not on the GPU."""
    return Linear({(data, "cpu"): amount, (data, "disk"): amount})


def _prefill(sizes: Sizes, load: Load, host: Host, block: Block) -> dict[str, Linear]:
    """Seconds of a layer's channels while a block of prompts goes through."""
    rows, h = block.sequences * load.prompt, sizes.hidden
    kv, act = 4.0 * block.sequences * (load.prompt + 1) * h, 2.0 * rows * h
    flops = rows * (8.0 * h**2 + 4.0 * h * sizes.ffn) / host.prefill_flops + 4.0 * rows * load.prompt * h / host.prefill_attention_flops
    return {
        "to_gpu": (_off("weights", sizes.layer_bytes) + _off("activations", act)).times(1 / host.to_gpu),
        "from_gpu": _off("kv", kv / host.kv_from_gpu) + _off("activations", act / host.rows_from_gpu),
        "from_disk": Linear({("weights", "disk"): sizes.layer_bytes, ("activations", "disk"): act}).times(1 / host.from_disk),
        "to_disk": Linear({("kv", "disk"): kv / host.kv_to_disk, ("activations", "disk"): act / host.rows_to_disk}),
        "computing": Linear(constant=flops),
    }  # fmt: skip


def _generate(sizes: Sizes, load: Load, host: Host, block: Block) -> dict[str, Linear]:
    """Seconds of a layer's channels for one token of each sequence, half of the answers written."""
    n, h = block.sequences, sizes.hidden
    act, kv, attention = 2.0 * n * h, 4.0 * n * h, 4.0 * n * (load.prompt + load.output / 2) * h
    dense = n * (8.0 * h**2 + 4.0 * h * sizes.ffn) / host.generate_flops
    return {
        "to_gpu": (_off("weights", sizes.layer_bytes) + _off("activations", act)).times(1 / host.to_gpu),
        "from_gpu": _off("activations", act / host.rows_from_gpu),
        "from_disk": Linear({("kv", "disk"): attention, ("activations", "disk"): act, ("weights", "disk"): sizes.layer_bytes / host.weights_from_disk}).times(1 / host.from_disk),
        "to_disk": Linear({("kv", "disk"): kv, ("activations", "disk"): act}).times(1 / host.rows_to_disk),
        "computing": Linear({("kv", "gpu"): attention / host.generate_attention_flops}, dense) + _off("kv", attention / host.cpu_rate(block.batch, h)),
    }  # fmt: skip


def _rooms(phase: str, layers: int, sizes: Sizes, load: Load, block: Block, part: float) -> dict[str, Linear]:
    """Bytes in each memory at its fullest: what lives there, and what one batch works on (appendix A.3)."""
    h, batch, n, weights = sizes.hidden, block.batch, block.sequences, sizes.layer_bytes
    tokens, whole = load.prompt + load.output, load.prompt
    rows = whole if phase == "prefill" else 1
    act, act_batch, kv = 2.0 * rows * h * n, 2.0 * rows * h * batch, 4.0 * tokens * h * n * layers
    kept = kv if phase == "generate" else 4.0 * whole * h * n * layers
    gpu = Linear({("weights", "gpu"): weights * layers, ("activations", "gpu"): act * part, ("kv", "gpu"): kv})
    gpu += (Linear({("weights", "gpu"): -2.0 * weights, ("activations", "gpu"): -act_batch}, 2.0 * weights + act_batch) + _working(phase, sizes, load, batch)).times(part)
    cpu = Linear({("weights", "cpu"): weights * layers, ("activations", "cpu"): act * part, ("kv", "cpu"): kept})
    disk = Linear({("weights", "disk"): weights * layers, ("activations", "disk"): 2.0 * whole * h * n * part, ("kv", "disk"): kv})
    return {"gpu": gpu, "cpu": cpu + _staged(phase, sizes, load, batch).times(part), "disk": disk}


def _working(phase: str, sizes: Sizes, load: Load, batch: int) -> Linear:
    """The GPU's temporaries of one batch in one layer, and, while generating, the keys and values of its attention."""
    h, heads, tokens = sizes.hidden, sizes.heads, load.prompt + load.output
    if phase == "prefill":
        s = load.prompt
        return Linear(constant=batch * (18.0 * s * h + 2.0 * heads * s**2 + 2.0 * s * sizes.ffn))
    seen = batch * (4.0 * h + 8.0 * tokens * h + 2.0 * heads * tokens)
    return Linear({("kv", "gpu"): seen}, batch * (14.0 * h + 2.0 * sizes.ffn))


def _staged(phase: str, sizes: Sizes, load: Load, batch: int) -> Linear:
    """What lies in main memory on its way, and the CPU's attention of one batch."""
    h, weights, tokens = sizes.hidden, sizes.layer_bytes, load.prompt + load.output
    if phase == "prefill":
        act = 2.0 * load.prompt * h * batch
        return Linear({("weights", "gpu"): -weights, ("activations", "gpu"): -act}, weights + act)
    moved = Linear({("weights", "disk"): weights, ("activations", "disk"): 4.0 * h * batch, ("kv", "disk"): 8.0 * tokens * h * batch})
    return moved + Linear(constant=batch * (2.0 * sizes.heads * tokens + 2.0 * h))
