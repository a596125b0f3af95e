"""Placements: every task has one place, models fit their devices, and no device is asked for more than its time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from intarsia.ir.distributions import Distribution
from intarsia.ir.module import Module, attribute, attributes_of
from intarsia.planner.validate.graph import TASKS, TOLERANCE, UNKNOWN_ITEMS, inside


def problems(module: Module) -> Iterator[str]:
    """A sentence for each rule of placement that a plan breaks."""
    yield from _placements(module)
    yield from _memory(module)
    yield from _fleet(module)
    yield from _load(module)


def _deploys(module: Module) -> dict[str, dict[str, Any]]:
    return {str(attribute(op, "model")): attributes_of(op) for op in module.ops("plan.deploy")}


def _devices(module: Module) -> dict[str, dict[str, Any]]:
    return {attribute(op, "sym_name"): attributes_of(op) for op in module.ops("plan.device")}


def _placements(module: Module) -> Iterator[str]:
    places = [attributes_of(op) for op in module.ops("plan.place")]
    devices, deploys = _devices(module), _deploys(module)
    threads: dict[tuple[str, str], int] = {}
    for op in module.ops():
        if op.name not in TASKS:
            continue
        name, mine = attribute(op, "name"), [p for p in places if p["task"] == attribute(op, "name")]
        if len(mine) != 1:
            yield f"the task {name} has {len(mine)} places instead of one"
            continue
        place, cores = mine[0], devices[str(mine[0]["device"])]["facts"]["cores"]
        if place["threads"] > cores:
            yield f"the task {name} has {place['threads']} threads on a device of {cores} cores"
        if op.name in TASKS[:3]:
            model = str(attribute(op, "model"))
            if model not in deploys or str(deploys[model]["device"]) != str(place["device"]):
                yield f"the task {name} runs on {place['device']}, where its model {model} is not deployed"
            if threads.setdefault((model, op.name), place["threads"]) != place["threads"]:
                yield f"tasks of one phase of {model} have different numbers of threads"


def _memory(module: Module) -> Iterator[str]:
    """Weights, KV cache and the largest arena of each model fit the device, alone or together with those that share it."""
    by_device: dict[str, float] = {}
    deploys, devices = _deploys(module), _devices(module)
    for model, deploy in deploys.items():
        device = str(deploy["device"])
        size, held = _capacity(module, devices[device]), _held(module, model, deploy)
        by_device[device] = by_device.get(device, 0.0) + held
        if held > size:
            yield f"{model} needs {held:.4g} bytes on each {device}, which has {size:.4g}"
        if deploy["page_tokens"] % 16:
            yield f"{model} has pages of {deploy['page_tokens']} tokens, which is no multiple of 16"
        if deploy["kv_pages"] and deploy["kv_pages"] * deploy["page_tokens"] < deploy.get("context", 0):
            yield f"{model}'s KV cache holds {deploy['kv_pages'] * deploy['page_tokens']} tokens, less than one context of {deploy['context']}"
    for device, held in by_device.items():
        if _shared(device, deploys, devices) and held > _capacity(module, devices[device]):
            yield f"the models on {device} need {held:.4g} bytes together, more than it has"


def _capacity(module: Module, device: dict[str, Any]) -> float:
    """Bytes of the memory that weights live in, or the user's limit."""
    tiers = device["facts"]["memory"]
    large = [tier["size"] for tier in tiers if tier["size"] >= 1e9]
    knobs = module.first("plan.knobs")
    limit = attribute(knobs, "memory_bytes") if knobs is not None else None
    return min(float(large[0] if large else max(tier["size"] for tier in tiers)), float(limit or 1e30))


def _held(module: Module, model: str, deploy: dict[str, Any]) -> float:
    arenas = [attribute(p, "arena_bytes", 0) for p in module.ops("llm.phase") if attribute(p, "model") == model]
    return float(deploy.get("weight_bytes", 0) + deploy.get("kv_bytes", 0) + max(arenas, default=0))


def _count(deploy: dict[str, Any]) -> int:
    return int(deploy.get("tp", 1) * deploy.get("replicas", 1))


def _shared(device: str, deploys: dict[str, dict[str, Any]], devices: dict[str, dict[str, Any]]) -> bool:
    taken = sum(_count(d) for d in deploys.values() if str(d["device"]) == device)
    return bool(devices[device]["facts"]["kind"] == "cpu" or taken > devices[device]["count"])


def _fleet(module: Module) -> Iterator[str]:
    devices = _devices(module)
    for model, deploy in _deploys(module).items():
        device = devices[str(deploy["device"])]
        if _count(deploy) > device["count"]:
            yield f"{model} takes {_count(deploy)} of {device['sym_name']}, of which there are {device['count']}"
        if deploy["threads"] > device["facts"]["cores"]:
            yield f"{model} has {deploy['threads']} threads on a device of {device['facts']['cores']} cores"


def _load(module: Module) -> Iterator[str]:
    """At the workload's rate no device is asked for more than all of its time."""
    workload = module.first("plan.workload")
    rate = attribute(workload, "rate_per_s") if workload is not None else 0.0
    graph = module.first("agent.graph")
    if not rate or graph is None:
        return
    visits = dict(_visits(graph, 1.0))
    models = {attribute(op, "name"): str(attribute(op, "model") or "") for op in module.ops() if op.name in TASKS}
    deploys, devices = _deploys(module), _devices(module)
    busy: dict[tuple[str, str], float] = {}
    for op in module.ops("plan.place"):
        task, device = attribute(op, "task"), str(attribute(op, "device"))
        owner = "" if _shared(device, deploys, devices) else models.get(task, "")
        spent = rate * visits.get(task, 1.0) * attribute(op, "busy_s", 0.0) / attribute(op, "replicas", 1)
        busy[device, owner] = busy.get((device, owner), 0.0) + spent
    for (device, owner), share in busy.items():
        if share > TOLERANCE:
            yield f"{device} would be busy {share:.0%} of the time" + (f" with {owner}" if owner else "")


def _visits(op: Any, times: float) -> Iterator[tuple[str, float]]:
    """How often each task of a graph runs in one request."""
    for inner in inside(op):
        if inner.name in TASKS:
            yield attribute(inner, "name"), times
        else:
            yield from _visits(inner, times * _weight(inner))


def _weight(op: Any) -> float:
    """How often, on average, the inside of a structure runs."""
    if op.name == "agent.case":
        return float(attribute(op, "probability"))
    if op.name == "agent.loop":
        most = float(attribute(op, "max_iterations") or "inf")
        spec = attribute(op, "iterations")
        return min(max(1.0, Distribution(spec).mean()), most) if spec else most
    spec = attribute(op, "fan_out") if op.name == "agent.map" else None
    return Distribution(spec).mean() if spec else UNKNOWN_ITEMS if op.name == "agent.map" else 1.0
