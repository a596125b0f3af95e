"""A GPU program while it is made: launches with what their arguments are, and the split into nano-batches.

A launch binds each argument of its kernel by a word:

    buffer:NAME     rows in the arena                     weight:NAME    a weight, of the layer that is running
    step:TABLE      a table that the runtime makes        keys, values   the layer's part of the KV cache
    size:NAME       a number of rows, sequences, ...      1.0            a constant
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any

from intarsia.codegen import program
from intarsia.codegen.gpu.bundle.weights import Layout, Stored
from intarsia.codegen.gpu.spec import Spec
from intarsia.codegen.program import Body, Buffer, Scope
from intarsia.ir.module import Builder

ROWS, LOGITS, SEQUENCES, ONCE = "rows", "logits", "sequences", "once"
"""What a buffer has rows for."""
MAIN, MEMORY = "main", "memory"
"""Streams: launches of one run in order; two streams share the device."""


@dataclass(frozen=True)
class Launch:
    """A kernel with its arguments; `buffers` are all that it touches. `extra`: sizes that the kernel's formulas name beside its arguments'.

    `layer`: in a loop, what is added to its layer; elsewhere, the layer. `few`: a kernel with the same arguments that takes its place in steps of up to `few_rows` rows.
    """

    spec: Spec
    arguments: dict[str, str]
    buffers: tuple[Buffer, ...]
    weights: tuple[Stored, ...]
    op: str
    rows: str = ROWS
    stream: str = MAIN
    share: float = 1.0
    nano: int = 0
    wait: tuple[str, ...] = ()
    signal: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    layer: int | None = None
    few: Spec | None = None
    few_rows: int = 0


class Program(program.Program[Launch]):
    """What a phase has become; its weights lie as `layout` says. `facts` are its attributes."""

    def __init__(self, most: Mapping[str, int], layout: Layout, facts: dict[str, Any]) -> None:
        super().__init__(most)
        self.layout, self.facts = layout, facts

    def buffer_facts(self, buffer: Buffer) -> dict[str, Any]:
        return super().buffer_facts(buffer) | {"holds": buffer.rows}

    def write_weights(self, builder: Builder) -> None:
        for weight in dict.fromkeys(weight for launch in self.body.launches() for weight in launch.weights):
            _write_weight(builder, weight, self.layout.offsets[weight])

    def launch_facts(self, launch: Launch) -> dict[str, Any]:
        params = {"spec": spec_fields(launch.spec), "arguments": launch.arguments, "rows": launch.rows} | ({"sizes": launch.extra} if launch.extra else {})
        if launch.few:
            params["few"] = {"kernel": launch.few.kernel, "spec": spec_fields(launch.few), "rows": launch.few_rows}
        return {
            "kernel": launch.spec.kernel, "params": params, "weights": [w.name for w in launch.weights] or None, "share": launch.share, "nano": launch.nano,
            "stream": launch.stream, "wait": list(launch.wait) or None, "signal": launch.signal or None, "op": launch.op, "layer": launch.layer,
        }  # fmt: skip


def spec_fields(spec: Spec) -> dict[str, Any]:
    """The fields of a spec that aren't the usual ones."""
    return {f.name: getattr(spec, f.name) for f in fields(spec) if f.default is MISSING or getattr(spec, f.name) != f.default}


def _write_weight(builder: Builder, w: Stored, offset: int) -> None:
    params = {name: value for name, value in (("theta", w.theta), ("scaling", dict(w.scaling)), ("holds", w.holds), ("eight", w.eight)) if value}
    builder.op("pipe.weight", name=w.name, format=w.format, n=w.n, k=w.k, offset=offset, bytes=w.bytes, sources=list(w.sources), source_types=list(w.source_types),
               count=w.layers or None, first=w.first if w.layers else None, stride=w.stride if w.layers else None, experts=w.experts or None, params=params or None)  # fmt: skip


