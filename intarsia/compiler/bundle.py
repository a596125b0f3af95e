"""Writing a bundle: built in a temporary directory beside its place, then renamed, so that nothing is ever half-written."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from intarsia.errors import InputError, IntarsiaError, Where
from intarsia.ir.module import STAGES, Module

SCHEMA = 1
HASHED_BYTES = 16 << 20
"""Files up to this size carry a checksum in the manifest; larger ones (weights) only their size."""


def check_target(directory: Path) -> None:
    """Refuse to replace a directory that isn't a bundle. Raises InputError."""
    if directory.is_file():
        raise InputError("the output is a file; a bundle is a directory", where=Where(str(directory)), mend="pass another -o")
    if directory.is_dir() and any(directory.iterdir()) and not (directory / "manifest.json").exists():
        raise InputError("the output directory holds files that are no bundle", where=Where(str(directory)), mend="pass an empty or new directory with -o")


def write(module: Module, stages: dict[str, str], directory: Path) -> None:
    """Generate all code and data for a module of stage `pipe`, and put the bundle in place."""
    from intarsia.codegen import agent, backends
    from intarsia.compiler import report
    from intarsia.planner import plan_json

    with building(directory) as draft:
        models = backends.emit(module, draft)
        _write_tokenizers(module, models, draft)
        plan = plan_json.from_module(module)
        (draft / "plan.json").write_bytes(plan_json.encode(plan))
        agent.export(module, draft)
        write_stages(stages, draft / "stages")
        _write_manifest(draft, models)
    report.render(directory)


def _write_tokenizers(module: Module, models: dict[str, Any], draft: Path) -> None:
    from intarsia.compiler.frontends import tokenizers

    for name, entry in models.items():
        if entry.get("tokenizer"):
            tokenizers.export(module.find("llm.model", name), draft / entry["tokenizer"])


@contextmanager
def building(directory: Path, what: str = "the bundle") -> Iterator[Path]:
    """A temporary directory that takes the place of `directory` when the block ends well, and vanishes when it doesn't. Errors call it `what`."""
    directory = directory.absolute()
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    except OSError as error:
        raise _explain(error, directory, what) from None
    try:
        yield draft
        _replace(draft, directory)
    except OSError as error:
        raise _explain(error, directory, what) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _replace(draft: Path, directory: Path) -> None:
    draft.chmod(0o755)
    if not directory.exists():
        os.rename(draft, directory)
        return
    old = directory.with_name(f".{directory.name}.old-{os.getpid()}")
    os.rename(directory, old)
    try:
        os.rename(draft, directory)
    except OSError:
        os.rename(old, directory)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _explain(error: OSError, directory: Path, what: str) -> IntarsiaError:
    if error.errno == errno.ENOSPC:
        return IntarsiaError("the disk is full; nothing was written", where=Where(str(directory)), mend="free some space, or write to another disk")
    return IntarsiaError(f"cannot write {what}: {error.strerror or error}", where=Where(error.filename or str(directory)))


def write_stages(texts: dict[str, str], folder: Path) -> None:
    """Each stage's text as `NN-<stage>.mlir`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for stage, text in texts.items():
            (folder / f"{STAGES.index(stage) + 1:02}-{stage}.mlir").write_text(text)
    except OSError as error:
        raise _explain(error, folder, "the stages") from None


def _write_manifest(draft: Path, models: dict[str, Any]) -> None:
    from intarsia import __version__
    from intarsia.codegen.cpu.isa import detect
    from intarsia.ir import bindings

    isa = detect()
    manifest = {
        "schema": SCHEMA,
        "intarsia": __version__,
        "wheel": f"{bindings.WHEEL}=={bindings.wheel_version()}",
        "target": {"machine": os.uname().machine, "isa": isa.name, "features": list(isa.features)},
        "files": {str(path.relative_to(draft)): _describe(path) for path in sorted(draft.rglob("*")) if path.is_file() and path.parent != draft / "stages"},
        "models": models,
        "agent": "agent.json",
        "plan": "plan.json",
    }
    (draft / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


def _describe(path: Path) -> dict[str, Any]:
    size = path.stat().st_size
    return {"bytes": size} | ({"sha256": hashlib.sha256(path.read_bytes()).hexdigest()} if size <= HASHED_BYTES else {})
