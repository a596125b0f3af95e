"""Launch files for TensorRT-LLM 1.x (its PyTorch backend): `trtllm-serve` with a YAML file of options, and what shares requests out.

Flags: https://nvidia.github.io/TensorRT-LLM/commands/trtllm-serve and its pages on disaggregated serving and parallel strategies (`tensorrt_llm/commands/serve.py`).
With attention data parallelism every device of the tensor-parallel group holds sequences of its own; batch sizes and tokens are those of one rank's step. It quantises no weights
when it loads them. Replicas that each serve whole requests are shared out by nginx: TensorRT-LLM's own server only joins prefill and decode.
"""

from __future__ import annotations

from typing import Any

import yaml

from intarsia.codegen.engines import shell
from intarsia.codegen.engines.facts import FCFS, Abilities, Launch, Pool, check, refusal
from intarsia.codegen.engines.places import Place, places
from intarsia.codegen.engines.shell import Command

ENGINE = Abilities("TensorRT-LLM", ("nvidia",), (), {"bf16": "auto", "f8": "fp8"}, (FCFS,))
HEADER = ["Flags of TensorRT-LLM 1.x, PyTorch backend."]
DISAGGREGATED = {"prefill": "context_servers", "decode": "generation_servers"}
ROUTED = {"round_robin": "round_robin", "least_loaded": "load_balancing", "slo_aware": "load_balancing", "prefix_aware": "kv_cache_aware"}


def files(launch: Launch) -> dict[str, str]:
    """Scripts and their YAML files by name. Raises UnsupportedError."""
    _check(launch)
    found, nodes = places(launch)
    written = {"env.sh": shell.env(launch, nodes)}
    for place, name in enumerate(shell.names(launch)):
        pool = launch.pools[place]
        commands = [_command(launch, pool, each) for each in found if each.pool == place]
        written[f"{name}.sh"] = shell.script(launch, place, [*HEADER, *_notes(pool)], shell.flags(_arguments(pool, f"$HERE/{name}.yaml")), commands)
        written[f"{name}.yaml"] = yaml.safe_dump(_options(launch, pool), sort_keys=False)
    if not shell.alone(launch):
        written["router.sh"] = _joined(launch, found) if launch.disaggregated else _balanced(launch, found)
    return written


def _check(launch: Launch) -> None:
    check(launch, ENGINE)
    for pool in launch.pools:
        if pool.cp > 1:
            raise refusal(ENGINE, f"a cache that {pool.cp} devices of a tensor-parallel group share out by tokens", "vllm does, or take a plan without CP with --rank")
        if pool.draft and not pool.draft.source:
            raise refusal(ENGINE, "a draft model whose folder it isn't told", "plan with --draft FOLDER of a whole checkpoint")
        if pool.dp > 1 and pool.tp > 1:
            raise refusal(ENGINE, f"attention groups of {pool.tp} devices", f"it has groups of one (TP1 DP{pool.tp * pool.dp}); sglang and vllm take TP{pool.tp} DP{pool.dp}")
    if not launch.disaggregated and launch.router == "prefix_aware" and not shell.alone(launch):
        raise refusal(ENGINE, "replicas that requests are sent to by their prefixes", "sglang and vllm have such a router")


def _arguments(pool: Pool, options: str) -> dict[str, Any]:
    return {
        "--tp_size": pool.tp * pool.dp,
        "--pp_size": pool.pp if pool.pp > 1 else None,
        "--ep_size": pool.ep if pool.ep > 1 else None,
        "--max_batch_size": pool.max_sequences,
        "--max_num_tokens": pool.chunk_tokens,
        "--max_seq_len": pool.longest or None,
        "--extra_llm_api_options": options,
    }


