"""How published serving runs set their engines: types, chunks, polling, speculation.

InferenceX (github.com/SemiAnalysisAI/InferenceX, Apache-2.0) publishes the command of each run under benchmarks/, and what it changed when in
perf-changelog.yaml; what is stated here of its runs is from there. Other runs have the engines' defaults.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from intarsia.compiler import serving_models, serving_pools
from intarsia.compiler.serving_hosts import with_host
from intarsia.compiler.serving_pools import Recipe
from intarsia.compiler.serving_runs import INFERENCEX, OWN, TABLE, Case
from intarsia.cost_models import devices
from intarsia.cost_models.serving import disaggregated
from intarsia.cost_models.serving.disaggregated import Deployment
from intarsia.cost_models.serving.memory import SGLANG, TENSORRT_LLM, VLLM, EngineMemory
from intarsia.cost_models.serving.shapes import Plan, Precision
from intarsia.cost_models.serving.steady import Engine, Question, System, question
from intarsia.cost_models.serving.step import OpCost, roofline
from intarsia.cost_models.serving.step_ops import WIDE
from intarsia.errors import InputError, UnsupportedError
from intarsia.ir.device import Device

SYSTEMS = {
    "h100_sxm": "H100-SXM", "h200_sxm": "H200", "b200_sxm": "B200", "gb200": "GB200", "b300_sxm": "B300", "gb300": "GB300",
    "H100": "H100-SXM", "H200": "H200", "B200": "B200", "GB200": "GB200", "RTXPRO6000": "RTX-PRO-6000",
}  # fmt: skip
WEIGHTS = {"": "bf16", "fp8": "f8", "fp8_block": "f8_block", "nvfp4": "f4", "int4_wo": "int4", "FP8": "f8", "FP4": "f4"}
IN_BLOCKS = ("DeepSeek-V3", "DeepSeek-R1", "MiniMax-M2.5", "Qwen3-235B-A22B", "GLM-5", "Qwen3.5-397B-A17B")
"""Models whose published 8-bit checkpoints have a scale for each block of 128 x 128 (weight_block_size in their config.json)."""
HOPPER = ("H100-SXM", "H200")
MEMORY: dict[str, EngineMemory] = {"vllm": VLLM, "sglang": SGLANG, "trtllm": TENSORRT_LLM}
SECOND_TOKEN = 0.82
"""Share of drafted tokens that are right: of DeepSeek-R1's, 81 to 82.3 % (vLLM pull request 12755; arXiv 2412.19437 says 85 to 90 % of V3's)."""
DRAFTED_VERSIONS = ("1.2.0rc6.post3",)
"""Images of the recipes with multi-token prediction alone (changelog entries 632 and 642; those without it stayed at 1.2.0rc6.post2)."""
SEVERAL_RECIPES = "1.1.0rc2.post2"
"""An image of both kinds of recipes."""
TOKENIZERS = 6
"""Processes that split prompts into tokens (tokenizer-worker-num in InferenceX's scripts for Qwen3.5 of bf16 and of 8 bits)."""
PREFILL_SEQUENCES, PREFILL_TOKENS = 64, 8192
NETWORK_LINK, LINKS = 50e9, {"GB200": 900e9, "GB300": 900e9}
"""Bytes/s that a device sends to another engine: 400 Gb/s of InfiniBand each on HGX H100, H200 and B200 (800 on B300 is not counted on), NVLink in a GB200 rack."""
TABLE_SHARE, TABLE_GRAPHS = 0.95, (1, 2, 4, 8, 16, 32, 64, 128, 256, 384, 512, 1024, 2048, 4096, 8192)
"""kv_cache_free_gpu_mem_fraction and batch sizes of captured graphs, as TensorRT-LLM's performance overview says under "Reproducing Benchmarked Results"."""


@dataclass(frozen=True)
class Setup:
    """What ran, in our terms."""

    plan: Plan
    precision: Precision
    engine: Engine
    all_reduce: str


def system_of(case: Case, cost: OpCost = roofline) -> System:
    """Raises IntarsiaError for a model, device or plan that can't be predicted."""
    setup = setup_of(case)
    return System(serving_models.sizes(case.model), device_of(case), setup.plan, setup.precision, setup.engine, cost)


def question_of(case: Case) -> Question:
    """What to price for a case. Raises IntarsiaError for a model, device or plan that can't be predicted."""
    if case.decode is None:
        return question(system_of(case), case.load)
    return disaggregated.question(deployment_of(case), case.load)


def deployment_of(case: Case) -> Deployment:
    """The engines of a disaggregated run, as its row states or as the one published recipe says that it can be of. Raises UnsupportedError without either."""
    recipe = _recipe_of(case)
    users = -(-case.load.concurrency // (recipe.decode_workers * recipe.decode.dp))
    base = replace(_base_engine(case), reserves=case.framework == "trtllm")
    prompts = replace(base, most_sequences=PREFILL_SEQUENCES, chunk_tokens=max(PREFILL_TOKENS, case.load.isl))
    answers = replace(base, most_sequences=max(1, users), drafts=recipe.drafts, accepted=accepted(recipe.drafts))
    config, device = serving_models.sizes(case.model), device_of(case)
    first, second = (System(config, device, plan, precision_of(case, plan), engine) for plan, engine in ((recipe.prefill, prompts), (recipe.decode, answers)))
    return Deployment(first, second, recipe.prefill_workers, recipe.decode_workers, LINKS.get(device.name, NETWORK_LINK))


def _recipe_of(case: Case) -> Recipe:
    assert case.prefill and case.decode
    if case.prefill.workers and case.decode.workers:
        return Recipe(case.prefill.workers, _spread(case, case.prefill.plan), case.decode.workers, _spread(case, case.decode.plan), 0)
    load = case.load
    known = serving_pools.find(case.device, case.precision, load.isl, load.osl, load.concurrency) if case.framework == "trtllm" and case.model == "DeepSeek-R1" else []
    if len(known) != 1:
        raise UnsupportedError("a disaggregated run may be of two recipes" if known else "a disaggregated run doesn't state its engines")
    return known[0]


def _spread(case: Case, plan: Plan) -> Plan:
    """SGLang's DeepEP has as many groups of experts as devices, whatever a row says (its server_args.py)."""
    return replace(plan, ep=plan.tp * plan.dp) if case.framework == "sglang" and plan.dp > 1 else plan


def device_of(case: Case) -> Device:
    """Raises InputError for a device that isn't in the catalogue."""
    if case.device not in SYSTEMS:
        raise InputError(f"the device {case.device} is not in the catalogue")
    return devices.load(SYSTEMS[case.device])


def setup_of(case: Case) -> Setup:
    """Types, plan and engine of a run."""
    plan = case.plan
    if case.source == TABLE and serving_models.sizes(case.model).experts:
        plan = Plan(1, plan.pp, plan.tp * plan.dp, plan.tp * plan.dp)  # enable_attention_dp, --ep
    if case.source == INFERENCEX and case.model == "MiniMax-M2.5" and (case.device == "h200_sxm" or _blackwell_minimax(case) == "first"):
        plan = replace(plan, ep=plan.tp * plan.dp)  # its script turns expert parallelism on whatever the plan says
    return Setup(plan, precision_of(case, plan), engine_of(case, plan), all_reduce_of(case))


def _blackwell_minimax(case: Case) -> str:
    """Which of InferenceX's scripts for MiniMax on Blackwell a run is of; empty for others. The "first" one for 8 bits (0.17) spreads experts, by Triton's kernels
    (VLLM_USE_FLASHINFER_MOE_FP8=0, VLLM_MOE_USE_DEEP_GEMM=0); neither it nor the "second", of the nightly image for 4 bits, has the cache in 8 bits. The "last"
    ones have, and let a step hold two prompts (--max-num-batched-tokens)."""
    if case.source != INFERENCEX or case.model != "MiniMax-M2.5" or SYSTEMS.get(case.device) in HOPPER:
        return ""
    if case.version.startswith("0.17"):
        return "first"
    return "second" if case.precision == "nvfp4" and case.version.startswith("nightly") else "last"


def all_reduce_of(case: Case) -> str:
    """Engines on Blackwell take the fastest."""
    return "own" if SYSTEMS.get(case.device) in HOPPER else "fastest"


def precision_of(case: Case, plan: Plan) -> Precision:
    """The types that published checkpoints of that name hold, those of the cache, and the library that multiplies experts: kernels for
    experts over many devices where pools have 16 groups of them (TensorRT-LLM's WIDEEP), or any (SGLang's DeepEP, in InferenceX's recipes of two pools)."""
    types = _types(case)
    if plan.dp > 1 and case.decode and (plan.ep >= WIDE or (plan.ep > 1 and case.framework == "sglang")):
        return replace(types, kernel="wide")
    if _blackwell_minimax(case) == "first":
        return replace(types, kernel="triton")
    if case.framework != "trtllm" or types.expert_weights in ("mxf4", "mxf4_f8"):
        return types
    return replace(types, kernel=_library(case, plan, types.expert_weights))


def _library(case: Case, plan: Plan, experts: str) -> str:
    """TensorRT-LLM's moe_config.backend: CUTLASS where nothing is set (1.0), and in InferenceX's runs of DeepSeek on Hopper. On Blackwell these have TRTLLM, but
    CUTLASS (4 bits) and DEEPGEMM (8 bits) for many users; where tokens are drafted, CUTLASS with attention groups alone, and DEEPGEMM for 8 bits. Recipes of two
    pools are taken to be like these for few users."""
    load, few = case.load, "trtllm-gen"
    if case.source != INFERENCEX or SYSTEMS.get(case.device) in HOPPER:
        return "cutlass"
    many = _cutlass_of_4_bits(plan) if experts == "f4" else "deepgemm"
    if case.decode:
        return few
    if drafts_of(case, plan):
        return few if experts == "f4" and plan.dp == 1 else many
    if load.isl >= 8192:
        return many if experts == "f4" and load.concurrency > 32 else few
    return many if load.concurrency >= 256 else few


def _cutlass_of_4_bits(plan: Plan) -> str:
    """Where experts are spread, TensorRT-LLM's wide table has the same kernels in half the time of the usual one, whose seconds are twice what streaming the weights
    takes: the usual one was not tuned."""
    return "wide" if plan.ep > 1 else "cutlass"


def _types(case: Case) -> Precision:
    weights, kv, hopper = WEIGHTS.get(case.precision, "bf16"), _kv(case), SYSTEMS.get(case.device) in HOPPER
    if case.model == "gpt-oss-120b":
        return Precision("bf16", kv=kv, experts=("mxf4" if hopper else "mxf4_f8") if weights == "f4" else weights)
    if weights == "int4" or (weights == "f4" and serving_models.sizes(case.model).kv_lora_rank):
        return Precision("bf16" if weights == "int4" else weights, kv=kv, experts=weights, attention="bf16")
    if weights == "f4" and serving_models.sizes(case.model).linear_v_heads:
        return Precision("bf16", kv=kv, experts=weights)
    if weights == "f8" and case.model in IN_BLOCKS:
        return Precision("f8_block", kv=kv)
    return Precision(weights, kv=kv, rows=_rows(case, weights))


def _rows(case: Case, weights: str) -> str:
    """A checkpoint that is not of 8 bits itself holds no scales of rows: the engine finds them. TensorRT-LLM takes only checkpoints that hold them (its page
    "Quantization"); its Llama converts rows in the norm, attention and activation before (modeling_llama.py), other models by a kernel (modeling_qwen3.py). vLLM fuses
    the conversion to 8 bits where its compiler is told to, as InferenceX does on Blackwell, and has no fused kernel for 4 bits (its page "Fusion torch.compile passes")."""
    if weights == "f8" and case.source == OWN and case.framework != "trtllm" and not case.checkpoint.upper().endswith("FP8"):
        return "found"
    if case.framework == "trtllm":
        return "fused" if weights == "f8" and case.model.startswith("Llama") else "apart"
    return "fused" if case.framework == "vllm" and weights == "f8" and SYSTEMS.get(case.device) not in HOPPER else "apart"


def _kv(case: Case) -> str:
    """InferenceX: 8 bits with TensorRT-LLM, with vLLM for Llama, and for gpt-oss and in the last scripts for MiniMax on Blackwell, with SGLang for quantised models but
    DeepSeek and GLM-5 on Hopper. Elsewhere TensorRT-LLM keeps 8 bits for quantised checkpoints, the others bf16."""
    quantised, hopper = WEIGHTS.get(case.precision, "bf16") in ("f8", "f8_block", "f4"), SYSTEMS.get(case.device) in HOPPER
    if case.framework == "trtllm":
        return "f8" if quantised else "bf16"
    if case.source != INFERENCEX:
        return "bf16"
    if case.framework == "vllm":
        return "f8" if case.model == "Llama-3.1-70B" or (case.model == "gpt-oss-120b" and not hopper) or _blackwell_minimax(case) == "last" else "bf16"
    return "f8" if quantised and (not hopper or case.model == "Qwen3.5-397B-A17B") else "bf16"


def engine_of(case: Case, plan: Plan) -> Engine:
    """How the engine forms its steps."""
    users = max(1, case.load.concurrency // plan.dp) if case.load.concurrency else 2048
    base = replace(_base_engine(case), most_sequences=users)
    if case.framework == "sglang":
        return _sglang(case, base)
    if case.framework == "trtllm":
        return _tensorrt(case, plan, base)
    return replace(base, chunk_tokens=2 * case.load.isl) if _blackwell_minimax(case) == "last" else base


def _base_engine(case: Case) -> Engine:
    return with_host(Engine(memory=MEMORY.get(case.framework, VLLM)), case, serving_models.sizes(case.model))


def _sglang(case: Case, base: Engine) -> Engine:
    """Prompts first. InferenceX, on Blackwell, has SGLang look for new requests every 10 decodes, or 30 from 16 users on (scheduler-recv-interval); GLM-5 has
    the engine's defaults on Hopper. Qwen3.5's chunks are smaller on Hopper alone, and its prompts are split by several processes but for 4 bits."""
    blackwell, qwen, base = SYSTEMS[case.device] not in HOPPER, case.model == "Qwen3.5-397B-A17B", replace(base, prefill_first=True)
    if case.source != INFERENCEX or (case.model == "GLM-5" and not blackwell):
        return replace(base, chunk_tokens=16384 if blackwell else 8192)
    often = case.load.concurrency < 16 and not (qwen and case.precision == "nvfp4")
    poll = (10 if often else 30) if blackwell and case.model != "GLM-5" and case.mode == "aggregated" else 1
    small = not blackwell if qwen else case.precision == "nvfp4"
    return replace(base, chunk_tokens=16384 if small else 32768, poll_steps=poll, tokenizers=TOKENIZERS if qwen and case.precision != "nvfp4" else 1)


def _tensorrt(case: Case, plan: Plan, base: Engine) -> Engine:
    """It lets sequences in that have room for their answers (GUARANTEED_NO_EVICT). InferenceX has it collect prompts for some decodes
    (batch_wait_timeout_iters; with attention groups, up to 60 to give each one)."""
    load, users, base = case.load, case.load.concurrency, replace(base, reserves=True)
    if case.source == TABLE:
        return replace(base, memory=replace(base.memory, share=TABLE_SHARE), graph_sizes=TABLE_GRAPHS)
    if case.source != INFERENCEX:
        return replace(base, most_sequences=max(1, base.most_sequences - 1)) if case.version == "1.0.0rc3" else base
    short = load.isl == load.osl == 1024
    if case.model == "Llama-3.1-70B":
        return replace(base, chunk_tokens=load.isl + load.osl + 200, wait_steps=20 if short and plan.tp < 8 else 0)
    if case.model == "gpt-oss-120b":
        return replace(base, chunk_tokens=20000)
    drafts = drafts_of(case, plan)
    wait = 60 if plan.dp > 1 else 40 if case.device == "b200_sxm" and case.precision == "fp8" and short and users >= 64 and not drafts else 0
    chunk = (drafts + 1) * base.most_sequences + load.isl + 64 if drafts else max(8192, users + load.isl + 64)
    return replace(base, chunk_tokens=chunk, wait_steps=wait, drafts=drafts, accepted=accepted(drafts))


def accepted(drafts: int) -> float:
    """Drafted tokens that are right on average: a token counts where all before it are right."""
    return sum(SECOND_TOKEN**place for place in range(1, drafts + 1))


def drafts_of(case: Case, plan: Plan) -> int:
    """Tokens that TensorRT-LLM drafts in an InferenceX run of DeepSeek: three, or one with attention groups, where the recipe is one with multi-token prediction."""
    drafted = case.version in DRAFTED_VERSIONS or (case.version == SEVERAL_RECIPES and bool(case.snapshot) and _recipe_drafts(case, plan))
    return (1 if plan.dp > 1 else 3) if drafted and case.model == "DeepSeek-R1" and case.mode == "aggregated" else 0


def _recipe_drafts(case: Case, plan: Plan) -> bool:
    """Whether the recipe with multi-token prediction has the plan. Of 8-bit runs both recipes have the same plans; rows that state the image are of this one."""
    if case.precision != "nvfp4":
        return True
    users, load, tp = case.load.concurrency, case.load, plan.tp * plan.dp
    if load.isl == load.osl:
        least, spread, grouped = 4, 16, 128 if tp == 4 else 64
    elif load.osl > load.isl:
        least, spread, grouped = 4, 32 if tp == 4 else 8, 128
    else:
        least, spread, grouped = 4, 32, 32
    if plan.dp > 1:
        return users >= grouped
    return spread <= users < grouped if plan.ep > 1 else least <= users < spread
