"""Rewrites of exported functions (linalg on tensors, then on buffers) that MLIR's own passes don't do. One function each."""

from __future__ import annotations

from typing import Any

from intarsia.codegen.cpu.linalg_gemm import GEMM, KINDS
from intarsia.codegen.cpu.linalg_math import NAMES
from intarsia.ir.bindings import ir, linalg_dialect
from intarsia.ir.spec import walk

WEIGHT, TRANSPOSED, SHAPE = "llm.weight", "llm.transposed", "llm.shape"
"""Attributes of a function's arguments: a weight's name, and whether it is wanted as [inputs, outputs]; an input's (or a result's) sizes."""
SYMBOLS = "llm.symbols"
"""Attribute of a function: the least and the largest value of each symbol in sizes."""
MATMULS = ("linalg.matmul", "linalg.batch_matmul")
HIDDEN = "__hidden_"
FAST = "#arith.fastmath<reassoc,contract>"
"""Sums may be taken in any order, and a product and a sum in one step; infinities and NaN stay what they are."""
FLOAT_OPS = ("arith.addf", "arith.subf", "arith.mulf")


def ops_of(op: Any, *names: str) -> list[Any]:
    """The operations inside `op` called one of `names`, in order; all of them without names."""
    return list(walk(op, *names))


def _is_constant(value: Any, number: int) -> bool:
    op = defining(value)
    return op is not None and op.name == "arith.constant" and isinstance(op.attributes["value"], ir.IntegerAttr) and op.attributes["value"].value == number


def defining(value: Any) -> Any | None:
    """The operation that makes `value`, or None for a block's argument."""
    return None if isinstance(value.owner, ir.Block) else value.owner.operation


# On tensors.


def drop_asserts(function: Any) -> None:
    """The runtime checks the sizes of all arguments before the call; a failed assert here would end the process."""
    for op in ops_of(function, "cf.assert"):
        op.erase()


def drop_broadcast_guards(function: Any) -> None:
    """`select(size == 1, 0, i)` -> `i`: symbolic sizes of an exported program don't broadcast, and a size of 1 has only i = 0."""
    for op in ops_of(function, "arith.select"):
        condition, zero, index = op.operands
        test = defining(condition)
        if test is None or test.name != "arith.cmpi" or str(op.results[0].type) != "index":
            continue
        if _is_constant(zero, 0) and _is_constant(test.operands[1], 1) and test.attributes["predicate"].value == 0:
            op.results[0].replace_all_uses_with(index)


def gathers_to_operands(function: Any) -> None:
    """A `tensor.extract` at loop indices inside a generic -> an operand with an indexing map, which can be fused."""
    for op in ops_of(function, "linalg.generic"):
        body = op.regions[0].blocks[0]
        for extract in [inner.operation for inner in body.operations if inner.operation.name == "tensor.extract"]:
            results = _loop_indices(op, extract)
            if results is not None:
                op = _with_input(op, extract, results)


def _loop_indices(generic: Any, extract: Any) -> list[Any] | None:
    """The extract's indices as affine expressions of the loops, or None where one isn't a loop index or zero, or sizes may differ."""
    source, *indices = extract.operands
    made = defining(source)
    if made is not None and made.parent == generic:
        return None
    loops = _loop_sizes(generic)
    sizes = ir.RankedTensorType(source.type).shape
    found = []
    for size, index in zip(sizes, indices, strict=True):
        op = defining(index)
        if op is not None and op.name == "linalg.index":
            loop = op.attributes["dim"].value
            if loops.get(loop) != size:
                return None
            found.append(ir.AffineExpr.get_dim(loop))
        elif _is_constant(index, 0) and size == 1:
            found.append(ir.AffineExpr.get_constant(0))
        else:
            return None
    return found


def _loop_sizes(generic: Any) -> dict[int, int]:
    """Sizes of the loops, by the results' maps."""
    sizes: dict[int, int] = {}
    inputs = generic.attributes["operandSegmentSizes"][0]
    for value, attribute in list(zip(generic.operands, generic.attributes["indexing_maps"], strict=True))[inputs:]:
        for size, expression in zip(ir.RankedTensorType(value.type).shape, attribute.value.results, strict=True):
            if isinstance(expression, ir.AffineDimExpr):
                sizes[expression.position] = size
    return sizes


