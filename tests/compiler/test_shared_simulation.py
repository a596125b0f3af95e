"""`intarsia simulate` on several models: devices shared in turns, weights that come and go, and devices of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from intarsia.compiler import cli
from tests.compiler.test_simulation import LLAMA_8B

RUN = CliRunner()
LOAD = "rate=3/s,prompt_tokens=300,output_tokens=20,requests=60,models=chat+2xcode"


def run(models: list[str], *words: str, fleet: str = "1xH100-SXM", workload: str = LOAD) -> Any:
    return RUN.invoke(cli.app, ["simulate", *models, "--fleet", fleet, "--workload", workload, *words])


def report(models: list[str], *words: str, **more: str) -> dict[str, Any]:
    done = run(models, *words, "--json", **more)
    assert done.exit_code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_weights_that_fit_are_there(models: list[str]) -> None:
    found = report(models)
    assert {name: each["loads"] for name, each in found["switching"].items()} == {"chat": 0, "code": 0} and found["resources"]["weight_loads"] == 0
    assert sum(each["requests"] for each in found["models"].values()) == 60 and found["models"]["code"]["requests"] > found["models"]["chat"]["requests"]
    assert found["resources"]["weights_peak"] == 1.0


def test_weights_without_room_come_and_go(models: list[str]) -> None:
    """Each time over the device's PCIe 5 at 63 GB/s; over something slower first tokens come later by that."""
    fits = report(models)
    fast, slow = (report(models, "--weights-room", "17GB", *more) for more in ((), ("--weights-link", "7GB/s")))
    loads = fast["switching"]["chat"]["loads"]
    assert loads > 5 and fast["switching"]["chat"]["load_s"] == pytest.approx(loads * 16.06e9 / 63e9, rel=0.01)
    assert fits["latency"]["ttft_s"]["mean"] < fast["latency"]["ttft_s"]["mean"] < slow["latency"]["ttft_s"]["mean"]
    assert all(each["waited_s"] >= each["load_s"] > 0 for each in fast["switching"].values())
    assert 0.5 < fast["resources"]["weights_peak"] <= 1.0
    assert sum(fast["series"]["weight_loads"]) == fast["resources"]["weight_loads"] == loads + fast["switching"]["code"]["loads"]


def test_weights_come_from_a_disk_where_memory_is_short(models: list[str]) -> None:
    """The host's memory holds both models, or one of them: then each comes at the disk's 5 GB/s."""
    words = ("--weights-room", "17GB", "--weights-memory")
    both, one = (report(models, *words, memory)["switching"]["chat"] for memory in ("40GB@5GB/s", "17GB@5GB/s"))
    assert one["load_s"] / one["loads"] == pytest.approx(16.06e9 / 5e9, rel=0.01) and both["load_s"] / both["loads"] < 0.5 * one["load_s"] / one["loads"]


def test_requests_go_where_weights_are(models: list[str]) -> None:
    """Two devices with room for one model each: the router keeps them apart, one that looks at load alone doesn't."""
    words = ("--weights-room", "17GB")
    aware, blind = (report(models, *words, *more, fleet="2xH100-SXM") for more in ((), ("--router", "least_loaded")))
    assert aware["resources"]["weight_loads"] <= 4 < 10 < blind["resources"]["weight_loads"]
    assert aware["latency"]["ttft_s"]["p99"] < 0.7 * blind["latency"]["ttft_s"]["p99"]


def test_longer_turns_switch_less(models: list[str]) -> None:
    busy = LOAD.replace("rate=3/s", "rate=30/s")
    short, long = (report(models, "--weights-room", "17GB", "--quantum", quantum, workload=busy)["resources"]["weight_loads"] for quantum in ("10ms", "5s"))
    assert long < short


def test_devices_of_their_own(models: list[str]) -> None:
    found = report(models, "--split", "1,2", fleet="3xH100-SXM")
    assert set(found["pools"]) == {"chat", "code"} and not found["switching"] and found["resources"]["weight_loads"] == 0
    assert found["latency"]["requests"] == 60 and found["resources"]["dollars"] == pytest.approx(report(models, fleet="3xH100-SXM")["resources"]["dollars"], rel=0.05)


def test_money_is_for_devices_once(models: list[str]) -> None:
    """Two models on one device cost what one does."""
    found, alone = report(models, workload=LOAD), report(models[:1], workload=LOAD.replace(",models=chat+2xcode", ""))
    assert found["resources"]["dollars"] / found["duration_s"] == pytest.approx(alone["resources"]["dollars"] / alone["duration_s"])


