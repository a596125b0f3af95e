"""Whole GPU bundles on this CPU: the emitted kernels, the host program, parameters' bytes, page tables and waits, against float64."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from intarsia import knobs, runtime
from intarsia.compiler import pipeline
from intarsia.errors import BundleError, InfeasibleError, InputError, IRError, RuntimeFailure, UnsupportedError
from intarsia.runtime.drivers.driver import StepBatch
from tests import reference
from tests.models import tiny_gguf, tiny_hf

pytest.importorskip("triton", reason="the extra gpu is not installed")

from intarsia.codegen.cuda.gemm_hopper import GemmHopper
from intarsia.codegen.gpu.bundle import emit
from intarsia.codegen.gpu.bundle.program import MAIN, MEMORY
from intarsia.codegen.gpu.resources import Resources
from intarsia.codegen.gpu.targets import TARGETS
from intarsia.codegen.triton.gemm import Gemm
from intarsia.runtime.drivers.gpu.cuda import CudaDevice, available
from intarsia.runtime.drivers.gpu.driver import GpuDriver
from intarsia.runtime.drivers.gpu.interpreted import InterpretedDevice
from intarsia.runtime.drivers.gpu.queue import Place, pack
from tests.gpu.eight_reference import SIZES, SURE, EightDecoder
from tests.gpu.fake_cuda import FakeCuda, facts_of

PROMPTS = ([5, 9, 17, 33, 2, 7, 21, 8, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50], [11, 12, 13], [200, 3, 4, 5])
"""The first is longer than a page of 16 tokens."""


def compiled(folder: Path, arch: str, *, sizes: dict[str, Any] | None = None, **more: Any) -> Path:
    source = tiny_hf(folder / f"{arch}_source", arch, **(sizes or {"dtype": "BF16"}))
    wishes = {"context": 64, "max_sequences": 4} | more
    with knobs.scope(targets=("sm_90a",)):
        pipeline.compile_to_bundle(pipeline.Inputs(str(source), fleet="H100-SXM", knobs=wishes), folder / arch)
    return folder / arch


def once(folder: Path, **more: Any) -> Path:
    """A bundle that the first worker to want it compiles, for all."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return folder / "llama" if (folder / "llama" / "manifest.json").exists() else compiled(folder, "llama", **more)


@pytest.fixture(scope="module")
def llama(shared_folder: Path) -> Path:
    return once(shared_folder / "whole")


@pytest.fixture(scope="module")
def halves(shared_folder: Path) -> Path:
    """The same model with decode in two nano-batches."""
    return once(shared_folder / "halves", nano_batches=2)


@pytest.fixture(scope="module")
def right(halves: Path) -> Any:
    """`two_steps` of it, and its decode step alone on an empty cache."""
    driver = GpuDriver(halves, entry_of(halves), InterpretedDevice)
    return two_steps(driver), decode_step(GpuDriver(halves, entry_of(halves), InterpretedDevice))


@pytest.fixture
def texts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels aren't compiled: the interpreter runs their texts. test_kernels.py compiles every kernel, and the bundles of `llama` and `halves` hold objects."""
    monkeypatch.setattr(emit, "_object", lambda *_: {"missing": "nobody runs it here"})


def entry_of(bundle: Path) -> dict[str, Any]:
    (entry,) = json.loads((bundle / "manifest.json").read_text())["models"].values()
    return dict(entry)


def greedy(decoder: reference.Decoder, prompt: list[int], count: int) -> list[int]:
    tokens = list(prompt)
    for _ in range(count):
        tokens.append(int(np.argmax(decoder.logits(tokens)[-1])))
    return tokens[len(prompt) :]


