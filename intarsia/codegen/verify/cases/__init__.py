"""Inputs and what should come out: each kernel's reference in float64, written without regard for how the kernel does it. `table.py` lists them all."""
