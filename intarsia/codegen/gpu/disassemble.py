"""What a cubin takes and says, by the tools that Triton's wheel brings: cuobjdump and nvdisasm."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from intarsia.codegen.gpu.targets import Target
from intarsia.errors import MissingDependency, RuntimeFailure

COUNTS_RESERVED = (90, 100)
"""Architectures for which cuobjdump counts the bytes that the system reserves in each CTA."""


@dataclass(frozen=True)
class Usage:
    """Of a thread: `registers`, `local_bytes` of stack and spills. Of a CTA: `shared_bytes`, static alone."""

    registers: int
    local_bytes: int
    shared_bytes: int


def usage(cubin: bytes, on: Target) -> Usage:
    """What the one kernel of a cubin takes. Raises RuntimeFailure where cuobjdump fails."""
    text = _run("cuobjdump", cubin, "--dump-resource-usage")
    found = re.search(r"REG:(\d+) STACK:(\d+) SHARED:(\d+) LOCAL:(\d+)", text)
    if found is None:
        raise RuntimeFailure(f"cuobjdump says nothing of a kernel's resources: {text[:200]!r}")
    registers, stack, shared, local = map(int, found.groups())
    reserved = on.shared_reserved if shared >= on.shared_reserved and on.arch in COUNTS_RESERVED else 0
    return Usage(registers, stack + local, shared - reserved)


def sass(cubin: bytes) -> str:
    """The machine code of a cubin. Raises RuntimeFailure where nvdisasm fails."""
    return _run("nvdisasm", cubin, "-c")


def spilled(cubin: bytes, used: Usage) -> int:
    """Bytes of local memory that the machine code loads or stores: spills, or arrays that aren't in registers. A stack alone is neither. Raises as `sass` does."""
    return used.local_bytes if used.local_bytes and re.search(r"\b(LDL|STL)\b", sass(cubin)) else 0


def tool(name: str) -> Path:
    """A tool of Triton's wheel. Raises MissingDependency without it."""
    spec = importlib.util.find_spec("triton")
    for place in (spec.submodule_search_locations or []) if spec else []:
        path = Path(place) / "backends" / "nvidia" / "bin" / name
        if path.exists():
            return path
    raise MissingDependency(f"{name} is needed to look into compiled kernels", mend="pip install 'intarsia[gpu]'")


def _run(name: str, cubin: bytes, *flags: str) -> str:
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        done = subprocess.run([tool(name), *flags, file.name], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeFailure(f"{name} failed: {(done.stdout + done.stderr).strip()[:300]}")
    return done.stdout
