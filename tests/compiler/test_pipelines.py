"""`intarsia pipeline`: models and files of times, texts, traces and pictures, and what it refuses."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from typer.testing import CliRunner

from intarsia.compiler import pipelines
from intarsia.compiler.cli import app
from intarsia.compiler.commands.pipeline import lost, sentences
from intarsia.compiler.frontends import hf_sizes
from intarsia.compiler.serving_models import CONFIGS
from intarsia.cost_models.devices import load
from intarsia.cost_models.ops import Elementwise
from intarsia.cost_models.serving.shapes import Batch, Chunk, Plan, Precision, Step
from intarsia.cost_models.serving.step import roofline
from intarsia.cost_models.serving.step_ops import step_ops
from intarsia.errors import InfeasibleError, InputError, UnsupportedError
from intarsia.ir.module import Module
from intarsia.planner.pipeline import analysis, model_layer
from intarsia.planner.pipeline.layer import Resources
from intarsia.planner.pipeline.model_layer import Work
from intarsia.planner.pipeline.parts import LONGEST, launch_s, product_of
from intarsia.planner.pipeline.search import Options, search
from tests.planner.pipeline.layers import balanced

TIMES = {
    "name": "tiny", "layers": 4, "batch": {"decode": 256}, "peak": {"flops": 1e12, "parameters": 1e9},
    "operators": {
        "P": {"kind": "compute", "ms": {256: 1.0}, "previous": ["R"], "compute_ms": 0.9}, "A": {"kind": "memory", "ms": {256: 0.5}, "after": ["P"], "memory_ms": 0.4},
        "R": {"kind": "network", "ms": {256: 0.3}, "after": ["A"], "network_ms": 0.2},
    },
}  # fmt: skip


@pytest.fixture
def times(tmp_path: Path) -> Path:
    path = tmp_path / "times.yaml"
    path.write_text(yaml.safe_dump(TIMES))
    return path


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["pipeline", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_everything_that_is_written(times: Path, tmp_path: Path) -> None:
    out, trace, svg = tmp_path / "p.mlir", tmp_path / "t.json", tmp_path / "p.svg"
    (tmp_path / "manifest.json").write_text(json.dumps({"models": {}}))
    found = json.loads(run(times, "--json", "-o", out, "--trace", trace, "--svg", svg, "--report", tmp_path))
    assert found["overlapped"] and found["bound_by"] == "compute" and found["lower_bound_s"] <= found["period_s"] < found["sequential_s"] == pytest.approx(1.8e-3)
    assert found["fraction"] == pytest.approx(found["optimal_s"] / found["period_s"])
    assert found["fraction"] > found["sequential_fraction"]
    assert str(Module.load(out)) == found["ir"]
    events = [event for event in json.loads(trace.read_text())["traceEvents"] if event["ph"] == "X"]
    assert len(events) >= 3 * len(found["runs"]) and {event["args"]["operator"] for event in events} == {"P", "A", "R"}
    drawn = ElementTree.fromstring(svg.read_text())
    assert sum("block" in each.get("class", "") for each in drawn.iter()) == len(events)
    assert {text.text for text in drawn.iter() if (text.text or "") in TIMES["operators"]} == set(TIMES["operators"])  # type: ignore[arg-type]
    page = (tmp_path / "report.html").read_text()
    assert 'aria-label="Pipeline of tiny"' in page and "of the optimum (bound by compute)" in page
    words = "\n".join(sentences(found))
    assert "overlap" in words and "bound by compute" in words and "tokens/s" in words and "gap" in words
    assert "above the optimum of" in words and lost(found | {"operators": []}) == []
    assert "some are missing" in words and "warning" not in "\n".join(sentences(found | {"sequential_fraction": 0.6}))
    assert "don't overlap" in "\n".join(sentences(found | {"overlapped": False}))


def llama(tmp_path: Path) -> Path:
    path = tmp_path / "Llama-3.1-8B" / "config.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(CONFIGS["Llama-3.1-8B"]))
    return path


def test_a_model_on_devices(tmp_path: Path) -> None:
    layer, curves, device, _ = pipelines.asked(llama(tmp_path), "2xH100-SXM", "rate=1/s,prompt_tokens=512,output_tokens=512", 1024, None, None)
    assert device == "2xH100-SXM" and curves.elastic and (layer.decode, layer.prefill) == (512, 512)
    assert [op.name for op in layer.operators] == ["KQV", "DecAttn", "PfAttn", "O", "AR_O", "UG", "D", "AR_D"] and layer.operators[0].previous == ("AR_D",)
    kinds = {op.name: op.kind for op in layer.operators}
    assert kinds["AR_D"] == "network" and kinds["DecAttn"] == "memory" and kinds["UG"] == "compute"
    apart, *_ = pipelines.asked(llama(tmp_path), "2xH100-SXM", "rate=1/s,prompt_tokens=512,output_tokens=512", 1024, None, None, kernels="apart")
    assert [op.name for op in apart.operators] == ["Norm1", "KQV", "DecAttn", "PfAttn", "O", "AR_O", "Norm2", "UG", "D", "AR_D"]


def test_types_that_a_device_does_not_multiply_are_told(tmp_path: Path) -> None:
    """An H100 has products of 8-bit floats, an A100 has none; weights alone in few bits are widened everywhere."""
    for precision, fleet, said in (("f8", "1xA100-80GB-SXM", True), ("f8", "1xH100-SXM", False), ("int8_wo", "1xA100-80GB-SXM", False)):
        notes = pipelines.asked(llama(tmp_path), fleet, "rate=1/s,prompt_tokens=64,output_tokens=64", 128, precision, None).notes
        assert notes == (("A100-80GB-SXM has no products of f8: priced in bf16",) if said else ())
    printed = run(llama(tmp_path), "--fleet", "1xA100-80GB-SXM", "--precision", "f8", "--batch", "128", "--time-limit", "0.1")
    assert "note: A100-80GB-SXM has no products of f8: priced in bf16" in printed


@pytest.mark.parametrize("devices", [1, 2])
def test_fused_kernels_leave_out_activations_and_share_norms_out(devices: int) -> None:
    """Seconds of separate kernels less the activation's, and less what other devices norm."""
    config, device, work = hf_sizes.read(CONFIGS["Llama-3.1-8B"], "x"), load("A100-80GB-SXM"), Work.of(1024, 500, 500)
    fused, apart, inline = (model_layer.layer("m", config, device, Plan(tp=devices), Precision(), work, roofline, kernels=kernels) for kernels in ("fused", "apart", "inline"))
    seconds = {op.name: op.seconds(1024) for op in apart.operators}
    activation = float(roofline([Elementwise(3 * 1024 * 14336 / devices * 2)], device)[0])
    norms = (seconds["Norm1"] + seconds["Norm2"]) * (1 - 1 / devices)
    assert fused.sequential_s == pytest.approx(apart.sequential_s - activation - norms, rel=1e-6)
    assert inline.sequential_s == pytest.approx(apart.sequential_s) and len(inline.operators) == len(apart.operators) - 2


