"""Documents to passages: Markdown is split at its headings, long sections into runs of words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from intarsia.errors import InputError, Where

KINDS = (".md", ".txt")
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
CHUNK_WORDS = 120
"""Words of a passage at most, unless said otherwise."""
FENCE = re.compile(r"^\s*(```|~~~)")


def read_passages(index: str, words: int, where: Where) -> list[dict[str, str]]:
    """The passages ({title, source, text}, at most `words` words each) of the documents that `index` names.

    `index`: folders (their *.md and *.txt at any depth, hidden ones left out), files, and patterns, separated by ";". Raises InputError.
    """
    passages = [passage for base, path in _documents(index, where) for passage in _passages(path, str(path.relative_to(base)), words)]
    if not passages:
        raise InputError(f"the documents {index!r} hold no text", where=where, mend="name a folder with *.md or *.txt files")
    return passages


def _documents(index: str, where: Where) -> Iterator[tuple[Path, Path]]:
    """(base folder, file) of each document, each once, in order of name."""
    seen: set[Path] = set()
    for part in filter(None, index.split(";")):
        base, found = _expand(Path(part).expanduser())
        if not found:
            raise InputError(f"there are no documents at {part!r}", where=where, mend="name a folder with *.md or *.txt files, a file, or a pattern")
        for path in found:
            if path not in seen:
                seen.add(path)
                yield base, path


def _expand(path: Path) -> tuple[Path, list[Path]]:
    if path.is_dir():
        found = (p for p in path.rglob("*") if p.suffix in KINDS and p.is_file())
        return path, sorted(p for p in found if not any(part.startswith(".") for part in p.relative_to(path).parts))
    if path.is_file():
        return path.parent, [path]
    return path.parent, sorted(p for p in path.parent.glob(path.name) if p.is_file()) if "*" in path.name else []


def _passages(path: Path, source: str, words: int) -> Iterator[dict[str, str]]:
    try:
        text = path.read_text(errors="replace")
    except OSError as error:
        raise InputError(f"cannot read the document: {error.strerror}", where=Where(str(path))) from None
    for title, body in _sections(text, path.suffix == ".md", path.stem):
        for chunk in _chunks(body.split(), words):
            yield {"title": title, "source": source, "text": " ".join(chunk)}


def _sections(text: str, markdown: bool, title: str) -> Iterator[tuple[str, str]]:
    """(title, text) of each section; a title is the headings above it (the last two levels)."""
    headings: list[tuple[int, str]] = []
    lines: list[str] = []
    fenced = False
    for line in text.splitlines():
        fenced ^= bool(markdown and FENCE.match(line))
        heading = HEADING.match(line) if markdown and not fenced else None
        if heading is None:
            lines.append(line)
            continue
        yield _title(headings, title), "\n".join(lines)
        level = len(heading[1])
        headings, lines = [*(h for h in headings if h[0] < level), (level, heading[2])], []
    yield _title(headings, title), "\n".join(lines)


def _title(headings: list[tuple[int, str]], default: str) -> str:
    return ": ".join(name for _, name in headings[-2:]) or default


def _chunks(words: list[str], most: int) -> Iterator[list[str]]:
    """Runs of nearly equal length, at most `most` words each."""
    count = -(-len(words) // most)
    for i in range(count):
        yield words[i * len(words) // count : (i + 1) * len(words) // count]
