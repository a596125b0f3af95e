"""Fleets: `plan.device` and `plan.link` from a YAML file, a mapping, or a shorthand such as "8xH100-SXM" or "local".

    devices:
      h100: {device: H100-SXM, count: 8, rent_usd_per_h: 2.5}
      host: {device: x86-server}
    links:
      - {between: [h100, host], kind: pcie5, bandwidth: 64GB/s, latency: 2us}
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intarsia.compiler.frontends import located, quantities
from intarsia.compiler.frontends.agent import check_name
from intarsia.compiler.frontends.located import Items, Map
from intarsia.compiler.frontends.workload import measure, table_of
from intarsia.cost_models import devices
from intarsia.errors import InputError, Where
from intarsia.ir.device import Device
from intarsia.ir.symbol import Symbol

if TYPE_CHECKING:
    from intarsia.ir.module import Builder

SHORTHAND = re.compile(r"^\s*(?:(\d{1,6})\s*[xX*]\s*)?([A-Za-z][A-Za-z0-9 _.-]*)\s*$")
PRICES = ("price_usd", "rent_usd_per_h", "watts", "idle_watts")
LINK_FIELDS = frozenset({"between", "kind", "bandwidth", "latency"})


@dataclass(frozen=True)
class Group:
    """`count` devices of one kind under one name."""

    name: str
    device: Device
    count: int
    where: Where = Where()


@dataclass(frozen=True)
class Link:
    """A two-way link between two groups (or inside one): bytes/s each way, seconds."""

    source: str
    target: str
    kind: str
    bandwidth: float
    latency_s: float
    where: Where = Where()


def add_fleet(builder: Builder, spec: Any, base_dir: str | Path | None = None) -> list[Group]:
    """Append the fleet that `spec` says (None: this machine); gives its groups. Raises InputError with file and line."""
    groups, links = read(spec, base_dir)
    for group in groups:
        with builder.at(group.where.file or "<fleet>", group.where.line or 1):
            builder.op("plan.device", sym_name=group.name, count=group.count, facts=group.device.to_dict())
    for link in links:
        with builder.at(link.where.file or "<fleet>", link.where.line or 1):
            builder.op(
                "plan.link", source=Symbol(link.source), target=Symbol(link.target), kind=link.kind,
                bandwidth=link.bandwidth, latency_s=link.latency_s,
            )
    return groups


def read(spec: Any, base_dir: str | Path | None = None) -> tuple[list[Group], list[Link]]:
    """The fleet's groups, and its links: those stated, and within each group of several the devices' own. Raises InputError."""
    folder = Path(base_dir or ".")
    if spec is None or (isinstance(spec, str) and not spec.endswith((".yaml", ".yml", ".json"))):
        groups, links = _shorthand(spec or "local", folder), list[Link]()
    else:
        groups, links = _table(table_of(spec, folder, "fleet"), folder)
    inside = {link.source for link in links if link.source == link.target}
    return groups, [*links, *(_own_link(group) for group in groups if group.count > 1 and group.device.link and group.name not in inside)]


def _own_link(group: Group) -> Link:
    device = group.device
    return Link(group.name, group.name, device.link, device.link_bandwidth, device.link_latency_s, group.where)


def _shorthand(text: str, folder: Path) -> list[Group]:
    """ "8xH100-SXM", "local", or several with + between."""
    groups: dict[str, Group] = {}
    for part in text.split("+"):
        found = SHORTHAND.match(part)
        if not found:
            raise InputError(f"the fleet {text!r} can't be read", mend='write "8xH100-SXM", "local", "2xA10G + local", or name a YAML file')
        name = symbol_of(found.group(2))
        if name in groups:
            raise InputError(f"the fleet {text!r} names {found.group(2).strip()} twice", mend="give each kind of device once, with its count")
        groups[name] = Group(name, _load(found.group(2).strip(), folder, Where()), _positive(int(found.group(1) or 1), Where(node=part.strip())))
    return list(groups.values())


def symbol_of(device: str) -> str:
    """A device's name as a symbol: "H100-SXM" is h100_sxm."""
    return re.sub(r"[^a-z0-9]+", "_", Path(device.strip()).stem.lower() if device.endswith(".toml") else device.strip().lower()).strip("_")


def _load(name: str, folder: Path, where: Where) -> Device:
    try:
        return devices.load(str(folder / name) if name.endswith(".toml") else name)
    except InputError as error:
        raise InputError(error.what, where=where if where.file else error.where, mend=error.mend) from None


def _positive(count: int, where: Where) -> int:
    if count <= 0:
        raise InputError(f"`count` must be greater than zero, found {count}", where=where)
    return count


def _table(table: Map, folder: Path) -> tuple[list[Group], list[Link]]:
    located.refuse_unknown(table, {"name", "devices", "links"})
    folder = Path(table.file).parent if table.file else folder
    listed = located.field(table, "devices", Map)
    if not listed:
        raise InputError("`devices` is empty", where=table.at("devices"), mend="add at least one, such as `h100: {device: H100-SXM, count: 8}`")
    groups = [_group(name, listed, folder) for name in listed]
    links = located.field(table, "links", Items, Items())
    return groups, [_link(link, Where(table.file, line), {g.name for g in groups}) for link, line in zip(links, getattr(links, "lines", []), strict=True)]


def _group(name: str, listed: Map, folder: Path) -> Group:
    where = listed.at(name, name)
    check_name(name, where)
    if isinstance(listed[name], str):
        return Group(name, _load(listed[name], folder, where), 1, where)
    spec = located.field(listed, name, Map, node=name)
    located.refuse_unknown(spec, {"device", "count", *PRICES}, name)
    device = _load(located.field(spec, "device", str, node=name), folder, spec.at("device", name))
    prices = {key: measure(spec, key, _price, node=name) for key in PRICES if spec.get(key) is not None}
    return Group(name, replace(device, **prices), _positive(located.field(spec, "count", int, 1, name), spec.at("count", name)), where)  # type: ignore[arg-type]


def _price(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
        raise ValueError(f"should be a number, zero or more, found {value!r}")
    return float(value)


def _link(spec: Any, where: Where, names: set[str]) -> Link:
    if not isinstance(spec, Map):
        raise InputError("a link should be a mapping of between, kind, bandwidth and latency", where=where)
    located.refuse_unknown(spec, LINK_FIELDS, "link")
    ends = located.field(spec, "between", list, node="link")
    if len(ends) not in (1, 2) or not all(isinstance(end, str) for end in ends):
        raise InputError("`between` should name one or two devices", where=spec.at("between"), mend="write `between: [h100, host]`")
    for end in ends:
        if end not in names:
            raise InputError(f"the link names {end!r}, which is no device of the fleet", where=spec.at("between"), mend=f"devices are {', '.join(sorted(names))}")
    bandwidth = measure(spec, "bandwidth", quantities.bandwidth, node="link")
    latency = measure(spec, "latency", quantities.seconds, 0.0, node="link")
    if bandwidth <= 0 or latency < 0:
        raise InputError(f"a link needs a bandwidth greater than zero and a latency of zero or more, found {bandwidth:g} B/s and {latency:g} s", where=where)
    return Link(ends[0], ends[-1], located.field(spec, "kind", str, "link"), bandwidth, latency, where)
