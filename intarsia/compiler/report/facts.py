"""Reading a bundle as plain dictionaries. What is missing is empty; what is damaged is a BundleError."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from intarsia.errors import BundleError, Where

MEASURED = "measured.json"
"""What the last `intarsia run` measured, beside the bundle's other files."""
PIPELINE = "pipeline.json"
"""What `intarsia pipeline --report` found."""


@dataclass(frozen=True)
class Facts:
    """A bundle at `directory`; `stages` maps a stage's file name to its text."""

    directory: Path
    manifest: dict[str, Any]
    plan: dict[str, Any] = field(default_factory=dict)
    agent: dict[str, Any] = field(default_factory=dict)
    measured: dict[str, Any] = field(default_factory=dict)
    stages: dict[str, str] = field(default_factory=dict)
    pipeline: dict[str, Any] = field(default_factory=dict)


def read(directory: Path) -> Facts:
    """Raises BundleError where there is no bundle, or a file of it is no JSON."""
    manifest = _json(directory / "manifest.json")
    if not manifest:
        raise BundleError("there is no bundle here", where=Where(str(directory)), mend=f"compile one: intarsia compile SOURCE -o {directory}")
    texts = {path.name: path.read_text() for path in sorted((directory / "stages").glob("*.mlir"))}
    plan, agent, measured, pipeline = (_json(directory / name) for name in ("plan.json", "agent.json", MEASURED, PIPELINE))
    return Facts(directory, manifest, plan, agent, measured, texts, pipeline)


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BundleError(f"cannot be read: {error}", where=Where(str(path)), mend="compile the bundle again") from None
    if not isinstance(found, dict):
        raise BundleError("should hold a JSON object", where=Where(str(path)), mend="compile the bundle again")
    return found
