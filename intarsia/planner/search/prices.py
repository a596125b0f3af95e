"""Seconds of a replica's steps: the serving model's step table, with speculative decoding and context parallelism folded into it.

Both change nothing but steps in which tokens are decoded, so they are folded into the table's term for decode attention of (sequences, context).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from intarsia.cost_models import ops
from intarsia.cost_models.serving.pricing import Priced
from intarsia.cost_models.serving.shapes import Batch, Plan, Step
from intarsia.cost_models.serving.steady import Engine, System
from intarsia.cost_models.serving.step import batched
from intarsia.cost_models.serving.step_kernels import curves
from intarsia.cost_models.serving.step_ops import between_stages
from intarsia.cost_models.serving.step_table import NETWORK, PER_OCTAVE, SECONDS, StepTable, nodes_of, row_nodes_of
from intarsia.ir.device import Device
from intarsia.loops import Bound
from intarsia.planner.search import price_kernels
from intarsia.planner.search.estimate import MOST_BUSY, ROUNDS, Array, Settled
from intarsia.planner.search.kept import Kept, name_of
from intarsia.planner.search.problem import Draft, Problem
from intarsia.planner.search.space import Replica, given
from intarsia.planner.search.stages import StageTable, balance, hop_s, request_s, stage_tables, summed
from intarsia.runtime.scheduler import policy_class

Key = tuple[object, ...]
NONE = np.zeros(0)


def _flat(*arguments: Array) -> tuple[tuple[int, ...], list[Array]]:
    """Arguments in one shape, as the loops take them: flat. There are thousands of small ones, mostly alike in shape."""
    shape = arguments[0].shape
    alike = arguments if all(each.shape == shape for each in arguments) else np.broadcast_arrays(*arguments)
    return alike[0].shape, [each.reshape(-1) for each in alike]


class Prices:
    """A replica's step table, as compiled code reads it for quick estimates, and the least that its steps can take (bounds.py).

    `stages`: the tables of unlike stages, whose sum `table` is, and `balance` what they cost a pipeline (stages.py).
    """

    def __init__(self, table: StepTable, folded: bool = False, stages: tuple[StageTable, ...] = (), balance: float = 1.0) -> None:
        self.table, self.folded, self.curves, self.stages, self.balance = table, folded, curves(table), stages, balance
        self.rows = table.dense + table.experts + table.send

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_both_s"}

    @cached_property
    def _both_s(self) -> Bound:
        return price_kernels.both_s.bind(self.curves, self.rows, np.empty((3, 4)))

    def decode_s(self, sequences: Array, context: Array) -> Array:
        shape, at = _flat(sequences, context)
        alone = np.empty(at[0].shape)
        self._both_s(*at, NONE, NONE, NONE, alone, NONE)
        return alone.reshape(shape)

    def both_s(self, sequences: Array, context: Array, tokens: Array, before: Array, prompts: Array) -> tuple[Array, Array]:
        shape, at = _flat(sequences, context, tokens, before, prompts)
        alone, together = np.empty(at[0].shape), np.empty(at[0].shape)
        self._both_s(*at, alone, together)
        return alone.reshape(shape), together.reshape(shape)

    def settled(self, isl: float, osl: float, rates: Array, chunks: Array, most: Array) -> Array:
        shape, at = _flat(rates, chunks, most)
        found = np.empty((len(at[0]), len(Settled._fields)))
        price_kernels.settle(self.curves, self.rows, np.empty((3, 4)), isl, osl, ROUNDS, MOST_BUSY, *map(np.ascontiguousarray, at), found)
        return found.reshape(*shape, -1)

    def floor_s(self) -> float:
        """Seconds of the cheapest step: one with fewest rows, whose attention is the cheapest there is."""
        table = self.table
        if self.folded:
            return max(0.0, min(float((table.rows_term(1) + table.prefill.min(axis=(0, 1)))[SECONDS]), self._least_decode()))
        attention = min(float(table.decode[..., SECONDS].min()), float(table.prefill[..., SECONDS].min()))
        return float(self._rows(table.experts[:, SECONDS]).min()) + attention

    def token_s(self, chunk: int) -> float:
        """The least seconds of a step over its tokens, attention aside; attention groups that run fewer rows than others wait for them."""
        return self._per_token(self.table.experts[:, SECONDS], chunk)

    def lone_token_s(self, chunk: int) -> float:
        """The same for the tokens of one attention group, while others may have none."""
        return self._per_token(np.full(len(self.table.experts), self.table.experts[:, SECONDS].min()), chunk)

    def _bare(self, experts: Array) -> Array:
        """Seconds of rows at the table's nodes."""
        return np.asarray(self.table.dense[:, SECONDS] + self.table.send[:, SECONDS] + experts)

    def _rows(self, experts: Array) -> Array:
        """The same at least: never falling, so that more rows are never cheaper."""
        return np.asarray(np.minimum.accumulate(self._bare(experts)[::-1])[::-1])

    def _per_token(self, experts: Array, chunk: int) -> float:
        """Straight lines between nodes, and on from the last two, have the least seconds a row at one of the nodes, or at the end."""
        bare, rows, nodes = self._bare(experts), self._rows(experts), row_nodes_of(len(experts))
        if chunk > nodes[-1]:
            end = bare[-1] + (bare[-1] - bare[-2]) / (nodes[-1] - nodes[-2]) * (chunk - nodes[-1])
            rows, nodes = np.append(np.minimum(rows, end), end), np.append(nodes, chunk)
        inside = int(np.searchsorted(nodes, chunk, side="left")) + 1
        extra = min(0.0, float(self.table.decode[..., SECONDS].min())) if self.folded else 0.0
        return max(0.0, float(((rows[:inside] + extra) / np.maximum(1.0, nodes[:inside])).min()))

    def _least_decode(self) -> float:
        n = nodes_of(self.table.decode.shape[0], PER_OCTAVE)
        whole = (self.table.rows_term(n) + self.table.logits_term(n))[:, None, :] + self.table.decode
        return float(whole[..., SECONDS].min())


