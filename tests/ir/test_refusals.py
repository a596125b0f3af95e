"""Every rule of every operation refuses a bad module with the file, the line and a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from intarsia.errors import IRError
from intarsia.ir import bindings
from intarsia.ir.module import Module, Symbol, set_attributes
from intarsia.ir.rules import Bounded, IsDistribution, OneOf, RefersTo, Typed
from intarsia.ir.spec import OpSpec, Rule
from tests.ir.samples import SPECS, smallest

ATTRIBUTES = [(op, name) for op, spec in SPECS.items() for name in spec.required | spec.optional]
RULES = [(op, number) for op, spec in SPECS.items() for number in range(len(spec.rules))]


def refusal(text: str) -> IRError:
    with pytest.raises(IRError) as caught:
        Module.parse(text, "bad.mlir")
    error = caught.value
    assert error.where is not None and error.where.file == "bad.mlir" and error.where.line  # type: ignore[union-attr]
    return error


def line_of(text: str, op: str) -> int:
    """The 1-based line of the first `op` in a printed module."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if f'"{op}"' in line)


def broken(op: str, /, **attributes: Any) -> tuple[str, int]:
    """The text of the smallest module that holds `op`, with attributes set (or removed by None), and the line of `op`."""
    module = smallest(op)
    target = module.first(op)
    set_attributes(target, **attributes)
    text = print_unverified(module)
    return text, line_of(text, op)


def print_unverified(module: Module) -> str:
    with bindings.context():
        return str(module.module.operation.get_asm(assume_verified=True))


def refused(op: str, sentence: str, /, **attributes: Any) -> None:
    text, line = broken(op, **attributes)
    error = refusal(text)
    assert f"'{op}'" in error.what and sentence in error.what, error
    assert error.where.line == line, (error, text)  # type: ignore[union-attr]


@pytest.mark.parametrize("op", SPECS)
def test_smallest_module_of_each_operation_is_accepted(op: str) -> None:
    module = smallest(op)
    assert module.first(op) is not None
    assert str(Module.parse(str(module))) == str(module)


@pytest.mark.parametrize(("op", "name"), [(op, name) for op, spec in SPECS.items() for name in spec.required])
def test_missing_attribute(op: str, name: str) -> None:
    refused(op, f"needs the attribute {name} ({SPECS[op].required[name]})", **{name: None})


@pytest.mark.parametrize(("op", "name"), ATTRIBUTES)
def test_attribute_of_the_wrong_kind(op: str, name: str) -> None:
    kind = (SPECS[op].required | SPECS[op].optional)[name]
    wrong = [{"a": 1}] if kind != "list[dict]" else [1]
    refused(op, f"the attribute {name} should be {kind}, found", **{name: wrong})


@pytest.mark.parametrize("op", SPECS)
def test_unknown_attribute(op: str) -> None:
    refused(op, "has an unknown attribute colour; known are", colour="blue")


def test_numbers_are_numbers() -> None:
    refused("plan.slo", "the attribute ttft_s should be float", ttft_s=float("nan"))
    refused("plan.slo", "the attribute ttft_s should be float", ttft_s=True)


@pytest.mark.parametrize(("op", "number"), RULES)
def test_each_rule(op: str, number: int) -> None:
    spec, rule = SPECS[op], SPECS[op].rules[number]
    cases = generic_cases(spec, rule)
    if cases is None:
        name = rule.__name__  # type: ignore[attr-defined]
        if (op, name) in STRUCTURAL:
            return
        cases = SPECIAL[name]
    for attributes, sentence in cases:
        refused(op, sentence, **attributes)


def generic_cases(spec: OpSpec, rule: Rule) -> list[tuple[dict[str, Any], str]] | None:
    """Bad attributes for a rule of the kinds that tables share, with a part of the sentence; None for other rules."""
    match rule:
        case Bounded(names, zero=False):
            return [({n: zero(spec, n)}, f"{n} must be greater than zero, found 0") for n in names]
        case Bounded(names, zero=True):
            return [({n: zero(spec, n) - 1}, f"{n} must not be negative, found -1") for n in names]
        case OneOf(name, choices):
            return [({name: "blue"}, f"{name} is 'blue'; choose one of {', '.join(choices)}")]
        case RefersTo(name, op_name):
            return [({name: Symbol("nobody")}, f"{name} names @nobody, but the module's {op_name} operations are: @")]
        case IsDistribution(names):
            return [({n: bad}, f"{n} is not a distribution: {why}") for n in names for bad, why in BAD_DISTRIBUTIONS]
        case Typed():
            return []  # test_types
    return None


