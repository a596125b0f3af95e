"""`python -m intarsia` is `intarsia`."""

from __future__ import annotations

import sys


def main() -> None:
    """The console script: Ctrl-C while the command is being loaded is no traceback either."""
    try:
        from intarsia.compiler import cli
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    cli.main()


if __name__ == "__main__":
    main()