def test_the_optimum_counts_with_the_rate_that_is_said(tmp_path: Path) -> None:
    layer, *_ = pipelines.asked(llama(tmp_path), "1xA100-80GB-SXM", "rate=1/s,prompt_tokens=512,output_tokens=512", 1024, None, None, peak=260e12)
    assert layer.optimal_s == pytest.approx(2 * 8.03e9 * 1024 / 260e12 / 32, rel=1e-3)


def test_the_example_of_published_times_passes_the_published_fraction() -> None:
    """NanoFlow: up to 68.5 % of the optimum (arXiv 2408.12757); one after the other its times are 61.3 %."""
    layer, curves, *_ = pipelines.asked(Path(__file__).parents[2] / "examples" / "pipelines" / "llama-2-70b.yaml", None, None, None, None, None)
    found = search(layer, curves, Options(structures=2, changes=2000))
    assert layer.optimal_s / layer.sequential_s == pytest.approx(0.613, abs=5e-4) and layer.optimal_s / found.period_s >= 0.685


def test_the_ends_of_a_step_are_its_operators_outside_the_layers() -> None:
    """Embedding, last norm, output and sampling of a step, by the operators that serving counts."""
    config, device, work = hf_sizes.read(CONFIGS["Llama-3.1-8B"], "x"), load("A100-80GB-SXM"), Work(512, 500, 750.0, 500.0)
    layer = model_layer.layer("m", config, device, Plan(), Precision(), work, roofline)
    launches = step_ops(config, Plan(), Precision(), Step(decode=(Batch(512, 750.0),), prefill=(Chunk(500.0, 0.0, 1.0),)))
    inside = {label for labels in model_layer.PARTS.values() for label in labels} | {"attention", "norm"}
    ends = sum(launch.count * float(roofline([launch.op], device)[0]) for launch in launches if launch.label not in inside)
    norm = next(float(roofline([launch.op], device)[0]) for launch in launches if launch.label == "norm")
    assert layer.outside_s == pytest.approx(ends + norm) and layer.with_ends(1e-3) == pytest.approx(1e-3 + (ends + norm) / 32)


