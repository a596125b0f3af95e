"""Launch files for NVIDIA Dynamo 1.6: `python -m dynamo.vllm`, a worker a replica, and its frontend, which shares requests out.

Flags: `vllm/backend_args.py`, `frontend/frontend_args.py` and `common/configuration/groups` of the package ai-dynamo 1.6.1, whose engine is vLLM 0.31; the others are vLLM's own.
Workers find each other by a folder on one machine, by etcd on several. Those that encode images send them over the network (NIXL) to those that prefill (`--route-to-encoder`).
"""

from __future__ import annotations

from typing import Any

from intarsia.codegen.engines import shell, vllm
from intarsia.codegen.engines.facts import ENCODERS, Abilities, Launch, Pool, refusal
from intarsia.codegen.engines.places import Place, places
from intarsia.codegen.engines.shell import Command

ENGINE = Abilities("Dynamo", ("nvidia",), vllm.ENGINE.online, vllm.ENGINE.kv, vllm.ENGINE.policies, ENCODERS["dynamo"])
HEADER = ["Flags of Dynamo 1.6 (pip install ai-dynamo[vllm])."]
ROUTED = {"round_robin": "round-robin", "least_loaded": "least-loaded", "slo_aware": "least-loaded", "prefix_aware": "kv --no-router-kv-events"}
"""Routers of ours as the frontend calls them, or the nearest that it has."""


def files(launch: Launch) -> dict[str, str]:
    """Scripts by name. Raises UnsupportedError."""
    vllm.checked(launch, ENGINE)
    _check(launch)
    found, nodes = places(launch)
    scripts = {"env.sh": shell.env(launch, nodes, _discovery(nodes))}
    for place, name in enumerate(shell.names(launch)):
        pool = launch.pools[place]
        commands = [_command(pool, each) for each in found if each.pool == place]
        scripts[f"{name}.sh"] = shell.script(launch, place, [*HEADER, *shell.rounding_note(launch, pool)], shell.flags(_arguments(launch, pool)), commands)
    return scripts | {"router.sh": _frontend(launch)}


def _check(launch: Launch) -> None:
    for pool in launch.pools:
        if pool.dp > 1:
            raise refusal(ENGINE, f"{pool.dp} attention groups as one worker of this kind", "take vllm's own launch files")
        if pool.devices > pool.kind.node:
            raise refusal(ENGINE, "replicas on several machines as one worker of this kind", "take vllm's own launch files")


def _arguments(launch: Launch, pool: Pool) -> dict[str, Any]:
    images = {"--enable-multimodal": True} if launch.encodes_apart else {}
    if pool.role == "encode":
        return {"--disaggregation-mode": "encode", **images}
    if images and pool.role != "decode":
        images |= {"--route-to-encoder": True, "--enable-mm-embeds": True}
    mode = pool.role if pool.role != "serve" else "agg"
    return {"--disaggregation-mode": mode, **images, **vllm.dashed(vllm.arguments(launch, pool))}


def _command(pool: Pool, place: Place) -> Command:
    side = vllm.side_channel(place, place.head)
    return Command(place.head, f'{shell.visible(pool, place.parts[0])} {side}python -m dynamo.vllm --model "$MODEL" "${{ARGS[@]}}"')


def _discovery(nodes: int) -> list[str]:
    if nodes == 1:
        return [': "${DYN_DISCOVERY_BACKEND:=file}"', "export DYN_DISCOVERY_BACKEND"]
    return [': "${ETCD_ENDPOINTS:?the address of an etcd server that all machines reach, such as http://10.0.0.1:2379}"', "export ETCD_ENDPOINTS DYN_DISCOVERY_BACKEND=etcd"]


def _frontend(launch: Launch) -> str:
    nearest = ROUTED[launch.router]
    note = [f"The plan was simulated with the router {launch.router}; {nearest} is the nearest here."] if launch.router in ("slo_aware", "prefix_aware") else []
    header = ["Takes requests and shares them out. Run it on one machine.", *note]
    return shell.router(header, [f"exec python -m dynamo.frontend --http-host 0.0.0.0 --http-port {shell.ROUTER_PORT} --router-mode {nearest}"])
