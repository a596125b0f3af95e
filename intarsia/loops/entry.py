"""Loops as they are called: their machine code comes from the user's cache, and is compiled where it isn't there."""

from __future__ import annotations

import ctypes
import fcntl
import functools
import hashlib
import platform
import shutil
import struct
import sys
import tempfile
import types
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

from intarsia import knobs, whole_file
from intarsia.errors import BundleError
from intarsia.loops import sources
from intarsia.loops.kinds import Held, Signature
from intarsia.native import LlvmObject, NativeObject, cpu_features

FOLDER = "objects"
"""Below the user's cache."""
PART = "__intarsia_part__"
Function = TypeVar("Function", bound=Callable[..., Any])


def part(function: Function) -> Function:
    """A function that entries call, compiled into them."""
    setattr(function, PART, True)
    return function


class Entry:
    """A loop that is called from Python. `function` is what it was made of, which does the same, slowly; `level` how hard LLVM works at it, from 1 to 3."""

    def __init__(self, function: Callable[..., None], level: int = 1) -> None:
        functools.update_wrapper(self, function)
        self.function, self.level = function, level
        self.name = f"{function.__module__}.{function.__name__}".removeprefix("intarsia.")
        self._packings: dict[int, tuple[Packing, Packing]] = {}

    def __call__(self, *arguments: Any) -> None:
        """Raises TypeError where an array is of another type than is declared, has another number of axes, or doesn't lie in one piece."""
        wrong = self.code(self.packing.words(arguments))
        if wrong:
            raise self.refusal(wrong)

    def bind(self, *arguments: Any) -> Bound:
        """With its first arguments given, for many calls: only the others are packed then. Raises TypeError."""
        return Bound(self, arguments)

    def refusal(self, wrong: int) -> TypeError:
        return TypeError(f"{self.name}: {self.signature.names[wrong - 1]} must be {self.signature.kinds[wrong - 1]}, in one piece")

    @cached_property
    def packing(self) -> Packing:
        return Packing(self.name, self.signature.kinds)

    def packings(self, count: int) -> tuple[Packing, Packing]:
        """Of the first so many arguments, and of the others."""
        if count not in self._packings:
            kinds = self.signature.kinds
            self._packings[count] = Packing(self.name, kinds[:count]), Packing(self.name, kinds[count:])
        return self._packings[count]

    @cached_property
    def signature(self) -> Signature:
        return Signature.of(self.function)

    @cached_property
    def code(self) -> Callable[..., int]:
        """The machine code, from the object on disk; where no earlier process has put it there, it is compiled, which takes up to half a second.

        Raises RuntimeFailure where it would have to be compiled from other sources than this process has loaded.
        """
        code = self.family.code
        function = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_char_p)(code.address(self.name))
        function.holds = code  # type: ignore[attr-defined]  # the memory that the function lies in
        return function

    def load(self) -> None:
        """Have the machine code ready: compiled, if need be."""
        _ = self.code

    @cached_property
    def family(self) -> Family:
        """The entries that are compiled with this one."""
        found = Family.of(self)
        for entry in found.entries:
            entry.__dict__.setdefault("family", found)
        return found

    @cached_property
    def calls(self) -> set[Callable[..., Any]]:
        """The loop and all parts that it calls."""
        found = [self.function]
        for function in found:
            found += [loop for name in function.__code__.co_names if (loop := called(function, name)) is not None and loop not in found]
        return set(found)


class Family:
    """Entries of a module that share parts, the first of which gives the object its name: compiled into one, each part is compiled once."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries

    @staticmethod
    def of(entry: Entry) -> Family:
        """Those of the entry's module that call what it calls, or what another of them does."""
        others = [each for each in entry.function.__globals__.values() if isinstance(each, Entry) and each.function.__module__ == entry.function.__module__]
        left = {each.function: each for each in others} | {entry.function: entry}
        found, calls = [left.pop(entry.function)], set(entry.calls)
        while near := next((function for function, each in left.items() if each.calls & calls), None):
            calls |= left[near].calls
            found.append(left.pop(near))
        return Family(sorted(found, key=lambda each: each.name))

    @cached_property
    def code(self) -> NativeObject | LlvmObject:
        """The machine code of all of them."""
        kept = self.place
        try:
            return _object(kept)
        except BundleError:  # not there yet, or damaged
            with _alone(kept):
                try:
                    return _object(kept)  # another process was at it
                except BundleError:
                    return self._made(kept)

    @property
    def place(self) -> Path:
        """Where the object is kept."""
        return knobs.get().cache / FOLDER / f"{self.entries[0].name}-{self.digest}.o"

    @cached_property
    def digest(self) -> str:
        """What the object depends on: the loops, all that they call, who compiles them, and for which processor."""
        words, seen = [*_maker()], set[Any]()
        for entry in self.entries:
            words += [entry.name, str(entry.level), repr(entry.signature), *_content(entry.function, seen)]
        return hashlib.sha256("\0".join(words).encode()).hexdigest()[:40]

    def _made(self, kept: Path) -> NativeObject | LlvmObject:
        from intarsia.loops import compiler

        sources.expect_compiler()
        with tempfile.TemporaryDirectory() as folder:
            draft = Path(folder) / kept.name
            draft.write_bytes(_sealed(compiler.object_file(self.entries, max(entry.level for entry in self.entries))))
            whole_file.keep(kept, lambda beside: shutil.copyfile(draft, beside))
            return _object(draft)


