"""Special functions. They are computed as exactly as float32 allows; a GPU's approximations are within a few units in the last place of that."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from intarsia.codegen.verify.ptx import floats
from intarsia.codegen.verify.ptx.builder import Builder, Modifiers
from intarsia.codegen.verify.ptx.operations.arithmetic import general, pairs
from intarsia.codegen.verify.ptx.program import Instruction
from intarsia.codegen.verify.ptx.table import Step, operation
from intarsia.codegen.verify.ptx.types import PACKED, Array

FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "ex2": np.exp2,
    "lg2": np.log2,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "rcp": lambda x: 1 / x,
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
}


@operation(*FUNCTIONS, forms="f32 (f64 for rcp sqrt rsqrt; f16 bf16 and pairs for ex2 tanh), .approx .rn .ftz")
def _special(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    words.flag("approx", "rn")
    flush = words.flag("ftz")
    exact = FUNCTIONS[instruction.opcode]
    if packed := words.packed():
        words.done()
        return pairs(builder, instruction, PACKED[packed], lambda x: exact(x.astype(np.float64)))
    kind = words.type()
    words.done()

    def function(values: Array) -> Array:
        wide = exact((floats.flush(values) if flush and kind.bits == 32 else values).astype(np.float64))
        return floats.flush(wide.astype(np.float32)) if flush and kind.bits == 32 else wide

    return general(builder, instruction, kind, function)
