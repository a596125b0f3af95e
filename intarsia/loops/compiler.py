"""Compiles loops with LLVM. Whoever finds their objects on disk doesn't come here.

numba could do it, and did: it took half a minute where this takes seconds, nearly all of that in finding types that follow from annotations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import binding, ir

from intarsia.loops.entry import Entry
from intarsia.loops.kinds import Held, Signature, kinds_of
from intarsia.loops.statements import Body
from intarsia.loops.values import ADDRESS, REAL, WHOLE, result_of, types_of

HEAD = object.__basicsize__ // 8
DATA, AXES, SHAPE, DESCRIPTION, FLAGS, TYPE = HEAD, HEAD + 1, HEAD + 2, HEAD + 5, HEAD + 6, HEAD + 1
"""Words of 8 bytes of an array, and of its description: numpy/_core/include/numpy/ndarraytypes.h."""
ONE_PIECE = 1
"""The flag NPY_ARRAY_C_CONTIGUOUS."""


LARGE = 100
"""Instructions from which on a part that is called from several places is compiled once, and not into each of its callers."""


def object_file(entries: Sequence[Entry], level: int = 1) -> bytes:
    """Entries as a relocatable object for this processor: the code model is that of `native.py`, which loads it. Raises TypeError for what is no part of the language above."""
    module = Module()
    for entry in entries:
        module.enter(entry.name, entry.signature, module.function(entry.function))
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    machine = binding.Target.from_default_triple().create_target_machine(
        cpu=binding.get_host_cpu_name(), features=binding.get_host_cpu_features().flatten(), opt=max(level, 2), reloc="static", codemodel="large",
    )  # fmt: skip
    whole = binding.parse_assembly(module.text())
    tuning = binding.create_pipeline_tuning_options(speed_level=level)
    tuning.loop_vectorization, tuning.slp_vectorization = True, level > 2
    passes = binding.create_pass_builder(machine, tuning)
    passes.getModulePassManager().run(whole, passes)
    code: bytes = machine.emit_object(whole)
    return code


class Module:
    """The functions of entries."""

    def __init__(self) -> None:
        self.module = ir.Module()
        self.module.triple = binding.get_default_triple()
        self.made: dict[Any, ir.Function] = {}
        self.asked: Counter[Any] = Counter()

    def function(self, function: Callable[..., Any]) -> ir.Function:
        """A part, as a function of all parts of its arguments."""
        self.asked[function] += 1
        if function not in self.made:
            arguments, result = kinds_of(function)
            types = [type_ for kind in arguments.values() for type_ in types_of(kind)]
            made = ir.Function(self.module, ir.FunctionType(result_of(result), types), function.__name__)
            made.linkage = "internal"
            self.made[function] = made
            Body(function, made, self.function).compile()
        return self.made[function]

    def text(self) -> str:
        """The module in LLVM's language, when all is made."""
        for function, made in self.made.items():
            large = sum(len(block.instructions) for block in made.blocks) >= LARGE
            made.attributes.add("noinline" if large and self.asked[function] > 1 else "alwaysinline")
        return str(self.module)

    def enter(self, name: str, signature: Signature, loop: ir.Function) -> None:
        """What is called from outside, with all arguments' address, a word each: it takes NumPy's arrays apart, and gives the number of the first that isn't as declared, or 0."""
        made = ir.Function(self.module, ir.FunctionType(WHOLE, [ADDRESS]), name)
        builder = ir.IRBuilder(made.append_basic_block())
        given: list[Any] = []
        for place, kind in enumerate(signature.kinds):
            argument = _word(builder, made.args[0], place, ADDRESS if isinstance(kind, Held) else REAL if kind is float else WHOLE)
            if isinstance(kind, Held):
                with builder.if_then(_wrong(builder, argument, kind), likely=False):
                    builder.ret(WHOLE(place + 1))
                shape = _word(builder, argument, SHAPE, ADDRESS)
                given += [_word(builder, argument, DATA, ADDRESS), *(_word(builder, shape, axis) for axis in range(kind.axes))]
            else:
                given.append(builder.icmp_signed("!=", argument, WHOLE(0)) if kind is bool else argument)
        builder.call(loop, given)
        builder.ret(WHOLE(0))


def _word(builder: ir.IRBuilder, address: Any, place: int, type_: Any = WHOLE) -> Any:
    return builder.load(builder.gep(address, [WHOLE(place)], source_etype=WHOLE), typ=type_)


def _wrong(builder: ir.IRBuilder, array: Any, kind: Held) -> Any:
    """Whether an array of NumPy is of another type, has another number of axes, or lies in pieces."""
    number = builder.lshr(_word(builder, _word(builder, array, DESCRIPTION, ADDRESS), TYPE), WHOLE(32))
    axes = builder.and_(_word(builder, array, AXES), WHOLE(0xFFFFFFFF))
    pieces = builder.icmp_signed("==", builder.and_(_word(builder, array, FLAGS), WHOLE(ONE_PIECE)), WHOLE(0))
    others = builder.or_(builder.icmp_signed("!=", number, WHOLE(kind.dtype.num)), builder.icmp_signed("!=", axes, WHOLE(kind.axes)))
    return builder.or_(others, pieces)
