"""The voice agent of examples/mixed_fleets with a model of few layers, which is quick to price."""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "examples" / "mixed_fleets"


def small_agent(folder: Path) -> Path:
    config = json.loads((FOLDER / "models" / "llama-3-8b" / "config.json").read_text()) | {"num_hidden_layers": 2, "hidden_size": 1024, "intermediate_size": 2048}
    (folder / "config.json").write_text(json.dumps(config | {"num_attention_heads": 8, "vocab_size": 32000}))
    path = folder / "voice.yaml"
    path.write_text((FOLDER / "voice_agent.yaml").read_text().replace("models/llama-3-8b/config.json", "config.json"))
    return path
