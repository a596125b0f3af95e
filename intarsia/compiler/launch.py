"""Launch files of a plan that was found: from a search's records to what code generation starts engines with (`codegen/engines/`), and to a folder."""

from __future__ import annotations

import os
from pathlib import Path

from intarsia.codegen import engines
from intarsia.codegen.engines import Draft, Kind, Launch, Model, Pool
from intarsia.compiler import bundle, serving_plan
from intarsia.compiler.frontends import models
from intarsia.compiler.serving_plan import Asked
from intarsia.cost_models.serving.memory import ENGINES as MEMORY
from intarsia.cost_models.serving.shapes import Precision
from intarsia.errors import InputError, Where
from intarsia.planner.search import result
from intarsia.planner.search.problem import Problem
from intarsia.planner.search.result import PlanRecord, PoolRecord, Result
from intarsia.planner.search.variants import usual_router

VENDORS = {"MI": "amd", "Arc": "intel", "Max-": "intel"}
"""Makers of GPUs, by how the catalogue's names of devices begin; others are NVIDIA's."""
WEIGHTS = (".safetensors", ".bin", ".pt")
AROUND_VLLM = ("rayserve", "dynamo")
MARK = "env.sh", "serve.yaml"
"""One of these files is in every folder of launch files."""


def write(found: Result, directory: Path, engine: str = "", rank: int = 1) -> list[str]:
    """Write the launch files of a result's plan; the names of the files. `engine`: whose (empty: the one that the plan was priced for).

    Raises InputError for a rank that isn't there, a folder of other files, or a model that can't be read any more; UnsupportedError for what the engine can't be told.
    """
    if not 1 <= rank <= len(found.plans):
        raise InputError(f"there is no plan of rank {rank}", mend=f"choose one from 1 to {len(found.plans)}")
    check(directory, engine)
    asked = Asked.of(found.asked)
    texts = engines.files(engine or priced_for(asked), launch_of(found.plans[rank - 1], asked, engine))
    with bundle.building(directory, "the launch files") as draft:
        for name, text in texts.items():
            (draft / name).write_text(text, encoding="utf-8")
            if name.endswith(".sh"):
                (draft / name).chmod(0o755)
    return list(texts)


def priced_for(asked: Asked) -> str:
    """The engine whose kernels and memory rules the plan was found with."""
    return asked.engine.removesuffix("-v0")


def launch_of(plan: PlanRecord, asked: Asked, engine: str = "") -> Launch:
    """A plan as code generation takes it. Raises InputError for a model, fleet or workload that can't be read."""
    problem = serving_plan.problem_of(asked)
    _, stored, name, _ = serving_plan.model(asked.source)
    same = engine in ("", priced_for(asked)) or (engine in AROUND_VLLM and priced_for(asked) == "vllm")
    share = MEMORY[asked.engine].share if same else 0.0
    source = models.resolve(serving_plan.named(asked.source)[1])
    encoder = problem.images.encoder.architecture if problem.images else ""
    model = Model(name, _folder(source), _words(stored), source.suffix == ".gguf", encoder)
    router = plan.router or usual_router(problem, result.deployment(plan))
    return Launch(model, tuple(_pool(pool, problem, asked, stored) for pool in plan.pools), router, share)


def _words(types: Precision) -> str:
    """A checkpoint's types in words: one name where all weights have it."""
    own = {"experts": types.experts, "attention": types.attention}
    return types.weights + "".join(f" with {part} of {kind}" for part, kind in own.items() if kind)


def _pool(record: PoolRecord, problem: Problem, asked: Asked, stored: Precision) -> Pool:
    mixed = ", ".join(f"{span.stages} on {span.stock}" for span in record.spans)
    kind = Kind(record.stock, 1, 1) if mixed else _kind(problem, record.stock)
    words = f"{record.stock} TP{record.tp}" + "".join(f" {name.upper()}{size}" for name in ("pp", "dp", "ep", "cp") if (size := getattr(record, name)) > 1)
    as_stored = (record.weights, record.experts, record.attention) == (stored.weights, stored.experts, stored.attention)  # so engines serve it, whatever the types are
    own = () if as_stored else (("experts", record.experts), ("attention", record.attention))
    types = [(part, kind) for part, kind in own if kind not in ("", record.weights)]
    types += [("output head", record.head)] if record.head not in ("bf16", record.weights) else []
    weights, room = _words(stored) if as_stored else record.weights, record.kv_tokens * record.cp
    return Pool(
        record.role, kind, record.count, record.tp, record.pp, record.dp, record.ep, record.cp, weights, record.kv, record.chunk_tokens, record.max_sequences, record.policy,
        tuple(sorted(record.parameters)), _draft(record, asked), min(problem.config.context or room, room), tuple(types), mixed,
        f"{words} ({weights}, KV {record.kv})",
    )  # fmt: skip


def _kind(problem: Problem, name: str) -> Kind:
    stock = problem.stock[name]
    vendor = next((vendor for start, vendor in VENDORS.items() if stock.device.name.startswith(start)), "nvidia")
    return Kind(name, stock.count, stock.node, vendor if stock.device.kind == "gpu" else stock.device.kind)


def _draft(record: PoolRecord, asked: Asked) -> Draft | None:
    return Draft(_folder(models.resolve(asked.draft)) if asked.draft else "", record.draft_tokens) if record.draft_tokens else None


def _folder(source: Path) -> str:
    """Where an engine finds the checkpoint; empty where the config.json lies without its weights."""
    folder = (source if source.is_dir() else source.parent).resolve()
    return str(folder) if any(file.suffix in WEIGHTS for file in folder.iterdir()) else ""


def check(directory: Path, engine: str) -> None:
    """What can be said before a search. A folder that is there is replaced only where it holds launch files. Raises InputError."""
    engines.check_name(engine or next(iter(engines.ENGINES)))
    if directory.exists() and not (directory.is_dir() and (not any(directory.iterdir()) or any((directory / name).exists() for name in MARK))):
        raise InputError("there are other files than launch files; nothing was written", where=Where(str(directory)), mend="name a new folder")
    above = next(folder for folder in directory.resolve().parents if folder.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise InputError(f"{above} is no folder that can be written to", where=Where(str(directory)), mend="name a new folder")
