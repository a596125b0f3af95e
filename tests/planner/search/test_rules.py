"""Rules: each excludes what it names, says why, and every replica that none excludes can be laid out and held."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models.serving.shapes import Batch, Plan, Precision, Step
from intarsia.cost_models.serving.step_ops import step_ops
from intarsia.errors import InputError
from intarsia.planner.search import rules, space
from intarsia.planner.search.problem import Choices, Draft, Problem
from intarsia.planner.search.rules import RULES, Excluded, legal
from intarsia.planner.search.space import Replica
from tests.planner.search.samples import F8, at_once, model, problem, requests

H100 = "H100-SXM"
LLAMA = problem("Llama-3.1-70B", ((H100, 16),))
DEEPSEEK = problem("DeepSeek-V3", (("H200", 16),), choices=Choices(precisions=(Precision("f8_block"),)))
BLOCK = Precision("f8_block")
CASES = [
    ("fleet-has-the-devices", LLAMA, Replica(H100, Plan(tp=8, pp=4)), "32 of 16"),
    ("tp-divides-heads", LLAMA, Replica(H100, Plan(tp=7), F8), "64 heads"),
    ("tp-divides-kv-heads", problem("Qwen2.5-7B"), Replica(H100, Plan(tp=7)), None),
    ("tp-divides-widths", problem("Phi-4", ((H100, 8),)), Replica(H100, Plan(tp=8)), None),
    ("tp-within-a-node", LLAMA, Replica(H100, Plan(tp=16), F8), "a node joins 8"),
    ("stage-fills-nodes", DEEPSEEK, Replica("H200", Plan(tp=4, dp=3, ep=12), BLOCK), None),
    ("ep-divides-experts", problem("Mixtral-8x7B-v0.1", ((H100, 16),)), Replica(H100, Plan(tp=8, dp=2, ep=16)), "8 experts"),
    ("ep-all-or-none", DEEPSEEK, Replica("H200", Plan(tp=8, ep=2), BLOCK), "2 groups of 8 devices"),
    ("dp-needs-ep", DEEPSEEK, Replica("H200", Plan(tp=4, dp=2), BLOCK), "split over attention groups"),
    ("expert-columns-fill-blocks", problem("Qwen3-235B-A22B", ((H100, 16),)), Replica(H100, Plan(tp=8), BLOCK), "192 columns"),
    ("device-has-arithmetic", problem(fleet=(("A100-80GB-SXM", 8),)), Replica("A100-80GB-SXM", Plan(), Precision("f8")), "no f8 arithmetic"),
    ("device-has-cache-type", problem(fleet=(("A100-80GB-SXM", 8),)), Replica("A100-80GB-SXM", Plan(), Precision(kv="f8")), "8-bit floats"),
    ("cp-shares-copies", LLAMA, Replica(H100, Plan(tp=8), F8, cp=2), "1 copies"),
    ("drafts-need-one-stage", LLAMA, Replica(H100, Plan(tp=4, pp=2), F8, draft=Draft(model("Llama-3.1-8B"), 0.7)), "last stage"),
    ("draft-has-the-vocabulary", LLAMA, Replica(H100, Plan(tp=4), F8, draft=Draft(model("Qwen2.5-0.5B"), 0.7)), "151936 against 128256"),
    ("power-budget", replace(LLAMA, watts=3000.0), Replica(H100, Plan(tp=8), F8), "5600 W of 3000 W"),
    ("weights-fit", LLAMA, Replica(H100, Plan()), "GiB too much"),
    ("longest-request-fits", problem("Llama-3.1-70B", ((H100, 2),), at_once((120_000, 1_000))), Replica(H100, Plan(tp=2)), "request of 121000"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "asked", "replica", "words"), [case for case in CASES if case[3]], ids=[case[0] for case in CASES if case[3]])
def test_a_rule_excludes_what_it_names(rule: str, asked: Problem, replica: Replica, words: str) -> None:
    excluded = Excluded()
    assert legal(asked, [replica], excluded) == []
    assert excluded.counts == {rule: 1}
    assert words in excluded.examples[rule] and str(replica) in excluded.examples[rule]


def test_kv_heads_and_widths() -> None:
    """28 heads over 7 devices leave 4 KV heads uneven; 40 heads over 8 devices are even, 10 KV heads aren't."""
    qwen, phi = problem("Qwen2.5-7B", ((H100, 8),)), problem("Phi-4", ((H100, 8),))
    for asked, plan, rule in ((qwen, Plan(tp=7), "tp-divides-kv-heads"), (phi, Plan(tp=8), "tp-divides-kv-heads")):
        excluded = Excluded()
        assert not legal(asked, [Replica(H100, plan)], excluded) and excluded.counts == {rule: 1}


