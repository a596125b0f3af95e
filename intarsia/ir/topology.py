"""Which device reaches which, and how fast: nodes, the domains inside them (NVLink, xGMI), PCIe, and the networks between them.

A topology is a graph: devices and switches, joined by two-way wires. A domain or a network is a switch; each of its members
has a wire to it that carries the member's bandwidth and half the latency between two of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from intarsia.errors import InputError
from intarsia.ir.device import Device, Port

FABRICS = {"infiniband": "infiniband", "ib": "infiniband", "roce": "ethernet", "ethernet": "ethernet", "efa": "efa", "dcn": "ethernet"}
"""The network that a kind of NIC speaks to; RoCE runs over Ethernet, so both meet at the slower one's rate."""
HOST = "pcie"


@dataclass(frozen=True)
class Wire:
    """A two-way wire between two devices or switches: bytes/s each way, seconds."""

    a: str
    b: str
    kind: str
    bandwidth: float
    latency_s: float


@dataclass(frozen=True)
class Path:
    """A way between two devices: its slowest wire's bytes/s, and the seconds of all its wires."""

    stops: tuple[str, ...]
    kinds: tuple[str, ...]
    bandwidth: float
    latency_s: float

    def seconds(self, size: float) -> float:
        """Seconds for a message of `size` bytes."""
        return self.latency_s + (size / self.bandwidth if self.kinds else 0.0)


@dataclass(frozen=True)
class Members:
    """`count` devices of a fleet under one name; "h100[0]" is the first of h100."""

    name: str
    count: int
    device: Device

    @property
    def devices(self) -> list[str]:
        return [f"{self.name}[{i}]" for i in range(self.count)]


@dataclass(frozen=True)
class Link:
    """A link of a fleet (`plan.link`): between two names, or among the devices of one."""

    source: str
    target: str
    kind: str
    bandwidth: float
    latency_s: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.bandwidth < float("inf") or not 0 <= self.latency_s < float("inf"):
            raise InputError(f"the {self.kind} link between {self.source} and {self.target} needs a bandwidth greater than zero and a latency of zero or more")

    @property
    def fabric(self) -> str | None:
        """The network that it belongs to; None for a link inside a node."""
        return next((fabric for kind, fabric in FABRICS.items() if self.kind.lower().startswith(kind)), None)


@dataclass(frozen=True)
class Topology:
    """Wires, and the node in which each device is."""

    wires: tuple[Wire, ...]
    node_of: dict[str, str] = field(default_factory=dict)

    @property
    def devices(self) -> list[str]:
        return list(self.node_of)

    @cached_property
    def _around(self) -> dict[str, list[tuple[str, Wire]]]:
        around: dict[str, list[tuple[str, Wire]]] = {}
        for wire in self.wires:
            around.setdefault(wire.a, []).append((wire.b, wire))
            around.setdefault(wire.b, []).append((wire.a, wire))
        return around

    def path(self, a: str, b: str) -> Path:
        """The widest way from `a` to `b`, and of these the one of least latency. Raises InputError that names both if there is none."""
        for name in (a, b):
            if name not in self.node_of:
                raise InputError(f"{name!r} is no device of the topology", mend=f"devices are {_some(self.devices)}")
        if a == b:
            return Path((a,), (), float("inf"), 0.0)
        widest = self._search(a, b, lambda far, wire: max(far, -wire.bandwidth), -float("inf"), 0.0)
        if widest is None:
            raise InputError(f"no path between {a} and {b}", mend=f"add a link between {_group(a)} and {_group(b)} to the fleet, such as infiniband or pcie5")
        narrowest = min(wire.bandwidth for _, wire in widest)
        steps = self._search(a, b, lambda far, wire: far + wire.latency_s, 0.0, narrowest) or widest
        return Path((a, *(stop for stop, _ in steps)), tuple(wire.kind for _, wire in steps), narrowest, sum(wire.latency_s for _, wire in steps))

    def _search(self, a: str, b: str, onward: Callable[[float, Wire], float], start: float, least: float) -> list[tuple[str, Wire]] | None:
        """Dijkstra's search over wires of at least `least` bytes/s: the steps of the way whose `onward` value is smallest."""
        best, came, heap = {a: start}, dict[str, tuple[str, Wire]](), [(start, a)]
        while heap:
            far, here = heapq.heappop(heap)
            if here == b:
                return _walk(came, a, b)
            for there, wire in self._around.get(here, ()) if far <= best[here] else ():
                value = onward(far, wire)
                if wire.bandwidth >= least and value < best.get(there, float("inf")):
                    best[there], came[there] = value, (here, wire)
                    heapq.heappush(heap, (value, there))
        return None

    def nodes(self, members: Iterable[str]) -> dict[str, list[str]]:
        """The members by the node that they are in."""
        found: dict[str, list[str]] = {}
        for name in members:
            found.setdefault(self.node_of[name], []).append(name)
        return found