def batch(prompts: tuple[list[int], ...], *cached: int, pages: int = 4) -> StepBatch:
    """Prompts with `cached` tokens of each (one number: of all) in the cache: all that follow them, or, where one is left, a decode step. Sequences' pages lie apart."""
    before = cached * len(prompts) if len(cached) == 1 else cached
    rows = [prompt[count:] for prompt, count in zip(prompts, before, strict=True)]
    firsts = np.cumsum([0, *map(len, rows[:-1])])
    sequences = [(first, len(row), count) for first, row, count in zip(firsts, rows, before, strict=True)]
    positions = [np.arange(count, count + len(row)) for row, count in zip(rows, before, strict=True)]
    table = np.arange(len(prompts) * pages).reshape(pages, len(prompts)).T
    last = firsts + [len(row) - 1 for row in rows]
    return StepBatch(*(np.ascontiguousarray(part, np.int32) for part in (np.concatenate(rows), np.concatenate(positions), sequences, table, last)))


class Launched(InterpretedDevice):
    """Remembers which kernels ran."""

    def __init__(self, facts: Any) -> None:
        super().__init__(facts)
        self.kernels: set[str] = set()

    def launch(self, launch: Any) -> None:
        self.kernels.add(self._facts.kernel(launch.label)["kernel"])
        super().launch(launch)


def two_steps(driver: GpuDriver, prompts: int = len(PROMPTS)) -> Any:
    """Logits of the prompts' prefill, two tokens, then of a decode step."""
    first = driver.step(batch(tuple(prompt[:2] for prompt in PROMPTS[:prompts]), 0)).copy()
    return np.concatenate([first, driver.step(batch(tuple(prompt[:3] for prompt in PROMPTS[:prompts]), 2))])


def decode_step(driver: GpuDriver) -> Any:
    """Logits of the prompts' first tokens: a decode step, for each has one row."""
    return driver.step(batch(tuple(prompt[:1] for prompt in PROMPTS), 0)).copy()


def logits_of(decoder: reference.Decoder, prompts: int = len(PROMPTS)) -> Any:
    """What `two_steps` should give."""
    return np.array([decoder.logits(list(prompt[:end]))[-1] for end in (2, 3) for prompt in PROMPTS[:prompts]])


def test_a_bundle_gives_the_tokens_of_float64(llama: Path) -> None:
    """Prompts that are prefilled together and decoded together, through the engine, the scheduler and the paged cache."""
    decoder = reference.Decoder.load(llama.parent / "llama_source")
    with runtime.load(llama, driver="interpreter") as engine:
        found = engine.generate_batch([list(p) for p in PROMPTS], max_tokens=2)
    assert [list(g.tokens) for g in found] == [greedy(decoder, prompt, 2) for prompt in PROMPTS]


@pytest.mark.usefixtures("texts_alone")
def test_mixtures_of_experts_give_float64s_logits(tmp_path: Path) -> None:
    """Routing, sorting, both grouped products and their sum; head norms; a sliding window is none of Qwen3's."""
    bundle = compiled(tmp_path, "qwen3_moe")
    driver = GpuDriver(bundle, entry_of(bundle), InterpretedDevice)
    wanted = logits_of(reference.Decoder.load(tmp_path / "qwen3_moe_source"), 2)
    np.testing.assert_allclose(two_steps(driver, 2), wanted, atol=0.06 * np.abs(wanted).max())


@pytest.mark.usefixtures("texts_alone")
def test_quantised_files_keep_their_numbers(tmp_path: Path) -> None:
    """Products take codes of 4 and 8 bits and scales as the file has them; the table of tokens and the output head, which have no kernel for them, are widened."""
    source = tiny_gguf(tmp_path / "m.gguf", types={"attn_": "q4_0", "token_embd": "q4_0", "": "q8_0"}, tied=False)
    with knobs.scope(targets=("sm_90a",)):
        pipeline.compile_to_bundle(pipeline.Inputs(str(source), fleet="H100-SXM", knobs={"context": 64, "max_sequences": 4, "precision": "w-a16"}), tmp_path / "b")
    entry = entry_of(tmp_path / "b")
    kinds = {kernel["kernel"]: kernel["spec"].get("bits", 4) for kernel in entry["gpu"]["kernels"].values() if kernel["kernel"].startswith(("gemm_weights", "gemv"))}
    assert kinds == {"gemm_weights": 8, "gemm_weights_hopper": 4, "gemv_int4": 4} and sum(kernel["kernel"] == "gemm" for kernel in entry["gpu"]["kernels"].values()) == 1
    decoder = reference.Decoder.load(source)
    wanted = logits_of(decoder, 2)
    device = Launched(facts_of(tmp_path / "b", entry))
    driver = GpuDriver(tmp_path / "b", entry, lambda facts: device)
    np.testing.assert_allclose(two_steps(driver, 2), wanted, atol=0.03 * np.abs(wanted).max())
    assert {"gemv_int4", "gemm_weights"} <= device.kernels, "a step of few rows takes a kernel of its own for 4 bits (here, its twin), none for 8"
    device.kernels.clear()
    np.testing.assert_allclose(driver.step(batch(([7],), 0))[0], decoder.logits([7])[-1], atol=0.03 * np.abs(wanted).max())
    assert "gemv_int4" in device.kernels


