"""Taking turns at a device."""

from __future__ import annotations

import threading
from types import TracebackType


class Turns:
    """A lock that nobody can take twice in a row while another waits.

    A thread that steps in a loop lets a plain lock go for microseconds, too short for a sleeping thread to wake up and take it.
    Here the next one in waits at the lock with the door shut behind it.
    """

    def __init__(self) -> None:
        self._door, self._lock = threading.Lock(), threading.Lock()

    def __enter__(self) -> None:
        with self._door:
            self._lock.acquire()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._lock.release()