class Remembered:
    """Prices that are asked for once: layouts share most of their operators (a type of cache changes attention alone, attention groups change all but attention).

    With `keep`, what earlier searches asked for is known, and `save` writes the rest.
    """

    def __init__(self, problem: Problem, keep: bool = False) -> None:
        self.problem, self.keep = problem, keep
        self.priced = Priced(problem.framework)
        self.kept: dict[str, Kept] = {}

    def __call__(self, wanted: Sequence[ops.Op], device: Device) -> Array:
        return self.priced(wanted, device)

    def batched(self, op: ops.Op, device: Device) -> Array:
        """Seconds of each of an operator's launches."""
        known = self.kept.get(device.name) or self.kept.setdefault(device.name, self._of(device))
        name = name_of(op)
        found = known.known.get(name)
        if found is None:
            found = known[name] = self.priced.batched(op, device)
        return found

    def _of(self, device: Device) -> Kept:
        return Kept.of(self.problem.framework, self.problem.config, device) if self.keep else Kept()

    def save(self) -> None:
        """Keep what is new for later searches."""
        for kept in self.kept.values():
            kept.save()


@dataclass
class Pricer:
    """Builds each table once. `tables` may be handed to other processes. With `keep`, prices are taken from earlier searches, and kept for later ones (`price.save`)."""

    problem: Problem
    tables: dict[Key, Prices] = field(default_factory=dict)
    bare: dict[Key, StepTable] = field(default_factory=dict, repr=False)
    shared: dict[Key, Array] = field(default_factory=dict, repr=False)
    keep: bool = False
    price: Remembered = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.price = Remembered(self.problem, self.keep)

    def __call__(self, replica: Replica) -> Prices:
        key = (replica.stock, replica.plan, replica.precision, replica.cp, replica.draft, replica.spans)
        found = self.tables.get(key)
        if found is None:
            found = self.tables[key] = self._build(replica)
        return found

    def _build(self, replica: Replica) -> Prices:
        if replica.spans:
            return self._unlike(replica)
        table = self._staged(replica)
        if replica.cp > 1:
            table = replace(table, decode=self._context_parallel(replica, table))
        if replica.draft is not None:
            draft = StepTable.build(self._system(replica.stock, replica.draft_plan, replica.draft))
            table = _speculative(table, draft, replica.draft)
        host, stages = self.problem.host, replica.plan.pp
        if host.in_steps:
            table = table.with_overhead(stages * host.step_s, stages * host.sequence_s, host.launches_s(self.problem.config), host.captured_rows)
        return Prices(table, folded=replica.draft is not None)

    def _staged(self, replica: Replica) -> StepTable:
        """The stages' seconds add up to those of one stage with all layers, and what they send each other."""
        plan = replica.plan
        if plan.pp == 1:
            return self._one_stage(replica)
        table = self._one_stage(replace(replica, plan=replace(plan, pp=1), cp=1, draft=None))
        nodes, device = row_nodes_of(len(table.dense)), self.problem.stock[replica.stock].device
        send = np.zeros_like(table.send)
        for launch in between_stages(self.problem.config, replace(plan, node=self.problem.stock[replica.stock].node), replica.precision, Step(decode=(Batch(nodes, 1.0),))):
            send[:, SECONDS] = launch.count * batched(self.price)(launch.op, device)
            send[:, NETWORK] = send[:, SECONDS]
        return replace(table, send=send, stages=plan.pp, devices=plan.devices)

    def _unlike(self, replica: Replica) -> Prices:
        """Stages on several kinds of devices."""
        problem, host = self.problem, self.problem.host
        groups = [replace(replica, stock=span.stock, plan=replace(span.plan, pp=1), spans=()) for span in replica.spans for _ in span.stages]
        layers = [own for span in replica.spans for own in span.stages]
        tables = [self._one_stage(group) for group in groups]
        hops = [self._hop(one, other, table) for one, other, table in zip(groups, groups[1:], tables, strict=False)]
        stages = stage_tables(tables, layers, hops, host, host.launches_s(problem.config))
        seconds = [request_s(problem, self(group)) * own for group, own in zip(groups, layers, strict=True)]
        return Prices(summed(stages), stages=stages, balance=balance(seconds))

    def _context_parallel(self, replica: Replica, table: StepTable) -> Array:
        """Found once for all numbers of stages."""
        key = (replica.stock, replace(replica.plan, pp=1), replica.precision, replica.cp)
        if key not in self.shared:
            self.shared[key] = _context_parallel(self.problem, replica, table, self.price)
        return self.shared[key]

    def _hop(self, one: Replica, other: Replica, table: StepTable) -> Array:
        """Seconds of sending rows from a stage to the next one."""
        if one == other:
            return self._staged(replace(one, plan=replace(one.plan, pp=2))).send[:, SECONDS]
        stock = self.problem.stock
        return hop_s(self.problem, table, [(stock[each.stock], each.devices) for each in (one, other)])

    def _one_stage(self, replica: Replica) -> StepTable:
        """All layers on one stage, without what its host takes; built once for all numbers of stages."""
        key = (replica.stock, replica.plan, replica.precision)
        if key not in self.bare:
            self.bare[key] = StepTable.build(self._system(replica.stock, replica.plan, replica))
        return self.bare[key]

    def _system(self, stock: str, plan: Plan, what: Replica | Draft) -> System:
        choices = self.problem.choices
        config = what.config if isinstance(what, Draft) else self.problem.config
        engine = Engine(chunk_tokens=self._most_tokens(), most_sequences=max(choices.batches), memory=self.problem.memory)
        return System(config, self.problem.stock[stock].device, replace(plan, node=self.problem.stock[stock].node), what.precision, engine, self.price)

    def _most_tokens(self) -> int:
        """Of a step: as many as an iteration may have, and the longest prompt where a policy takes whole prompts through some layers at a time."""
        choices, chunk = self.problem.choices, max(self.problem.choices.chunks)
        reaches = [policy_class(policy).together({"max_batch_tokens": chunk, **dict(given(choices, policy))}) for policy in choices.policies]
        return chunk + self.problem.longest if max(reaches) > chunk else chunk


