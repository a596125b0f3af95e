"""`intarsia simulate`: what users would see of one given plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intarsia.compiler import units
from intarsia.compiler.commands import console, options

if TYPE_CHECKING:
    from intarsia.compiler.serving_plan import Asked
    from intarsia.compiler.shared_simulation import Sharing
    from intarsia.compiler.simulation import Given, Simulated
    from intarsia.planner.simulate import Report
    from intarsia.planner.simulate.metrics import Latency


def _ms(value: Any) -> str:
    return f"{value:,.1f}"


COLUMNS: tuple[console.Column, ...] = (
    ("milliseconds", "metric", units.words), ("mean", "mean", _ms), ("p50", "p50", _ms), ("p90", "p90", _ms), ("p95", "p95", _ms), ("p99", "p99", _ms), ("most", "max", _ms),
)  # fmt: skip
MODELS = "A model: config.json, Hugging Face directory or .gguf file. Several share the fleet; NAME=MODEL says what requests call one."
ROUTER = "round_robin, least_loaded, prefix_aware, slo_aware or weights_aware. Default: least_loaded; of models that share devices weights_aware."
SEVERAL = "Several models: "
TIER = "Slower memory of a replica for KV caches, such as 200GB@50GB/s; several, the fastest first."
LATENCIES: tuple[console.Column, ...] = (
    ("requests", "requests", lambda value: f"{value:,}"), ("TTFT p50", "ttft_p50", _ms), ("p99", "ttft_p99", _ms), ("TPOT p50", "tpot_p50", _ms),
    ("p99", "tpot_p99", _ms), ("end to end p50", "e2e_p50", _ms), ("p99", "e2e_p99", _ms), ("goals kept", "met", lambda value: f"{value:.1%}"),
)  # fmt: skip


def _share(value: Any) -> str:
    return f"{value:.0%}"


CLASSES: tuple[console.Column, ...] = (("class", "class", units.words), *LATENCIES)
MODEL_LATENCIES: tuple[console.Column, ...] = (("model", "model", units.words), *LATENCIES)
SWITCHING: tuple[console.Column, ...] = (
    ("model", "model", units.words), ("weights came", "loads", lambda value: f"{value:,} times"), ("taking", "load_s", units.seconds),
    ("waited for a turn and for weights", "waited_s", units.seconds),
)  # fmt: skip
POOLS: tuple[console.Column, ...] = (
    ("pool", "pool", units.words), ("in steps", "busy", _share), ("peak arithmetic", "compute", _share), ("peak bandwidth", "memory", _share), ("KV cache used", "kv_mean", _share),
    ("at most", "kv_peak", _share), ("energy", "joules", lambda value: f"{value / 3.6e6:,.3f} kWh"),
)  # fmt: skip


def command(
    sources: Annotated[list[str], typer.Argument(metavar="MODEL...", help=MODELS)],
    context: typer.Context,
    fleet: Annotated[str, typer.Option(help="Devices of one kind, such as 8xH100-SXM.")],
    workload: Annotated[str, typer.Option(help="A trace (.csv, .jsonl), a workload file, or text such as 'rate=2/s,prompt_tokens=400,output_tokens=128'.")],
    slo: options.Slo = None,
    rate: Annotated[str | None, typer.Option(metavar="RATE", help="The workload's arrivals at another rate, such as 8/s.")] = None,
    users: Annotated[int, typer.Option(min=0, help="A closed loop of so many users, each of whom sends the next request after an answer; 0: arrivals as they are.")] = 0,
    patience: Annotated[float, typer.Option(min=0.0, metavar="S", help="Seconds after which --users give up what waits; they send it, and what missed its goals, again.")] = 0.0,
    tp: Annotated[int, typer.Option(min=1, help="Devices that share each layer's heads and columns.")] = 1,
    pp: Annotated[int, typer.Option(min=1, help="Pipeline stages.")] = 1,
    dp: Annotated[int, typer.Option(min=1, help="Attention groups of a replica that run in lock-step.")] = 1,
    ep: Annotated[int, typer.Option(min=1, help="Groups that hold different experts.")] = 1,
    cp: Annotated[int, typer.Option(min=1, help="Devices of each --tp group that share a sequence's KV cache out, instead of copies.")] = 1,
    replicas: Annotated[int, typer.Option(min=0, help="Copies of the model; 0: as many as the fleet has devices for.")] = 0,
    prefills: Annotated[int, typer.Option(min=0, help="Replicas that only prefill; needs --decodes.")] = 0,
    decodes: Annotated[int, typer.Option(min=0, help="Replicas that only decode; needs --prefills.")] = 0,
    encodes: Annotated[int, typer.Option(min=0, help="Devices that only encode images; 0: images are encoded beside prefill.")] = 0,
    encode_with: Annotated[str, typer.Option("--encode-with", metavar="STAGE", help="Without --encodes: images are encoded by who does prefill, or decode.")] = "prefill",
    image_size: Annotated[str, typer.Option("--image-size", metavar="WxH", help="Width and height of the workload's images in pixels.")] = "1280x720",
    router: Annotated[str, typer.Option(help=ROUTER)] = "",
    policy: Annotated[str, typer.Option(help="The scheduling policy of each replica.")] = "fcfs_chunked_prefill",
    param: options.Param = None,
    precision: Annotated[str, typer.Option(help="Type of weights, and after a stroke that of the KV cache: stored, bf16, f8/f8...")] = "stored",
    chunk_tokens: Annotated[int, typer.Option("--chunk-tokens", min=1, help="Most tokens of a step.")] = 8192,
    max_sequences: Annotated[int, typer.Option("--max-sequences", min=1, help="Most sequences of a step.")] = 256,
    serving_engine: Annotated[str, typer.Option("--serving-engine", metavar="E", help="Whose memory rules and kernels count: vllm, trtllm or sglang.")] = "vllm",
    draft: Annotated[str | None, typer.Option(metavar="MODEL", help="A draft model for speculative decoding.")] = None,
    acceptance: Annotated[float, typer.Option(help="The chance that a drafted token is taken.")] = 0.7,
    draft_tokens: Annotated[int, typer.Option("--draft-tokens", min=1, help="Tokens that are drafted at a time.")] = 4,
    kv_tier: Annotated[list[str] | None, typer.Option("--kv-tier", metavar="SIZE@BW", help=TIER)] = None,
    cluster: Annotated[str | None, typer.Option(metavar="P", help="A policy on the cluster: llumnix (running requests migrate) or xllm (replicas turn between stages).")] = None,
    cluster_param: Annotated[list[str] | None, typer.Option("--cluster-param", metavar="NAME=VALUE", help="A parameter of it; may be given several times.")] = None,
    experts: Annotated[str | None, typer.Option(metavar="P", help="A policy on experts: janus (on devices of their own) or hybrimoe (between one GPU and a CPU).")] = None,
    expert_fleet: Annotated[str, typer.Option("--expert-fleet", metavar="F", help="janus: devices that hold experts alone, such as 16xA100-80GB-SXM.")] = "",
    slots: Annotated[int, typer.Option(min=0, help="janus: experts of each layer that one of them holds; 0: as many as fit.")] = 0,
    micro: Annotated[int, typer.Option(min=1, help="janus: batches under way between attention and experts.")] = 3,
    sequences: Annotated[int, typer.Option(min=0, help="janus: as few devices of both fleets as decode so many sequences within --slo tpot; 0: as --dp and the fleets say.")] = 0,
    cpu: Annotated[str, typer.Option(metavar="NAME", help="hybrimoe: the CPU, which has all experts.")] = "",
    held: Annotated[int, typer.Option(min=0, help="hybrimoe: experts of each layer that the GPU holds.")] = 0,
    cpu_link: Annotated[str, typer.Option("--cpu-link", metavar="BW", help="hybrimoe: bandwidth between CPU and GPU.")] = "25GB/s",
    skew: Annotated[float, typer.Option(min=0.0, help="How unevenly tokens draw experts: by rank ** -skew.")] = 0.8,
    weights_room: Annotated[str, typer.Option("--weights-room", metavar="SIZE", help=f"{SEVERAL}room of a device for weights. Default: what leaves a fifth for caches.")] = "",
    weights_link: Annotated[str, typer.Option("--weights-link", metavar="BW", help=f"{SEVERAL}how fast a device takes weights. Default: its link to the host.")] = "",
    weights_memory: Annotated[str, typer.Option("--weights-memory", metavar="SIZE@BW", help=f"{SEVERAL}the host's memory for weights, a device, and its disk.")] = "",
    quantum: Annotated[str, typer.Option(metavar="S", help=f"{SEVERAL}how long one runs while others wait. Default: 1s where weights come and go, else an iteration.")] = "",
    split: Annotated[str, typer.Option(metavar="N,N", help=f"{SEVERAL}so many replicas of each, on devices of their own.")] = "",
    as_json: console.Json = False,
) -> None:
    """Simulate one plan of a model, or of several, on its workload, and print what users would see.

    Predictions only: the devices need not be here. `intarsia plan` looks for the best plan.
    """
    options.refuse_empty(fleet=fleet, workload=workload)
    _refuse_clashes(context)
    with console.progress("simulating"):
        found = _simulated(context.params)
    for note in found.notes:
        console.say(f"note: {note}")
    if as_json:
        print(json.dumps(found.report.to_dict(), indent=1))
    else:
        _show(found.report)


def _simulated(told: dict[str, Any]) -> Simulated:
    """One model, or several."""
    from intarsia.compiler import shared_simulation, simulation

    if len(told["sources"]) > 1:
        return shared_simulation.run(_asked(told), told["sources"], _given(told), _sharing(told))
    return simulation.run(_asked(told), _given(told))


def _asked(told: dict[str, Any]) -> Asked:
    """What is served, where, and under which load."""
    from intarsia.compiler.serving_plan import Asked

    names = ("fleet", "workload", "slo", "precision", "draft", "acceptance", "draft_tokens", "max_sequences", "chunk_tokens", "image_size")
    return Asked(told["sources"][0], engine=told["serving_engine"], rate=options.rate(told["rate"]), policies=(told["policy"],), **{name: told[name] for name in names})


def _given(told: dict[str, Any]) -> Given:
    """The plan."""
    from intarsia.compiler.cluster_simulation import Cluster
    from intarsia.compiler.expert_simulation import Experts
    from intarsia.compiler.simulation import Given
    from intarsia.cost_models.serving.shapes import Plan

    asked_for = ("slots", "cpu", "held", "cpu_link", "skew", "micro", "sequences")
    on_experts = Experts(told["experts"], told["expert_fleet"], *(told[name] for name in asked_for)) if told["experts"] else None
    on_cluster = Cluster(told["cluster"], options.parameters(told["cluster_param"])) if told["cluster"] else None
    names = ("replicas", "prefills", "decodes", "encodes", "encode_with", "policy", "router", "users", "cp")
    return Given(
        Plan(*(told[name] for name in ("tp", "pp", "dp", "ep"))), parameters=options.parameters(told["param"]), experts=on_experts, cluster=on_cluster, patience_s=told["patience"],
        tiers=tuple(told["kv_tier"] or ()), **{name: told[name] for name in names},
    )  # fmt: skip


def _sharing(told: dict[str, Any]) -> Sharing:
    """How several models share devices."""
    from intarsia.compiler.frontends import quantities
    from intarsia.compiler.shared_simulation import Sharing
    from intarsia.errors import InputError

    try:
        quantum_s = quantities.seconds(told["quantum"]) if told["quantum"] else -1.0
        split = tuple(int(part) for part in told["split"].split(",")) if told["split"] else ()
    except ValueError as error:
        raise InputError(f"--quantum or --split can't be read: {error}", mend="write them as 500ms and 2,1") from None
    return Sharing(told["weights_room"], told["weights_link"], quantum_s, told["weights_memory"], split)


ONLY_WITH: dict[str, dict[str, tuple[str, ...]]] = {
    "experts": {"janus": ("expert_fleet", "slots", "micro", "sequences"), "hybrimoe": ("cpu", "held", "cpu_link"), "": ("skew",)},
    "cluster": {"": ("cluster_param",)}, "draft": {"": ("acceptance", "draft_tokens")}, "users": {"": ("patience",)},
}  # fmt: skip
"""Options that say nothing without another one: by that one and its value (empty: any)."""
OF_SEVERAL = ("weights_room", "weights_link", "weights_memory", "quantum", "split")
"""Those that say nothing of one model."""


def _refuse_clashes(context: typer.Context) -> None:
    """Raises InputError for options that would be left aside in silence."""
    from intarsia.errors import InputError

    if len(context.params["sources"]) < 2:
        options.refuse_idle(context, OF_SEVERAL, "it is about several models on one fleet", "name them all, or leave it out")
    for leader, by_value in ONLY_WITH.items():
        for value, followers in by_value.items():
            told = [name for name in followers if options.was_given(context, name)]
            if told and (not (chosen := context.params[leader]) or (value and chosen != value)):
                raise InputError(f"{_option(told[0])} is about {_option(leader)}{f' {value}' if value else ''}", mend=f"give that, or leave {_option(told[0])} out")
    if context.params["users"] and context.params["rate"]:
        raise InputError("--users send a request after each answer, and --rate is about arrivals", mend="give one of them")
    if "," in context.params["precision"]:
        raise InputError(f"one plan has one precision, found {context.params['precision']!r}", mend="give one, such as bf16 or f8/f8")


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _show(report: Report) -> None:
    """Tables, and what they don't say."""
    console.table(report.rows(), COLUMNS, as_json=False)
    tables = ((_latencies("class", report.kinds), CLASSES), (_latencies("model", report.models), MODEL_LATENCIES), (_switching(report), SWITCHING), (_by_pool(report), POOLS))
    for rows, columns in tables:
        if rows:
            print()
            console.table(rows, columns, as_json=False)
    print("\n".join(["", *_lines(report)]))


