"""Launch files for vLLM 0.12 and later: `vllm serve`, and vllm-router for several replicas; where some only encode images, the proxy of vLLM's examples, and vLLM 0.33.

Flags: https://docs.vllm.ai/en/stable/cli/serve, its pages on data-parallel and context-parallel deployment and on NixlConnector, and https://github.com/vllm-project/router.
`--max-num-seqs` counts the sequences of an attention group over all pipeline stages, `--max-num-batched-tokens` the tokens of its step. Experts lie on all devices of a stage in
tp x dp groups (`--enable-expert-parallel`) or in one. Encoded images go through a folder (ECExampleConnector): the one connector that goes with any number of replicas, prefill
and decode apart or not (https://docs.vllm.ai/en/latest/examples/disaggregated/disaggregated_encoder).
"""

from __future__ import annotations

from typing import Any

from intarsia.codegen.engines import shell
from intarsia.codegen.engines.facts import ENCODERS, FCFS, Abilities, Launch, Pool, check, refusal
from intarsia.codegen.engines.places import Place, places
from intarsia.codegen.engines.shell import Command

ENGINE = Abilities("vLLM", ("nvidia", "amd"), ("f8",), {"bf16": "bfloat16", "f8": "fp8"}, (FCFS,), ENCODERS["vllm"])
HEADER = ["Flags of vLLM 0.12 and later."]
ENCODES = ["Images are encoded apart: of vLLM 0.33. They go through the folder EC_STORE, the plan sends them over the network: let the folder be in memory, or on fast storage."]
ENCODER_TOKENS = 114688
"""Of a step of an encoder, so that its scheduler never limits it (vLLM's examples)."""
PROXIED = {"encode": ("encode",), "prefill": ("prefill",), "decode": ("serve", "decode")}
"""Roles by what the proxy calls them: who answers decodes."""
RPC_PORT, MASTER_PORT, SIDE_PORT = 13345, 29501, 5600


def files(launch: Launch) -> dict[str, str]:
    """Scripts by name. Raises UnsupportedError."""
    checked(launch)
    found, nodes = places(launch)
    scripts = {"env.sh": shell.env(launch, nodes, _store(nodes) if launch.encodes_apart else ())}
    header = [*HEADER, *(ENCODES if launch.encodes_apart else ())]
    for place, name in enumerate(shell.names(launch)):
        mine = [each for each in found if each.pool == place]
        commands = [command for each in mine for command in _commands(launch, launch.pools[place], each)]
        scripts[f"{name}.sh"] = shell.script(
            launch, place, [*header, *shell.rounding_note(launch, launch.pools[place])], shell.flags(dashed(_told(launch, launch.pools[place]))), commands
        )
    if not shell.alone(launch):
        scripts["router.sh"] = _router(launch, found)
    return scripts


