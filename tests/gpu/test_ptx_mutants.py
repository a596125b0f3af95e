"""The emulator bites: kernels as Triton emits them, with one small error each, are found out by a report or by wrong numbers."""

from __future__ import annotations

import re

import pytest

from intarsia.codegen.verify.cases.table import cases
from intarsia.codegen.verify.compilers import compile_kernel
from intarsia.codegen.verify.layers import PASS, verify
from intarsia.codegen.verify.mutated import passes, trials
from intarsia.codegen.verify.ptx.mutants import KINDS, mutants

ALWAYS = {
    "weakened wgmma wait", "dropped proxy fence", "dropped wgmma fence", "shifted ldmatrix", "swapped fragment", "swapped accumulator", "dropped store predicate", "shifted load", "shifted store", "shifted copy",
}  # fmt: skip
"""Errors that no kernel here survives anywhere. Of the other kinds, some places don't matter: a wait with nothing on its way, a bound that no index meets."""
MOST = 2
EXPECTED = {
    ("gemm.bf16", "sm_80"): {"dropped barrier", "weakened wait", "shifted ldmatrix", "swapped fragment", "dropped store predicate", "shifted store", "shifted copy", "looser mask"},
    ("gemm.bf16", "sm_90a"): {"dropped barrier", "weakened wait", "weakened wgmma wait", "dropped proxy fence", "dropped wgmma fence", "swapped accumulator", "shifted store", "shifted copy", "looser mask"},
    ("attention_decode.bf16", "sm_80"): {"dropped barrier", "weakened wait", "shifted ldmatrix", "swapped fragment", "dropped load predicate", "shifted load", "shifted copy", "looser mask", "dropped factor"},
    ("attention_decode.bf16.cuda", "sm_90a"): {"dropped barrier", "shifted load", "shifted store", "looser mask", "dropped factor"},
    ("rmsnorm.bf16", "sm_90a"): {"dropped barrier", "dropped store predicate", "dropped load predicate", "shifted load", "shifted store", "looser mask", "halved shuffle", "dropped factor"},
}


@pytest.mark.parametrize(("name", "target"), EXPECTED)
def test_mutants_are_found_out(name, target):
    case = cases()[name].make()
    made = compile_kernel(case.spec, target)
    assert passes(case, made, made.ptx, 2)
    found = trials(case, made, 2, MOST)
    assert EXPECTED[name, target] <= set(found)
    for kind, one in found.items():
        assert not one.survived or kind not in ALWAYS, (kind, one)
        assert one.found or kind not in EXPECTED[name, target], kind


def test_the_layer_says_what_showed():
    for finding in verify(cases()["rmsnorm.bf16"], ["mutants"]):
        assert finding.verdict == PASS and re.match(r"\d+ of \d+ kinds of error show", finding.detail)
        assert finding.figures["dropped barrier"] == {"tried": 2, "survived": []}


def test_a_mutant_differs_in_one_line():
    ptx = compile_kernel(cases()["rmsnorm.bf16"].make().spec, "sm_80").ptx
    before = ptx.splitlines()
    for mutant in mutants(ptx):
        after = mutant.text.splitlines()
        assert [place + 1 for place, (a, b) in enumerate(zip(before, after, strict=True)) if a != b] == [mutant.line]
    kinds = [mutant.kind for mutant in mutants(ptx, most=1)]
    assert len(kinds) == len(set(kinds)) and set(kinds) <= set(KINDS)
