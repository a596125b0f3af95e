"""The host program of a GPU bundle: a Python file with one function a phase, which queues the step's kernels one below the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from intarsia.ir.module import attribute, attributes_of

HEAD = '''"""One step of @{model} on {device} ({target}), kernel by kernel. Made by Intarsia from the plan.

`q` is a driver's queue: `rows` is a part of the arena, `weight` a part of the weight file, `launch` queues a kernel. Launches of a stream run in order;
`wait` and `signal` order streams. `s` is the step: its tables and sizes; nano-batches are its parts. The runtime runs this file as it is.
"""
'''


Labels = dict[tuple[str, int], tuple[str, ...]]
"""By program and order, the kernel of a launch, and the one that takes its place in steps of few rows, if there is one."""


def text(model: str, device: str, target: str, programs: list[Any], labels: Labels) -> str:
    """The file for a model's programs."""
    functions = [_function(op, labels) for op in programs]
    return HEAD.format(model=model, device=device, target=target) + "".join(f"\n\n{function}" for function in functions)


def _function(op: Any, labels: Labels) -> str:
    facts = attributes_of(op)
    parts = facts.get("nano_batches", 1)
    lines = [f"def {facts['kind']}(q, s):", f'    """At most {facts["max_rows"]} rows' + (f", in {parts} nano-batches" if parts > 1 else "") + '."""']
    block = op.regions[0].blocks[0]
    names = _names(block)
    lines += [f"    {name} = q.rows({a['offset']}, {a['width']}, \"{a['dtype']}\")" for name, a in names.values()]
    if parts > 1:
        lines.append(f"    parts = s.split({parts})")
    lines += list(_items(block, names, labels, facts["sym_name"], parts > 1, 1))
    output = names[facts["output"]][0]
    gathered = f"[{', '.join(_sibling(names, facts['output'], part) for part in range(parts))}]" if parts > 1 else output
    lines.append(f"    return q.result({gathered}, {'parts' if parts > 1 else 's'})")
    return "\n".join(lines) + "\n"


def _names(block: Any) -> dict[str, tuple[str, dict[str, Any]]]:
    """By a buffer's name, a Python name and the buffer's facts: "3.rope_kv/1" is rope_kv_3_1."""
    found = {}
    for op in block.operations:
        if op.operation.name == "pipe.buffer":
            a = attributes_of(op.operation)
            number, _, rest = a["name"].partition(".")
            plain, _, part = rest.partition("/")
            found[a["name"]] = ("_".join([re.sub(r"\W", "_", plain), number, *([part] if part else [])]), a)
    return found


def _sibling(names: dict[str, tuple[str, dict[str, Any]]], name: str, part: int) -> str:
    return names[f"{name.rpartition('/')[0]}/{part}"][0]


def _items(block: Any, names: dict[str, Any], labels: Labels, program: str, split: bool, depth: int) -> Iterator[str]:
    indent = "    " * depth
    for wrapped in block.operations:
        op = wrapped.operation
        if op.name == "pipe.repeat":
            first, count = attribute(op, "first"), attribute(op, "count")
            yield f"{indent}for layer in range({f'{first}, ' if first else ''}{first + count}):"
            yield from _items(op.regions[0].blocks[0], names, labels, program, split, depth + 1)
        elif op.name == "pipe.launch":
            a = attributes_of(op)
            yield f"{indent}{_launch(a, names, labels[program, a['order']], split, depth > 1)}"


def _launch(a: dict[str, Any], names: dict[str, Any], labels: tuple[str, ...], split: bool, inside: bool) -> str:
    step, layer = f"parts[{a.get('nano', 0)}]" if split else "s", _layer(a.get("layer"), inside)
    label = f'"{labels[0]}"'
    if len(labels) > 1:
        label = f'"{labels[1]}" if {step}.{a["params"]["rows"]} <= {a["params"]["few"]["rows"]} else {label}'
    words = [label, step]
    words += [f"{name}={_word(word, names, step, layer)}" for name, word in (a["params"]["arguments"] | a["params"].get("sizes", {})).items()]
    if split:
        words.append(f'stream="{a["stream"]}"')
    if a.get("wait"):
        words.append(f"wait={a['wait']!r}")
    if a.get("signal"):
        words.append(f'signal="{a["signal"]}"')
    return f"q.launch({', '.join(words)})"


def _layer(given: int | None, inside: bool) -> str:
    """The layer of a launch, as Python says it; empty where it has none."""
    if not inside:
        return "" if given is None else str(given)
    return f"layer {'-' if given < 0 else '+'} {abs(given)}" if given else "layer"


def _word(word: str, names: dict[str, Any], step: str, layer: str) -> str:
    kind, _, name = word.partition(":")
    match kind:
        case "buffer":
            return str(names[name][0])
        case "weight":
            return f'q.weight("{name}"{f", {layer}" if layer and "{}" in name else ""})'
        case "step":
            return f"{step}.{name}"
        case "size":
            base, _, times = name.partition("*")
            return f"{times} * {step}.{base}" if times else f"{step}.{base}"
        case "keys" | "values":
            return f"q.{kind}({layer or 0})"
    return word
