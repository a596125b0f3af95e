"""Options that several commands take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

SOURCE = "A model (.gguf file, Hugging Face directory, config.json, or a torch program .pt2) or an agent (.yaml, .json)."
Source = Annotated[str, typer.Argument(metavar="SOURCE", help=SOURCE)]
Fleet = Annotated[str | None, typer.Option(help="Fleet file, or device names such as 'local' or '4xH100-SXM'. Default: this machine.")]
Workload = Annotated[str | None, typer.Option(help="Workload file (.yaml), or a trace (.csv, .jsonl: Azure, BurstGPT, Mooncake or APEX).")]
Slo = Annotated[str | None, typer.Option(help="Goals: a file, or text such as 'ttft=500ms,tpot=40ms,percentile=95'.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Threads to plan for. Default: the planner chooses.")]
Precision = Annotated[str | None, typer.Option(help="CPU: w-a8 (int8 activations), w-a32, f32; GPU: w-a16, f8, f8_block (8-bit floats); or auto.")]
Objective = Annotated[str | None, typer.Option(help="What to optimise: latency, throughput, energy, cost (a request) or hourly (cost of an hour).")]
Context = Annotated[int | None, typer.Option(min=1, help="Longest context to plan for, in tokens.")]
Sequences = Annotated[int | None, typer.Option("--max-sequences", min=1, help="Most sequences decoded together.")]
MemoryCap = Annotated[str | None, typer.Option("--memory-cap", metavar="SIZE", help="Memory that a plan may use, such as 80MB. Layers that have no room come from the disk.")]
Policy = Annotated[str | None, typer.Option(help="Scheduling policy, by a name that `intarsia policies` lists.")]
Param = Annotated[list[str] | None, typer.Option("--param", metavar="NAME=VALUE", help="A parameter of the policy; may be given several times.")]
Output = Annotated[Path, typer.Option("-o", "--output", help="Where the bundle goes.")]


def was_given(context: typer.Context, name: str) -> bool:
    """Whether an option stands on the command line, rather than at its default."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def refuse_idle(context: typer.Context, names: Sequence[str], why: str, mend: str) -> None:
    """Raises InputError for a given option of these names, which would be left aside in silence: `why` that is so."""
    from intarsia.errors import InputError

    if given := [name for name in names if was_given(context, name)]:
        name = "SOURCE" if given[0] in ("source", "sources") else "--" + given[0].replace("_", "-")
        raise InputError(f"{name} says nothing here: {why}", mend=mend)


def refuse_empty(**texts: str | None) -> None:
    """Raises InputError for an option whose text is empty: a variable of the shell that isn't set."""
    from intarsia.errors import InputError

    for name, text in texts.items():
        if text is not None and not text.strip():
            raise InputError(f"{'SOURCE' if name == 'source' else f'--{name}'} is empty", mend="give it a value, or leave it out")


def knobs(**values: Any) -> dict[str, Any] | None:
    """The options that were given, as the planner's knobs."""
    return {name: value for name, value in values.items() if value is not None} or None


def size(text: str | None) -> int | None:
    """Bytes of "80MB" or "1GiB". Raises InputError."""
    from intarsia.compiler.frontends import quantities
    from intarsia.errors import InputError

    if text is None:
        return None
    try:
        found = quantities.size(text)
    except ValueError as error:
        raise InputError(f"the memory {error}") from None
    if not 1 <= found < 2**62:
        raise InputError(f"the memory must be from 1 to 2^62 bytes, found {found:g}", mend="give a size such as 80MB")
    return int(found)


def bandwidth(text: str, what: str = "bandwidth") -> float:
    """Bytes/s of "10Gb/s" or "25GB/s". Raises InputError."""
    from intarsia.compiler.frontends import quantities

    return quantities.positive_bandwidth(text, what)


def rate(text: str | None) -> float | None:
    """Arrivals a second of "8/s" or "8". Raises InputError."""
    from intarsia.compiler.frontends import quantities
    from intarsia.errors import InputError

    if text is None:
        return None
    try:
        found = quantities.rate(text)
    except ValueError as error:
        raise InputError(f"the rate {error}") from None
    if found <= 0:
        raise InputError(f"the rate must be greater than zero, found {found:g}", mend="give one such as 2/s")
    return found


def parameters(words: list[str] | None) -> dict[str, Any]:
    """Parameters of a policy from "name=value" pairs: numbers and truth values as such, all else as text. Raises InputError."""
    return {name: _value(text) for name, text in _pairs(words)}


def several(words: list[str] | None) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """The same where several values of one may be given, with commas. Raises InputError."""
    return tuple((name, tuple(_value(part.strip()) for part in text.split(",") if part.strip())) for name, text in _pairs(words))


def _pairs(words: list[str] | None) -> list[tuple[str, str]]:
    from intarsia.errors import InputError

    found: list[tuple[str, str]] = []
    for word in words or []:
        name, equals, text = word.partition("=")
        if not equals or not name.strip() or not text.strip():
            raise InputError(f"the parameter {word!r} can't be read", mend="write it as name=value")
        if any(name.strip() == other for other, _ in found):
            raise InputError(f"the parameter {name.strip()} is given twice", mend="give it once")
        found.append((name.strip(), text.strip()))
    return found


def _value(text: str) -> Any:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
