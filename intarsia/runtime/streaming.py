"""Weights that are larger than memory may hold: the layers' streamed parts are read from the weight file while the layers before them run.

    memory:   [ always there ............ | layer 0: resident |   streamed   | layer 1: resident |   streamed   | ...
                                                                 ^ read before layer 0 runs, given back when it has run

Every weight keeps its place in one range of addresses, as if all of them were in memory, so that native code is the same; but pages of streamed parts are there
only from when they are read until their layer has run. At most `window` bytes of them are. Reads go past the system's page cache (O_DIRECT, where the file system
has it), so that what is saved here is not held there. A step's last layers are followed by the first ones of the next step: between steps the reader fills its window.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import mmap
import os
import threading
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np

from intarsia.errors import BundleError, RuntimeFailure, Where
from intarsia.ir import step_abi as abi

PIECE = 8 << 20
"""Bytes of one read."""
READERS = 2
"""Threads that read: while one is woken, takes room and asks for more, the disk works for the other."""
MADV_NOHUGEPAGE = 15
MAP_NORESERVE = 0x4000  # Linux; named in Python's mmap from 3.13 on
MREMAP_MAYMOVE, MREMAP_FIXED, MREMAP_DONTUNMAP = 1, 2, 4  # mremap(2); the last since Linux 5.7
FUTEX, FUTEX_WAIT, FUTEX_WAKE = 202, 128, 129  # futex(2) on x86-64, private
WAIT_NS = 2_000_000
"""A sleep's bound, should a wake be lost."""
MEND = "compile again, or copy the whole directory"


class _Timespec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_int64), ("nanoseconds", ctypes.c_int64)]


