"""`intarsia tiers`: what lives in which memory, and when it moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intarsia.compiler import units
from intarsia.compiler.commands import console, options

if TYPE_CHECKING:
    from intarsia.planner.ilp.solver import Answer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What lives in which memory (SRAM, HBM, DDR, disk), and when it moves.")
Limit = Annotated[float, typer.Option("--time-limit", metavar="S", min=0.01, help="Seconds for the solver.")]
WriteLp = Annotated[Path | None, typer.Option("--write-lp", metavar="FILE", help="Write the program to FILE, in LP format.")]


def _percent(value: Any) -> str:
    return f"{value:.2%}"


def _number(value: Any) -> str:
    return f"{value:.4g}"


TAIL: tuple[console.Column, ...] = (
    ("bound", "bound", _number), ("gap", "gap", _percent), ("baseline", "baseline", _number), ("took", "seconds", units.seconds), ("by", "solver", units.words),
)  # fmt: skip


def _row(value: float, baseline: float, answer: Answer | None, more: Mapping[str, Any]) -> console.Row:
    """What a solver found, beside a baseline."""
    facts: console.Row = {"value": value, "baseline": baseline, **more}
    if answer is None:
        return facts | {"bound": value, "gap": 0.0, "seconds": 0.0, "solver": "greedy", "notes": []}
    return facts | {"bound": answer.bound, "gap": answer.gap, "seconds": answer.seconds, "solver": answer.solver, "notes": list(answer.notes)}


def _checked(faults: Sequence[str]) -> None:
    """Raises InvalidPlan where the independent judge finds a fault, unless INTARSIA_VALIDATE is 0."""
    from intarsia import knobs

    if faults and knobs.get().validate:
        from intarsia.planner.validate import InvalidPlan

        raise InvalidPlan(f"the plan is not valid: {'; '.join(faults[:5])}", mend="please report it with what was asked")


@app.command("show")
def show(bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A bundle, or a plan.json.")], as_json: console.Json = False) -> None:
    """Where a planned model's weights, KV cache and activations live, and in which order what is not in memory is read."""
    from msgspec.structs import asdict

    from intarsia.compiler.report import rows
    from intarsia.errors import InputError, Where
    from intarsia.planner import plan_json

    path = bundle / "plan.json" if bundle.is_dir() else bundle
    try:
        plan = plan_json.decode(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read the plan: {error.strerror}", where=Where(str(path)), mend="pass a bundle that `intarsia compile` wrote") from None
    console.table(rows.tiers({"tiers": [asdict(tier) for tier in plan.tiers]}), rows.TIERS, as_json=as_json)


@app.command("offload")
def offload(
    model: Annotated[str, typer.Option(help="6.7b, 30b or 175b: the sizes of OPT; or LAYERSxHIDDENxFFNxHEADS.")] = "30b",
    prompt: Annotated[int, typer.Option(min=1, help="Tokens of each prompt.")] = 512,
    output: Annotated[int, typer.Option(min=2, help="Tokens of each answer.")] = 32,
    gpu: Annotated[str, typer.Option(help="Memory of the GPU.")] = "15GiB",
    cpu: Annotated[str, typer.Option(help="Main memory.")] = "200GiB",
    disk: Annotated[str, typer.Option(help="Room on the disk.")] = "1500GiB",
    write_lp: WriteLp = None,
    as_json: console.Json = False,
) -> None:
    """Shares of a decoder's weights, KV cache and activations on GPU, CPU and disk, for the highest throughput (FlexGen, on a T4)."""
    from dataclasses import replace

    from intarsia.planner.memory.tiers import flexgen

    host = replace(flexgen.Host(), gpu_bytes=_size(gpu), cpu_bytes=_size(cpu), disk_bytes=_size(disk))
    found = flexgen.best(_sizes(model), flexgen.Load(prompt, output), host, write_lp=write_lp)
    shares = {f"{data}_{memory}": share for (data, memory), share in found.shares.items()}
    row = _row(found.found.seconds, found.found.seconds, found.found.answer, {
        "model": model, "tokens_per_s": found.tokens_per_s, "batch": found.block.batch, "batches": found.block.batches, "programs": found.solves, **shares,
    })  # fmt: skip
    columns: tuple[console.Column, ...] = (("model", "model", units.words), ("tokens/s", "tokens_per_s", _number), ("batch", "batch", str), ("batches", "batches", str),
               *((key.replace("_", " on "), key, _percent) for key in shares if shares[key] > 1e-6), *TAIL[:2], *TAIL[3:])  # fmt: skip
    console.table([row], columns, as_json=as_json)


@app.command("models")
def models(
    count: Annotated[int, typer.Option(min=1, max=10_000, help="Models, each of Llama-2-7B's size in 16 bits.")] = 150,
    skew: Annotated[float, typer.Option(min=0.0, help="Zipf exponent of their popularity; 0: all alike.")] = 0.0,
    node: Annotated[str, typer.Option(help="sn40l, dgx-h100, dgx-a100, or all.")] = "all",
    time_limit: Limit = 60.0,
    write_lp: WriteLp = None,
    as_json: console.Json = False,
) -> None:
    """Homes of many models in HBM, DDR and on disk that make switching between them cheapest (SN40L)."""
    from intarsia.errors import InputError
    from intarsia.planner.memory.tiers import switching
    from intarsia.planner.validate.tiers import switching_problems

    nodes = {"sn40l": switching.SN40L, "dgx-h100": switching.DGX_H100, "dgx-a100": switching.DGX_A100}
    if node != "all" and node not in nodes:
        raise InputError(f"there is no node {node!r}", mend=f"nodes are {', '.join(nodes)}")
    experts = [switching.Expert(f"expert{i}", switching.LLAMA2_7B_BYTES, (i + 1.0) ** -skew) for i in range(count)]
    rows = []
    for name, machine in nodes.items():
        if node in ("all", name):
            found = switching.solve(machine, experts, time_limit_s=time_limit, write_lp=write_lp)
            _checked(switching_problems(machine, experts, found))
            homes = {memory.name: sum(home == memory.name for home in found.homes.values()) for memory in machine.memories}
            baseline = switching.greedy(machine, experts).switch_s
            facts: console.Row = {"node": name, "copy_s": switching.switch_seconds(machine, experts[0], "ddr"), "nodes_all_hbm": switching.nodes_in_fast(machine, experts), **homes}
            rows.append(_row(found.switch_s, baseline, found.answer, facts))
    console.table(rows, (("node", "node", units.words), ("in HBM", "hbm", str), ("in DDR", "ddr", str), ("on disk", "nvme", str), ("nodes for all in HBM", "nodes_all_hbm", str),
                         ("one copy", "copy_s", units.seconds), ("mean switch", "value", units.seconds), *TAIL), as_json=as_json)  # fmt: skip


@app.command("schedule")
def schedule(
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="Memories, links, steps and items (docs/memory-tiers.md).")],
    time_limit: Limit = 60.0,
    gap: Annotated[float, typer.Option(min=0.0, help="Relative gap at which to stop.")] = 1e-4,
    write_lp: WriteLp = None,
    as_json: console.Json = False,
) -> None:
    """When what moves, step by step, in a cycle that repeats; loads overlap with the work of the steps before."""
    from intarsia.errors import InfeasibleError
    from intarsia.planner.memory.tiers import files
    from intarsia.planner.memory.tiers import schedule as scheduling
    from intarsia.planner.validate.tiers import schedule_problems

    problem = files.schedule_problem(file)
    found = scheduling.solve(problem, time_limit_s=time_limit, gap=gap, write_lp=write_lp)
    _checked(schedule_problems(found))
    try:
        baseline = scheduling.greedy(problem)[1]
    except InfeasibleError:
        baseline = float("nan")
    loads = [{"item": x.item, "from": x.memory, "for_step": x.use, "during": x.during, "share": x.share} for x in found.loads]
    homes = [{"item": item, "memory": memory, "share": share} for (item, memory), share in found.homes.items() if share > 1e-7]
    facts = {"file": str(file), "steps": len(problem.steps), "items": len(problem.items), "homes": homes, "loads": loads}
    columns: tuple[console.Column, ...] = (("file", "file", units.words), ("steps", "steps", str), ("items", "items", str), ("period", "value", units.seconds), *TAIL)
    console.table([_row(found.period_s, baseline, found.answer, facts)], columns, as_json=as_json)


