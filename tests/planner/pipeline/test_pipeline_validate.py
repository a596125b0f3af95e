"""The judge of pipelines bites: every kind of fault, put into a valid text by hand, is named."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from intarsia.errors import IRError
from intarsia.ir.module import Module
from intarsia.planner.pipeline import text
from intarsia.planner.pipeline.curves import PUBLISHED
from intarsia.planner.pipeline.search import Options, search
from intarsia.planner.validate import InvalidPlan
from intarsia.planner.validate.pipeline import check, pipeline_problems
from tests.planner.pipeline.layers import balanced


@pytest.fixture(scope="module")
def valid() -> str:
    return str(text.module(search(balanced(), PUBLISHED, Options(structures=2, changes=300)), "test"))


def _nano(source: str, name: str, attribute: str, change: str) -> str:
    """The text with one attribute of one nano-batch replaced; `change` is a format of the old value (lists without brackets)."""
    lines = source.splitlines()
    at = next(i for i, line in enumerate(lines) if "pipe.nano" in line and f'name = "{name}"' in line)
    found = re.search(rf"\b{attribute} = (\[[^\]]*\]|[^,}}]+)", lines[at])
    assert found is not None
    lines[at] = lines[at][: found.start(1)] + change.format(found.group(1)) + lines[at][found.end(1) :]
    return "\n".join(lines)


MUTANTS = {
    "shifted": (lambda t: _nano(t, "A.1", "start_us", "0.0 : f64"), "begins .* us before the end of P.1"),
    "greedy": (lambda t: _nano(t, "A.1", "shares", "[0.95 : f64]"), "does .* us of work"),
    "too much": (lambda t: _nano(_nano(t, "R.0", "shares", "[1.0 : f64]"), "A.1", "shares", "[1.0 : f64]"), "of the execution units|us of work"),
    "rushed": (lambda t: _nano(t, "A.0", "us", "[10.0 : f64]"), "A.0 does .* us of work"),
    "endless": (lambda t: _nano(t, "A.0", "us", "[1.0e6 : f64]"), "longer than the period"),
    "rows lost": (lambda t: _nano(t, "F.0", "rows", "1 : i64"), "of F hold"),
    "rows twice": (lambda t: _nano(t, "F.1", "first", "0 : i64"), "of F hold"),
    "no wait": (lambda t: _nano(t, "F.0", "wait", '["P.0"]'), "F.0 does not wait for A.0"),
    "unknown signal": (lambda t: _nano(t, "F.0", "wait", '["A.0", "Z.0"]'), "waits for 'Z.0', which nothing signals"),
    "other order": (lambda t: _nano(t, "R.0", "order", "5 : i64"), "the network lane's order"),
    "two of a name": (lambda t: t.replace('name = "F.1"', 'name = "F.0"'), "two nano-batches are called F.0"),
    "unknown operator": (lambda t: _nano(t, "F.0", "operator", '"Z"'), "unknown operator 'Z'"),
    "a bound too high": (lambda t: re.sub(r"bound_us = [^,}]+", "bound_us = 1.0e9 : f64", t), "shorter than its bound"),
    "a share missing": (lambda t: _nano(t, "A.0", "shares", "[]"), "0 shares, but 1 lengths"),
    "a time missing": (lambda t: t.replace("points = [2.560000e+02]", "points = []", 1), "0 row counts, but 1 times"),
}


def test_the_valid_one_is_valid(valid: str) -> None:
    module = Module.parse(valid)
    assert pipeline_problems(module) == [] and str(module) == valid
    check(module)


@pytest.mark.parametrize("scale", [1 / 7, 1 / 70, 1 / 700])
def test_short_periods_are_valid_for_all_that_their_text_is_rounded(scale: float) -> None:
    layer = balanced()
    short = replace(layer, operators=tuple(replace(op, points=tuple((rows, scale * seconds) for rows, seconds in op.points)) for op in layer.operators))
    assert pipeline_problems(text.module(search(short, PUBLISHED, Options(structures=1, changes=20)), "test")) == []


@pytest.mark.parametrize("name", MUTANTS)
def test_a_fault_is_named(valid: str, name: str) -> None:
    change, sentence = MUTANTS[name]
    changed = change(valid)
    assert changed != valid
    problems = pipeline_problems(Module.parse(changed))
    assert any(re.search(sentence, problem) for problem in problems), problems
    with pytest.raises(InvalidPlan, match="the pipeline is not valid"):
        check(Module.parse(changed))


def test_steps_read_back(valid: str) -> None:
    facts, steps = text.steps(Module.parse(valid))
    assert facts["device"] == "test" and [step.start_us for step in steps] == sorted(step.start_us for step in steps)
    assert sum(step.rows for step in steps if step.operator == "A") == 256 and {step.kind for step in steps} == {"compute", "memory", "network"}


def test_a_module_without_a_schedule() -> None:
    with pytest.raises(IRError, match="0 schedules instead of one"):
        text.steps(Module.create("pipe"))


def test_the_example_of_the_grammar_page_is_valid() -> None:
    from intarsia.ir.grammar import PAGES_DIR

    assert pipeline_problems(Module.load(PAGES_DIR / "pipe.mlir")) == []
