import sys

from tests.bench.gpu.bench_gpu import main

if __name__ == "__main__":
    sys.exit(main())