def _options(launch: Launch, pool: Pool) -> dict[str, Any]:
    """The YAML file: what has no flag."""
    cache: dict[str, Any] = {"dtype": ENGINE.kv[pool.kv]}
    if launch.memory_share:
        cache["free_gpu_memory_fraction"] = launch.memory_share
    found: dict[str, Any] = {"kv_cache_config": cache, "enable_chunked_prefill": True}
    if pool.dp > 1:
        found["enable_attention_dp"] = True
    if pool.ep > 1:
        found |= {"moe_expert_parallel_size": pool.ep, "moe_tensor_parallel_size": pool.tp * pool.dp // pool.ep}
    if pool.draft:
        found["speculative_config"] = {"decoding_type": "DraftTarget", "max_draft_len": pool.draft.tokens, "speculative_model_dir": pool.draft.source}
    if pool.role in DISAGGREGATED:
        found["cache_transceiver_config"] = {"backend": "DEFAULT", "max_tokens_in_buffer": pool.longest or pool.chunk_tokens}
    if pool.role == "prefill" or pool.draft:
        found["disable_overlap_scheduler"] = True
    return found


def _notes(pool: Pool) -> list[str]:
    return ["The cache has the checkpoint's type: take one whose cache isn't quantised."] if pool.kv == "bf16" else []


def _command(launch: Launch, pool: Pool, place: Place) -> Command:
    """One on the replica's first machine, which starts the others' ranks by MPI."""
    serve = f'trtllm-serve "$MODEL" "${{ARGS[@]}}" --host 0.0.0.0 --port {shell.port(launch, place)}'
    if len(place.parts) == 1:
        return Command(place.head, f"{shell.visible(pool, place.parts[0])} {serve}")
    each = len(place.parts[0].devices)
    hosts = ",".join(f"{shell.address(part.node)}:{each}" for part in place.parts)
    devices = shell.visible(pool, place.parts[0])
    return Command(place.head, f'mpirun -n {pool.devices} -H "{hosts}" -x {devices} trtllm-llmapi-launch {serve} --gpus_per_node {each}')


def _joined(launch: Launch, found: list[Place]) -> str:
    """TensorRT-LLM's own server in front of prefill and decode."""
    body = ['cat > "$HERE/disagg.yaml" <<EOF', "hostname: 0.0.0.0", f"port: {shell.ROUTER_PORT}"]
    for role, name in DISAGGREGATED.items():
        mine = [place for place in found if launch.pools[place.pool].role == role]
        body += [f"{name}:", f"  num_instances: {len(mine)}", "  router:", f"    type: {ROUTED[launch.router]}", "  urls:"]
        body += [f'    - "{shell.address(place.head)}:{place.port}"' for place in mine]
    header = ["Joins prefill and decode. Run it on one machine when the replicas answer.", *_nearest(launch, ROUTED[launch.router])]
    return shell.router(header, [*body, "EOF", 'exec trtllm-serve disaggregated -c "$HERE/disagg.yaml"'])


def _balanced(launch: Launch, found: list[Place]) -> str:
    """nginx in front of equal replicas: the one with the fewest open requests, or one after the other."""
    least = [] if launch.router == "round_robin" else ["    least_conn;"]
    servers = [f"    server {shell.address(place.head)}:{place.port};" for place in found]
    proxy = [f"    listen {shell.ROUTER_PORT};", "    location / { proxy_pass http://replicas; proxy_buffering off; proxy_read_timeout 1h; }"]
    text = ["events {}", "http {", "  upstream replicas {", *least, *servers, "  }", "  server {", *proxy, "  }", "}"]
    header = ["Shares requests out by nginx. Run it on one machine when the replicas answer.", *_nearest(launch, "least_conn (open requests)")]
    return shell.router(header, ['cat > "$HERE/nginx.conf" <<EOF', *text, "EOF", 'exec nginx -g "daemon off;" -c "$HERE/nginx.conf"'])


def _nearest(launch: Launch, name: str) -> list[str]:
    return [f"The plan was simulated with the router {launch.router}; {name} is the nearest here."] if launch.router in ("least_loaded", "slo_aware") else []
