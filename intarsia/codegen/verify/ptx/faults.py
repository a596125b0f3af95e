"""What the emulator reports: a kernel that does what no kernel may, and PTX that the emulator doesn't know.

Both name the PTX line and the instruction, and the line of the source where the PTX says it (`.loc`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from intarsia.errors import RuntimeFailure, UnsupportedError, Where

if TYPE_CHECKING:
    from intarsia.codegen.verify.ptx.program import Instruction

KINDS = ("bounds", "alignment", "uninitialised", "race", "pending", "divergence", "arithmetic", "limit")


class KernelFault(RuntimeFailure):
    """A kernel did something wrong while it was emulated; `kind` is one of KINDS."""

    def __init__(self, kind: str, what: str, *, where: Where | str | None = None, mend: str = "") -> None:
        self.kind = kind
        super().__init__(f"{kind}: {what}", where=where, mend=mend)


def place(instruction: Instruction) -> Where:
    """An instruction as a place in its PTX file."""
    source = f", from {instruction.source}" if instruction.source else ""
    return Where("ptx", instruction.line, f"`{instruction.text}`{source}")


def fault(kind: str, what: str, instruction: Instruction) -> KernelFault:
    """What a kernel did wrong, at the line of its PTX."""
    return KernelFault(kind, what, where=place(instruction))


def unknown(what: str, instruction: Instruction) -> UnsupportedError:
    """For instructions, modifiers and operands outside the tables: they are never guessed."""
    return UnsupportedError(what, where=place(instruction), mend="the PTX emulator must learn it first: docs/ptx-emulator.md says how")
