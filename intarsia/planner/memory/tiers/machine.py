"""Memories and the links between them, as the planners of this package see them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from intarsia.errors import InputError

MOST_BYTES = 2.0**62


@dataclass(frozen=True)
class Memory:
    """A memory of `bytes`. `in_place` is the bytes/s at which what lies there can be worked on without moving it (0: it can't)."""

    name: str
    bytes: float
    in_place: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.bytes <= MOST_BYTES or self.in_place < 0:
            raise InputError(f"a memory needs from 0 to 2^62 bytes, and a rate of zero or more, found {self.bytes:g} and {self.in_place:g}", where=self.name)


@dataclass(frozen=True)
class Link:
    """One way between two memories: bytes/s, and seconds that each transfer takes besides."""

    source: str
    target: str
    bandwidth: float
    latency_s: float = 0.0

    @property
    def name(self) -> str:
        return f"{self.source}_to_{self.target}"

    def __post_init__(self) -> None:
        if not 0 < self.bandwidth < math.inf or not 0 <= self.latency_s < math.inf:
            raise InputError(f"a link needs a bandwidth greater than zero and a latency of zero or more, found {self.bandwidth:g} and {self.latency_s:g}", where=self.name)


@dataclass(frozen=True)
class Machine:
    """Memories, the fastest first; work is done on what lies in the first. Links join neighbours."""

    memories: tuple[Memory, ...]
    links: tuple[Link, ...]

    def __post_init__(self) -> None:
        names = [memory.name for memory in self.memories]
        if not names or len(set(names)) < len(names):
            raise InputError(f"a machine needs memories of different names, found {', '.join(names) or 'none'}")
        for link in self.links:
            if link.source not in names or link.target not in names or abs(names.index(link.source) - names.index(link.target)) != 1:
                raise InputError("a link joins two memories next to each other in the order of their speed", where=link.name, mend=f"memories are {', '.join(names)}")

    @property
    def fast(self) -> Memory:
        return self.memories[0]

    def up(self, memory: str) -> list[Link]:
        """The links over which bytes of `memory` come to the first one. Raises InputError where one is missing."""
        names = [m.name for m in self.memories]
        return [self._link(names[i], names[i - 1]) for i in range(names.index(memory), 0, -1)]

    def down(self, memory: str) -> list[Link]:
        """The links over which bytes of the first memory come to `memory`."""
        names = [m.name for m in self.memories]
        return [self._link(names[i], names[i + 1]) for i in range(names.index(memory))]

    def _link(self, source: str, target: str) -> Link:
        for link in self.links:
            if (link.source, link.target) == (source, target):
                return link
        raise InputError(f"no link leads from {source} to {target}", mend="add one to the machine")
