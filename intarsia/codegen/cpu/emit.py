"""pipe -> bundle: one object and one weight file a model, and what the manifest says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from intarsia.codegen.cpu import isa, linalg_bundle, object_cache, packing
from intarsia.codegen.cpu.calls import kv_layout
from intarsia.codegen.cpu.launches import Program, Repeat, read_program
from intarsia.codegen.cpu.step import module_text
from intarsia.errors import IntarsiaError, IRError
from intarsia.ir import bindings
from intarsia.ir.bindings import PassManager, ir
from intarsia.ir.module import Module, attribute, attributes_of, walk
from intarsia.ir.step_abi import RUN

PASSES = (
    "builtin.module(convert-scf-to-cf,convert-vector-to-llvm{enable-x86=true},convert-math-to-llvm,convert-to-llvm,"
    "reconcile-unrealized-casts,canonicalize)"
)
PAGE_BYTES = 4096
"""What is read past the system's cache begins and ends on such a page."""
MODEL_FACTS = ("chat_template", "eos", "bos")


def run(module: Module, directory: str | Path) -> dict[str, Any]:
    """Write `<model>.o` and `<model>.weights` for every model with programs; gives the manifest's `models`.

    Raises IntarsiaError; then `directory` may hold some whole files, and no half-written one.
    """
    if module.stage != "pipe":
        raise IRError(f"emit takes a module of stage pipe, found {module.stage or 'no stage'}", mend="run to_pipe first")
    models = {}
    for model in module.ops("llm.model"):
        symbol = attribute(model, "sym_name")
        programs = [op for op in module.ops("pipe.program") if attribute(op, "model") == symbol and not attribute(op, "target")]
        if [attribute(op, "kind") for op in programs] == ["call"]:
            models[symbol] = linalg_bundle.emit_model(module, model, programs[0], Path(directory))
        elif programs:
            models[symbol] = _emit_model(module, model, programs, Path(directory))
    return models


def _emit_model(module: Module, model: Any, ops: list[Any], directory: Path) -> dict[str, Any]:
    symbol = attribute(model, "sym_name")
    programs = [read_program(op) for op in ops]
    object_cache.object_file(module_text(programs, isa.detect()), directory / f"{symbol}.o", compile_object)
    _write_weights(model, ops, directory / f"{symbol}.weights")
    facts = attributes_of(model)
    deploy = next((attributes_of(op) for op in module.ops("plan.deploy") if attribute(op, "model") == symbol), {})
    return {
        "family": facts["config"]["family"], "config": facts["config"], "deploy": deploy, "object": f"{symbol}.o", "weights": f"{symbol}.weights",
        "tokenizer": f"{symbol}.tokenizer.json" if facts.get("tokenizer") else None, **{name: facts.get(name) for name in MODEL_FACTS},
        "entries": {program.facts["kind"]: entry_of(program) for program in programs},
        "estimates": _estimates(module, symbol),
    } | stream_of(programs[0])  # fmt: skip


def stream_of(program: Program) -> dict[str, Any]:
    """What of each layer the runtime reads anew for every step, as [begin, end) in the weight file, in whole pages; nothing where all layers stay in memory."""
    repeats = [item for item in program.items if isinstance(item, Repeat) and item.resident is not None]
    if not repeats:
        return {}
    layers = [span for repeat in repeats for span in _streamed(repeat)]
    return {"stream": {"window": program.facts["window_bytes"], "layers": layers}} if any(begin < end for begin, end in layers) else {}


def _streamed(repeat: Repeat) -> list[list[int]]:
    """The streamed part of each layer, equally many whole pages of all."""
    starts = [begin + (repeat.resident or 0) for begin, _ in repeat.spans()]
    begin, end = repeat.spans()[0]
    size = max(end - begin - (repeat.resident or 0) - PAGE_BYTES + 1, 0) // PAGE_BYTES * PAGE_BYTES
    return [[first, first + size] for first in (-(-start // PAGE_BYTES) * PAGE_BYTES for start in starts)]


def _estimates(module: Module, symbol: str) -> dict[str, Any]:
    """What the planner predicts for the model and its phases, by subject."""
    subjects = {symbol, *(f"{symbol}_{kind}" for kind in ("prefill", "decode", "encode"))}
    found = [attributes_of(op) for op in module.ops("plan.estimate")]
    return {estimate["subject"]: estimate["metrics"] for estimate in found if estimate["subject"] in subjects}


def _write_weights(model: Any, ops: list[Any], path: Path) -> None:
    """The union of the programs' weights: those at the same place are the same."""
    layout = {facts["offset"]: facts for op in ops for facts in map(attributes_of, walk(op, "pipe.weight"))}
    size = max(attribute(op, "weights_bytes") for op in ops)
    weights = [layout[offset] for offset in sorted(layout)]
    files = packing.Tensors(model).files()
    object_cache.weight_file(weights, files, path, lambda draft: packing.write_weights(weights, size, model, draft))


def entry_of(program: Program) -> dict[str, Any]:
    """What the driver must know of a phase."""
    f, layout = program.facts, kv_layout(program.facts)
    output = program.output
    return {
        "symbol": program.name, "max_rows": f["max_rows"], "arena_bytes": f["arena_bytes"], "weights_bytes": f["weights_bytes"], "threads": f["threads"],
        "max_sequences": f["max_sequences"], "page_tokens": f["page_tokens"], "kv_pages": f.get("kv_pages", 0), "page_bytes": layout.page_bytes,
        "tile_rows": f["tile_rows"], "context": f["context"], "vocab": f["vocab"],
        "output": {name: output[name] for name in ("offset", "row_bytes", "width", "rows")},
        "launches": [[launch.kernel, launch.op, layer] for launch, layer in program.launches],
    }  # fmt: skip


def compile_object(text: str, path: Path) -> None:
    """Compile an MLIR module for this processor into a relocatable object. Raises IntarsiaError."""
    with bindings.LOCK, bindings.context(), ir.Location.unknown():
        try:
            module = ir.Module.parse(text)
            PassManager.parse(PASSES).run(module.operation)
            code = bindings.object_code(module, RUN)
        except (ir.MLIRError, RuntimeError) as error:
            raise IntarsiaError(f"code generation failed: {error}", mend="this is a mistake in Intarsia: please report it with the output of --dump-stages") from None
    path.write_bytes(code)
