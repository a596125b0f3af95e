"""The compiled search as an object file that is kept on disk: loading it takes a millisecond, where loading numba takes most of a second.

The object is known by the search's source, numba's version and the processor's features. It is loaded as a bundle's code is. Where that is not possible
(other machines than x86-64 ones with Linux), numba compiles the search anew in each process.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from intarsia import knobs
from intarsia.errors import BundleError
from intarsia.planner.memory.state import Blocks, Frames, Ints, State
from intarsia.runtime.bundle import cpu_features
from intarsia.runtime.native import NativeObject

ENTRY = "intarsia_memory_search"
ARGUMENTS = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_double)
WORD_BYTES = 8
NEVER_CALLED = dict.fromkeys(
    ("numba_gil_ensure", "numba_gil_release", "numba_unpickle", "numba_do_raise", "numba_runtime_build_excinfo_struct", "NRT_Free", "NRT_MemInfo_call_dtor"), "abort"
)
"""numba's helpers, which code refers to that might raise or free an array: the search does neither."""


def search(b: Blocks, s: State, f: Frames, capacity: int, rules: int, limit: int, step: float, offsets: Ints, blame: Ints) -> tuple[int, int]:
    """`canonical.search`, compiled. Arrays must lie in one piece."""
    arrays = (*b, *s, *f, offsets, blame)
    assert all(array.flags.c_contiguous and array.itemsize == WORD_BYTES for array in arrays)
    places = (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))
    lengths = (len(b.size), len(s.rest), len(b.beside), len(b.within), len(blame), len(s.key), len(f.section), len(f.pool))
    numbers = np.array((*lengths, capacity, rules, limit), np.int64)
    load()(places, numbers.ctypes.data, step)
    return int(numbers[0]), int(numbers[1])


@lru_cache(maxsize=1)
def load() -> Callable[..., None]:
    """The function from the object on disk; where no earlier process has put it there, it is compiled, which takes seconds."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return _compiled_here()
    kept = knobs.get().cache / "objects" / f"memory-{_digest()}.o"
    try:
        return _loaded(kept)
    except BundleError:  # not there yet, or damaged
        return _made(kept)


def _made(kept: Path) -> Callable[..., None]:
    """Compiles the object, keeps it where the cache can be written, and loads it."""
    from intarsia import jit
    from intarsia.planner.memory import canonical

    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / kept.name
        draft.write_bytes(jit.object_file(jit.callback(canonical.enter), ENTRY))
        _keep(draft, kept)
        return _loaded(draft)


def _keep(draft: Path, kept: Path) -> None:
    """Copies the object, whole or not at all."""
    beside = kept.with_name(f".{kept.name}.{os.getpid()}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(draft, beside)
        os.replace(beside, kept)
    except OSError:  # the cache can't be written: the next process compiles again
        return


def _loaded(path: Path) -> Callable[..., None]:
    code = NativeObject(path, NEVER_CALLED)
    function = code.function(ENTRY, *ARGUMENTS)

    def call(*arguments: Any, code: NativeObject = code) -> None:
        """Holds on to the memory that the function lies in."""
        function(*arguments)

    return call


def _compiled_here() -> Callable[..., None]:
    from intarsia import jit
    from intarsia.planner.memory import canonical

    made = jit.callback(canonical.enter)
    function = ctypes.CFUNCTYPE(None, *ARGUMENTS)(made.address)

    def call(*arguments: Any, made: Any = made) -> None:
        function(*arguments)

    return call


def _digest() -> str:
    """What the object depends on."""
    sources = [Path(__file__).with_name(name).read_bytes() for name in ("canonical.py", "state.py", "native.py")]
    versions = [metadata.version(package) for package in ("numba", "llvmlite")]
    digest = hashlib.sha256(b"\0".join(sources))
    digest.update(" ".join([*versions, platform.python_version(), *sorted(cpu_features())]).encode())
    return digest.hexdigest()[:40]
