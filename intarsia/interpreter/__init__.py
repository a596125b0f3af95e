"""Runs Triton kernels on the CPU with Triton's own interpreter, put right where it is wrong, on NumPy arrays.

A leaf beside `errors.py`: code generation verifies kernels with it, and the runtime's driver `interpreter` runs bundles with it. `launch.py` is the face;
`arithmetic.py` mends numbers, `memory.py` guards memory.
"""

from intarsia.interpreter.launch import Kernel, load
from intarsia.interpreter.memory import MemoryFault

__all__ = ["Kernel", "MemoryFault", "load"]
