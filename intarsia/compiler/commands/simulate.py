"""`intarsia simulate`: what users would see of one given plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intarsia.compiler import units
from intarsia.compiler.commands import console, options

if TYPE_CHECKING:
    from intarsia.planner.simulate import Report


def _ms(value: Any) -> str:
    return f"{value:,.1f}"


COLUMNS: tuple[console.Column, ...] = (
    ("milliseconds", "metric", units.words), ("mean", "mean", _ms), ("p50", "p50", _ms), ("p90", "p90", _ms), ("p95", "p95", _ms), ("p99", "p99", _ms), ("most", "max", _ms),
)  # fmt: skip
TIER = "Slower memory of a replica for KV caches, such as 200GB@50GB/s; several, the fastest first."
CLASSES: tuple[console.Column, ...] = (
    ("class", "class", units.words), ("requests", "requests", lambda value: f"{value:,}"), ("TTFT p50", "ttft_p50", _ms), ("p99", "ttft_p99", _ms), ("TPOT p50", "tpot_p50", _ms),
    ("p99", "tpot_p99", _ms), ("end to end p50", "e2e_p50", _ms), ("p99", "e2e_p99", _ms), ("goals kept", "met", lambda value: f"{value:.1%}"),
)  # fmt: skip


def command(
    source: Annotated[str, typer.Argument(metavar="MODEL", help="A model: config.json, Hugging Face directory or .gguf file.")],
    context: typer.Context,
    fleet: Annotated[str, typer.Option(help="Devices of one kind, such as 8xH100-SXM.")],
    workload: Annotated[str, typer.Option(help="A trace (.csv, .jsonl), a workload file, or text such as 'rate=2/s,prompt_tokens=400,output_tokens=128'.")],
    slo: options.Slo = None,
    rate: Annotated[str | None, typer.Option(metavar="RATE", help="The workload's arrivals at another rate, such as 8/s.")] = None,
    users: Annotated[int, typer.Option(min=0, help="A closed loop of so many users, each of whom sends the next request after an answer; 0: arrivals as they are.")] = 0,
    tp: Annotated[int, typer.Option(min=1, help="Devices that share each layer's heads and columns.")] = 1,
    pp: Annotated[int, typer.Option(min=1, help="Pipeline stages.")] = 1,
    dp: Annotated[int, typer.Option(min=1, help="Attention groups of a replica that run in lock-step.")] = 1,
    ep: Annotated[int, typer.Option(min=1, help="Groups that hold different experts.")] = 1,
    cp: Annotated[int, typer.Option(min=1, help="Devices of each --tp group that share a sequence's KV cache out, instead of copies.")] = 1,
    replicas: Annotated[int, typer.Option(min=0, help="Copies of the model; 0: as many as the fleet has devices for.")] = 0,
    prefills: Annotated[int, typer.Option(min=0, help="Replicas that only prefill; needs --decodes.")] = 0,
    decodes: Annotated[int, typer.Option(min=0, help="Replicas that only decode; needs --prefills.")] = 0,
    router: Annotated[str, typer.Option(help="round_robin, least_loaded, prefix_aware or slo_aware.")] = "least_loaded",
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
    cpu: Annotated[str, typer.Option(metavar="NAME", help="hybrimoe: the CPU, which has all experts.")] = "",
    held: Annotated[int, typer.Option(min=0, help="hybrimoe: experts of each layer that the GPU holds.")] = 0,
    cpu_link: Annotated[str, typer.Option("--cpu-link", metavar="BW", help="hybrimoe: bandwidth between CPU and GPU.")] = "25GB/s",
    skew: Annotated[float, typer.Option(min=0.0, help="How unevenly tokens draw experts: by rank ** -skew.")] = 0.8,
    as_json: console.Json = False,
) -> None:
    """Simulate one plan of a model on its workload, and print what users would see.

    Predictions only: the devices need not be here. `intarsia plan` looks for the best plan.
    """
    from intarsia.compiler import simulation
    from intarsia.compiler.cluster_simulation import Cluster
    from intarsia.compiler.expert_simulation import Experts
    from intarsia.compiler.serving_plan import Asked
    from intarsia.cost_models.serving.shapes import Plan

    options.refuse_empty(fleet=fleet, workload=workload)
    _refuse_clashes(context, rate, users, precision)
    asked = Asked(
        source, fleet, workload, slo, precision=precision, engine=serving_engine, draft=draft, acceptance=acceptance, draft_tokens=draft_tokens,
        max_sequences=max_sequences, chunk_tokens=chunk_tokens, rate=options.rate(rate), policies=(policy,),
    )  # fmt: skip
    on_experts = Experts(experts, expert_fleet, slots, cpu, held, cpu_link, skew, micro) if experts else None
    on_cluster = Cluster(cluster, options.parameters(cluster_param)) if cluster else None
    given = simulation.Given(
        Plan(tp, pp, dp, ep), replicas, prefills, decodes, policy, options.parameters(param), router, users, on_experts, on_cluster, cp, tuple(kv_tier or ()),
    )  # fmt: skip
    with console.progress("simulating"):
        found = simulation.run(asked, given)
    for note in found.notes:
        console.say(f"note: {note}")
    if as_json:
        print(json.dumps(found.report.to_dict(), indent=1))
        return
    console.table(found.report.rows(), COLUMNS, as_json=False)
    if found.report.kinds:
        print()
        console.table(_by_class(found.report), CLASSES, as_json=False)
    print("\n".join(["", *_lines(found.report)]))


ONLY_WITH: dict[str, dict[str, tuple[str, ...]]] = {
    "experts": {"janus": ("expert_fleet", "slots", "micro"), "hybrimoe": ("cpu", "held", "cpu_link"), "": ("skew",)},
    "cluster": {"": ("cluster_param",)}, "draft": {"": ("acceptance", "draft_tokens")},
}  # fmt: skip
"""Options that say nothing without another one: by that one and its value (empty: any)."""


def _refuse_clashes(context: typer.Context, rate: str | None, users: int, precision: str) -> None:
    """Raises InputError for options that would be left aside in silence."""
    from intarsia.errors import InputError

    for leader, by_value in ONLY_WITH.items():
        for value, followers in by_value.items():
            told = [name for name in followers if options.was_given(context, name)]
            if told and (not (chosen := context.params[leader]) or (value and chosen != value)):
                raise InputError(f"{_option(told[0])} is about {_option(leader)}{f' {value}' if value else ''}", mend=f"give that, or leave {_option(told[0])} out")
    if users and rate:
        raise InputError("--users send a request after each answer, and --rate is about arrivals", mend="give one of them")
    if "," in precision:
        raise InputError(f"one plan has one precision, found {precision!r}", mend="give one, such as bf16 or f8/f8")


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _by_class(report: Report) -> list[console.Row]:
    return [
        {
            "class": kind, "requests": each.requests, "met": each.met,
            **{f"{name}_{at}": 1000 * getattr(getattr(each, f"{name}_s"), at) for name in ("ttft", "tpot", "e2e") for at in ("p50", "p99")},
        }
        for kind, each in report.kinds.items()
    ]  # fmt: skip


def _lines(report: Report) -> list[str]:
    """What the table of latencies doesn't say."""
    found, spent = report.latency, report.resources
    lines = [
        f"{found.requests} requests in {report.duration_s:,.1f} s: {report.requests_per_s:,.2f} requests/s, {report.output_tokens_per_s:,.0f} output tokens/s",
        f"goals kept by {found.met:.1%} of requests, {found.goodput_per_s:,.2f} a second",
        f"devices: {spent.busy:.0%} of the time in steps, {spent.compute:.0%} at peak arithmetic, {spent.memory:.0%} at peak bandwidth, {spent.network:.0%} in collectives",
        f"KV cache: {spent.kv_mean:.0%} used, {spent.kv_peak:.0%} at most; {spent.prefix_hits:.0%} of prompt tokens found there; {spent.preemptions} preemptions",
        f"energy: {spent.joules / 3.6e6:,.2f} kWh" + (f"; money: ${spent.dollars:,.2f}" if spent.dollars else ""),
    ]
    if spent.moved_bytes:
        lines.append(f"KV caches moved between memories and replicas: {units.size(spent.moved_bytes)}")
    return lines
