"""Kernels' texts: jinja2 templates to readable Python."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import jinja2

from intarsia.codegen.gpu.dtypes import DTYPES
from intarsia.codegen.gpu.spec import Spec

LOG2_E = 1.4426950408889634
MOST_REGISTERS, CORE_REGISTERS = 255, 65536
"""Of a thread and of an SM of every NVIDIA GPU that kernels are made for."""


@dataclass(frozen=True, kw_only=True)
class TritonSpec(Spec):
    """A kernel that a template of the same name makes."""

    language: ClassVar[str] = "triton"
    registers: int = 0
    """At most so many registers a thread; 0: as many as one CTA on a core could have. Left alone, ptxas spills a few addresses to fit one CTA more."""

    def facts(self) -> dict[str, Any]:
        """What the template asks besides the spec's fields."""
        return {}

    def source(self) -> str:
        """A Python file with the kernel, its constants, its launch options and the most CTAs that the planner allows."""
        body = render(f"{self.kernel}.py.j2", spec=self, **self.facts())
        most = min(MOST_REGISTERS, CORE_REGISTERS // (32 * self.warps) // 8 * 8)
        options = {"num_warps": self.warps, "num_stages": self.stages, "maxnreg": self.registers or most}
        return render("file.py.j2", spec=self, body=body, constants=self.constants, options=options)


def render(template: str, **facts: Any) -> str:
    """A template's text, blank lines at its ends removed."""
    return _environment().get_template(template).render(triton={name: d.triton for name, d in DTYPES.items()}, LOG2_E=LOG2_E, **facts).strip() + "\n"


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("intarsia.codegen.triton"), undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        line_statement_prefix="#%",
    )  # fmt: skip
