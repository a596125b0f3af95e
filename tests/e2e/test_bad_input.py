"""What a user gets for bad input at the command line: exit code 2, one clear line that says what and where, nothing half-written."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from intarsia.compiler import cli
from tests import models

ENVIRONMENT = {**os.environ, "COLUMNS": "400"}

AGENT = """
agent: probe
models:
  small: {model}
inputs: [question]
nodes:
  think: {{kind: llm, model: small, prompt: "{{question}}", max_tokens: 4}}
{more}
results: [think]
"""


Done = subprocess.CompletedProcess[str]


def intarsia(*arguments: str | Path) -> Done:
    """The command in this process, which needs no start."""
    done = CliRunner().invoke(cli.app, [*map(str, arguments)], env={"COLUMNS": "400"})
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


def process(*arguments: str | Path, limit_bytes: int | None = None) -> Done:
    """The command as a user starts it."""

    def limit() -> None:
        if limit_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

    command = [sys.executable, "-m", "intarsia", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, preexec_fn=limit, timeout=120, check=False)


def refused(done: Done, *words: str) -> None:
    """The command ended with code 2 and one error that holds `words`; no traceback."""
    assert done.returncode == 2, (done.returncode, done.stdout[-500:], done.stderr[-2000:])
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bad")


@pytest.fixture(scope="module")
def gguf(folder: Path) -> Path:
    return models.tiny_gguf(folder / "tiny.gguf")


@pytest.fixture(scope="module")
def built(folder: Path, gguf: Path) -> Path:
    done = intarsia("compile", gguf, "-o", folder / "built")
    assert done.returncode == 0, done.stderr
    return folder / "built"


def agent(folder: Path, gguf: Path, more: str) -> Path:
    path = folder / "agent.yaml"
    path.write_text(AGENT.format(model=gguf, more=more))
    return path


def cut(path: Path, out: Path, keep: float = 0.5) -> Path:
    data = path.read_bytes()
    out.write_bytes(data[: int(len(data) * keep)])
    return out


def corrupt_gguf(folder: Path, gguf: Path) -> Path:
    out = folder / "corrupt.gguf"
    out.write_bytes(b"GGUF" + b"\xff" * 64)
    return out


def cut_safetensors(folder: Path, _: Path) -> Path:
    place = models.tiny_hf(folder / "cut", arch="llama")
    cut(place / "model.safetensors", place / "model.safetensors")
    return place


def wrong_sizes(folder: Path, _: Path) -> Path:
    place = models.tiny_hf(folder / "sizes", arch="llama")
    config = json.loads((place / "config.json").read_text())
    (place / "config.json").write_text(json.dumps(config | {"intermediate_size": config["intermediate_size"] * 2}))
    return place


def unknown_architecture(folder: Path, _: Path) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps({"model_type": "perceptron", "architectures": ["Perceptron"], "hidden_size": 8}))
    return path


UNBOUNDED = "  again: {kind: loop, carry: {text: think}, nodes: {more: {kind: transform, how: template, template: '{text}'}}, while: more, next: {text: more}}"

SOURCES: dict[str, tuple[Callable[[Path, Path], Path], tuple[str, ...]]] = {
    "no such file": (lambda folder, _: folder / "nothing.gguf", ("nothing.gguf",)),
    "truncated gguf": (lambda folder, gguf: cut(gguf, folder / "cut.gguf"), ("cut.gguf",)),
    "corrupt gguf": (corrupt_gguf, ("corrupt.gguf",)),
    "truncated safetensors": (cut_safetensors, ("model.safetensors",)),
    "a config of wrong sizes": (wrong_sizes, ("sizes",)),
    "an unsupported architecture": (unknown_architecture, ("perceptron",)),
    "a dangling edge": (lambda folder, gguf: agent(folder, gguf, "  last: {kind: transform, how: template, template: hi, after: [nobody]}"), ("agent.yaml:", "nobody")),
    "an unknown node kind": (lambda folder, gguf: agent(folder, gguf, "  odd: {kind: teleport}"), ("agent.yaml:8", "teleport")),
    "an unknown model": (lambda folder, gguf: agent(folder, gguf, "  odd: {kind: llm, model: large, prompt: x}"), ("agent.yaml:8", "large")),
}


@pytest.mark.parametrize("case", SOURCES)
def test_a_bad_source_is_refused(case: str, folder: Path, gguf: Path, tmp_path: Path) -> None:
    make, words = SOURCES[case]
    refused(intarsia("compile", make(folder, gguf), "-o", tmp_path / "out"), *words)
    assert list(tmp_path.iterdir()) == []


def test_an_unbounded_loop_is_refused(folder: Path, gguf: Path, tmp_path: Path) -> None:
    text = str((Path(__file__).parent.parent.parent / "docs" / "agent-yaml.md").read_text())
    assert "max_iterations" in text
    refused(process("compile", agent(folder, gguf, UNBOUNDED), "-o", tmp_path / "out"), "agent.yaml")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("TIMESTAMP,ContextTokens\n2023-11-16 18:17:03.97,12\n", ("trace.csv", "GeneratedTokens")),
        ("TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.97,-4,5\n", ("trace.csv:2", "-4")),
        ("Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n-5,ChatGPT,10,10,20,Conversation log\n", ("trace.csv:2",)),
        ("", ("trace.csv",)),
    ],
    ids=["missing column", "negative tokens", "negative time", "empty"],
)
def test_a_bad_trace_is_refused(rows: str, words: tuple[str, ...], gguf: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_text(rows)
    refused(intarsia("compile", gguf, "--workload", trace, "-o", tmp_path / "out"), *words)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--fleet", "8xH1000-SXM"), ("H1000",)),
        (("--slo", "ttft=soon"), ("soon",)),
        (("--threads", "0"), ("--threads",)),
        (("--precision", "w-a3"), ("w-a3",)),
        (("--stop-after", "opz"), ("opz",)),
    ],
    ids=["unknown device", "bad goal", "zero threads", "unknown precision", "unknown stage"],
)
def test_a_bad_flag_is_refused(flags: tuple[str, str], words: tuple[str, ...], gguf: Path, tmp_path: Path) -> None:
    refused(intarsia("compile", gguf, *flags, "-o", tmp_path / "out"), *words)
    assert not (tmp_path / "out").exists()


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit on file sizes stands in for a full disk: it is hit while the weights are written."""
    monkeypatch.setitem(ENVIRONMENT, "INTARSIA_CACHE", str(tmp_path / "cache"))
    wide = models.tiny_gguf(tmp_path / "wide.gguf", hidden=512)
    before = sorted(tmp_path.iterdir())
    refused(process("compile", wide, "-o", tmp_path / "out", limit_bytes=400_000), "cannot write")
    assert [path for path in sorted(tmp_path.iterdir()) if path.name != "cache"] == before
    assert not list((tmp_path / "cache").rglob("*.weights"))


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--prompt", "a " * 5000), ("context",)),
        (("--prompt", "a", "--max-tokens", "0"), ("0",)),
        (("--prompt", "a", "--temperature", "-1"), ("-1",)),
        (("--input", "nothing=1"), ("nothing",)),
    ],
    ids=["prompt beyond the context", "zero tokens", "negative temperature", "unknown input"],
)
def test_a_bad_request_is_refused(flags: tuple[str, ...], words: tuple[str, ...], built: Path) -> None:
    refused(intarsia("run", built, *flags), *words)


