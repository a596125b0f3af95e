"""Shared memory of the CTAs that run together, with a record of who touched what since which barrier.

Time is a counter that every barrier and fence moves on. Each granule (the narrowest access of the kernel) knows when it was last written and by whom, and when
each warp last read it. Each warp knows up to which time it has seen what every other warp did: barriers of the CTA tell all of it to all, barriers of some warps and
mbarriers tell those who wait what those who arrived had done and seen (vector clocks). Two accesses by different warps, one of them a write, of which the later
has not seen the earlier are a race whatever order they happened to run in.
"""

from __future__ import annotations

import numpy as np

from intarsia.codegen.verify.ptx.faults import fault
from intarsia.codegen.verify.ptx.lanes import WARP
from intarsia.codegen.verify.ptx.program import Instruction
from intarsia.codegen.verify.ptx.types import WIDE, Array

NEVER = 0
PENDING = np.int32(2**30)
"""The time of writing of what an asynchronous copy has yet to write; in records of reads, of what a wgmma has yet to read."""
DONE = np.int32(2**29)
ATOMIC, COPIED = -WARP, -2 * WARP
"""The writers of what an atomic operation, and what the bulk copy engine wrote: no thread of any warp."""
FIRST = 1
"""The time at which a CTA begins."""
OTHERS = 2
"""Beside its warps, who writes a CTA's memory: the bulk copy engine, and atomic operations, which only barriers of the whole CTA order."""


