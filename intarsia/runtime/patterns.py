"""Answers that match a regular expression: the pattern's Brzozowski derivatives are the states, and a token is allowed if they survive it.

Syntax: literals, `.`, classes `[a-z]` and `[^...]`, the escapes `\\d \\w \\s \\n \\t`, groups, `|`, `*`, `+`, `?`, `{m}`, `{m,}`, `{m,n}`.
The whole answer has to match. After Brzozowski, "Derivatives of Regular Expressions", JACM 1964.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from intarsia.errors import InputError, RuntimeFailure
from intarsia.runtime.sampling import COLDEST, Floats, Sampling
from intarsia.runtime.tokens import UNFINISHED, Tokens

MOST_REPEATS = 1000
HEAD = 64
"""Likeliest tokens tried first; the rest of the vocabulary is sorted only when none of them fits."""


@dataclass(frozen=True)
class Empty:
    """Matches nothing: a dead end."""


@dataclass(frozen=True)
class Blank:
    """Matches the empty text."""


@dataclass(frozen=True)
class Chars:
    """Matches one character in one of the inclusive `ranges`, or, `negated`, in none."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool = False

    def has(self, char: str) -> bool:
        return any(low <= char <= high for low, high in self.ranges) != self.negated


@dataclass(frozen=True)
class Then:
    """One after the other."""

    first: Regex
    second: Regex


@dataclass(frozen=True)
class Either:
    """Any one of them."""

    options: frozenset[Regex]


@dataclass(frozen=True)
class Repeat:
    """Between `least` and `most` times (None: any number)."""

    body: Regex
    least: int
    most: int | None


Regex = Empty | Blank | Chars | Then | Either | Repeat


def then(first: Regex, second: Regex) -> Regex:
    """One after the other, made simple: nothing is left of what can't be or says nothing."""
    if isinstance(first, Empty) or isinstance(second, Empty):
        return Empty()
    if isinstance(first, Blank):
        return second
    return first if isinstance(second, Blank) else Then(first, second)


def either(*options: Regex) -> Regex:
    """Any one of them, made simple."""
    flat = frozenset(o for each in options for o in (each.options if isinstance(each, Either) else (each,)) if not isinstance(o, Empty))
    return Empty() if not flat else next(iter(flat)) if len(flat) == 1 else Either(flat)


def repeat(body: Regex, least: int, most: int | None) -> Regex:
    """From `least` to `most` times (None: no end), made simple."""
    if most == 0 or isinstance(body, (Empty, Blank)):
        return Blank() if least == 0 or isinstance(body, Blank) else Empty()
    return body if (least, most) == (1, 1) else Repeat(body, least, most)


@lru_cache(maxsize=65536)
def nullable(regex: Regex) -> bool:
    """Whether it matches the empty text."""
    match regex:
        case Blank():
            return True
        case Then(first, second):
            return nullable(first) and nullable(second)
        case Either(options):
            return any(nullable(option) for option in options)
        case Repeat(body, least, _):
            return least == 0 or nullable(body)
    return False


@lru_cache(maxsize=65536)
def derivative(regex: Regex, char: str) -> Regex:
    """What has to follow after `char`."""
    match regex:
        case Chars():
            return Blank() if regex.has(char) else Empty()
        case Then(first, second):
            rest = then(derivative(first, char), second)
            return either(rest, derivative(second, char)) if nullable(first) else rest
        case Either(options):
            return either(*(derivative(option, char) for option in options))
        case Repeat(body, least, most):
            return then(derivative(body, char), repeat(body, max(least - 1, 0), None if most is None else most - 1))
    return Empty()


def after(regex: Regex, text: str) -> Regex:
    """What has to follow after `text`; Empty when no match begins with it."""
    for char in text:
        regex = derivative(regex, char)
        if isinstance(regex, Empty):
            break
    return regex


CLASSES = {
    "d": (("0", "9"),), "w": (("a", "z"), ("A", "Z"), ("0", "9"), ("_", "_")), "s": ((" ", " "), ("\t", "\r")),
    "n": (("\n", "\n"),), "t": (("\t", "\t"),),
}  # fmt: skip