class Packing:
    """How arguments become words of 8 bytes: arrays by the addresses of their objects, numbers as they are. ctypes takes ten times as long for it."""

    def __init__(self, name: str, kinds: Sequence[Held | type]) -> None:
        self.name, self.arrays = name, [isinstance(kind, Held) for kind in kinds]
        self.struct = struct.Struct("=" + "".join("Q" if isinstance(kind, Held) else "d" if kind is float else "q" for kind in kinds))

    def words(self, arguments: Sequence[Any]) -> bytes:
        """The arguments have to stay alive for the call. Raises TypeError for other numbers of them, or of another type."""
        given = arguments if len(arguments) == len(self.arrays) else flat(arguments)
        try:
            return self.struct.pack(*[id(each) if array else each for each, array in zip(given, self.arrays, strict=True)])
        except (ValueError, struct.error) as error:
            raise TypeError(f"{self.name}: {error}") from None


class Bound:
    """An entry with its first arguments, which are packed once and stay alive with it."""

    def __init__(self, entry: Entry, arguments: Sequence[Any]) -> None:
        self.entry, self.held = entry, flat(arguments)
        first, self.packing = entry.packings(len(self.held))
        self.head = first.words(self.held)

    def __call__(self, *arguments: Any) -> None:
        """As the entry."""
        wrong = self.entry.code(self.head + self.packing.words(arguments))
        if wrong:
            raise self.entry.refusal(wrong)


def flat(arguments: Sequence[Any]) -> list[Any]:
    """Named tuples taken apart."""
    found: list[Any] = []
    for argument in arguments:
        if isinstance(argument, tuple):
            found += argument
        else:
            found.append(argument)
    return found


def entry(function: Callable[..., None]) -> Entry:
    """A loop that is called from Python, as machine code."""
    return Entry(part(function))


def long_entry(function: Callable[..., None]) -> Entry:
    """One that works for seconds: compiling it takes twice as long, and makes it a fifth faster."""
    return Entry(part(function), level=3)


def called(function: Callable[..., Any], name: str) -> Callable[..., Any] | None:
    """The part, or what the entry was made of, that a loop calls by a name."""
    found = function.__globals__.get(name)
    found = found.function if isinstance(found, Entry) else found
    return found if hasattr(found, PART) else None


@functools.cache
def _maker() -> list[str]:
    """Who compiles, how its code is called, and for which processor."""
    return [*sources.LOADED.values(), metadata.version("llvmlite"), platform.python_version(), platform.machine(), *sorted(cpu_features())]


def _content(function: Any, seen: set[Any]) -> Iterator[str]:
    """What a function and all parts that it calls do, and with which types."""
    if function in seen:
        return
    seen.add(function)
    code = function.__code__
    yield f"{sources.content(code)} {function.__annotations__!r}"
    for name in code.co_names:
        found = function.__globals__.get(name)
        if (loop := called(function, name)) is not None:
            yield from _content(loop, seen)
        elif isinstance(found, type) and issubclass(found, tuple):
            yield f"{name}{found._fields!r}"  # type: ignore[attr-defined]
        elif found is not None and not isinstance(found, types.ModuleType):
            yield f"{name}={found!r}"


@contextmanager
def _alone(kept: Path) -> Iterator[None]:
    """One process at a time, so that several that begin together don't all compile; where the cache can't be written, all do."""
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        lock = kept.with_name(".lock").open("w")
    except OSError:
        yield
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sealed(code: bytes) -> bytes:
    """With a checksum behind it: LLVM ends the process over a damaged object."""
    return code + hashlib.sha256(code).digest()


def _object(path: Path) -> NativeObject | LlvmObject:
    """Raises BundleError for a file that is absent or damaged."""
    try:
        whole = path.read_bytes()
    except OSError:
        raise BundleError("there is no object") from None
    if whole != _sealed(whole[: -hashlib.sha256().digest_size]):
        raise BundleError("the object is damaged")
    own = sys.platform == "linux" and platform.machine() == "x86_64"
    return NativeObject(path) if own else LlvmObject(path)
