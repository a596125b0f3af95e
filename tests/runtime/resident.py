"""What of a mapping is in memory."""

from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np


def resident_bytes(memory: mmap.mmap) -> int:
    """How many bytes of a mapping are in memory (/proc/self/smaps)."""
    address = int(np.frombuffer(memory, np.uint8).ctypes.data)
    total, inside = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        name, _, rest = line.partition(" ")
        if "-" in name and not name.endswith(":"):
            low, _, high = name.partition("-")
            inside = address <= int(low, 16) and int(high, 16) <= address + len(memory)
        elif inside and name == "Rss:":
            total += 1024 * int(rest.split()[0])
    return total
