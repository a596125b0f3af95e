"""GPU code is tested without a GPU; without Triton it isn't tested at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/gpu/" in str(item.path):
            item.add_marker(pytest.mark.gpu_code)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this session that all of its workers share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session", autouse=True)
def kernels_of_this_session(shared_folder: Path) -> Iterator[None]:
    """Kernels are compiled once a session."""
    pytest.importorskip("triton", reason="Triton is not installed (pip install 'intarsia[gpu]')")
    with pytest.MonkeyPatch.context() as patch:  # no scope of knobs: one would last for other folders' tests too
        patch.setenv("INTARSIA_CACHE", str(shared_folder / "kernels"))
        yield
