"""Loads a compiled object into memory: a relocatable ELF file of an x86-64 Linux machine, with no linker and no LLVM.

The objects use the large code model, so that every reference is a 64-bit address (R_X86_64_64) of one of their own
sections or of a function of the C library. Anything else is refused.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intarsia.errors import BundleError, Where

HEADER, SECTION, SYMBOL, RELOCATION = struct.Struct("<16sHHIQQQIHHHHHH"), struct.Struct("<IIQQQQIIQQ"), struct.Struct("<IBBHQQ"), struct.Struct("<QQq")
RELOCATABLE, X86_64 = 1, 62
SYMTAB, RELA, NOBITS = 2, 4, 8
WRITE, ALLOC = 1, 2
R_X86_64_64 = 1
UNDEFINED = 0


@dataclass(frozen=True)
class Section:
    """One entry of the section table."""

    name: str
    kind: int
    flags: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int

    @property
    def loaded(self) -> bool:
        """Whether its bytes are needed at run time; unwind tables are not, for nothing here throws."""
        return bool(self.flags & ALLOC) and self.size > 0 and not self.name.startswith(".eh_frame")


class NativeObject:
    """A loaded object. It stays in memory as long as this lives: call no function of it afterwards."""

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        try:
            self._data = Path(path).read_bytes()
        except OSError as error:
            raise self._damaged(f"cannot read the object: {error.strerror}") from None
        try:
            self._load()
        except (struct.error, IndexError, ValueError, OverflowError):
            raise self._damaged("the object is cut short or damaged") from None

    def address(self, name: str) -> int:
        """The address of a function. Raises BundleError when there is none of that name."""
        if name not in self._functions:
            raise self._damaged(f"the object has no function {name}")
        return self._functions[name]

    def function(self, name: str, *arguments: Any) -> Any:
        """A callable without a result that takes `arguments` (ctypes types); the interpreter's lock is released in it."""
        return ctypes.CFUNCTYPE(None, *arguments)(self.address(name))

    def _load(self) -> None:
        self._sections = self._read_sections()
        self._places = self._map()
        symbols = self._read_symbols()
        self._relocate()
        self._functions = {name: address for name, (address, defined) in symbols.items() if defined and name}
        self._protect()

    def _damaged(self, what: str) -> BundleError:
        return BundleError(what, where=Where(self.path), mend="compile the bundle again on this machine")

    def _read_sections(self) -> list[Section]:
        magic, kind, machine, *rest = HEADER.unpack_from(self._data)
        if magic[:6] != b"\x7fELF\x02\x01":
            raise self._damaged("the object is no 64-bit little-endian ELF file")
        if machine != X86_64 or kind != RELOCATABLE:
            raise self._damaged(f"the object is for another machine (ELF machine {machine}, kind {kind}; wanted {X86_64}, {RELOCATABLE})")
        start, count, names = rest[3], rest[9], rest[10]
        entries = [SECTION.unpack_from(self._data, start + i * SECTION.size) for i in range(count)]
        names_at = entries[names][4]
        sections = [Section(self._string(names_at + e[0]), e[1], e[2], e[4], e[5], e[6], e[7], max(1, e[8])) for e in entries]
        for section in sections:
            self._check(section)
        return sections

    def _check(self, section: Section) -> None:
        if section.kind != NOBITS and section.offset + section.size > len(self._data):
            raise self._damaged(f"the object ends inside its section {section.name}")
        if section.loaded and section.alignment > mmap.PAGESIZE:
            raise self._damaged(f"the object wants its section {section.name} aligned to {section.alignment} bytes")
        if section.loaded and (section.flags & WRITE or section.kind == NOBITS):
            raise self._damaged(f"the object has variables (section {section.name}), which are not supported")

    def _string(self, at: int) -> str:
        return self._data[at : self._data.index(b"\0", at)].decode()

    def _map(self) -> dict[int, int]:
        """Copy the needed sections into memory; gives each one's address by its number."""
        offsets, end = {}, 0
        for number, section in enumerate(self._sections):
            if section.loaded:
                offsets[number] = end = -(-end // section.alignment) * section.alignment
                end += section.size
        self._memory = mmap.mmap(-1, max(end, 1))
        base = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        for number, offset in offsets.items():
            section = self._sections[number]
            self._memory[offset : offset + section.size] = self._data[section.offset : section.offset + section.size]
        return {number: base + offset for number, offset in offsets.items()}

    def _read_symbols(self) -> dict[str, tuple[int, bool]]:
        """Address by name, and whether the object itself defines it; the table by number stays in `_symbols`."""
        table = next((section for section in self._sections if section.kind == SYMTAB), None)
        if table is None:
            raise self._damaged("the object has no symbols")
        names_at = self._sections[table.link].offset
        self._symbols: list[tuple[str, int, int]] = []
        found: dict[str, tuple[int, bool]] = {}
        for at in range(table.offset, table.offset + table.size, SYMBOL.size):
            name_at, _, _, section, value, _ = SYMBOL.unpack_from(self._data, at)
            name = self._string(names_at + name_at)
            self._symbols.append((name, section, value))
            if section in self._places:
                found[name] = (self._places[section] + value, True)
        return found

    def _relocate(self) -> None:
        library = ctypes.CDLL(None)
        for section in self._sections:
            if section.kind != RELA or section.info not in self._places:
                continue
            for at in range(section.offset, section.offset + section.size, RELOCATION.size):
                offset, info, addend = RELOCATION.unpack_from(self._data, at)
                if info & 0xFFFFFFFF != R_X86_64_64 or offset + 8 > self._sections[section.info].size:
                    raise self._damaged(f"the object has a relocation of kind {info & 0xFFFFFFFF}, which is not supported")
                target = self._target(info >> 32, library) + addend
                ctypes.c_uint64.from_address(self._places[section.info] + offset).value = target & 0xFFFFFFFFFFFFFFFF

    def _target(self, number: int, library: ctypes.CDLL) -> int:
        name, section, value = self._symbols[number]
        if section in self._places:
            return self._places[section] + value
        if section != UNDEFINED:
            raise self._damaged(f"the object refers to {name or 'a symbol'} in a section that is not loaded")
        try:
            return ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0
        except AttributeError:
            raise self._damaged(f"the object needs the function {name}, which this system's C library lacks") from None

    def _protect(self) -> None:
        """From now on code can be run and not written."""
        libc = ctypes.CDLL(None, use_errno=True)
        address = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        if libc.mprotect(ctypes.c_void_p(address), ctypes.c_size_t(len(self._memory)), mmap.PROT_READ | mmap.PROT_EXEC):
            raise self._damaged(f"this system refuses to run loaded code: {os.strerror(ctypes.get_errno())}")


class LlvmObject:
    """An object loaded by LLVM, on machines that `NativeObject` doesn't know. A damaged one ends the process."""

    def __init__(self, path: str | Path) -> None:
        from llvmlite import binding

        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
        self.path = str(path)
        try:
            self._engine = binding.create_mcjit_compiler(binding.parse_assembly(""), binding.Target.from_default_triple().create_target_machine(jit=True))
            self._engine.add_object_file(binding.ObjectFileRef.from_data(Path(path).read_bytes()))
            self._engine.finalize_object()
        except (OSError, RuntimeError) as error:
            raise BundleError(f"cannot load the object: {error}", where=Where(self.path), mend="compile it again on this machine") from None

    def address(self, name: str) -> int:
        """The address of a function. Raises BundleError when there is none of that name."""
        if not (found := self._engine.get_function_address(name)):
            raise BundleError(f"the object has no function {name}", where=Where(self.path), mend="compile it again on this machine")
        return int(found)


def cpu_features(cpuinfo: str | None = None) -> frozenset[str]:
    """The flags of the first processor in /proc/cpuinfo (or in its text, given)."""
    if cpuinfo is not None:
        return _features(cpuinfo.splitlines())
    try:
        with Path("/proc/cpuinfo").open() as lines:  # no further than needed: the kernel writes it as it is read
            return _features(lines)
    except OSError:
        return frozenset()


def _features(lines: Iterable[str]) -> frozenset[str]:
    found = (line for line in lines if line.startswith(("flags", "Features")))
    return frozenset(next(found, ":").partition(":")[2].split())
