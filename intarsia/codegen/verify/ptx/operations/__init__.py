"""Instructions by family. Importing this package fills the table."""

from intarsia.codegen.verify.ptx.operations import arithmetic, asynchronous, atomic, bulk, compare, convert, integer, logic, matrix, memory, move, special, sync, warp, wgmma

__all__ = ["arithmetic", "asynchronous", "atomic", "bulk", "compare", "convert", "integer", "logic", "matrix", "memory", "move", "special", "sync", "warp", "wgmma"]