def _speculative(table: StepTable, draft: StepTable, facts: Draft) -> StepTable:
    """A step of the simulator stands for one token of each sequence: a verification of `tokens` + 1 rows and `tokens` draft steps, over the tokens that they bring on average."""
    n, c = _nodes(table)
    rows = n * (facts.tokens + 1)
    whole = table.rows_term(rows) + table.logits_term(rows)
    verify = whole[:, None, :] + table.decode + facts.tokens * _whole(draft, n[:, None], c[None, :])
    return replace(table, decode=verify / facts.gain - (table.rows_term(n) + table.logits_term(n))[:, None, :])


def _whole(table: StepTable, n: Array, c: Array) -> Array:
    """All columns of steps that only decode."""
    return table.rows_term(n) + table.logits_term(n) + table.decode_term(n, c)


def _context_parallel(problem: Problem, replica: Replica, table: StepTable, price: Remembered) -> Array:
    """Decode attention where each of `cp` devices reads its share of the cache; queries are gathered before, partial results exchanged after (as vLLM's decode does)."""
    n, c = _nodes(table)
    config, device = problem.config, problem.stock[replica.stock].device
    width = config.heads // replica.plan.tp * (config.kv_lora_rank + config.qk_rope_head_dim if config.kv_lora_rank else config.head_dim)
    whole = n * width * replica.cp * ops.ACTIVATION_BYTES
    gather, back = (batched(price)(ops.Collective(op, whole, replica.cp), device) for op in ("all_gather", "reduce_scatter"))
    decode = table.decode_term(n[:, None], np.maximum(1.0, c[None, :] / replica.cp))
    decode[..., SECONDS] += (config.layers * (gather + back))[:, None]
    return decode


def _nodes(table: StepTable) -> tuple[Array, Array]:
    return nodes_of(table.decode.shape[0], PER_OCTAVE), nodes_of(table.decode.shape[1], PER_OCTAVE)