@app.command("experts")
def experts(
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="Speeds, capacity and visits of layers (docs/memory-tiers.md).")],
    time_limit: Limit = 60.0,
    gap: Annotated[float, typer.Option(min=0.0, help="Relative gap at which to stop.")] = 1e-2,
    write_lp: WriteLp = None,
    as_json: console.Json = False,
) -> None:
    """Experts between CPU and GPU over several steps, knowing all that comes, beside a mapping that never changes (HybriMoE)."""
    from intarsia.planner.memory.tiers import files, hybrid
    from intarsia.planner.validate.tiers import expert_problems

    problem = files.expert_problem(file)
    fixed = hybrid.fixed_mapping(problem)
    found = hybrid.solve(problem, fixed, time_limit_s=time_limit, gap=gap, write_lp=write_lp)
    _checked(expert_problems(found))
    visits = [{"gpu": list(done.gpu), "cpu": list(done.cpu), "copied": list(done.copied), "ahead": [list(pair) for pair in done.early]} for done in found.done]
    row = _row(found.total_s, fixed.total_s, found.answer, {"file": str(file), "layers": problem.layers, "steps": len(problem.steps), "visits": visits})
    columns: tuple[console.Column, ...] = (("file", "file", units.words), ("layers", "layers", str), ("steps", "steps", str), ("seconds", "value", units.seconds), *TAIL)
    console.table([row], columns, as_json=as_json)


