"""What tests of several commands are given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.compiler.test_simulation import LLAMA_8B


@pytest.fixture
def models(tmp_path: Path) -> list[str]:
    """Two models: of 16.1 GB and of 14.3 GB."""
    for name, layers in (("chat", 32), ("code", 28)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(json.dumps(LLAMA_8B | {"num_hidden_layers": layers}))
    return [str(tmp_path / "chat"), str(tmp_path / "code")]
