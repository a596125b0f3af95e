"""Names of other operations; apart from attributes.py, for whoever reads files and needs no MLIR."""

from __future__ import annotations


class Symbol(str):
    """The name of another operation: `Symbol("smollm2")` prints as `@smollm2`."""

    def __repr__(self) -> str:
        return f"@{self!s}"