def _with_input(generic: Any, extract: Any, results: list[Any]) -> Any:
    """`generic` with one more input, which takes the place of `extract`."""
    inputs, outputs = generic.attributes["operandSegmentSizes"]
    maps = [attribute.value for attribute in generic.attributes["indexing_maps"]]
    maps.insert(inputs, ir.AffineMap.get(maps[-1].n_dims, 0, results))
    operands = list(generic.operands)
    operands.insert(inputs, extract.operands[0])
    attributes = {
        "indexing_maps": ir.ArrayAttr.get([ir.AffineMapAttr.get(m) for m in maps]), "iterator_types": generic.attributes["iterator_types"],
        "operandSegmentSizes": ir.DenseI32ArrayAttr.get([inputs + 1, outputs]),
    }
    with ir.InsertionPoint(generic):
        made = ir.Operation.create("linalg.generic", [r.type for r in generic.results], operands, attributes, regions=1)
    extract.results[0].replace_all_uses_with(_move_body(generic, made, extract.results[0].type, inputs))
    extract.erase()
    for old, new in zip(generic.results, made.results, strict=True):
        old.replace_all_uses_with(new)
    generic.erase()
    return made


def _move_body(generic: Any, made: Any, kind: Any, place: int) -> Any:
    """Move the body into `made`, with one more argument at `place`; gives that argument."""
    old = generic.regions[0].blocks[0]
    kinds = [argument.type for argument in old.arguments]
    kinds.insert(place, kind)
    block = ir.Block.create_at_start(made.regions[0], kinds, [ir.Location.unknown()] * len(kinds))
    kept = [argument for number, argument in enumerate(block.arguments) if number != place]
    for before, after in zip(old.arguments, kept, strict=True):
        before.replace_all_uses_with(after)
    for inner in list(old.operations):
        block.append(inner.operation)
    return block.arguments[place]


def transpose_weights(function: Any) -> None:
    """A weight that is only used transposed -> an argument that comes transposed, so that no call transposes it."""
    block = function.regions[0].blocks[0]
    marks = [{item.name: item.attr for item in attribute} for attribute in function.attributes["arg_attrs"]] if "arg_attrs" in function.attributes else []
    for argument, mark in zip(block.arguments, marks, strict=False):
        users = [use.owner.operation for use in argument.uses]
        if WEIGHT not in mark or not users or not all(op.name == "linalg.transpose" and list(op.attributes["permutation"]) == [1, 0] for op in users):
            continue
        argument.set_type(users[0].results[0].type)
        mark[TRANSPOSED] = ir.BoolAttr.get(True)
        for op in users:
            op.results[0].replace_all_uses_with(argument)
            op.erase()
    if marks:
        function.attributes["arg_attrs"] = ir.ArrayAttr.get([ir.DictAttr.get(mark) for mark in marks])
    kind = ir.FunctionType(ir.TypeAttr(function.attributes["function_type"]).value)
    function.attributes["function_type"] = ir.TypeAttr.get(ir.FunctionType.get([a.type for a in block.arguments], kind.results))


def hide_matmuls(module: Any, function: Any) -> None:
    """Matrix products -> calls, lest fusion make generics of them that nobody recognises."""
    for op in ops_of(function, *MATMULS):
        name = f"{HIDDEN}{op.name.removeprefix('linalg.')}_{len(module.body.operations)}"
        kinds, result = [v.type for v in op.operands], op.results[0].type
        with ir.InsertionPoint(module.body):
            kind = ir.TypeAttr.get(ir.FunctionType.get(kinds, [result]))
            ir.Operation.create("func.func", [], [], {"sym_name": ir.StringAttr.get(name), "sym_visibility": ir.StringAttr.get("private"), "function_type": kind}, regions=1)
        with ir.InsertionPoint(op):
            call = ir.Operation.create("func.call", [result], list(op.operands), {"callee": ir.FlatSymbolRefAttr.get(name)})
        op.results[0].replace_all_uses_with(call.results[0])
        op.erase()


def show_matmuls(module: Any, function: Any) -> None:
    """The opposite of `hide_matmuls`."""
    for call in [op for op in ops_of(function, "func.call") if op.attributes["callee"].value.startswith(HIDDEN)]:
        name = call.attributes["callee"].value.removeprefix(HIDDEN).rpartition("_")[0]
        with ir.InsertionPoint(call):
            made = getattr(linalg_dialect(), name)(*list(call.operands)[:2], outs=[call.operands[2]])
        call.results[0].replace_all_uses_with(made)
        call.erase()
    for op in list(module.body.operations):
        if op.operation.attributes["sym_name"].value.startswith(HIDDEN):
            op.operation.erase()


