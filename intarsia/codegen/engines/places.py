"""Which replica runs on which devices of which machine, and at which port.

Machines are numbered through all kinds of devices. A replica that fits a machine takes the first with room, the largest replicas first; a larger one takes machines that are whole.
"""

from __future__ import annotations

from dataclasses import dataclass

from intarsia.codegen.engines.facts import Kind, Launch, Pool
from intarsia.errors import UnsupportedError

FIRST_PORT = 8100


@dataclass(frozen=True)
class Part:
    """The devices of one machine that a replica has, by their numbers there."""

    node: int
    devices: tuple[int, ...]


@dataclass(frozen=True)
class Place:
    """A replica's place. `slot`: a small number that no other replica with devices of one of its machines has; ports are counted by it."""

    slot: int
    pool: int
    parts: tuple[Part, ...]

    @property
    def port(self) -> int:
        return FIRST_PORT + self.slot

    @property
    def head(self) -> int:
        """The machine that answers requests."""
        return self.parts[0].node


def places(launch: Launch) -> tuple[list[Place], int]:
    """Where replicas lie, in the order of the pools, and how many machines there are. Raises UnsupportedError where replicas can't be laid out on whole machines."""
    rooms, nodes = _machines(launch)
    orders = [(place, pool) for place, pool in enumerate(launch.pools) for _ in range(pool.count)]
    parts = {
        number: _place(orders[number][1], rooms[orders[number][1].kind.name]) for number in sorted(range(len(orders)), key=lambda number: (-orders[number][1].devices, number))
    }  # fmt: skip
    return _slots([(pool, parts[number]) for number, (pool, _) in enumerate(orders)]), nodes


def _slots(laid: list[tuple[int, tuple[Part, ...]]]) -> list[Place]:
    free: dict[int, int] = {}
    found = []
    for pool, parts in laid:
        slot = max(free.get(part.node, 0) for part in parts)
        free |= {part.node: slot + 1 for part in parts}
        found.append(Place(slot, pool, parts))
    return found


def _machines(launch: Launch) -> tuple[dict[str, dict[int, list[int]]], int]:
    """The free devices of each machine, by kind, and how many machines there are."""
    rooms: dict[str, dict[int, list[int]]] = {}
    kinds: dict[str, Kind] = {pool.kind.name: pool.kind for pool in launch.pools}
    first = 0
    for kind in kinds.values():
        used = _asked(launch, kind)
        rooms[kind.name] = {first + place: list(range(min(kind.node, kind.count - place * kind.node))) for place in range(used)}
        first += used
    return rooms, first


def _asked(launch: Launch, kind: Kind) -> int:
    """The fewest machines of a kind that the replicas fit on, or all that the fleet has."""
    there, wanted = -(-kind.count // kind.node), sum(pool.devices * pool.count for pool in launch.pools if pool.kind == kind)
    for used in range(-(-wanted // kind.node), there):
        if _fits(launch, kind, used):
            return used
    return there


def _fits(launch: Launch, kind: Kind, machines: int) -> bool:
    room = {place: list(range(min(kind.node, kind.count - place * kind.node))) for place in range(machines)}
    sizes = sorted((pool for pool in launch.pools if pool.kind == kind for _ in range(pool.count)), key=lambda pool: -pool.devices)
    try:
        for pool in sizes:
            _place(pool, room)
    except UnsupportedError:
        return False
    return True


def _place(pool: Pool, room: dict[int, list[int]]) -> tuple[Part, ...]:
    if pool.devices <= pool.kind.node:
        wanted = [(node, pool.devices) for node, free in room.items() if len(free) >= pool.devices][:1]
    else:
        count = -(-pool.devices // pool.kind.node)
        whole = [node for node, free in room.items() if len(free) == pool.kind.node]
        wanted = [(node, pool.devices // count) for node in whole[:count]] if len(whole) >= count and pool.devices % count == 0 else []
    if not wanted:
        raise UnsupportedError(
            f"the plan's replicas of {pool.devices} {pool.kind.name} can't be laid out on machines of {pool.kind.node}",
            mend="take a plan of a lower rank with --rank, or a fleet of more machines",
        )
    return tuple(Part(node, tuple(room[node].pop(0) for _ in range(count))) for node, count in wanted)
