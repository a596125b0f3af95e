"""Offsets of buffers whose lifetimes are known, in as little memory as possible."""
