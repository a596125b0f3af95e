"""Text to tokens and back: a thin face over `tokenizers`, and detokenisation piece by piece."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from intarsia.errors import BundleError, Where

if TYPE_CHECKING:
    import tokenizers

UNFINISHED = "\N{REPLACEMENT CHARACTER}"


class Tokens:
    """A model's tokenizer. `special` text in a prompt (chat markers) becomes the token it names."""

    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self.tokenizer = tokenizer
        self._anchor: list[int] | None = None
        self._pieces: dict[int, str] = {}

    @staticmethod
    def load(path: Path) -> Tokens:
        """Raises BundleError for a file that is no tokenizer."""
        import tokenizers

        try:
            return Tokens(tokenizers.Tokenizer.from_file(str(path)))
        except Exception as error:  # the wheel raises bare Exception
            raise BundleError(f"cannot read the tokenizer: {error}", where=Where(str(path)), mend="compile again") from None

    def encode(self, text: str, *, add_special: bool = True) -> list[int]:
        """The tokens of a text; `add_special` adds what the tokenizer itself puts around a text (such as BOS, CLS, SEP)."""
        return list(self.tokenizer.encode(text, add_special_tokens=add_special).ids)

    def encode_batch(self, texts: list[str]) -> list[list[int]]:
        """As `encode`, for many texts."""
        return [list(each.ids) for each in self.tokenizer.encode_batch(texts)]

    def decode(self, tokens: list[int]) -> str:
        """The text of tokens, without special ones."""
        return str(self.tokenizer.decode(tokens, skip_special_tokens=True))

    def piece(self, token: int) -> str:
        """The text that a token adds in the middle of an answer ("" for a special one)."""
        if token not in self._pieces:
            if self._anchor is None:
                self._anchor = self.encode("a", add_special=False)
            before = self.decode(self._anchor)
            self._pieces[token] = self.decode([*self._anchor, token])[len(before) :]
        return self._pieces[token]

    def text_of(self, token: int) -> str:
        """The token as written in the vocabulary (such as "<|im_end|>"), or ""."""
        return self.tokenizer.id_to_token(token) or ""


class Detokeniser:
    """Text piece by piece. A piece is held back while it may be the beginning of a character (UTF-8 is safe).

    The text between `_start` and `_shown` is decoded again with each new token, because a token's text may depend on
    its neighbour's (a leading space, the rest of a character).
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._ids: list[int] = []
        self._start = self._shown = 0

    def push(self, token: int, *, last: bool = False) -> str:
        """The text that `token` completes; `last` gives what is left, finished or not."""
        self._ids.append(token)
        before = self._tokens.decode(self._ids[self._start : self._shown])
        text = self._tokens.decode(self._ids[self._start :])
        if not last and (len(text) <= len(before) or text.endswith(UNFINISHED)):
            return ""
        self._start, self._shown = self._shown, len(self._ids)
        return text[len(before) :]


class TextStream:
    """Detokenised text up to the first of `stops`; text that may be the beginning of a stop is held back."""

    def __init__(self, tokens: Tokens, stops: tuple[str, ...] = ()) -> None:
        self._detokeniser, self._stops = Detokeniser(tokens), stops
        self._held = ""
        self.stopped = False

    def push(self, token: int, *, last: bool = False) -> str:
        """The text that is safe to show now. After a stop was met, `stopped` is True and nothing more comes."""
        if self.stopped:
            return ""
        text = self._held + self._detokeniser.push(token, last=last)
        found = [place for stop in self._stops if (place := text.find(stop)) >= 0]
        if found:
            self.stopped, self._held = True, ""
            return text[: min(found)]
        keep = 0 if last else max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]


def _overlap(text: str, stop: str) -> int:
    """The length of the longest end of `text` that begins `stop`."""
    return next((n for n in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:n])), 0)
