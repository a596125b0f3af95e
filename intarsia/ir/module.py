"""Modules: parse, print, verify, walk, and build. One module goes from stage to stage; its text is the only carrier.

>>> module = Module.parse(text, "02-tasks.mlir")
>>> for op in module.ops("llm.matmul"): attributes_of(op)["weights"]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from intarsia.errors import IRError, Where
from intarsia.ir import bindings
from intarsia.ir.attributes import Symbol as Symbol
from intarsia.ir.attributes import from_attribute, to_attribute
from intarsia.ir.bindings import ir
from intarsia.ir.dialects.agent import VALUE_KINDS
from intarsia.ir.spec import attributes_of as attributes_of
from intarsia.ir.spec import walk as walk

STAGES = ("agent", "tasks", "ops", "plan", "pipe")
"""The stages that are MLIR text, in order; each name is also a file ending (`03-ops.mlir`)."""


class Module:
    """An MLIR module with Intarsia's dialects, at one stage."""

    def __init__(self, module: Any) -> None:
        self.module = module

    @staticmethod
    def create(stage: str) -> Module:
        with bindings.context(), ir.Location.unknown():
            module = Module(ir.Module.create())
            module.stage = stage
            return module

    @staticmethod
    def parse(text: str, file: str = "<text>") -> Module:
        """Raises IRError with `file`, line and the sentence of the rule that was broken."""
        with bindings.LOCK, bindings.context():
            try:
                return Module(ir.Module.parse(text))
            except ir.MLIRError as error:
                raise _explain(error, file) from None

    @staticmethod
    def load(path: str | Path) -> Module:
        try:
            text = Path(path).read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise IRError(f"cannot read the stage file: {error}", where=Where(str(path))) from None
        return Module.parse(text, str(path))

    @property
    def stage(self) -> str:
        try:
            return str(attribute(self.module.operation, "agent.stage", ""))
        except TypeError:
            return ""

    @stage.setter
    def stage(self, name: str) -> None:
        if name not in STAGES:
            raise ValueError(f"no stage {name!r}; stages are {', '.join(STAGES)}")
        with bindings.context():
            self.module.operation.attributes["agent.stage"] = ir.StringAttr.get(name)

    def verify(self, file: str = "<module>") -> Module:
        """Checks every rule of every operation; gives the module back. Raises IRError."""
        with bindings.LOCK, bindings.context():
            try:
                self.module.operation.verify()
            except ir.MLIRError as error:
                raise _explain(error, file) from None
        return self

    def __str__(self) -> str:
        with bindings.context():
            return str(self.module)

    def clone(self) -> Module:
        """An independent copy, locations included."""
        with bindings.LOCK, bindings.context():
            return Module(ir.Module.parse(self.module.operation.get_asm(enable_debug_info=True)))

    @property
    def body(self) -> Any:
        return self.module.body

    def ops(self, *names: str) -> Iterator[Any]:
        """Every operation (called one of `names`, where there are any), outer before inner, in the order of the text."""
        return walk(self.module.operation, *names)

    def find(self, name: str, symbol: str) -> Any:
        """The top-level operation `name` whose sym_name is `symbol`. Raises IRError."""
        for op in self.module.body.operations:
            if op.operation.name == name and op.operation.attributes["sym_name"].value == symbol:
                return op.operation
        raise IRError(f"the module has no {name} called @{symbol}")

    def first(self, name: str) -> Any | None:
        """The first operation called `name`, or None."""
        return next(self.ops(name), None)


def set_attributes(op: Any, /, **values: Any) -> None:
    """Sets (or, for None, removes) attributes from plain Python values."""
    with bindings.context(), ir.Location.unknown():
        for name, value in values.items():
            if value is not None:
                op.attributes[name] = to_attribute(value)
            elif name in op.attributes:
                del op.attributes[name]


def attribute(op: Any, name: str, default: Any = None) -> Any:
    """One attribute as a plain Python value, or `default`."""
    return from_attribute(op.attributes[name]) if name in op.attributes else default


