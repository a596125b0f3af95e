"""NVRTC, NVIDIA's run-time compiler, through ctypes: CUDA C++ to PTX and a cubin, with neither toolkit nor driver (https://docs.nvidia.com/cuda/nvrtc)."""

from __future__ import annotations

import ctypes
import importlib.util
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from intarsia.errors import MissingDependency, RuntimeFailure, UnsupportedError

OPTIONS = ("-std=c++17", "-default-device", "--fmad=true")


def compile_text(text: str, name: str, architecture: str) -> tuple[str, bytes]:
    """PTX and cubin of a file's text for sm_80, sm_90a, ... Raises UnsupportedError with the compiler's words, MissingDependency without NVRTC."""
    library, program = _library(), ctypes.c_void_p()
    _check(library, library.nvrtcCreateProgram(ctypes.byref(program), text.encode(), name.encode(), 0, None, None))
    try:
        options = [option.encode() for option in (f"--gpu-architecture={architecture}", f"-I{_folder() / 'include'}", *OPTIONS)]
        if library.nvrtcCompileProgram(program, len(options), (ctypes.c_char_p * len(options))(*options)):
            raise UnsupportedError(f"{name} doesn't compile for {architecture}: {_text(library, program, 'ProgramLog').strip()}")
        return _text(library, program, "PTX"), _bytes(library, program, "CUBIN")
    finally:
        library.nvrtcDestroyProgram(ctypes.byref(program))


def version() -> str:
    """NVRTC's. Raises MissingDependency without it."""
    major, minor = ctypes.c_int(), ctypes.c_int()
    _check(_library(), _library().nvrtcVersion(ctypes.byref(major), ctypes.byref(minor)))
    return f"{major.value}.{minor.value}"


def _text(library: Any, program: Any, what: str) -> str:
    return _bytes(library, program, what).rstrip(b"\0").decode(errors="replace")


def _bytes(library: Any, program: Any, what: str) -> bytes:
    size = ctypes.c_size_t()
    _check(library, getattr(library, f"nvrtcGet{what}Size")(program, ctypes.byref(size)))
    room = ctypes.create_string_buffer(size.value)
    _check(library, getattr(library, f"nvrtcGet{what}")(program, room))
    return room.raw


def _check(library: Any, status: int) -> None:
    if status:
        describe: Callable[[int], bytes] = library.nvrtcGetErrorString
        raise RuntimeFailure(f"NVRTC failed: {describe(status).decode()}")


@cache
def _library() -> Any:
    for path in sorted((_folder() / "lib").glob("libnvrtc.so*")):
        library = ctypes.CDLL(str(path))
        library.nvrtcGetErrorString.restype = ctypes.c_char_p
        return library
    raise _missing()


@cache
def _folder() -> Path:
    """Where the wheels nvidia-cuda-nvrtc, -runtime and -crt put their files."""
    spec = importlib.util.find_spec("nvidia")
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (found := Path(place) / "cu13").is_dir():
            return found
    raise _missing()


def _missing() -> MissingDependency:
    return MissingDependency("CUDA C++ kernels need NVRTC", mend="pip install 'intarsia[cuda]'")
