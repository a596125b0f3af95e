"""Seconds of any step of a served model, by interpolation in a few curves that are sampled once.

A step's seconds separate into terms that depend on little: `dense` and `experts` (and, between pipeline stages, `send`) on the rows of the step, `logits` on the rows
that a token is drawn from, `decode` attention on (sequences, mean context), `prefill` attention on each chunk's (tokens, context before it).

>>> table = StepTable.build(System(config, load("H100-SXM"), Plan(tp=8), Precision("f8"), cost=Priced("vllm")))
>>> table.seconds(Step(prefill=(Chunk(512),), decode=(Batch(64, 2048),)))
>>> table.decode_seconds(np.arange(1, 257), 2048.0)                                  # arrays broadcast

Every curve has four columns: seconds, seconds of the same arithmetic at peak, of the same traffic at peak bandwidth, and seconds in collectives. They are
plain arrays, for compiled loops (`step_kernels.py`) as for NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from intarsia.cost_models import cost as costs
from intarsia.cost_models import dtypes, ops
from intarsia.cost_models.energy import MEMORY_SHARE
from intarsia.cost_models.ops import Op
from intarsia.cost_models.serving.shapes import Batch, Chunk, Launch, Step
from intarsia.cost_models.serving.steady import System
from intarsia.cost_models.serving.step import batched
from intarsia.cost_models.serving.step_ops import step_ops
from intarsia.ir.device import Device

if TYPE_CHECKING:
    from intarsia.cost_models import phases

Array = NDArray[np.float64]
SECONDS, COMPUTE, MEMORY, NETWORK = range(4)
"""The columns of a curve."""
EXACT_ROWS, STRIDE = 512, 8
"""Rows are sampled one by one up to EXACT_ROWS, then at both ends of each STRIDE, so that the steps of tiled kernels stay where they are."""
PER_OCTAVE, TOKENS_PER_OCTAVE = 4, 16
"""Nodes between a number and its double, on the axes of sequences and contexts, and on that of a chunk's tokens."""
CONTEXT_SCALE = 64.0
"""Contexts before a chunk are sampled at CONTEXT_SCALE * (2 ** (i / PER_OCTAVE) - 1), so that zero is a node."""
MOST_CONTEXT = 1 << 20
FEW_ROWS = 32
"""Rows of a compiled model's steps that are sampled one by one: its kernels take a few rows at a time."""
ATTENTION = {"attention", "q_absorb", "v_absorb", "kv_up", "index_scores", "index_choice", "linear_convolution", "delta_rule"}
LOGITS = {"output", "logits_all_gather", "sampling"}
EXPERTS = {"moe_dispatch", "experts", "moe_combine"}
SEND = {"stage_send"}
"""Labels of `step_ops` by the term that they belong to; all others are dense."""


