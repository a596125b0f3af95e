"""Which code generator a model goes to: by the kind of device that it was planned for.

    plan ──to_pipe──▶ pipe ──emit──▶ files and the manifest's `models`
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from intarsia.codegen.cpu import emit as cpu_emit
from intarsia.codegen.cpu import to_pipe as cpu
from intarsia.errors import IRError, UnsupportedError
from intarsia.ir.module import Module, attribute


def to_pipe(module: Module) -> Module:
    """A module of stage pipe. Raises IRError for a module of another stage, UnsupportedError for what has no kernel."""
    if pool := next((attribute(op, "pool") for op in module.ops("plan.deploy") if "pool" in op.attributes), None):
        raise UnsupportedError(f"no code can be generated for a plan on a mixed fleet (it has the pool {pool})", mend="compile for one kind of device")
    models = [model for model in module.ops("llm.model") if device_kind(module, attribute(model, "sym_name")) == "gpu"]
    if module.stage != "plan" or not models:
        return cpu.run(module)
    from intarsia.codegen.gpu.bundle.to_pipe import lower_model

    module = module.clone()
    for model in [op for op in module.ops("llm.model") if device_kind(module, attribute(op, "sym_name")) == "gpu"]:
        phases = [op for op in module.ops("llm.phase") if attribute(op, "model") == attribute(model, "sym_name") and attribute(op, "kind") != "call"]
        if phases:
            lower_model(module, model, phases)
    return cpu.run(module)


def device_kind(module: Module, model: str) -> str:
    """cpu, gpu, ... of the device that a model was planned for; empty where it wasn't."""
    for deploy in module.ops("plan.deploy"):
        if attribute(deploy, "model") == model:
            return str(attribute(module.find("plan.device", attribute(deploy, "device")), "facts")["kind"])
    return ""


def emit(module: Module, directory: Path) -> dict[str, Any]:
    """Write every model's files; gives the manifest's `models`. Raises IntarsiaError."""
    if module.stage != "pipe":
        raise IRError(f"emit takes a module of stage pipe, found {module.stage or 'no stage'}", mend="run to_pipe first")
    found = cpu_emit.run(module, directory)
    for model in module.ops("llm.model"):
        symbol = attribute(model, "sym_name")
        programs = [op for op in module.ops("pipe.program") if attribute(op, "model") == symbol and attribute(op, "target")]
        if programs:
            from intarsia.codegen.gpu.bundle.emit import emit_model

            found[symbol] = emit_model(module, model, programs, directory)
    return found