class WeightStream:
    """A weight file of `size` bytes, of which `plan` (the manifest's "stream") says what is streamed: {window, layers: [[begin, end], ...]}, in whole pages.

    `memory` holds the weights; `shared` is the stream that native code sees (ir/step_abi.py). Raises BundleError for a file that is missing or of another size, or a
    plan whose window holds no layer.
    """

    def __init__(self, path: Path, size: int, plan: dict[str, Any]) -> None:
        self.path, self.size = path, size
        self.layers: list[tuple[int, int]] = [(begin, end) for begin, end in plan["layers"]]
        self.window = int(plan["window"])
        self._check()
        self._file, self._direct = _open(path)
        self.memory = anonymous(-(-size // mmap.PAGESIZE) * mmap.PAGESIZE)
        self.memory.madvise(MADV_NOHUGEPAGE)
        self.shared = anonymous(abi.STREAM_BYTES)
        self._words = np.frombuffer(self.shared, np.int64)
        self._failure: OSError | None = None
        self._stop = False
        self._room, self._turns, self._ready = _Room(self.memory, self.window), threading.Lock(), threading.Lock()
        self._next, self._read_layers = 0, set[int]()
        try:
            self._read_resident()
        except OSError as error:
            os.close(self._file)
            raise BundleError(f"cannot read the weights: {error.strerror}", where=Where(str(path)), mend=MEND) from None
        self._threads = [threading.Thread(target=self._work, daemon=True, name=f"intarsia-reader-{number}") for number in range(READERS)]
        for thread in self._threads:
            thread.start()

    def _check(self) -> None:
        try:
            found = self.path.stat().st_size
        except OSError as error:
            raise BundleError(f"cannot read the weights: {error.strerror}", where=Where(str(self.path)), mend=MEND) from None
        if found != self.size:
            raise BundleError(f"the weights have {found} bytes instead of {self.size}", where=Where(str(self.path)), mend=MEND)
        ends = [0, *(place for layer in self.layers for place in layer)]
        if ends != sorted(ends) or ends[-1] > self.size or any(place % 4096 for place in ends):
            raise BundleError("the layers that are streamed don't lie in order on whole pages of the weight file", where=Where(str(self.path)), mend=MEND)
        largest = max(end - begin for begin, end in self.layers)
        if not 0 < largest <= self.window:
            raise BundleError(f"a layer of {largest} streamed bytes has no room in a window of {self.window}", where=Where(str(self.path)), mend="compile again")

    @property
    def passed(self) -> int:
        """Layers that have run, over all steps."""
        return int(self._words[abi.PASSED // 8])

    @property
    def stalled_ns(self) -> int:
        """Nanoseconds that threads have slept for a layer, all together."""
        return int(self._words[abi.STREAM_STALLS // 8])

    def finish(self, before: int) -> None:
        """A step that began when `before` layers had passed is over. Raises RuntimeFailure where the file couldn't be read: the step's results are worth nothing."""
        self._words[abi.PASSED // 8] = before + len(self.layers)
        self._wake(abi.PASSED)
        if self._failure is not None:
            raise RuntimeFailure(f"cannot read the weights: {self._failure.strerror or self._failure}", where=Where(str(self.path)), mend="load the bundle again")

    def await_layer(self, layer: int) -> None:
        """What native code does before a layer: sleep until all up to `layer` (counted over all steps) are there. For whoever takes layers without native code."""
        while (count := int(self._words[abi.READY // 8])) <= layer:
            _futex(self._words.ctypes.data + abi.READY, FUTEX_WAIT, count & 0xFFFFFFFF, ctypes.byref(_Timespec(0, WAIT_NS)))

    def close(self) -> None:
        """End the readers. No step may run any more."""
        self._stop = True
        self._wake(abi.PASSED)
        for thread in self._threads:
            thread.join()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    # The readers.

    def _work(self) -> None:
        """A reader's life: the next layer as soon as there is room for it."""
        try:
            while (turn := self._turn()) is not None:
                layer, begin, end = turn
                self._read(begin, end)
                self._publish(layer)
        except OSError as error:
            self._fail(error)

    def _turn(self) -> tuple[int, int, int] | None:
        """The next layer's number, begin and end, once there is room; None when the stream is closed. Of several readers one waits, the others for their turn."""
        with self._turns:
            begin, end = self.layers[self._next % len(self.layers)]
            while not self._stop:
                passed = self.passed
                if self._room.take(begin, end, passed):
                    self._room.held.append((self._next, begin, end))
                    self._next += 1
                    return self._next - 1, begin, end
                self._sleep(passed)
        return None

    def _publish(self, layer: int) -> None:
        """Tell native code of the layers that are there: all before the first that is not, whatever the order in which they came."""
        with self._ready:
            self._read_layers.add(layer)
            count = int(self._words[abi.READY // 8])
            while count in self._read_layers:
                self._read_layers.remove(count)
                count += 1
            if self._failure is None:
                self._words[abi.READY // 8] = count
                self._wake(abi.READY)

    def _fail(self, error: OSError) -> None:
        """Lets the step run to its end, on whatever is there, so that it can be told."""
        with self._ready:
            self._failure = error
            self._words[abi.READY // 8] = 1 << 62
        self._stop = True
        self._wake(abi.READY)

    def _read_resident(self) -> None:
        """All that stays in memory."""
        ends = [0, *(place for layer in self.layers for place in layer), self.size]
        for begin, end in zip(ends[::2], ends[1::2], strict=True):
            self._read(begin, end)

    def _read(self, begin: int, end: int) -> None:
        """Bytes [begin, end) of the file into their place; whole pages, past the file's end too."""
        view = memoryview(self.memory)
        while begin < end:
            upto = min(-(-end // mmap.PAGESIZE) * mmap.PAGESIZE, begin + PIECE)
            got = self._pread(view[begin:upto], begin)
            if not got:
                raise OSError(errno.EIO, "the file ends too soon")
            begin += got

    def _pread(self, target: memoryview, begin: int) -> int:
        try:
            got = os.preadv(self._file, [target], begin)
        except OSError as error:
            if error.errno != errno.EINVAL or not self._direct:
                raise
            self._direct = False  # some file systems open a file so, and then refuse to read it
            fcntl.fcntl(self._file, fcntl.F_SETFL, fcntl.fcntl(self._file, fcntl.F_GETFL) & ~os.O_DIRECT)
            got = os.preadv(self._file, [target], begin)
        if not self._direct:
            os.posix_fadvise(self._file, begin, got, os.POSIX_FADV_DONTNEED)
        return got

    # Waking and sleeping.

    def _wake(self, word: int) -> None:
        _futex(self._words.ctypes.data + word, FUTEX_WAKE, 1 << 30, None)

    def _sleep(self, seen: int) -> None:
        """Until layers beyond those seen have passed, or for a moment."""
        self._words[abi.PASSED_SLEEPERS // 8] = 1
        if not self._stop:
            _futex(self._words.ctypes.data + abi.PASSED, FUTEX_WAIT, seen & 0xFFFFFFFF, ctypes.byref(_Timespec(0, WAIT_NS)))
        self._words[abi.PASSED_SLEEPERS // 8] = 0


class _Room:
    """The window: pages of layers that were read (`held`: layer, begin, end), and of layers that have run (`spare`), which go to the next layer of the same size.

    Pages move by mremap(2): to give them back and take fresh ones costs more than to read them, as the system clears them.
    """

    def __init__(self, memory: mmap.mmap, window: int) -> None:
        self.memory, self.free = memory, window
        self.address = int(np.frombuffer(memory, np.uint8).ctypes.data)
        self.held: deque[tuple[int, int, int]] = deque()
        self.spare: deque[tuple[int, int]] = deque()

    def take(self, begin: int, end: int, passed: int) -> bool:
        """Room for [begin, end), where layers before `passed` have run; False where there is none yet."""
        while self.held and self.held[0][0] < passed:
            self.spare.append(self.held.popleft()[1:])
        while self.spare:
            first, past = self.spare.popleft()
            if past - first == end - begin and self._move(first, begin, end - begin):
                return True
            if first < past:
                self.memory.madvise(mmap.MADV_DONTNEED, first, past - first)
            self.free += past - first
        if self.free < end - begin:
            return False
        self.free -= end - begin
        return True

    def _move(self, source: int, target: int, size: int) -> bool:
        """Whether the pages at `source` are now at `target`; what was there stays mapped, and empty."""
        if source == target or not size:
            return True
        moved = _mremap(self.address + source, size, size, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, self.address + target)
        return moved == self.address + target


_mremap = ctypes.CDLL(None).mremap
_mremap.argtypes, _mremap.restype = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int, ctypes.c_void_p), ctypes.c_void_p


def _futex(address: int, operation: int, value: int, bound: Any) -> None:
    """futex(2): the interpreter's lock is released in it."""
    _syscall(FUTEX, address, operation, value, bound, None, 0)


_syscall = ctypes.CDLL(None).syscall
_syscall.argtypes = (ctypes.c_long, ctypes.c_void_p, ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long)


def anonymous(size: int) -> mmap.mmap:
    """Zeroed memory that takes room page by page, when touched. Raises RuntimeFailure where the system refuses it."""
    try:
        return mmap.mmap(-1, max(size, mmap.PAGESIZE), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_NORESERVE)
    except (OSError, OverflowError, ValueError) as error:
        raise RuntimeFailure(f"cannot reserve {size} bytes of memory: {error}", mend="compile with less context, fewer sequences, or a smaller memory bound") from None


def _open(path: Path) -> tuple[int, bool]:
    """The file, and whether it is read past the page cache, which not every file system allows."""
    try:
        try:
            return os.open(path, os.O_RDONLY | os.O_DIRECT), True
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            return os.open(path, os.O_RDONLY), False
    except OSError as error:
        raise BundleError(f"cannot open the weights: {error.strerror}", where=Where(str(path)), mend=MEND) from None
