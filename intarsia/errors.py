"""Every error that Intarsia raises on purpose.

    IntarsiaError                 anything below; the CLI prints it and exits with `exit_code`
    ├── InputError                a file or argument from outside is wrong (model, graph, trace, fleet, flag)
    ├── IRError                   a module does not parse or verify
    ├── InfeasibleError           nothing fits; says what to relax
    ├── UnsupportedError          well-formed, but Intarsia has no lowering, kernel or front end for it
    ├── BundleError               a build/ directory is damaged, or made for another version or machine
    ├── RuntimeFailure            a run went wrong (a tool failed, a request was refused)
    │   └── Cancelled             the caller cancelled the request
    └── MissingDependency         an optional extra is needed

A message has three parts: what is wrong, where (file, line, node), and how to mend it.
The file is a leaf of the import graph, because the runtime raises these without loading the compiler.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Where:
    """A place in an input: `file`, and optionally the 1-based `line` and the `node` (operation, tensor, column)."""

    file: str = ""
    line: int | None = None
    node: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line is not None else self.file
        return ", ".join(part for part in (place, self.node) if part)


class IntarsiaError(Exception):
    """Base class. `exit_code` is what the CLI returns for it."""

    exit_code = 2

    def __init__(self, what: str, *, where: Where | str | None = None, mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where and str(self.where) else ""
        return f"{place}{self.what}" + (f" ({self.mend})" if self.mend else "")


class InputError(IntarsiaError):
    """A file or an argument from outside is wrong."""


class IRError(IntarsiaError):
    """A module does not parse, or breaks a rule of its dialect."""


class InfeasibleError(IntarsiaError):
    """No plan satisfies the constraints."""


class UnsupportedError(IntarsiaError):
    """The input is well-formed, but nothing here can handle it."""


class BundleError(IntarsiaError):
    """A bundle is damaged, incomplete, or made for another version or machine."""


class RuntimeFailure(IntarsiaError):
    """A run went wrong after loading."""


class Cancelled(RuntimeFailure):
    """The caller cancelled the request."""


class MissingDependency(IntarsiaError):
    """An optional extra is not installed; `mend` names the pip command."""