def in_parts(whole: Program, parts: int, share: float) -> None:
    """Split every step in `parts` nano-batches of sequences: each has an arena of its own, and its attention runs on a second stream, beside the others' products.

    Launches of one nano-batch wait for each other; those of different ones don't, and touch nothing in common. `share` is what attention gets of the cores.
    (NanoFlow, arXiv 2408.12757, section 4.)
    """
    arena = whole.facts["arena_bytes"]
    names = {(b.name, part): replace(b, name=f"{b.name}/{part}", offset=b.offset + part * arena) for b in whole.buffers for part in range(parts)}
    whole.buffers = [names[b.name, part] for part in range(parts) for b in whole.buffers]
    whole.facts |= {"arena_bytes": parts * arena, "nano_batches": parts}
    whole.body = _split(whole.body, parts, share, names)
    assert whole.output is not None
    whole.output = names[whole.output.name, 0]


def _split(body: Body[Launch], parts: int, share: float, names: dict[tuple[str, int], Buffer]) -> Body[Launch]:
    """Launches before and after the layers nano-batch by nano-batch, the layers interleaved."""
    made: Body[Launch] = Body(body.scope)
    waiting: list[Launch] = []
    for item in [*body.items, None]:
        if isinstance(item, Launch):
            waiting.append(item)
            continue
        made.items += [launch for part in range(parts) for launch in _chain(waiting, part, share, names)]
        waiting = []
        if item is not None:
            made.items += _interleaved(item, parts, share, names)
    return made


def _interleaved(body: Body[Launch], parts: int, share: float, names: dict[tuple[str, int], Buffer]) -> list[Launch | Body[Launch]]:
    """A loop over layers in which each nano-batch's attention lies beside all that the other ones do until it is their turn:

        first layer:  before(0), before(1); after(0)
        each other:   before(0), after(1) of the layer before, before(1), after(0)
        at the end:   after(1) of the last layer

    where before(i) are nano-batch i's launches up to and with attention, and after(i) those that wait for it.
    """
    launches = [item for item in body.items if isinstance(item, Launch)]
    cut = max((i + 1 for i, launch in enumerate(launches) if launch.stream == MEMORY), default=len(launches))
    chains = [_chain(launches, part, share, names) for part in range(parts)]
    before, after = [chain[:cut] for chain in chains], [chain[cut:] for chain in chains]
    first, last = body.scope.first, body.scope.first + body.scope.count - 1
    begin = [replace(launch, layer=first) for piece in (*before, after[0]) for launch in piece]
    turns = [launch for part in range(1, parts) for launch in (*(replace(each, layer=-1) for each in after[part]), *before[part])]
    end = [replace(launch, layer=last) for piece in after[1:] for launch in piece]
    return [*begin, *([Body(Scope(first + 1, last - first), [*before[0], *turns, *after[0]])] if last > first else []), *end]


def _chain(launches: list[Launch], part: int, share: float, names: dict[tuple[str, int], Buffer]) -> list[Launch]:
    """One part's launches; where the stream changes, the next waits for the last."""
    chain = [_of_part(launch, part, share, names) for launch in launches]
    for i, launch in enumerate(chain[1:], 1):
        if launch.stream != chain[i - 1].stream:
            signal = f"{chain[i - 1].buffers[-1].name}.{launches[i - 1].spec.kernel}"
            chain[i - 1] = replace(chain[i - 1], signal=signal)
            chain[i] = replace(launch, wait=(signal,))
    return chain


def _of_part(launch: Launch, part: int, share: float, names: dict[tuple[str, int], Buffer]) -> Launch:
    arguments = {name: f"{word}/{part}" if word.startswith("buffer:") else word for name, word in launch.arguments.items()}
    own = share if launch.stream == MEMORY else 1.0 - share
    return replace(launch, arguments=arguments, buffers=tuple(names[b.name, part] for b in launch.buffers), nano=part, share=own)
