"""A small writer of MLIR functions: SSA names, constants, addresses, loops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

PTR = "!llvm.ptr"
STACK_PAGE = 4096
"""An alignment for kernels whose helpers spill registers: wherever a thread's stack lies, spills then lie at the same places of a page. Without it attention took 1.5 to 2 times
as long in some threads as in others, products up to 1.3 times: a spill that straddles two pages, most likely, which costs tens of cycles each time."""


def vec(lanes: int, element: str) -> str:
    """The MLIR type of a vector, e.g. vector<16xf32>."""
    return f"vector<{lanes}x{element}>"


@dataclass
class Loop:
    """An open scf.for: its index, the carried values inside it, and its results after it."""

    index: str
    carried: list[str]
    results: list[str]
    types: Sequence[str]
    yielded: Sequence[str] = field(default_factory=list)


class FunctionText:
    """Collects the body of one func.func; every emitting method returns the new value's name.

    Arguments are (name, type) pairs; inside the function they are `%name`. Internal functions are
    never inlined, so that each body is compiled once however often it is called. `without` are LLVM
    target features that the code must not use.
    """

    def __init__(
        self, name: str, arguments: Sequence[tuple[str, str]], internal: bool = False, without: Sequence[str] = ()
    ):
        self.name, self.arguments, self.internal, self.without = name, arguments, internal, without
        self._constants: dict[str, str] = {}
        self._stack: list[str] = []
        self._body: list[str] = []
        self._depth = 1
        self._count = 0

    def text(self) -> str:
        """The whole function, constants and stack buffers first."""
        arguments = ", ".join(f"%{name}: {kind}" for name, kind in self.arguments)
        head = f"func.func {'private ' if self.internal else ''}@{self.name}({arguments})"
        attributes = ["llvm.linkage = #llvm.linkage<internal>", "llvm.no_inline"] * self.internal
        if self.without:
            off = ", ".join(f'"-{feature}"' for feature in self.without)
            attributes.append(f"llvm.target_features = #llvm.target_features<[{off}]>")
        if attributes:
            head += f" attributes {{{', '.join(attributes)}}}"
        first = [f"{name} = {op}" for op, name in self._constants.items()] + self._stack
        return "\n".join([head + " {", *("  " + line for line in first), *self._body, "  return", "}"]) + "\n"

    def line(self, text: str) -> None:
        """Append one operation without results."""
        self._body.append("  " * self._depth + text)

    def op(self, text: str) -> str:
        """Append one operation with one result."""
        name = self._fresh("v")
        self.line(f"{name} = {text}")
        return name

    def const(self, value: int | float, kind: str = "i64") -> str:
        """A constant of a scalar or (splat) vector type, defined once at the function's head."""
        literal = _literal(value, kind)
        op = f"arith.constant {literal} : {kind}"
        return self._constants.setdefault(op, f"%c{len(self._constants)}")

    def constant(self, op: str) -> str:
        """An operation without operands, put once at the function's head."""
        return self._constants.setdefault(op, f"%c{len(self._constants)}")

    def binary(self, op: str, a: str, b: str, kind: str = "i64") -> str:
        """`op a, b : kind`, e.g. arith.addi."""
        return self.op(f"{op} {a}, {b} : {kind}")

    def cast(self, op: str, a: str, source: str, target: str) -> str:
        """`op a : source to target`, e.g. arith.extf."""
        return self.op(f"{op} {a} : {source} to {target}")

    def fma(self, a: str, b: str, c: str, kind: str) -> str:
        """a * b + c on vectors; fused where the machine can, never a library call."""
        return self.op(f"vector.fma {a}, {b}, {c} : {kind}")

    def at(self, base: str, *offsets: str | int) -> str:
        """The address `base` plus byte offsets: i64 values or plain integers."""
        for offset in offsets:
            if offset == 0:
                continue
            kinds = f"({PTR}, i64)" if isinstance(offset, str) else f"({PTR})"
            base = self.op(f"llvm.getelementptr {base}[{offset}] : {kinds} -> {PTR}, i8")
        return base

    def load(self, address: str, kind: str) -> str:
        """A load without any demand on alignment."""
        return self.op(f"llvm.load {address} {{alignment = 1 : i64}} : {PTR} -> {kind}")

    def store(self, value: str, address: str, kind: str) -> None:
        """A store without any demand on alignment."""
        self.line(f"llvm.store {value}, {address} {{alignment = 1 : i64}} : {kind}, {PTR}")

    def splat(self, scalar: str, lanes: int, element: str) -> str:
        """All lanes equal to a scalar value."""
        return self.op(f"vector.broadcast {scalar} : {element} to {vec(lanes, element)}")

    def bytes_on_stack(self, count: int, alignment: int = 64) -> str:
        """The address of `count` uninitialised bytes that live until the return."""
        name = f"%stack{len(self._stack)}"
        self._stack.append(f"{name} = llvm.alloca {self.const(count)} x i8 {{alignment = {alignment} : i64}} : (i64) -> {PTR}")
        return name

    def call(self, name: str, operands: Sequence[str], kinds: Sequence[str]) -> None:
        """Call a function without results."""
        self.line(f"func.call @{name}({', '.join(operands)}) : ({', '.join(kinds)}) -> ()")

    def intrinsic(self, name: str, operands: Sequence[str], kinds: Sequence[str], result: str) -> str:
        """Call an LLVM intrinsic, e.g. llvm.x86.avx2.pmadd.wd."""
        call = f'llvm.call_intrinsic "{name}"({", ".join(operands)})'
        return self.op(f"{call} : ({', '.join(kinds)}) -> {result}")

    def prefetch(self, address: str) -> None:
        """Ask for the line at an address into the second-level cache; the address needn't be mapped."""
        flags = "<{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}>"
        self.line(f'"llvm.intr.prefetch"({address}) {flags} : ({PTR}) -> ()')

    @contextmanager
    def loop(
        self, low: str, high: str, step: str, start: Sequence[str] = (), types: Sequence[str] = ()
    ) -> Iterator[Loop]:
        """scf.for over i64 [low, high); set `yielded` before leaving when values are carried."""
        index, inside = self._fresh("i"), [self._fresh("a") for _ in start]
        result = self._fresh("r")
        results = [f"{result}#{n}" for n in range(len(start))]
        head = f"scf.for {index} = {low} to {high} step {step}"
        if start:
            pairs = ", ".join(f"{a} = {b}" for a, b in zip(inside, start, strict=True))
            head = f"{result}:{len(start)} = {head} iter_args({pairs}) -> ({', '.join(types)})"
        self.line(f"{head} : i64 {{")
        self._depth += 1
        opened = Loop(index, inside, results, types)
        yield opened
        if start:
            self.line(f"scf.yield {', '.join(opened.yielded)} : {', '.join(types)}")
        self._depth -= 1
        self.line("}")

    def count(
        self, high: int, step: int = 1, start: Sequence[str] = (), types: Sequence[str] = ()
    ) -> AbstractContextManager[Loop]:
        """scf.for from 0 to a constant bound."""
        return self.loop(self.const(0), self.const(high), self.const(step), start, types)

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """scf.if without results or an else branch."""
        self.line(f"scf.if {condition} {{")
        self._depth += 1
        yield
        self._depth -= 1
        self.line("}")

    def _fresh(self, prefix: str) -> str:
        self._count += 1
        return f"%{prefix}{self._count}"


def _literal(value: int | float, kind: str) -> str:
    element = kind.partition("x")[2].rstrip(">") if kind.startswith("vector") else kind
    literal = f"{value:.9e}" if element.startswith("f") else str(int(value))
    return f"dense<{literal}>" if kind.startswith("vector") else literal