class _Parser:
    """Recursive descent, one method for each level of precedence."""

    def __init__(self, pattern: str) -> None:
        self.text, self.at = pattern, 0

    def parse(self) -> Regex:
        regex = self.alternatives()
        if self.at < len(self.text):
            raise self.wrong(f"unexpected {self.text[self.at]!r}")
        return regex

    def wrong(self, what: str) -> InputError:
        return InputError(f"the pattern {self.text!r} has {what} at character {self.at + 1}", mend="see the syntax in intarsia/runtime/patterns.py")

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def next(self) -> str:
        if self.at >= len(self.text):
            raise self.wrong("an unexpected end")
        self.at += 1
        return self.text[self.at - 1]

    def skip(self, char: str) -> bool:
        found = self.peek() == char
        self.at += found
        return found

    def alternatives(self) -> Regex:
        options = [self.sequence()]
        while self.skip("|"):
            options.append(self.sequence())
        return either(*options)

    def sequence(self) -> Regex:
        parts: list[Regex] = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self.repeated())
        regex: Regex = Blank()
        for part in reversed(parts):
            regex = then(part, regex)
        return regex

    def repeated(self) -> Regex:
        regex = self.atom()
        while (char := self.peek()) and char in "*+?{":
            self.at += 1
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(char) or self.bounds()
            regex = repeat(regex, least, most)
        return regex

    def bounds(self) -> tuple[int, int | None]:
        least = self.number()
        most = least if self.peek() == "}" else None
        if self.skip(",") and self.peek() != "}":
            most = self.number()
        if not self.skip("}") or (most is not None and most < least):
            raise self.wrong("a malformed {m,n}")
        return least, most

    def number(self) -> int:
        start = self.at
        while self.peek().isdecimal():
            self.at += 1
        if start == self.at or int(self.text[start : self.at]) > MOST_REPEATS:
            raise self.wrong(f"no count up to {MOST_REPEATS}")
        return int(self.text[start : self.at])

    def atom(self) -> Regex:
        match self.next():
            case "(":
                if self.skip("?") and not self.skip(":"):
                    raise self.wrong("an unsupported group")
                regex = self.alternatives()
                if not self.skip(")"):
                    raise self.wrong("an unclosed group")
                return regex
            case "[":
                return self.char_class()
            case ".":
                return Chars((("\n", "\n"),), negated=True)
            case "\\":
                return Chars(self.escape())
            case char if char in "*+?{":
                raise self.wrong(f"nothing to repeat by {char!r}")
            case char:
                return Chars(((char, char),))

    def escape(self) -> tuple[tuple[str, str], ...]:
        char = self.next()
        if char in CLASSES:
            return CLASSES[char]
        if char.isalnum():
            raise self.wrong(f"an unsupported escape \\{char}")
        return ((char, char),)

    def char_class(self) -> Regex:
        negated = self.skip("^")
        ranges: list[tuple[str, str]] = []
        while not (self.peek() == "]" and ranges):
            char = self.next()
            if char == "\\":
                ranges.extend(self.escape())
            elif self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("", "]"):
                self.at += 1
                ranges.append((char, self.next()))
            else:
                ranges.append((char, char))
        self.at += 1
        return Chars(tuple(ranges), negated)


def parse(pattern: str) -> Regex:
    """Raises InputError for a pattern outside the syntax."""
    try:
        return _Parser(pattern).parse()
    except RecursionError:
        raise InputError("the pattern is nested too deeply") from None


class PatternSampler:
    """Samples only tokens that keep a match within reach. An end-of-text token is taken only where the match may end, as -1.

    With a temperature, Gumbel noise on the logits makes the first allowed token in falling order an exact draw from the
    distribution over the allowed tokens, without computing who is allowed (Maddison et al., "A* Sampling", NeurIPS 2014).
    """

    def __init__(self, pattern: str, tokens: Tokens, eos: frozenset[int], sampling: Sampling) -> None:
        self._state, self._tokens, self._eos = parse(pattern), tokens, eos
        self._temperature = max(sampling.temperature, COLDEST) if sampling.temperature else 0.0
        self._rng = np.random.default_rng(sampling.seed)

    @property
    def complete(self) -> bool:
        """Whether the match can't go on."""
        return isinstance(self._state, Blank)

    def sample(self, logits: Floats) -> int:
        """The token chosen, or -1 for the end of the text. Raises RuntimeFailure when no token of the vocabulary fits."""
        if self._temperature > 0:
            logits = logits / np.float32(self._temperature) + self._rng.gumbel(size=len(logits)).astype(np.float32)
        head = np.argpartition(logits, -HEAD)[-HEAD:] if len(logits) > HEAD else np.arange(len(logits))
        token = self._first_allowed(head[np.argsort(-logits[head], kind="stable")])
        if token is None:
            token = self._first_allowed(np.argsort(-logits, kind="stable"))
        if token is None:
            raise RuntimeFailure("no token of the model's vocabulary can continue the pattern", mend="loosen the pattern")
        return token

    def _first_allowed(self, order: np.ndarray) -> int | None:
        for token in order.tolist():
            if token in self._eos:
                if nullable(self._state):
                    return -1
                continue
            text = self._tokens.piece(token)
            if not text or UNFINISHED in text:
                continue
            state = after(self._state, text)
            if not isinstance(state, Empty):
                self._state = state
                return int(token)
        return -1 if nullable(self._state) and not self._eos else None
