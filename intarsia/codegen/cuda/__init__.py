"""CUDA C++ kernels, where they earn their place beside Triton's: RMSNorm, decode attention and products of few rows with 4-bit weights. Compiled by NVRTC from its wheel."""
