"""Kernels' texts: jinja2 templates to CUDA C++."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import jinja2

from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.gpu.spec import Spec

LOG2_E = 1.4426950408889634


@dataclass(frozen=True, kw_only=True)
class CudaSpec(Spec):
    """A kernel that a template of the same name makes. Sizes are constants in its text."""

    language: ClassVar[str] = "cuda"
    stages: int = 1

    def facts(self) -> dict[str, Any]:
        """What the template asks besides the spec's fields."""
        return {}

    @property
    def dynamic_shared_bytes(self) -> int:
        return 0

    @property
    def scratch_bytes(self) -> int:
        """Of scratch memory for each CTA, to which the first of two pointers behind the arguments must then point."""
        return 0

    @property
    def threads(self) -> int:
        return 32 * self.warps

    def source(self) -> str:
        template = _environment().get_template(f"{self.kernel}.cu.j2")
        return template.render(spec=self, T=dtype(self.dtype).cuda, LOG2_E=LOG2_E, **self.facts()).strip() + "\n"


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("intarsia.codegen.cuda"), undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
