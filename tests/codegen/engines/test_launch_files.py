"""Launch files: golden texts, what the scripts really start, devices that are each given once, and what engines refuse."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from intarsia.codegen import engines
from intarsia.codegen.engines import ENGINES, Draft, Kind, Launch, Model, Pool
from intarsia.codegen.engines.places import places
from intarsia.errors import InputError, UnsupportedError

H100, H200 = Kind("H100-SXM", 8, 8), Kind("H200", 32, 8)
LLAMA = Launch(
    Model("Llama-3.1-70B", "/models/llama"),
    (Pool("serve", H100, 2, tp=4, weights="f8", kv="f8", chunk_tokens=2048, max_sequences=128, longest=8192, words="H100-SXM TP4"),),
    memory_share=0.9,
)
SERVE = LLAMA.pools[0]
EXPERTS = Pool("prefill", H200, 2, dp=8, ep=8, weights="f8_block", chunk_tokens=8192, max_sequences=32, longest=16384, words="H200 TP1 DP8 EP8")
DEEPSEEK = Launch(
    Model("DeepSeek-V3", "", "f8_block"), (EXPERTS, replace(EXPERTS, role="decode", count=1, dp=16, ep=16, chunk_tokens=512, max_sequences=128, words="H200 TP1 DP16 EP16")), router="slo_aware"
)  # fmt: skip
ONE = Pool("serve", Kind("H100-SXM", 16, 8), 2, chunk_tokens=8192, max_sequences=256, longest=32768, words="H100-SXM TP1")
ENCODE = Pool("encode", ONE.kind, 1, policy="encode_only", chunk_tokens=0, max_sequences=0, words="H100-SXM encode")
QWEN = Launch(Model("Qwen2.5-VL-7B", "/models/qwen", encoder="qwen2_5_vl"), (replace(ENCODE, count=2), ONE), memory_share=0.9)
"""Images are encoded on two devices, and answered on two others."""
QWEN_APART = replace(QWEN, pools=(replace(ENCODE, count=3), replace(ONE, role="prefill", tp=2, count=4), replace(ONE, role="decode", tp=4, count=1)), router="slo_aware")
"""All three stages apart, on two machines."""
FLAGS = {
    "vllm": "dtype kv-cache-dtype tensor-parallel-size max-num-batched-tokens max-num-seqs max-model-len gpu-memory-utilization enable-chunked-prefill kv-transfer-config "
    "mm-encoder-only enforce-eager no-enable-prefix-caching enable-request-id-headers ec-transfer-config host port",
    "sglang": "model-path dtype kv-cache-dtype tp-size chunked-prefill-size enable-mixed-chunk max-running-requests context-length mem-fraction-static disaggregation-mode "
    "disaggregation-transfer-backend disaggregation-bootstrap-port encoder-only language-only encoder-urls encoder-transfer-backend host port",
    "dynamo": "model disaggregation-mode enable-multimodal route-to-encoder enable-mm-embeds dtype kv-cache-dtype tensor-parallel-size max-num-batched-tokens max-num-seqs "
    "max-model-len gpu-memory-utilization enable-chunked-prefill kv-transfer-config",
}  # fmt: skip
"""Flags that the parsers of vLLM 0.33.0, SGLang 0.5.23 and ai-dynamo 1.6.1 (with vLLM's) take."""
STUB = """#!/usr/bin/env bash
line=$(printf '%s\\x1f' "$(basename "$0")" "${CUDA_VISIBLE_DEVICES:-}${HIP_VISIBLE_DEVICES:-}" "$@")
echo "$line" >> "$LOG"
until [ "$(wc -l < "$LOG")" -ge "$EXPECTED" ]; do sleep 0.02; done
"""
"""Stands for an engine: it says how it was called, and ends when all that are expected did."""


def started(files: dict[str, str], script: str, folder: Path, expected: int, **environment: str) -> list[list[str]]:
    """What a script calls: name, visible devices and arguments of each command."""
    stubs, log = folder / "bin", folder / f"{script}.log"
    stubs.mkdir(exist_ok=True)
    for name in ("vllm", "python", "trtllm-serve", "mpirun", "vllm-router", "nginx"):
        (stubs / name).write_text(STUB)
        (stubs / name).chmod(0o755)
    for name, text in files.items():
        (folder / name).write_text(text)
    log.write_text("")
    told = {"PATH": f"{stubs}:{os.environ['PATH']}", "LOG": str(log), "EXPECTED": str(expected), **environment}
    done = subprocess.run(["bash", str(folder / script)], env=told, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    return sorted(line.split("\x1f")[:-1] for line in log.read_text().splitlines())


def value(call: list[str], flag: str) -> str:
    return call[call.index(flag) + 1]


@pytest.mark.parametrize("engine", ENGINES)
def test_golden_of_two_replicas(engine: str, golden: Any) -> None:
    launch = LLAMA if engine != "trtllm" else replace(LLAMA, model=replace(LLAMA.model, stored="f8"))
    for name, text in engines.files(engine, launch).items():
        golden(f"engines/llama-{engine}/{name}", text)


@pytest.mark.parametrize("engine", ["vllm", "sglang", "trtllm"])
def test_golden_of_prefill_and_decode(engine: str, golden: Any) -> None:
    for name, text in engines.files(engine, DEEPSEEK).items():
        golden(f"engines/deepseek-{engine}/{name}", text)


@pytest.mark.parametrize("engine", ["vllm", "sglang", "dynamo"])
@pytest.mark.parametrize(("name", "launch"), [("qwen", QWEN), ("qwen-apart", QWEN_APART)])
def test_golden_of_encode_devices(engine: str, name: str, launch: Launch, golden: Any) -> None:
    for file, text in engines.files(engine, launch).items():
        golden(f"engines/{name}-{engine}/{file}", text)


def test_vllm_encodes_images_apart(tmp_path: Path) -> None:
    """Encoders write to the folder that those who prefill read from; the proxy knows all of them, and answers come from those that decode."""
    files = engines.files("vllm", QWEN)
    where = {"EC_STORE": str(tmp_path / "images"), "EPD_PROXY": "/proxy.py"}
    encode, serve = started(files, "encode.sh", tmp_path, 2, **where), started(files, "serve.sh", tmp_path, 2, **where)
    configs = [json.loads(value(call, "--ec-transfer-config")) for call in (encode[0], serve[0])]
    assert [config["ec_role"] for config in configs] == ["ec_producer", "ec_consumer"]
    assert {config["ec_connector_extra_config"]["shared_storage_path"] for config in configs} == {str(tmp_path / "images")} and (tmp_path / "images").is_dir()
    assert {"--mm-encoder-only", "--enforce-eager", "--no-enable-prefix-caching"} <= set(encode[0]) and not {"--mm-encoder-only", "--enforce-eager"} & set(serve[0])
    assert sorted(call[1] for call in encode + serve) == ["0", "1", "2", "3"]
    proxy = started(files, "router.sh", tmp_path, 1, **where)[0]
    ports = {role: [f"http://127.0.0.1:{value(call, '--port')}" for call in calls] for role, calls in (("encode", encode), ("decode", serve))}
    assert proxy[:1] == ["python"] and proxy[2] == "/proxy.py" and value(proxy, "--prefill-servers-urls") == "disable"
    assert all(value(proxy, f"--{role}-servers-urls").split(",") == urls for role, urls in ports.items())


def test_three_stages_apart_on_two_machines(tmp_path: Path) -> None:
    where = {"NODES": "a b", "MODEL": "/m", "EC_STORE": str(tmp_path / "s"), "EPD_PROXY": "/p", "ETCD_ENDPOINTS": "http://a:2379"}
    count = {role: [0, 0] for role in ("encode", "prefill", "decode")}
    for role in count:
        text = engines.files("vllm", QWEN_APART)[f"{role}.sh"]
        for node in (0, 1):
            block = re.search(rf"^{node}\)\n(.*?)^  ;;", text, re.MULTILINE | re.DOTALL)
            count[role][node] = block.group(1).count("vllm serve") if block else 0
    assert {role: sum(each) for role, each in count.items()} == {"encode": 3, "prefill": 4, "decode": 1}
    node = next(node for node in (0, 1) if count["prefill"][node])
    prefill = started(engines.files("vllm", QWEN_APART), "prefill.sh", tmp_path, count["prefill"][node], NODE=str(node), **where)[0]
    assert json.loads(value(prefill, "--kv-transfer-config"))["kv_role"] == "kv_producer" and json.loads(value(prefill, "--ec-transfer-config"))["ec_role"] == "ec_consumer"
    node = next(node for node in (0, 1) if count["decode"][node])
    decode = started(engines.files("vllm", QWEN_APART), "decode.sh", tmp_path, 1, NODE=str(node), **where)[0]
    assert "--ec-transfer-config" not in decode and "--enable-request-id-headers" in decode
    proxy = started(engines.files("vllm", QWEN_APART), "router.sh", tmp_path, 1, NODE="0", **where)[0]
    assert [len(value(proxy, f"--{role}-servers-urls").split(",")) for role in ("encode", "prefill", "decode")] == [3, 4, 1]


def test_sglang_sends_images_to_those_that_prefill(tmp_path: Path) -> None:
    files = engines.files("sglang", QWEN)
    encode, serve = started(files, "encode.sh", tmp_path, 2), started(files, "serve.sh", tmp_path, 2)
    urls = [f"http://127.0.0.1:{value(call, '--port')}" for call in encode]
    for call in serve:
        at = call.index("--encoder-urls")
        assert call[at + 1 : at + 3] == urls and "--language-only" in call and "--encoder-only" not in call
    assert all("--encoder-only" in call and "--encoder-urls" not in call for call in encode)
    assert {value(call, "--encoder-transfer-backend") for call in encode + serve} == {"zmq_to_scheduler"}
    routed = started(files, "router.sh", tmp_path, 1)[0]
    assert [f"http://127.0.0.1:{value(call, '--port')}" in routed for call in serve + encode] == [True, True, False, False]
    apart = engines.files("sglang", QWEN_APART)
    assert "--language-only" in apart["prefill.sh"] and "--encoder-urls" in apart["prefill.sh"] and "encoder" not in apart["decode.sh"]


def test_dynamo_starts_workers_by_role(tmp_path: Path) -> None:
    files = engines.files("dynamo", QWEN)
    encode, serve = started(files, "encode.sh", tmp_path, 2), started(files, "serve.sh", tmp_path, 2)
    assert all(call[2:4] == ["-m", "dynamo.vllm"] for call in encode + serve)
    assert {value(call, "--disaggregation-mode") for call in encode} == {"encode"} and {value(call, "--disaggregation-mode") for call in serve} == {"agg"}
    assert all("--route-to-encoder" in call and "--enable-mm-embeds" in call for call in serve) and not any("--route-to-encoder" in call for call in encode)
    assert len({call[1] for call in encode + serve}) == 4
    front = started(files, "router.sh", tmp_path, 1)[0]
    assert front[2:4] == ["-m", "dynamo.frontend"] and value(front, "--router-mode") == "least-loaded"
    apart = engines.files("dynamo", QWEN_APART)
    assert "ETCD_ENDPOINTS:?" in apart["env.sh"] and "--route-to-encoder" not in apart["decode.sh"] and "--disaggregation-mode prefill" in apart["prefill.sh"]
    assert "--enable-multimodal" not in engines.files("dynamo", LLAMA)["serve.sh"]


@pytest.mark.parametrize("engine", ["vllm", "sglang", "dynamo"])
def test_encode_devices_are_told_what_the_engines_parsers_take(engine: str) -> None:
    known = {f"--{name}" for name in FLAGS[engine].split()}
    for launch in (QWEN, QWEN_APART):
        texts = [text for name, text in engines.files(engine, launch).items() if name.endswith(".sh") and name not in ("env.sh", "router.sh")]
        assert {flag for text in texts for flag in re.findall(r"(?<=\s)--[a-z-]+", text)} <= known


@pytest.mark.parametrize(
    ("engine", "encoder", "said"),
    [
        ("trtllm", "qwen2_5_vl", r"TensorRT-LLM can't serve replicas that only encode images of qwen2_5_vl.*vllm, sglang and dynamo do \(--engine-files\).*--rank"),
        ("rayserve", "gemma3", r"Ray Serve can't serve.*vllm does \(--engine-files\)"), ("sglang", "llava", r"SGLang can't serve.*vllm and dynamo do"),
        ("dynamo", "gemma3", r"Dynamo can't serve.*vllm does"), ("vllm", "other", "vLLM can't serve.*take a plan without them"),
    ],
)  # fmt: skip
def test_engines_that_cannot_encode_apart_say_which_can(engine: str, encoder: str, said: str) -> None:
    launch = replace(QWEN, model=replace(QWEN.model, encoder=encoder))
    with pytest.raises(UnsupportedError, match=said):
        engines.files(engine, launch)


@pytest.mark.parametrize("launch", [LLAMA, DEEPSEEK, replace(LLAMA, pools=(replace(LLAMA.pools[0], weights="bf16", draft=Draft("/models/draft", 4)),))])
@pytest.mark.parametrize("engine", ENGINES)
def test_shells_and_yaml_read_them(engine: str, launch: Launch) -> None:
    try:
        files = engines.files(engine, launch)
    except UnsupportedError:
        assert engine != "vllm"
        return
    for name, text in files.items():
        if name.endswith(".sh"):
            done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
        else:
            assert isinstance(yaml.safe_load(text), dict)


def test_vllm_starts_each_replica_on_its_devices(tmp_path: Path) -> None:
    files = engines.files("vllm", LLAMA)
    calls = started(files, "serve.sh", tmp_path, 2)
    assert [(call[0], call[1], call[2:4], value(call, "--port")) for call in calls] == [
        ("vllm", "0,1,2,3", ["serve", "/models/llama"], "8100"), ("vllm", "4,5,6,7", ["serve", "/models/llama"], "8101"),
    ]  # fmt: skip
    assert all((value(call, "--tensor-parallel-size"), value(call, "--max-num-seqs"), value(call, "--quantization")) == ("4", "128", "fp8") for call in calls)
    routed = started(files, "router.sh", tmp_path, 1)[0]
    assert "http://127.0.0.1:8100" in routed and "http://127.0.0.1:8101" in routed and value(routed, "--policy") == "power_of_two"


def test_json_survives_the_shell(tmp_path: Path) -> None:
    pool = replace(LLAMA.pools[0], count=1, draft=Draft("/models/a draft", 4))
    call = started(engines.files("vllm", replace(LLAMA, pools=(pool,))), "serve.sh", tmp_path, 1)[0]
    assert json.loads(value(call, "--speculative-config")) == {"method": "draft_model", "model": "/models/a draft", "num_speculative_tokens": 4, "draft_tensor_parallel_size": 4}
    assert value(call, "--port") == "8000", "a replica alone answers itself"


def test_a_replica_on_two_machines(tmp_path: Path) -> None:
    """The decode pool has 16 attention groups: eight on each of two machines, after the machines of prefill."""
    where = {"NODES": "a b c d", "MODEL": "/m"}
    vllm = engines.files("vllm", DEEPSEEK)
    head = started(vllm, "decode.sh", tmp_path, 1, NODE="0", **where)[0]
    rest = started(vllm, "decode.sh", tmp_path, 1, NODE="1", **where)[0]
    assert value(head, "--data-parallel-address") == value(rest, "--data-parallel-address") == "a" and "--headless" in rest and "--headless" not in head
    assert (value(head, "--data-parallel-size"), value(head, "--data-parallel-size-local"), value(rest, "--data-parallel-start-rank")) == ("16", "8", "8")
    assert json.loads(value(head, "--kv-transfer-config"))["kv_role"] == "kv_consumer"
    sglang = engines.files("sglang", DEEPSEEK)
    call = started(sglang, "decode.sh", tmp_path, 1, NODE="1", **where)[0]
    assert (value(call, "--nnodes"), value(call, "--node-rank"), value(call, "--dp-size"), value(call, "--tp-size"), value(call, "--ep-size")) == ("2", "1", "16", "16", "16")
    assert value(call, "--max-running-requests") == str(128 * 16) and value(call, "--chunked-prefill-size") == str(512 * 16), "SGLang divides them by the attention groups"
    assert value(call, "--dist-init-addr").startswith("a:")
    trtllm = engines.files("trtllm", DEEPSEEK)
    call = started(trtllm, "decode.sh", tmp_path, 1, NODE="0", **where)[0]
    assert call[0] == "mpirun" and value(call, "-n") == "16" and value(call, "-H") == "a:8,b:8"


def test_stages_on_two_machines(tmp_path: Path) -> None:
    kind = Kind("H100-SXM", 16, 8)
    files = engines.files("vllm", replace(LLAMA, pools=(replace(SERVE, kind=kind, count=1, tp=8, pp=2),)))
    call = started(files, "serve.sh", tmp_path, 1, NODES="a b", NODE="1")[0]
    assert (value(call, "--nnodes"), value(call, "--node-rank"), value(call, "--master-addr")) == ("2", "1", "a") and "--headless" in call
    assert value(call, "--max-num-seqs") == "256", "a limit of all stages' batches together"


def test_drafts_and_pools_in_yaml() -> None:
    drafted = replace(SERVE, weights="bf16", draft=Draft("/models/draft", 3))
    options = yaml.safe_load(engines.files("trtllm", replace(LLAMA, pools=(drafted,)))["serve.yaml"])
    assert options["speculative_config"] == {"decoding_type": "DraftTarget", "max_draft_len": 3, "speculative_model_dir": "/models/draft"}
    pools = (replace(SERVE, role="prefill", count=1), replace(SERVE, role="decode", count=1))
    (application,) = yaml.safe_load(engines.files("rayserve", replace(LLAMA, pools=pools))["serve.yaml"])["applications"]
    assert application["import_path"] == "ray.serve.llm:build_pd_openai_app"
    assert application["args"]["prefill_config"]["engine_kwargs"]["kv_transfer_config"]["kv_role"] == "kv_producer"


def test_trtllm_joins_prefill_and_decode(tmp_path: Path) -> None:
    files = engines.files("trtllm", DEEPSEEK)
    call = started(files, "router.sh", tmp_path, 1, NODES="a b c d", NODE="0", MODEL="/m")[0]
    told = yaml.safe_load(Path(value(call, "-c")).read_text())
    assert told["context_servers"]["urls"] == ["c:8100", "d:8100"] and told["generation_servers"]["urls"] == ["a:8100"]
    assert yaml.safe_load(files["prefill.yaml"])["enable_attention_dp"] and yaml.safe_load(files["prefill.yaml"])["moe_expert_parallel_size"] == 8


def test_a_machine_without_the_pool_and_wrong_addresses_are_refused(tmp_path: Path) -> None:
    for name, text in engines.files("vllm", DEEPSEEK).items():
        (tmp_path / name).write_text(text)
    for told, said in (({"NODE": "3"}, "no devices of this pool"), ({"NODES": "a", "NODE": "0"}, "the plan has 4"), ({"NODE": ""}, "which of these machines")):
        given_ = {"PATH": os.environ["PATH"], "MODEL": "/m", "NODES": "a b c d", **told}
        done = subprocess.run(["bash", str(tmp_path / "decode.sh")], env=given_, capture_output=True, text=True)
        assert done.returncode != 0 and said in done.stderr


@pytest.mark.parametrize(
    ("engine", "pool", "said"),
    [
        ("vllm", replace(SERVE, policy="past_future"), r"past_future.*--policy fcfs_chunked_prefill"),
        ("vllm", replace(SERVE, policy="continuous_batching"), "continuous_batching"),
        ("vllm", replace(SERVE, weights="int8_wo"), r"int8_wo from a checkpoint of bf16.*quantised"),
        ("vllm", replace(SERVE, weights="f8_block"), "f8_block"),
        ("vllm", replace(SERVE, kv="int8"), "cache of int8"),
        ("vllm", replace(SERVE, dp=4, ep=4), r"4 groups of experts on 16.*1 or 16"),
        ("vllm", replace(SERVE, mixed="2 on L4, 1 on H100-SXM"), "stages on different kinds"),
        ("vllm", replace(SERVE, types=(("experts", "mxf4"),)), "experts of mxf4"),
        ("vllm", replace(SERVE, parameters=("reserve",)), "reserve"),
        ("vllm", replace(SERVE, kind=Kind("TPU-v6e", 8, 8, "tpu")), "on TPU-v6e"),
        ("sglang", replace(SERVE, cp=2), r"2 devices share out.*vllm"),
        ("sglang", replace(SERVE, pp=2, count=1), r"one step beside pipeline stages.*continuous_batching"),
        ("sglang", replace(SERVE, draft=Draft("", 4)), "beside a draft model"),
        ("trtllm", SERVE, "f8 from a checkpoint of bf16"),
        ("trtllm", replace(SERVE, weights="bf16", dp=2, count=1), r"attention groups of 4 devices.*TP1 DP8"),
        ("trtllm", replace(SERVE, weights="bf16", kind=Kind("MI300X", 8, 8, "amd")), "on MI300X"),
        ("rayserve", replace(SERVE, tp=1, dp=4, ep=4), "attention groups"),
        ("dynamo", replace(SERVE, tp=1, dp=4, ep=4), "attention groups"),
        ("dynamo", replace(SERVE, kind=Kind("H100-SXM", 16, 8), tp=8, pp=2, count=1), "several machines"),
        ("vllm", replace(SERVE, tp=3, count=3), "can't be laid out on machines of 8"),
    ],
)
def test_what_an_engine_cannot_be_told(engine: str, pool: Pool, said: str) -> None:
    with pytest.raises(UnsupportedError, match=said):
        engines.files(engine, replace(LLAMA, pools=(pool,)))


def test_other_refusals() -> None:
    with pytest.raises(UnsupportedError, match="caches of bf16 and f8"):
        engines.files("vllm", replace(DEEPSEEK, pools=(EXPERTS, replace(DEEPSEEK.pools[1], kv="f8"))))
    with pytest.raises(UnsupportedError, match="GGUF"):
        engines.files("vllm", replace(LLAMA, model=replace(LLAMA.model, gguf=True)))
    with pytest.raises(InputError, match="choose one of vllm"):
        engines.files("tgi", LLAMA)


def test_sglang_computes_whole_prompts_first_under_continuous_batching(tmp_path: Path) -> None:
    call = started(engines.files("sglang", replace(LLAMA, pools=(replace(SERVE, policy="continuous_batching", count=1),))), "serve.sh", tmp_path, 1)[0]
    assert value(call, "--chunked-prefill-size") == "-1" and value(call, "--max-prefill-tokens") == "2048" and "--enable-mixed-chunk" not in call


def devices(files: dict[str, str], role: str) -> Iterator[tuple[str, str]]:
    """(machine, device) of each that a script of this role gives an engine."""
    for name, text in files.items():
        if name.startswith(role):
            for node, block in re.findall(r"^(\d+)\)\n(.*?)^  ;;", text, re.MULTILINE | re.DOTALL):
                for found in re.findall(r"(?:CUDA|HIP)_VISIBLE_DEVICES=([\d,]+)", block):
                    yield from ((node, device) for device in found.split(","))


sizes = st.sampled_from([1, 2, 4, 8])
made = st.builds(
    lambda tp, pp, dp, count, role: Pool(role, Kind("MI300X", 64, 8, "amd"), count, tp=tp, pp=pp, dp=dp, ep=tp * dp if dp > 1 else 1),
    sizes, st.sampled_from([1, 2, 4]), st.sampled_from([1, 2, 8]), st.integers(1, 3), st.sampled_from(["serve"]),
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.lists(made, min_size=1, max_size=3))
def test_each_device_of_the_plan_is_given_once(pools: list[Pool]) -> None:
    launch = Launch(Model("m", "/m"), tuple(pools))
    whole = sum(pool.devices * pool.count for pool in pools)
    assume(whole <= 64 and all(pool.tp * pool.pp <= 8 for pool in pools))
    try:
        files = engines.files("vllm", launch)
    except UnsupportedError as error:
        assert "laid out" in str(error)
        assume(False)
        raise
    given_ = list(devices(files, "serve"))
    assert len(given_) == len(set(given_)) == whole
    found, nodes = places(launch)
    assert {node for node, _ in given_} == {str(node) for node in range(nodes)}
    ports = [(part.node, place.port) for place in found for part in place.parts]
    assert len(ports) == len(set(ports)), "no two replicas on a machine share a port"
