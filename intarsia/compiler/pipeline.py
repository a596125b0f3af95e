"""The whole path, from what a user brings to a bundle that runs. Read this first.

    source ─▶ agent ─▶ tasks ─▶ ops ─▶ plan ─▶ pipe ─▶ bundle

Each arrow is one function from Module to Module. Nothing but the module goes along.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

from intarsia.compiler import bundle, frontends
from intarsia.errors import InputError, Where
from intarsia.ir.module import STAGES, Module

Lowering = Callable[[Module], Module]
Observer = Callable[[str, Module, float], None]
"""Called after every stage with its name, its module and the seconds it took: prints, times, dumps."""


@dataclass(frozen=True)
class Options:
    """What a compilation may be told.

    `stop_after` names a stage of `STAGES`; `start_from` is (stage, file of that stage's text); `dump_stages` is a folder.
    """

    stop_after: str | None = None
    start_from: tuple[str, Path] | None = None
    dump_stages: Path | None = None
    write_lp: Path | None = None
    time_limit_s: float | None = None
    observe: Observer | None = None


@dataclass(frozen=True)
class Inputs:
    """What the user brings: a model or an agent, and what it should run on, under which load, how well.

    `models` and `nodes` say what an agent's format has no place for: which model a model id means, what a LangGraph node is.
    """

    source: Any = None
    fleet: Any = None
    workload: Any = None
    slo: Any = None
    knobs: dict[str, Any] | None = None
    models: Mapping[str, str] | None = None
    nodes: Mapping[str, Mapping[str, Any]] | None = None


def compile_to_bundle(inputs: Inputs, directory: Path, options: Options = Options()) -> Module:
    """Compile `inputs` into a bundle at `directory`; gives the module of the last stage.

    With `options.stop_after`, no bundle is made. Raises an IntarsiaError and leaves `directory` as it was when anything fails.
    """
    bundle.check_target(directory)
    module, stages = lower(inputs, options)
    if options.stop_after is None:
        bundle.write(module, stages, directory)
    return module


def lower(inputs: Inputs, options: Options = Options()) -> tuple[Module, dict[str, str]]:
    """Every stage up to `options.stop_after`: the last module, and the text of each stage on the way."""
    _check(inputs, options)
    texts: dict[str, str] = {}
    module = _first(inputs, options, texts)
    for stage, lowering in lowerings(options):
        if module.stage == options.stop_after:
            break
        if STAGES.index(stage) > STAGES.index(module.stage):
            module = _observed(stage, partial(lowering, module), options, texts)
    return module, texts


def lowerings(options: Options = Options()) -> list[tuple[str, Lowering]]:
    """The stages after the first, each with the function that makes it from the one before."""
    from intarsia.codegen import backends
    from intarsia.compiler import agent_plan
    from intarsia.ir.passes import to_ops, to_tasks

    return [
        ("tasks", to_tasks.run),  # what each node of the graph needs: prefill, decode, tools, with formulas of flops and bytes
        ("ops", to_ops.run),  # each phase of each model as operators
        ("plan", lambda module: agent_plan.program(module, options.write_lp, options.time_limit_s)),  # where, how precise, how batched, at which offsets
        ("pipe", backends.to_pipe),  # kernels over buffers in order, for one device
    ]


def _first(inputs: Inputs, options: Options, texts: dict[str, str]) -> Module:
    if options.start_from is not None:
        stage, file = options.start_from
        return _observed(stage, lambda: _reload(stage, file), options, texts)
    given = {field.name: getattr(inputs, field.name) for field in fields(inputs)}
    return _observed("agent", partial(frontends.load, **given), options, texts)


def _reload(stage: str, file: Path) -> Module:
    module = Module.load(file)
    if module.stage != stage:
        raise InputError(f"the file holds the stage {module.stage or 'none'!r}, not {stage!r}", where=Where(str(file)), mend=f"pass --start-from {module.stage or 'agent'} {file}")
    return module


def _observed(stage: str, make: Callable[[], Module], options: Options, texts: dict[str, str]) -> Module:
    """Run one lowering, verify its module, and show it to whoever watches."""
    began = time.perf_counter()
    module = make().verify(f"stage {stage}")
    seconds = time.perf_counter() - began
    texts[stage] = str(module)
    if options.dump_stages is not None:
        bundle.write_stages(texts, options.dump_stages)
    if options.observe is not None:
        options.observe(stage, module, seconds)
    return module


def _check(inputs: Inputs, options: Options) -> None:
    """Raises InputError for a stage that isn't one, and for what could have no effect."""
    first = options.start_from[0] if options.start_from else STAGES[0]
    last = options.stop_after or STAGES[-1]
    for name in (first, last):
        if name not in STAGES:
            raise InputError(f"there is no stage {name!r}", mend=f"stages are {', '.join(STAGES)}")
    if STAGES.index(last) < STAGES.index(first):
        raise InputError(f"there is nothing to do from the stage {first} to {last}, which comes before it", mend=f"stages are {', '.join(STAGES)}")
    given = [field.name for field in fields(inputs) if getattr(inputs, field.name) is not None]
    if options.start_from is not None and given:
        raise InputError(f"{', '.join(given)} can't be given with the text of a stage, which holds them", mend="edit them in the text")
