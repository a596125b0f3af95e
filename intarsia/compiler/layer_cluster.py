"""Clusters to place a model's layers on: Helix's instances as they are, or a model's sizes and a fleet, priced by the cost models.

A machine is one device. Holding k layers, it decodes as many sequences as its memory has room for beside their weights, and its rate is what it decodes then, tokens/s. Layers
count as alike; the embedding and the output head are left out, as in Helix (arXiv 2406.01566).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from configparser import Error as ConfigError
from configparser import RawConfigParser
from dataclasses import replace
from pathlib import Path

import numpy as np

from intarsia.compiler import serving_plan
from intarsia.compiler.frontends import fleet as fleets
from intarsia.compiler.frontends.fleet import Group, Link
from intarsia.cost_models import devices, dtypes
from intarsia.cost_models.ops import ACTIVATION_BYTES
from intarsia.cost_models.serving.memory import VLLM, Told, footprint, stage_weights
from intarsia.cost_models.serving.pricing import Priced
from intarsia.cost_models.serving.shapes import Batch, Plan, Precision, Step
from intarsia.cost_models.serving.step import batched
from intarsia.cost_models.serving.step_ops import step_ops
from intarsia.errors import InputError, Where
from intarsia.ir.device import Device
from intarsia.ir.model import ModelConfig
from intarsia.planner.placement.flow import helix_lp
from intarsia.planner.placement.flow.problem import SINK, SOURCE, Cluster, Machine

OUTSIDE = {"embedding", "output", "sampling", "logits_all_gather"}
"""Labels of a step's operators that belong to no layer."""
TOKEN_ID_BYTES = 2
"""What a token takes between users and the first or last machine, as Helix counts it."""
CHUNK, SEQUENCES, CONTEXT = 2048, 256, 1024
"""Tokens of a step and sequences of a batch at most, and a sequence's mean tokens where nobody says."""
HELIX_DEVICES = {"A100": "A100-40GB-PCIe"}
"""Helix's names of devices that the catalogue knows by others (its paper's clusters are of Google's a2-highgpu machines)."""
MBPS = 1e6
"""Bytes/s of what Helix's cluster files call mbps: 1,000 of them carry 61,035 tokens/s of Llama-70B (16,384 bytes each) in the programs that it wrote."""


def read(source: str, fleet: str | None, precision: str | None, network: float, context: int = CONTEXT) -> Cluster:
    """The cluster of an instance file (`.lp`), or of a model on a fleet; `network` bytes/s between machines that no link of the fleet joins. Raises InputError."""
    if source.endswith(".lp"):
        return helix_lp.read(Path(source))
    if fleet is None:
        raise InputError("layers of a model need a fleet to be placed on", mend="add --fleet, such as --fleet '4xA100-40GB-PCIe + 8xL4', or give one of Helix's .lp files")
    config, stored, name, _ = serving_plan.model(source)
    kind = serving_plan.precisions(precision or "stored", stored)[0]
    kinds, bandwidths = _helix_fleet(Path(fleet)) if fleet.endswith(".ini") else _fleet(*fleets.read(fleet), network)
    rates = {device.name: layer_rates(config, device, kind, context) for device in kinds.values()}
    machines = tuple(Machine(machine, rates[device.name]) for machine, device in kinds.items())
    row = config.hidden * ACTIVATION_BYTES
    links = {ends: bandwidth / (TOKEN_ID_BYTES if {SOURCE, SINK} & set(ends) else row) for ends, bandwidth in bandwidths.items()}
    used = {device.name: device for device in kinds.values()}
    notes = tuple(note for device in used.values() if (note := dtypes.widened(device, (kind.weights, kind.expert_weights, kind.attention_weights))))
    return Cluster(f"{name} on {fleet}", config.layers, machines, links, notes)


