"""Workloads under which each scheduling policy is compared with the one that its paper compares with, and what came of it.

Prices are rooflines of the device catalogue, loads are drawn with fixed seeds. Each function gives a few figures; `test_policy_effects.py` says what they have to be,
and docs/policies.md lists them.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from intarsia.cost_models import devices
from intarsia.cost_models.serving.memory import Told, footprint, visible_bytes
from intarsia.cost_models.serving.shapes import Plan, Precision
from intarsia.cost_models.serving.steady import Engine, System
from intarsia.cost_models.serving.step_table import StepTable
from intarsia.errors import InputError
from intarsia.planner.simulate import Job, Load, Replica, Report, Tier, program, simulate
from intarsia.planner.simulate.cluster import simulate_cluster
from intarsia.planner.simulate.experts import janus_pools, janus_table
from intarsia.planner.simulate.serving import Deployment, Link, Pool
from intarsia.runtime.scheduler.janus import Janus
from intarsia.runtime.scheduler.llumnix import Llumnix
from intarsia.runtime.scheduler.xllm import Xllm
from tests.cost_models.test_serving_shapes import model

Figures = dict[str, float]
Whole = np.ndarray[Any, Any]
MOE, SKEW = model("DeepSeek-V2"), 0.8
FCFS, ORCA = "fcfs_chunked_prefill", "continuous_batching"


@lru_cache
def system(name: str, device: str, tp: int = 1, chunk: int = 8192) -> System:
    return System(model(name), devices.load(device), Plan(tp=tp), Precision(), Engine(chunk_tokens=chunk, most_sequences=256))


@lru_cache
def replica(name: str, device: str, tp: int = 1, kv_tokens: int = 0) -> Replica:
    """All of the memory for KV by default."""
    found = system(name, device, tp)
    return Replica(StepTable.build(found), kv_tokens or found.kv_tokens(), kv_token_bytes=2.0 * found.config.kv_elements_per_token())


def under(served: Replica, policy: str, tokens: int, sequences: int, **parameters: Any) -> Replica:
    return replace(served, policy=policy, parameters={"max_batch_tokens": tokens, "max_sequences": sequences, **parameters})


def lengths(rng: np.random.Generator, count: int, median: float, p90: float, most: int = 16_000) -> Whole:
    """Log-normal."""
    return np.clip(np.exp(np.log(median) + np.log(p90 / median) / 1.2816 * rng.standard_normal(count)), 4, most).astype(int)


def times(rng: np.random.Generator, count: int, rate_per_s: float) -> Whole:
    """Poisson arrivals."""
    return np.cumsum(rng.exponential(1 / rate_per_s, count))


def poisson(count: int, rate_per_s: float, prompt: tuple[float, float], output: tuple[float, float], **more: Any) -> Load:
    """Lengths by median and 90th percentile."""
    rng = np.random.default_rng(0)
    drawn = zip(times(rng, count, rate_per_s).tolist(), lengths(rng, count, *prompt).tolist(), lengths(rng, count, *output).tolist(), strict=True)
    return Load(tuple(Job(*values, **more) for values in drawn))


# Batches and prefill.


def continuous_batching() -> Figures:
    """400 chats at once (prompts 200 and answers 180 tokens at the median), Mistral-7B on an A100, batches of 64."""
    load, served = poisson(400, 1000, (200, 600), (180, 500)), replica("Mistral-7B-v0.1", "A100-80GB-SXM")
    static, found = (simulate(load, under(served, policy, 8192, 64)) for policy in ("static_batching", ORCA))
    return {"throughput": found.output_tokens_per_s / static.output_tokens_per_s, "latency": static.latency.e2e_s.mean / found.latency.e2e_s.mean}


def chunked_prefill() -> Figures:
    """Highest rate (chats of openchat_sharegpt4's lengths, Mistral-7B on an A100) at which the 99th percentile of the time between tokens is at most 0.1 s."""
    served = replica("Mistral-7B-v0.1", "A100-80GB-SXM")
    whole, chunked = (_capacity(under(served, policy, tokens, 128), 0.1) for policy, tokens in ((ORCA, 8192), (FCFS, 512)))
    return {"capacity": chunked / whole}


def _capacity(served: Replica, between_s: float) -> float:
    """By halving the interval, in steps of 10 %; the queue must not grow either (median wait at most 2 s)."""
    low, high = 0.5, 20.0
    while high > 1.1 * low:
        rate = (low * high) ** 0.5
        found = simulate(poisson(80, rate, (1730, 5696), (415, 834)), served)
        low, high = (rate, high) if found.itl_s.p99 <= between_s and found.latency.queue_s.p50 <= 2 else (low, rate)
    return low


def dynamic_splitfuse() -> Figures:
    """FastGen's case: prompts of 2600 and answers of 60 tokens on average, 2 a second, Llama-70B on 4 A100; goals of 512 tokens/s for prompts, 6 for answers."""
    rng, count = np.random.default_rng(1), 150
    arrivals = times(rng, count, 2.0)
    prompts, outputs = (np.clip(rng.normal(mean, 0.3 * mean, count), 4, None).astype(int) for mean in (2600, 60))
    load = Load(tuple(Job(float(a), int(p), int(o), ttft_s=p / 512, tpot_s=1 / 6) for a, p, o in zip(arrivals, prompts, outputs, strict=True)))
    served = replica("Llama-3.1-70B", "A100-80GB-SXM", 4)
    whole, fused = simulate(load, under(served, ORCA, 4096, 128)), simulate(load, under(served, "dynamic_splitfuse", 768, 128))
    return {"goodput": fused.latency.goodput_per_s / whole.latency.goodput_per_s, "latency": whole.latency.e2e_s.mean / fused.latency.e2e_s.mean}


def layered_prefill() -> Figures:
    """Summaries of papers (prompts 7059, answers 208 at the median) 4 a second, Qwen3-30B-A3B on two H100; chunks and groups of 512 tokens."""
    load, served = poisson(80, 4.0, (7059, 12985), (208, 371)), replica("Qwen3-30B-A3B", "H100-SXM", 2)
    chunked, layered = simulate(load, under(served, FCFS, 512, 128)), simulate(load, under(served, "layered_prefill", 512, 128, most_groups=48))
    return {
        "first token": layered.latency.ttft_s.mean / chunked.latency.ttft_s.mean, "end to end": layered.latency.e2e_s.mean / chunked.latency.e2e_s.mean,
        "energy": layered.resources.joules / chunked.resources.joules, "time between tokens": layered.itl_s.p99 / chunked.itl_s.p99,
    }  # fmt: skip


# Memory.


MODES: dict[str, tuple[str, dict[str, Any]]] = {"aggressive": (ORCA, {"watermark": 0.01}), "conservative": (ORCA, {"promised": 1.0}), "past_future": ("past_future", {})}
"""Who admits what, of the Past-Future paper: whatever fits now but for 1 % of the memory, what fits with the longest answers, and what fits with answers like past ones."""


def past_future(users: int = 50, count: int = 200) -> Figures:
    """The paper's evaluation with its 13B model (the scripts of its artifact, github.com/WuSiYu/lightllm-ae): a closed loop of `users`, Llama-2-13B on an A100-80GB with KV for 64,000 tokens.

    Lengths like ShareGPT-o1's (381 tokens of prompt and 2160 of answer on average; here log-normal), answers of up to 6000 tokens, prompts of up to 18,000 tokens in an
    iteration. Goals: first token within 10 s, no pause above 1.5 s. What waits for 8 s is given up, and what missed its goals is sent anew, until all are good;
    so tokens a second, prompts included, are goodput.
    """
    rng = np.random.default_rng(0)
    prompts, outputs = lengths(rng, count, 110, 850, 6000), lengths(rng, count, 1750, 3900, 6000)
    jobs = tuple(Job(0.0, int(prompt), int(output), limit=6000, ttft_s=10.0, pause_s=1.5) for prompt, output in zip(prompts, outputs, strict=True))
    served = replica("Llama-2-13B", "A100-80GB-SXM", kv_tokens=64_000)
    found = {name: simulate(Load(jobs, users=users, patience_s=8.0), under(served, policy, 18_000, 256, **more)) for name, (policy, more) in MODES.items()}
    goodput = {name: report.tokens_per_s for name, report in found.items()}
    return {**goodput, "over aggressive": goodput["past_future"] / goodput["aggressive"], "over conservative": goodput["past_future"] / goodput["conservative"]}


def batchllm() -> Figures:
    """A batch of 320: 20 shared prefixes of 3000 tokens, each with 16 questions of about 100 and answers of about 16 tokens, shuffled; Llama-3.1-8B, KV for 40,000 tokens."""
    rng = np.random.default_rng(0)
    jobs = [
        Job(0.0, 3000 + int(100 * (0.5 + rng.random())), int(16 * (0.5 + rng.random())), prefix=tuple(hash((group, n)) for n in range(3000 // 64)))
        for group in range(20) for _ in range(16)
    ]  # fmt: skip
    load = Load(tuple(jobs[place] for place in rng.permutation(len(jobs))), block_tokens=64)
    served = replica("Llama-3.1-8B", "A100-80GB-SXM", kv_tokens=40_000)
    cached, grouped = simulate(load, under(served, FCFS, 2048, 128)), simulate(load, under(served, "batchllm", 2048, 128))
    return {"throughput": cached.duration_s / grouped.duration_s, "hits before": cached.resources.prefix_hits, "hits": grouped.resources.prefix_hits}


def agents(rng: np.random.Generator, count: int, rate_per_s: float) -> Load:
    """Coding agents of 8 to 15 turns: 60 % of tools return within 0.1 s, 92 % within 10 s, the rest within 30 s (shares as in REFERENCE of agentcgroup's traces)."""
    jobs: list[Job] = []
    for number, begin in enumerate(times(rng, count, rate_per_s).tolist()):
        turns: list[tuple[int, int, str, float]] = []
        for turn in range(last := int(rng.integers(7, 15)) + 1):
            kind = rng.random()
            pause = rng.uniform(0.05, 0.1) if kind < 0.6 else rng.uniform(0.1, 10) if kind < 0.92 else rng.uniform(10, 30)
            goes_on = turn + 1 < last
            turns.append((int(rng.integers(500, 1500)) if turn else 3000, int(rng.integers(50, 250)), "shell" * goes_on, float(pause) * goes_on))
        jobs += program(begin, turns, session=number, first=len(jobs), system=1024, shared="system", block_tokens=64)
    return Load(tuple(jobs), block_tokens=64)


def continuum() -> Figures:
    """25 coding agents, one every 3 s, on Llama-3.1-8B with KV for 60,000 tokens and prefix caching in both."""
    load, served = agents(np.random.default_rng(0), 25, 0.33), replica("Llama-3.1-8B", "A100-80GB-SXM", kv_tokens=60_000)
    turns, order, found = (simulate(load, under(served, policy, 2048, 64, **more)) for policy, more in ((FCFS, {}), ("continuum", {"most_ttl_s": 0.0}), ("continuum", {})))
    return {
        "program": turns.programs_s.mean / found.programs_s.mean, "95th percentile": turns.programs_s.p95 / found.programs_s.p95,
        "order alone": turns.programs_s.mean / order.programs_s.mean, "hits before": turns.resources.prefix_hits, "hits": found.resources.prefix_hits,
    }  # fmt: skip


# Goals and fairness.


def jitserve() -> Figures:
    """Chats (2 s to the first token, 0.1 s a token), tasks (20 s) and research (60 s), a third each, 10 a second on Llama-3.1-8B with 32 places."""
    rng, count, jobs = np.random.default_rng(0), 240, list[Job]()
    kinds: tuple[tuple[str, tuple[float, float], tuple[float, float], dict[str, float]], ...] = (
        ("chat", (200, 800), (150, 500), {"ttft_s": 2.0, "tpot_s": 0.1}), ("task", (1500, 5000), (250, 800), {"deadline_s": 20.0}),
        ("research", (800, 3000), (300, 900), {"deadline_s": 60.0}),
    )  # fmt: skip
    for begin in times(rng, count, 10.0).tolist():
        kind, prompt, output, goals = kinds[int(rng.integers(3))]
        jobs.append(Job(begin, int(lengths(rng, 1, *prompt)[0]), int(lengths(rng, 1, *output)[0]), kind=kind, limit=2048, **goals))  # type: ignore[arg-type]
    served = replica("Llama-3.1-8B", "A100-80GB-SXM", kv_tokens=100_000)
    whole, chunked, found = (
        simulate(Load(tuple(jobs)), under(served, policy, 2048, 32, **more))
        for policy, more in ((ORCA, {}), (FCFS, {}), ("jitserve", {"token_s": 0.02, "prefill_tokens_per_s": 8000.0}))
    )
    return {"goodput over vLLM": found.latency.met / whole.latency.met, "goodput over Sarathi": found.latency.met / chunked.latency.met, "met": found.latency.met}


def hexgen_flow() -> Figures:
    """100 text-to-SQL workflows of 3 to 8 stages, 1.5 a second, with goals of twice what they take alone, Llama-3.1-8B with 12 places."""
    rng, jobs = np.random.default_rng(0), list[Job]()
    for number, begin in enumerate(times(rng, 100, 1.5).tolist()):
        hard = rng.random() < 0.3
        stages = [(2500, 120), (1500, 60), *[(1200, 300 if hard else 120)] * int(rng.integers(2, 6) if hard else rng.integers(0, 2)), (800, 60)]
        turns = [(int(p * rng.uniform(0.7, 1.3)), int(o * rng.uniform(0.5, 1.5)), "database", 0.2) for p, o in stages]
        goal = 1.0 + 2 * 0.025 * sum(output for _, output, _, _ in turns)
        made = program(begin, turns, session=number, first=len(jobs), deadline_s=goal)
        jobs += [replace(job, prompt=turn[0]) for job, turn in zip(made, turns, strict=True)]
    served = replica("Llama-3.1-8B", "A100-80GB-SXM")
    late = [_share_of_goal(jobs, simulate(Load(tuple(jobs)), under(served, policy, 1024, 12, **more))) for policy, more in ((FCFS, {}), ("hexgen_flow", {"token_s": 0.02}))]
    before, found = (float(np.percentile(each, 95)) for each in late)
    return {"95th percentile": before / found, "met before": float((late[0] <= 1).mean()), "met": float((late[1] <= 1).mean())}


def _share_of_goal(jobs: list[Job], report: Report) -> Whole:
    """Each program's time as a share of its goal."""
    spans: dict[Any, tuple[float, float, float]] = {}
    for job, begin, end in zip(jobs, report.requests.arrival.tolist(), report.requests.end.tolist(), strict=True):
        first, last, _ = spans.get(job.session, (begin, end, 0.0))
        spans[job.session] = min(first, begin), max(last, end), job.program_deadline_s
    return np.array([(end - begin) / goal for begin, end, goal in spans.values()])


def fastswitch() -> Figures:
    """A client that floods (6 a second) beside three that ask now and then, Llama-3.1-8B, KV for 50,000 tokens and host memory behind PCIe."""
    rng = np.random.default_rng(0)
    jobs = [Job(float(t), int(rng.integers(300, 1500)), int(rng.integers(200, 600)), kind="heavy") for t in times(rng, 240, 6.0)]
    jobs += [Job(float(t), int(rng.integers(100, 500)), int(rng.integers(50, 200)), kind=f"light {n % 3}") for n, t in enumerate(times(rng, 80, 2.0))]
    load = Load(tuple(sorted(jobs, key=lambda job: job.arrival_s)))
    served = replace(replica("Llama-3.1-8B", "A100-80GB-SXM", kv_tokens=50_000), tiers=(Tier(400_000, 25e9, 5e-5),))
    before, found = simulate(load, under(served, FCFS, 2048, 64)), simulate(load, under(served, "fastswitch", 2048, 64))
    light = np.array([kind != "heavy" for kind in found.requests.kind])
    return {"first token": float(np.percentile(before.requests.ttft[light], 99) / np.percentile(found.requests.ttft[light], 99))}


def swap_reuse() -> Figures:
    """Eight clients with long answers take turns of half a second in memory for three of them: what is moved with copies kept, against without."""
    rng = np.random.default_rng(0)
    load = Load(tuple(Job(0.01 * n, int(rng.integers(2000, 3000)), 600, kind=f"client {n}") for n in range(8)))
    served = replace(replica("Llama-3.1-8B", "A100-80GB-SXM", kv_tokens=10_000), tiers=(Tier(100_000, 25e9, 5e-5),))
    plain, reused = (simulate(load, under(served, "fastswitch", 2048, 64, period_s=0.5, lead_tokens=50.0, switch_weight=0.0, reuse=reuse)) for reuse in (False, True))
    return {"moved": reused.resources.moved_bytes / plain.resources.moved_bytes, "preemptions": float(reused.resources.preemptions), "time": reused.duration_s / plain.duration_s}


# Clusters.


def llumnix() -> Figures:
    """500 requests, 4.5 a second, lengths of 128 tokens at the median and 1024 at the 90th percentile, four replicas of Llama-2-7B with KV for 13,600 tokens (as on an A10)."""
    load = poisson(500, 4.5, (128, 1024), (128, 1024))
    load = Load(tuple(replace(job, prompt=min(job.prompt, 6000), output=min(job.output, 6000)) for job in load.jobs))
    served = under(replica("Llama-2-7B", "A100-40GB-SXM", kv_tokens=13_600), FCFS, 2048, 64)
    deployment = Deployment((Pool(served, 4),), link=Link(8e9, 1e-3))
    turns, loaded = simulate_cluster(load, deployment), simulate_cluster(load, replace(deployment, router="least_loaded"))
    found = simulate_cluster(load, deployment, router=Llumnix(), rescheduler=Llumnix())
    pause = [float(np.percentile(report.requests.stall, 99)) for report in (turns, loaded, found)]
    return {
        "first token over round robin": turns.latency.ttft_s.p99 / found.latency.ttft_s.p99, "pause over round robin": pause[0] / pause[2],
        "pause over least loaded": pause[1] / pause[2], "moved": found.resources.moved_bytes,
    }  # fmt: skip


def encode_apart() -> Figures:
    """Chats beside requests with images, two replicas: both do everything, or one encodes and the other does the rest. An image token takes 0.1 ms."""
    rng, jobs = np.random.default_rng(0), list[Job]()
    for place, begin in enumerate(times(rng, 240, 4.0).tolist()):
        images = int(rng.integers(1000, 4000)) if place % 3 == 0 else 0
        jobs.append(Job(begin, 200 + images, int(rng.integers(60, 160)), image_tokens=images, kind="images" if images else "chat", ttft_s=2.0, tpot_s=0.04))
    served = replace(under(replica("Llama-2-7B", "A100-40GB-SXM"), FCFS, 2048, 64), image_s=0.02, image_token_s=1e-4, image_token_bytes=8192.0)
    both = simulate(Load(tuple(jobs)), Deployment((Pool(served, 2),), router="least_loaded"))
    encoders = Pool(replace(served, policy="encode_only", parameters={}), 1, frozenset({"encode"}), "encode")
    rest = Pool(served, 1, frozenset({"prefill", "decode"}), "rest")
    apart = simulate(Load(tuple(jobs)), Deployment((encoders, rest), router="least_loaded", link=Link(50e9, 1e-3)))
    return {"gap": both.itl_s.p99 / apart.itl_s.p99, "first token": both.kinds["chat"].ttft_s.p95 / apart.kinds["chat"].ttft_s.p95}


def xllm() -> Figures:
    """Four replicas; every 20 s the load turns from long prompts to long answers and back; goals of 1 s and 30 ms; roles that follow it against each fixed split."""
    rng, jobs = np.random.default_rng(0), list[Job]()
    for begin in times(rng, 400, 15.0).tolist():
        long = begin // 20 % 2 == 0
        prompt, output = (rng.integers(1500, 3000), rng.integers(20, 60)) if long else (rng.integers(100, 300), rng.integers(300, 500))
        jobs.append(Job(begin, int(prompt), int(output), ttft_s=1.0, tpot_s=0.03))
    served = under(replica("Llama-2-7B", "A100-40GB-SXM", kv_tokens=40_000), FCFS, 2048, 64)

    def met(prefills: int, **roles: Any) -> float:
        pools = Pool(served, prefills, frozenset({"prefill"})), Pool(served, 4 - prefills, frozenset({"decode"}))
        return simulate_cluster(Load(tuple(jobs)), Deployment(pools, router="least_loaded", link=Link(50e9, 1e-3)), **roles).latency.met

    fixed = [met(prefills) for prefills in (1, 2, 3)]
    return {"met": met(2, roles=Xllm(1.0, 0.03)), "best fixed": max(fixed), "even split": fixed[1], "worst fixed": min(fixed)}


# Experts.


def janus(sequences: int = 4096, goal_s: float = 0.1, most: int = 32) -> Figures:
    """DeepSeek-V2 in 16 bits on H100s, contexts of 1024 tokens: the fewest devices on which so many sequences decode within a goal for each token.

    Monolithic expert parallelism comes in replicas of one, two, four nodes of eight devices, over all of which attention groups and experts are spread, as many replicas as it takes; Janus
    has attention and experts on devices of their own, as many of each as it takes. Both have the roofline's kernels, experts drawn by rank ** -0.8, and all of the memory.
    """
    whole = min(filter(None, (_monolithic(devices_, sequences, goal_s) for devices_ in (8, 16, 32))), default=0)
    expert = 3.0 * MOE.hidden * MOE.expert_ffn * 2 * sum(MOE.is_moe_layer(layer) for layer in range(MOE.layers))
    policy = Janus(slots=int(0.9 * visible_bytes(devices.load("H100-SXM")) // expert), most_attention=most, most_experts=most)

    def table(attention: int, experts: int) -> StepTable:
        far, near = _moe(Plan(dp=experts, ep=experts, node=8)), _moe(Plan(dp=attention, node=8))
        room = footprint(MOE, near.device, near.plan, near.precision, told=Told(512, 1024, 1024, reserved=-MOE.experts * expert))
        if room.kv_tokens < 1024 * sequences / attention:
            raise InputError("the caches don't fit")
        return janus_table(near, far, policy, bandwidth=5e10, skew=SKEW)

    found = janus_pools(policy, table, sequences, 1024.0, goal_s, -(-MOE.experts // policy.slots))
    assert found is not None
    apart = found.attention + found.experts
    return {"monolithic": whole, "attention": found.attention, "experts": found.experts, "per device": whole / apart}


def _moe(plan: Plan) -> System:
    return System(MOE, devices.load("H100-SXM"), plan, Precision(), Engine(chunk_tokens=512, most_sequences=4096))


def _monolithic(size: int, sequences: int, goal_s: float) -> int:
    """Devices of the fewest replicas of so many devices; 0 where none keeps the goal."""
    served = _moe(Plan(dp=size, ep=size, node=8))
    room = served.footprint(1024).kv_tokens
    table = StepTable.build(served, skew=SKEW)
    for replicas in range(1, sequences // size + 1):
        each = sequences / replicas / size
        if each * 1024 <= room and float(table.decode_seconds(each, 1024)) <= goal_s:
            return replicas * size
    return 0
