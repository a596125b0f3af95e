"""What Triton's and CUDA's kernels share: targets and their limits, what a kernel is, what compiling one gives, what fits on a core."""
