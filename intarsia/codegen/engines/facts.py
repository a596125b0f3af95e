"""What an engine is to be started with, as code generation knows it: the pools of a plan, the model, and what no engine can be told.

Sizes are those of `cost_models/serving/shapes.py` (tp devices share each attention, dp groups hold different sequences, ep groups of experts lie on tp x dp devices).
`chunk_tokens` and `max_sequences` are of one step of one attention group, as the simulator counts them: each engine's file brings them to what its own flags mean.
"""

from __future__ import annotations

from dataclasses import dataclass

from intarsia.errors import UnsupportedError

FCFS, CONTINUOUS = "fcfs_chunked_prefill", "continuous_batching"
ENCODERS = {
    "vllm": ("qwen2_vl", "qwen2_5_vl", "llava", "gemma3"), "sglang": ("qwen2_vl", "qwen2_5_vl"), "dynamo": ("qwen2_vl", "qwen2_5_vl", "llava"),
}  # fmt: skip
"""By engine, the encoders of images (ir/vision.py) that it runs on devices of their own: any that vLLM's encoder cache holds; the architectures that SGLang 0.5.23 allows
(`srt/arg_groups/pd_disaggregation_hook.py`); those that Dynamo 1.6.1 takes out of a model (`vllm/multimodal_utils/model.py`)."""
VISIBLE = {"nvidia": "CUDA_VISIBLE_DEVICES", "amd": "HIP_VISIBLE_DEVICES"}


@dataclass(frozen=True)
class Kind:
    """Devices of a kind: `count` in the fleet, `node` of them in a machine. `vendor`: nvidia, amd, or another, which no engine here starts on."""

    name: str
    count: int
    node: int
    vendor: str = "nvidia"


@dataclass(frozen=True)
class Draft:
    """A draft model (its folder; empty: not known) that proposes `tokens` at a time."""

    source: str
    tokens: int


@dataclass(frozen=True)
class Pool:
    """`count` equal replicas in one role: serve, prefill, decode, or encode (images, and nothing else). `longest`: most tokens of a sequence (0: not known). `types`: of parts that
    have another type than `weights`, by name. `mixed`: kinds of devices that its stages lie on, where they are several. `words`: the plan's own words for a replica."""

    role: str
    kind: Kind
    count: int
    tp: int = 1
    pp: int = 1
    dp: int = 1
    ep: int = 1
    cp: int = 1
    weights: str = "bf16"
    kv: str = "bf16"
    chunk_tokens: int = 8192
    max_sequences: int = 256
    policy: str = FCFS
    parameters: tuple[str, ...] = ()
    draft: Draft | None = None
    longest: int = 0
    types: tuple[tuple[str, str], ...] = ()
    mixed: str = ""
    words: str = ""

    @property
    def devices(self) -> int:
        """Of one replica."""
        return self.tp * self.pp * self.dp


@dataclass(frozen=True)
class Model:
    """`source`: its folder (empty: not known, the scripts ask for it). `stored`: the type of the checkpoint's weights, a name of `cost_models/dtypes.py`. `encoder`: the
    architecture of its encoder of images, by ir/vision.py (empty: none)."""

    name: str
    source: str
    stored: str = "bf16"
    gguf: bool = False
    encoder: str = ""


@dataclass(frozen=True)
class Launch:
    """A deployment. `router`: how the plan shares requests out, a name of `runtime/scheduler/routers.py`. `memory_share`: what the plan lets the engine take of a device's memory
    (0: the engine's default)."""

    model: Model
    pools: tuple[Pool, ...]
    router: str = "least_loaded"
    memory_share: float = 0.0

    @property
    def disaggregated(self) -> bool:
        """Prompts and answers are computed by different replicas."""
        return any(pool.role in ("prefill", "decode") for pool in self.pools)

    @property
    def encodes_apart(self) -> bool:
        """Some replicas only encode images."""
        return any(pool.role == "encode" for pool in self.pools)