@pytest.mark.parametrize(("arguments", "error", "sentence"), [
    ((None, None, None, None, None), InputError, "needs devices"), (("local", None, None, None, None), InputError, "equal accelerators"),
    (("1xA100-80GB-SXM", "rate=1/s,prompt_tokens=2000,output_tokens=2000", 4096, None, None), InfeasibleError, r"take a batch of at most \d+ rows"),
    (("3xA100-80GB-SXM", None, None, None, None), InputError, "take 2 devices"),
])  # fmt: skip
def test_what_is_refused(tmp_path: Path, arguments: tuple[object, ...], error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        pipelines.asked(llama(tmp_path), *arguments)  # type: ignore[arg-type]


def test_what_only_models_take(tmp_path: Path) -> None:
    (tmp_path / "times.yaml").write_text("batch: {decode: 8}\noperators: {P: {kind: compute, ms: {8: 1.0}, previous: [P]}}\n")
    with pytest.raises(InputError, match="--batch, --peak-tflops of a file of times"):
        pipelines.asked(tmp_path / "times.yaml", None, None, 16, None, None, peak=1e12)
    with pytest.raises(InputError, match="choose fused or apart"):
        pipelines.asked(llama(tmp_path), "1xA100-80GB-SXM", None, 256, None, None, kernels="melted")


def test_what_is_above_the_optimum_adds_up(tmp_path: Path) -> None:
    layer = model_layer.layer("m", hf_sizes.read(CONFIGS["Llama-3.1-8B"], "x"), load("H100-SXM"), Plan(tp=2), Precision(), Work.of(1024, 500, 500), roofline, kernels="apart")
    above = analysis.excess(layer)
    assert sum(above.values()) == pytest.approx(layer.sequential_s - analysis.optimum(layer)) and above["AR_O"] == pytest.approx(layer.operators[5].seconds(1024))
    assert analysis.excess(balanced()) == {}


def test_the_batch_that_is_named_fits(tmp_path: Path) -> None:
    config, device = hf_sizes.read(CONFIGS["Llama-3.1-8B"], "x"), load("A100-80GB-SXM")
    with pytest.raises(InfeasibleError) as caught:
        model_layer.layer("m", config, device, Plan(), Precision(), Work.of(4096, 1000, 1000), roofline)
    most = int(caught.value.mend.split(" at most ")[1].split()[0])
    assert model_layer.layer("m", config, device, Plan(), Precision(), Work.of(most, 1000, 1000), roofline).rows == most
    with pytest.raises(InfeasibleError, match=f"at most {most} rows"):
        model_layer.layer("m", config, device, Plan(), Precision(), Work.of(10**7, 1000, 1000), roofline)
    with pytest.raises(InfeasibleError):
        model_layer.layer("m", config, device, Plan(), Precision(), Work.of(most + 16, 1000, 1000), roofline)


def test_layers_of_other_kinds() -> None:
    with pytest.raises(UnsupportedError, match="grouped-head attention"):
        model_layer.layer("m", hf_sizes.read(CONFIGS["DeepSeek-V3"], "x"), load("H200"), Plan(tp=8), Precision("f8"), Work.of(64, 100, 100), roofline)


def test_experts_have_a_place() -> None:
    """As one operator, or as launches of the same work: none longer than a share of the layer, each product's first launch free, the others at a launch's price."""
    config, device = hf_sizes.read(CONFIGS["Qwen3-30B-A3B"], "x"), load("H100-SXM")
    apart, fused = (model_layer.layer("m", config, device, Plan(tp=2), Precision(), Work.of(1024, 500, 500), roofline, kernels=kernels) for kernels in ("apart", "fused"))
    whole = next(op for op in apart.operators if op.name == "Experts")
    launches = [op for op in fused.operators if op.name.startswith("Experts")]
    assert {"Route", "Experts", "AR_D"} <= {op.name for op in apart.operators} and fused.sequential_s > fused.optimal_s
    assert [op.name for op in launches] == ["ExpertsUp1", "ExpertsUp2", "ExpertsUp3", "ExpertsDown1", "ExpertsDown2"]
    for (rows, seconds), *parts in zip(whole.points, *(op.points for op in launches), strict=True):
        assert sum(part for _, part in parts) == pytest.approx(seconds + 3 * launch_s(device)) and {at for at, _ in parts} == {rows}
    assert all(after.after == (before.name,) for before, after in itertools.pairwise(launches)) and fused.operators[-1].after == (launches[-1].name,)
    assert {product_of(op.name) for op in launches} == {"ExpertsUp", "ExpertsDown"} and product_of("Norm1") == "Norm1"
    assert sum((op.resources for op in launches), Resources()).compute == pytest.approx(whole.resources.compute)
    assert max(op.points[-1][1] for op in launches) <= LONGEST * fused.sequential_s + launch_s(device)


def test_the_work_of_a_batch() -> None:
    work = Work.of(2048, 512, 1536)
    assert (work.decode, work.prefill, work.context) == (1536, 512, 1280)
    with pytest.raises(InputError):
        Work.of(0, 1, 1)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"times\.yaml: no such file"):
        pipelines.asked(tmp_path / "times.yaml", None, None, None, None, None)


