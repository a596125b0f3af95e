"""Inner loops written in Python and run as machine code.

    @part
    def add(row: Reals, out: Reals) -> None: ...                      # Python to whoever calls it from Python; compiled into the entries that call it

    @entry
    def sums(tables: Tables, times: int, out: Reals) -> None: ...     # machine code; arrays, named tuples of arrays and numbers, whole numbers and reals go in

An entry is compiled once for a machine (`compiler.py`, a tenth of a second on average), with those of its module that share parts with it; the object is kept in the user's
cache, and loaded from there in a millisecond. What works for seconds at a time is a `long_entry`, at which LLVM works harder.
It gives nothing back: it writes into its arrays. No loop makes arrays or raises. Parts and constants that it uses are names of its module. `statements.py` and
`expressions.py` say in which part of Python it may be written.

Arrays are handed over as they are: their place, shape and type are read where NumPy keeps them (the struct PyArrayObject_fields of its C interface).
Objects are loaded as a bundle's are; where that is not possible (other machines than x86-64 ones with Linux), LLVM loads them.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from intarsia.loops.entry import Bound, Entry, entry, long_entry, part

__all__ = ["Bound", "Entry", "RealBlocks", "RealGrids", "RealRows", "Reals", "WholeBlocks", "WholeRows", "Wholes", "entry", "long_entry", "part"]

Reals = Annotated[NDArray[np.float64], 1]
RealRows = Annotated[NDArray[np.float64], 2]
RealBlocks = Annotated[NDArray[np.float64], 3]
RealGrids = Annotated[NDArray[np.float64], 4]
Wholes = Annotated[NDArray[np.int64], 1]
WholeRows = Annotated[NDArray[np.int64], 2]
WholeBlocks = Annotated[NDArray[np.int64], 3]
"""Arrays of an entry, which must lie in one piece: the number says how many axes they have."""