def test_every_rule_is_named_once_and_tested() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names) and {case[0] for case in CASES} == set(names)


def test_a_rule_can_be_switched_off() -> None:
    replica = Replica("H200", Plan(tp=8, ep=2), BLOCK)
    assert legal(replace(DEEPSEEK, without=("ep-all-or-none",)), [replica], Excluded()) == [replica]


@given(st.sampled_from([LLAMA, DEEPSEEK, problem("gpt-oss-120b", ((H100, 8), ("MI300X", 4)))]), st.data())
@settings(max_examples=20, deadline=None)
def test_what_is_legal_can_be_served(asked: Problem, data: st.DataObject) -> None:
    """Every legal layout gives operators, fits its memory, and holds the longest request; excluded and legal add up to all."""
    layouts = [replica for stock in asked.fleet for replica in space.layouts(asked, stock)]
    excluded = Excluded()
    kept = legal(asked, layouts, excluded)
    assert len(kept) + sum(excluded.counts.values()) == len(layouts) and len(set(layouts)) == len(layouts)
    replica = data.draw(st.sampled_from(kept))
    assert step_ops(asked.config, replica.plan, replica.precision, Step(decode=(Batch(1, 1),)))
    room = rules.room(asked, replica)
    assert room.kv_tokens * replica.cp >= asked.longest and room.weights + room.activations < room.total
    assert replica.devices <= asked.stock[replica.stock].count


def test_a_draft_takes_memory() -> None:
    plain, drafted = (Replica(H100, Plan(tp=4), F8, draft=draft) for draft in (None, Draft(model("Llama-3.1-8B"), 0.7)))
    assert rules.room(LLAMA, drafted).kv_tokens < rules.room(LLAMA, plain).kv_tokens
    assert rules.room(LLAMA, drafted).weights - rules.room(LLAMA, plain).weights == pytest.approx(2 * model("Llama-3.1-8B").parameters() / 4, rel=1e-3), "cut as the model is"
    odd = replace(drafted, draft=Draft(model("Qwen2.5-0.5B"), 0.7))  # 14 heads, on four devices
    assert odd.draft_plan == Plan() and drafted.draft_plan == Plan(4)
    assert rules.room(LLAMA, odd).weights - rules.room(LLAMA, plain).weights == pytest.approx(2 * model("Qwen2.5-0.5B").parameters(), rel=0.3), "whole on each"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Choices(chunks=()), "chunks"), (lambda: Choices(batches=(0,)), "batches"), (lambda: Choices(modes=("both",)), "no mode both"), (lambda: Choices(policies=("lottery",)), "unknown scheduling policy 'lottery'"),
        (lambda: Choices(modes=()), "at least one mode"), (lambda: Draft(model("Llama-3.1-8B"), 1.0), "acceptance"),
        (lambda: Draft(model("Llama-3.1-8B"), 0.5, 0), "at least one token"),
    ],
)  # fmt: skip
def test_parameters_out_of_range(make: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make()  # type: ignore[operator]


def test_drafts_gain_what_leviathan_says() -> None:
    """Their equation 1: (1 - 0.8 ^ 5) / 0.2 tokens of four drafts."""
    assert Draft(model("Llama-3.1-8B"), 0.8, 4).gain == pytest.approx(3.3616)
    assert requests(3).rate_per_s > 0
