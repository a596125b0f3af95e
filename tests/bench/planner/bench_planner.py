"""The plan search beside APEX and aiconfigurator, in CPU-seconds of fresh processes on this machine.

    python -m tests.bench.planner [--only apex,workflows,...] [--json]

APEX's figures are those that its authors' code took on a machine like this one (they are named in the rows); aiconfigurator is installed into build/peers and run.
The traces are found through INTARSIA_DATA; parts whose data or peer is missing say so on standard error and are left out.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator

from tests.bench import memory, policies
from tests.bench.bench_llm import table
from tests.bench.figures import Figure
from tests.bench.planner import agent_graphs, apex, fleet, layers, mixes, peers, pipeline, shardings, streamed, tiers, workflows
from tests.bench.planner.processes import Unavailable
from tests.bench.planner.solved import Solved

INTERRUPTED = 130
PARTS: dict[str, Callable[[], Iterator[Figure]]] = {
    "apex": apex.figures, "fleet": fleet.mixed, "growth": fleet.growth, "aiconfigurator": peers.figures, "workflows": workflows.figures,
    "helix": layers.helix, "layers-growth": layers.growth, "mix": mixes.figures, "sharding": shardings.figures, "agents": agent_graphs.figures, "pipeline": pipeline.figures, "pipeline-cpu": pipeline.on_cpu,
    "memory": memory.figures, "tiers": tiers.figures, "streamed": streamed.figures, "policies": policies.figures,
}  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 1 where a part failed (the rows that it gave before, and those of the others, are printed all the same), 130 after Ctrl-C."""
    options = _options(arguments)
    rows: list[Figure] = []
    code, began = 0, time.monotonic()
    for number, name in enumerate(options.only, 1):
        _say(f"part {number} of {len(options.only)}: {name} (after {time.monotonic() - began:.0f} s)")
        try:
            for row in PARTS[name]():
                _say(f"{name}: {row.metric}: {row.value:.4g} {row.unit}")
                rows.append(row)
        except Unavailable as error:
            _say(f"{name}: left out: {error}")
        except KeyboardInterrupt:
            _say(f"interrupted in {name}: these are the rows so far")
            code = INTERRUPTED
            break
        except Exception:  # a part that fails must not take the other parts' hours with it
            _say(f"{name}: FAILED\n{traceback.format_exc()}")
            code = 1
    print(json.dumps([row.row() for row in rows], indent=1) if options.json else f"{table(rows)}\n\n{proofs(rows)}".rstrip())
    return code


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def proofs(rows: list[Figure]) -> str:
    """A line for every instance that a solver had."""
    return "\n".join(row.proof() for row in rows if isinstance(row, (Solved, memory.Row)))


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.planner", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS), help=f"parts, of {','.join(PARTS)}")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.only if name not in PARTS]:
        parser.error(f"there is no part {unknown[0]!r}: choose from {', '.join(PARTS)}")
    return options