def zero(spec: OpSpec, name: str) -> float:
    return 0.0 if (spec.required | spec.optional)[name] == "float" else 0


BAD_DISTRIBUTIONS = [
    ({"kind": "blue"}, "give it a kind of constant, uniform"),
    ({"kind": ["constant"]}, "give it a kind of"),
    ({"kind": "uniform", "low": 1.0}, "uniform needs high"),
    ({"kind": "constant", "value": -1.0}, "its numbers must be finite and not negative"),
    ({"kind": "uniform", "low": 3.0, "high": 1.0}, "low (3.0) is above high (1.0)"),
    ({"kind": "empirical", "values": []}, "empirical needs a list of at least one value"),
]
DECODER = {
    "architecture": "llama", "family": "decoder", "layers": 2, "hidden": 8, "heads": 2, "kv_heads": 2, "head_dim": 4,
    "ffn": 16, "vocab": 10,
}
CPU = {"name": "c", "kind": "cpu", "cores": 1, "flops": {"f32": 1.0}, "memory": [{"name": "m", "size": 1.0, "bandwidth": 1.0}]}
# A rule of the tables' own -> bad attributes and a part of the sentence, for every operation that has the rule.
SPECIAL: dict[str, list[tuple[dict[str, Any], str]]] = {
    "_argument_names": [({"arguments": ["x"] * 9}, "arguments lists 9 names for")],
    "_bounded": [({"max_iterations": None, "iterations": None}, "needs max_iterations or an iterations distribution")],
    "_probability": [({"probability": 1.5}, "probability must lie in [0, 1], found 1.5")],
    "_resources": [
        ({"resources": {"flops": 3}}, "resources.flops should be a formula in quotes, found 3"),
        ({"resources": {"flops": "2*colour"}}, "unknown symbol 'colour'; known are batch, prompt"),
        ({"resources": {"flops": "2*("}}, "'2*(' is no formula"),
    ],
    "_shares": [({"shares": {"dram": 0.5}}, "shares by memory must lie in [0, 1] and come to 1"), ({"shares": {"dram": 1.5, "disk": -0.5}}, "shares by memory must lie in")],
    "_heads": [({"heads": 5, "kv_heads": 2}, "heads (5) must be a positive multiple of kv_heads (2)")],
    "_top_k": [({"top_k": 9, "experts": 4}, "top_k (9) must lie between 1 and experts (4)")],
    "_scaling": [({"scaling": {"kind": "linear"}}, "scaling of the kind linear needs factor")],
    "_model_config": [
        ({"config": {"family": "torch"}}, "config needs architecture, layers"),
        ({"config": DECODER | {"colour": 1}}, "config has an unknown field 'colour'"),
        ({"config": DECODER | {"layers": "two"}}, "config.layers should be int, found 'two'"),
        ({"config": DECODER | {"heads": 3}}, "config.heads (3) must be a multiple of config.kv_heads (2)"),
        ({"config": DECODER | {"ffn": 0}}, "config.ffn must be greater than zero, found 0"),
    ],
    "_device_facts": [
        ({"facts": {"name": "x"}}, "device needs kind, cores, flops, memory"),
        ({"facts": CPU | {"cores": 0}}, "cores must be greater than zero, found 0"),
        ({"facts": CPU | {"kind": "blue"}}, "kind is 'blue'; choose one of"),
        ({"facts": CPU | {"memory": [1]}}, "memory lists tiers of name, size and bandwidth, found 1"),
        ({"facts": CPU | {"memory": []}}, "memory needs at least one tier"),
        ({"facts": CPU | {"flops": {"f32": "fast"}}}, "device.flops should be dict[str, float]"),
    ],
    "_work": [
        ({"work": {"flops": -1.0}}, "work should be flops, bytes and memory_bytes, zero or more"),
        ({"work": {"speed": 1.0}}, "work should be flops, bytes and memory_bytes"),
    ],
    "_fraction": [({"percentile": 100.0}, "percentile must lie between 0 and 100, found 100.0")],
    "_share": [({"share": 0.0}, "share must lie in (0, 1], found 0.0")],
    "_aligned": [({"offset": 12}, "offset 12 must be a multiple of 64 bytes")],
}


