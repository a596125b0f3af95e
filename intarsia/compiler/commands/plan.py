"""`intarsia plan`: the ranked plans of a model or an agent, and why the first one won."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intarsia import whole_file
from intarsia.compiler.commands import console, options
from intarsia.errors import InfeasibleError, InputError

if TYPE_CHECKING:
    from intarsia.compiler.serving_plan import Asked
    from intarsia.ir.module import Module
    from intarsia.planner.search.result import Result
    from intarsia.planner.search.search import Options

SERVING = "On accelerators: "
Find = Annotated[str, typer.Option(metavar="WHAT", help=f"{SERVING}plan, devices (the fewest), cost (the cheapest), mix (kinds side by side, too) or rate (the highest).")]
Power = Annotated[str | None, typer.Option("--power-budget", metavar="WATTS", help=f"{SERVING}most watts of all devices at full draw, such as 5kW.")]
Rate = Annotated[str | None, typer.Option(metavar="RATE", help=f"{SERVING}the workload's arrivals at another rate, such as 8/s.")]
From = Annotated[Path | None, typer.Option("--from", metavar="RESULT", help="Rank a saved result (--json) under another --slo, --rate or --objective, without a new search.")]
Policies = Annotated[str | None, typer.Option("--policy", metavar="NAMES", help=f"Scheduling policy, as `intarsia policies` lists them. {SERVING}several, with commas, are tried.")]
PARAM = f"A parameter of the policy; may be given several times. {SERVING}it is fixed then, and several values, with commas, are tried."
Params = Annotated[list[str] | None, typer.Option("--param", metavar="NAME=VALUE", help=PARAM)]
Modes = Annotated[str, typer.Option("--modes", metavar="MODES", help=f"{SERVING}aggregated, disaggregated, or both with a comma.")]
Engine = Annotated[str, typer.Option("--serving-engine", metavar="E", help=f"{SERVING}whose memory rules and kernels count: vllm, trtllm or sglang.")]
Runner = Annotated[str, typer.Option("--engine", metavar="E", help=f"{SERVING}where simulations run: processes, serial or ray.")]
Simulations = Annotated[int, typer.Option(min=0, help=f"{SERVING}most plans to simulate, beside other policies and routers for the best; 0: until the rest are proven no better.")]
Seconds = Annotated[float, typer.Option(min=0, help=f"{SERVING}seconds after which the best so far is taken; 0: no limit.")]
DraftModel = Annotated[str | None, typer.Option("--draft", metavar="MODEL", help=f"{SERVING}a draft model for speculative decoding, tried beside none.")]
Acceptance = Annotated[float, typer.Option(help=f"{SERVING}the chance that a drafted token is taken.")]
DraftTokens = Annotated[int, typer.Option(min=1, help=f"{SERVING}tokens that are drafted at a time.")]
ImageSize = Annotated[str, typer.Option("--image-size", metavar="WxH", help=f"{SERVING}width and height of the workload's images in pixels.")]
Report = Annotated[Path | None, typer.Option("--report", metavar="FILE.html", help=f"{SERVING}write a page where plans are compared, and ranked anew under other goals.")]
Launch = Annotated[Path | None, typer.Option("--launch", metavar="DIR", help=f"{SERVING}write the plan's launch files for a serving engine.")]
LaunchEngine = Annotated[str, typer.Option("--engine-files", metavar="E", help=f"{SERVING}whose launch files: vllm, sglang, trtllm, rayserve, dynamo. Default: --serving-engine.")]
Rank = Annotated[int, typer.Option("--rank", min=1, metavar="N", help=f"{SERVING}write the launch files of the plan of this rank.")]
FLEETS = "Agents on mixed fleets: "
WriteLp = Annotated[Path | None, typer.Option("--write-lp", metavar="FILE", help="Write the integer program in LP format.")]
TimeLimit = Annotated[float | None, typer.Option("--time-limit", metavar="S", min=0.0, help="Seconds of an integer program, after which the best so far is taken. Default: 30.")]
Pareto = Annotated[int, typer.Option("--pareto", metavar="N", min=0, help=f"{FLEETS}so many placements between the best objective and the least latency.")]
Chunk = Annotated[int | None, typer.Option("--chunk-tokens", min=1, help=f"{SERVING}most tokens of a step. Default: several are tried.")]


BY_SEARCH = (
    "find", "power_budget", "modes", "serving_engine", "chunk_tokens", "draft", "acceptance", "draft_tokens", "robust", "explain", "engine", "simulations", "seconds",
    "image_size",
)  # fmt: skip
BY_PROGRAM = ("threads", "context", "write_lp", "time_limit", "pareto")
OF_ONE = (
    "find", "power_budget", "draft", "acceptance", "draft_tokens", "robust", "explain", "engine", "objective", "launch", "param", *BY_PROGRAM,
)  # fmt: skip
SAVED = ("sources", "fleet", "workload", "precision", "max_sequences", "policy", "param", *BY_SEARCH, *BY_PROGRAM)
"""Options that one way of planning takes and the others don't: the search, the integer programs, one model alone; the last, those that are in a saved result already."""


