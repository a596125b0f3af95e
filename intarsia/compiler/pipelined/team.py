"""The processes of all ranks: they get the same requests, and their replies come back together."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from intarsia.compiler.pipelined.rank import Setup
from intarsia.errors import RuntimeFailure

PATIENCE_S = 240.0
"""A request that takes longer is given up."""


class Team:
    """One process a rank."""

    def __init__(self, setup: Setup, meeting: str) -> None:
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "intarsia.compiler.pipelined.worker"]
        self.setup = setup
        self._processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(setup.ranks)]
        try:
            self.opened = self._send([{"setup": asdict(setup), "rank": rank, "meeting": meeting} for rank in range(setup.ranks)])
        except BaseException:
            self.kill()
            self.close()
            raise

    def ask(self, do: str, **request: Any) -> list[dict[str, Any]]:
        """Each rank's reply. Raises RuntimeFailure where one fails."""
        return self._send([{"do": do, **request}] * len(self._processes))

    def cpu_s(self) -> float:
        """Processor time of this process and of all ranks."""
        return time.process_time() + sum(float(reply["seconds"]) for reply in self.ask("cpu"))

    def _send(self, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
        timer = threading.Timer(PATIENCE_S, self.kill)
        timer.start()
        try:
            for process, request in zip(self._processes, requests, strict=True):
                assert process.stdin is not None
                process.stdin.write(json.dumps(request) + "\n")
                process.stdin.flush()
            return [self._reply(process) for process in self._processes]
        except OSError as error:
            raise RuntimeFailure(f"a rank's process ended: {error}") from None
        finally:
            timer.cancel()

    def _reply(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeFailure("a rank's process ended, or took too long", mend="look at what it printed to standard error")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise RuntimeFailure(f"a rank failed: {reply['error']}")
        return reply

    def kill(self) -> None:
        for process in self._processes:
            process.kill()

    def close(self) -> None:
        """End the processes: their input ends."""
        for process in self._processes:
            assert process.stdin is not None and process.stdout is not None
            try:
                process.stdin.close()
            except OSError:  # it has gone already
                process.kill()
        for process in self._processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def team(setup: Setup) -> Iterator[Team]:
    """The ranks, ready. Raises RuntimeFailure where one can't start."""
    with tempfile.TemporaryDirectory(prefix="intarsia-ranks-") as folder:
        made = Team(setup, str(Path(folder) / "meeting"))
        try:
            yield made
        except BaseException:
            made.kill()
            raise
        finally:
            made.close()
