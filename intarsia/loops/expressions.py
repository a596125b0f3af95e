"""Expressions of loops, compiled to LLVM.

    expression  numbers, names, constants of the module, also by IntEnum or as np.inf; the operators above, ==, <, and, or, not, a if b else c;
                min, max, abs, int, float, np.int64, len, array.shape[k], math.log2, sqrt, exp, log, floor; array[i], array[i, j] (fewer indices than axes: a part of the array);
                tuple.field, NamedTuple(...), part(...)

Types are those that a function's annotations name: whole numbers (64 bits), reals (64 bits), truths, arrays with a number of axes, named tuples and tuples of those.
A name has the type of its first value; a whole number becomes a real where one is wanted, never the other way round. Numbers mean what they mean in Python, but that
whole ones wrap around, that nobody checks an index, which must not be negative, and that dividing by zero is not noticed.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias

import numpy as np
from llvmlite import ir

from intarsia.loops.entry import called
from intarsia.loops.kinds import Held, Kind, Struct, kinds_of
from intarsia.loops.values import REAL, SCALARS, STORED, TRUTH, WHOLE, Value, together, types_of

Block: TypeAlias = ir.Block
ORDERS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
INTRINSICS = {math.log2: "llvm.log2", math.sqrt: "llvm.sqrt", math.exp: "llvm.exp", math.log: "llvm.log"}


class Expressions:
    """A function being compiled, expression by expression: `names` are where its variables lie, `given` those arguments that stay what they are, `around` the blocks that
    `continue` and `break` go to.

    `compiled` gives the parts that it calls.
    """

    def __init__(self, function: Callable[..., Any], made: ir.Function, compiled: Callable[[Callable[..., Any]], ir.Function]) -> None:
        self.function, self.made, self.compiled = function, made, compiled
        self.names: dict[str, Value] = {}
        self.given: dict[str, Value] = {}
        self.around: list[tuple[Block, Block]] = []
        self.entry = ir.IRBuilder(made.append_basic_block())  # where variables lie; it goes on to the first block when all are known
        self.builder = ir.IRBuilder(made.append_basic_block())
        self.first = self.builder.block

    def wrong(self, node: ast.AST, what: str) -> NoReturn:
        code = self.function.__code__
        raise TypeError(f"{code.co_filename}:{code.co_firstlineno + getattr(node, 'lineno', 1) - 1}: a loop can't be compiled: {what}")

    def value(self, node: ast.expr, *, nothing: bool = False) -> Value:
        method = getattr(self, f"of_{type(node).__name__}", None)
        if method is None:
            self.wrong(node, f"{type(node).__name__} is no part of the language")
        found: Value | None = method(node)
        if found is None and not nothing:
            self.wrong(node, "this gives no value")
        return found or Value(Struct(None, ()), ())

    def constant(self, value: Any, node: ast.AST) -> Value:
        for kind in (bool, int, float):
            if isinstance(value, kind):
                return Value(kind, (SCALARS[kind](kind(value)),))
        self.wrong(node, f"{value!r} is no number")

    def of_Constant(self, node: ast.Constant) -> Value:
        return self.constant(node.value, node)

    def of_Name(self, node: ast.Name) -> Value:
        if node.id in self.given:
            return self.given[node.id]
        return self.loaded(self.names[node.id]) if node.id in self.names else self.constant(self.known(node), node)

    def loaded(self, there: Value) -> Value:
        """What lies at the places of a variable."""
        return Value(there.kind, tuple(self.builder.load(place, typ=type_) for place, type_ in zip(there.parts, types_of(there.kind), strict=True)))

    def known(self, node: ast.expr) -> Any:
        """What a name of the module, or of a module that it imports, stands for."""
        if isinstance(node, ast.Attribute):
            return getattr(self.known(node.value), node.attr)
        assert isinstance(node, ast.Name)
        names = self.function.__globals__
        found = names[node.id] if node.id in names else getattr(__import__("builtins"), node.id, None)
        if found is None:
            self.wrong(node, f"{node.id} is not known")
        return found

    def of_Attribute(self, node: ast.Attribute) -> Value:
        variable = self.names.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if isinstance(node.value, ast.Name) and variable is None and node.value.id not in self.given:
            return self.constant(self.known(node), node)
        whole = self.value(node.value) if variable is None else variable
        if not isinstance(whole.kind, Struct) or whole.kind.made is None or node.attr not in whole.kind.made._fields:
            self.wrong(node, f"there is no field {node.attr}")
        found = self.fields(whole)[whole.kind.made._fields.index(node.attr)]
        return found if variable is None else self.loaded(found)

    def fields(self, whole: Value) -> list[Value]:
        assert isinstance(whole.kind, Struct)
        parts = iter(whole.parts)
        return [Value(kind, tuple(next(parts) for _ in types_of(kind))) for kind in whole.kind.kinds]

    def of_Tuple(self, node: ast.Tuple) -> Value:
        return together(None, [self.value(each) for each in node.elts])

    def of_Subscript(self, node: ast.Subscript) -> Value:
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            array, axis = self.value(node.value.value), node.slice
            if not isinstance(array.kind, Held) or not isinstance(axis, ast.Constant):
                self.wrong(node, "a shape is an array's, and asked with a constant")
            return Value(int, (array.parts[1 + int(axis.value)],))  # type: ignore[arg-type]
        left, place, lengths = self.element(node)
        if left.axes:
            return Value(left, (place, *lengths))
        return self.wide(self.builder.load(place, typ=STORED[str(left.dtype)]))

    def element(self, node: ast.Subscript) -> tuple[Held, Any, list[Any]]:
        """What some indices leave of an array: its kind, its address, and its lengths."""
        array = self.value(node.value)
        if not isinstance(array.kind, Held):
            self.wrong(node, "only arrays have elements")
        indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        pointer, *lengths = array.parts
        if len(indices) > len(lengths):
            self.wrong(node, "more indices than axes")
        place = None
        for axis, length in enumerate(lengths):
            place = place and self.builder.mul(place, length)
            if axis < len(indices):
                index = self.to(self.value(indices[axis]), int, node).parts[0]
                place = self.builder.add(place, index) if place else index
        left = lengths[len(indices) :]
        return Held(array.kind.dtype, len(left)), self.builder.gep(pointer, [place], inbounds=True, source_etype=STORED[str(array.kind.dtype)]), left

    def wide(self, loaded: Any) -> Value:
        if loaded.type == STORED["float32"]:
            return Value(float, (self.builder.fpext(loaded, REAL),))
        if loaded.type == REAL:
            return Value(float, (loaded,))
        return Value(int, (loaded if loaded.type == WHOLE else self.builder.zext(loaded, WHOLE),))

    def narrow(self, value: Value, type_: Any) -> Any:
        part = value.parts[0]
        return part if part.type == type_ else self.builder.fptrunc(part, type_) if value.kind is float else self.builder.trunc(part, type_)

    def to(self, value: Value, kind: Kind, node: ast.AST) -> Value:
        """A value as one of another kind."""
        if value.kind == kind:
            return value
        if isinstance(kind, Struct) and isinstance(value.kind, Struct) and len(kind.kinds) == len(value.kind.kinds):
            return together(kind.made, [self.to(each, wanted, node) for each, wanted in zip(self.fields(value), kind.kinds, strict=True)])
        if kind is int and value.kind is bool:
            return Value(int, (self.builder.zext(value.parts[0], WHOLE),))
        if kind is float and value.kind in (int, bool):
            return Value(float, (self.builder.sitofp(self.to(value, int, node).parts[0], REAL),))
        self.wrong(node, f"{value.kind} can't become {kind}")

    def truth(self, node: ast.expr) -> Any:
        found = self.value(node)
        if found.kind is bool:
            return found.parts[0]
        if found.kind not in (int, float):
            self.wrong(node, "only numbers and truths are true or false")
        return self.compare("!=", found, Value(int, (WHOLE(0),)), node)

    def compare(self, order: str, a: Value, b: Value, node: ast.AST) -> Any:
        if float in (a.kind, b.kind):
            reals = [self.to(each, float, node).parts[0] for each in (a, b)]
            return self.builder.fcmp_unordered(order, *reals) if order == "!=" else self.builder.fcmp_ordered(order, *reals)
        return self.builder.icmp_signed(order, *(self.to(each, int, node).parts[0] for each in (a, b)))

    def of_Compare(self, node: ast.Compare) -> Value:
        values = [self.value(each) for each in (node.left, *node.comparators)]
        found = [self.compare(ORDERS[type(op)], a, b, node) for op, a, b in zip(node.ops, values, values[1:], strict=False)]
        for more in found[1:]:
            found[0] = self.builder.and_(found[0], more)
        return Value(bool, (found[0],))

    def of_BoolOp(self, node: ast.BoolOp) -> Value:
        after, every = self.made.append_basic_block("after"), isinstance(node.op, ast.And)
        ends = []
        for place, each in enumerate(node.values):
            found, last = self.truth(each), place == len(node.values) - 1
            ends.append((found, self.builder.block))
            if last:
                self.builder.branch(after)
                break
            more = self.made.append_basic_block("more")
            self.builder.cbranch(found, *((more, after) if every else (after, more)))
            self.builder.position_at_end(more)
        self.builder.position_at_end(after)
        whole = self.builder.phi(TRUTH)
        for found, block in ends:
            whole.add_incoming(found, block)
        return Value(bool, (whole,))

    def of_IfExp(self, node: ast.IfExp) -> Value:
        then, otherwise, after = (self.made.append_basic_block(name) for name in ("then", "else", "after"))
        self.builder.cbranch(self.truth(node.test), then, otherwise)
        found: list[tuple[Value, Block]] = []
        for block, each in ((then, node.body), (otherwise, node.orelse)):
            self.builder.position_at_end(block)
            found.append((self.value(each), self.builder.block))
        kind: Kind = float if float in (found[0][0].kind, found[1][0].kind) else found[0][0].kind
        whole = None
        for value, block in found:
            self.builder.position_at_end(block)
            part = self.to(value, kind, node).parts[0]
            self.builder.branch(after)
            if whole is None:
                whole = ir.IRBuilder(after).phi(SCALARS[kind])  # type: ignore[index]
            whole.add_incoming(part, block)
        self.builder.position_at_end(after)
        return Value(kind, (whole,))

    def of_UnaryOp(self, node: ast.UnaryOp) -> Value:
        if isinstance(node.op, ast.Not):
            return Value(bool, (self.builder.not_(self.truth(node.operand)),))
        if not isinstance(node.op, ast.USub):
            self.wrong(node, "of one operand there are - and not")
        if isinstance(node.operand, ast.Constant):
            return self.constant(-node.operand.value, node)  # type: ignore[operator]
        found = self.value(node.operand)
        return Value(float, (self.builder.fneg(found.parts[0]),)) if found.kind is float else Value(int, (self.builder.neg(self.to(found, int, node).parts[0]),))

    def of_BinOp(self, node: ast.BinOp) -> Value:
        return self.operate(node, node.op, self.value(node.left), self.value(node.right))

    def operate(self, node: ast.AST, op: ast.operator, a: Value, b: Value) -> Value:
        name, build = type(op).__name__, self.builder
        if name == "Div" or float in (a.kind, b.kind):
            reals = {"Add": build.fadd, "Sub": build.fsub, "Mult": build.fmul, "Div": build.fdiv}
            if name not in reals:
                self.wrong(node, f"{name} is for whole numbers")
            return Value(float, (reals[name](*(self.to(each, float, node).parts[0] for each in (a, b))),))
        wholes = {
            "Add": build.add, "Sub": build.sub, "Mult": build.mul, "BitAnd": build.and_, "BitOr": build.or_, "BitXor": build.xor, "LShift": build.shl, "RShift": build.ashr,
            "FloorDiv": self.floor_divide, "Mod": self.modulo,
        }  # fmt: skip
        if name not in wholes:
            self.wrong(node, f"{name} is no part of the language")
        return Value(int, (wholes[name](*(self.to(each, int, node).parts[0] for each in (a, b))),))

    def modulo(self, a: Any, b: Any) -> Any:
        """Python's, which has the sign of the divisor."""
        rest = self.builder.srem(a, b)
        return self.builder.select(self.crooked(rest, b), self.builder.add(rest, b), rest)

    def floor_divide(self, a: Any, b: Any) -> Any:
        crooked = self.crooked(self.builder.srem(a, b), b)
        return self.builder.sub(self.builder.sdiv(a, b), self.builder.zext(crooked, WHOLE))

    def crooked(self, rest: Any, b: Any) -> Any:
        """Whether the machine's division, which goes to zero, differs from Python's, which goes down."""
        unlike = self.builder.icmp_signed("<", self.builder.xor(rest, b), WHOLE(0))
        return self.builder.and_(unlike, self.builder.icmp_signed("!=", rest, WHOLE(0)))

    def of_Call(self, node: ast.Call) -> Value | None:
        if node.keywords:
            self.wrong(node, "arguments have no names")
        arguments = [self.value(each) for each in node.args]
        if isinstance(node.func, ast.Name) and (loop := called(self.function, node.func.id)) is not None:
            return self.part(loop, arguments, node)
        function = self.known(node.func)
        if isinstance(function, type) and issubclass(function, tuple):
            kind = Struct.of(function)
            return self.to(together(None, arguments), kind, node)
        if function in BUILTINS:
            return BUILTINS[function](self, arguments, node)
        if function in INTRINSICS:
            intrinsic = self.made.module.declare_intrinsic(INTRINSICS[function], [REAL])
            return Value(float, (self.builder.call(intrinsic, [self.to(arguments[0], float, node).parts[0]]),))
        self.wrong(node, f"{getattr(function, '__name__', function)} is no part of the language")

    def part(self, function: Callable[..., Any], arguments: list[Value], node: ast.Call) -> Value | None:
        wanted, result = kinds_of(function)
        if len(wanted) != len(arguments):
            self.wrong(node, f"{function.__name__} takes {len(wanted)} arguments")
        parts = [part for value, kind in zip(arguments, wanted.values(), strict=True) for part in self.to(value, kind, node).parts]
        found = self.builder.call(self.compiled(function), parts)
        if result is None:
            return None
        count = len(types_of(result))
        return Value(result, (found,) if count == 1 else tuple(self.builder.extract_value(found, place) for place in range(count)))

    def extreme(self, arguments: list[Value], node: ast.Call, order: str) -> Value:
        """Of equal ones the first, as Python has it."""
        kind = float if any(value.kind is float for value in arguments) else int
        best, *others = (self.to(value, kind, node) for value in arguments)
        for other in others:
            best = Value(kind, (self.builder.select(self.compare(order, other, best, node), other.parts[0], best.parts[0]),))
        return best

    def whole(self, arguments: list[Value], node: ast.Call) -> Value:
        """int(): towards zero."""
        return Value(int, (self.builder.fptosi(arguments[0].parts[0], WHOLE),)) if arguments[0].kind is float else self.to(arguments[0], int, node)

    def length(self, arguments: list[Value], node: ast.Call) -> Value:
        if not isinstance(arguments[0].kind, Held):
            self.wrong(node, "only arrays have a length")
        return Value(int, (arguments[0].parts[1],))

    def absolute(self, arguments: list[Value], node: ast.Call) -> Value:
        found = arguments[0]
        if found.kind is float:
            return Value(float, (self.builder.call(self.made.module.declare_intrinsic("llvm.fabs", [REAL]), found.parts),))
        return Value(int, (self.builder.select(self.compare("<", found, Value(int, (WHOLE(0),)), node), self.builder.neg(found.parts[0]), found.parts[0]),))

    def floor(self, arguments: list[Value], node: ast.Call) -> Value:
        down = self.builder.call(self.made.module.declare_intrinsic("llvm.floor", [REAL]), [self.to(arguments[0], float, node).parts[0]])
        return Value(int, (self.builder.fptosi(down, WHOLE),))


BUILTINS: dict[Any, Callable[[Expressions, list[Value], ast.Call], Value]] = {
    min: lambda made, values, node: made.extreme(values, node, "<"), max: lambda made, values, node: made.extreme(values, node, ">"),
    float: lambda made, values, node: made.to(values[0], float, node), int: Expressions.whole, np.int64: Expressions.whole,
    len: Expressions.length, abs: Expressions.absolute, math.floor: Expressions.floor,
}  # fmt: skip