def layer_rates(config: ModelConfig, device: Device, precision: Precision, context: int = CONTEXT) -> tuple[float, ...]:
    """Tokens/s of a device that holds 1, 2, ... layers, as many as leave room for a sequence of `context` tokens."""
    sequences = np.unique(np.geomspace(1, SEQUENCES, 33).round())
    launches = [launch for launch in step_ops(config, Plan(), precision, Step(decode=(Batch(sequences, float(context)),))) if launch.label not in OUTSIDE]
    price = batched(Priced("vllm"))
    seconds = sum((launch.count * price(launch.op, device) for launch in launches), np.zeros(len(sequences))) / config.layers
    found = []
    for layers in range(1, config.layers + 1):
        room = _sequences(config, device, precision, layers, context)
        if room < 1:
            break
        able = sequences <= room
        found.append(float((sequences[able] / (layers * seconds[able])).max()))
    return tuple(found)


def _sequences(config: ModelConfig, device: Device, precision: Precision, layers: int, context: int) -> float:
    """Sequences whose keys and values fit beside the weights of so many middle layers."""
    part = replace(config, layers=layers, first_dense=min(config.first_dense, layers))
    found = footprint(part, device, Plan(), precision, VLLM, Told(CHUNK, 1, float(context)))
    ends = stage_weights(part, Plan(), precision, range(layers), first=True, last=True) - stage_weights(part, Plan(), precision, range(layers), first=False, last=False)
    return (found.room + ends) / (found.token_bytes * context) if found.token_bytes else float(SEQUENCES)


def _fleet(groups: list[Group], links: list[Link], network: float) -> tuple[dict[str, Device], dict[tuple[str, str], float]]:
    """Machines by name and bytes/s between any two: a link of the fleet between their names where there is one, else the network."""
    stated = {ends: link.bandwidth for link in links for ends in ((link.source, link.target), (link.target, link.source))}
    names = {f"{group.name}[{i}]": group for group in groups for i in range(group.count)}
    bandwidths = {(a, b): stated.get((names[a].name, names[b].name), network) for a in names for b in names if a != b}
    bandwidths |= {(SOURCE, name): network for name in names} | {(name, SINK): network for name in names}
    return {name: group.device for name, group in names.items()}, bandwidths


def _helix_fleet(path: Path) -> tuple[dict[str, Device], dict[tuple[str, str], float]]:
    """The same of one of Helix's cluster files. Raises InputError."""
    parser = RawConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise InputError(f"cannot read it: {error.strerror}", where=Where(str(path))) from None
    except (ConfigError, UnicodeDecodeError) as error:
        raise InputError(f"is no cluster file: {error}", where=Where(str(path))) from None
    kinds = {section.removeprefix("ComputeNode-"): _device(path, parser, section) for section in parser.sections() if section.startswith("ComputeNode-")}
    if not kinds:
        raise InputError("names no ComputeNode", where=Where(str(path)), mend="give a cluster file of Helix's")
    return kinds, dict(_helix_links(path, parser))


def _device(path: Path, parser: RawConfigParser, section: str) -> Device:
    kind = parser.get(section, "type", fallback="")
    try:
        return devices.load(HELIX_DEVICES.get(kind, kind))
    except InputError as error:
        raise InputError(error.what, where=Where(str(path), node=section), mend=error.mend) from None


def _helix_links(path: Path, parser: RawConfigParser) -> Iterator[tuple[tuple[str, str], float]]:
    """Links between machines go both ways."""
    for section in parser.sections():
        if not section.startswith("Link-"):
            continue
        ends = section.split("-")[1:]
        found = re.fullmatch(r"\s*([\d.]+)\s*\*\s*([kmg]bps)\s*", parser.get(section, "bandwidth", fallback=""))
        if len(ends) != 2 or not found:
            raise InputError("should be a Link-A-B with a bandwidth such as `1000 * mbps`", where=Where(str(path), node=section))
        bandwidth = float(found.group(1)) * MBPS * {"k": 1e-3, "m": 1.0, "g": 1e3}[found.group(2)[0]]
        yield (ends[0], ends[1]), bandwidth
        if not {SOURCE, SINK} & set(ends):
            yield (ends[1], ends[0]), bandwidth
