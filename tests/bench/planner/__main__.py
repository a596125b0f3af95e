import sys

from tests.bench.planner.bench_planner import main

if __name__ == "__main__":
    sys.exit(main())
