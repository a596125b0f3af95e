"""The plan search beside APEX and aiconfigurator, in CPU-seconds of fresh processes on this machine.

    python -m tests.bench.planner [--only apex,workflows,...] [--json]

APEX's figures are those that its authors' code took on a machine like this one (they are named in the rows); aiconfigurator is installed into build/peers and run.
The traces are found through INTARSIA_DATA; parts whose data or peer is missing say so on standard error and are left out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator

from intarsia.errors import IntarsiaError
from tests.bench import memory
from tests.bench.bench_llm import human, table
from tests.bench.figures import Figure
from tests.bench.planner import agent_graphs, apex, fleet, layers, mixes, peers, pipeline, shardings, streamed, tiers, workflows
from tests.bench.planner.processes import Unavailable
from tests.bench.planner.solved import Solved

PARTS: dict[str, Callable[[], Iterator[Figure]]] = {
    "apex": apex.figures, "fleet": fleet.mixed, "growth": fleet.growth, "aiconfigurator": peers.figures, "workflows": workflows.figures,
    "helix": layers.helix, "layers-growth": layers.growth, "mix": mixes.figures, "sharding": shardings.figures, "agents": agent_graphs.figures, "pipeline": pipeline.figures, "pipeline-cpu": pipeline.on_cpu,
    "memory": memory.figures, "tiers": tiers.figures, "streamed": streamed.figures,
}  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    rows: list[Figure] = []
    for number, name in enumerate(options.only, 1):
        print(f"part {number} of {len(options.only)}: {name}", file=sys.stderr, flush=True)
        try:
            for row in PARTS[name]():
                print(f"{name}: {row.metric}: {row.value:.4g} {row.unit}", file=sys.stderr, flush=True)
                rows.append(row)
        except (Unavailable, IntarsiaError) as error:
            print(f"{name}: left out: {error}", file=sys.stderr)
    print(json.dumps([row.row() for row in rows], indent=1) if options.json else f"{table(rows)}\n\n{proofs([row for row in rows if isinstance(row, Solved)])}".rstrip())
    return 0


def proofs(rows: list[Solved]) -> str:
    """Of every instance that a solver had: its value, what no solution can beat, and what that took."""
    return "\n".join(f"{r.metric} {human(r.value, r.unit)}, bound {human(r.bound, r.unit)}, gap {r.gap:.2%}, {r.cpu_s:.1f} CPU-s, {r.peak_bytes / 1e6:.0f} MB" for r in rows)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.planner", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS), help=f"parts, of {','.join(PARTS)}")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    return parser.parse_args(arguments)
