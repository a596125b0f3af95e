"""One file a kind of kernel; each gives MLIR text for one instruction set."""
