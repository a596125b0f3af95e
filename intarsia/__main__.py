"""`python -m intarsia` is `intarsia`."""

from __future__ import annotations

from intarsia.compiler.cli import main

if __name__ == "__main__":
    main()
