"""Pages of the KV cache: which are free, which a sequence holds, and which hold a prefix that others may share. The bytes belong to the driver.

Prefix sharing is by blocks of `block_tokens` tokens, named by hashes that their caller chains (equal hash: equal tokens up to there). A block
that nobody uses stays until its pages are wanted, least recently used first (vLLM's automatic prefix caching: Kwon et al., SOSP 2023, and
its documentation). With tiers, it then moves to slower memory, as KV caches that are swapped out do (kv_tiers.py).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intarsia.errors import InputError
from intarsia.runtime.kv_tiers import DEVICE, Move, Tiers

if TYPE_CHECKING:
    from intarsia.runtime.scheduler.request import Chunk, Request

FOREVER = float("inf")
FRESH = 256
"""Unused pages that are listed at a time: a pool of millions costs nothing until they are needed."""
ALL = 1 << 40
"""Tokens: more than any request has."""


class Block:
    """A shared block: its pages, and how many sequences hold it."""

    __slots__ = ("hash", "pages", "users")

    def __init__(self, hash: int, pages: list[int]) -> None:
        self.hash, self.pages, self.users = hash, pages, 1


@dataclass
class Held:
    """What an ended request left for the next turn of its session, until `until` seconds: `tokens` tokens in `pages`."""

    pages: list[int]
    blocks: list[Block | None]
    tokens: int
    until: float


class PagePool:
    """`pages` pages of `page_tokens` tokens each. A sequence's pages are a plain list of page numbers, in order of position.

    `block_tokens` (a multiple of `page_tokens`) is what one hash of `Request.prefix` names; `tiers` are the pages that slower memories hold, fastest first.
    """

    __slots__ = ("_blocks", "_free", "_fresh", "_idle", "block_pages", "block_tokens", "held", "page_tokens", "pages", "sending", "tiers")

    def __init__(self, pages: int, page_tokens: int, *, block_tokens: int = 0, tiers: Sequence[int] = ()) -> None:
        self.pages, self.page_tokens = pages, page_tokens
        self.block_tokens = block_tokens or page_tokens
        if self.block_tokens % page_tokens:
            raise InputError(f"block_tokens ({block_tokens}) must be a multiple of page_tokens ({page_tokens})")
        self.block_pages = self.block_tokens // page_tokens
        self._free: list[int] = []
        self._fresh = 0  # pages from here on were never used, and aren't listed
        self._blocks: dict[int, Block] = {}
        self._idle: OrderedDict[int, Block] = OrderedDict()
        self.tiers = Tiers(tiers, page_tokens, self.block_pages)
        self.held: dict[Hashable, Held] = {}
        self.sending: list[Held] = []

    @property
    def free(self) -> int:
        """Pages that no sequence holds; some may still cache a prefix."""
        return len(self._free) + self.pages - self._fresh + len(self._idle) * self.block_pages

    @property
    def used(self) -> int:
        return self.pages - self.free

    @property
    def cached(self) -> int:
        """Pages that cache a prefix which nobody uses at the moment."""
        return len(self._idle) * self.block_pages

    def needed(self, tokens: int) -> int:
        """Pages that hold `tokens` tokens."""
        return -(-tokens // self.page_tokens)

    # Plain lists of pages.

    def grow(self, held: list[int], tokens: int) -> bool:
        """Extend `held` until it holds `tokens` tokens; False, and nothing changes, when too few pages are free."""
        missing = -(-tokens // self.page_tokens) - len(held)
        if missing <= 0:
            return True
        if missing > len(self._free) and not self._reclaim(missing):
            return False
        if missing == 1:
            held.append(self._free.pop())
        else:
            held.extend(self._free[: -missing - 1 : -1])
            del self._free[-missing:]
        return True

    def release(self, held: list[int]) -> None:
        """Give all of `held` back; none of it may be shared."""
        self._free.extend(reversed(held))
        held.clear()

    # Requests: what policies call.

    def admit(self, request: Request, ahead: int = ALL) -> bool:
        """Pages for a request that has none, with whatever of its KV cache is still somewhere: `computed` says how much.

        Looks at what its session left, at KV that was swapped out or sent, then at shared blocks. There is room then for `ahead` more tokens,
        by default all known ones. False, and nothing changes, when too few pages are free.
        """
        left = self.held.get(request.hints.session) if self.held and request.hints.session else None
        if left is not None and left.tokens < request.known:
            return self._take_over(request, left, ahead)
        if request.stored:
            return self._fetch(request, ahead)
        if request.prefix:
            return self._reuse(request, ahead)
        return self.grow(request.pages, min(request.known, ahead))

    def evict(self, request: Request) -> None:
        """Drop a request's KV cache; it will be computed again (preemption by recompute)."""
        self.drop(request)
        request.computed = 0
        request.preemptions += 1

    def swap_out(self, request: Request) -> bool:
        """Preempt a request, and keep its KV cache in the fastest tier that has room; False, and nothing changes, when none has."""
        if not self.tiers.store(request):
            return False
        self._give_back(request.pages, request.blocks)
        request.computed = 0
        request.preemptions += 1
        return True

    def drop(self, request: Request) -> None:
        """Give back all pages of a request. Shared blocks stay cached when nobody else uses them; the last ones will be evicted first."""
        self.tiers.forget(request)
        self._give_back(request.pages, request.blocks)

    def commit(self, request: Request) -> None:
        """Let others share the blocks of `request` that are computed now."""
        size, blocks = self.block_pages, request.blocks
        complete = min(request.computed // self.block_tokens, len(request.prefix))
        for place in range(len(blocks), complete):
            name = request.prefix[place]
            if name in self._blocks:
                blocks.append(None)
                continue
            self.tiers.replace(name)
            block = self._blocks[name] = Block(name, request.pages[place * size : (place + 1) * size])
            blocks.append(block)

    # How long an iteration can be repeated.

    def room(self, chunks: Sequence[Chunk], repeats: int) -> int:
        """How many more times, at most `repeats`, the chunks find pages for going on where they ended."""
        size, free = self.page_tokens, self.free - self.cached if self.tiers else self.free
        if sum([chunk[2] for chunk in chunks]) * repeats <= (free - len(chunks)) * size:
            return repeats
        held = [(chunk.start, chunk.tokens, len(chunk.request.pages)) for chunk in chunks]
        low, high = 0, repeats
        while low < high:
            middle = (low + high + 1) // 2
            if sum(max(0, -(-(start + tokens * (middle + 1)) // size) - pages) for start, tokens, pages in held) <= free:
                low = middle
            else:
                high = middle - 1
        return low

    def until_commit(self, chunks: Sequence[Chunk]) -> int:
        """How many more times the chunks can run before one of them completes a block that others may share."""
        size, least = self.block_tokens, 1 << 40
        for request, start, tokens, *_ in chunks:
            complete = start // size
            if complete < len(request.prefix):
                least = min(least, -(-((complete + 1) * size - start) // tokens) - 1)
        return least

    def contested(self, chunks: Sequence[Chunk]) -> bool:
        """Whether it matters in which order the chunks complete their blocks: two of them compute the same one, or one that is cached but unused."""
        seen: set[int] = set()
        for request, *_ in chunks:
            if len(request.blocks) < len(request.prefix):
                coming = request.prefix[len(request.blocks) :]
                if not seen.isdisjoint(coming) or not self._idle.keys().isdisjoint(coming):
                    return True
                seen.update(coming)
        return False

    # KV caches that outlive their request.

    def hold(self, request: Request, until: float) -> None:
        """Keep an ended request's pages for its session's next turn, until that time; they count as used."""
        self.unhold(request.hints.session)
        self.held[request.hints.session] = Held(request.pages, request.blocks, request.computed, until)
        request.pages, request.blocks = [], []

    def send(self, request: Request, until: float) -> None:
        """Keep the pages of a request that goes to another device while they are copied, until that time; they count as used."""
        self.sending.append(Held(request.pages, request.blocks, request.computed, until))
        request.pages, request.blocks = [], []

    def unhold(self, session: Hashable) -> None:
        """Give back what a session's last request left, if anything."""
        if left := self.held.pop(session, None):
            self._give_back(left.pages, left.blocks)

    def expire(self, now: float) -> None:
        """Give back what is held no longer."""
        for session in [name for name, left in self.held.items() if left.until <= now]:
            self.unhold(session)
        for left in [left for left in self.sending if left.until <= now]:
            self.sending.remove(left)
            self._give_back(left.pages, left.blocks)

    @property
    def expiry(self) -> float:
        """When the next KV cache that is held or being sent expires, in the clock's seconds; infinity when none does."""
        return min((left.until for left in (*self.held.values(), *self.sending)), default=FOREVER)

    # Shared blocks.

    def matched(self, request: Request) -> int:
        """Tokens of the request's prefix that are cached, here or in a slower tier."""
        blocks, count = self._blocks, 0
        for name in request.prefix:
            if name not in blocks and self.tiers.tier_of(name) is None:
                break
            count += 1
        return min(count * self.block_tokens, request.known - 1)

    def _reuse(self, request: Request, ahead: int) -> bool:
        """A cached prefix and fresh pages; at least the last known token is computed again, as it gives the next one."""
        size, found, idle, here = self.block_pages, list[tuple[int, int]](), 0, 0
        for name in request.prefix[: (request.known - 1) // self.block_tokens]:
            tier = DEVICE if name in self._blocks else self.tiers.tier_of(name)
            if tier is None:
                break
            found.append((name, tier))
            idle += name in self._idle
            here += tier == DEVICE
        tokens = min(request.known, len(found) * self.block_tokens + ahead)
        if self.needed(tokens) - here * size > self.free - idle * size:
            return False
        self._pin(found)
        for name, tier in found:
            block = self._bring(name, tier) if tier else self._blocks[name]
            request.pages.extend(block.pages)
            request.blocks.append(block)
        request.computed = request.shared = len(found) * self.block_tokens
        return self.grow(request.pages, tokens)

    def _pin(self, found: list[tuple[int, int]]) -> None:
        """Take blocks out of reach of evictions, before any room is made."""
        for name, tier in found:
            if tier:
                self.tiers.take(name, tier)
            else:
                self._blocks[name].users += 1
                self._idle.pop(name, None)

    def _bring(self, name: int, number: int) -> Block:
        """A block from a slower tier, on fresh pages."""
        pages: list[int] = []
        self.grow(pages, self.block_tokens)
        self.tiers.moves.append(Move(self.block_tokens, number, DEVICE))
        block = self._blocks[name] = Block(name, pages)
        return block

    def _take_over(self, request: Request, left: Held, ahead: int) -> bool:
        tokens = min(request.known, left.tokens + ahead)
        missing = self.needed(tokens) - len(left.pages)
        if missing > self.free:
            return False
        del self.held[request.hints.session]
        request.pages, request.blocks = left.pages, left.blocks
        request.computed = request.shared = left.tokens
        return self.grow(request.pages, tokens)

    def _fetch(self, request: Request, ahead: int) -> bool:
        if not self.grow(request.pages, min(request.known, request.stored + ahead)):
            return False
        request.computed = request.stored
        self.tiers.fetch(request)
        return True

    def _give_back(self, pages: list[int], blocks: list[Block | None]) -> None:
        size = self.block_pages
        self._free.extend(reversed(pages[len(blocks) * size :]))
        for place in range(len(blocks) - 1, -1, -1):
            block = blocks[place]
            if block is None:
                self._free.extend(reversed(pages[place * size : (place + 1) * size]))
                continue
            block.users -= 1
            if not block.users:
                self._idle[block.hash] = block
        pages.clear()
        blocks.clear()

    def _reclaim(self, wanted: int) -> bool:
        """Evict unused blocks until `wanted` pages are free; False, and nothing changes, when there are too few."""
        if wanted > self.free:
            return False
        if more := min(max(wanted - len(self._free), FRESH), self.pages - self._fresh):
            self._free[:0] = range(self._fresh + more - 1, self._fresh - 1, -1)
            self._fresh += more
        while len(self._free) < wanted:
            name, block = self._idle.popitem(last=False)
            del self._blocks[name]
            self._free.extend(block.pages)
            self.tiers.demote(name, DEVICE)
        return True
