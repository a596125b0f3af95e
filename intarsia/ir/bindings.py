"""The one file that names the MLIR wheel.

Everything else imports MLIR from here, so that a change of wheel is a change of this file. All modules live
in one process-wide context: loading Python-defined dialects twice from two threads can crash the wheel, and
type casters are global anyway.
"""

from __future__ import annotations

import os
import sys
import threading
from importlib import metadata
from types import ModuleType
from typing import Any

from torch_mlir import ir as ir
from torch_mlir import rewrite as rewrite
from torch_mlir.dialects import ext as ext
from torch_mlir.execution_engine import ExecutionEngine as ExecutionEngine
from torch_mlir.passmanager import PassManager as PassManager

WHEEL = "torch-mlir"
LOCK = threading.RLock()
_context: Any = None


def adopt(dialect: str) -> None:
    """Let the wheel find a Python module for one of our dialects.

    It imports `torch_mlir.dialects.<name>` whenever it meets an operation, and tries again each time the import fails:
    thousands of searches of the file system in one compilation.
    """
    name = f"{ext.__package__}.{dialect}"
    sys.modules.setdefault(name, ModuleType(name))


def object_code(module: Any, symbol: str) -> bytes:
    """The object file of a module in the LLVM dialect, compiled for this processor. Raises RuntimeError.

    LLVM ends the whole process when it can't write a file (a full disk), so it writes to memory. Looking `symbol` up compiles
    the module; the dump alone stumbles over internal functions.
    """
    engine = ExecutionEngine(module, opt_level=3, enable_object_dump=True)
    engine.raw_lookup(symbol)
    with open(os.memfd_create("object"), "rb") as memory:
        engine.dump_to_object_file(f"/proc/self/fd/{memory.fileno()}")
        return memory.read()


def wheel_version() -> str:
    """The version of the installed MLIR wheel; part of every cache key and bundle manifest."""
    return metadata.version(WHEEL)


def linalg_dialect() -> Any:
    """Builders of linalg's named operations; loading them takes a tenth of a second."""
    from torch_mlir.dialects import linalg

    return linalg


def torch_fx() -> Any:
    """The wheel's importer of exported torch programs; loading it takes seconds, and torch."""
    from torch_mlir import fx

    return fx


def context() -> Any:
    """The process-wide MLIR context, with Intarsia's dialects loaded."""
    global _context
    with LOCK:
        if _context is None:
            from intarsia.ir import dialects

            fresh = ir.Context()
            fresh.enable_multithreading(False)  # Python verifiers deadlock otherwise
            with fresh, ir.Location.unknown():
                dialects.load_all()
            _context = fresh
    return _context
