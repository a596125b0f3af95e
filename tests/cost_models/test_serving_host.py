"""What engines' hosts take."""

from __future__ import annotations

import pytest

from intarsia.cost_models.serving.host import HOSTS, NO_HOST, Host
from intarsia.cost_models.serving.memory import ENGINES
from intarsia.errors import InputError
from tests.cost_models.test_serving_shapes import model


def test_every_engine_has_a_host() -> None:
    assert set(HOSTS) == set(ENGINES) and all(host.in_steps and host.token_s for host in HOSTS.values())
    assert not NO_HOST.in_steps


def test_launches_by_model() -> None:
    """DeepSeek's 61 layers were measured as a whole; Llama's have fewer kernels."""
    assert HOSTS["trtllm"].launches_s(model("DeepSeek-V3")) == pytest.approx(82.6e-3)
    assert HOSTS["trtllm"].launches_s(model("Llama-3.1-70B")) == pytest.approx(80 * 16.5e-3 / 36)
    assert HOSTS["sglang"].launches_s(model("DeepSeek-V3")) > HOSTS["vllm"].launches_s(model("DeepSeek-V3"))


@pytest.mark.parametrize("wrong", [{"step_s": -1.0}, {"token_s": float("inf")}, {"layer_s": float("nan")}, {"captured_rows": -1.0}])
def test_times_are_times(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="a host takes finite seconds"):
        Host(**wrong)
