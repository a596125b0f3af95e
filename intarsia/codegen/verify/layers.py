"""The layers of verification. Each takes a case and gives findings: what held, what didn't, and the figures.

| layer | what it shows |
|---|---|
| interpreter | the kernel's text computes the right numbers, for any number of CTAs in any order, inside its memory |
| compile | it compiles for each target at a model's sizes, spills nothing, and a core can hold it |
| machine code | sm_90a's instructions: wide accesses, tensor cores in the main loop, no local memory |
| emulator | the PTX that was really emitted computes the right numbers, and moves the bytes that its spec's formula says |
| account | FLOPs and bytes of that PTX, counted where tiles are full, are those of the spec's formulas: the cost model's |
| mutants | on request: the emulator notices small errors in that PTX |
| device | the same on a GPU, with its time, where there is one |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from intarsia.codegen.gpu.compiled import Compiled
from intarsia.codegen.gpu.spec import Spec
from intarsia.codegen.gpu.targets import TARGETS
from intarsia.codegen.triton.compile import source_file
from intarsia.codegen.verify import account, compilers, mutated, sass
from intarsia.codegen.verify.cases.case import Case, Named
from intarsia.codegen.verify.cases.full import full_cases
from intarsia.codegen.verify.scale import at_scale
from intarsia.errors import IntarsiaError, RuntimeFailure, UnsupportedError

if TYPE_CHECKING:
    from intarsia.codegen.verify.cuda_device import Device

PASS, FAIL, REFUSED, ABSENT = "pass", "fail", "refused", "absent"
FACTS_TARGET = "sm_90a"
EMULATED = ("sm_80", "sm_90a")
EMULATED_CTAS = 3
MUTANTS_OF_A_KIND = 2


@dataclass(frozen=True)
class Finding:
    """What one layer found of one case. `verdict`: pass, fail, refused (the target lacks a type, and the error says so), absent (nothing here to run the layer)."""

    case: str
    layer: str
    target: str
    verdict: str
    detail: str
    figures: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def interpreter(named: Named, case: Case) -> Iterator[Finding]:
    """Layer 1: several numbers of CTAs, their order shuffled; results must be the same to the bit."""
    spec = case.spec
    if spec.language != "triton":
        yield Finding(named.name, "interpreter", "", ABSENT, "CUDA C++ is not interpreted: the emulator runs its PTX")
        return
    from intarsia.interpreter import MemoryFault, load

    kernel = load(source_file(spec.source(), spec.kernel), spec.kernel)
    grids = sorted({min(grid, spec.grid(case.counts)) for grid in named.grids})
    results, worst = [], 0.0
    for grid in grids:
        arguments = case.fresh()
        try:
            kernel.launch(grid, {**arguments, **spec.constants}, seed=grid)
        except MemoryFault as fault:
            yield Finding(named.name, "interpreter", "", FAIL, f"{grid} CTAs: {fault}")
            return
        results.append([arguments[name].tobytes() for name in case.expected])
        worst = max(worst, case.error(arguments))
    alike = all(result == results[0] for result in results)
    detail = f"error {worst:.1e} of {case.tolerance:.1e} with {', '.join(map(str, grids))} CTAs" + ("" if alike else ", which differ")
    yield Finding(named.name, "interpreter", "", PASS if worst <= case.tolerance and alike else FAIL, detail, {"error": worst, "tolerance": case.tolerance, "grids": grids})


def compiled(named: Named, case: Case) -> Iterator[Finding]:
    """Layer 2: each target, at a model's sizes."""
    for target in (name for name, t in TARGETS.items() if case.spec.language == "triton" or t.nvidia):
        made = _compile(named, at_scale(case.spec, target), target, "compile")
        if isinstance(made, Finding):
            yield made
            continue
        r = made.resources
        detail = f"{r.registers} registers x {r.threads} threads, {r.shared_bytes} bytes shared, {r.spill_bytes} spilled, {r.ctas_per_core} CTAs a core"
        yield Finding(named.name, "compile", target, PASS if r.spill_bytes == 0 and r.ctas_per_core >= 1 else FAIL, detail, r.to_dict())


def machine_code(named: Named, case: Case) -> Iterator[Finding]:
    """Layer 3: facts of sm_90a's code, at a model's sizes."""
    spec = at_scale(case.spec, FACTS_TARGET)
    made = _compile(named, spec, FACTS_TARGET, "machine code")
    if isinstance(made, Finding):
        yield made
        return
    program = sass.parse(made.machine_code)
    share, products, local = program.wide_share(), program.products(), program.local_accesses()
    wrong = [] if share >= spec.wide_share else [f"{share:.0%} of bytes in 128-bit accesses, expected {spec.wide_share:.0%}"]
    wrong += [] if not spec.tensor_cores or products & set(spec.tensor_cores) else [f"none of {', '.join(spec.tensor_cores)} in the main loop"]
    wrong += [f"{local} accesses to local memory"] if local else []
    found = f"{share:.0%} of bytes in 128-bit accesses, {local} to local memory" + (f", {', '.join(sorted(products))} in the main loop" if products else "")
    figures = {"wide_share": share, "products": sorted(products), "local_accesses": local, "main_loop": len(program.main_loop()), "instructions": len(program.instructions)}
    yield Finding(named.name, "machine code", FACTS_TARGET, FAIL if wrong else PASS, "; ".join(wrong) or found, figures)


def emulated(named: Named, case: Case) -> Iterator[Finding]:
    """Layer 4: the PTX of the case's own small sizes, with a number of CTAs that doesn't divide the work."""
    for target in EMULATED:
        made = _compile(named, case.spec, target, "emulator")
        yield made if isinstance(made, Finding) else _emulate(named, case, made)