def location_of(op: Any) -> Where:
    """The file and line an operation came from, as far as known."""
    found = re.search(r'"([^"]*)":(\d+)', str(op.location))
    return Where(found.group(1), int(found.group(2)), op.name) if found else Where(node=op.name)


def width(value: Any) -> int:
    """The row width of an activation value (`tensor<?xNxf32>` -> N)."""
    return int(ir.RankedTensorType(value.type).shape[-1])


def element(value: Any) -> str:
    """The element type of an activation value: "f32", "i8" or "i32"."""
    return str(ir.RankedTensorType(value.type).element_type)


class Builder:
    """Appends operations to a module (or a block) from plain Python values.

    >>> b = Builder(module)
    >>> x = b.op("llm.rmsnorm", [x], ["tensor<?x576xf32>"], weight="blk.{}.attn_norm.weight", eps=1e-5)
    """

    def __init__(self, module: Module, block: Any | None = None) -> None:
        self.module = module
        self._blocks = [module.body if block is None else block]
        self.where: tuple[str, int] | None = None

    def op(
        self, name: str, operands: Sequence[Any] = (), results: Sequence[Any] = (), /, *, regions: int = 0,
        block_args: Sequence[Any] = (), body: Callable[..., None] | None = None, **attributes: Any,
    ) -> Any:
        """Append `name`; returns its result, the list of results, or the operation itself when it has none.

        `results` and `block_args` are types as text (or as MLIR types); with `body`, a region is made whose block
        takes `block_args`, and `body(*block_arguments)` fills it. Attributes that are None are left out.
        """
        with bindings.context(), self._location(), ir.InsertionPoint(self._blocks[-1]):
            operation = ir.Operation.create(
                name, results=[self._type(t) for t in results], operands=list(operands),
                attributes={k: to_attribute(v) for k, v in attributes.items() if v is not None},
                regions=regions or int(body is not None),
            )
        if body is not None:
            with self.inside(operation.regions[0], block_args) as values:
                body(*values)
        found = list(operation.results)
        return operation if not found else found[0] if len(found) == 1 else found

    @contextmanager
    def inside(self, region: Any, arguments: Sequence[Any] = ()) -> Iterator[list[Any]]:
        """Append a block with `arguments` to `region`, and build there."""
        with bindings.context(), ir.Location.unknown():
            block = region.blocks.append(*(self._type(t) for t in arguments))
        self._blocks.append(block)
        try:
            yield list(block.arguments)
        finally:
            self._blocks.pop()

    @contextmanager
    def at(self, file: str, line: int) -> Iterator[None]:
        """Operations built inside carry this place as their location."""
        saved, self.where = self.where, (file, line)
        try:
            yield
        finally:
            self.where = saved

    def _location(self) -> Any:
        return ir.Location.file(self.where[0], self.where[1], 1) if self.where else ir.Location.unknown()

    @staticmethod
    def _type(text: Any) -> Any:
        return ir.Type.parse(text) if isinstance(text, str) else text


def rows(width: int, element: str = "f32") -> str:
    """The type of activation rows: `rows(576)` is `tensor<?x576xf32>`."""
    return f"tensor<?x{width}x{element}>"


def value(kind: str) -> str:
    """The type of an agent's value, the same for every kind; naming the kind helps the reader. Raises ValueError."""
    if kind not in VALUE_KINDS:
        raise ValueError(f"no kind of value {kind!r}; kinds are {', '.join(VALUE_KINDS)}")
    return "!agent.value"


def _explain(error: Any, file: str) -> IRError:
    """The first diagnostic as an IRError; MLIR calls parsed text "-"."""
    diagnostics = getattr(error, "error_diagnostics", None) or []
    message = str(diagnostics[0].message) if diagnostics else str(error)
    found = re.search(r'"([^"]*)":(\d+)', str(diagnostics[0].location)) if diagnostics else None
    line = int(found.group(2)) if found else None
    place = file if not found or found.group(1) in ("-", "") else found.group(1)
    return IRError(message.splitlines()[0], where=Where(place, line))