@pytest.mark.usefixtures("texts_alone")
@pytest.mark.parametrize(("precision", "scales"), [("f8", "row"), ("f8_block", "block")])
def test_eight_bit_floats_give_the_tokens_of_a_reference_that_rounds_alike(precision: str, scales: str, tmp_path: Path) -> None:
    """Prefilled, then decoded. Weights are rounded when the bundle is made, rows on the way; the output head stays as it is."""
    bundle, prompts = compiled(tmp_path, "llama", sizes=SIZES, precision=precision), SURE[1:3]
    made = entry_of(bundle)["gpu"]["kernels"].values()
    assert {(k["kernel"], k["spec"]["scales"]) for k in made if k["kernel"] in ("gemm", "quantise")} == {("gemm", scales), ("quantise", scales), ("gemm", "")}
    decoder = EightDecoder.of(reference.Decoder.load(tmp_path / "llama_source"), blocks=scales == "block")
    wanted = [greedy(decoder, prompt, 2) for prompt in prompts]
    driver = GpuDriver(bundle, entry_of(bundle), InterpretedDevice)
    assert driver.step(batch(prompts, 0)).argmax(-1).tolist() == [tokens[0] for tokens in wanted]
    longer = tuple([*prompt, tokens[0]] for prompt, tokens in zip(prompts, wanted, strict=True))
    assert driver.step(batch(longer, *map(len, prompts))).argmax(-1).tolist() == [tokens[1] for tokens in wanted]


@pytest.mark.parametrize(("arch", "fleet", "precision", "error", "message"), [
    ("llama", "A100-80GB-SXM", "f8", InfeasibleError, r"A100-80GB-SXM multiplies no 8-bit floats: nearest there is w-a16; f8 runs on GPUs such as H100-SXM"),
    ("llama", "L40S", "f8_block", UnsupportedError, r"needs products of f8e4m3, and the tensor cores of sm_80 have none .*--precision w-a16; f8e4m3 works on sm_90a, sm_100a"),
    ("llama", "H100-SXM", "f8_block", UnsupportedError, r"rows of 64 weights, and scales of blocks are for 128 .*--precision f8"),
    ("qwen3_moe", "H100-SXM", "f8", UnsupportedError, r"products of experts have no GPU kernel for 8-bit floats .*--precision w-a16"),
])  # fmt: skip
def test_eight_bit_floats_are_refused_where_they_have_no_kernel(arch: str, fleet: str, precision: str, error: type[Exception], message: str, tmp_path: Path) -> None:
    source = tiny_hf(tmp_path / "m", arch, dtype="BF16")
    with pytest.raises(error, match=message):
        pipeline.lower(pipeline.Inputs(str(source), fleet=fleet, knobs={"context": 64, "precision": precision}))


def test_other_quantised_files_are_refused(tmp_path: Path) -> None:
    source = tiny_gguf(tmp_path / "m.gguf", types="q4_1")
    with pytest.raises(UnsupportedError, match=r"is stored as q4_1; GPU bundles take f32, f16, bf16, q4_0, q8_0, one type a product"):
        pipeline.lower(pipeline.Inputs(str(source), fleet="H100-SXM", knobs={"context": 64, "precision": "w-a16"}))


