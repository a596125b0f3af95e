"""pipe -> bundle for models on GPUs: `<model>.gpu/` with kernels as text and objects, the host program `step.py`; `<model>.weights`; the manifest's entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from intarsia import knobs
from intarsia.codegen.cpu.object_cache import weight_file
from intarsia.codegen.cpu.packing import Tensors, write_weights
from intarsia.codegen.cuda.attention_hopper import AttentionPrefillHopper
from intarsia.codegen.cuda.gemm_hopper import GemmHopper, GemmWeightsHopper
from intarsia.codegen.cuda.kernels import GemvInt4
from intarsia.codegen.gpu.bundle import host, weights
from intarsia.codegen.gpu.bundle.choose import ROWS_DTYPE
from intarsia.codegen.gpu.bundle.program import MAIN, MEMORY
from intarsia.codegen.gpu.bundle.to_pipe import CACHES
from intarsia.codegen.gpu.compiled import Compiled
from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.gpu.resources import fit_together
from intarsia.codegen.gpu.spec import Spec
from intarsia.codegen.gpu.targets import TARGETS
from intarsia.codegen.triton.attention import AttentionCombine, AttentionDecode, AttentionPrefill
from intarsia.codegen.triton.compile import version
from intarsia.codegen.triton.gemm import Gemm
from intarsia.codegen.triton.gemm_weights import GemmWeights
from intarsia.codegen.triton.glu import Glu
from intarsia.codegen.triton.moe import GroupedGemm, MoeCombine, MoeRoute, MoeSort
from intarsia.codegen.triton.moves import Embed
from intarsia.codegen.triton.norm import RmsNorm
from intarsia.codegen.triton.quantise import Quantise
from intarsia.codegen.triton.rope_kv import RopeKv
from intarsia.codegen.verify.compilers import compile_kernel
from intarsia.errors import InputError, IRError, UnsupportedError
from intarsia.ir.module import Module, attribute, attributes_of, location_of, walk
from intarsia.libcuda import part_of

SPECS: dict[str, type[Spec]] = {
    s.kernel: s
    for s in (
        AttentionCombine, AttentionDecode, AttentionPrefill, AttentionPrefillHopper, Embed, Gemm, GemmHopper, GemmWeights, GemmWeightsHopper, GemvInt4, Glu, GroupedGemm,
        MoeCombine, MoeRoute,
        MoeSort, Quantise, RmsNorm, RopeKv,
    )
}  # fmt: skip
MODEL_FACTS = ("chat_template", "eos", "bos")


@dataclass(frozen=True)
class Kernel:
    """A kernel of the bundle, its CTAs bounded where its launches have a share of the cores."""

    spec: Spec
    label: str


def emit_model(module: Module, model: Any, programs: list[Any], directory: Path) -> dict[str, Any]:
    """Write a model's files; gives its entry in the manifest's `models`. Raises IntarsiaError."""
    symbol, facts = attribute(model, "sym_name"), attributes_of(model)
    folder = directory / f"{symbol}.gpu"
    target, device = attribute(programs[0], "target"), attribute(module.find("plan.device", attribute(programs[0], "device")), "facts")
    launches = [(attribute(p, "sym_name"), op, attributes_of(op)) for p in programs for op in walk(p, "pipe.launch")]
    chosen = {(name, a["order"]): _kernels(op, a, device["cores"], target) for name, op, a in launches}
    kernels = _write_kernels({k.label: k for each in chosen.values() for k in each}, target, folder)
    (folder / "step.py").write_text(host.text(symbol, device["name"], target, programs, {key: tuple(k.label for k in each) for key, each in chosen.items()}))
    _write_weights(model, programs, directory / f"{symbol}.weights")
    deploy = next((attributes_of(op) for op in module.ops("plan.deploy") if attribute(op, "model") == symbol), {})
    return {
        "family": facts["config"]["family"], "config": facts["config"], "deploy": deploy, "driver": "gpu", "weights": f"{symbol}.weights",
        "tokenizer": f"{symbol}.tokenizer.json" if facts.get("tokenizer") else None, **{name: facts.get(name) for name in MODEL_FACTS},
        "gpu": {"folder": f"{symbol}.gpu", "host": f"{symbol}.gpu/step.py", "target": target, "device": device["name"], "cores": device["cores"], "triton": version(),
                "kernels": kernels, "weights": _places(programs), "shares": _shares(programs), "apart": _apart(launches, chosen, target)},
        "entries": {attribute(op, "kind"): _entry(op) for op in programs},
    }  # fmt: skip


def _kernels(op: Any, a: dict[str, Any], cores: int, target: str) -> list[Kernel]:
    """The kernel of a launch, and the one for few rows where it has one. Raises IRError where the two take other arguments."""
    few = a["params"].get("few")
    found = [_kernel(op, name, spec, a.get("share", 1.0), cores, target) for name, spec in ((a["kernel"], a["params"]["spec"]), *([(few["kernel"], few["spec"])] if few else []))]
    if any(other.spec.arguments != found[0].spec.arguments for other in found):
        raise IRError(f"{found[1].label} takes other arguments than {found[0].label}", where=location_of(op), mend="a kernel for few rows must be the same function")
    return found


def _kernel(op: Any, name: str, fields: dict[str, Any], share: float, cores: int, target: str) -> Kernel:
    """A kernel, bounded to as many CTAs as its share of the cores holds: one more would wait until another has done all of its work.

    Raises IRError for parameters that make none.
    """
    if name not in SPECS:
        raise IRError(f"there is no GPU kernel {name!r}", where=location_of(op), mend=f"choose one of {', '.join(sorted(SPECS))}")
    try:
        spec = SPECS[name](**fields)
    except TypeError as error:
        raise IRError(f"{name}: {error}", where=location_of(op)) from None
    if share < 1.0:
        most = part_of(cores, share) * compile_kernel(spec, target).resources.ctas_per_core
        spec = replace(spec, ctas=min(most, spec.ctas or most))
    return Kernel(spec, spec.label)


def _write_kernels(kernels: dict[str, Kernel], own: str, folder: Path) -> dict[str, Any]:
    """Texts and objects; gives what the manifest says of each kernel."""
    (folder / "kernels").mkdir(parents=True)
    (folder / "objects").mkdir()
    found = {}
    for label, kernel in sorted(kernels.items()):
        objects = {name: _object(kernel, name, own, folder) for name in _targets(own)}
        found[label] = _text(kernel.spec, label, folder) | {"objects": objects}
        if kernel.spec.twin:
            found[label]["twin"] = _text(kernel.spec.twin, f"{label}_twin", folder)
    return found


def _text(spec: Spec, label: str, folder: Path) -> dict[str, Any]:
    """Write a kernel's text; gives what the manifest says of it."""
    text = f"kernels/{label}.{'cu' if spec.language == 'cuda' else 'py'}"
    (folder / text).write_text(spec.source())
    return spec.to_dict() | {"text": text}