def graph(*lines: str) -> str:
    """The text of a graph whose body is `lines`, of which the first is on line 4, after the value %v."""
    head = ['module {', '"agent.graph"() ({', '%v = "agent.constant"() {value = "x"} : () -> !agent.value']
    return "\n".join([*head, *lines, '"agent.return"() : () -> ()', '}) {sym_name = "g"} : () -> ()', "}"])


def phase(*lines: str) -> str:
    """The text of a phase whose body is `lines`, of which the first is on line 5, over the rows %x and %y."""
    head = [
        "module {", '"llm.model"() ({ "llm.end"() : () -> () }) {sym_name = "m", config = {architecture = "t", family = "torch", layers = 0}} : () -> ()',
        '"llm.phase"() ({', "^bb0(%x: tensor<?x64xf32>, %y: tensor<?x32xf32>):",
    ]
    return "\n".join([*head, *lines, '"llm.return"() : () -> ()', '}) {sym_name = "p", model = @m, kind = "call"} : () -> ()', "}"])


def program(*lines: str) -> str:
    """The text of a pipeline with an arena of 256 bytes whose body is `lines`, of which the first is on line 5."""
    head = [
        "module {", '"llm.model"() ({ "llm.end"() : () -> () }) {sym_name = "m", config = {architecture = "t", family = "torch", layers = 0}} : () -> ()',
        "", '"pipe.program"() ({',
    ]
    tail = '{sym_name = "p", model = @m, kind = "call", device = @d, threads = 1, max_rows = 1, arena_bytes = 256, weights_file = "w", weights_bytes = 0}'
    return "\n".join([*head, *lines, '"pipe.end"() : () -> ()', f"}}) {tail} : () -> ()", "}"])


def case(label: str, probability: float, yields: str = '"agent.yield"() : () -> ()') -> str:
    return f'"agent.case"() ({{ {yields} }}) {{label = "{label}", probability = {probability}}} : () -> ()'


def branch(*cases: str, results: str = "") -> list[str]:
    head = f'%r:{results.count("agent")} = "agent.branch"(%v) ({{' if results else '"agent.branch"(%v) ({'
    return [head, *cases, '"agent.end"() : () -> ()', f'}}) {{name = "b"}} : (!agent.value) -> ({results})']


YIELD1 = '"agent.yield"(%v) : (!agent.value) -> ()'
YIELD2 = '"agent.yield"(%v, %v) : (!agent.value, !agent.value) -> ()'
LOOP = '%r = "agent.loop"(%v) ({'
MAP = '%r = "agent.map"(%v) ({'
BODY = "^bb0(%a: !agent.value):"
LOOP_END = '}) {name = "l", max_iterations = 2} : (!agent.value) -> !agent.value'
MAP_END = '}) {name = "m"} : (!agent.value) -> !agent.value'
REPEAT = '%r = "llm.repeat"(%x) ({'
REPEAT_END = "}) {first = 0, count = 2} : (tensor<?x64xf32>) -> tensor<?x64xf32>"
NODE = '%n{} = "agent.memory_load"() {{name = "{}", key = "k", after = [{}]}} : () -> !agent.value'
LAUNCH = '"pipe.launch"() {{kernel = "k", order = {}{}}} : () -> ()'
BUFFER = '%b = "pipe.buffer"() {name = "b", dtype = "f32", width = 16, rows = 1, row_bytes = 64, offset = 192, bytes = 128} : () -> !pipe.rows'

