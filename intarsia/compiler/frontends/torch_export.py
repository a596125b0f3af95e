"""Any torch.nn.Module through torch.export and torch_mlir -> an `llm.model` and its function, linalg on tensors.

The function @<name>_forward takes the weights that it uses, then the inputs. Its arguments carry what the text must keep:
`llm.weight` (the weight's name) or `llm.shape` (an input's sizes, numbers or formulas of the function's `llm.symbols`).
Weights go to a safetensors file in the cache, named by its content.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from intarsia import knobs, whole_file
from intarsia.codegen.cpu.linalg_rewrites import SHAPE, SYMBOLS, WEIGHT, transpose_weights
from intarsia.errors import InputError, IntarsiaError, MissingDependency, UnsupportedError, Where
from intarsia.ir import bindings
from intarsia.ir.attributes import to_attribute
from intarsia.ir.bindings import ir
from intarsia.ir.module import Builder, Module

DTYPES = {
    "torch.float32": ("f32", "F32"), "torch.float16": ("f16", "F16"), "torch.bfloat16": ("bf16", "BF16"), "torch.float64": ("f64", "F64"),
    "torch.int64": ("i64", "I64"), "torch.int32": ("i32", "I32"), "torch.int8": ("int8", "I8"), "torch.bool": ("bool", "BOOL"),
}  # fmt: skip
"""torch's type: the name in the IR, and in safetensors."""
LARGEST_SIZE = 1 << 31


def load(model: Any, example_inputs: Any = None, dynamic_shapes: Any = None, name: str = "model") -> Module:
    """A module of stage `agent` with a torch module, or an exported program, as the model @`name`.

    `example_inputs`: a tuple of arguments (or a dict of keyword arguments); `dynamic_shapes` as torch.export takes it.
    Raises InputError, UnsupportedError or MissingDependency.
    """
    module = Module.create("agent")
    add_model(Builder(module), model, example_inputs, dynamic_shapes, name)
    return module.verify(name)


def add_source(builder: Builder, source: Any) -> None:
    """Appends what the user gave in place of a file: (module, inputs), (module, inputs, dynamic shapes), an exported program, or a .pt2 file."""
    if isinstance(source, tuple):
        if not 2 <= len(source) <= 4:
            raise InputError(f"a tuple of {len(source)} is no torch source", mend="give (module, example inputs), and optionally dynamic shapes and a name")
        add_model(builder, *source)
    elif isinstance(source, (str, Path)):
        add_model(builder, _read(Path(source)), name=_symbol(Path(source).stem))
    else:
        add_model(builder, source)


def add_model(builder: Builder, model: Any, example_inputs: Any = None, dynamic_shapes: Any = None, name: str = "model") -> None:
    """Appends the `llm.model` @`name` and the function @`name`_forward."""
    program = _export(model, example_inputs, dynamic_shapes, name)
    weights = _weights_to_inputs(program)
    imported = _import(program, f"{name}_forward")
    function = imported.body.operations[0].operation
    with bindings.context(), ir.Location.unknown():
        _annotate(function, program, weights)
        transpose_weights(function)
    file, offsets = _save({key: tensor for key, tensor in weights.items() if tensor is not None})

    def table() -> None:
        for key, offset in offsets.items():
            tensor = weights[key]
            builder.op("llm.weight", name=key, dtype=_dtype(tensor, key)[0], shape=list(tensor.shape), file=str(file), offsets=[offset])
        builder.op("llm.end")

    count = sum(tensor.numel() for tensor in weights.values() if tensor is not None)
    config = {"architecture": "torch", "family": "torch", "layers": 0}
    builder.op("llm.model", sym_name=name, config=config, format="torch", source=type(model).__name__, parameters=count, body=table)
    with bindings.context(), ir.Location.unknown():
        builder.module.body.append(function.clone())


# Export.


def _torch() -> Any:
    try:
        import torch
    except ImportError:
        raise MissingDependency("reading torch modules needs torch", mend="pip install 'intarsia[torch]'") from None
    return torch