def test_tables_by_model(models: list[str]) -> None:
    done = run([f"talk={models[0]}", models[1]], "--weights-room", "17GB", workload=LOAD.replace("chat", "talk"))
    assert done.exit_code == 0, done.stderr
    assert all(word in done.stdout for word in ("talk", "code", "weights came", "waited for a turn", "of the room for them in use at most"))


def test_a_trace_names_models_and_programs_use_several(models: list[str], tmp_path: Path) -> None:
    """A program's second turn goes to another model, after its tool."""
    trace = tmp_path / "t.csv"
    trace.write_text("arrival_s,input_tokens,output_tokens,session,tool,tool_s,model\n0,100,10,p,search,2,chat\n0.5,50,5,,,,chat\n1,200,10,p,,,code\n")
    found = report(models, workload=str(trace))
    assert {name: each["requests"] for name, each in found["models"].items()} == {"chat": 2, "code": 1}
    assert found["programs_s"]["max"] > 2


def test_the_room_by_default_leaves_a_fifth_for_caches(models: list[str], tmp_path: Path) -> None:
    """Four models of 16 GB on a device of 80: three of them are there at a time."""
    (tmp_path / "wide.json").write_text(json.dumps(LLAMA_8B))
    four = [f"m{n}={tmp_path / 'wide.json'}" for n in range(4)]
    found = report(four, workload="rate=2/s,prompt_tokens=300,output_tokens=10,requests=80,models=m0+m1+m2+m3", fleet="1xH100-SXM")
    assert found["resources"]["weight_loads"] > 4 and 0.8 < found["resources"]["weights_peak"] <= 1.0


@pytest.mark.parametrize(
    ("words", "load", "message"),
    [
        (["--weights-room", "10GB"], LOAD, "10.0 GB are no room for chat, which takes 16.1 GB of a device"),
        (["--weights-room", "lots"], LOAD, "should be a size"),
        (["--weights-link", "lots"], LOAD, "should be a bandwidth"),
        (["--weights-memory", "64GB"], LOAD, "write it as 64GB@7GB/s"),
        (["--weights-memory", "64GB@0GB/s"], LOAD, "needs a bandwidth above zero"),
        (["--quantum", "soon"], LOAD, "--quantum or --split can't be read"),
        (["--split", "1,x"], LOAD, "--quantum or --split can't be read"),
        (["--split", "1,1"], LOAD, "1 and 1 replicas take 2 devices, and the fleet has 1"),
        (["--split", "1"], LOAD, "names 1 numbers of replicas for 2 models"),
        (["--split", "1,0"], LOAD, "give each model one at least"),
        (["--split", "1,1", "--weights-room", "20GB"], LOAD, "--split gives each model devices of its own"),
        (["--prefills", "1", "--decodes", "1"], LOAD, "simulated on replicas that do everything"),
        (["--tp", "2"], LOAD, "rule fleet-has-the-devices"),
        ([], LOAD.replace("2xcode", "cod"), "is for the model cod, which isn't served"),
        ([], LOAD.replace(",models=chat+2xcode", ""), "request 1 names no model, and several are served"),
        ([], LOAD.replace("chat+2xcode", "chat"), "no request is for the model code"),
        ([], LOAD.replace("chat+2xcode", "chat+chat"), "`models` can't be read"),
        ([], LOAD + ",images=1", "has images, and"),
        (["--fleet", "1xA100-40GB-PCIe"], LOAD.replace("prompt_tokens=300", "prompt_tokens=60000"), "leave chat a cache of"),
    ],
)  # fmt: skip
def test_what_is_refused(models: list[str], words: list[str], load: str, message: str) -> None:
    done = run(models, *words, workload=load)
    assert done.exit_code == 2 and done.stderr.startswith("error: ") and message in done.stderr and done.stderr.count("\n") == 1 and not done.stdout


def test_names_must_differ_and_options_need_several(models: list[str]) -> None:
    assert "two models are called chat" in run([models[0], models[0]]).stderr
    alone = run(models[:1], "--split", "1", workload=LOAD.replace(",models=chat+2xcode", ""))
    assert alone.exit_code == 2 and "--split says nothing here: it is about several models" in alone.stderr
