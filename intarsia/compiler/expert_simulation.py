"""What `intarsia simulate --experts` asks for: a mixture-of-experts model whose experts are on devices of their own (janus), or between a GPU and a CPU (hybrimoe)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from intarsia.compiler.frontends import fleet as fleets
from intarsia.compiler.frontends import quantities
from intarsia.cost_models import devices, dtypes
from intarsia.cost_models.serving.memory import Footprint, Told, footprint, kv_token_bytes, visible_bytes
from intarsia.cost_models.serving.pricing import Priced
from intarsia.cost_models.serving.shapes import Plan
from intarsia.cost_models.serving.steady import Engine, System
from intarsia.cost_models.serving.step_table import StepTable
from intarsia.errors import InfeasibleError, InputError
from intarsia.ir.device import Device
from intarsia.ir.model import ModelConfig
from intarsia.planner.search.problem import Problem, Stock
from intarsia.planner.simulate import Pool, Replica
from intarsia.planner.simulate.experts import MATRICES, Hybrid, hybrid_table, janus_pools, janus_table
from intarsia.runtime.scheduler.hybrimoe import HybriMoe
from intarsia.runtime.scheduler.janus import Janus

NAMES = ("janus", "hybrimoe")
LEFT_OVER = 0.9
"""Share of an expert device's memory that holds experts."""


@dataclass(frozen=True)
class Experts:
    """Where experts are. For janus, `fleet`: devices that hold nothing else, and `slots` experts of each layer (0: as many as fit). For hybrimoe, a `cpu`, which has all experts,
    `held` of each layer on the GPU, and the `link` between them. `skew`: how unevenly experts are drawn (rank ** -skew); `micro`: batches under way between attention and experts.
    `sequences` above 0: janus takes as few of both fleets' devices as decode so many at once within the goal for a token. `count`: devices of `fleet` that a replica has (0: all,
    shared out evenly).
    """

    policy: str
    fleet: str = ""
    slots: int = 0
    cpu: str = ""
    held: int = 0
    link: str = "25GB/s"
    skew: float = 0.8
    micro: int = 3
    sequences: int = 0
    count: int = 0


def pool(problem: Problem, plan: Plan, replicas: int, asked: Experts) -> Pool:
    """The replicas. Raises InputError for words that make no sense or a model without experts, InfeasibleError for what doesn't fit."""
    if asked.policy not in NAMES:
        raise InputError(f"there is no policy on experts called {asked.policy!r}", mend=f"choose one of {', '.join(NAMES)}")
    if not problem.config.experts:
        raise InputError("the model has no experts to decide on", mend="give a mixture-of-experts model")
    if plan.pp > 1:
        raise InputError("policies on experts are simulated without pipeline stages", mend="leave --pp at 1")
    name = asked.policy
    if asked.sequences:
        plan, asked = _sized(problem, plan, asked)
        name, replicas = f"{name}: devices for attention {plan.devices}, for experts {asked.count}", replicas or 1
    count = replicas or problem.fleet[0].count // plan.devices
    if not 0 < count * plan.devices <= problem.fleet[0].count:
        raise InfeasibleError(f"the plan takes {max(count, 1) * plan.devices} devices, and the fleet has {problem.fleet[0].count}", mend="use fewer replicas, or a larger fleet")
    if asked.policy == "janus":
        asked = _shared_out(asked, count)
    table, room = _apart(problem, plan, asked) if asked.policy == "janus" else _hybrid(problem, plan, asked)
    if not room.pages:
        raise InfeasibleError(f"nothing is left for the KV cache on {problem.fleet[0].device.name}: {room.short / 1e9:.1f} GB are missing", mend="use more devices or fewer bits")
    config, precision, choices = problem.config, problem.choices.precisions[0], problem.choices
    token = kv_token_bytes(config, plan, precision, range(config.layers)) * plan.tp
    limits = {"max_batch_tokens": choices.chunks[-1], "max_sequences": choices.batches[0]}
    usd = plan.devices * problem.fleet[0].usd_per_h + _beside_usd_per_h(asked)
    return Pool(Replica(table, room.kv_tokens, parameters=limits, page_tokens=room.page_tokens, kv_token_bytes=token, usd_per_h=usd, name=name), count)


