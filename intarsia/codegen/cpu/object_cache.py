"""Compiled objects and packed weights, kept on disk so that compiling the same thing again takes no time.

An object is known by its MLIR text, the processor's features and the MLIR wheel's version; a weight file by the layout of
its weights and the size and time of change of the files that they come from. What nobody has used for
some weeks is removed when something else is made; bundles keep links of their own. The folder may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from intarsia import knobs, whole_file
from intarsia.codegen.cpu.packing import explain
from intarsia.ir import bindings

FORMAT = "1"
"""Changes when packing does, so that older weight files are not found."""
UNUSED_S = 4 * 7 * 24 * 3600.0
"""What was used last so long ago is removed."""


def object_file(text: str, target: Path, compile_to: Callable[[str, Path], None]) -> None:
    """Put the object of an MLIR module at `target`. Raises IntarsiaError."""
    key = _digest(text, _features(), bindings.WHEEL, bindings.wheel_version())
    _cached(knobs.get().cache / "objects" / f"{key}.o", target, lambda path: compile_to(text, path))


def weight_file(layout: list[dict[str, Any]], files: list[str], target: Path, write: Callable[[Path], None]) -> None:
    """Put the packed weights at `target`. Raises IntarsiaError."""
    sources = [(str(Path(file).resolve()), *_stamp(file)) for file in files]
    key = _digest(FORMAT, json.dumps(layout, sort_keys=True), json.dumps(sources))
    _cached(knobs.get().cache / "weights" / f"{key}.weights", target, write)


def _stamp(file: str) -> tuple[int, int]:
    try:
        stat = os.stat(file)
    except OSError:
        return (0, 0)
    return (stat.st_size, stat.st_mtime_ns)


def _cached(cached: Path, target: Path, make: Callable[[Path], None]) -> None:
    """Link `target` to the cached file, made first if need be; without a usable cache, make the target itself."""
    if not cached.exists() and not _fill(cached, make):
        make(target)
        return
    _place(cached, target)


def _fill(cached: Path, make: Callable[[Path], None]) -> bool:
    """Make the cached file, whole or not at all; False where the cache can't be written."""
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    if not os.access(cached.parent, os.W_OK):
        return False
    try:
        with whole_file.draft(cached) as beside:
            make(beside)
            beside.chmod(0o444)
        _remove_unused(cached.parent)
    except OSError as error:
        raise explain(error, cached) from None
    return True


def _remove_unused(folder: Path) -> None:
    """Each use sets a file's time (`_place`). Raises OSError."""
    for other in folder.iterdir():
        with suppress(FileNotFoundError):  # another process removed it, or put it in its place
            if other.stat().st_mtime < time.time() - UNUSED_S:
                other.unlink()


def _place(cached: Path, target: Path) -> None:
    try:
        target.unlink(missing_ok=True)
        try:
            os.link(cached, target)
        except OSError:  # another file system
            shutil.copyfile(cached, target)
        os.utime(cached)
    except OSError as error:
        raise explain(error, target) from None


def _digest(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:".encode())
        digest.update(part.encode())
    return digest.hexdigest()[:40]


def _features() -> str:
    """The features that code generation for this processor uses."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line for line in lines if line.startswith(("flags", "Features"))), os.uname().machine)
