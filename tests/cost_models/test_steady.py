"""Steady states: what engines' rules, pipeline stages, waves of requests and separate pools change, on a made-up device."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models.ops import Attention, Elementwise, Gemm
from intarsia.cost_models.serving import disaggregated
from intarsia.cost_models.serving.disaggregated import Deployment
from intarsia.cost_models.serving.shapes import Batch, Chunk, Plan, Precision, Step
from intarsia.cost_models.serving.steady import Engine, Load, System, even_service_s, question, queue_s, rhythm, steady
from intarsia.cost_models.serving.step_ops import step_ops
from intarsia.errors import InputError
from tests.cost_models.test_serving_shapes import DEEPSEEK, GPU, LLAMA, model

F8 = Precision("f8", kv="f8")
SYSTEM = System(LLAMA, GPU, Plan(tp=8), F8)


def with_engine(**more: object) -> System:
    return replace(SYSTEM, engine=Engine(**more))  # type: ignore[arg-type]


def test_questions_answer_as_steady_does() -> None:
    load = Load(1024, 256, 16, spread=0.2)
    asked = question(SYSTEM, load)
    assert asked.answer([SYSTEM.seconds(step) for _, step in asked.steps]) == asked.asked() == steady(SYSTEM, load)


def test_waves_of_requests() -> None:
    """Two and a half times as many requests as run: two whole waves and a smaller one, slower than whole ones alone and faster than three of them."""
    endless = steady(SYSTEM, Load(1024, 256))
    some = steady(SYSTEM, Load(1024, 256, requests=round(2.5 * endless.admitted)))
    assert 2.5 / 3 < some.tokens_per_s / (endless.admitted / endless.tpot_s) < 1
    few = steady(SYSTEM, Load(1024, 256, requests=10))
    assert few.admitted == 10 and few.tokens_per_s == pytest.approx(10 / few.tpot_s)


def test_stages_share_the_batch() -> None:
    """Two stages of half the layers take as long as one of all for the same rows, and have half of the batch each: twice the throughput of a small batch, nearly."""
    one, two = (steady(System(LLAMA, GPU, Plan(tp=8, pp=stages), F8), Load(1024, 256, 64)) for stages in (1, 2))
    assert two.tokens_per_s > one.tokens_per_s and two.decode_s < one.decode_s


def test_prompts_first() -> None:
    """With alike lengths all stay in step: a prompt waits for half of the others' prefills, which others' answers wait for too."""
    first = steady(with_engine(prefill_first=True), Load(1024, 256, 32))
    found = rhythm(with_engine(prefill_first=True), Load(1024, 256, 32))
    burst_s = SYSTEM.seconds(found.burst)
    assert found.bursts == 4 and found.mixed.decode == ()
    assert first.ttft_s == pytest.approx(2.5 * burst_s) and first.tpot_s == pytest.approx(first.decode_s + 1.5 * burst_s / 255)


@pytest.mark.parametrize(
    "engine", [{"poll_steps": 30}, {"wait_steps": 40}, {"ahead_steps": 1}, {"token_host_s": 1e-5}, {"layer_host_s": 1e-3}, {"step_host_s": 1e-3}],
)  # fmt: skip
def test_what_lengthens_the_first_token(engine: dict[str, float]) -> None:
    load = Load(1024, 256, 16, spread=0.2)
    assert steady(with_engine(**engine), load).ttft_s > steady(SYSTEM, load).ttft_s


def test_the_host_between_steps() -> None:
    """Each stage waits for its own host; what is hidden beside the device counts where it is longer than the device's work."""
    bare, shared, hidden = Engine(step_host_s=1e-3), Engine(sequence_host_s=1e-5), Engine(hidden_host_s=1e-4)
    assert bare.with_host(0.01, 64, stages=2) == pytest.approx(0.012) and shared.with_host(0.01, 64) == pytest.approx(0.01064)
    assert [hidden.with_host(0.01, sequences) for sequences in (64, 256)] == pytest.approx([0.01, 0.0256])
    load = Load(1024, 256, 16)
    plain, slower = steady(SYSTEM, load), steady(with_engine(step_host_s=1e-3), load)
    assert slower.decode_s == pytest.approx(plain.decode_s + 1e-3) and slower.tpot_s == pytest.approx(plain.tpot_s + 1e-3, rel=1e-3)