class SharedMemory:
    """`size` bytes for each of `ctas`, of `threads` threads each; threads are numbered through all CTAs."""

    def __init__(self, ctas: int, threads: int, size: int, granule: int) -> None:
        self.ctas, self.threads, self.size, self.granule = ctas, threads, size, granule
        self.stride = max(-(-size // 16) * 16, 16)
        self.flat = np.zeros(ctas * self.stride, np.uint8)
        self.per_cta = self.stride // granule
        self.warps = threads // WARP
        self.written = np.zeros(ctas * self.per_cta, np.int32)
        self.writer = np.zeros(ctas * self.per_cta, np.int32)
        self.read = np.zeros((self.warps, ctas * self.per_cta), np.int32)
        lane = np.arange(ctas * threads)
        self.base = (lane // threads) * self.stride
        self.cta, self.warp, self.warp_in_cta = lane // threads, lane // WARP, lane % threads // WARP
        self.reset()

    def reset(self) -> None:
        """As it is when a CTA begins."""
        self.flat.fill(0xFF)
        self.written.fill(NEVER)
        self.read.fill(NEVER)
        self.now = FIRST
        self.barrier = np.ones(self.ctas, np.int32)
        self.seen = np.ones((self.ctas * self.warps, self.warps + OTHERS), np.int32)
        self.warp_sync = np.ones(self.ctas * self.warps, np.int32)
        self.proxy_fence = np.zeros(self.ctas * self.warps, np.int32)
        self.floor = 1
        self.last_read = 0

    # ---- time

    def tick(self) -> int:
        self.now += 1
        return self.now

    def pass_barrier(self, ctas: Array) -> None:
        """All threads of these CTAs have met."""
        self.barrier[ctas] = self.tick()
        self.seen.reshape(self.ctas, -1)[ctas] = self.now
        self.floor = int(self.barrier.min())

    def finish(self, ctas: Array) -> None:
        """These CTAs have ended; they no longer hold the floor down."""
        self.barrier[ctas] = DONE
        self.floor = min(int(self.barrier.min()), self.now)

    def sync_warps(self, warps: Array) -> None:
        self.warp_sync[warps] = self.tick()

    def fence_proxy(self, warps: Array) -> None:
        self.proxy_fence[warps] = self.tick()

    def done_by(self, warp: int) -> Array:
        """What a warp has seen and done until now, to be told to those who wait for it."""
        told = self.seen[warp].copy()
        told[warp % self.warps] = self.tick()
        return told

    def tell(self, warps: Array, told: Array) -> None:
        """These warps have waited. Of what they did themselves they learn nothing: their lanes haven't met."""
        kept = self.seen[warps, warps % self.warps]
        self.seen[warps] = np.maximum(self.seen[warps], told)
        self.seen[warps, warps % self.warps] = kept

    def engine_done(self) -> tuple[int, Array]:
        """The time at which the bulk copy engine has written, and what those who wait for it are told."""
        written, told = self.now, np.zeros(self.warps + OTHERS, np.int32)
        told[self.warps] = self.tick()
        return written, told

    # ---- access

    def places(self, addresses: Array, lanes: Array, width: int, what: str, instruction: Instruction) -> Array:
        """Bytes in the flat memory of addresses in shared memory. Raises KernelFault out of bounds or out of alignment."""
        if int(addresses.max()) + width > self.size:
            beyond = int(np.argmax(addresses))
            raise fault("bounds", f"a shared {what} of {width} bytes at byte {int(addresses[beyond])} of {self.size}{self._who(int(lanes[beyond]))}", instruction)
        if width > 1 and int(np.bitwise_or.reduce(addresses)) & (width - 1):
            raise fault("alignment", f"a shared {what} of {width} bytes at an address that is no multiple of {width}", instruction)
        return self.base[lanes] + addresses.astype(np.int64, copy=False)

    def load(self, places: Array, lanes: Array, width: int, instruction: Instruction) -> Array:
        """What the threads read, as elements of WIDE[width]."""
        self.check_read(self.granules(places, width), lanes, instruction)
        return self.flat.view(WIDE[width])[places >> (width.bit_length() - 1)]

    def store(self, places: Array, lanes: Array, values: Array, width: int, instruction: Instruction) -> None:
        granules = self.granules(places, width)
        self.check_write(granules, lanes, instruction)
        view, index = self.flat.view(WIDE[width]), places >> (width.bit_length() - 1)
        view[index] = values
        self._one_writer(granules, lanes, values, view[index], instruction)
        self.written[granules] = self.now

    def granules(self, places: Array, width: int) -> Array:
        """Numbers of the granules touched: one row a thread."""
        first = (places // self.granule)[:, None]
        return first if width <= self.granule else first + np.arange(width // self.granule)

    def check_read(self, granules: Array, lanes: Array, instruction: Instruction) -> None:
        """Records a read; raises KernelFault where it may see something else than what was written for it."""
        written = self.written[granules]
        if int(written.min()) == NEVER:
            at = np.argwhere(written == NEVER)[0]
            raise fault("uninitialised", f"byte {self._byte(granules, at)} of shared memory is read, which nobody wrote{self._who(int(lanes[at[0]]))}", instruction)
        if int(written.max()) >= self.floor:
            self._compare(written, granules, lanes, "read", instruction)
        self.read[self.warp_in_cta[lanes][:, None], granules] = self.now
        self.last_read = self.now

    def check_write(self, granules: Array, lanes: Array, instruction: Instruction) -> None:
        """Raises KernelFault where somebody else may still read or write what is about to be written."""
        written = self.written[granules]
        if int(written.max()) >= self.floor:
            self._compare(written, granules, lanes, "written", instruction)
        if self.last_read >= self.floor:
            self._not_being_read(granules, lanes, instruction)

    def update(self, granules: Array, lanes: Array, instruction: Instruction) -> None:
        """An atomic operation: it may meet others of its kind, but nobody else's reads and writes."""
        written, writer = self.written[granules], self.writer[granules]
        ordinary = np.where(writer == ATOMIC, np.int32(NEVER), written)
        if int(written.min()) == NEVER:
            raise fault("uninitialised", "an atomic operation on shared memory that nobody wrote", instruction)
        if int(ordinary.max()) >= self.floor:
            self._compare(ordinary, granules, lanes, "updated", instruction)
        if self.last_read >= self.floor:
            self._not_being_read(granules, lanes, instruction)
        self.written[granules], self.writer[granules] = self.now, ATOMIC

    def _compare(self, written: Array, granules: Array, lanes: Array, what: str, instruction: Instruction) -> None:
        writer = self.writer[granules]
        column = np.where(writer >= 0, writer % self.threads // WARP, self.warps + (writer == ATOMIC))
        fresh = written >= self.seen[self.warp[lanes][:, None], column]
        if not fresh.any():
            return
        if bool((written == PENDING).any()):
            at = np.argwhere(written == PENDING)[0]
            byte, who = self._byte(granules, at), self._who(int(lanes[at[0]]))
            raise fault("pending", f"byte {byte} of shared memory is {what} while an asynchronous copy to it is on its way{who}", instruction)
        other = writer // WARP != self.warp[lanes][:, None]
        if bool((fresh & other).any()):
            at = np.argwhere(fresh & other)[0]
            raise fault("race", f"byte {self._byte(granules, at)} of shared memory is {what} by warp {self._warp(lanes, at)}, and was written by "
                        f"{self._writer(int(writer[tuple(at)]))} with no barrier since", instruction)  # fmt: skip
        near = (written >= self.warp_sync[self.warp[lanes]][:, None]) & fresh & (writer != lanes[:, None])
        if bool(near.any()) and what == "read":
            at = np.argwhere(near)[0]
            raise fault("race", f"byte {self._byte(granules, at)} of shared memory is read by a lane, and was written by another lane of warp {self._warp(lanes, at)} "
                        "with no bar.warp.sync since", instruction)  # fmt: skip

    def _not_being_read(self, granules: Array, lanes: Array, instruction: Instruction) -> None:
        read = self.read[:, granules]
        fresh = read >= self.seen[self.warp[lanes], : self.warps].T[:, :, None]
        if not fresh.any():
            return
        others = np.arange(self.warps)[:, None, None] != self.warp_in_cta[lanes][None, :, None]
        bad = fresh & (others | (read == PENDING))
        if bool(bad.any()):
            reader, thread, granule = np.argwhere(bad)[0]
            late = " by a wgmma that nobody waited for" if read[reader, thread, granule] == PENDING else " with no barrier since"
            raise fault("race", f"byte {self._byte(granules, (thread, granule))} of shared memory is written by warp {self._warp(lanes, (thread,))}, "
                        f"and read by warp {reader}{late}", instruction)  # fmt: skip

    def _one_writer(self, granules: Array, lanes: Array, values: Array, found: Array, instruction: Instruction) -> None:
        """Of threads that write one granule in the same instruction, the last one wins; that is a race where warps differ and values do."""
        self.writer[granules] = lanes[:, None]
        lost = (self.writer[granules] != lanes[:, None]).any(1)
        if bool(lost.any()):
            differ = lost & (values.view(np.uint8).reshape(lanes.size, -1) != found.view(np.uint8).reshape(lanes.size, -1)).any(1)
            if bool(differ.any()):
                at = np.argwhere(differ)[0]
                byte, who = self._byte(granules, (at[0], 0)), self._who(int(lanes[at[0]]))
                raise fault("race", f"byte {byte} of shared memory gets different values from several threads at once{who}", instruction)

    # ---- asynchronous access

    def expect_copy(self, granules: Array, lanes: Array, instruction: Instruction) -> None:
        """An asynchronous copy may write these granules from now on."""
        self.check_write(granules, lanes, instruction)
        self.written[granules] = PENDING
        self.writer[granules] = lanes[:, None]

    def land(self, granules: Array) -> None:
        """A copy's issuer has waited for it: the bytes are there, as if it had written them now."""
        self.written[granules] = self.now

    def land_bulk(self, granules: Array, time: int) -> None:
        """A bulk copy's barrier was waited for: the bytes are there for all who waited, written at this time by the proxy that wgmma reads through."""
        self.written[granules], self.writer[granules] = time, COPIED

    def check_proxy(self, granules: Array, warps: Array, instruction: Instruction) -> None:
        """wgmma reads through the async proxy: a fence.proxy.async of the readers, or of the writer, must follow the write."""
        written, writer = self.written[granules], self.writer[granules] // WARP
        unfenced = (written >= int(self.proxy_fence[warps].min())) & (written >= self.proxy_fence[writer]) & (writer != COPIED // WARP)
        if bool(unfenced.any()):
            at = np.argwhere(unfenced)[0]
            raise fault("race", f"byte {self._byte(granules, at)} of shared memory is read by wgmma, with no fence.proxy.async since it was written", instruction)

    # ---- words

    def _byte(self, granules: Array, at: Array | tuple[int, ...]) -> int:
        return int(granules[tuple(at)]) % self.per_cta * self.granule

    def _writer(self, writer: int) -> str:
        return f"warp {writer % self.threads // WARP}" if writer >= 0 else "an atomic operation" if writer == ATOMIC else "a bulk copy that it did not wait for"

    def _warp(self, lanes: Array, at: Array | tuple[int, ...]) -> int:
        return int(self.warp_in_cta[lanes[at[0]]])

    def _who(self, lane: int) -> str:
        return f" (thread {lane % self.threads}, CTA {lane // self.threads} of those that run together)"
