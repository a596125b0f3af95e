"""Writes the agent that recorded runs stand for, to be planned like any other.

    python examples/mixed_fleets/from_trace.py steps.csv --backend local -o build/coding_agent.yaml
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from intarsia.compiler.frontends import agent_trace

MODEL = Path(__file__).resolve().parent / "models" / "llama-3-8b" / "config.json"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("trace", type=Path)
    parser.add_argument("--backend", help="the runs of this backend alone")
    parser.add_argument("--model", default=str(MODEL), help="what the turns run on")
    parser.add_argument("-o", "--output", type=Path, default=Path("build/coding_agent.yaml"))
    chosen = parser.parse_args(arguments)
    agent = agent_trace.infer(chosen.trace, chosen.model, backend=chosen.backend, name="coding_agent")
    chosen.output.parent.mkdir(parents=True, exist_ok=True)
    chosen.output.write_text(json.dumps(agent, indent=1) + "\n")  # JSON is YAML
    print(chosen.output)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
