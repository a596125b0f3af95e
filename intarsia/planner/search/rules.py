"""Which replicas are no legal plans, by name: what the model, the device or the engine can't do. `explain` prints how many each rule excluded, and one of them.

A rule gives the sentence that says what is wrong with a replica, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from intarsia.cost_models.dtypes import DTYPES
from intarsia.cost_models.serving import encoder
from intarsia.cost_models.serving.memory import GIB, Footprint, Told, activation_bytes, footprint, footprint_of_stages, kv_token_bytes, stage_weights
from intarsia.cost_models.serving.shapes import Plan
from intarsia.planner.search.problem import Draft, Problem
from intarsia.planner.search.space import Replica

F8_BLOCK = 128
"""Rows and columns that share a scale in checkpoints of blocked 8-bit weights (DeepSeek-V3, arXiv 2412.19437, section 3.3)."""


@dataclass(frozen=True)
class Rule:
    """`broken(problem, replica)` says what is wrong, or "". `why` is the rule in one sentence. `whole`: it is asked of replicas on several kinds of devices, too, whose
    spans are asked all others (unlike.py). `batching`: its answer depends on the limits of iterations, too, and not on the layout alone."""

    name: str
    why: str
    broken: Callable[[Problem, Replica], str]
    whole: bool = False
    batching: bool = False


@dataclass
class Excluded:
    """How many plans each rule excluded, the first of them, and the one on most devices."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    nearest: dict[str, str] = field(default_factory=dict)
    largest: dict[str, int] = field(default_factory=dict)

    def add(self, rule: str, replica: Replica, what: str) -> None:
        self.counts[rule] = self.counts.get(rule, 0) + 1
        self.examples.setdefault(rule, f"{replica}: {what}")
        if replica.devices > self.largest.get(rule, 0):
            self.largest[rule], self.nearest[rule] = replica.devices, f"{replica}: {what}"


def _heads(p: Problem, r: Replica) -> str:
    return f"{p.config.heads} heads" if p.config.heads % r.plan.tp else ""


def _kv_heads(p: Problem, r: Replica) -> str:
    kv, tp = p.config.kv_heads, r.plan.tp
    return f"{kv} KV heads" if not p.config.kv_lora_rank and kv % tp and tp % kv else ""


