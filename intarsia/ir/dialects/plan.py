"""`plan`: what there is (devices, links, workload, goals) and what was chosen (placements, policy, memory, estimates).

The first group travels from the first stage on; the second is written by the planner.
"""

from __future__ import annotations

from dataclasses import replace

from intarsia.ir.rules import is_distribution, non_negative, one_of, positive, refers_to
from intarsia.ir.spec import TOP, OpFacts, OpSpec
from intarsia.ir.weights import EIGHT_BITS

TYPES: dict[str, dict[str, type]] = {}
PRECISIONS = ("w-a8", "w-a16", "w-a32", "f32", *EIGHT_BITS)


def _device_facts(facts: OpFacts) -> str | None:
    """`facts` is a device (ir/device.py)."""
    from intarsia.ir.device import Device

    try:
        Device.from_dict(facts.attrs["facts"])
    except ValueError as error:
        return f"facts: {error}"
    return None


def _fraction(facts: OpFacts) -> str | None:
    """`percentile` lies between 0 and 100."""
    value = facts.attrs.get("percentile")
    return None if value is None or 0 < value < 100 else f"percentile must lie between 0 and 100, found {value}"


def _shares(facts: OpFacts) -> str | None:
    """`shares` lie in [0, 1] and come to 1."""
    shares = facts.attrs["shares"]
    if not shares or any(not isinstance(value, (int, float)) or not 0 <= value <= 1 for value in shares.values()) or abs(sum(shares.values()) - 1) > 1e-6:
        return f"shares by memory must lie in [0, 1] and come to 1, found {shares}"
    return None


FACTS = [
    OpSpec("device", "`count` devices of one kind; `facts` is the catalogue entry (see ir/device.py).",
           required={"sym_name": "str", "count": "int", "facts": "dict"}, rules=(positive("count"), _device_facts)),
    OpSpec("link", "A link between two kinds of device (or within one).",
           required={"source": "symbol", "target": "symbol", "kind": "str", "bandwidth": "float", "latency_s": "float"},
           rules=(positive("bandwidth"), non_negative("latency_s"), refers_to("source", "plan.device"), refers_to("target", "plan.device"))),
    OpSpec("workload", "Requests: a rate and distributions of lengths, from a trace or stated.",
           required={"rate_per_s": "float", "prompt_tokens": "dict", "output_tokens": "dict"},
           optional={"name": "str", "requests": "int", "trace": "str", "arrivals": "str", "seed": "int", "concurrency": "int"},
           rules=(non_negative("rate_per_s"), is_distribution("prompt_tokens", "output_tokens"))),
    OpSpec("slo", "Service goals, each at `percentile`.", optional={"ttft_s": "float", "tpot_s": "float", "e2e_s": "float", "percentile": "float"},
           rules=(positive("ttft_s", "tpot_s", "e2e_s"), _fraction)),
    OpSpec("knobs", "What the user asked of the planner.", optional={"threads": "int", "precision": "str", "objective": "str", "kv_dtype": "str", "context": "int", "max_sequences": "int", "memory_bytes": "int", "policy": "str", "parameters": "dict", "nano_batches": "int"},
           rules=(positive("threads", "context", "max_sequences", "memory_bytes", "nano_batches"), one_of("precision", *PRECISIONS, "auto"), one_of("kv_dtype", "f32", "f16"),
                  one_of("objective", "latency", "throughput", "energy", "cost", "hourly"))),
]

CHOICES = [
    OpSpec("place", "The task `task` runs on `device`, with this many threads of it. `seconds`, `joules` and `dollars` are those of one run, on average; "
           "`high_s` is at the goals' percentile, `error_band` the relative standard error, `step_s` the time to the first token (prefill) or of each (decode), `busy_s` what it takes of a shared device. On a mixed fleet, `pool` is the group of replicas, `way` the variant, and `wait_s` the mean wait before a run.", required={"task": "str", "device": "symbol", "threads": "int"},
           optional={"seconds": "float", "high_s": "float", "step_s": "float", "busy_s": "float", "joules": "float", "dollars": "float", "bound": "str", "source": "str",
                     "error_band": "float", "replicas": "int", "pool": "str", "way": "str", "wait_s": "float"},
           rules=(positive("threads"), refers_to("device", "plan.device"))),
    OpSpec("deploy", "How `model` is served on `device`; on a mixed fleet there is one for each `pool` of replicas, with the `tasks` that run there. "
           "`memory_share`: of the cores, what attention gets where decode steps run in `nano_batches`; `nano_speedup`: what the pipeline search expects of them. "
           "`parameters`: what the policy is told beside the limits of its steps.",
           required={"model": "symbol", "device": "symbol", "precision": "str", "threads": "int", "policy": "str", "page_tokens": "int", "kv_pages": "int",
                     "kv_dtype": "str", "max_batch_tokens": "int", "max_sequences": "int"},
           optional={"weight_bytes": "int", "kv_bytes": "int", "replicas": "int", "tp": "int", "pp": "int", "dp": "int", "ep": "int", "cp": "int", "context": "int", "pool": "str", "tasks": "list[str]", "swapped": "bool", "nano_batches": "int",
                     "memory_share": "float", "nano_speedup": "float", "parameters": "dict"},
           rules=(positive("threads", "page_tokens", "max_batch_tokens", "max_sequences"), non_negative("kv_pages"), one_of("kv_dtype", "f32", "f16"),
                  one_of("precision", *PRECISIONS), refers_to("model", "llm.model"), refers_to("device", "plan.device"))),
    OpSpec("transfer", "What goes from the task `source` to the task `target` on another device: a KV cache (`kind` kv), one kept from the turn before (kept), or data; mean `bytes` and `seconds` of one.",
           required={"source": "str", "target": "str", "kind": "str"}, optional={"bytes": "float", "seconds": "float", "dollars": "float", "visits": "float"},
           rules=(one_of("kind", "kv", "kept", "data"), non_negative("bytes", "seconds", "dollars", "visits"))),
    OpSpec("estimate", "What the planner predicts for `subject` (a phase, a model, the whole agent, or the solver's own work); `operators` by launch for a phase.",
           required={"subject": "str", "metrics": "dict"}, optional={"source": "str", "operators": "list[dict]"}),
    OpSpec("alternative", "Another plan that was weighed, by rank (1 is the chosen one): what it chooses by model, and what is predicted of it.",
           required={"rank": "int", "choices": "dict", "metrics": "dict"}, optional={"why": "str"}, rules=(positive("rank"),)),
    OpSpec("tier", "Where `data` (weights, kv, activations, experts) of the layers [first, first + count) of `model` lives: its shares by memory, `bytes` those of one layer. "
           "Of weights on a disk, `resident` bytes of each layer stay in memory; the others are read anew for every step, into a window of `window` bytes.",
           required={"model": "symbol", "data": "str", "shares": "dict", "bytes": "int"}, optional={"first": "int", "count": "int", "resident": "int", "window": "int", "bandwidth": "float"},
           rules=(positive("count", "window", "bandwidth"), non_negative("bytes", "first", "resident"), one_of("data", "weights", "kv", "activations", "experts"), refers_to("model", "llm.model"), _shares)),
    OpSpec("arena", "The memory map of one phase: each buffer's name, offset, bytes and lifetime [lower, upper) in operators.",
           required={"phase": "str", "bytes": "int", "bound": "int", "buffers": "list[dict]"}, optional={"method": "str"}, rules=(non_negative("bytes", "bound"),)),
]

OPS = [replace(spec, parents=TOP) for spec in FACTS + CHOICES]