def test_prompts_are_split_one_by_one() -> None:
    """Where splitting takes longer than prefilling, prompts that come together wait for half of the others to be split, in every round or in the first."""
    load, engine = Load(1024, 256, 33, rounds=1, spread=0.2), {"token_host_s": 1e-3}
    split_s = load.prompt * 1e-3
    wait_s = steady(with_engine(**engine), load).ttft_s - steady(with_engine(**engine), replace(load, concurrency=1)).ttft_s
    assert wait_s == pytest.approx(16 * split_s, rel=0.03)
    together = Load(1024, 256, 33)
    first, alone = (steady(with_engine(prefill_first=True, **engine), one).ttft_s for one in (together, replace(together, concurrency=1)))
    assert first - alone == pytest.approx(16 * 1.024, rel=0.05)
    shared = steady(with_engine(prefill_first=True, tokenizers=3, **engine), together).ttft_s
    assert shared - alone == pytest.approx(5 * 1.024, rel=0.05)


def test_answers_with_room() -> None:
    load = Load(1024, 4096)
    assert steady(with_engine(reserves=True), load).admitted == pytest.approx(steady(SYSTEM, load).admitted * (1024 + 2048) / (1024 + 4096))


def test_padded_decodes() -> None:
    sizes = (16, 64)
    padded, plain = steady(with_engine(graph_sizes=sizes), Load(1024, 256, 17)), steady(SYSTEM, Load(1024, 256, 17))
    assert padded.decode_s > plain.decode_s and Engine(graph_sizes=sizes).padded(65) == 65
    (batch,) = rhythm(with_engine(graph_sizes=sizes), Load(1024, 256, 17)).decode.decode
    assert batch.sequences == 64 and batch.sequences * batch.context == pytest.approx(17 * (1024 + 128))


def test_drafted_tokens() -> None:
    """A step of four rows a sequence costs more than one of one, and gives three tokens where two drafts are right."""
    system = System(DEEPSEEK, GPU, Plan(tp=16), Precision("f8", kv="f8"))
    plain, drafting = steady(system, Load(1024, 256, 8)), steady(replace(system, engine=Engine(drafts=3, accepted=2)), Load(1024, 256, 8))
    assert drafting.decode_s > plain.decode_s and drafting.tpot_s < plain.tpot_s
    ops = {launch.label: launch.op for launch in step_ops(LLAMA, Plan(), F8, Step(decode=(Batch(8, 1000, 4),)))}
    qkv, attention = ops["qkv"], ops["attention"]
    assert isinstance(qkv, Gemm) and isinstance(attention, Attention) and qkv.m == 32 and (attention.batch, attention.heads) == (8, 4 * 64)


@given(st.integers(2, 200), st.floats(1e-3, 1), st.floats(0.05, 0.5))
@settings(max_examples=40)
def test_queues(users: int, service_s: float, spread: float) -> None:
    """The closer answers' lengths, the closer prompts come after each other; nothing waits where service takes no time."""
    life_s = 100 * service_s * users
    near, far = (queue_s(Load(1024, 256, users, spread=one), users, service_s, service_s, life_s) for one in (spread / 2, spread))
    assert near >= far >= even_service_s(service_s, (users - 1) * service_s / life_s) * (1 - 1e-9)
    assert queue_s(Load(1024, 256, users, spread=spread), users, 0.0, 0.0, life_s) == 0
    assert even_service_s(1.0, 0.5) == pytest.approx(0.5)


def test_quantised_rows() -> None:
    """Prices of products hold one pass over their rows: it goes where it is fused into the kernel before, and three more come where a scale is found; bf16 has none."""
    counts = {}
    for rows in ("fused", "apart", "found"):
        ops = step_ops(LLAMA, Plan(), Precision("f8", rows=rows), Step(decode=(Batch(8, 100),)))
        counts[rows] = sum(launch.count for launch in ops if launch.label == "quantised_rows")
    assert counts == {"fused": -4 * 80, "apart": 0, "found": 12 * 80}
    assert not [launch for launch in step_ops(LLAMA, Plan(), Precision(rows="found"), Step(decode=(Batch(8, 100),))) if launch.label == "quantised_rows"]
    with pytest.raises(InputError, match=r"precision.rows"):
        Precision("f8", rows="none")


