"""An emulator of PTX in NumPy: it runs the PTX that Triton and NVRTC really emitted, and reports what a kernel must not do. See docs/ptx-emulator.md.

>>> counters = emulate(ptx, "matmul", grid=2, block=128, arguments=[a, b, c, 64, 64, 64], shared_bytes=16384)
"""

from intarsia.codegen.verify.ptx.counters import Counters, Traffic
from intarsia.codegen.verify.ptx.faults import KernelFault
from intarsia.codegen.verify.ptx.launch import emulate
from intarsia.codegen.verify.ptx.parser import parse

__all__ = ["Counters", "KernelFault", "Traffic", "emulate", "parse"]