def test_nano_batches_give_the_same_whatever_order_the_streams_take(llama: Path, halves: Path, right: Any) -> None:
    whole = two_steps(GpuDriver(llama, entry_of(llama), InterpretedDevice))
    np.testing.assert_array_equal(right[0], whole)
    for seed in (1, 2):
        split = decode_step(GpuDriver(halves, entry_of(halves), lambda facts, seed=seed: InterpretedDevice(facts, seed=seed)))
        np.testing.assert_array_equal(split, right[1])


def test_a_wait_that_is_missing_shows(halves: Path, right: Any, tmp_path: Path) -> None:
    """Every wait of the host program is needed: without it some order of the streams gives other logits, or none."""
    broken = tmp_path / "broken"
    shutil.copytree(halves, broken)
    host = broken / entry_of(halves)["gpu"]["host"]
    text = host.read_text()
    assert text.count("wait=") == 8
    host.write_text(text.replace(', wait=["3.rope_kv/0.rope_kv"]', "").replace(", wait=['3.rope_kv/0.rope_kv']", ""))
    assert host.read_text().count("wait=") == 6
    wrong = (decode_step(GpuDriver(broken, entry_of(broken), lambda facts, seed=seed: InterpretedDevice(facts, seed=seed, guard=False))) for seed in range(4))
    assert any(not np.array_equal(found, right[1]) for found in wrong)


@pytest.mark.parametrize("green", [True, False])
def test_the_cuda_driver_packs_captures_and_replays(halves: Path, right: Any, green: bool) -> None:
    """With a stand-in for libcuda whose launches run what the parameters' bytes say: logits of both nano-batches, twice, the second time from graphs."""
    entry = entry_of(halves)
    cuda = FakeCuda(facts_of(halves, entry), green=green)
    driver = GpuDriver(halves, entry, lambda facts: CudaDevice(facts, cuda))
    steps, wanted = (two_steps, right[0]) if green else (decode_step, right[1])
    np.testing.assert_array_equal(steps(driver), wanted)
    captured = cuda.calls["cuStreamBeginCapture_v2"]
    np.testing.assert_array_equal(steps(driver), wanted)
    assert captured == cuda.calls["cuStreamBeginCapture_v2"] and cuda.calls["cuGraphLaunch"] == 2 * captured == (4 if green else 2)
    assert cuda.partitions == ([48] if green else [])
    driver.close()
    assert cuda.calls["cuMemFree_v2"] == cuda.calls["cuMemAlloc_v2"]
    with pytest.raises(RuntimeFailure, match="closed"):
        steps(driver)


def test_objects_are_for_one_kind_of_gpu(llama: Path) -> None:
    entry = entry_of(llama)
    facts = facts_of(llama, entry)
    for capability in ((8, 0), (9, 1), (12, 0)):
        with pytest.raises(BundleError, match=rf"no objects for compute capability {capability[0]}\.{capability[1]}; it has sm_90a"):
            CudaDevice(facts, FakeCuda(facts, capability))


@pytest.mark.parametrize("target", ["sm_80", "gfx942"])
def test_what_fits_no_other_target_is_made_with_what_does(target: str, tmp_path: Path) -> None:
    spec = Gemm(dtype="bf16", n=512, k=256, tile_m=128, tile_n=256, tile_k=64, bulk=True, ctas=132, stages=3)
    (tmp_path / "kernels").mkdir()
    (tmp_path / "objects").mkdir()
    found = emit._object(emit.Kernel(spec, spec.label), target, "sm_90a", tmp_path)
    assert found["instead"]["bulk"] is False and found["instead"].get("stages", 3) <= 3 and not found["scratch_bytes"]
    assert (tmp_path / found["file"]).stat().st_size and "bulk" not in (tmp_path / found["text"]).read_text().splitlines()[0]
    with pytest.raises(UnsupportedError):
        emit._object(emit.Kernel(spec, spec.label), target, target, tmp_path)


