"""The values that flow through an agent, and how they read as text, as truth, as a label and as a list."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Passage:
    """A retrieved passage; `score` is its similarity."""

    title: str
    source: str
    text: str
    score: float = 0.0


YES, NO = frozenset({"yes", "true", "1", "y", "on"}), frozenset({"no", "false", "0", "n", "off", ""})
PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}|\{([A-Za-z_][\w.-]*)\}")


def text_of(value: Any) -> str:
    """A value as a prompt shows it: truth is yes or no, a list has an item a line, passages have their titles."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.12g}"
        case Passage():
            return f"{value.title}: {value.text}" if value.title else value.text
        case list() | tuple():
            separator = "\n\n" if value and isinstance(value[0], Passage) else "\n"
            return separator.join(text_of(item) for item in value)
        case dict():
            return json.dumps(value, ensure_ascii=False, default=plain)
    return str(value)


def truth(value: Any) -> bool:
    """A bool as it is; of a text, whether it says yes; otherwise whether it is anything."""
    return label(value) in YES if isinstance(value, str) else bool(value)


def label(value: Any) -> str:
    """A text in the form in which labels are compared: one line, without case, quotes or final punctuation."""
    return " ".join(text_of(value).split()).strip(" \t\"'`.!,;:").casefold()


def same_label(one: str, other: str) -> bool:
    """Whether two labels (in that form) are equal, or both say yes, or both say no."""
    return one == other or any(one in words and other in words for words in (YES, NO - {""}))


def items_of(value: Any) -> list[Any]:
    """A list as it is; of a text, the items of a JSON list, or its lines without bullets and numbers."""
    if isinstance(value, (list, tuple)):
        return list(value)
    text = text_of(value)
    parsed = parse_json(text)
    if isinstance(parsed, list):
        return parsed
    lines = (re.sub(r"^\s*(?:[-*•]|\d+[.)])\s+", "", line).strip() for line in text.splitlines())
    return [line for line in lines if line]


def parse_json(text: str) -> Any:
    """The JSON value that a text holds, or None."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    return asdict(value) if isinstance(value, Passage) else value.tolist() if hasattr(value, "tolist") else str(value)


def fill(template: str, arguments: dict[str, Any]) -> str:
    """`{name}` and `{{name}}` replaced by the arguments' texts; other braces stay as they are."""

    def replace(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        return text_of(arguments[name]) if name in arguments else found[0]

    return PLACEHOLDER.sub(replace, template)
