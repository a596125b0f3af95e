"""Compiled loops: whoever waits for the compiler at a terminal is told, once after an installation."""

import os
import subprocess
import sys
from pathlib import Path

LOOPS = """
from intarsia.jit import compiled

@compiled
def one_more(x):
    return x + 1

@compiled
def two_more(x):
    return x + 2
"""
RUN = """
import sys
sys.stderr.isatty = lambda: {terminal}
from loops import one_more, two_more
print(one_more(1) + two_more(1))
"""


def _said(folder: Path, terminal: bool) -> str:
    if not (folder / "loops.py").exists():
        (folder / "loops.py").write_text(LOOPS)
    done = subprocess.run(
        [sys.executable, "-c", RUN.format(terminal=terminal)],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), os.getcwd()]), "NUMBA_CACHE_DIR": str(folder / "cache")},
    )  # fmt: skip
    assert done.stdout == "5\n"
    return done.stderr


def test_the_first_compilation_is_said_once_and_the_next_process_has_nothing_to_say(tmp_path: Path) -> None:
    assert _said(tmp_path, True).splitlines() == ["compiling inner loops for this machine: up to half a minute, once after an installation"]
    assert _said(tmp_path, True) == ""


def test_a_pipe_is_told_nothing(tmp_path: Path) -> None:
    assert _said(tmp_path, False) == ""