def copy_shared_results(function: Any) -> None:
    """A result that is an argument, a constant or another result as well gets memory of its own."""
    end = ops_of(function, "func.return")[0]
    seen: list[Any] = []
    for number, value in enumerate(end.operands):
        made = defining(value)
        if made is None or made.name == "arith.constant" or value in seen:
            with ir.InsertionPoint(end):
                attributes = {"operandSegmentSizes": ir.DenseI32ArrayAttr.get([0, 1, 0])}
                end.operands[number] = ir.Operation.create("bufferization.alloc_tensor", [value.type], [value], attributes).results[0]
        seen.append(value)


# On buffers.


def order_loops(function: Any) -> None:
    """The innermost loop of each generic becomes the one that walks along rows: of the results first, then of the operands."""
    for op in ops_of(function, "linalg.generic"):
        maps = [attribute.value for attribute in op.attributes["indexing_maps"]]
        loops = maps[0].n_dims
        scores = [_score(maps, op.attributes["operandSegmentSizes"][0], loop) for loop in range(loops)]
        if loops > 1 and max(scores) > scores[-1]:
            _move_innermost(op, maps, scores.index(max(scores)))


def _score(maps: list[Any], inputs: int, loop: int) -> float:
    """How many operands have `loop` as their last index; a result counts three times, a sum with other indices half."""
    total = 0.0
    for number, each in enumerate(maps):
        if not len(each.results):
            continue
        last = each.results[len(each.results) - 1]
        if isinstance(last, ir.AffineDimExpr):
            total += (last.position == loop) * (1.0 if number < inputs else 3.0)
        elif str(last).split(" + ")[0] == f"d{loop}":
            total += 0.5
    return total


def _move_innermost(op: Any, maps: list[Any], loop: int) -> None:
    count = maps[0].n_dims
    order = [d for d in range(count) if d != loop] + [loop]  # new loop i is the old loop order[i]
    places = ir.AffineMap.get(count, 0, [ir.AffineExpr.get_dim(order.index(d)) for d in range(count)])
    moved = [ir.AffineMap.get(count, 0, [e.compose(places) for e in m.results]) for m in maps]
    kinds = list(op.attributes["iterator_types"])
    op.attributes["indexing_maps"] = ir.ArrayAttr.get([ir.AffineMapAttr.get(m) for m in moved])
    op.attributes["iterator_types"] = ir.ArrayAttr.get([kinds[d] for d in order])
    for index in ops_of(op, "linalg.index"):
        index.attributes["dim"] = ir.IntegerAttr.get(ir.IntegerType.get_signless(64), order.index(index.attributes["dim"].value))


def copies_to_linalg(function: Any) -> None:
    """`memref.copy` needs a runtime library that the wheel doesn't have; `linalg.copy` becomes loops."""
    for op in ops_of(function, "memref.copy"):
        source, target = op.operands
        with ir.InsertionPoint(op):
            _generic_copy(source, target)
        op.erase()


def _generic_copy(source: Any, target: Any) -> None:
    kind = ir.MemRefType(target.type)
    same = ir.AffineMapAttr.get(ir.AffineMap.get_identity(kind.rank))
    parallel = ir.Attribute.parse("#linalg.iterator_type<parallel>")
    attributes = {
        "indexing_maps": ir.ArrayAttr.get([same, same]), "iterator_types": ir.ArrayAttr.get([parallel] * kind.rank),
        "operandSegmentSizes": ir.DenseI32ArrayAttr.get([1, 1]),
    }
    made = ir.Operation.create("linalg.generic", [], [source, target], attributes, regions=1)
    unknown = ir.Location.unknown()
    block = ir.Block.create_at_start(made.regions[0], [kind.element_type] * 2, [unknown] * 2)
    with ir.InsertionPoint(block):
        ir.Operation.create("linalg.yield", [], [block.arguments[0]])


def matmuls_to_gemm(function: Any) -> None:
    """float32 matrix products -> calls of @gemm."""
    for op in ops_of(function, *MATMULS):
        if all(_rows_adjacent(value) for value in op.operands):
            with ir.InsertionPoint(op):
                _call_gemm(op)
            op.erase()


