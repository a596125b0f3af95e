import sys

from tests.bench.bench_llm import main

if __name__ == "__main__":
    sys.exit(main())