@pytest.mark.parametrize(("target", "kind"), [("sm_80", "bf16"), ("gfx942", "bf16"), ("sm_100a", "f8e4m3"), ("sm_80", "f8e4m3")])
def test_products_by_warps_with_roles_are_tritons_elsewhere(target: str, kind: str, tmp_path: Path) -> None:
    more: dict[str, Any] = {"dtype": kind, "out": "bf16", "scales": "row"} if kind != "bf16" else {}
    spec = GemmHopper(n=512, k=256, ctas=132, tile_n=256, **more)
    (tmp_path / "kernels").mkdir()
    (tmp_path / "objects").mkdir()
    found = emit._object(emit.Kernel(spec, spec.label), target, "sm_90a", tmp_path)
    if kind not in TARGETS[target].multiplied:
        assert kind in found["missing"]
        return
    assert found["instead"]["kernel"] == "gemm" and not found["scratch_bytes"] and found["parameters"] == len(spec.arguments) + 2
    assert (tmp_path / found["file"]).stat().st_size and "def gemm(" in (tmp_path / found["text"]).read_text()


def test_scratch_memory_stands_behind_the_arguments() -> None:
    """Where Triton's two pointers stand, in whichever language a kernel is."""
    spec = GemmHopper(n=64, k=64, ctas=3)
    given = {"a": Place(16, 1 << 20), "b": Place(32, 1 << 20), "c": Place(48, 1 << 20), "rows": 5}
    for scratch in (spec.scratch_bytes, 0):
        kernel = spec.to_dict() | {"objects": {"sm_90a": {"scratch_bytes": scratch}, "sm_80": {"missing": "..."}}}
        words, extents = pack("x", kernel, given, {"rows": 5}, 4096)
        assert words[24:28] == (5).to_bytes(4, "little") and words[32:] == ((4096).to_bytes(8, "little") + bytes(8) if scratch else b"")
        assert extents == (5 * 64 * 2, 64 * 64 * 2, 5 * 64 * 2)


def test_the_host_program_reads_as_it_should(halves: Path, golden: Any) -> None:
    golden("gpu/step.py", (halves / entry_of(halves)["gpu"]["host"]).read_text().replace("llama_source", "m"))


def test_the_manifest_says_what_a_launch_needs(llama: Path) -> None:
    gpu = entry_of(llama)["gpu"]
    assert gpu["target"] == "sm_90a" and gpu["cores"] == 132
    for kernel in gpu["kernels"].values():
        made = kernel["objects"]["sm_90a"]
        assert (llama / gpu["folder"] / made["file"]).stat().st_size and (llama / gpu["folder"] / kernel["text"]).read_text().startswith(('"""', "// gemm_hopper"))
        assert made["resources"]["registers"] > 0 and made["resources"]["spill_bytes"] == 0 and made["parameters"] == len(kernel["arguments"]) + 2


def test_the_plan_says_what_share_attention_gets(llama: Path, halves: Path, tmp_path: Path) -> None:
    """As the pipeline search found it; a plan without one is refused."""
    text = (halves / "stages" / "04-plan.mlir").read_text()
    (share,) = re.findall(r"memory_share = ([0-9.e+-]+)", text)
    assert entry_of(halves)["gpu"]["shares"]["memory"] == float(share) and entry_of(llama)["gpu"]["shares"]["memory"] == 1.0
    assert entry_of(halves)["gpu"]["apart"] == entry_of(llama)["gpu"]["apart"] == []
    (tmp_path / "plan.mlir").write_text(re.sub(r"memory_share = [^,}]+, ", "", text))
    with pytest.raises(IRError, match="2 nano-batches need a memory_share"):
        pipeline.lower(pipeline.Inputs(), pipeline.Options(start_from=("plan", tmp_path / "plan.mlir")))