def checked(launch: Launch, engine: Abilities = ENGINE) -> None:
    """Raises UnsupportedError for what vLLM can't be told, by itself or in an engine around it."""
    check(launch, engine)
    for pool in launch.pools:
        if pool.ep not in (1, pool.tp * pool.dp):
            all_devices = pool.tp * pool.dp
            raise refusal(engine, f"{pool.ep} groups of experts on {all_devices} devices", f"it has 1 or {all_devices}; sglang takes {pool.ep}, or take another plan with --rank")
        machines = -(-pool.devices // pool.kind.node)
        if pool.dp > 1 and machines > 1 and pool.devices // machines % (pool.tp * pool.pp):
            raise refusal(engine, "attention groups that each span machines", "take a plan of a lower rank with --rank, or sglang")


def arguments(launch: Launch, pool: Pool) -> dict[str, Any]:
    """Of the engine, by the names that its Python interface has."""
    return {
        "dtype": "bfloat16" if launch.model.stored in ("bf16", "f16") else None,
        "quantization": "fp8" if pool.weights == "f8" and launch.model.stored != "f8" else None,
        "kv_cache_dtype": ENGINE.kv[pool.kv],
        "tensor_parallel_size": pool.tp,
        "pipeline_parallel_size": pool.pp if pool.pp > 1 else None,
        "data_parallel_size": pool.dp if pool.dp > 1 else None,
        "enable_expert_parallel": pool.ep > 1,
        "decode_context_parallel_size": pool.cp if pool.cp > 1 else None,
        "max_num_batched_tokens": pool.chunk_tokens,
        "max_num_seqs": pool.max_sequences * pool.pp,
        "max_model_len": pool.longest or None,
        "gpu_memory_utilization": launch.memory_share or None,
        "enable_chunked_prefill": True,
        "speculative_config": _draft(pool),
        "kv_transfer_config": _transfer(pool),
    }


def _told(launch: Launch, pool: Pool) -> dict[str, Any]:
    """Of a server, with what it says about images that are encoded apart."""
    roles = {"encode": "ec_producer", "serve": "ec_consumer", "prefill": "ec_consumer"}
    config = {"ec_connector": "ECExampleConnector", "ec_role": roles.get(pool.role, ""), "ec_connector_extra_config": {"shared_storage_path": "$EC_STORE"}}
    apart = {"enable_request_id_headers": True, "ec_transfer_config": config if pool.role in roles else None} if launch.encodes_apart else {}
    if pool.role != "encode":
        return arguments(launch, pool) | apart
    whole = {"dtype": arguments(launch, pool)["dtype"], "mm_encoder_only": True, "enforce_eager": True, "no_enable_prefix_caching": True}
    return whole | {"max_num_batched_tokens": ENCODER_TOKENS} | apart


def _store(nodes: int) -> list[str]:
    given = ': "${EC_STORE:=/dev/shm/intarsia-images}"' if nodes == 1 else ': "${EC_STORE:?a folder that all machines share, for encoded images}"'
    return [given, 'mkdir -p "$EC_STORE"']


def dashed(found: dict[str, Any]) -> dict[str, Any]:
    """Names of the Python interface as flags."""
    return {f"--{name.replace('_', '-')}": value for name, value in found.items()}


def _draft(pool: Pool) -> dict[str, Any] | None:
    if pool.draft is None:
        return None
    return {"method": "draft_model", "model": "$DRAFT", "num_speculative_tokens": pool.draft.tokens, "draft_tensor_parallel_size": pool.tp}


def _transfer(pool: Pool) -> dict[str, str] | None:
    roles = {"prefill": "kv_producer", "decode": "kv_consumer"}
    return {"kv_connector": "NixlConnector", "kv_role": roles[pool.role]} if pool.role in roles else None


def _commands(launch: Launch, pool: Pool, place: Place) -> list[Command]:
    """One on each machine of the replica; the first one answers requests."""
    found = []
    for rank, part in enumerate(place.parts):
        side = side_channel(place, part.node) if pool.role in ("prefill", "decode") else ""
        serves = f" --host 0.0.0.0 --port {shell.port(launch, place)}" if rank == 0 else " --headless"
        found.append(Command(part.node, f'{shell.visible(pool, part)} {side}vllm serve "$MODEL" "${{ARGS[@]}}"{serves}{_spread(pool, place, rank)}'))
    return found


def side_channel(place: Place, node: int) -> str:
    """Where a replica that hands caches over meets its partners."""
    return f"VLLM_NIXL_SIDE_CHANNEL_HOST={shell.address(node)} VLLM_NIXL_SIDE_CHANNEL_PORT={SIDE_PORT + 100 * place.slot} "


def _spread(pool: Pool, place: Place, rank: int) -> str:
    """How the machines of one replica find each other: by attention groups, or as parts of one group."""
    if len(place.parts) == 1:
        return ""
    head = f'"{shell.address(place.head)}"'
    if pool.dp > 1:
        groups = [len(part.devices) // (pool.tp * pool.pp) for part in place.parts]
        start = f" --data-parallel-start-rank {sum(groups[:rank])}" if rank else ""
        return f" --data-parallel-size-local {groups[rank]}{start} --data-parallel-address {head} --data-parallel-rpc-port {RPC_PORT + place.slot}"
    return f" --distributed-executor-backend mp --nnodes {len(place.parts)} --node-rank {rank} --master-addr {head} --master-port {MASTER_PORT + place.slot}"


def _proxy(launch: Launch, found: list[Place]) -> str:
    """vLLM's own proxy where images are encoded apart: it is in its repository, not in its package."""
    place = "examples/disaggregated/disaggregated_encoder/disagg_epd_proxy.py of https://github.com/vllm-project/vllm"
    chosen = f"The plan was simulated with the router {launch.router}; the proxy takes encoders in turn, and other replicas by chance."
    header = ["Sends images to the encoders, then requests on. Run it on one machine when the replicas answer.", chosen]
    flags = [f"--{role}-servers-urls {','.join(shell.urls(launch, found, *roles)) or 'disable'}" for role, roles in PROXIED.items()]
    body = [f': "${{EPD_PROXY:?the file {place}, at the tag of your version}}"', 'exec python "$EPD_PROXY" \\', *(f"  {flag} \\" for flag in flags)]
    return shell.router(header, [*body, f"  --host 0.0.0.0 --port {shell.ROUTER_PORT}"])


def _router(launch: Launch, found: list[Place]) -> str:
    if launch.encodes_apart:
        return _proxy(launch, found)
    header = ["Shares requests out (pip install vllm-router). Run it on one machine when the replicas answer.", *shell.router_note(launch)]
    if launch.disaggregated:
        workers = [f"  --{launch.pools[place.pool].role} {shell.url(place)} \\" for place in found]
        workers.insert(0, "  --vllm-pd-disaggregation \\")
    else:
        workers = [f"  --worker-urls {' '.join(shell.url(place) for place in found)} \\"]
    return shell.router(header, ["exec vllm-router \\", *workers, f"  --policy {shell.ROUTED[launch.router]} --host 0.0.0.0 --port {shell.ROUTER_PORT}"])
