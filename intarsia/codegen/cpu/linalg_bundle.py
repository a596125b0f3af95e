"""Exported functions in the pipeline: phase -> program (which weights lie where), program -> object, weights and the manifest's entry."""

from __future__ import annotations

import hashlib
from math import prod
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

from intarsia.codegen.cpu import isa, linalg, object_cache
from intarsia.codegen.cpu.formats import round_up
from intarsia.codegen.cpu.linalg_gemm import gemm_text
from intarsia.codegen.cpu.linalg_math import math_text
from intarsia.codegen.cpu.linalg_rewrites import SHAPE, SYMBOLS, TRANSPOSED, WEIGHT
from intarsia.errors import InputError, IntarsiaError, IRError, Where
from intarsia.ir.attributes import Symbol, from_attribute
from intarsia.ir.bindings import ir
from intarsia.ir.module import Builder, Module, attribute, attributes_of, location_of, walk

LOWERING = "1"
"""Changes with what `linalg.lower` does, so that objects of before are not found."""
ALIGNMENT = 64
DTYPES = {
    "f32": np.dtype(np.float32), "f64": np.dtype(np.float64), "f16": np.dtype(np.float16), "bf16": np.dtype(ml_dtypes.bfloat16),
    "i64": np.dtype(np.int64), "i32": np.dtype(np.int32), "int8": np.dtype(np.int8), "bool": np.dtype(np.bool_),
}  # fmt: skip


def to_program(module: Module, model: Any, phase: Any) -> None:
    """Replaces a `call` phase by a program without launches: its function is the code, its weights lie in one file."""
    symbol, name = attribute(model, "sym_name"), attribute(phase, "function")
    function = _function(module, name, phase)
    rows = {attribute(op, "name"): attributes_of(op) for op in walk(model, "llm.weight")}
    deploy = next((attributes_of(op) for op in module.ops("plan.deploy") if attribute(op, "model") == symbol), {})
    device = deploy.get("device") or Symbol(next((attribute(op, "sym_name") for op in module.ops("plan.device")), "host"))
    weights, end = _place([mark for mark in _marks(function, "arg_attrs") if WEIGHT in mark], rows, phase)
    builder = Builder(module)

    def body() -> None:
        for weight in weights:
            builder.op("pipe.weight", **weight)
        builder.op("pipe.end")

    builder.op(
        "pipe.program", body=body, sym_name=attribute(phase, "sym_name"), model=Symbol(symbol), kind="call", function=name, device=device,
        threads=deploy.get("threads", 1), max_rows=1, arena_bytes=0, weights_file=f"{symbol}.weights", weights_bytes=end,
    )
    phase.erase()


def _place(marks: list[dict[str, Any]], rows: dict[str, dict[str, Any]], phase: Any) -> tuple[list[dict[str, Any]], int]:
    """Attributes of the `pipe.weight`s, one after the other, and the bytes of all."""
    placed, end = [], 0
    for mark in marks:
        if mark[WEIGHT] not in rows:
            raise IRError(f"the model has no weight {mark[WEIGHT]}, which its function takes", where=location_of(phase), mend="import the model again")
        row = rows[mark[WEIGHT]]
        shape, size = row["shape"], prod(row["shape"]) * DTYPES[row["dtype"]].itemsize
        n, k = (shape[0], prod(shape[1:])) if len(shape) > 1 else (prod(shape), 1)
        form = "transposed" if mark.get(TRANSPOSED) else "plain"
        placed.append({"name": row["name"], "format": form, "n": n, "k": k, "offset": end, "bytes": size, "sources": [row["name"]], "source_types": [row["dtype"]]})
        end = round_up(end + size, ALIGNMENT)
    return placed, end