def _rows_adjacent(value: Any) -> bool:
    kind = ir.MemRefType(value.type)
    return str(kind.element_type) == "f32" and kind.get_strides_and_offset()[0][-1] == 1


def _call_gemm(op: Any) -> None:
    batched = op.name == "linalg.batch_matmul"
    views = [_view(value) for value in op.operands]
    (a, a_sizes, a_strides), (b, b_sizes, b_strides), (c, _, c_strides) = views
    if not batched:
        _emit_gemm((a, b, c), (a_sizes[0], b_sizes[1], a_sizes[1]), (a_strides[0], b_strides[0], c_strides[0]))
        return
    zero, one = _index(0), _index(1)
    loop = ir.Operation.create("scf.for", [], [zero, a_sizes[0], one], regions=1)
    block = ir.Block.create_at_start(loop.regions[0], [ir.IndexType.get()], [ir.Location.unknown()])
    with ir.InsertionPoint(block):
        places = [_arith("arith.addi", place, _arith("arith.muli", _arith("arith.muli", block.arguments[0], strides[0]), _index(4))) for place, _, strides in views]
        _emit_gemm(tuple(places), (a_sizes[1], b_sizes[2], a_sizes[2]), (a_strides[1], b_strides[1], c_strides[1]))
        ir.Operation.create("scf.yield", [], [])


def _view(value: Any) -> tuple[Any, list[Any], list[Any]]:
    """The address of a buffer's first element, its sizes and its strides, as index values."""
    kind = ir.MemRefType(value.type)
    base = ir.MemRefType.get([], kind.element_type)
    index, rank = ir.IndexType.get(), kind.rank
    facts = ir.Operation.create("memref.extract_strided_metadata", [base, index, *[index] * (2 * rank)], [value]).results
    pointer = ir.Operation.create("memref.extract_aligned_pointer_as_index", [index], [facts[0]]).results[0]
    place = _arith("arith.addi", pointer, _arith("arith.muli", facts[1], _index(4)))
    return place, list(facts)[2 : 2 + rank], list(facts)[2 + rank :]


def _emit_gemm(places: tuple[Any, ...], sizes: tuple[Any, ...], strides: tuple[Any, ...]) -> None:
    i64, pointer = ir.IntegerType.get_signless(64), ir.Type.parse("!llvm.ptr")
    numbers = [ir.Operation.create("arith.index_cast", [i64], [v]).results[0] for v in (*places, *sizes, *strides)]
    pointers = [ir.Operation.create("llvm.inttoptr", [pointer], [v]).results[0] for v in numbers[:3]]
    assert len(KINDS) == len(numbers)
    ir.Operation.create("func.call", [], [*pointers, *numbers[3:]], {"callee": ir.FlatSymbolRefAttr.get(GEMM)})


def _index(number: int) -> Any:
    kind = ir.IndexType.get()
    return ir.Operation.create("arith.constant", [kind], [], {"value": ir.IntegerAttr.get(kind, number)}).results[0]


def _arith(name: str, a: Any, b: Any) -> Any:
    return ir.Operation.create(name, [a.type], [a, b]).results[0]


# On scalars.


def fast_sums(function: Any) -> None:
    """Lets LLVM vectorise sums."""
    for op in ops_of(function, *FLOAT_OPS):
        op.attributes["fastmath"] = ir.Attribute.parse(FAST)


def math_to_calls(function: Any) -> None:
    """float32 exp, tanh and erf -> the functions of `linalg_math`."""
    for op in ops_of(function, *NAMES):
        if str(op.results[0].type) == "f32":
            with ir.InsertionPoint(op):
                call = ir.Operation.create("func.call", [op.results[0].type], list(op.operands), {"callee": ir.FlatSymbolRefAttr.get(NAMES[op.name])})
            op.results[0].replace_all_uses_with(call.results[0])
            op.erase()


def arguments_apart(function: Any) -> None:
    """Tells LLVM that the arguments' buffers don't overlap; the runtime sees to it."""
    count = len(function.regions[0].blocks[0].arguments)
    apart = ir.DictAttr.get({"llvm.noalias": ir.UnitAttr.get()})
    function.attributes["arg_attrs"] = ir.ArrayAttr.get([apart] * count)
