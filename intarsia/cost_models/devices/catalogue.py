"""Devices by name."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from pathlib import Path

from intarsia.cost_models.devices import files
from intarsia.errors import InputError
from intarsia.ir.device import Device

FOLDER = Path(__file__).parent


def available() -> list[str]:
    """Names of the catalogue's devices, sorted; "local", this machine, is always there too."""
    return sorted((entry.device.name for entry in _entries()), key=str.lower)


def load(name: str) -> Device:
    """A device by its name or an alias (capitals, spaces and underscores don't matter), "local", or the path of a device file.

    Raises InputError that lists the known names, or says what is wrong in the file.
    """
    if name.lower() == "local":
        from intarsia.cost_models.devices.this_machine import local

        return local()
    if name.endswith(".toml"):
        return files.read(Path(name))
    return entry(name).device


def entry(name: str) -> files.Entry:
    """All that the catalogue says of a device: itself, its aliases, and its figures as printed elsewhere. Raises InputError."""
    wanted = _key(name)
    path = FOLDER / f"{wanted}.toml"
    if re.fullmatch(r"[\w.-]+", wanted) and path.is_file():
        return _read(path)
    for found in _entries():
        if wanted in map(_key, found.aliases):
            return found
    raise _unknown(name)


def _entries() -> list[files.Entry]:
    return [_read(path) for path in sorted(FOLDER.glob("*.toml"))]


@lru_cache(maxsize=128)
def _read(path: Path) -> files.Entry:
    return files.read_entry(path)


def _key(name: str) -> str:
    return name.strip().lower().replace(" ", "-").replace("_", "-")


def _unknown(name: str) -> InputError:
    known = ["local", *available()]
    begin = sorted((n for n in known if _key(n).startswith(_key(name))), key=lambda n: "sxm" not in n.lower())
    hint = " or ".join(begin[:4]) or _nearest(name, known)
    listed = f"known are {', '.join(known)}, or the path of a .toml file"
    return InputError(f"unknown device {name!r}", mend=(f"did you mean {hint}? " if hint else "") + listed)


def _nearest(name: str, known: list[str]) -> str | None:
    near = difflib.get_close_matches(_key(name), [_key(n) for n in known], n=1, cutoff=0.5)
    return next((n for n in known if near and _key(n) == near[0]), None)
