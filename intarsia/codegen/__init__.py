"""From a planned module to what runs: programs of launches, kernels, objects, weight files. Knows the IR alone."""