def _shared_out(asked: Experts, replicas: int) -> Experts:
    """Each replica's part of the devices for experts. Raises InputError without any, InfeasibleError for more than there are."""
    stock = _expert_stock(asked)
    if asked.count * replicas > stock.count or stock.count < replicas:
        what = f"{replicas} replicas take {max(1, asked.count) * replicas} devices for experts, and --expert-fleet has {stock.count}"
        raise InfeasibleError(what, mend="use fewer --replicas or a larger --dp, or more devices for experts")
    return replace(asked, count=asked.count or stock.count // replicas)


def _expert_stock(asked: Experts) -> Stock:
    """The devices that hold experts alone, of one kind. Raises InputError."""
    if not asked.fleet:
        raise InputError("janus needs devices for the experts", mend="give --expert-fleet, such as 16xA100-80GB-SXM")
    groups, _ = fleets.read(asked.fleet)
    if len(groups) != 1:
        raise InputError("the experts' devices must be of one kind", mend="name one, such as 16xA100-80GB-SXM")
    return Stock(groups[0].device.name, groups[0].device, groups[0].count)


def _beside_usd_per_h(asked: Experts) -> float:
    """Dollars an hour of what a replica has beside the fleet's devices: those for experts, or a CPU."""
    if asked.policy == "janus":
        return asked.count * _expert_stock(asked).usd_per_h
    return Stock(asked.cpu, devices.load(asked.cpu), 1).usd_per_h


def _sized(problem: Problem, plan: Plan, asked: Experts) -> tuple[Plan, Experts]:
    """Attention groups and expert devices, as few as keep the goal. Raises InputError without one, InfeasibleError where the fleets have too few."""
    goal_s, length = problem.goals.tpot_s, problem.isl + problem.osl / 2
    if not goal_s < math.inf:
        raise InputError("how many devices it takes turns on the goal for a token", mend="give --slo tpot=50ms")
    most = _expert_stock(asked).count

    def given(attention: int, experts: int) -> tuple[Plan, Experts]:
        return replace(plan, dp=attention), replace(asked, count=experts, sequences=0)

    def table(attention: int, experts: int) -> StepTable:
        found, room = _apart(problem, *given(attention, experts))
        if room.kv_tokens < length * asked.sequences / attention:
            raise InfeasibleError("the caches don't fit", mend="use more devices")
        return found

    policy = Janus(slots=problem.config.experts, most_attention=problem.fleet[0].count // plan.tp, most_experts=most)
    sizes = janus_pools(policy, table, asked.sequences, length, goal_s)
    if sizes is None:
        what = f"no {policy.most_attention} devices for attention and {most} for experts decode {asked.sequences} sequences within {1e3 * goal_s:g} ms a token"
        raise InfeasibleError(what, mend="give larger fleets, fewer sequences, or more time")
    return given(sizes.attention, sizes.experts)


def _apart(problem: Problem, plan: Plan, asked: Experts) -> tuple[StepTable, Footprint]:
    """Attention on the fleet's devices, experts on others."""
    stock = _expert_stock(asked)
    far, count = stock.device, asked.count or stock.count
    near = _system(problem, problem.fleet[0], plan)
    fits = int(LEFT_OVER * visible_bytes(far) // (_expert_bytes(problem) * _sparse(problem.config)))
    slots = asked.slots or min(fits, problem.config.experts)
    if slots > fits or slots * count < problem.config.experts:
        held = f"{count} x {far.name} hold {fits} experts of each layer apiece"
        raise InfeasibleError(f"{held}, and {max(slots, -(-problem.config.experts // count))} are wanted", mend="use more devices, fewer --slots, or fewer bits")
    table = janus_table(near, _system(problem, stock, Plan(dp=count, ep=count)), Janus(slots=slots), bandwidth=problem.fleet[0].network, micro=asked.micro, skew=asked.skew)
    return table, _room(problem, plan, 0.0)


def _hybrid(problem: Problem, plan: Plan, asked: Experts) -> tuple[StepTable, Footprint]:
    """All on one GPU but the experts that it has no memory for."""
    if not asked.cpu or plan.devices > 1:
        raise InputError("hybrimoe is for one GPU beside a CPU", mend="give --cpu, such as x86-laptop, and a plan of one device")
    if not 0 <= asked.held <= problem.config.experts:
        raise InputError(f"a GPU holds none to all of a layer's {problem.config.experts} experts, found {asked.held}", where="--held")
    gpu: Device = problem.fleet[0].device
    cpu, whole = devices.load(asked.cpu), problem.config.experts * _expert_bytes(problem) * _sparse(problem.config)
    if whole > visible_bytes(cpu):
        raise InfeasibleError(f"all experts take {whole / 1e9:.0f} GB, and {cpu.name} has {visible_bytes(cpu) / 1e9:.0f}", mend="use fewer bits")
    where = Hybrid(gpu, cpu, asked.held, quantities.positive_bandwidth(asked.link, "bandwidth of --cpu-link"))
    table = hybrid_table(StepTable.build(_system(problem, problem.fleet[0], plan)), problem.config, problem.choices.precisions[0], where, HybriMoe(), skew=asked.skew)
    return table, _room(problem, plan, asked.held / problem.config.experts)


def _system(problem: Problem, stock: Stock, plan: Plan) -> System:
    choices = problem.choices
    engine = Engine(chunk_tokens=choices.chunks[-1], most_sequences=choices.batches[0], memory=problem.memory)
    return System(problem.config, stock.device, replace(plan, node=stock.node), choices.precisions[0], engine, Priced(problem.framework))


def _room(problem: Problem, plan: Plan, held: float) -> Footprint:
    """The memory of a device that holds a share of the experts that are its own by the plan."""
    config, choices = problem.config, problem.choices
    gone = (1 - held) * config.experts * _expert_bytes(problem) * _sparse(config) / plan.stage_devices
    told = Told(choices.chunks[-1], choices.batches[0], problem.isl + problem.osl, reserved=-gone)
    return footprint(config, problem.fleet[0].device, plan, choices.precisions[0], problem.memory, told)


def _expert_bytes(problem: Problem) -> float:
    return MATRICES * problem.config.hidden * problem.config.expert_ffn * dtypes.DTYPES[problem.choices.precisions[0].expert_weights].bits / 8


def _sparse(config: ModelConfig) -> int:
    return sum(config.is_moe_layer(layer) for layer in range(config.layers))
