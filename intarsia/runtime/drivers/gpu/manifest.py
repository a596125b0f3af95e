"""What a GPU bundle's manifest must say before anything runs: a damaged one is found when it is loaded, not in the middle of a step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from intarsia.errors import BundleError, Where
from intarsia.ir import formula
from intarsia.runtime.drivers.gpu.queue import BYTES

SIZES = ("max_rows", "arena_bytes", "weights_bytes", "max_sequences", "page_tokens", "kv_pages", "context", "vocab", "layers", "kv_heads", "head_dim", "kv_bytes", "nano_batches")
ROLES = ("in", "out", "inout", "size", "number")
LABEL = re.compile(r'"([a-z0-9_]+)"(?= if |, (?:s|parts\[\d+\]),| else )')
NAME = re.compile(r"[a-z_]+")
WEIGHT = re.compile(r'q\.weight\("([^"]+)"')


def check(entry: dict[str, Any], directory: Path) -> None:
    """Raises BundleError for the first thing that a model's entry lacks and its steps need, or that the host program names and the entry doesn't hold."""
    host = directory / entry["gpu"]["host"]
    wrong = next((found for part in (_phases(entry), _kernels(entry["gpu"]), _weights(entry), _named(entry["gpu"], host)) for found in part), None)
    if wrong:
        raise BundleError(f"the manifest is damaged: {wrong}", where=Where(str(directory / "manifest.json")), mend="compile again")


def _phases(entry: dict[str, Any]) -> Iterator[str]:
    for kind in ("prefill", "decode"):
        facts = entry["entries"].get(kind)
        if not isinstance(facts, dict):
            yield f"there is no phase {kind!r}"
            return
        for name in SIZES:
            if not isinstance(value := facts.get(name), int) or value < 0:
                yield f"{kind}'s {name} is {value!r}"


def _kernels(gpu: dict[str, Any]) -> Iterator[str]:
    for label, kernel in gpu["kernels"].items():
        for name in ("kernel", "language", "text", "objects", "constants", "ctas", "arguments", "work"):
            if name not in kernel:
                yield f"{label} has no {name}"
                return
        for argument in kernel["arguments"]:
            if argument.get("dtype") not in BYTES or argument.get("role") not in ROLES or "name" not in argument or "shape" not in argument:
                yield f"{label} has the argument {argument}"
        try:
            formula.evaluate(str(kernel["work"]), **dict.fromkeys(NAME.findall(str(kernel["work"])), 1.0))
        except (ValueError, TypeError) as error:
            yield f"{label}'s work is {kernel['work']!r}: {error}"


def _weights(entry: dict[str, Any]) -> Iterator[str]:
    room = next(iter(entry["entries"].values()))["weights_bytes"]
    for name, place in entry["gpu"]["weights"].items():
        if place.get("dtype") not in BYTES or not all(isinstance(place.get(key), int) for key in ("offset", "stride", "first")):
            yield f"the weight {name} lies at {place}"
            return
        size = BYTES[place["dtype"]]
        for part in place["shape"]:
            size *= part
        if not 0 <= place["offset"] <= room - size:
            yield f"the weight {name} has {size} bytes at {place['offset']}, and the file has {room}"


def _named(gpu: dict[str, Any], host: Path) -> Iterator[str]:
    """What the host program launches and reads. A program that can't be read is its loader's to report."""
    try:
        text = host.read_text()
    except (OSError, UnicodeDecodeError):
        return
    launches = "\n".join(line for line in text.splitlines() if "q.launch(" in line)
    for label in dict.fromkeys(LABEL.findall(launches)):
        if label not in gpu["kernels"]:
            yield f"there is no kernel {label}, which the host program launches"
    for name in dict.fromkeys(WEIGHT.findall(launches)):
        if name not in gpu["weights"]:
            yield f"there is no weight {name}, which the host program reads"
