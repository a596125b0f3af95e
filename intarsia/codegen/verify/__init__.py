"""Kernels verified without a GPU, in layers: interpreted, compiled, disassembled, emulated; and run on a GPU where there is one."""