def command(
    words: typer.Context,
    sources: Annotated[list[str] | None, typer.Argument(metavar="SOURCE...", help=f"{options.SOURCE} Several models, each as NAME=MODEL, share the fleet.")] = None,
    fleet: options.Fleet = None,
    workload: options.Workload = None,
    slo: options.Slo = None,
    threads: options.Threads = None,
    precision: options.Precision = None,
    objective: options.Objective = None,
    image_size: ImageSize = "1280x720",
    context: options.Context = None,
    max_sequences: options.Sequences = None,
    policy: Policies = None,
    param: Params = None,
    top: Annotated[int, typer.Option(min=1, help="How many plans to rank.")] = 8,
    find: Find = "plan",
    power_budget: Power = None,
    rate: Rate = None,
    saved: From = None,
    modes: Modes = "aggregated,disaggregated",
    serving_engine: Engine = "vllm",
    chunk_tokens: Chunk = None,
    draft: DraftModel = None,
    acceptance: Acceptance = 0.7,
    draft_tokens: DraftTokens = 4,
    robust: Annotated[bool, typer.Option("--robust", help=f"{SERVING}what plans lose with costs 20 % off and in bursts of twice the rate.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help=f"{SERVING}what each rule excluded.")] = False,
    engine: Runner = "processes",
    simulations: Simulations = 12,
    seconds: Seconds = 0.0,
    write_lp: WriteLp = None,
    time_limit: TimeLimit = None,
    pareto: Pareto = 0,
    report: Report = None,
    launch: Launch = None,
    engine_files: LaunchEngine = "",
    rank: Rank = 1,
    as_json: console.Json = False,
) -> None:
    """Rank the plans, and say why the first won.

    Predictions only: no code is generated, so the devices need not be here. A model on a fleet of accelerators is simulated on its workload;
    agents, and models on CPUs, are planned by an integer program; an agent on devices of several kinds is placed task by task.
    """
    from intarsia.compiler import serving_plan

    source = sources[0] if sources else None
    options.refuse_empty(source=source, fleet=fleet, workload=workload, precision=precision, objective=objective, policy=policy)
    shown = Shown(top, as_json, report, launch, engine_files, rank)
    _check_files(shown)
    if saved is not None:
        options.refuse_idle(words, SAVED, "a saved result says that itself", "leave it out, or search anew without --from")
        again = serving_plan.again(saved, slo, options.rate(rate), objective)
        _show(again.result, shown)
        if again.infeasible:
            raise InfeasibleError(again.infeasible)
        return
    if source is None:
        raise InputError("give a SOURCE or --from RESULT", mend="for example: intarsia plan config.json --fleet 8xH100-SXM --workload trace.csv")
    if sources and len(sources) > 1:
        _several(words, sources, shown)
    elif serving_plan.served(source, fleet):
        _served(words, source, shown)
    else:
        _by_program(words, source, shown)


def _several(words: typer.Context, sources: list[str], shown: Shown) -> None:
    """Where several models go on accelerators."""
    from intarsia.compiler import serving_plan, shared_plan
    from intarsia.compiler.report import serving_rows

    options.refuse_idle(words, OF_ONE, "it is about one model", "leave it out, or `intarsia simulate` a placement of your own")
    told = words.params
    asked = serving_plan.Asked(policies=(told["policy"] or serving_plan.POLICIES[0],), modes=_names(told["modes"]), **_load(told))
    options.refuse_empty(fleet=asked.fleet, workload=asked.workload)
    with console.bar("placing") as update:
        found = shared_plan.answer(asked, sources, update, told["simulations"], told["seconds"])
    for note in found.notes:
        console.say(f"note: {note}")
    if shown.report:
        from intarsia.compiler.report import placements  # which loads templates

        placements.write(found, shown.report)
        console.say(f"report  {shown.report}")
    rows = [{"rank": place, **each.row()} for place, each in enumerate(found.placed[: shown.top], 1)]
    console.table(rows, serving_rows.PLACEMENTS, as_json=shown.as_json)
    if not shown.as_json:
        print("\n" + "\n".join(map(str, found.placed[0].parts)))
    if found.infeasible:
        raise InfeasibleError(found.infeasible)


def _load(told: dict[str, Any]) -> dict[str, Any]:
    """What is asked of models on accelerators, one or several: where, under which load, and by whose rules."""
    names = ("slo", "precision", "max_sequences", "chunk_tokens", "image_size")
    whole = {"fleet": told["fleet"] or "", "workload": told["workload"] or "", "engine": told["serving_engine"], "rate": options.rate(told["rate"])}
    return whole | {name: told[name] for name in names}


def _served(words: typer.Context, source: str, shown: Shown) -> None:
    """A model on accelerators: by the search."""
    from intarsia.compiler import serving_plan
    from intarsia.planner.search.search import Options

    told = words.params
    options.refuse_idle(words, BY_PROGRAM, "it is about agents, and models on CPUs", "leave it out")
    if not told["draft"]:
        options.refuse_idle(words, ("acceptance", "draft_tokens"), "it is about a draft model", "give --draft, too")
    if told["explain"] and shown.as_json:
        raise InputError("--explain prints a table, and --json nothing else than JSON", mend="give one of them")
    names, policies = ("find", "draft", "acceptance", "draft_tokens", "robust"), _names(told["policy"] or "")
    asked = serving_plan.Asked(
        source, objective=told["objective"] or "", modes=_names(told["modes"]), power_w=_watts(told["power_budget"]), policies=policies or serving_plan.POLICIES,
        parameters=options.several(told["param"]), **_load(told), **{name: told[name] for name in names},
    )  # fmt: skip
    _by_search(asked, Options(told["objective"] or "", told["simulations"], seconds=told["seconds"], engine=told["engine"]), shown, told["explain"])


def _names(text: str) -> tuple[str, ...]:
    """Several, with commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _watts(text: str | None) -> float:
    """ "5kW", "700W" or a number. Raises InputError."""
    if text is None:
        return 0.0
    plain = text.strip().removesuffix("W").strip()
    scale = 1e3 if plain.lower().endswith("k") else 1e6 if plain.endswith("M") else 1.0
    try:
        watts = float(plain.rstrip("kKM")) * scale
    except ValueError:
        watts = -1.0
    if not 0 < watts < float("inf"):
        raise InputError(f"the power budget {text!r} can't be read", mend="write it as 5kW or 700W")
    return watts


@dataclass(frozen=True)
class Shown:
    """How ranked plans are shown: so many, as JSON or a table, in a page of their own, and as launch files of an engine (empty: the one that was priced) for one of them."""

    top: int
    as_json: bool
    report: Path | None
    launch: Path | None
    engine_files: str
    rank: int


def _by_search(asked: Asked, chosen: Options, shown: Shown, explain: bool) -> None:
    from intarsia.compiler import serving_plan

    with console.bar("searching") as update:
        found = serving_plan.answer(asked, chosen, update)
    _show(found.result, shown)
    if not asked.workload:
        planned = found.result
        console.say(
            f"No workload was given: planned for {planned.rate_per_s:.2g} requests a second of {planned.prompt_tokens:.0f} + {planned.output_tokens:.0f} tokens. Give --workload."
        )
    if explain and not shown.as_json:
        _explain(found.excluded)
    if found.result.interrupted:
        raise typer.Exit(console.INTERRUPTED)
    if found.infeasible:
        raise InfeasibleError(found.infeasible)


def _show(found: Result, shown: Shown) -> None:
    from intarsia.planner.search import result

    if shown.report:
        from intarsia.compiler.report import explorer  # which loads templates

        explorer.write(found, shown.report)
        console.say(f"report  {shown.report}")
    if shown.as_json:
        print(result.encode(found).decode())
    else:
        from intarsia.compiler.report import serving_rows

        rows, twins = serving_rows.told_apart(found)
        console.table(rows[: shown.top], serving_rows.columns(rows[: shown.top]), as_json=False)
        print("\n" + "\n".join([*found.why, twins] if twins else found.why))
    if shown.launch:
        _launch(found, shown.launch, shown)


def _check_files(shown: Shown) -> None:
    """Before a search rather than after it."""
    if shown.report:
        whole_file.expected(shown.report, "the report")
    if shown.launch:
        from intarsia.compiler import launch

        launch.check(shown.launch, shown.engine_files)
    elif shown.engine_files or shown.rank > 1:
        raise InputError("--engine-files and --rank are about launch files", mend="say with --launch DIR where to write them")


def _launch(found: Result, directory: Path, shown: Shown) -> None:
    from intarsia.compiler import launch

    names = launch.write(found, directory, shown.engine_files, shown.rank)
    console.say(f"launch  {directory}: {', '.join(names)}")


def _explain(excluded: list[dict[str, object]]) -> None:
    from intarsia.compiler.report import serving_rows

    print()
    console.table(excluded, serving_rows.RULES, as_json=False)


@dataclass(frozen=True)
class Output:
    """What to print, and how the integer program is solved."""

    top: int
    as_json: bool
    write_lp: Path | None
    time_limit_s: float | None
    pareto: int


def _by_program(words: typer.Context, source: str, shown: Shown) -> None:
    """An agent, or a model on CPUs. Raises InputError for what is about models on accelerators."""
    told = words.params
    if shown.report:
        raise InputError("a page of plans is written for models on accelerators", mend="leave --report out, or `intarsia compile` it: a bundle has a report of its own")
    if shown.launch:
        raise InputError("launch files are written for models on accelerators", mend="leave --launch out, or `intarsia compile` it")
    options.refuse_idle(words, BY_SEARCH, "it is about a model on accelerators alone", "leave it out, or name such a fleet")
    names = ("threads", "precision", "objective", "context", "max_sequences", "policy")
    knobs = options.knobs(parameters=options.parameters(told["param"]) or None, **{name: told[name] for name in names})
    from intarsia.compiler import agent_plan, pipeline
    from intarsia.compiler.watch import observer

    wanted, rate = Output(shown.top, shown.as_json, told["write_lp"], told["time_limit"], told["pareto"]), options.rate(told["rate"])
    with console.progress("planning") as update:
        inputs = pipeline.Inputs(source, told["fleet"], told["workload"], told["slo"], knobs)
        module, _ = pipeline.lower(inputs, pipeline.Options(stop_after="ops", observe=observer(update)))
        if rate is not None:
            agent_plan.set_rate(module, rate)
        if agent_plan.mixed(module):
            _placed(module, wanted)
        else:
            _ranked(module, wanted)


def _ranked(module: Module, wanted: Output) -> None:
    """The best plans of the program for one kind of device. Raises InfeasibleError where nothing fits."""
    from intarsia.compiler.report import rows
    from intarsia.planner import plan

    found = [asdict(summary) for summary in plan.rank(module, wanted.top, write_lp=wanted.write_lp, time_limit_s=wanted.time_limit_s)]
    console.table(rows.alternatives({"alternatives": found}), rows.ALTERNATIVES, as_json=wanted.as_json)
    if not wanted.as_json:
        print(f"\n{found[0]['why']}\nThe integer program (scaled to about 1): {found[0]['solver']}.")


def _placed(module: Module, wanted: Output) -> None:
    """An agent on a mixed fleet: its placement, or a front of them."""
    from intarsia.compiler import agent_plan
    from intarsia.planner.placement.agents import front, writing

    limits = agent_plan.limits(wanted.time_limit_s, wanted.write_lp)
    if wanted.pareto:
        found = front.pareto(writing.prepared(module).problem, writing.objective_of(module), wanted.pareto, limits)
        console.table([agent_plan.summary(each) for each in found], agent_plan.FRONT, as_json=wanted.as_json)
        return
    placed = writing.plan(module, limits)
    if wanted.as_json:
        print(json.dumps(agent_plan.summary(placed.found) | {"places": agent_plan.places(placed), "transfers": agent_plan.transfers(placed)}, indent=1))
        return
    console.table(agent_plan.places(placed), agent_plan.PLACES, as_json=False)
    if moved := agent_plan.transfers(placed):
        print()
        console.table(moved, agent_plan.TRANSFERS, as_json=False)
    print("\n" + "\n".join(agent_plan.words(placed)))