def _walk(came: dict[str, tuple[str, Wire]], a: str, b: str) -> list[tuple[str, Wire]]:
    steps: list[tuple[str, Wire]] = []
    while b != a:
        before, wire = came[b]
        steps.append((b, wire))
        b = before
    return steps[::-1]


def switched(switch: str, members: Iterable[str], kind: str, bandwidth: float, latency_s: float) -> list[Wire]:
    """A domain in which any two members are joined at `bandwidth` with `latency_s`."""
    return [Wire(member, switch, kind, bandwidth, latency_s / 2) for member in members]


def of_fleet(groups: Sequence[Members], links: Sequence[Link]) -> Topology:
    """The topology of a fleet. Devices of a name fill nodes of as many as their own link joins (all in one where that is not known).

    A link of a name with itself is its own link, or, where its kind is a network's, the NICs of each of its nodes. A link
    between two names joins all their devices; one of a network's kind, their nodes. Raises InputError for names not in the fleet.
    """
    known = {group.name: group for group in groups}
    node_of = {name: f"{group.name}/{i // _per_node(group)}" for group in groups for i, name in enumerate(group.devices)}
    wires = [wire for group in groups for wire in _inside(group, links)]
    for link in links:
        if missing := next((name for name in (link.source, link.target) if name not in known), None):
            raise InputError(f"the {link.kind} link names {missing!r}, which is no device of the fleet", mend=f"devices are {', '.join(known)}")
        wires += _between(link, known, node_of)
    return Topology(tuple(dict.fromkeys(wires)), node_of)


def _per_node(group: Members) -> int:
    return group.device.domain or group.count


def _chunks(group: Members, size: int) -> list[list[str]]:
    devices = group.devices
    return [devices[i : i + size] for i in range(0, len(devices), size)]


def _inside(group: Members, links: Sequence[Link]) -> Iterable[Wire]:
    """The wires inside a group's nodes: its own link (the fleet's word before the catalogue's), bridges, and PCIe to the node's hub."""
    device = group.device
    own = next((link for link in links if link.source == link.target == group.name and not link.fabric), None)
    bridges = [port for port in device.ports if port.leads_to == "peers" and port.kind != device.link and port.domain > 1]
    if own is None and device.link and device.link_bandwidth:
        own = Link(group.name, group.name, device.link, device.link_bandwidth, device.link_latency_s)
    for n, chunk in enumerate(_chunks(group, _per_node(group))):
        if own:
            yield from switched(f"{group.name}/{n}:{own.kind}", chunk, own.kind, own.bandwidth, own.latency_s)
        for port in bridges:
            yield from _bridged(f"{group.name}/{n}", chunk, port)
        if host := next((port for port in device.ports if port.leads_to == "host"), None):
            yield from switched(_hub(f"{group.name}/{n}"), chunk, host.kind, host.bandwidth, 2 * host.latency_s)


def _bridged(node: str, devices: list[str], port: Port) -> Iterable[Wire]:
    for start in range(0, len(devices) - 1, port.domain):
        yield from switched(f"{node}:{port.kind}.{start // port.domain}", devices[start : start + port.domain], port.kind, port.bandwidth, port.latency_s)


def _between(link: Link, known: dict[str, Members], node_of: dict[str, str]) -> Iterable[Wire]:
    ends = list(dict.fromkeys((link.source, link.target)))
    devices = [name for end in ends for name in known[end].devices]
    if link.fabric is None:
        return switched(f"{link.source}-{link.target}:{link.kind}", devices, link.kind, link.bandwidth, link.latency_s) if len(ends) > 1 else []
    switch = link.fabric if len(ends) == 1 else f"{link.source}-{link.target}:{link.fabric}"
    return [wire for name in devices for wire in _to_network(name, known, node_of[name], link, switch)]


def _to_network(name: str, known: dict[str, Members], node: str, link: Link, switch: str) -> Iterable[Wire]:
    """A device's way out of its node: over the node's hub and the hub's NIC, or, without a hub, a wire of its own."""
    if not any(port.leads_to == "host" for port in known[_group(name)].device.ports):
        return [Wire(name, switch, link.kind, link.bandwidth, link.latency_s / 2)]
    return [Wire(_hub(node), switch, link.kind, link.bandwidth, link.latency_s / 2)]


def _hub(node: str) -> str:
    return f"{node}:{HOST}"


def _group(device: str) -> str:
    return device.rsplit("[", 1)[0]


def _some(names: list[str], most: int = 12) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
