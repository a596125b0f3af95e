"""Running a loaded bundle and keeping what was measured, in the shape that the report reads.

    {when, memory_bytes, runs: [run], slices: [[row, name, start_s, end_s], ...] and operators: {phase: {rows, operators}} of the first run}
    run: {input, inputs, answer, outputs, total_s, ttft_s, decode_tokens_per_s, tasks: [{name, start_s, seconds, predicted_s, tokens}]}
"""

from __future__ import annotations

import importlib.util
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intarsia import whole_file
from intarsia.compiler.report import trace_facts
from intarsia.compiler.report.facts import MEASURED
from intarsia.errors import InputError, Where

if TYPE_CHECKING:
    from intarsia.runtime.agent import AgentResult, TaskTiming
    from intarsia.runtime.engine import Engine
    from intarsia.runtime.requests import Generation

PROMPT = "prompt"
GENERATION = ("llm.prefill", "llm.decode")


def is_model(engine: Engine) -> bool:
    """Whether the bundle is that of one decoder, so that `generate` says all that its graph would."""
    agent = engine.bundle.agent
    if agent is None:
        return True
    return [node["op"] for node in agent["body"]["nodes"]] == list(GENERATION) and len(agent["inputs"]) == 1


def input_names(engine: Engine) -> list[str]:
    """Names of the inputs that a run takes."""
    agent = engine.bundle.agent
    return [PROMPT] if agent is None else [each["name"] for each in agent["inputs"]]


def prompt_of(engine: Engine, inputs: dict[str, Any]) -> str:
    """The prompt of a model's bundle. Raises InputError for the bundle of an agent."""
    if not is_model(engine):
        raise InputError("--stream and the options of generation are for the bundle of a model", mend="set them in the agent's nodes")
    return str(next(iter(inputs.values()), ""))


def tools_in(path: Path | None) -> dict[str, Callable[..., Any]]:
    """The public functions of a Python file, by name, and those of its dictionary TOOLS, whose names may be any text.

    Raises InputError where it can't be loaded.
    """
    if path is None:
        return {}
    spec = importlib.util.spec_from_file_location("intarsia_tools", path)
    try:
        if spec is None or spec.loader is None:
            raise ImportError("not a Python file")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except Exception as error:  # the file is foreign code: whatever it raises is its failure
        raise InputError(f"cannot load the tools: {type(error).__name__}: {error}", where=Where(str(path))) from None
    named = getattr(module, "TOOLS", {})
    if not isinstance(named, dict):
        raise InputError(f"TOOLS is a {type(named).__name__}", where=Where(str(path)), mend="make it a dictionary from names to functions")
    return {name: value for name, value in vars(module).items() if callable(value) and not name.startswith("_")} | named


def run(engine: Engine, inputs: list[dict[str, Any]], arguments: dict[str, Any], *, trace: Path | None = None, update: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Run each of `inputs` in turn; `arguments` are those of `generate`, for a model's bundle.

    The first run is traced: into `trace`, where that is given, and for the report's timeline and operators. Noting every
    operator takes some time of each step, so a single run is traced in full only when a trace was asked for.
    """
    if arguments and not is_model(engine):
        prompt_of(engine, {})
    with tempfile.TemporaryDirectory() as folder:
        file = trace or Path(folder) / "trace.json"
        with engine.trace(file, operators=trace is not None or len(inputs) > 1):
            runs = [_one(engine, inputs[0], arguments)]
        found = trace_facts.events(json.loads(file.read_text()))
    for number, values in enumerate(inputs[1:], 2):
        update(f"{number} of {len(inputs)}")
        runs.append(_one(engine, values, arguments))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    slices = [list(astuple(piece)[:4]) for piece in trace_facts.timeline(found, runs[0])]
    return {"when": time.strftime("%Y-%m-%d %H:%M %Z"), "memory_bytes": peak, "runs": runs, "slices": slices, "operators": trace_facts.operators(found)}


def _one(engine: Engine, inputs: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    if is_model(engine) and (arguments or engine.bundle.agent is None):
        return _of_generation(inputs, engine.generate(prompt_of(engine, inputs), **arguments))
    return _of_agent(inputs, engine.run(inputs))


def _of_generation(inputs: dict[str, Any], found: Generation) -> dict[str, Any]:
    timings = found.timings
    return {
        "input": _first(inputs), "inputs": inputs, "answer": found.text, "outputs": {"text": found.text}, "ttft_s": timings.ttft_s, "total_s": timings.total_s,
        "prefill_tokens_per_s": timings.prefill_tokens_per_s, "decode_tokens_per_s": timings.decode_tokens_per_s,
        "prompt_tokens": timings.prompt_tokens, "output_tokens": timings.output_tokens, "finish_reason": found.finish_reason, "tasks": [],
    }  # fmt: skip


def _of_agent(inputs: dict[str, Any], found: AgentResult) -> dict[str, Any]:
    facts = json.loads(found.to_json())
    prefill, decode = (_last(found.tasks, suffix) for suffix in (".prefill", ".decode"))
    return {
        "input": _first(inputs), "inputs": inputs, "answer": found.text, "outputs": facts["outputs"], "total_s": found.seconds, "tasks": facts["tasks"],
        "ttft_s": prefill.start_s + prefill.seconds if prefill else None,
        "decode_tokens_per_s": decode.tokens / decode.seconds if decode and decode.seconds > 0 else None,
    }  # fmt: skip


def _last(tasks: list[TaskTiming], suffix: str) -> TaskTiming | None:
    return next((task for task in reversed(tasks) if task.name.endswith(suffix)), None)


def _first(inputs: dict[str, Any]) -> str:
    return str(next(iter(inputs.values()), ""))


def keep(bundle: Path, found: dict[str, Any]) -> Path | None:
    """Write what was measured beside the bundle's files, and the report anew; None where the bundle can't be written to."""
    from intarsia.compiler import report

    try:
        whole_file.write(bundle / MEASURED, json.dumps(found))
    except OSError as error:
        print(f"note: the report keeps its old figures: {error}", file=sys.stderr)
        return None
    return report.render(bundle)