# (operation, rule) -> (text, line of the operation, a part of the sentence)
STRUCTURAL: dict[tuple[str, str], list[tuple[str, int, str]]] = {
    ("agent.graph", "_node_names"): [
        (graph(NODE.format(1, "a", ""), NODE.format(2, "a", "")), 2, "two nodes are called 'a'; give each its own name"),
        (graph(NODE.format(1, "a", '"b"'), NODE.format(2, "b", "")), 2, "the node a comes after 'b', which is no earlier node"),
    ],
    ("agent.branch", "_probabilities"): [
        (graph(*branch()), 4, "has no agent.case; give it at least one"),
        (graph(*branch(case("a", 0.5), case("a", 0.5))), 4, "has the same label twice in ['a', 'a']"),
        (graph(*branch(case("a", 0.5), case("b", 0.25))), 4, "probabilities [0.5, 0.25] must sum to 1"),
    ],
    ("agent.branch", "_branch_yields"): [
        (graph(*branch(case("a", 1.0), results="!agent.value")), 4, "the case \"a\" yields 0 values for 1 results; the counts must be equal"),
    ],
    ("agent.loop", "_block_arguments"): [
        (graph(LOOP, "^bb0:", YIELD2, LOOP_END), 4, "its body takes 0 arguments for 1 operands; the counts must be equal"),
    ],
    ("agent.loop", "_loop_yields"): [
        (graph(LOOP, BODY, YIELD1, LOOP_END), 4, "region 0 yields 1 values; it should yield 2 (a continue flag and the carried values)"),
        (graph('"agent.loop"(%v) ({', BODY, YIELD1, LOOP_END.replace("-> !agent.value", "-> ()")), 4, "has 1 operands and 0 results"),
    ],
    ("agent.map", "_block_arguments"): [(graph(MAP, "^bb0:", YIELD1, MAP_END), 4, "its body takes 0 arguments for 1 operands")],
    ("agent.map", "_map_yields"): [(graph(MAP, BODY, YIELD2, MAP_END), 4, "region 0 yields 2 values; it should yield 1 (one value)")],
    ("llm.repeat", "_repeat_yields"): [
        (phase(REPEAT, "^bb0:", '"llm.yield"(%x) : (tensor<?x64xf32>) -> ()', REPEAT_END), 5, "its body takes 0 arguments for 1 operands"),
        (phase(REPEAT, "^bb0(%a: tensor<?x64xf32>):", '"llm.yield"() : () -> ()', REPEAT_END), 5, "its body yields 0 values for 1 results"),
    ],
    **{(op, "_same_width"): [
        (phase(f'%z = "{op}"(%x, %y) {{{more}}} : (tensor<?x64xf32>, tensor<?x32xf32>) -> tensor<?x64xf32>'), 5, "operands have rows of different widths [32, 64]"),
    ] for op, more in (("llm.add", ""), ("llm.glu", 'activation = "silu"'), ("llm.layernorm", 'weight = "w", bias = "b", eps = 0.1'))},
    ("pipe.program", "_launches"): [
        (program(LAUNCH.format(0, ""), LAUNCH.format(0, "")), 4, "two launches have the order 0; each launch needs its own"),
        (program(LAUNCH.format(0, ', wait = ["s"]'), LAUNCH.format(1, ', signal = "s"')), 4, "launch 0 waits for 's', which no earlier launch signals"),
        (program(BUFFER), 4, "the buffer 'b' ends at byte 320 of an arena of 256; enlarge arena_bytes or move it"),
    ],
}

