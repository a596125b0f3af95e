"""A bundle on disk: its manifest, read and checked before anything of it is used."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intarsia.errors import BundleError, Where
from intarsia.native import cpu_features

SCHEMA = 1
PLANS = (1, 2)
"""Schemas of plan.json that are read; the first has no tiers."""
MANIFEST = "manifest.json"
HASHED_BYTES = 16 << 20
"""Files up to this size are checked by their checksum; larger ones (weights) by their size."""
REQUIRED = {"schema": int, "intarsia": str, "target": dict, "files": dict, "models": dict}
MODEL_REQUIRED = {"family": str, "config": dict, "deploy": dict, "entries": dict}


@dataclass(frozen=True)
class Bundle:
    """A checked bundle: the manifest's `models` by name, and the agent's graph, if it has one."""

    directory: Path
    manifest: dict[str, Any]
    agent: dict[str, Any] | None

    @property
    def models(self) -> dict[str, dict[str, Any]]:
        models: dict[str, dict[str, Any]] = self.manifest["models"]
        return models

    def path(self, name: str) -> Path:
        return self.directory / name

    def identity(self, model: str) -> str:
        """A text that differs for models with other sizes or other weights."""
        entry = self.models[model]
        return json.dumps([model, entry["config"], self.manifest["files"].get(entry.get("weights"))], sort_keys=True)


def open_bundle(directory: str | Path, *, native: bool = True) -> Bundle:
    """Read and check a bundle. Raises BundleError saying what is wrong with it.

    Without `native`, nothing of it will be executed: then it may be of another machine, and its objects and weights may be missing.
    """
    directory = Path(directory)
    manifest = _read_manifest(directory)
    _check_version(manifest, directory)
    if native:
        _check_machine(manifest["target"], directory)
    _check_models(manifest["models"], directory)
    needless = set() if native else {entry.get(kind) for entry in manifest["models"].values() for kind in ("object", "weights")}
    for name, facts in manifest["files"].items():
        if name not in needless:
            _check_file(directory, name, facts)
    for model, tiers in _tiers(manifest, directory).items():
        _stream_by(manifest["models"][model], tiers, directory)
    agent = manifest.get("agent")
    return Bundle(directory, manifest, read_json(directory / str(agent)) if agent in manifest["files"] else None)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a bundle's file. Raises BundleError."""
    try:
        value = json.loads(path.read_text())
    except OSError as error:
        raise BundleError(f"cannot read the file: {error.strerror}", where=Where(str(path)), mend="compile again") from None
    except ValueError as error:
        raise BundleError(f"the file is damaged: {error}", where=Where(str(path)), mend="compile again") from None
    if not isinstance(value, dict):
        raise BundleError("the file is damaged: it holds no JSON object", where=Where(str(path)), mend="compile again")
    return value


def _read_manifest(directory: Path) -> dict[str, Any]:
    if not directory.is_dir():
        raise BundleError("there is no such directory", where=Where(str(directory)), mend="pass the directory that `intarsia compile -o` wrote")
    if not (directory / MANIFEST).is_file():
        raise BundleError(f"the directory is no bundle: it has no {MANIFEST}", where=Where(str(directory)), mend="pass the directory that `intarsia compile -o` wrote")
    manifest = read_json(directory / MANIFEST)
    _check_schema(manifest, directory)
    _check_fields(manifest, REQUIRED, Where(str(directory / MANIFEST)))
    return manifest


def _check_schema(manifest: dict[str, Any], directory: Path) -> None:
    if manifest.get("schema") != SCHEMA:
        raise BundleError(
            f"the bundle has the format {manifest.get('schema')!r}; this version of Intarsia reads {SCHEMA}", where=Where(str(directory)), mend="compile again with this version"
        )


def _check_fields(values: dict[str, Any], required: Mapping[str, type], where: Where) -> None:
    for name, kind in required.items():
        if not isinstance(values.get(name), kind):
            raise BundleError(f"the manifest is damaged: {name} should be a {kind.__name__}", where=where, mend="compile again")


def _tiers(manifest: dict[str, Any], directory: Path) -> dict[str, list[dict[str, Any]]]:
    """By model, which of its layers' weights the plan leaves in a slower memory."""
    name = manifest.get("plan")
    if name not in manifest["files"]:
        return {}
    plan = read_json(directory / str(name))
    if plan.get("schema") not in PLANS:
        where = Where(str(directory / str(name)))
        raise BundleError(f"the plan has the format {plan.get('schema')!r}; this version of Intarsia reads {PLANS[-1]}", where=where, mend="compile again")
    streamed = [tier for tier in plan.get("tiers", ()) if tier["data"] == "weights" and tier.get("window")]
    return {model: found for model in manifest["models"] if (found := [tier for tier in streamed if tier["model"] == model])}


def _stream_by(entry: dict[str, Any], tiers: list[dict[str, Any]], directory: Path) -> None:
    """Stream a model's layers by the plan's tiers: through their window. What is streamed of each is laid out in the weight file, and has to be what the plan says."""
    stream = entry.get("stream")
    if stream is None:
        return
    planned = sum(tier["count"] for tier in tiers)
    if planned != len(stream["layers"]):
        raise BundleError(f"the plan has {planned} layers in its tiers, the weight file {len(stream['layers'])}", where=Where(str(directory)), mend="compile again")
    stream["window"] = max(tier["window"] for tier in tiers)


def _check_version(manifest: dict[str, Any], directory: Path) -> None:
    from intarsia import __version__

    if manifest["intarsia"] != __version__:
        raise BundleError(f"the bundle was made by Intarsia {manifest['intarsia']}; this is {__version__}", where=Where(str(directory)), mend="compile again with this version")


def _check_machine(target: dict[str, Any], directory: Path) -> None:
    here = os.uname().machine
    if target.get("machine") != here:
        raise BundleError(f"the bundle is for {target.get('machine')} machines; this one is {here}", where=Where(str(directory)), mend="compile again on this machine")
    missing = sorted(set(target.get("features", ())) - cpu_features())
    if missing:
        raise BundleError(
            f"the bundle's code uses {target.get('isa')} instructions, but this processor has no {', '.join(missing)}",
            where=Where(str(directory)), mend="compile again on this machine",
        )  # fmt: skip


def least(entries: Iterable[Mapping[str, Any]], name: str) -> int:
    """The smallest of the limits called `name` in a model's compiled entries; where none states one, no limit."""
    return min((int(entry[name]) for entry in entries if entry.get(name)), default=sys.maxsize)


def _check_models(models: dict[str, Any], directory: Path) -> None:
    for name, entry in models.items():
        where = Where(str(directory / MANIFEST), node=f"model {name}")
        if not isinstance(entry, dict):
            raise BundleError("the manifest is damaged: a model should be a dict", where=where, mend="compile again")
        _check_fields(entry, MODEL_REQUIRED, where)


def _check_file(directory: Path, name: str, facts: dict[str, Any]) -> None:
    path = directory / name
    if not path.is_file():
        raise BundleError("a file of the bundle is missing", where=Where(str(path)), mend="compile again, or copy the whole directory")
    found, wanted = path.stat().st_size, facts.get("bytes")
    if found != wanted:
        what = f"a file of the bundle has {found} bytes, and should have {wanted}: it was cut short or changed"
        raise BundleError(what, where=Where(str(path)), mend="compile again, or copy it again")
    if "sha256" in facts and found <= HASHED_BYTES and hashlib.sha256(path.read_bytes()).hexdigest() != facts["sha256"]:
        raise BundleError("a file of the bundle has changed since it was compiled (its checksum differs)", where=Where(str(path)), mend="compile again")
