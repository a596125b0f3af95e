"""CUDA C++ kernels, where they earn their place beside Triton's: RMSNorm, decode attention, products of few rows with 4-bit weights, and of many rows on Hopper.

Compiled by NVRTC from its wheel.
"""
