"""YAML and JSON with places: every mapping and list knows the file and line of itself and of its entries.

Errors in an agent, fleet or workload file can so name the line at fault. Scalars follow YAML 1.2's core rules
("yes" and "no" are text, 1e9 is a number), because agent graphs use such words as labels.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from intarsia.errors import InputError, Where

MAX_BYTES = 64 << 20


class Map(dict[str, Any]):
    """A mapping with its place (none for one that a program made); `lines` holds the line of each key."""

    file: str = ""
    line: int | None = 1
    lines: dict[str, int]

    def at(self, key: str = "", node: str = "") -> Where:
        """The place of `key` (or of the mapping itself)."""
        return Where(self.file, self.lines.get(key, self.line), node)


class Items(list[Any]):
    """A list with the place of each of its items."""

    file: str = ""
    line: int = 1
    lines: list[int]


class _Core(yaml.SafeLoader):
    """SafeLoader with the scalar rules of YAML 1.2's core schema."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


_Core.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Core.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
_Core.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]{1,18}$"), list("-+0123456789"))
_FLOAT = re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?$")
_Core.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))


def load(path: str | Path) -> Any:
    """The contents of a YAML or JSON file. Raises InputError with file and line."""
    return parse(read_text(path), str(path))


def read_text(path: str | Path) -> str:
    """A text file's contents. Raises InputError when it is missing, too large or not UTF-8."""
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"the file is larger than {MAX_BYTES >> 20} MiB", where=Where(str(path)), mend="is it the right file?")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot read it: {error.strerror or error}", where=Where(str(path))) from None
    except (UnicodeDecodeError, ValueError):
        raise InputError("is not UTF-8 text", where=Where(str(path))) from None


def parse(text: str, file: str) -> Any:
    """`text` as YAML (JSON is a part of it). Raises InputError with file and line."""
    if file.endswith(".json"):
        _check_json(text, file)
        text = text.replace("\t", " ")  # in JSON a tab is white space, which YAML does not take everywhere
    try:
        root = yaml.compose(text, Loader=_Core)
        return None if root is None else _Converter(file, {}).convert(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise InputError(f"is not valid YAML: {error.problem or error.context}", where=Where(file, line)) from None
    except yaml.YAMLError as error:
        raise InputError(f"is not valid YAML: {str(error).splitlines()[0]}", where=Where(file)) from None
    except RecursionError:
        raise InputError("is nested too deeply", where=Where(file)) from None


def _check_json(text: str, file: str) -> None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"is not valid JSON: {error.msg}", where=Where(file, error.lineno)) from None
    except (RecursionError, ValueError):
        raise InputError("is not JSON that can be read: nested too deeply, or a number too long", where=Where(file)) from None


@dataclass(frozen=True)
class _Converter:
    """Turns YAML nodes into Map, Items and scalars; `seen` maps an aliased node to its value (None while unfinished)."""

    file: str
    seen: dict[int, Any]

    def convert(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if id(node) in self.seen:
            if self.seen[id(node)] is None:
                raise InputError("an alias refers to a value that contains it", where=Where(self.file, node.start_mark.line + 1))
            return self.seen[id(node)]
        self.seen[id(node)] = None
        value = self._mapping(node) if isinstance(node, yaml.MappingNode) else self._sequence(node)
        self.seen[id(node)] = value
        return value

    def _mapping(self, node: yaml.MappingNode) -> Map:
        found = Map()
        found.file, found.line, found.lines = self.file, node.start_mark.line + 1, {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise InputError("a key must be a plain word", where=Where(self.file, line))
            key = key_node.value
            if key in found:
                message = f"{key!r} stands here twice, first on line {found.lines[key]}"
                raise InputError(message, where=Where(self.file, line), mend="give each its own name")
            found[key] = self.convert(value_node)
            found.lines[key] = line
        return found

    def _sequence(self, node: yaml.Node) -> Items:
        found = Items(self.convert(item) for item in node.value)
        found.file, found.line = self.file, node.start_mark.line + 1
        found.lines = [item.start_mark.line + 1 for item in node.value]
        return found

    @staticmethod
    def _scalar(node: yaml.ScalarNode) -> Any:
        text = _joined_surrogates(node.value)
        match node.tag.rpartition(":")[2]:
            case "null":
                return None
            case "bool":
                return node.value.lower() == "true"
            case "int":
                return int(node.value)
            case "float":
                return float(node.value)
        return text


def _joined_surrogates(text: str) -> str:
    """Text in which pairs such as \\ud83d\\ude00, JSON's way to write wide characters, are one character; a lone one is a question mark."""
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def field(table: Map, key: str, kinds: type | tuple[type, ...], default: Any = ..., node: str = "") -> Any:
    """`table[key]`, checked to be of `kinds`; `default` where it is absent. Raises InputError for an absent or wrong value."""
    if table.get(key) is None:
        if default is ...:
            raise InputError(f"needs `{key}`", where=table.at("", node), mend=f"add `{key}:`")
        return default
    value = table[key]
    if not matches(value, kinds):
        raise InputError(f"`{key}` should be {describe(kinds)}, found {shorten(value)}", where=table.at(key, node))
    return value


def matches(value: Any, kinds: type | tuple[type, ...]) -> bool:
    """isinstance, where a bool is no number."""
    wanted = kinds if isinstance(kinds, tuple) else (kinds,)
    return isinstance(value, wanted) and (bool in wanted or not isinstance(value, bool))


WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false", dict: "a mapping", list: "a list", Map: "a mapping", Items: "a list"}


def describe(kinds: type | tuple[type, ...]) -> str:
    """`kinds` in words, for messages."""
    listed = kinds if isinstance(kinds, tuple) else (kinds,)
    return " or ".join(dict.fromkeys(WORDS[kind] for kind in listed))


def shorten(value: Any, width: int = 60) -> str:
    """repr(value), cut to `width` characters for a message."""
    text = repr(value) if not isinstance(value, (dict, list)) else f"a {'mapping' if isinstance(value, dict) else 'list'}"
    return text if len(text) <= width else text[: width - 3] + "..."


def refuse_unknown(table: Map, known: set[str] | frozenset[str], node: str = "", what: str = "field") -> None:
    """Raises InputError when `table` has a key outside `known`, naming near ones."""
    from difflib import get_close_matches

    for key in table:
        if key not in known:
            near = get_close_matches(key, known, 1)
            mend = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(sorted(known))}"
            raise InputError(f"has an unknown {what} `{key}`", where=table.at(key, node), mend=mend)