def _targets(own: str) -> list[str]:
    """The planned target, and those that INTARSIA_TARGETS names (all by default). Raises InputError for an unknown one."""
    wanted = knobs.get().targets or tuple(TARGETS)
    if unknown := [name for name in wanted if name not in TARGETS]:
        raise InputError(f"INTARSIA_TARGETS names {unknown[0]!r}", mend=f"choose from {', '.join(TARGETS)}")
    return list(dict.fromkeys([own, *wanted]))


def _object(kernel: Kernel, target: str, own: str, folder: Path) -> dict[str, Any]:
    """Compile for a target. For others than the planned one, a kernel that doesn't fit there is made with what does, or noted with the reason."""
    try:
        made, compiled = _compiled(kernel.spec, target, anything=target != own)
    except UnsupportedError as error:
        if target == own:
            raise
        return {"missing": str(error)}
    if compiled.scratch_bytes and not made.ctas:
        raise IRError(f"{kernel.label} needs scratch memory for each CTA, and has no bound on CTAs", mend="give it `ctas`, the device's cores at most")
    suffix = "cubin" if TARGETS[target].nvidia else "hsaco"
    (folder / "objects" / f"{kernel.label}.{target}.{suffix}").write_bytes(compiled.object)
    return {
        "file": f"objects/{kernel.label}.{target}.{suffix}", "function": compiled.function, "parameters": compiled.parameters,
        "dynamic_shared_bytes": compiled.dynamic_shared_bytes, "scratch_bytes": compiled.scratch_bytes, "resources": compiled.resources.to_dict(),
        **_instead(made, kernel, target, folder),
    }  # fmt: skip