def _by_pool(report: Report) -> list[console.Row]:
    return [
        {"pool": name, "busy": each.busy, "compute": each.compute, "memory": each.memory, "kv_mean": each.kv_mean, "kv_peak": each.kv_peak, "joules": each.joules}
        for name, each in report.pools.items()
    ]  # fmt: skip


def _switching(report: Report) -> list[console.Row]:
    return [{"model": name, "loads": each.loads, "load_s": each.load_s, "waited_s": each.waited_s} for name, each in report.switching.items()]


def _latencies(what: str, found: dict[str, Latency]) -> list[console.Row]:
    """One row a class, or a model."""
    return [
        {
            what: kind, "requests": each.requests, "met": each.met,
            **{f"{name}_{at}": 1000 * getattr(getattr(each, f"{name}_s"), at) for name in ("ttft", "tpot", "e2e") for at in ("p50", "p99")},
        }
        for kind, each in found.items()
    ]  # fmt: skip


def _money(dollars: float) -> str:
    """Cents where there are any; what is less than a dollar to more digits."""
    return f"${dollars:,.2f}" if dollars >= 1 else units.dollars(dollars)


def _lines(report: Report) -> list[str]:
    """What the table of latencies doesn't say."""
    found, spent = report.latency, report.resources
    lines = [
        f"{found.requests} requests in {report.duration_s:,.1f} s: {report.requests_per_s:,.2f} requests/s, {report.output_tokens_per_s:,.0f} output tokens/s",
        f"goals kept by {found.met:.1%} of requests, {found.goodput_per_s:,.2f} a second",
        f"devices: {spent.busy:.0%} of the time in steps, {spent.compute:.0%} at peak arithmetic, {spent.memory:.0%} at peak bandwidth, {spent.network:.0%} in collectives",
        f"KV cache: {spent.kv_mean:.0%} used, {spent.kv_peak:.0%} at most; {spent.prefix_hits:.0%} of prompt tokens found there; {spent.preemptions} preemptions",
        f"energy: {spent.joules / 3.6e6:,.2f} kWh" + (f"; money: {_money(spent.dollars)}" if spent.dollars else ""),
    ]
    if report.switching:
        lines.append(f"weights: taken from slower memory {spent.weight_loads:,} times; {spent.weights_peak:.0%} of the room for them in use at most")
    if (tries := report.requests.tries).max() > 1:
        lines.append(f"requests were sent {tries.mean():.1f} times until they kept their goals, {tries.max()} times at most; latencies are those of the last time")
    if spent.moved_bytes:
        lines.append(f"KV caches moved between memories and replicas: {units.size(spent.moved_bytes)}")
    return lines