def test_kernels_of_two_streams_that_no_core_holds_together_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = {"large": Resources("sm_90a", 256, 168, 190 * 1024), "small": Resources("sm_90a", 128, 64, 16 * 1024), "attention": Resources("sm_90a", 128, 128, 64 * 1024)}
    monkeypatch.setattr(emit, "compile_kernel", lambda spec, target: SimpleNamespace(resources=taken[spec]))
    launches = [("decode", None, {"order": i, "stream": stream, "share": share}) for i, (stream, share) in enumerate([(MAIN, 0.7), (MAIN, 0.7), (MEMORY, 0.3), (MAIN, 1.0)])]
    chosen = {("decode", i): [emit.Kernel(name, name)] for i, name in enumerate(["large", "small", "attention", "large"])}  # type: ignore[arg-type]
    assert emit._apart(launches, chosen, "sm_90a") == [["large", "attention"]]
    assert emit._apart(launches[1:], chosen, "sm_90a") == [], "what has the whole device to itself shares no core"


DAMAGE: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "phases": (lambda e: e["entries"].clear(), "there is no phase 'prefill'"),
    "pages": (lambda e: e["entries"]["decode"].pop("kv_pages"), "decode's kv_pages is None"),
    "arena": (lambda e: e["entries"]["prefill"].update(arena_bytes=-1), "prefill's arena_bytes is -1"),
    "kernel": (lambda e: e["gpu"]["kernels"].pop(next(iter(e["gpu"]["kernels"]))), "there is no kernel attention_combine"),
    "work": (lambda e: next(iter(e["gpu"]["kernels"].values())).update(work="rows +* 3"), r"work is 'rows \+\* 3'"),
    "no work": (lambda e: next(iter(e["gpu"]["kernels"].values())).pop("work"), "has no work"),
    "type": (lambda e: next(iter(e["gpu"]["kernels"].values()))["arguments"][0].update(dtype="f3"), "has the argument .*f3"),
    "weight": (lambda e: e["gpu"]["weights"].pop("token_embd.weight"), "there is no weight token_embd.weight"),
    "place": (lambda e: e["gpu"]["weights"]["token_embd.weight"].update(offset=1 << 40), r"36864 bytes at 1099511627776, and the file has"),
    "offset": (lambda e: e["gpu"]["weights"]["token_embd.weight"].update(offset="x"), "token_embd.weight lies at"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_manifest_is_found_before_anything_runs(what: str, llama: Path) -> None:
    entry = entry_of(llama)
    damage, message = DAMAGE[what]
    damage(entry)
    with pytest.raises(BundleError, match=rf"manifest.json: the manifest is damaged: .*{message}"):
        GpuDriver(llama, entry, lambda facts: pytest.fail("a device was opened"))


def test_bad_bundles_and_plans_are_refused(llama: Path, tmp_path: Path) -> None:
    source = str(llama.parent / "llama_source")
    with pytest.raises(UnsupportedError, match="no code can be generated for T4"):
        pipeline.compile_to_bundle(pipeline.Inputs(source, fleet="T4", knobs={"context": 64}), tmp_path / "none")
    with pytest.raises(IRError, match="nano_batches"):
        pipeline.lower(pipeline.Inputs(source, fleet="H100-SXM", knobs={"context": 64, "nano_batches": 0}))
    with pytest.raises(UnsupportedError, match=r"5 nano-batches of steps with at most 4 sequences.*nearest: --nano-batches 4"):
        pipeline.lower(pipeline.Inputs(source, fleet="H100-SXM", knobs={"context": 64, "max_sequences": 4, "nano_batches": 5}))
    with pytest.raises(InputError, match="INTARSIA_TARGETS names 'sm_1'"), knobs.scope(targets=("sm_1",)):
        pipeline.compile_to_bundle(pipeline.Inputs(source, fleet="H100-SXM", knobs={"context": 64, "max_sequences": 4}), tmp_path / "none")
    assert not (tmp_path / "none").exists()
    driver = GpuDriver(llama, entry_of(llama), InterpretedDevice)
    with pytest.raises(InputError, match=r"token numbers must lie in \[0, "):
        driver.step(batch(([10**6], [1]), 0))
    with pytest.raises(InputError, match="is larger than the prefill phase"):
        driver.step(batch(tuple([1] for _ in range(5)), 0))
    with pytest.raises(UnsupportedError, match="no encoders"):
        driver.encode(batch(([1],), 0))
    if not available():
        with pytest.raises(RuntimeFailure, match="no CUDA driver"):
            runtime.load(llama)
