"""Our kernels on torch's tensors: loaded once, launched on torch's current stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch

from intarsia.codegen.gpu.spec import Spec
from intarsia.codegen.verify import compilers, cuda_device
from intarsia.libcuda import Gpu, Kernel, packed
from tests.bench.gpu.timing import stream

Tensors = Mapping[str, Any]


@cache
def device() -> cuda_device.Device:
    torch.cuda.init()
    torch.zeros(1, device="cuda")
    found = cuda_device.find()
    if isinstance(found, str):
        raise SystemExit(found)
    return found


@cache
def loaded(spec: Spec) -> tuple[Kernel, int, int]:
    """The kernel, how many parameters its symbol has, and the bytes of scratch memory for each CTA."""
    made = compilers.compile_kernel(spec, device().target)
    return device().gpu.load(made.object, made.function, made.resources.threads, made.dynamic_shared_bytes), made.parameters, made.scratch_bytes


def call(spec: Spec, tensors: Tensors, counts: Mapping[str, float], grid: int = 0, on: Any = None) -> Callable[[], None]:
    """A function that queues one launch, on the stream `on` or torch's. Arguments go by their names; `grid` is the spec's where it is 0."""
    gpu: Gpu = device().gpu
    kernel, parameters, scratch = loaded(spec)
    values = [(spec_argument, tensors[spec_argument.name]) for spec_argument in spec.arguments]
    given = [("Q", value.data_ptr()) if a.tensor else ("i" if a.role == "size" else "f", value) for a, value in values]
    ctas = grid or spec.grid(counts)
    room = torch.empty(max(1, scratch * ctas), dtype=torch.uint8, device="cuda")  # the launch holds it
    added: list[tuple[str, float]] = [("Q", 0)] * (parameters - len(given))
    if scratch:
        added[0] = "Q", room.data_ptr()
    words = packed([*given, *added])

    def launch(room: torch.Tensor = room) -> None:
        gpu.launch(kernel, ctas, words, on if on is not None else stream())

    return launch
