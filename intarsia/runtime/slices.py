"""Time slices: a thread that sleeps most of the time asks for a short one, and so gets a core soon after it wakes, although others compute there.

From Linux 6.12 on an ordinary thread may ask for the length of its slices (sched_setattr(2): `sched_runtime` of SCHED_OTHER); one that wakes with a shorter slice need not
wait until the running one's is over. Threads inherit theirs from the one that starts them. Older systems ignore the wish, and those that know no such call refuse it: then
nothing changes.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterator
from contextlib import contextmanager

SHORT_NS = 100_000
"""The shortest that the system grants."""
SETATTR, GETATTR = 314, 315  # x86-64
ATTRIBUTES = struct.Struct("=IIQiIQQQII")  # struct sched_attr, its first version and two words more: size, policy, flags, nice, priority, runtime, deadline, period, utilisation
RUNTIME = 5
"""Its place in the structure."""

_syscall = ctypes.CDLL(None).syscall
_syscall.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_long, ctypes.c_long)


@contextmanager
def short(length_ns: int = SHORT_NS) -> Iterator[None]:
    """The calling thread, and threads that it starts meanwhile, with short slices."""
    before = length()
    _ask(length_ns)
    try:
        yield
    finally:
        _ask(before)


def length() -> int:
    """Nanoseconds of the calling thread's slices; 0 where the system doesn't say."""
    return _attributes()[RUNTIME]


def _attributes() -> list[int]:
    memory = ctypes.create_string_buffer(ATTRIBUTES.size)
    known = _syscall(GETATTR, 0, ctypes.addressof(memory), ATTRIBUTES.size, 0) == 0
    return list(ATTRIBUTES.unpack(memory.raw)) if known else [0] * 10


def _ask(length_ns: int) -> None:
    wanted = _attributes()
    if length_ns == wanted[RUNTIME] or not wanted[0]:
        return
    wanted[RUNTIME] = length_ns
    memory = ctypes.create_string_buffer(ATTRIBUTES.pack(*wanted), ATTRIBUTES.size)
    _syscall(SETATTR, 0, ctypes.addressof(memory), 0, 0)