def test_wide_norms_of_queries() -> None:
    """A norm over all heads needs the other devices' squares."""
    config = model("Llama-3.1-70B")
    wide = replace(config, qk_norm=True, wide_qk_norm=True)
    ops = step_ops(wide, Plan(tp=8), F8, Step((Chunk(10),)))
    labels = {launch.label: launch for launch in ops}
    assert labels["query_norms"].count == 4 * 80 and labels["query_norms_all_reduce"].count == 2 * 80
    norms = labels["query_norms"].op
    assert isinstance(norms, Elementwise) and norms.moved == 10 * (8 + 1) * 128 * 2


POOLS = Deployment(SYSTEM, replace(SYSTEM, engine=Engine(reserves=True)), prefill_workers=2, decode_workers=3)


def test_pools_with_few_users() -> None:
    """One user: its prompt alone, its transfer, and an answer at the speed of a lone sequence."""
    load = Load(1024, 256, 1, spread=0.2)
    found = disaggregated.question(POOLS, load).asked()
    alone = SYSTEM.seconds(Step(prefill=(Chunk(load.prompt),)))
    lone = SYSTEM.seconds(Step(decode=(Batch(1, load.prompt + load.answer / 2),)))
    assert found.tpot_s == pytest.approx(lone, rel=0.01)
    assert found.ttft_s == pytest.approx(alone + lone + POOLS.transfer_s(load), rel=0.15)
    assert POOLS.transfer_s(load) == pytest.approx(load.prompt * 2 * 128 * 80 / 50e9)


def test_first_tokens_of_pools_come_with_a_decode() -> None:
    """Beside other sequences they wait for the rest of a decode and for those planned ahead; a lone user waits for its own alone."""
    ahead = replace(POOLS, decode=replace(POOLS.decode, engine=replace(POOLS.decode.engine, ahead_steps=1)))
    many, one = Load(1024, 256, 24, spread=0.2), Load(1024, 256, 1, spread=0.2)
    plain, later = (disaggregated.question(pools, many).asked() for pools in (POOLS, ahead))
    assert later.ttft_s - plain.ttft_s == pytest.approx(plain.decode_s, rel=1e-6)
    assert disaggregated.question(ahead, one).asked() == disaggregated.question(POOLS, one).asked()


def test_pools_obey_littles_law() -> None:
    """In the middle, users are those that wait, are prefilled, and are decoded; at the end, the prefilling engines are the limit."""
    rates = [disaggregated.question(POOLS, Load(1024, 256, users, spread=0.2)).asked() for users in (8, 64, 512, 4096)]
    assert all(a.tokens_per_s <= b.tokens_per_s * (1 + 1e-9) and a.ttft_s < b.ttft_s and a.tpot_s <= b.tpot_s * (1 + 1e-9) for a, b in pairwise(rates))
    load, found = Load(1024, 256, 4096, spread=0.2), rates[-1]
    prompts = found.tokens_per_s / load.answer
    assert prompts * (found.ttft_s + load.answer * found.tpot_s) == pytest.approx(4096, rel=0.15)
    together = SYSTEM.seconds(Step(prefill=(Chunk(load.prompt, sequences=8),))) / 8
    assert prompts == pytest.approx(2 / together, rel=0.02)


def test_more_engines_help() -> None:
    load = Load(1024, 256, 512, spread=0.2)
    base = disaggregated.question(POOLS, load).asked()
    more_prompts = disaggregated.question(replace(POOLS, prefill_workers=8), load).asked()
    more_answers = disaggregated.question(replace(POOLS, decode_workers=8), load).asked()
    assert more_prompts.ttft_s < base.ttft_s and more_answers.tpot_s < base.tpot_s


@pytest.mark.parametrize("bad", [{"prefill_workers": 0}, {"decode_workers": 0}, {"link_bandwidth": 0}])
def test_bad_pools(bad: dict[str, float]) -> None:
    with pytest.raises(InputError, match="deployment"):
        replace(POOLS, **bad)  # type: ignore[arg-type]


def test_pools_need_users() -> None:
    with pytest.raises(InputError, match="users"):
        disaggregated.question(POOLS, Load(1024, 256))
    with pytest.raises(InputError, match="spread"):
        Load(1, 1, spread=1.0)
    assert np.isfinite(steady(SYSTEM, Load(1, 1, 1, spread=0.5)).ttft_s)
