"""Launch files for SGLang 0.5: `python -m sglang.launch_server`, and its router for several replicas.

Flags: https://docs.sglang.io/advanced_features/server_arguments.html, its pages on PD disaggregation and on the router, and the checks of `sglang/srt/server_args.py`.
With data-parallel attention `--tp-size` counts all devices of a stage, and `--chunked-prefill-size` and `--max-running-requests` are divided by the groups. Prompts come before
decodes unless `--enable-mixed-chunk` puts both into a step. Servers that only encode images (`--encoder-only`) send them to those that prefill (`--language-only`), which know
their addresses: https://docs.sglang.io/advanced_features/epd_disaggregation.html.
"""

from __future__ import annotations

from typing import Any

from intarsia.codegen.engines import shell
from intarsia.codegen.engines.facts import CONTINUOUS, ENCODERS, FCFS, Abilities, Launch, Pool, check, refusal
from intarsia.codegen.engines.places import Place, places
from intarsia.codegen.engines.shell import Command

ENGINE = Abilities("SGLang", ("nvidia", "amd"), ("f8",), {"bf16": "bf16", "f8": "fp8_e4m3"}, (FCFS, CONTINUOUS), ENCODERS["sglang"])
HEADER = ["Flags of SGLang 0.5."]
INIT_PORT, BOOTSTRAP_PORT = 20000, 8998


def files(launch: Launch) -> dict[str, str]:
    """Scripts by name. Raises UnsupportedError."""
    _check(launch)
    found, nodes = places(launch)
    scripts = {"env.sh": shell.env(launch, nodes)}
    for place, name in enumerate(shell.names(launch)):
        pool = launch.pools[place]
        commands = [command for each in found if each.pool == place for command in _commands(launch, pool, each, found)]
        scripts[f"{name}.sh"] = shell.script(launch, place, [*HEADER, *shell.rounding_note(launch, pool), *_notes(pool)], shell.flags(_arguments(launch, pool)), commands)
    if not shell.alone(launch):
        scripts["router.sh"] = _router(launch, found)
    return scripts


def _check(launch: Launch) -> None:
    check(launch, ENGINE)
    for pool in launch.pools:
        if pool.role == "encode":
            continue
        if pool.cp > 1:
            raise refusal(ENGINE, f"a cache that {pool.cp} devices share out by tokens", "vllm does, or take a plan without CP with --rank")
        if pool.draft and pool.dp > 1:
            raise refusal(ENGINE, "a draft model beside data-parallel attention", "vllm does, or plan without --draft")
        mixes = pool.role == "serve" and pool.policy == FCFS
        if mixes and (pool.pp > 1 or pool.draft):
            beside = "pipeline stages" if pool.pp > 1 else "a draft model"
            raise refusal(ENGINE, f"chunks of prompts and decodes in one step beside {beside}", f"plan with --policy {CONTINUOUS}, or take vllm")


def _arguments(launch: Launch, pool: Pool) -> dict[str, Any]:
    dtype = {"--dtype": "bfloat16" if launch.model.stored in ("bf16", "f16") else None}
    apart = {"--encoder-transfer-backend": "zmq_to_scheduler"} if launch.encodes_apart else {}
    if pool.role == "encode":
        return dtype | {"--encoder-only": True} | apart
    return {
        **dtype,
        "--quantization": "fp8" if pool.weights == "f8" and launch.model.stored != "f8" else None,
        "--kv-cache-dtype": ENGINE.kv[pool.kv],
        "--tp-size": pool.tp * pool.dp,
        "--pp-size": pool.pp if pool.pp > 1 else None,
        "--dp-size": pool.dp if pool.dp > 1 else None,
        "--enable-dp-attention": pool.dp > 1,
        "--ep-size": pool.ep if pool.ep > 1 else None,
        **_batching(pool),
        "--context-length": pool.longest or None,
        "--mem-fraction-static": launch.memory_share or None,
        **_draft(pool),
        "--disaggregation-mode": pool.role if pool.role != "serve" else None,
        "--disaggregation-transfer-backend": "nixl" if pool.role != "serve" else None,
        **({"--language-only": True} | apart if apart and pool.role != "decode" else {}),
    }


def _batching(pool: Pool) -> dict[str, Any]:
    whole = pool.policy == CONTINUOUS
    return {
        "--chunked-prefill-size": -1 if whole else pool.chunk_tokens * pool.dp,
        "--max-prefill-tokens": pool.chunk_tokens if whole else None,
        "--enable-mixed-chunk": pool.role == "serve" and not whole,
        "--max-running-requests": pool.max_sequences * pool.dp * pool.pp,
        "--pp-max-micro-batch-size": pool.max_sequences if pool.pp > 1 else None,
    }


def _notes(pool: Pool) -> list[str]:
    if pool.policy != CONTINUOUS or pool.role in ("decode", "encode"):
        return []
    return [f"A prompt of more than {pool.chunk_tokens} tokens is computed in one step here; the plan cuts it."]


def _draft(pool: Pool) -> dict[str, Any]:
    """A chain of drafts: one a step, and the model's own token after them."""
    if pool.draft is None:
        return {}
    return {
        "--speculative-algorithm": "STANDALONE", "--speculative-draft-model-path": "$DRAFT", "--speculative-num-steps": pool.draft.tokens, "--speculative-eagle-topk": 1,
        "--speculative-num-draft-tokens": pool.draft.tokens + 1,
    }  # fmt: skip


def _commands(launch: Launch, pool: Pool, place: Place, all_places: list[Place]) -> list[Command]:
    found = []
    encoders = shell.urls(launch, all_places, "encode") if pool.role in ("serve", "prefill") else []
    images = f" --encoder-urls {' '.join(encoders)}" if encoders else ""
    for rank, part in enumerate(place.parts):
        nodes = f' --nnodes {len(place.parts)} --node-rank {rank} --dist-init-addr "{shell.address(place.head)}:{INIT_PORT + place.slot}"' if len(place.parts) > 1 else ""
        boot = f" --disaggregation-bootstrap-port {BOOTSTRAP_PORT + place.slot}" if pool.role == "prefill" else ""
        serves = f" --host 0.0.0.0 --port {shell.port(launch, place)}"
        found.append(Command(part.node, f'{shell.visible(pool, part)} python -m sglang.launch_server --model-path "$MODEL" "${{ARGS[@]}}"{serves}{boot}{nodes}{images}'))
    return found


def _router(launch: Launch, found: list[Place]) -> str:
    header = ["Shares requests out (pip install sglang-router). Run it on one machine when the replicas answer.", *shell.router_note(launch)]
    if launch.disaggregated:
        workers = ["  --pd-disaggregation \\"]
        for place in (place for place in found if launch.pools[place.pool].role != "encode"):
            role = launch.pools[place.pool].role
            workers.append(f"  --{role} {shell.url(place)}{f' {BOOTSTRAP_PORT + place.slot}' if role == 'prefill' else ''} \\")
    else:
        workers = [f"  --worker-urls {' '.join(shell.urls(launch, found, 'serve'))} \\"]
    return shell.router(header, ["exec python -m sglang_router.launch_router \\", *workers, f"  --policy {shell.ROUTED[launch.router]} --host 0.0.0.0 --port {shell.ROUTER_PORT}"])