def emit_model(module: Module, model: Any, program: Any, directory: Path) -> dict[str, Any]:
    """Writes `<model>.o` and `<model>.weights`; gives the model's part of the manifest."""
    symbol, name = attribute(model, "sym_name"), attribute(program, "function")
    function = _function(module, name, program)
    text = f"{function}\n// {_version()}\n"
    object_cache.object_file(text, directory / f"{symbol}.o", lambda source, path: linalg.compile_object(source, name, path))
    weights = [attributes_of(op) for op in walk(program, "pipe.weight")]
    rows = {attribute(op, "name"): attributes_of(op) for op in walk(model, "llm.weight")}
    size = attribute(program, "weights_bytes")
    _write_weights(directory / f"{symbol}.weights", weights, rows, size)
    deploy = next((attributes_of(op) for op in module.ops("plan.deploy") if attribute(op, "model") == symbol), {})
    return {
        "family": "torch", "config": attribute(model, "config"), "deploy": deploy, "object": f"{symbol}.o", "weights": f"{symbol}.weights",
        "entries": {"call": {
            "symbol": linalg.ENTRY.format(name), "weights_bytes": size, "threads": attribute(program, "threads"),
            "symbols": attribute(function, SYMBOLS, {}), "arguments": _arguments(function, weights), "results": _results(function),
        }},
        "estimates": {},
    }  # fmt: skip


def _version() -> str:
    parts = (LOWERING, gemm_text(isa.detect()), math_text(), *linalg.PASSES)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _function(module: Module, name: str, near: Any) -> Any:
    found = next((op for op in module.ops("func.func") if op.attributes["sym_name"].value == name), None)
    if found is None:
        raise IRError(f"the module has no function @{name}", where=location_of(near))
    return found


def _marks(function: Any, name: str) -> list[dict[str, Any]]:
    return from_attribute(function.attributes[name]) if name in function.attributes else []  # type: ignore[no-any-return]


def _arguments(function: Any, weights: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row an argument: its type, and a weight's place and sizes, or an input's sizes."""
    places = {weight["name"]: weight["offset"] for weight in weights}
    kinds = [argument.type for argument in function.regions[0].blocks[0].arguments]
    rows = []
    for kind, mark in zip(kinds, _marks(function, "arg_attrs"), strict=True):
        ranked = ir.RankedTensorType(kind)
        row: dict[str, Any] = {"dtype": str(ranked.element_type)}
        rows.append(row | ({"shape": mark[SHAPE]} if SHAPE in mark else {"weight": places[mark[WEIGHT]], "shape": list(ranked.shape)}))
    return rows


def _results(function: Any) -> list[dict[str, Any]]:
    kinds = ir.FunctionType(ir.TypeAttr(function.attributes["function_type"]).value).results
    return [{"dtype": str(ir.RankedTensorType(kind).element_type), "shape": mark[SHAPE]} for kind, mark in zip(kinds, _marks(function, "res_attrs"), strict=True)]


def _write_weights(path: Path, weights: list[dict[str, Any]], rows: dict[str, dict[str, Any]], size: int) -> None:
    try:
        with open(path, "wb") as file:
            file.truncate(size)
            for weight in weights:
                file.seek(weight["offset"])
                file.write(_tensor(rows[weight["name"]], transposed=weight["format"] == "transposed"))
    except OSError as error:
        raise IntarsiaError(f"cannot write the weights: {error.strerror}", where=Where(str(path)), mend="is the disk full?") from None


def _tensor(row: dict[str, Any], *, transposed: bool) -> bytes:
    """A weight's elements, [inputs, outputs] when transposed. Raises InputError when its file has changed."""
    dtype, where = DTYPES[row["dtype"]], Where(row.get("file", ""), node=row["name"])
    try:
        values = np.fromfile(row["file"], dtype, prod(row["shape"]), offset=row["offsets"][0])
    except (OSError, KeyError) as error:
        raise InputError(f"cannot read the weight: {error}", where=where, mend="import the model again") from None
    if values.size != prod(row["shape"]):
        raise InputError("the weight's file is cut short", where=where, mend="import the model again")
    values = values.reshape(row["shape"])
    return np.ascontiguousarray(values.T if transposed else values).tobytes()