@dataclass(frozen=True)
class StepTable:
    """The curves: of rows [nodes, 4], of attention [nodes, nodes, 4]. `devices` of one plan share a step; `group` attention groups run it in lock-step.

    `launch_s` is what one chunk's attention takes at the least: chunks of one step share a launch, so all but the first are charged without it.
    A step with chunks and more than `captured_rows` rows takes `prefill_floor_s` at least: its host launches kernel by kernel what no CUDA graph holds.
    `span_watts` of one device lie between idle and full power; `stages` is the number of pipeline stages whose seconds are added up in the curves.
    With `micro` above 0, attention and experts lie on different devices (`expert_pool.py`): that many micro-batches go to and fro over `layers` layers.
    """

    dense: Array
    experts: Array
    send: Array
    logits: Array
    decode: Array
    prefill: Array
    launch_s: float
    devices: int = 1
    groups: int = 1
    stages: int = 1
    idle_watts: float = 0.0
    span_watts: float = 0.0
    micro: int = 0
    layers: int = 0
    prefill_floor_s: float = 0.0
    captured_rows: float = 0.0

    @staticmethod
    def build(system: System, skew: float = 0.0, most_rows: int = 0) -> StepTable:
        """Sample a system's prices. Raises InputError where the plan doesn't fit the model."""
        engine, plan, device = system.engine, system.plan, system.device
        rows = row_nodes(most_rows or engine.chunk_tokens + engine.most_sequences)
        parts = _parts(_launches(system, Step(decode=(Batch(rows, 1.0),), skew=skew)))
        price = batched(system.cost)
        sequences, contexts = decode_nodes(engine.most_sequences)
        decode = Step(decode=(Batch(*_grid(sequences, contexts)),))
        tokens, before = prefill_nodes(engine.chunk_tokens)
        prefill = Step(prefill=(Chunk(*_grid(tokens, before)),))
        curves = {name: curve_of(parts[name], device, price, rows.shape) for name in ("dense", "experts", "send", "logits")}
        attention = [
            curve_of(_parts(_launches(system, step))["attention"], device, price, (a.size * b.size,)).reshape(a.size, b.size, 4)
            for step, a, b in ((decode, sequences, contexts), (prefill, tokens, before))
        ]
        return StepTable(
            curves["dense"], curves["experts"], curves["send"], curves["logits"], attention[0], attention[1],
            launch_s=float(attention[1][0, 0, SECONDS]), devices=plan.devices, groups=plan.dp, stages=plan.pp,
            idle_watts=device.idle_watts, span_watts=max(0.0, device.watts - device.idle_watts),
        )  # fmt: skip

    @staticmethod
    def of_phases(model: phases.PhaseCosts, setup: costs.Setup, chunk_tokens: int = 512, most_sequences: int = 32, most_context: int = MOST_CONTEXT) -> StepTable:
        """From the operators of a compiled model's phases, as this machine's calibration prices them; contexts beyond `most_context` are extrapolated."""
        rows = row_nodes(chunk_tokens + most_sequences)
        sequences, contexts = decode_nodes(most_sequences, most_context)
        tokens, before = prefill_nodes(chunk_tokens, most_context)
        decode = _phase_attention(model, setup, [costs.Step(b, b, max(c - 1, 0), b) for b in sequences for c in contexts], "decode")
        prefill = _phase_attention(model, setup, [costs.Step(t, 1, c, 1) for t in tokens for c in before], "prefill")
        none = np.zeros((len(rows), 4))
        prefill = prefill.reshape(tokens.size, before.size, 4)
        return StepTable(
            _phase_rows(model, setup, rows, few=False), none, none, _phase_rows(model, setup, rows, few=True), decode.reshape(sequences.size, contexts.size, 4), prefill,
            float(prefill[0, 0, SECONDS]), setup.tp, idle_watts=setup.device.idle_watts, span_watts=max(0.0, setup.watts / setup.tp - setup.device.idle_watts),
        )  # fmt: skip

    @staticmethod
    def none(device: Device) -> StepTable:
        """Of one device that runs no step of the model, and draws what it draws."""
        rows = np.zeros((len(row_nodes(0)), 4))
        grid = np.zeros((2, 2, 4))
        return StepTable(rows, rows, rows, rows, grid, grid, 0.0, idle_watts=device.idle_watts, span_watts=max(0.0, device.watts - device.idle_watts))

    def with_overhead(self, step_s: float = 0.0, sequence_s: float = 0.0, launches_s: float = 0.0, captured_rows: float = 0.0) -> StepTable:
        """With seconds added to each step, and to each token drawn: what an engine does outside its kernels. `launches_s`: of all kernels of a step with chunks, where it has more
        than `captured_rows` rows; devices work meanwhile."""
        dense, logits = self.dense.copy(), self.logits.copy()
        dense[:, SECONDS] += step_s
        logits[:, SECONDS] += sequence_s * row_nodes_of(len(logits))
        return replace(self, dense=dense, logits=logits, prefill_floor_s=launches_s + step_s if launches_s else 0.0, captured_rows=captured_rows)

    # Terms, all columns: [..., 4]. Arguments broadcast.

    def rows_term(self, rows: Any) -> Array:
        """Dense, experts and sends of a step of `rows` rows."""
        return _along(self.dense, rows) + _along(self.send, rows) + _along(self.experts, rows)

    def logits_term(self, rows: Any) -> Array:
        return _along(self.logits, rows)

    def decode_term(self, sequences: Any, context: Any) -> Array:
        """Attention of `sequences` that each add a token, over `context` tokens each, that one included (their mean)."""
        b, c = np.broadcast_arrays(np.asarray(sequences, np.float64), np.asarray(context, np.float64))
        b_nodes, c_nodes = nodes_of(self.decode.shape[0], PER_OCTAVE), nodes_of(self.decode.shape[1], PER_OCTAVE)
        found = _bilinear(self.decode, b_nodes, c_nodes, np.maximum(b, 1), np.maximum(c, 1))
        return np.where((b > 0)[..., None], found, 0.0)

    def prefill_term(self, tokens: Any, context: Any) -> Array:
        """Attention of one chunk of `tokens` new tokens after `context` others."""
        t, c = np.broadcast_arrays(np.asarray(tokens, np.float64), np.asarray(context, np.float64))
        t_nodes, c_nodes = nodes_of(self.prefill.shape[0], TOKENS_PER_OCTAVE), CONTEXT_SCALE * (nodes_of(self.prefill.shape[1], PER_OCTAVE) - 1)
        found = _bilinear(self.prefill, t_nodes, c_nodes, np.maximum(t, 1), np.maximum(c, 0))
        return np.where((t > 0)[..., None], found, 0.0)

    # Whole steps.

    def columns(self, step: Step) -> Array:
        """All four columns of one step, as `step_cost` counts it (each chunk with a launch of its own)."""

        def attention(share: float) -> Array:
            found = np.zeros(4)
            for batch in step.decode:
                found = found + self.decode_term(batch.sequences * share, batch.context)
            for chunk in step.prefill:
                found = found + chunk.sequences * self.prefill_term(chunk.tokens * share, chunk.context)
            return found

        found = self._whole(step.tokens, step.logit_rows, attention)
        if step.prefill:
            found[SECONDS] = max(found[SECONDS], self._floor_s(step.tokens))
        return found

    def seconds(self, step: Step) -> float:
        """Seconds of one step."""
        return float(self.columns(step)[SECONDS])

    def decode_seconds(self, sequences: Any, context: Any) -> Array:
        """Seconds of steps that only decode."""
        many = np.asarray(sequences, np.float64)
        return np.asarray(self._whole(many, many, lambda share: self.decode_term(many * share, context))[..., SECONDS])

    def mixed_seconds(self, tokens: Any, before: Any, sequences: Any, context: Any, logit_rows: Any = None) -> Array:
        """Seconds of steps with one chunk beside decodes."""
        many, new = np.asarray(sequences, np.float64), np.asarray(tokens, np.float64)
        drawn = many + 1 if logit_rows is None else np.asarray(logit_rows)

        def attention(share: float) -> Array:
            return self.decode_term(many * share, context) + self.prefill_term(new * share, before)

        device_s = self._whole(new + many, drawn, attention)[..., SECONDS]
        return np.where(new > 0, np.maximum(device_s, self._floor_s(new + many)), device_s)

    def _floor_s(self, rows: Any) -> Array:
        """The least seconds of steps with chunks that have so many rows."""
        return np.where(np.asarray(rows) > self.captured_rows, self.prefill_floor_s, 0.0)

    def _whole(self, rows: Any, drawn: Any, attention: Callable[[float], Array]) -> Array:
        """Terms put together; `attention` gives that of a share of the step."""
        if not self.micro:
            return self.rows_term(rows) + self.logits_term(drawn) + attention(1.0)
        share = 1 / self.micro
        parts = [_along(self.dense, rows * share) + attention(share), _along(self.experts, rows * share), _along(self.send, rows * share)]
        near, far, way = (part[..., SECONDS] for part in parts)
        seconds = alternating(near, far, way, self.micro, self.layers)
        found = np.asarray(self.micro * sum(parts))
        found[..., SECONDS] = seconds
        return found + self.logits_term(drawn)

    def joules(self, columns: Array) -> Array:
        """Energy of all devices in steps given by their columns, idle power included (energy.py)."""
        seconds = columns[..., SECONDS]
        busy = np.minimum(seconds, np.minimum(seconds, columns[..., COMPUTE]) + MEMORY_SHARE * np.minimum(seconds, columns[..., MEMORY]))
        return np.asarray(self.devices * self.idle_watts * seconds + self.devices / self.stages * self.span_watts * busy)