def _emulate(named: Named, case: Case, made: Compiled) -> Finding:
    """Results, and how many bytes went through global memory beside what the kernel's formula says. CUDA C++, which nothing interprets, runs with several numbers of CTAs."""
    wanted = named.grids if case.spec.language == "cuda" else (EMULATED_CTAS,)
    grids = sorted({min(grid, case.spec.grid(case.counts)) for grid in wanted})
    results, found = [], 0.0
    try:
        for grid in grids:
            arguments, counted = account.run(case, made, grid)
            results.append([arguments[name].tobytes() for name in case.expected])
            found = max(found, case.error(arguments))
    except IntarsiaError as error:
        return Finding(named.name, "emulator", made.target, FAIL, str(error))
    alike, moved = all(result == results[0] for result in results), account.summary(case, counted, grids[-1])
    detail = f"error {found:.1e} of {case.tolerance:.1e} with {', '.join(map(str, grids))} CTAs" + ("" if alike else ", which differ")
    detail += f"; {moved.bytes} bytes moved, {moved.formula_bytes:.0f} by formula"
    right = alike and found <= case.tolerance and abs(moved.bytes_off) <= account.ALLOWED
    return Finding(named.name, "emulator", made.target, PASS if right else FAIL, detail, {"error": found, "tolerance": case.tolerance, **asdict(moved)})


def accounted(named: Named, case: Case) -> Iterator[Finding]:
    """The roofline account of a kernel that multiplies matrices, on sizes that fill its tiles. Kernels that only move have theirs in the layer before."""
    if named.name not in full_cases():
        return
    full = full_cases()[named.name].make()
    for target in EMULATED:
        made = _compile(named, full.spec, target, "account")
        if isinstance(made, Finding):
            yield made
            continue
        found = account.account(full, made)
        right = max(abs(found.flops_off), abs(found.bytes_off)) <= account.ALLOWED
        detail = f"{found.flops} FLOPs, {found.formula_flops:.0f} by formula; {found.bytes} bytes, {found.formula_bytes:.0f} by formula"
        yield Finding(named.name, "account", target, PASS if right else FAIL, detail, asdict(found))


def mutants(named: Named, case: Case) -> Iterator[Finding]:
    """Whether the layer before would notice: the same PTX with one small error at a time."""
    for target in EMULATED:
        made = _compile(named, case.spec, target, "mutants")
        if isinstance(made, Finding):
            yield made
            continue
        found = mutated.trials(case, made, min(EMULATED_CTAS, case.spec.grid(case.counts)), MUTANTS_OF_A_KIND)
        figures = {kind: {"tried": one.tried, "survived": list(one.survived)} for kind, one in found.items()}
        yield Finding(named.name, "mutants", target, PASS if any(one.found for one in found.values()) else FAIL, mutated.words(found), figures)


def device(named: Named, case: Case) -> Iterator[Finding]:
    """On a GPU, if there is one: results with several numbers of CTAs, and time, at the case's own sizes."""
    from intarsia.codegen.verify import cuda_device

    gpu = cuda_device.find()
    if isinstance(gpu, str):
        yield Finding(named.name, "device", "", ABSENT, gpu)
        return
    made = _compile(named, case.spec, gpu.target, "device")
    if isinstance(made, Finding):
        yield made
        return
    try:
        yield _on_device(named, case, made, gpu)
    except RuntimeFailure as error:
        yield Finding(named.name, "device", gpu.target, FAIL, str(error))


def _on_device(named: Named, case: Case, made: Compiled, gpu: Device) -> Finding:
    most = case.spec.grid(case.counts)
    grids = sorted({min(grid, most) for grid in (*named.grids, most)})
    results, worst, seconds = [], 0.0, 0.0
    for grid in grids:
        arguments = case.fresh()
        seconds = gpu.run(made, grid, list(arguments.values()), timed=grid == most)
        results.append([arguments[name].tobytes() for name in case.expected])
        worst = max(worst, case.error(arguments))
    alike = all(result == results[0] for result in results)
    detail = f"{gpu.name}: error {worst:.1e} of {case.tolerance:.1e} with {', '.join(map(str, grids))} CTAs" + ("" if alike else ", which differ") + f"; {seconds * 1e6:.1f} us"
    figures = {"error": worst, "tolerance": case.tolerance, "grids": grids, "seconds": seconds}
    return Finding(named.name, "device", gpu.target, PASS if worst <= case.tolerance and alike else FAIL, detail, figures)


Layer = Callable[[Named, Case], Iterator[Finding]]
LAYERS: dict[str, Layer] = {"interpreter": interpreter, "compile": compiled, "machine code": machine_code, "emulator": emulated, "account": accounted, "device": device}
ON_REQUEST: dict[str, Layer] = {"mutants": mutants}
"""Of the checks, not of the kernel; minutes for all of them."""


def verify(named: Named, layers: Iterable[str] = tuple(LAYERS)) -> list[Finding]:
    """All findings of a case."""
    case = named.make()
    with np.errstate(all="ignore"):
        return [finding for layer in layers for finding in (LAYERS | ON_REQUEST)[layer](named, case)]


def _compile(named: Named, spec: Spec, target: str, layer: str) -> Compiled | Finding:
    """The kernel, or the finding that there is none: a target that lacks a type refuses it by design."""
    lacking = compilers.lacks(spec, target)
    try:
        return compilers.compile_kernel(spec, target)
    except UnsupportedError as error:
        return Finding(named.name, layer, target, REFUSED if lacking else FAIL, str(error))