def _widths(p: Problem, r: Replica) -> str:
    c, tp = p.config, r.plan.tp
    widths = {"the MLP": c.ffn, "the shared expert": c.shared_width, "the vocabulary": -(-c.vocab // 64) * 64}
    bad = next((name for name, width in widths.items() if width % tp), "")
    if not bad and c.experts and c.expert_ffn % r.plan.expert_tp:
        bad = "an expert"
    return f"{bad} is no multiple of it" if bad else ""


def _node(p: Problem, r: Replica) -> str:
    node = p.stock[r.stock].node
    return f"a node joins {node}" if r.plan.tp > node else ""


def _stage(p: Problem, r: Replica) -> str:
    node, size = p.stock[r.stock].node, r.plan.stage_devices
    return f"{size} devices on nodes of {node}" if max(size, node) % min(size, node) else ""


def _experts(p: Problem, r: Replica) -> str:
    return f"{p.config.experts} experts" if p.config.experts and p.config.experts % r.plan.ep else ""


def _expert_groups(p: Problem, r: Replica) -> str:
    """Engines either split every expert over the stage's devices, or hold whole ones."""
    return f"{r.plan.ep} groups of {r.plan.stage_devices} devices" if r.plan.ep not in (1, r.plan.stage_devices) else ""


def _groups_need_experts(p: Problem, r: Replica) -> str:
    return "experts would be split over attention groups" if r.plan.dp > 1 and r.plan.ep == 1 else ""


def _blocks(p: Problem, r: Replica) -> str:
    if r.precision.expert_weights != "f8_block" or not p.config.experts:
        return ""
    width = p.config.expert_ffn // r.plan.expert_tp
    return f"{width} columns of an expert on a device" if width % F8_BLOCK else ""


def _arithmetic(p: Problem, r: Replica) -> str:
    """Weights that are widened before they are multiplied need nothing of the device."""
    has = p.stock[r.stock].device.flops
    wanted = {DTYPES[kind].arithmetic for kind in (r.precision.weights, r.precision.expert_weights, r.precision.attention_weights)} & {"f8", "i8", "f4"}
    missing = sorted(wanted - set(has))
    return f"no {missing[0]} arithmetic" if missing else ""


def _cache(p: Problem, r: Replica) -> str:
    return "an 8-bit cache needs 8-bit floats" if r.precision.kv == "f8" and "f8" not in p.stock[r.stock].device.flops else ""


def _context(p: Problem, r: Replica) -> str:
    if r.cp == 1:
        return ""
    copies = r.plan.tp // max(1, min(r.plan.tp, 1 if p.config.kv_lora_rank else p.config.kv_heads))
    return f"{copies} copies of a KV head in the group" if copies % r.cp or p.config.sliding_window else ""


def _devices(p: Problem, r: Replica) -> str:
    return next((f"{count} of {p.stock[name].count}" for name, count in r.used.items() if count > p.stock[name].count), "")


def _watts(p: Problem, r: Replica) -> str:
    watts = sum(count * p.stock[name].device.watts for name, count in r.used.items())
    return f"{watts:.0f} W of {p.watts:.0f} W" if p.watts and watts > p.watts else ""


def _drafts(p: Problem, r: Replica) -> str:
    return "the last stage alone knows the tokens" if r.draft and r.plan.pp > 1 else ""


def _draft_vocabulary(p: Problem, r: Replica) -> str:
    return f"{r.draft.config.vocab} against {p.config.vocab} tokens" if r.draft and r.draft.config.vocab != p.config.vocab else ""


def _memory(p: Problem, r: Replica) -> str:
    found = room(p, r)
    return f"{found.weights / GIB:.1f} GiB of weights, {found.short / GIB:.1f} GiB too much" if not found.pages else ""


def _longest(p: Problem, r: Replica) -> str:
    """Each of the batches that stages have under way has its part of the cache."""
    held = room(p, r).kv_tokens * r.cp // r.plan.pp - room(p, r).page_tokens
    return f"{held} tokens of cache for a request of {p.longest}" if held < p.longest else ""


RULES = (
    Rule("fleet-has-the-devices", "a replica may not take more devices than the fleet has", _devices, whole=True),
    Rule("tp-divides-heads", "tensor parallelism shares whole attention heads out", _heads),
    Rule("tp-divides-kv-heads", "KV heads are shared out or copied evenly", _kv_heads),
    Rule("tp-divides-widths", "matrices are cut into equal columns", _widths),
    Rule("tp-within-a-node", "an all-reduce after every operator needs the node's own link", _node),
    Rule("stage-fills-nodes", "a stage takes whole nodes, or a whole share of one", _stage),
    Rule("ep-divides-experts", "each group holds the same number of experts", _experts),
    Rule("ep-all-or-none", "experts are either all split, or held whole by single devices", _expert_groups),
    Rule("dp-needs-ep", "attention groups share a layer's experts by holding different ones", _groups_need_experts),
    Rule("expert-columns-fill-blocks", "weights with a scale for 128 x 128 are cut between blocks", _blocks),
    Rule("device-has-arithmetic", "quantised matrices need the device's arithmetic of that type", _arithmetic),
    Rule("device-has-cache-type", "the device must read the cache's type", _cache),
    Rule("cp-shares-copies", "context parallelism shares what would be copies of a KV head; it knows no windows", _context),
    Rule("drafts-need-one-stage", "speculative decoding and pipeline stages exclude each other in the engines", _drafts),
    Rule("draft-has-the-vocabulary", "draft and model must have the same tokens", _draft_vocabulary),
    Rule("power-budget", "all devices at full draw stay within the budget", _watts, whole=True),
    Rule("weights-fit", "weights, activations and the engine's own leave room for the KV cache", _memory, whole=True, batching=True),
    Rule("longest-request-fits", "the part of the KV cache that a batch has holds the longest request", _longest, whole=True, batching=True),
)  # fmt: skip
"""In the order in which they are asked, cheap ones first; the first that is broken counts."""
OF_TYPES = {"device-has-arithmetic", "device-has-cache-type"}
"""What no number of devices mends."""
OTHER_TYPES = "name a --precision that the devices multiply, such as bf16 or int4, or devices that multiply this one"


def legal(problem: Problem, replicas: Iterable[Replica], excluded: Excluded, *, batching: bool = False) -> list[Replica]:
    """The replicas that break no rule, the others counted. `batching`: their layouts are legal, and only rules that depend on more are asked."""
    rules = [rule for rule in RULES if rule.name not in problem.without and rule.batching >= batching]
    kept = []
    for replica in replicas:
        broken = next(((rule.name, what) for rule in rules if (rule.whole or not replica.spans) and (what := rule.broken(problem, replica))), None)
        if broken is None:
            kept.append(replica)
        else:
            excluded.add(broken[0], replica, broken[1])
    return kept


def has_types(problem: Problem, replicas: Iterable[Replica]) -> bool:
    """Whether a device reads and multiplies the types of any of the replicas; if not, more of them don't help."""
    of_types = [rule for rule in RULES if rule.name in OF_TYPES and rule.name not in problem.without]
    return any(not any(rule.broken(problem, replica) for rule in of_types) for replica in replicas)


def room(problem: Problem, replica: Replica) -> Footprint:
    """Where a device's memory goes under a replica, its draft's weights and cache and the encoder of images included."""
    if (found := problem.rooms.get(replica)) is not None:
        return found
    extra = _draft_bytes(replica.draft, replica.draft_plan) if replica.draft else (0.0, 0.0)
    told = Told(replica.chunk_tokens, replica.max_sequences, problem.isl + problem.osl, extra[0] + _encoder_bytes(problem, replica), extra[1])
    if replica.spans:
        stages = [(problem.stock[span.stock].device, span.plan, layers) for span in replica.spans for layers in span.stages]
        found = footprint_of_stages(problem.config, stages, replica.precision, problem.memory, told)
    else:
        found = footprint(problem.config, problem.stock[replica.stock].device, replica.plan, replica.precision, problem.memory, told, problem.stages)
    problem.rooms[replica] = found
    return found


def _encoder_bytes(problem: Problem, replica: Replica) -> float:
    """Of a model that takes images, on each device, whatever its replica does: engines load the whole model. Its rows are gone before a step's: the larger peak counts."""
    if problem.images is None:
        return 0.0
    vision, tp = problem.images.encoder, replica.plan.tp
    rows = encoder.activation_bytes(vision, problem.images.size, replica.chunk_tokens, tp)
    step = activation_bytes(problem.config, replica.plan, problem.memory, replica.chunk_tokens, replica.max_sequences)
    return encoder.weight_bytes(vision, tp) + max(0.0, rows - step)


def _draft_bytes(draft: Draft, plan: Plan) -> tuple[float, float]:
    """Bytes of a draft model's weights on a device, and of a token in its cache there."""
    layers = range(draft.config.layers)
    weights = stage_weights(draft.config, plan, draft.precision, layers, first=True, last=True)
    return weights, kv_token_bytes(draft.config, plan, draft.precision, layers)
