"""Global memory: the arrays that a kernel was given, each in a window of its own of 4 GiB, so that no address beyond one array lies in another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from intarsia.codegen.verify.ptx.faults import fault
from intarsia.codegen.verify.ptx.program import Instruction
from intarsia.codegen.verify.ptx.types import WIDE, Array
from intarsia.errors import InputError

WINDOW_BITS = 32
FIRST = 0x7F00
"""Number of the first window: addresses look like a GPU's, and none fits 32 bits."""
ALIGN = 256
"""What cudaMalloc promises of an address; windows begin at an odd multiple, so that nothing more than this holds by chance."""


@dataclass(frozen=True)
class Region:
    """Bytes that one or several overlapping arguments cover. `start` is the place in the flat memory."""

    label: str
    data: Array
    start: int


class GlobalMemory:
    """All regions in one flat array; `loaded` and `stored` mark bytes that were touched."""

    def __init__(self, arrays: list[tuple[str, Array]]) -> None:
        self.regions: list[Region] = []
        self._address: list[int] = []
        spans = _merge(arrays)
        self._of_argument = [place for place, _ in spans[1]]
        self._offset = [offset for _, offset in spans[1]]
        at = 0
        for label, data in spans[0]:
            self.regions.append(Region(label, data, at))
            at += -(-data.size // 16) * 16
        self.flat = np.zeros(max(at, 16), np.uint8)
        self.loaded, self.stored = np.zeros_like(self.flat), np.zeros_like(self.flat)
        self.starts = np.array([region.start for region in self.regions] or [0], np.int64)
        self.sizes = np.array([region.data.size for region in self.regions] or [0], np.int64)
        for region in self.regions:
            self.flat[region.start : region.start + region.data.size] = region.data

    def address(self, argument: int) -> int:
        """The address of the `argument`-th array."""
        return self.window(self._of_argument[argument]) + self._offset[argument]

    def window(self, region: int) -> int:
        return (FIRST + region << WINDOW_BITS) + ALIGN

    def write_back(self) -> None:
        """Puts what the kernel stored into the caller's arrays."""
        for region in self.regions:
            stored = self.stored[region.start : region.start + region.data.size].view(bool)
            if stored.any():
                np.copyto(region.data, self.flat[region.start : region.start + region.data.size], where=stored)

    def locate(self, addresses: Array, width: int, what: str, instruction: Instruction) -> tuple[Array, Array | int]:
        """Places in the flat memory, and the regions (one number where all are the same). Raises KernelFault out of bounds or out of alignment."""
        region = (addresses >> np.uint64(WINDOW_BITS)).view(np.int64) - FIRST
        offset = (addresses & np.uint64((1 << WINDOW_BITS) - 1)).view(np.int64) - ALIGN
        first = int(region[0])
        same = bool((region == first).all())
        if not (0 <= first < len(self.regions)) if same else bool(((region < 0) | (region >= len(self.regions))).any()):
            raise self._outside(addresses, width, what, instruction)
        size = self.sizes[first] if same else self.sizes[region]
        if int(offset.min()) < 0 or (int(offset.max()) > size - width if same else bool((offset > size - width).any())):
            raise self._outside(addresses, width, what, instruction)
        if width > 1 and int(np.bitwise_or.reduce(offset)) & (width - 1):
            raise fault("alignment", f"a global {what} of {width} bytes at an address that is no multiple of {width}", instruction)
        return offset + (self.starts[first] if same else self.starts[region]), first if same else region

    def _outside(self, addresses: Array, width: int, what: str, instruction: Instruction) -> Exception:
        for address in addresses.tolist():
            region, offset = (address >> WINDOW_BITS) - FIRST, (address & ((1 << WINDOW_BITS) - 1)) - ALIGN
            if not 0 <= region < len(self.regions):
                nearest = len(self.regions) and region == -1
                return fault("bounds", f"a global {what} of {width} bytes at {address:#x}, {'before' if nearest else 'where no argument is'}", instruction)
            if offset < 0 or offset + width > self.sizes[region]:
                signed = offset - (1 << WINDOW_BITS) if offset > 1 << (WINDOW_BITS - 1) else offset
                return fault("bounds", f"a global {what} of {width} bytes at byte {signed} of {self.regions[region].label}, which has {self.sizes[region]}", instruction)
        raise AssertionError("every address is inside")

    def view(self, width: int) -> Array:
        return self.flat.view(WIDE[width])


def _merge(arrays: list[tuple[str, Array]]) -> tuple[list[tuple[str, Array]], list[tuple[int, int]]]:
    """Regions of bytes, and for each array its region and offset there. Arrays that overlap share one."""
    for label, array in arrays:
        if not array.flags.c_contiguous or not array.flags.writeable:
            raise InputError(f"{label} is not a contiguous array that can be written", mend="pass np.ascontiguousarray(...)")
    spans = [_span(array) for _, array in arrays]
    regions: list[tuple[int, int, list[int]]] = []
    for place in sorted(range(len(arrays)), key=lambda i: spans[i]):
        low, high = spans[place]
        if regions and low < regions[-1][1]:
            regions[-1] = regions[-1][0], max(regions[-1][1], high), [*regions[-1][2], place]
        else:
            regions.append((low, high, [place]))
    order = sorted(range(len(regions)), key=lambda r: min(regions[r][2]))
    found: list[tuple[str, Array]] = []
    where: dict[int, tuple[int, int]] = {}
    for number, r in enumerate(order):
        low, high, members = regions[r]
        found.append((" and ".join(arrays[i][0] for i in sorted(members)), _bytes(arrays, members, high - low)))
        where.update({i: (number, spans[i][0] - low) for i in members})
    return found, [where[i] for i in range(len(arrays))]


def _span(array: Array) -> tuple[int, int]:
    start = array.__array_interface__["data"][0]
    return start, start + array.nbytes


def _bytes(arrays: list[tuple[str, Array]], members: list[int], size: int) -> Array:
    widest = max(members, key=lambda i: arrays[i][1].nbytes)
    if arrays[widest][1].nbytes < size:
        raise InputError(f"{' and '.join(arrays[i][0] for i in members)} overlap in part", mend="pass arrays that are apart, or one within the other")
    return arrays[widest][1].reshape(-1).view(np.uint8)