@pytest.mark.parametrize(("content", "said"), [("[1,", "cannot read the times"), ("name: x", "batch"), ("", "should be a table")])
def test_yaml_that_holds_no_times(tmp_path: Path, content: str, said: str) -> None:
    """It isn't taken for a model."""
    (tmp_path / "times.yaml").write_text(content)
    with pytest.raises(InputError, match=rf"times\.yaml.*{said}"):
        pipelines.asked(tmp_path / "times.yaml", None, None, None, None, None)


def test_places_that_nothing_can_be_written_to_are_told_before_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intarsia.planner.pipeline.search.search", lambda *_: pytest.fail("it searched"))
    times = str(Path(__file__).parents[2] / "examples/pipelines/llama-2-70b.yaml")
    for arguments, said in ((["--svg", str(tmp_path / "no" / "p.svg")], "cannot write the picture"), (["--report", str(tmp_path)], "no bundle")):
        done = CliRunner().invoke(app, ["pipeline", times, *arguments])
        assert done.exit_code and said in str(done.exception) + done.output


def test_a_share_that_no_curve_has(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text('curves: {"memory beside compute": [[0.43, 0.8], [1.0, 1.0]]}')
    with pytest.raises(InputError, match=r"c\.yaml, memory beside compute: .* found 0\.43 \(say what the speed is at 0\.45\)"):
        pipelines.curves(tmp_path / "c.yaml")


@pytest.mark.parametrize("content", ["[", "curves: 3", ""])
def test_curves_that_are_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "c.yaml").write_text(content)
    with pytest.raises(InputError):
        pipelines.curves(tmp_path / "c.yaml")