@app.command("buffers")
def buffers(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A bundle, or the text of its stage plan.")],
    fast: Annotated[str, typer.Option(help="Size of the fast memory.")] = "1MB",
    fast_rate: Annotated[str, typer.Option(help="Its bandwidth.")] = "200GB/s",
    slow_rate: Annotated[str, typer.Option(help="Bandwidth of the memory behind it.")] = "20GB/s",
    rows: Annotated[int, typer.Option(min=0, help="Rows of a step; 0: those that were planned for.")] = 0,
    time_limit: Limit = 30.0,
    write_lp: WriteLp = None,
    as_json: console.Json = False,
) -> None:
    """Which buffers and weights of each phase sit in a fast memory, and beside which operators they are copied."""
    from intarsia.cost_models import devices
    from intarsia.ir.module import Module, attribute
    from intarsia.planner.memory.tiers import fast as planning
    from intarsia.planner.memory.tiers import programs
    from intarsia.planner.validate.tiers import residency_problems

    module, found = Module.load(_stage(bundle)), []
    room, rates = int(_size(fast)), {"fast_rate": options.bandwidth(fast_rate), "slow_rate": options.bandwidth(slow_rate)}
    for phase in (op for op in module.ops("llm.phase") if "function" not in op.attributes):
        program = programs.of_phase(module, phase, devices.local(), room=room, rows=rows, **rates)
        plan = planning.solve(program, time_limit_s=time_limit, write_lp=write_lp)
        _checked(residency_problems(plan))
        times = {"fast": plan.fast, "in": plan.copied_in, "out": plan.copied_out}
        stays = [{"buffer": b.name, "bytes": b.bytes, **{name: sorted(each[b.name]) for name, each in times.items()}} for b in program.buffers]
        facts = {"phase": attribute(phase, "sym_name"), "operators": len(program.seconds), "buffers": len(program.buffers), "stays": stays, "offsets": dict(plan.offsets)}
        found.append(_row(plan.total_s, planning.greedy(program).total_s, plan.answer, facts))
    columns: tuple[console.Column, ...] = (
        ("phase", "phase", units.words), ("operators", "operators", str), ("buffers", "buffers", str), ("seconds", "value", units.seconds), *TAIL,
    )  # fmt: skip
    console.table(found, columns, as_json=as_json)


def _stage(bundle: Path) -> Path:
    """The text of the stage plan."""
    from intarsia.errors import InputError, Where

    if bundle.is_file():
        return bundle
    found = sorted((bundle / "stages").glob("*-plan.mlir"))
    if not found:
        raise InputError("holds no stage plan", where=Where(str(bundle)), mend="pass a bundle that `intarsia compile` wrote, or a file that --stop-after plan printed")
    return found[0]


def _size(text: str) -> float:
    return float(options.size(text) or 0)


def _sizes(text: str) -> Any:
    from intarsia.errors import InputError
    from intarsia.planner.memory.tiers import flexgen

    if text in flexgen.OPT:
        return flexgen.OPT[text]
    parts = text.split("x")
    if len(parts) != 4 or not all(part.isdigit() and 0 < int(part) < 1 << 40 for part in parts):
        raise InputError(f"no sizes are known of {text!r}", mend=f"give {', '.join(flexgen.OPT)}, or LAYERSxHIDDENxFFNxHEADS such as 32x4096x16384x32")
    return flexgen.Sizes(*(int(part) for part in parts))