@dataclass(frozen=True)
class Abilities:
    """What an engine takes. `encoders`: those of images that it runs on devices of their own. `online`: types that it brings weights of 16 bits to when it loads them. `kv`: its
    words for types of the cache. `policies`: batching policies of ours that it follows."""

    name: str
    vendors: tuple[str, ...]
    online: tuple[str, ...]
    kv: dict[str, str]
    policies: tuple[str, ...]
    encoders: tuple[str, ...] = ()


def check(launch: Launch, engine: Abilities) -> None:
    """Raises UnsupportedError for the first thing that the engine can't be told, with the nearest choice."""
    if launch.model.gguf:
        raise refusal(engine, "a GGUF file, which it runs otherwise than it was priced", "plan the model's Hugging Face checkpoint")
    for pool in launch.pools:
        _check_devices(pool, engine)
        if pool.role == "encode":
            _check_encoder(launch.model, engine)
            continue
        _check_types(launch.model, pool, engine)
        _check_policy(pool, engine)
    if len(types := sorted({pool.kv for pool in launch.pools if pool.role != "encode"})) > 1 and launch.disaggregated:
        raise refusal(engine, f"caches of {' and '.join(types)} in pools that hand them over", f"plan with one type, such as --precision stored/{types[0]}")


def refusal(engine: Abilities, what: str, mend: str) -> UnsupportedError:
    """What an engine can't serve, as an error; `mend` says what would do."""
    return UnsupportedError(f"{engine.name} can't serve {what}", mend=mend)


def _check_devices(pool: Pool, engine: Abilities) -> None:
    if pool.mixed:
        raise refusal(engine, f"stages on different kinds of devices ({pool.mixed})", "plan on one kind of device, or take a plan of a lower rank with --rank")
    if pool.kind.vendor not in engine.vendors:
        raise refusal(engine, f"on {pool.kind.name}", "launch files are written for NVIDIA and AMD GPUs (TensorRT-LLM: NVIDIA)")


def _check_encoder(model: Model, engine: Abilities) -> None:
    if model.encoder in engine.encoders:
        return
    able = [name for name, encoders in ENCODERS.items() if model.encoder in encoders]
    others = f"{' and '.join([', '.join(able[:-1]), able[-1]] if len(able) > 1 else able)} {'do' if len(able) > 1 else 'does'} (--engine-files), or " if able else ""
    raise refusal(engine, f"replicas that only encode images of {model.encoder or 'this model'}", f"{others}take a plan without them with --rank, or plan with --modes aggregated")


def _check_types(model: Model, pool: Pool, engine: Abilities) -> None:
    stored, online = model.stored, model.stored in ("bf16", "f16") and pool.weights in engine.online
    if pool.weights != stored and not online:
        brings = f", --precision {' or '.join(engine.online)}" if engine.online and stored == "bf16" else ""
        raise refusal(engine, f"weights of {pool.weights} from a checkpoint of {stored}", f"plan a checkpoint that is quantised so, or with --precision stored{brings}")
    for part, kind in pool.types:
        raise refusal(engine, f"{part} of {kind} beside weights of {pool.weights}", "plan with one type of weights")
    if pool.kv not in engine.kv:
        raise refusal(engine, f"a cache of {pool.kv}", f"plan with a cache of {' or '.join(engine.kv)}, such as --precision stored/{next(iter(engine.kv))}")


def _check_policy(pool: Pool, engine: Abilities) -> None:
    """Where prompts and answers are apart, a step of answers is the same under both policies without hints."""
    if pool.policy not in engine.policies and not (pool.role == "decode" and pool.policy in (FCFS, CONTINUOUS)):
        raise refusal(engine, f"by the policy {pool.policy}", f"plan with --policy {' or '.join(engine.policies)}")
    if pool.parameters:
        raise refusal(engine, f"with {', '.join(pool.parameters)} of the policy {pool.policy}", "plan without --param")
