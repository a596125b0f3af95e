"""Slower memories behind a pool of KV pages: what is kept there, who makes way for whom, and what has to be copied.

A shared block that the pool evicts moves to the first tier, from there to the next slower one; sequences that are swapped out are stored whole in the fastest tier with room
(Mooncake, arXiv 2407.00079, section 4). Blocks make way for sequences.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from intarsia.runtime.scheduler.request import Request

DEVICE, PEER = 0, -1
"""Places of a KV cache beside the tiers 1, 2...: the pool, and another device from which it has already come."""


class Move(NamedTuple):
    """`tokens` of KV cache go from one place to another: 0 is the pool, 1 the first slower tier, and so on."""

    tokens: int
    source: int
    target: int


@dataclass
class Tier:
    """Slower memory with room for `pages` pages: `blocks` that nobody uses, least recently used first, and `stored` pages of sequences."""

    pages: int
    blocks: OrderedDict[int, None] = field(default_factory=OrderedDict)
    stored: int = 0


class Tiers:
    """Slower memories with room for so many pages each, the fastest first; tier 1 is `self[0]`.

    `moves` collects what has to be copied between places; the Scheduler hands it out with each Batch. With `keep_copies`, KV that is fetched stays in its tier
    too while room lasts, so that swapping it out again moves the new tokens alone (FastSwitch, arXiv 2411.18424).
    """

    __slots__ = ("_copies", "_tiers", "block_pages", "keep_copies", "moves", "page_tokens")

    def __init__(self, pages: Sequence[int], page_tokens: int, block_pages: int) -> None:
        self._tiers = [Tier(size) for size in pages]
        self.page_tokens, self.block_pages = page_tokens, block_pages
        self.moves: list[Move] = []
        self.keep_copies = False
        self._copies: OrderedDict[Request, tuple[int, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._tiers)

    def __iter__(self) -> Iterator[Tier]:
        return iter(self._tiers)

    def __getitem__(self, place: int) -> Tier:
        return self._tiers[place]

    def _pages(self, tokens: int) -> int:
        return -(-tokens // self.page_tokens)

    # Sequences.

    def store(self, request: Request) -> bool:
        """Keep the KV cache of a request in the fastest tier that has room; False, and nothing changes, when none has."""
        pages = self._pages(request.computed)
        copy_at, copied = self._copies.get(request, (0, 0))
        for number, tier in enumerate(self._tiers, 1):
            there = copied if number == copy_at else 0
            added = pages - self._pages(there)
            if self._make_room(number, added, request):
                tier.stored += added
                if there:
                    del self._copies[request]
                if request.computed > there:
                    self.moves.append(Move(request.computed - there, DEVICE, number))
                self.forget(request)
                request.stored, request.tier = request.computed, number
                self._shed(number)
                return True
        return False

    def fetch(self, request: Request) -> None:
        """A request that was stored, or sent from another device, is in the pool now."""
        if request.tier > DEVICE:
            self.moves.append(Move(request.stored, request.tier, DEVICE))
            if self.keep_copies:
                self._copies[request] = (request.tier, request.stored)
                request.stored = 0
        self._forget_stored(request)

    def forget(self, request: Request) -> None:
        """Give back what is stored of a request, and its copy."""
        self._forget_stored(request)
        self._forget_copy(request)

    def _make_room(self, number: int, pages: int, owner: Request) -> bool:
        """Whether a tier has room for more pages of a sequence; others' copies there make way, oldest first, if that helps."""
        tier = self._tiers[number - 1]
        others = [request for request, (place, _) in self._copies.items() if place == number and request is not owner]
        if tier.stored + pages - sum(self._pages(self._copies[request][1]) for request in others) > tier.pages:
            return False
        for request in others:
            if tier.stored + pages <= tier.pages:
                break
            self._forget_copy(request)
        return True

    def _forget_copy(self, request: Request) -> None:
        number, tokens = self._copies.pop(request, (0, 0))
        if number:
            self._tiers[number - 1].stored -= self._pages(tokens)

    def _forget_stored(self, request: Request) -> None:
        if request.stored and request.tier > DEVICE:
            self._tiers[request.tier - 1].stored -= self._pages(request.stored)
        request.stored = 0

    # Shared blocks.

    def tier_of(self, name: int) -> int | None:
        """The number of the tier that holds a block."""
        return next((number for number, tier in enumerate(self._tiers, 1) if name in tier.blocks), None)

    def take(self, name: int, number: int) -> None:
        """A block leaves a tier for the pool; who brings it there notes the move."""
        del self._tiers[number - 1].blocks[name]

    def replace(self, name: int) -> None:
        """A block has been computed again: what tiers hold of it is no longer needed."""
        for tier in self._tiers:
            tier.blocks.pop(name, None)

    def demote(self, name: int, number: int) -> None:
        """A block leaves a place for the next slower tier, or is forgotten after the last."""
        if number < len(self._tiers) and self._tiers[number].stored + self.block_pages <= self._tiers[number].pages:
            self._tiers[number].blocks[name] = None
            self.moves.append(Move(self.block_pages * self.page_tokens, number, number + 1))
            self._shed(number + 1)

    def _shed(self, number: int) -> None:
        """Make a tier's blocks fit beside what sequences store there."""
        tier = self._tiers[number - 1]
        while tier.stored + len(tier.blocks) * self.block_pages > tier.pages:
            self.demote(tier.blocks.popitem(last=False)[0], number)
