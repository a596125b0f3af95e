"""Statements of loops: a small part of Python, compiled to LLVM.

    statement   x = e, x = y = e, a, b = e, e and calls of parts that give tuples; array[i, j] = e; op= of +, -, *, /, //, %, &, |, ^, <<, >>
                if, while, for x in range(...), break, continue, pass, return e

`expressions.py` says what `e` may be, and of which types.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from llvmlite import ir

from intarsia.loops import sources
from intarsia.loops.expressions import Block, Expressions
from intarsia.loops.kinds import Struct, kinds_of
from intarsia.loops.values import REAL, STORED, WHOLE, Value, result_of, types_of


class Body(Expressions):
    """A function being compiled, statement by statement."""

    def compile(self) -> None:
        arguments, self.result = kinds_of(self.function)
        places = iter(self.made.args)
        tree = sources.tree(self.function)
        changed = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        for name, kind in arguments.items():
            value = Value(kind, tuple(next(places) for _ in types_of(kind)))
            if name in changed:
                self.assign(name, value)
            else:
                self.given[name] = value
        self.block(tree.body)
        if not self.builder.block.is_terminated:
            self.builder.ret_void() if self.result is None else self.builder.unreachable()
        self.entry.branch(self.first)

    def block(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            if self.builder.block.is_terminated:
                return
            method = getattr(self, f"do_{type(statement).__name__}", None)
            if method is None:
                self.wrong(statement, f"{type(statement).__name__} is no part of the language")
            method(statement)

    def do_Pass(self, _: ast.Pass) -> None:
        pass

    def do_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.value(node.value, nothing=True)

    def do_Assign(self, node: ast.Assign) -> None:
        found = self.value(node.value)
        for target in node.targets:
            self.put(target, found)

    def do_AugAssign(self, node: ast.AugAssign) -> None:
        old = ast.copy_location(ast.Name(node.target.id, ast.Load()), node) if isinstance(node.target, ast.Name) else node.target
        self.put(node.target, self.operate(node, node.op, self.value(old), self.value(node.value)))

    def put(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            self.assign(target.id, value, target)
        elif isinstance(target, ast.Tuple):
            if not isinstance(value.kind, Struct) or len(value.kind.kinds) != len(target.elts):
                self.wrong(target, "so many names need a tuple of as many")
            for each, found in zip(target.elts, self.fields(value), strict=True):
                self.put(each, found)
        elif isinstance(target, ast.Subscript):
            array, place, _ = self.element(target)
            stored = STORED[str(array.dtype)]
            self.builder.store(self.narrow(self.to(value, float if stored in (REAL, STORED["float32"]) else int, target), stored), place)
        else:
            self.wrong(target, "only names and elements of arrays are assigned to")

    def assign(self, name: str, value: Value, node: ast.AST | None = None) -> None:
        if name not in self.names:
            self.names[name] = Value(value.kind, tuple(self.entry.alloca(type_) for type_ in types_of(value.kind)))
        there = self.names[name]
        for place, part in zip(there.parts, self.to(value, there.kind, node or ast.Pass()).parts, strict=True):
            self.builder.store(part, place)

    def do_Return(self, node: ast.Return) -> None:
        if (node.value is None) != (self.result is None):
            self.wrong(node, "what a function gives is what its annotation says")
        if node.value is None or self.result is None:
            self.builder.ret_void()
            return
        parts = self.to(self.value(node.value), self.result, node).parts
        if len(parts) == 1:
            self.builder.ret(parts[0])
            return
        whole = ir.Constant(result_of(self.result), ir.Undefined)
        for place, part in enumerate(parts):
            whole = self.builder.insert_value(whole, part, place)
        self.builder.ret(whole)

    def do_If(self, node: ast.If) -> None:
        then, otherwise, after = (self.made.append_basic_block(name) for name in ("then", "else", "after"))
        self.builder.cbranch(self.truth(node.test), then, otherwise)
        for block, body in ((then, node.body), (otherwise, node.orelse)):
            self.builder.position_at_end(block)
            self.block(body)
            self.go(after)
        self.builder.position_at_end(after)

    def go(self, block: Block) -> None:
        if not self.builder.block.is_terminated:
            self.builder.branch(block)

    def do_While(self, node: ast.While) -> None:
        test, body, after = (self.made.append_basic_block(name) for name in ("test", "body", "after"))
        self.builder.branch(test)
        self.builder.position_at_end(test)
        self.builder.cbranch(self.truth(node.test), body, after)
        self.loop(node, body, test, after)

    def loop(self, node: ast.While | ast.For, body: Block, following: Block, after: Block) -> None:
        if node.orelse:
            self.wrong(node, "a loop has no else")
        self.builder.position_at_end(body)
        self.around.append((following, after))
        self.block(node.body)
        self.around.pop()
        self.go(following)
        self.builder.position_at_end(after)

    def do_For(self, node: ast.For) -> None:
        call = node.iter
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range" and isinstance(node.target, ast.Name)):
            self.wrong(node, "for goes over a range, with one name")
        bounds = [self.to(self.value(each), int, each).parts[0] for each in call.args]
        first, last, step = [WHOLE(0), *bounds, WHOLE(1)] if len(bounds) == 1 else [*bounds, WHOLE(1)][:3]
        if not isinstance(step, ir.Constant):
            self.wrong(node, "the step of a range is a constant")
        at = self.entry.alloca(WHOLE)
        self.builder.store(first, at)
        test, body, following, after = (self.made.append_basic_block(name) for name in ("test", "body", "following", "after"))
        self.builder.branch(test)
        self.builder.position_at_end(test)
        now = self.builder.load(at, typ=WHOLE)
        self.builder.cbranch(self.builder.icmp_signed("<" if step.constant > 0 else ">", now, last), body, after)
        self.builder.position_at_end(body)
        self.assign(node.target.id, Value(int, (now,)), node)
        self.loop(node, body, following, after)
        self.builder.position_at_end(following)
        self.builder.store(self.builder.add(self.builder.load(at, typ=WHOLE), step), at)
        self.builder.branch(test)
        self.builder.position_at_end(after)

    def do_Continue(self, _: ast.Continue) -> None:
        self.builder.branch(self.around[-1][0])

    def do_Break(self, _: ast.Break) -> None:
        self.builder.branch(self.around[-1][1])
