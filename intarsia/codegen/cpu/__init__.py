"""Native code for CPUs: phases to launches, launches to MLIR, MLIR to an object beside its packed weights."""