def _read(path: Path) -> Any:
    if path.suffix != ".pt2":
        raise InputError("this is no exported program", where=Where(str(path)), mend="give a .pt2 file of torch.export.save; stages' texts go in with --start-from")
    torch = _torch()
    try:
        return torch.export.load(str(path))
    except Exception as error:  # torch raises whatever its archive reader meets
        raise InputError(f"cannot read the exported program: {_first_line(error)}", where=Where(str(path))) from None


def _symbol(stem: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")
    return name if name and name[0].isalpha() else f"model_{name}"


def _export(model: Any, inputs: Any, dynamic_shapes: Any, name: str) -> Any:
    """The exported program, decomposed to what torch_mlir lowers."""
    torch = _torch()
    if not name.isidentifier():
        raise InputError(f"{name!r} can't name a model", mend="use letters, digits and underscores")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = model if isinstance(model, torch.export.ExportedProgram) else _trace(torch, model, inputs, dynamic_shapes)
            program = program.run_decompositions(bindings.torch_fx().get_decomposition_table())
    except IntarsiaError:
        raise
    except Exception as error:  # torch.export raises many types
        raise UnsupportedError(f"torch.export failed: {_first_line(error)}", where=Where(node=name), mend="export it yourself with torch.export.export to see more") from None
    _check(program, name)
    return program


def _trace(torch: Any, model: Any, inputs: Any, dynamic_shapes: Any) -> Any:
    if not isinstance(model, torch.nn.Module):
        raise InputError(f"a {type(model).__name__} is no torch module", mend="give a torch.nn.Module or an ExportedProgram")
    if not isinstance(inputs, (tuple, list, dict)):
        raise InputError("a torch module needs example inputs", mend="pass a tuple of tensors (or a dict of keyword arguments)")
    model = model.eval()
    args, named = ((), inputs) if isinstance(inputs, dict) else (tuple(inputs), {})
    return torch.export.export(model, args, named, dynamic_shapes=dynamic_shapes)


def _check(program: Any, name: str) -> None:
    signature = program.graph_signature
    if changed := [*signature.buffers_to_mutate.values(), *signature.user_inputs_to_mutate.values()]:
        raise UnsupportedError(f"the module changes {changed[0]}", where=Where(node=name), mend="return the new value instead")
    values = [node.meta.get("val") for node in program.graph.nodes if node.op == "placeholder"] + [getattr(v, "meta", {}).get("val") for v in _outputs(program)]
    for value in values:
        if not hasattr(value, "shape"):
            raise UnsupportedError(f"an input or output is {value!r}; all must be tensors", where=Where(node=name))
        _dtype(value, name)


def _outputs(program: Any) -> Sequence[Any]:
    return next(node for node in program.graph.nodes if node.op == "output").args[0]  # type: ignore[no-any-return]


def _dtype(tensor: Any, name: str) -> tuple[str, str]:
    if str(tensor.dtype) not in DTYPES:
        raise UnsupportedError(f"a tensor has the type {tensor.dtype}", where=Where(node=name), mend=f"types are {', '.join(t[0] for t in DTYPES.values())}")
    return DTYPES[str(tensor.dtype)]


def _weights_to_inputs(program: Any) -> dict[str, Any]:
    """Makes every weight an input like any other, and drops those that nobody uses; the tensors by placeholder or weight name.

    Gives an ordered dict of the arguments: a weight's name -> its tensor, an input's name -> None.
    """
    from torch.export.graph_signature import ExportGraphSignature, InputKind, InputSpec

    nodes = {node.name: node for node in program.graph.nodes if node.op == "placeholder"}
    arguments: dict[str, Any] = {}
    specs = []
    for spec in program.graph_signature.input_specs:
        node, tensor = nodes[spec.arg.name], _tensor(program, spec)
        if tensor is not None and not node.users:
            program.graph.erase_node(node)
            continue
        arguments[spec.arg.name if tensor is None else str(spec.target)] = tensor
        specs.append(InputSpec(kind=InputKind.USER_INPUT, arg=spec.arg, target=None, persistent=None))
    program._graph_signature = ExportGraphSignature(input_specs=specs, output_specs=program.graph_signature.output_specs)
    return arguments


def _tensor(program: Any, spec: Any) -> Any | None:
    if spec.target is None:
        return None
    found = program.state_dict.get(spec.target)
    found = program.constants[spec.target] if found is None else found
    return found.detach().contiguous()


def _import(program: Any, name: str) -> Any:
    """A module, in our context, with nothing but the function."""
    fx = bindings.torch_fx()
    try:
        with _told() as told, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = str(fx.export_and_import(program, output_type="linalg-on-tensors", func_name=name, decomposition_table={}))
    except Exception as error:  # RuntimeError and its kin
        raise UnsupportedError(f"torch_mlir can't lower the module: {_first_line(told.text or str(error))}", where=Where(node=name)) from None
    with bindings.LOCK, bindings.context():
        try:
            module = ir.Module.parse(text)
        except ir.MLIRError as error:
            raise UnsupportedError(f"the module uses what has no lowering here: {error.error_diagnostics[0].message}", where=Where(node=name)) from None
    strangers = [op.operation.name for op in module.body.operations if op.operation.name != "func.func"]
    if strangers:
        raise UnsupportedError(f"the module keeps state ({strangers[0]})", where=Where(node=name))
    return module


@dataclass
class _Told:
    """What native code wrote to the standard error."""

    text: str = ""


@contextmanager
def _told() -> Iterator[_Told]:
    """Keeps what MLIR writes to the process's standard error: torch_mlir's exception names no cause, its diagnostics do."""
    told, saved = _Told(), os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield told
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            file.seek(0)
            told.text = file.read().decode(errors="replace")


def _first_line(error: Exception | str) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = next((line for line in lines if "error:" in line), lines[0] if lines else type(error).__name__)
    return told.partition("error:")[2].strip() or told


def _annotate(function: Any, program: Any, weights: dict[str, Any]) -> None:
    """Says of each argument and result what the text must keep."""
    nodes = [node for node in program.graph.nodes if node.op == "placeholder"]
    marks = [{WEIGHT: key} if tensor is not None else {SHAPE: _sizes(node.meta["val"])} for node, (key, tensor) in zip(nodes, weights.items(), strict=True)]
    results = [{SHAPE: _sizes(value.meta["val"])} for value in _outputs(program)]
    limits = {str(symbol): [max(0, int(r.lower)), int(min(r.upper, LARGEST_SIZE))] for symbol, r in program.range_constraints.items()}
    function.attributes["arg_attrs"] = to_attribute(marks)
    function.attributes["res_attrs"] = to_attribute(results)
    function.attributes[SYMBOLS] = to_attribute(limits)


def _sizes(tensor: Any) -> list[str]:
    return [str(size) for size in tensor.shape]


# Weights.


def _save(weights: dict[str, Any]) -> tuple[Path, dict[str, int]]:
    """Writes a safetensors file into the cache; gives it and each tensor's first byte. Tensors that share memory are stored once."""
    places: dict[tuple[int, str, tuple[int, ...]], tuple[int, int]] = {}
    header: dict[str, Any] = {}
    data: list[bytes] = []
    end = 0
    for name, tensor in weights.items():
        key = (tensor.data_ptr(), str(tensor.dtype), tuple(tensor.shape))
        if key not in places:
            data.append(_bytes(tensor))
            places[key] = (end, end + len(data[-1]))
            end += len(data[-1])
        header[name] = {"dtype": _dtype(tensor, name)[1], "shape": list(tensor.shape), "data_offsets": list(places[key])}
    text = json.dumps(header).encode()
    text += b" " * (-(8 + len(text)) % 64)
    whole = len(text).to_bytes(8, "little") + text + b"".join(data)
    path = knobs.get().cache / "torch" / f"{hashlib.sha256(whole).hexdigest()[:40]}.safetensors"
    _write(path, whole)
    return path, {name: 8 + len(text) + entry["data_offsets"][0] for name, entry in header.items()}


def _bytes(tensor: Any) -> bytes:
    """The tensor's elements in order."""
    torch = _torch()
    raw = tensor.contiguous().reshape(-1).view(torch.uint8).numpy() if tensor.numel() else np.zeros(0, np.uint8)
    return raw.tobytes()


def _write(path: Path, whole: bytes) -> None:
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        whole_file.write(path, whole)
    except OSError as error:
        raise IntarsiaError(f"cannot write the weights: {error.strerror}", where=Where(str(path)), mend="set INTARSIA_CACHE to a folder with room") from None
