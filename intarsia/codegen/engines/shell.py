"""Shell scripts that start engines: one a pool, with one command a replica on each machine that it has devices of; `env.sh` says what they share."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from intarsia.codegen.engines.facts import VISIBLE, Launch, Pool
from intarsia.codegen.engines.places import Part, Place

ROUTER_PORT = 8000
Flag = tuple[str, ...]
"""Words of one flag as the shell reads them: quoted where they have to be."""


@dataclass(frozen=True)
class Command:
    """What runs on one machine."""

    node: int
    text: str


def flags(pairs: dict[str, Any]) -> list[Flag]:
    """--name value; True stands for the name alone, None and False for nothing. Dictionaries are written as JSON."""
    found: list[Flag] = []
    for name, value in pairs.items():
        if value is True:
            found.append((name,))
        elif value is not None and value is not False:
            found.append((name, _word(value)))
    return found


def _word(value: Any) -> str:
    """JSON stands between double quotes, so that $DRAFT in it is read."""
    if isinstance(value, dict):
        return '"' + json.dumps(value).replace('"', '\\"') + '"'
    return f'"{value}"' if str(value).startswith("$") else shlex.quote(str(value))


def names(launch: Launch) -> list[str]:
    """A script's name for each pool, without its ending: its role, numbered where several pools have it."""
    roles = [pool.role for pool in launch.pools]
    return [role if roles.count(role) == 1 else f"{role}-{roles[: place + 1].count(role)}" for place, role in enumerate(roles)]


def env(launch: Launch, nodes: int, more: Iterable[str] = ()) -> str:
    """What all scripts share, an engine's own lines (`more`) at the end."""
    lines = ["# What the scripts here share; set the variables before to change them.", *_asked("MODEL", launch.model.source, "folder of the model, or its name at Hugging Face")]
    drafts = [pool.draft for pool in launch.pools if pool.draft]
    if drafts:
        lines += _asked("DRAFT", drafts[0].source, "folder of the draft model, or its name at Hugging Face")
    if nodes > 1:
        lines += [f': "${{NODES:?the addresses of the {nodes} machines, with spaces between}}"', ': "${NODE:?which of these machines this one is, from 0}"']
    else:
        lines += [': "${NODES:=127.0.0.1}" "${NODE:=0}"']
    lines += ['read -ra ADDRESS <<< "$NODES"', f'[ "${{#ADDRESS[@]}}" = {nodes} ] || {{ echo "NODES names ${{#ADDRESS[@]}} machines, the plan has {nodes}" >&2; exit 2; }}', *more]
    return "\n".join(lines) + "\n"


def _asked(name: str, value: str, what: str) -> list[str]:
    return [f': "${{{name}:={value}}}"'] if value and not set(value) & set("'\"$`\\}") else [f': "${{{name}:?{what}}}"']


def script(launch: Launch, place: int, header: Iterable[str], arguments: Sequence[Flag], commands: Sequence[Command]) -> str:
    """The script of one pool: its flags, and what each machine starts. When one command ends, the script ends, and stops the others."""
    pool = launch.pools[place]
    lines = _head([*_title(launch, pool), *header])
    lines += ["ARGS=(", *(f"  {' '.join(flag)}" for flag in arguments), ")", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT", "case $NODE in"]
    for node in sorted({command.node for command in commands}):
        lines += [f"{node})", *(f"  {command.text} &" for command in commands if command.node == node), "  ;;"]
    lines += ['*) echo "machine $NODE has no devices of this pool" >&2; exit 2 ;;', "esac", "wait -n"]
    return "\n".join(lines) + "\n"


def router(header: Iterable[str], body: Sequence[str]) -> str:
    """The script of what shares requests out; it runs on one machine."""
    return "\n".join([*_head(header), *body]) + "\n"


def _head(header: Iterable[str]) -> list[str]:
    return ["#!/usr/bin/env bash", *(f"# {line}" for line in header), "set -euo pipefail", 'HERE=$(cd "$(dirname "$0")" && pwd)', '. "$HERE/env.sh"']


def _title(launch: Launch, pool: Pool) -> list[str]:
    return [f"{launch.model.name}, {pool.role}: {pool.count} x {pool.words or pool.kind.name}. Run it on each machine with its NODE; requests go to port {ROUTER_PORT}."]


def visible(pool: Pool, part: Part) -> str:
    """The assignment that lets a process see its part's devices alone."""
    return f"{VISIBLE[pool.kind.vendor]}={','.join(map(str, part.devices))}"


def address(node: int) -> str:
    """A node's address, from the array of them at the head of the file."""
    return f"${{ADDRESS[{node}]}}"


def url(place: Place) -> str:
    """The address at which a place's engine answers, quoted for a shell."""
    return f'"http://{address(place.head)}:{place.port}"'


def port(launch: Launch, place: Place) -> int:
    """Where there is one replica alone it answers itself."""
    return place.port if alone(launch) is None else ROUTER_PORT


def urls(launch: Launch, found: Sequence[Place], *roles: str) -> list[str]:
    """The addresses of the replicas in some roles, each quoted for a shell."""
    return [url(place) for place in found if launch.pools[place.pool].role in roles]


def alone(launch: Launch) -> Pool | None:
    """The pool of the one replica, where there is only one."""
    return launch.pools[0] if len(launch.pools) == 1 and launch.pools[0].count == 1 else None


ROUTED = {"round_robin": "round_robin", "least_loaded": "power_of_two", "slo_aware": "power_of_two", "prefix_aware": "cache_aware"}
"""Routers of ours as vLLM's and SGLang's routers call them, or the nearest that they have."""


def router_note(launch: Launch) -> list[str]:
    """A line where the router isn't quite the plan's."""
    nearest = ROUTED[launch.router]
    return [f"The plan was simulated with the router {launch.router}; {nearest} is the nearest here."] if launch.router in ("least_loaded", "slo_aware") else []


def rounding_note(launch: Launch, pool: Pool) -> list[str]:
    """A line where weights are brought to 8 bits by the engine."""
    return (
        ["Weights are rounded to 8 bits as they are loaded; if they have no room in 16 bits until then, name a checkpoint in 8 bits as MODEL."]
        if pool.weights != launch.model.stored
        else []
    )