# What holds for all operations, shown on one of them each: (text, line, a part of the sentence)
COMMON: dict[str, tuple[str, int, str]] = {
    "too few operands": (graph('%j = "agent.join"() {name = "j"} : () -> !agent.value'), 4, "takes at least 1 operands, found 0"),
    "too many operands": (graph('%e = "agent.embed"(%v, %v) {name = "e", model = @m} : (!agent.value, !agent.value) -> !agent.value'), 4, "takes 1 operands, found 2"),
    "no result": (graph('"agent.constant"() {value = "x"} : () -> ()'), 4, "takes 1 results, found 0"),
    "a result too many": (graph('%a:2 = "agent.constant"() {value = "x"} : () -> (!agent.value, !agent.value)'), 4, "takes 1 results, found 2"),
    "a value of another level": (graph('%a = "agent.constant"() {value = "x"} : () -> f32'), 4, "takes and gives !agent.value or"),
    "a scalar among rows": (phase('%z = "llm.quantise"(%x) : (tensor<?x64xf32>) -> i8'), 5, "takes and gives tensors of rows, found i8"),
    "a tensor in a pipeline": (program(BUFFER.replace("!pipe.rows", "tensor<4xf32>")), 5, "takes and gives buffers (!pipe.rows)"),
    "in the wrong place": ('module {\n%v = "agent.constant"() {value = "x"} : () -> !agent.value\n}', 2, "belongs inside agent.graph or"),
    "inside another operation": (graph('"plan.slo"() : () -> ()'), 4, "belongs inside builtin.module, found it inside agent.graph"),
    "an upstream operation": (graph("%c = arith.constant 1 : i32"), 2, "holds arith.constant, which is in no table of Intarsia's dialects"),
    "two blocks": ('module {\n"agent.graph"() ({\n"agent.return"() : () -> ()\n^bb1:\n"agent.return"() : () -> ()\n}) {sym_name = "g"} : () -> ()\n}', 2, "each region holds exactly one block, found 2"),
    "no block": ('module {\n\n"agent.graph"() ({}) {sym_name = "g"} : () -> ()\n}', 3, "each region holds exactly one block, found 0"),
    "no region": ('module {\n"agent.graph"() {sym_name = "g"} : () -> ()\n}', 2, "unexpected number of regions: expected 1 but got 0"),
    "the end of something else": (graph(LOOP, BODY, '"agent.end"() : () -> ()', LOOP_END), 6, "belongs inside agent.branch, found it inside agent.loop"),
    "the wrong end": (graph('"agent.yield"() : () -> ()').replace('"agent.return"() : () -> ()\n', ""), 2, "each region ends with agent.return"),
    "no end": ('module {\n"agent.graph"() ({\n%v = "agent.constant"() {value = "x"} : () -> !agent.value\n}) {sym_name = "g"} : () -> ()\n}', 3, "block with no terminator"),
    "a value without plain form": (graph('%a = "agent.constant"() {value = dense<1> : tensor<2xi32>} : () -> !agent.value'), 4, "the attribute value should be str: no plain value"),
    "a note without plain form": (graph('%a = "agent.constant"() {value = "x", my.note = dense<1> : tensor<2xi32>} : () -> !agent.value'), 4, "the attribute my.note: no plain value"),
    "an unknown operation": ("module {\n\n\n\"llm.think\"() : () -> ()\n}", 4, "unregistered operation 'llm.think'"),
    "an unknown dialect": ("module {\n\"mind.think\"() : () -> ()\n}", 2, "unregistered dialect"),
    "the same symbol twice": ('module {\n' + 2 * '"plan.device"() {sym_name = "d", count = 1, facts = {name = "c", kind = "cpu", cores = 1, flops = {f32 = 1.0}, memory = [{name = "m", size = 1.0, bandwidth = 1.0}]}} : () -> ()\n' + "}", 3, "redefinition of symbol named 'd'"),
    "no MLIR": ("hello\n", 1, "custom op 'hello' is unknown"),
    "an undefined value": (graph('%j = "agent.join"(%w) {name = "j"} : (!agent.value) -> !agent.value'), 4, "use of undeclared SSA value name"),
}


BAD_TEXTS = {f"{op}{rule}{n}": c for (op, rule), cases in STRUCTURAL.items() for n, c in enumerate(cases)} | COMMON


@pytest.mark.parametrize(("text", "line", "sentence"), BAD_TEXTS.values(), ids=BAD_TEXTS.keys())
def test_bad_text(text: str, line: int, sentence: str) -> None:
    error = refusal(text)
    assert sentence in error.what and error.where.line == line, error  # type: ignore[union-attr]


def test_every_special_rule_has_a_bad_module() -> None:
    own = {(op, getattr(rule, "__name__", "")) for op, spec in SPECS.items() for rule in spec.rules if generic_cases(spec, rule) is None}
    assert {(op, name) for op, name in own if name not in SPECIAL} == set(STRUCTURAL)
    assert {name for _, name in own if name in SPECIAL} == set(SPECIAL)


def test_layers_beyond_the_weights() -> None:
    weight = '"llm.weight"() {name = "blk.{}.attn_norm.weight", dtype = "f32", shape = [8], layers = [0, 1]} : () -> ()'
    config = ", ".join(f"{k} = {v if isinstance(v, int) else chr(34) + str(v) + chr(34)}" for k, v in (DECODER | {"layers": 3}).items())
    text = f'module {{\n"llm.model"() ({{\n{weight}\n"llm.end"() : () -> ()\n}}) {{sym_name = "m", config = {{{config}}}}} : () -> ()\n}}'
    assert "config says 3 layers, but blk.{}.attn_norm.weight has weights for 2; set layers to at most 2" in refusal(text).what


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin1.mlir").write_bytes(b"\xff\xfe")
    for name in ("none.mlir", "latin1.mlir", "."):
        with pytest.raises(IRError, match="cannot read the stage file"):
            Module.load(tmp_path / name)
