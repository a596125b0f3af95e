"""A folder of compiled kernels for a machine that can't compile them: made where Triton and NVRTC are, read where the GPU is.

    python -m intarsia.codegen.verify --all --compile-to objects --target sm_90a
    python -m intarsia.codegen.verify --all --layer device --objects objects          # there

A kernel is found by its text, its arguments and the target. What only layers without a GPU look at (text and PTX) stays behind.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import msgspec

from intarsia.codegen.gpu.compiled import Compiled
from intarsia.codegen.gpu.spec import Spec
from intarsia.errors import InputError, UnsupportedError, Where


def keep(folder: Path, spec: Spec, compiled: Compiled) -> Path:
    """Put a kernel into the folder. Raises InputError where it can't be written."""
    path = folder / _name(spec, compiled.target)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.msgpack.encode(replace(compiled, source="", assembly="")))
    except OSError as error:
        raise InputError(f"cannot keep a kernel: {error.strerror}", where=Where(str(path))) from None
    return path


def find(folder: Path, spec: Spec, target: str) -> Compiled:
    """A kernel of the folder. Raises UnsupportedError where it isn't there, InputError where it can't be read."""
    path = folder / _name(spec, target)
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=Compiled)
    except FileNotFoundError:
        raise UnsupportedError(f"{spec.label} for {target} is not among the kernels of {folder}", mend="compile them again with the same version of Intarsia") from None
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"cannot read a kernel: {error}", where=Where(str(path)), mend="compile again") from None


def _name(spec: Spec, target: str) -> str:
    digest = hashlib.sha256(f"{replace(spec, ctas=0).source()}\n{spec.arguments!r}\n{target}".encode())  # one object serves any bound on CTAs
    return f"{spec.kernel}.{target}.{digest.hexdigest()[:24]}"