def _instead(made: Spec, kernel: Kernel, target: str, folder: Path) -> dict[str, Any]:
    """What differs from the kernel that was planned, and its text."""
    if made == kernel.spec:
        return {}
    planned = asdict(kernel.spec)
    changed = {name: value for name, value in asdict(made).items() if value != planned.get(name)}
    return {"text": _text(made, f"{kernel.label}.{target}", folder)["text"], "instead": ({"kernel": made.kernel} if made.kernel != kernel.spec.kernel else {}) | changed}


def _compiled(spec: Spec, target: str, anything: bool) -> tuple[Spec, Compiled]:
    """The spec compiled; with `anything`, else the first that fits of those without bulk copies and with ever fewer stages or rows at a time: they compute the same."""
    plain = spec.twin if isinstance(spec, GemmHopper | AttentionPrefillHopper) else replace(spec, bulk=False) if isinstance(spec, Gemm) else spec
    others = [replace(plain, stages=stages) for stages in range(spec.stages - (plain == spec), 0, -1)] if anything else []
    if isinstance(spec, GemvInt4) and anything:
        others = [replace(spec, rows=rows) for rows in range(spec.rows - 1, 0, -1)]
    for tried in (spec, *others):
        try:
            return tried, compile_kernel(tried, target)
        except UnsupportedError as error:
            refused = error
    raise refused


def _shares(programs: list[Any]) -> dict[str, float]:
    """Each stream's share of the cores: the least that a launch on it was bounded to."""
    found = {MAIN: 1.0, MEMORY: 1.0}
    for op in programs:
        for launch in map(attributes_of, walk(op, "pipe.launch")):
            found[launch["stream"]] = min(found[launch["stream"]], launch["share"])
    return found


def _apart(launches: list[tuple[str, Any, dict[str, Any]]], chosen: Mapping[tuple[str, int], list[Kernel]], target: str) -> list[list[str]]:
    """Pairs of kernels, one of each stream, whose CTAs no core holds together: where streams share all cores, one waits for the other there."""
    streams: dict[str, dict[str, Kernel]] = {MAIN: {}, MEMORY: {}}
    for name, _, a in launches:
        if a["share"] < 1.0:
            streams[a["stream"]] |= {kernel.label: kernel for kernel in chosen[name, a["order"]]}
    pairs = [(m, n) for m in streams[MAIN].values() for n in streams[MEMORY].values()]
    return [[m.label, n.label] for m, n in pairs if not fit_together([compile_kernel(kernel.spec, target).resources for kernel in (m, n)])]


def _places(programs: list[Any]) -> dict[str, Any]:
    """Where each weight lies: offset, and the bytes from one layer to the next."""
    found = {}
    for op in programs:
        for weight in map(attributes_of, walk(op, "pipe.weight")):
            wide = dtype("f32" if weight["format"] == weights.ANGLES else weight["format"])
            shape = [weight.get("experts", 1), weight["n"], weight["k"]]
            found[weight["name"]] = {"offset": weight["offset"], "first": weight.get("first", 0), "stride": weight.get("stride", 0), "dtype": wide.name, "shape": shape}
    return found


def _write_weights(model: Any, programs: list[Any], path: Path) -> None:
    """The union of the programs' weights: those at the same place are the same."""
    layout = {facts["offset"]: facts for op in programs for facts in map(attributes_of, walk(op, "pipe.weight"))}
    size = max(attribute(op, "weights_bytes") for op in programs)
    ordered = [layout[offset] for offset in sorted(layout)]
    weight_file(ordered, Tensors(model).files(), path, lambda draft: write_weights(ordered, size, model, draft, weights.laid_pieces))


def _entry(op: Any) -> dict[str, Any]:
    """What the driver must know of a phase."""
    f = attributes_of(op)
    names = ("max_rows", "arena_bytes", "weights_bytes", "max_sequences", "page_tokens", "kv_pages", "context", "vocab", "layers", "kv_heads", "head_dim", "kv_dtype")
    return {name: f[name] for name in names} | {"nano_batches": f.get("nano_batches", 1), "kv_bytes": dtype(CACHES[f["kv_dtype"]] or ROWS_DTYPE).bytes}
