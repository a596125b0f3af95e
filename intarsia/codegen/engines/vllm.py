"""Launch files for vLLM 0.12 and later: `vllm serve`, and vllm-router for several replicas.

Flags: https://docs.vllm.ai/en/stable/cli/serve, its pages on data-parallel and context-parallel deployment and on NixlConnector, and https://github.com/vllm-project/router.
`--max-num-seqs` counts the sequences of an attention group over all pipeline stages, `--max-num-batched-tokens` the tokens of its step. Experts lie on all devices of a stage in
tp x dp groups (`--enable-expert-parallel`) or in one.
"""

from __future__ import annotations

from typing import Any

from intarsia.codegen.engines import shell
from intarsia.codegen.engines.facts import FCFS, Abilities, Launch, Pool, check, refusal
from intarsia.codegen.engines.places import Place, places
from intarsia.codegen.engines.shell import Command

ENGINE = Abilities("vLLM", ("nvidia", "amd"), ("f8",), {"bf16": "bfloat16", "f8": "fp8"}, (FCFS,))
HEADER = ["Flags of vLLM 0.12 and later."]
RPC_PORT, MASTER_PORT, SIDE_PORT = 13345, 29501, 5600


def files(launch: Launch) -> dict[str, str]:
    """Scripts by name. Raises UnsupportedError."""
    checked(launch)
    found, nodes = places(launch)
    scripts = {"env.sh": shell.env(launch, nodes)}
    for place, name in enumerate(shell.names(launch)):
        mine = [each for each in found if each.pool == place]
        commands = [command for each in mine for command in _commands(launch, launch.pools[place], each)]
        scripts[f"{name}.sh"] = shell.script(
            launch, place, [*HEADER, *shell.rounding_note(launch, launch.pools[place])], shell.flags(_dashed(arguments(launch, launch.pools[place]))), commands
        )
    if not shell.alone(launch):
        scripts["router.sh"] = _router(launch, found)
    return scripts


def checked(launch: Launch) -> None:
    """Raises UnsupportedError for what vLLM can't be told."""
    check(launch, ENGINE)
    for pool in launch.pools:
        if pool.ep not in (1, pool.tp * pool.dp):
            all_devices = pool.tp * pool.dp
            raise refusal(ENGINE, f"{pool.ep} groups of experts on {all_devices} devices", f"it has 1 or {all_devices}; sglang takes {pool.ep}, or take another plan with --rank")
        machines = -(-pool.devices // pool.kind.node)
        if pool.dp > 1 and machines > 1 and pool.devices // machines % (pool.tp * pool.pp):
            raise refusal(ENGINE, "attention groups that each span machines", "take a plan of a lower rank with --rank, or sglang")


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


def _dashed(found: dict[str, Any]) -> dict[str, Any]:
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
        side = f"VLLM_NIXL_SIDE_CHANNEL_HOST={shell.address(part.node)} VLLM_NIXL_SIDE_CHANNEL_PORT={SIDE_PORT + 100 * place.slot} " if pool.role != "serve" else ""
        serves = f" --host 0.0.0.0 --port {shell.port(launch, place)}" if rank == 0 else " --headless"
        found.append(Command(part.node, f'{shell.visible(pool, part)} {side}vllm serve "$MODEL" "${{ARGS[@]}}"{serves}{_spread(pool, place, rank)}'))
    return found


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


def _router(launch: Launch, found: list[Place]) -> str:
    header = ["Shares requests out (pip install vllm-router). Run it on one machine when the replicas answer.", *shell.router_note(launch)]
    if launch.disaggregated:
        workers = [f"  --{launch.pools[place.pool].role} {shell.url(place)} \\" for place in found]
        workers.insert(0, "  --vllm-pd-disaggregation \\")
    else:
        workers = [f"  --worker-urls {' '.join(shell.url(place) for place in found)} \\"]
    return shell.router(header, ["exec vllm-router \\", *workers, f"  --policy {shell.ROUTED[launch.router]} --host 0.0.0.0 --port {shell.ROUTER_PORT}"])
