"""Compiled kernels, and the folder that keeps them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from intarsia import knobs, whole_file
from intarsia.codegen.gpu import disassemble
from intarsia.codegen.gpu.resources import Resources
from intarsia.codegen.gpu.targets import target


@dataclass(frozen=True)
class Compiled:
    """A kernel for one target.

    `function` is the symbol to launch, with `resources.threads` threads and `dynamic_shared_bytes` of dynamic shared memory. `assembly` is PTX (AMD: its assembly),
    `object` a cubin (AMD: hsaco). `parameters` counts those of the symbol: Triton adds two pointers (scratch memory
    and a profiler's, both null unless `scratch_bytes` says otherwise) to the kernel's own.
    """

    label: str
    target: str
    function: str
    source: str
    assembly: str
    object: bytes
    dynamic_shared_bytes: int
    resources: Resources
    parameters: int
    scratch_bytes: int = 0
    """Of scratch memory for each CTA, to which the first of Triton's two pointers must then point."""

    @property
    def ptx(self) -> str:
        return self.assembly

    @property
    def machine_code(self) -> str:
        """What the object disassembles to, made when asked for: it takes as long as assembling. Raises RuntimeFailure where nvdisasm fails."""
        return disassemble.sass(self.object) if target(self.target).nvidia else self.assembly

    @property
    def registers(self) -> int:
        return self.resources.registers

    @property
    def shared_bytes(self) -> int:
        return self.resources.shared_bytes


def cached(key: tuple[str, ...], make: Callable[[], Compiled]) -> Compiled:
    """What `make` gives, or gave the last time for the same key: source, target, options and the compiler's version. Without a usable folder it is made each time."""
    path = knobs.get().cache / "gpu" / f"{_digest(key)}.kernel"
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=Compiled)
    except (OSError, msgspec.DecodeError):
        compiled = make()
        whole_file.keep(path, lambda beside: beside.write_bytes(msgspec.msgpack.encode(compiled)))
        return compiled


def _digest(parts: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:{part}".encode())
    return digest.hexdigest()[:40]
