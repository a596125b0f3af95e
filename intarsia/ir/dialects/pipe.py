"""`pipe`: one device's pipeline. Buffers with fixed places in the arena, packed weights with fixed places in the weight file,
and kernel launches in order, each with its share of the execution units, its nano-batch, and the signals it waits for.

A `pipe.schedule` says how the nano-batches of a layer share a device, layer after layer: what a layer's operators are, how the batch is cut, and when each
nano-batch runs on which share. It holds the problem beside its solution, so that a validator needs nothing else.
"""

from __future__ import annotations

from intarsia.ir.rules import non_negative, one_of, positive, refers_to, typed
from intarsia.ir.spec import MANY, TOP, OpFacts, OpSpec, walk

TYPES: dict[str, dict[str, type]] = {"rows": {}}
BODIES = ("pipe.program", "pipe.repeat")
SCHEDULE = ("pipe.schedule",)
KINDS = ("compute", "memory", "network")


def _launches(facts: OpFacts) -> str | None:
    """Orders are distinct, signals are made before they are waited for, buffers lie in the arena."""
    orders: set[int] = set()
    signals: set[str] = set()
    for op in walk(facts.op):
        attributes = op.attributes
        if op.name == "pipe.launch":
            order = attributes["order"].value
            if order in orders:
                return f"two launches have the order {order}; each launch needs its own"
            orders.add(order)
            for name in attributes["wait"] if "wait" in attributes else ():
                if name.value not in signals:
                    return f"launch {order} waits for {name.value!r}, which no earlier launch signals"
            if "signal" in attributes:
                signals.add(attributes["signal"].value)
        if op.name == "pipe.buffer":
            end = attributes["offset"].value + attributes["bytes"].value
            if end > facts.attrs["arena_bytes"]:
                return f"the buffer {attributes['name'].value!r} ends at byte {end} of an arena of {facts.attrs['arena_bytes']}; enlarge arena_bytes or move it"
    return None


def _share(facts: OpFacts) -> str | None:
    """`share` lies in (0, 1]."""
    share = facts.attrs.get("share")
    return None if share is None or 0 < share <= 1 else f"share must lie in (0, 1], found {share}"


def _aligned(facts: OpFacts) -> str | None:
    """`offset` is a multiple of 64."""
    offset = facts.attrs["offset"]
    return None if offset % 64 == 0 else f"offset {offset} must be a multiple of 64 bytes"


OPS = typed([
    OpSpec("program", "The pipeline of one phase of one model on one device.", regions=1,
           required={"sym_name": "str", "model": "symbol", "kind": "str", "device": "symbol", "threads": "int", "max_rows": "int", "arena_bytes": "int", "weights_file": "str",
                     "weights_bytes": "int"},
           optional={"precision": "str", "kv_dtype": "str", "page_tokens": "int", "layers": "int", "kv_heads": "int", "head_dim": "int", "vocab": "int", "hidden": "int", "max_sequences": "int", "function": "str",
                     "kv_pages": "int", "tile_rows": "int", "output": "str", "context": "int", "window_bytes": "int", "target": "str", "nano_batches": "int"},
           ends_with="pipe.end", rules=(positive("threads", "max_rows"), non_negative("arena_bytes", "weights_bytes"), refers_to("model", "llm.model"), _launches), parents=TOP),
    OpSpec("buffer", "Rows of an activation at a fixed place in the arena: `rows` rows of `row_bytes`.", results=(1, 1),
           required={"name": "str", "dtype": "str", "width": "int", "rows": "int", "row_bytes": "int", "offset": "int", "bytes": "int"}, optional={"holds": "str"},
           rules=(positive("width", "rows", "row_bytes"), non_negative("offset"), _aligned, one_of("dtype", "f32", "bf16", "f16", "f8e4m3", "q8", "i32")), parents=("pipe.program",)),
    OpSpec("weight", "A packed weight in the weight file: `count` layers, `stride` bytes apart, packed as `format` from the tensors `sources`.",
           required={"name": "str", "format": "str", "n": "int", "k": "int", "offset": "int", "bytes": "int", "sources": "list[str]", "source_types": "list[str]"},
           optional={"count": "int", "stride": "int", "first": "int", "glu": "bool", "experts": "int", "params": "dict"},
           rules=(positive("n", "k"), non_negative("offset", "bytes"), _aligned), parents=("pipe.program",)),
    OpSpec("launch", "One kernel over buffers. `units` of work are shared out among `share` of the device's execution units. `layer`: in a repeat, what is added to its "
           "layer; elsewhere, the layer.", operands=(0, MANY),
           required={"kernel": "str", "order": "int"},
           optional={"params": "dict", "weights": "list[str]", "share": "float", "nano": "int", "wait": "list[str]", "signal": "str", "seconds": "float", "op": "str", "stream": "str",
                     "layer": "int"},
           rules=(non_negative("order", "nano"), _share), parents=BODIES),
    OpSpec("repeat", "`count` layers from `first`: the launches of its body, weights advancing by their strides. "
           "With `resident`, only so many bytes of each layer's weights stay in memory; the launches wait until the others have been read.", regions=1, required={"first": "int", "count": "int"},
           optional={"resident": "int"}, ends_with="pipe.end", rules=(positive("count"), non_negative("first", "resident")), parents=("pipe.program",)),
    OpSpec("schedule", "How nano-batches of one layer share one device: a period of `period_us` that repeats, one layer a period. The batch is cut into groups of "
                       "`decode[i]` + `prefill[i]` rows, numbered group after group, decode rows first. `curves` are speeds by kind and by what runs beside it: "
                       "[share, speed, share, speed, ...]; with `elastic`, products take the share that is left.", regions=1,
           required={"sym_name": "str", "device": "str", "layers": "int", "decode": "list[int]", "prefill": "list[int]", "period_us": "float", "curves": "dict",
                     "elastic": "bool"},
           optional={"devices": "int", "units": "int", "bound_us": "float", "sequential_us": "float", "optimal_us": "float", "source": "str"},
           ends_with="pipe.end", rules=(positive("layers", "period_us", "devices", "units"), non_negative("bound_us")), parents=TOP),
    OpSpec("operator", "An operator of the layer: its seconds alone on all units by the rows of a nano-batch (`us[i]` for `points[i]` rows), after `after` of the same layer "
                       "and `previous` of the layer before, on the same rows.",
           required={"name": "str", "kind": "str", "rows": "str", "points": "list[float]", "us": "list[float]"}, optional={"after": "list[str]", "previous": "list[str]"},
           rules=(one_of("kind", *KINDS), one_of("rows", "all", "decode", "prefill")), parents=SCHEDULE),
    OpSpec("nano", "A nano-batch: `rows` rows of the batch from `first` on go through an operator, `order`-th on the lane of its kind, from `start_us` on, for `us[i]` on "
                   "`shares[i]` of the execution units. Its end is the signal of its name. It waits for the signals `wait` of its layer, and `wait_previous` of the layer before.",
           required={"name": "str", "operator": "str", "first": "int", "rows": "int", "order": "int", "start_us": "float", "shares": "list[float]", "us": "list[float]"},
           optional={"wait": "list[str]", "wait_previous": "list[str]"},
           rules=(positive("rows"), non_negative("first", "order", "start_us")), parents=SCHEDULE),
    OpSpec("end", "Ends a pipeline, a repeated layer or a schedule.", terminator=True, parents=(*BODIES, *SCHEDULE)),
], r"!pipe\.rows(<.*>)?", "buffers (!pipe.rows)")