def alternating(attention_s: Any, experts_s: Any, send_s: Any, micro: int, layers: int) -> Any:
    """Seconds of `micro` micro-batches, each of which takes these seconds over all layers on either side and between them.

    In the steady state of a layer the slowest of the three works without pause, or the trip of one micro-batch is what takes longest; the first one's trip through a layer
    comes on top (MegaScale-Infer, arXiv 2504.02263, section 4.1; Janus, arXiv 2512.13525).
    """
    trip, slowest = attention_s + experts_s + send_s, np.maximum(np.maximum(attention_s, experts_s), send_s)
    return np.maximum(micro * slowest, trip) + (trip - slowest) / layers


def row_nodes(most: int) -> Array:
    """The rows at which curves of rows are sampled."""
    strides = max(1, -(-(most - EXACT_ROWS) // STRIDE))
    starts = EXACT_ROWS + STRIDE * np.arange(strides)
    return np.concatenate([np.arange(1, EXACT_ROWS + 1), np.stack([starts + 1, starts + STRIDE], axis=1).reshape(-1)]).astype(np.float64)


def row_nodes_of(count: int) -> Array:
    """The nodes of a curve with that many points."""
    return row_nodes(EXACT_ROWS + (count - EXACT_ROWS) // 2 * STRIDE)


@lru_cache(maxsize=256)
def nodes_of(count: int, per_octave: int) -> Array:
    """`count` powers of two from 1 on, `per_octave` of them from one number to its double. The same for all tables, so that nobody may write into it."""
    found = np.asarray(2.0 ** (np.arange(count) / per_octave))
    found.flags.writeable = False
    return found


def _octaves(most: float, per_octave: int) -> int:
    """Nodes from 1 to `most` and one beyond."""
    return int(np.ceil(np.log2(max(most, 2)) * per_octave)) + 2


def decode_nodes(most_sequences: int, most_context: int = MOST_CONTEXT) -> tuple[Array, Array]:
    """Numbers of sequences, and tokens in each one's cache, at which decode attention is priced."""
    return nodes_of(_octaves(most_sequences, PER_OCTAVE), PER_OCTAVE), nodes_of(_octaves(most_context, PER_OCTAVE), PER_OCTAVE)


def prefill_nodes(chunk_tokens: int, most_context: int = MOST_CONTEXT) -> tuple[Array, Array]:
    """Tokens of a chunk, and tokens before it, at which prefill attention is priced."""
    contexts = nodes_of(_octaves(most_context / CONTEXT_SCALE, PER_OCTAVE), PER_OCTAVE)
    return nodes_of(_octaves(chunk_tokens, TOKENS_PER_OCTAVE), TOKENS_PER_OCTAVE), CONTEXT_SCALE * (contexts - 1)


def _grid(a: Array, b: Array) -> tuple[Array, Array]:
    """Two axes as the flat columns of all their pairs."""
    return np.repeat(a, len(b)), np.tile(b, len(a))


def _launches(system: System, step: Step) -> list[Launch]:
    return step_ops(system.config, system.plan, system.precision, step)


def _parts(launches: Sequence[Launch]) -> dict[str, list[Launch]]:
    found: dict[str, list[Launch]] = {name: [] for name in ("dense", "experts", "send", "logits", "attention")}
    for launch in launches:
        names = {"attention": ATTENTION, "logits": LOGITS, "experts": EXPERTS, "send": SEND}
        found[next((name for name, labels in names.items() if launch.label in labels), "dense")].append(launch)
    return found


def curve_of(launches: Sequence[Launch], device: Device, price: Callable[[Op, Device], Array], shape: tuple[int, ...]) -> Array:
    """The four columns of launches whose operators have arrays of one shape."""
    curve = np.zeros((*shape, 4))
    for launch in launches:
        op, count = launch.op, launch.count
        seconds = count * price(op, device)
        curve[..., SECONDS] += seconds
        curve[..., COMPUTE] += count * op.flops / dtypes.peak(device, op.arithmetic)
        curve[..., MEMORY] += count * op.bytes / device.main_memory.bandwidth
        if isinstance(op, ops.Collective):
            curve[..., NETWORK] += seconds
    return curve


def _along(curve: Array, rows: Any) -> Array:
    """A curve of rows at `rows`: zero at zero, straight lines between nodes and beyond the last."""
    nodes, r = row_nodes_of(len(curve)), np.asarray(rows, np.float64)
    place = np.clip(np.searchsorted(nodes, r, side="right") - 1, 0, len(nodes) - 2)
    share = ((np.maximum(r, 1.0) - nodes[place]) / (nodes[place + 1] - nodes[place]))[..., None]
    found = curve[place] * (1 - share) + curve[place + 1] * share
    return np.where((r > 0)[..., None], found, 0.0)


def _bilinear(grid: Array, x_nodes: Array, y_nodes: Array, x: Array, y: Array) -> Array:
    i = np.clip(np.searchsorted(x_nodes, x, side="right") - 1, 0, len(x_nodes) - 2)
    j = np.clip(np.searchsorted(y_nodes, y, side="right") - 1, 0, len(y_nodes) - 2)
    u = ((x - x_nodes[i]) / (x_nodes[i + 1] - x_nodes[i]))[..., None]
    v = ((y - y_nodes[j]) / (y_nodes[j + 1] - y_nodes[j]))[..., None]
    return np.asarray((grid[i, j] * (1 - v) + grid[i, j + 1] * v) * (1 - u) + (grid[i + 1, j] * (1 - v) + grid[i + 1, j + 1] * v) * u)


def _phase_rows(model: phases.PhaseCosts, setup: costs.Setup, rows: Array, *, few: bool) -> Array:
    """The operators of rows (or those of the few rows that give logits), sampled where costs bend, straight lines between."""
    bends = np.unique(np.concatenate([np.arange(1.0, FEW_ROWS + 1), [128.0], np.round(nodes_of(_octaves(rows[-1], PER_OCTAVE), PER_OCTAVE))]))
    works = [work for work in model.phases["prefill"] if work.op != "llm.attention" and work.few == few]
    sampled = np.array([_phase_columns(works, setup, costs.Step(r, r, 0.0, r)) for r in bends])
    return np.stack([np.interp(rows, bends, sampled[:, column]) for column in range(4)], axis=1)


def _phase_attention(model: phases.PhaseCosts, setup: costs.Setup, steps: Sequence[costs.Step], phase: str) -> Array:
    works = [work for work in model.phases[phase] if work.op == "llm.attention"]
    return np.array([_phase_columns(works, setup, step) for step in steps])


def _phase_columns(works: Sequence[phases.Work], setup: costs.Setup, step: costs.Step) -> list[float]:
    """Power follows the setup's whole draw while it works, as its calibration says no more."""
    from intarsia.cost_models.phases import cost  # of what is written in MLIR, which loads with it

    seconds = sum(work.count * cost(work, setup, step).seconds for work in works)
    return [seconds, seconds, 0.0, 0.0]
