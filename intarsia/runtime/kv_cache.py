"""Pages of the KV cache: which are free, and which a sequence holds. The bytes themselves belong to the driver."""

from __future__ import annotations


class PagePool:
    """`pages` pages of `page_tokens` tokens each. A sequence's pages are a plain list of page numbers, in order of position."""

    __slots__ = ("_free", "page_tokens", "pages")

    def __init__(self, pages: int, page_tokens: int) -> None:
        self.pages, self.page_tokens = pages, page_tokens
        self._free = list(range(pages - 1, -1, -1))

    @property
    def free(self) -> int:
        """Pages that no sequence holds."""
        return len(self._free)

    @property
    def used(self) -> int:
        return self.pages - len(self._free)

    def needed(self, tokens: int) -> int:
        """Pages that hold `tokens` tokens."""
        return -(-tokens // self.page_tokens)

    def grow(self, held: list[int], tokens: int) -> bool:
        """Extend `held` until it holds `tokens` tokens; False, and nothing changes, when too few pages are free."""
        missing = -(-tokens // self.page_tokens) - len(held)
        if missing <= 0:
            return True
        if missing > len(self._free):
            return False
        for _ in range(missing):
            held.append(self._free.pop())
        return True

    def release(self, held: list[int]) -> None:
        """Give all of `held` back."""
        self._free.extend(reversed(held))
        held.clear()