def test_a_missing_tool_is_named_when_the_bundle_is_loaded(folder: Path, gguf: Path, tmp_path: Path) -> None:
    source = agent(folder, gguf, "  post: {kind: tool, tool: send_letter, arguments: {text: think}}")
    assert intarsia("compile", source, "-o", tmp_path / "out").returncode == 0
    refused(process("run", tmp_path / "out", "--input", "question=hi"), "send_letter", "post")


def test_a_bundle_cut_short_is_refused(built: Path, tmp_path: Path) -> None:
    import shutil

    copy = Path(shutil.copytree(built, tmp_path / "copy"))
    weights = next(copy.glob("*.weights"))
    data = weights.read_bytes()
    weights.unlink()
    weights.write_bytes(data[:-64])
    refused(process("run", copy, "--prompt", "a"), weights.name)


@pytest.mark.parametrize(("name", "value", "word"), [("schema", 99, "99"), ("target", {"machine": "vax", "isa": "avx512vnni", "features": []}, "vax")])
def test_a_bundle_of_another_version_or_machine_is_refused(built: Path, tmp_path: Path, name: str, value: object, word: str) -> None:
    import shutil

    copy = Path(shutil.copytree(built, tmp_path / "copy"))
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps(manifest | {name: value}))
    refused(intarsia("run", copy, "--prompt", "a"), word)


def test_no_bundle_is_refused(tmp_path: Path) -> None:
    refused(process("run", tmp_path / "nothing", "--prompt", "a"), "nothing")
