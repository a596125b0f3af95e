"""Files that are written whole or not at all: beside their place first, then renamed into it.

    >>> with whole_file.draft(path) as beside:
    ...     beside.write_text(text)

Near the leaves of the import graph, like `errors.py`: everybody may write files.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from intarsia.errors import InputError, Where

DEVICES = "/dev"


@contextmanager
def draft(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to. It takes `path`'s place if the block ends well, and is gone otherwise. Raises OSError.

    What is no regular file (a pipe, /dev/stdout) is written to as it is.
    """
    if path.is_relative_to(DEVICES) or (path.exists() and not path.is_file()):
        yield path
        return
    target = path.resolve()
    beside = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        yield beside
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)


def write(path: Path, content: str | bytes) -> None:
    """Write `content` (text as UTF-8). Raises OSError."""
    with draft(path) as beside:
        beside.write_bytes(content.encode() if isinstance(content, str) else content)


def save(path: Path, content: str | bytes, what: str) -> None:
    """Write `content` where somebody asked for it. Raises InputError that names `what`, the file and the reason."""
    try:
        write(path, content)
    except OSError as error:
        raise InputError(f"cannot write {what}: {error.strerror or error}", where=Where(str(path))) from None


def expected(path: Path, what: str) -> None:
    """Whether `save` has a place to write to, before the work is done that it would save. Raises InputError."""
    if path.is_dir():
        raise InputError(f"cannot write {what}: it is a folder", where=Where(str(path)), mend="name a file in it")
    if not path.parent.is_dir():
        raise InputError(f"cannot write {what}: there is no folder {path.parent}", where=Where(str(path)), mend="make it, or name another file")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"cannot write {what}: the folder {path.parent} can't be written to", where=Where(str(path)), mend="name another file")


def keep(path: Path, fill: Callable[[Path], object]) -> bool:
    """Let `fill` write a file of a cache, in folders that are made if need be. False where that can't be done: then there is no cache."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft(path) as beside:
            fill(beside)
    except OSError:
        return False
    return True
