"""Devices by name."""

from __future__ import annotations

import difflib
from functools import lru_cache
from pathlib import Path

from intarsia.cost_models.devices import files
from intarsia.errors import InputError
from intarsia.ir.device import Device

FOLDER = Path(__file__).parent


def available() -> list[str]:
    """Names of the catalogue's devices, sorted; "local", this machine, is always there too."""
    return sorted((_read(path).name for path in FOLDER.glob("*.toml")), key=str.lower)


def load(name: str) -> Device:
    """A device by its name (capitals, spaces and underscores don't matter), "local", or the path of a device file.

    Raises InputError that lists the known names, or says what is wrong in the file.
    """
    if name.lower() == "local":
        from intarsia.cost_models.devices.this_machine import local

        return local()
    if name.endswith(".toml"):
        return files.read(Path(name))
    wanted = _key(name)
    for path in FOLDER.glob("*.toml"):
        if path.stem == wanted:
            return _read(path)
    raise _unknown(name)


@lru_cache(maxsize=64)
def _read(path: Path) -> Device:
    return files.read(path)


def _key(name: str) -> str:
    return name.strip().lower().replace(" ", "-").replace("_", "-")


def _unknown(name: str) -> InputError:
    known = ["local", *available()]
    hint = next((n for n in known if _key(n).startswith(_key(name))), None) or _nearest(name, known)
    listed = f"known are {', '.join(known)}, or the path of a .toml file"
    return InputError(f"unknown device {name!r}", mend=(f"did you mean {hint}? " if hint else "") + listed)


def _nearest(name: str, known: list[str]) -> str | None:
    near = difflib.get_close_matches(_key(name), [_key(n) for n in known], n=1, cutoff=0.5)
    return next((n for n in known if near and _key(n) == near[0]), None)
