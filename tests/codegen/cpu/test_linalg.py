"""Exported torch modules, compiled and run, against torch itself."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from intarsia import knobs
from intarsia.codegen.cpu import emit, to_pipe
from intarsia.errors import InputError, UnsupportedError
from intarsia.ir.module import Module
from intarsia.ir.passes import to_ops, to_tasks
from intarsia.runtime.drivers.call import CallDriver

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

from intarsia.compiler.frontends import torch_export  # noqa: E402

Build = Callable[..., CallDriver]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """`build(module, inputs, dynamic shapes)`: through every stage's text (but planning's) to a driver."""

    def make(model: Any, inputs: Any, shapes: Any = None) -> CallDriver:
        torch.manual_seed(0)
        folder = tmp_path_factory.mktemp("torch")
        with knobs.scope(cache=folder / "cache"):
            module = again(torch_export.load(model, inputs, shapes, "net"))
            for lowering in (to_tasks.run, to_ops.run):
                module = again(lowering(module))
            module.stage = "plan"
            entry = emit.run(again(to_pipe.run(module)), folder)["net"]
        return CallDriver(folder, entry)

    return make


def again(module: Module) -> Module:
    """The module that its text stands for."""
    return Module.parse(str(module))


def arrays(tensors: Any) -> list[Any]:
    return [t.view(torch.int16).numpy().view(ml_dtypes.bfloat16) if t.dtype == torch.bfloat16 else t.numpy() for t in tensors]


def agree(driver: CallDriver, model: Any, *inputs: Any, tolerance: float = 2e-5) -> None:
    """The driver's results are torch's, in type, size and value."""
    with torch.no_grad():
        wanted = model(*inputs)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    found = driver.call(*arrays(inputs))
    assert [r.shape for r in found] == [tuple(w.shape) for w in wanted]
    for result, reference in zip(found, arrays(wanted), strict=True):
        assert result.dtype == reference.dtype
        np.testing.assert_allclose(result.astype(np.float64), reference.astype(np.float64), atol=tolerance, rtol=tolerance)


def dim(name: str, least: int = 1) -> Any:
    return torch.export.Dim(name, min=least, max=4096)


class Mlp(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(33, 70), nn.LayerNorm(70), nn.Linear(70, 17)

    def forward(self, x: Any) -> Any:
        return torch.softmax(self.last(self.norm(F.gelu(self.first(x)))), -1)


def test_mlp_with_dynamic_rows(build: Build) -> None:
    model = Mlp().eval()
    driver = build(model, (torch.randn(5, 33),), ({0: torch.export.Dim("rows")},))
    for rows in (1, 2, 5, 64):
        agree(driver, model, torch.randn(rows, 33))
    assert driver.call(np.zeros((0, 33), np.float32))[0].shape == (0, 17)


def test_convolutions(build: Build) -> None:
    model = nn.Sequential(
        nn.Conv2d(6, 12, 3, padding=1, groups=6), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(12, 5, 5, stride=2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 10),
    ).eval()  # fmt: skip
    model[1].running_mean.normal_()
    model[1].running_var.uniform_(0.5, 2)
    driver = build(model, (torch.randn(2, 6, 17, 19),))
    agree(driver, model, torch.randn(2, 6, 17, 19))


def test_one_dimensional_convolutions(build: Build) -> None:
    model = nn.Sequential(nn.Conv1d(4, 8, 5, padding=2), nn.GELU(), nn.ConvTranspose1d(8, 3, 4, stride=2)).eval()
    agree(build(model, (torch.randn(2, 4, 31),)), model, torch.randn(2, 4, 31))


def test_llama_block_of_any_length(build: Build) -> None:
    from tests.bench import block

    model = block.block().eval()
    length = dim("length", 2)
    driver = build(model, block.example(8), ({1: length}, {0: length}, {0: length}))
    for rows in (2, 3, 17, 64):
        agree(driver, model, *block.example(rows), tolerance=1e-4)


def test_attention_as_torch_writes_it(build: Build) -> None:
    model = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True).eval()
    driver = build(model, (torch.randn(2, 9, 32),), ({1: dim("length", 2)},))
    for length in (2, 9, 40):
        agree(driver, model, torch.randn(2, length, 32))


class Causal(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.out = nn.Linear(48, 144), nn.Linear(48, 48)

    def forward(self, x: Any) -> Any:
        q, k, v = self.qkv(x).view(x.shape[0], x.shape[1], 3, 4, 12).permute(2, 0, 3, 1, 4)
        return self.out(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(x.shape))


def test_scaled_dot_product_attention(build: Build) -> None:
    model = Causal().eval()
    driver = build(model, (torch.randn(2, 9, 48),), ({1: dim("length", 2)},))
    for length in (2, 33):
        agree(driver, model, torch.randn(2, length, 48))


class Elementwise(nn.Module):
    def forward(self, x: Any, y: Any) -> Any:
        smooth = (F.gelu(x), F.gelu(x, approximate="tanh"), torch.sigmoid(x), torch.tanh(x), F.silu(x))
        rest = torch.exp(x) + torch.log(y.abs() + 1) + torch.sqrt(y.abs()) + torch.sin(x) + x**3
        return *smooth, rest, torch.where(x > 0, x, y), torch.cat([x, y], 1), x[:, ::2]


def test_elementwise_functions(build: Build) -> None:
    model, rows = Elementwise(), dim("rows")
    driver = build(model, (torch.randn(5, 7), torch.randn(5, 7)), ({0: rows}, {0: rows}))
    for count in (1, 6):
        agree(driver, model, 3 * torch.randn(count, 7), torch.randn(count, 7), tolerance=1e-4)


class Reductions(nn.Module):
    def forward(self, x: Any) -> Any:
        return x.mean(0), x.amax(1), x.argmax(1), x.sum((0, 1)), x.var(1), x.min()


def test_reductions(build: Build) -> None:
    model = Reductions()
    driver = build(model, (torch.randn(6, 13),), ({0: dim("rows", 2)},))
    for rows in (2, 31):
        agree(driver, model, torch.randn(rows, 13), tolerance=1e-4)


class Tied(nn.Module):
    """The embedding is the output head too."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(50, 24)
        self.head = nn.Linear(24, 50, bias=False)
        self.head.weight = self.table.weight

    def forward(self, numbers: Any) -> Any:
        return self.head(self.table(numbers)), self.table(numbers).sum(1)


def test_embedding_with_a_tied_head(build: Build) -> None:
    model = Tied().eval()
    driver = build(model, (torch.randint(0, 50, (2, 5)),), ({1: dim("length")},))
    for length in (1, 9):
        agree(driver, model, torch.randint(0, 50, (2, length)))


class Products(nn.Module):
    def forward(self, x: Any, y: Any) -> Any:
        return torch.einsum("bij,bkj->bik", x, y), torch.bmm(x, y.transpose(1, 2)), x[0] @ y[0].T, x[0] @ y[0, 0], torch.outer(x[0, 0], y[0, 0])


def test_products(build: Build) -> None:
    model = Products()
    agree(build(model, (torch.randn(3, 5, 7), torch.randn(3, 6, 7))), model, torch.randn(3, 5, 7), torch.randn(3, 6, 7))


class Shared(nn.Module):
    def forward(self, x: Any, y: Any) -> Any:
        return x, x + y, y + x, x + y, x.t(), torch.zeros(3)


def test_results_that_are_inputs_or_equal(build: Build) -> None:
    model, x = Shared(), torch.randn(5, 7)
    driver = build(model, (x, torch.randn(5, 7)))
    agree(driver, model, x, torch.randn(5, 7))
    result = driver.call(x.numpy(), x.numpy())[0]
    result[:] = 0
    assert x.abs().max() > 0


@pytest.mark.parametrize(("dtype", "tolerance"), [("bfloat16", 0.04), ("float64", 1e-12), ("float16", 5e-3)])
def test_other_types(build: Build, dtype: str, tolerance: float) -> None:
    kind = getattr(torch, dtype)
    model = nn.Sequential(nn.Linear(24, 40), nn.Tanh(), nn.LayerNorm(40), nn.Linear(40, 7)).to(kind).eval()
    driver = build(model, (torch.randn(3, 24, dtype=kind),), ({0: dim("rows")},))
    agree(driver, model, torch.randn(5, 24, dtype=kind), tolerance=tolerance)


def test_calls_leave_no_memory_behind(build: Build) -> None:
    model = nn.Sequential(nn.Linear(256, 512), nn.GELU(), nn.Linear(512, 256)).eval()
    driver = build(model, (torch.randn(64, 256),))
    x = torch.randn(64, 256).numpy()
    for _ in range(20):
        driver.call(x)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(300):
        driver.call(x)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 4096, "kilobytes; one call uses more than 128"


def test_inputs_are_checked(build: Build) -> None:
    length = dim("length", 2)
    driver = build(Elementwise(), (torch.randn(5, 7), torch.randn(5, 7)), ({0: length}, {0: length}))
    good = np.zeros((4, 7), np.float32)
    for bad, sentence in [
        ((good,), "takes 2 arrays, found 1"),
        ((good, good.astype(np.float64)), "array 1 should be of float32, found float64"),
        ((good, good[0]), "array 1 should have 2 axes"),
        ((good, good[:3]), "axis 0 of array 1 should have 4"),
        ((good, np.zeros((4, 8), np.float32)), "axis 1 of array 1 should have 7 elements, found 8"),
        ((good[:1], good[:1]), "a size of 1 lies outside 2 to 4096"),
    ]:
        with pytest.raises(InputError, match=sentence):
            driver.call(*bad)
    assert driver.call(np.asfortranarray(good), good[::-1])[0].shape == (4, 7)


class Counter(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("count", torch.zeros(1))

    def forward(self, x: Any) -> Any:
        self.count.add_(1)
        return x + self.count


class Scan(nn.Module):
    def forward(self, x: Any) -> Any:
        return x.cumsum(0)


class Singular(nn.Module):
    def forward(self, x: Any) -> Any:
        return torch.linalg.svd(x)[1]


class Branches(nn.Module):
    def forward(self, x: Any) -> Any:
        return x if x.sum() > 0 else -x


@pytest.mark.parametrize(("model", "inputs", "error", "sentence"), [
    (Counter(), (torch.randn(2),), UnsupportedError, "the module changes count"),
    (Scan(), (torch.randn(2),), UnsupportedError, "has no lowering here"),
    (Singular(), (torch.randn(2, 3),), UnsupportedError, "torch.aten._linalg_svd"),
    (Branches(), (torch.randn(2),), UnsupportedError, "torch.export failed"),
    (Mlp(), (torch.randn(2, 3),), UnsupportedError, "torch.export failed"),
    (Mlp(), None, InputError, "needs example inputs"),
    (print, (torch.randn(2),), InputError, "is no torch module"),
])  # fmt: skip
def test_modules_that_cannot_be_compiled(model: Any, inputs: Any, error: type[Exception], sentence: str, tmp_path: Path) -> None:
    with knobs.scope(cache=tmp_path), pytest.raises(error, match=sentence):
        torch_export.load(model, inputs)


def test_an_exported_program_from_a_file(tmp_path: Path, build: Build) -> None:
    model = nn.Linear(4, 3).eval()
    torch.export.save(torch.export.export(model, (torch.randn(2, 4),)), tmp_path / "net.pt2")
    program = torch.export.load(tmp_path / "net.pt2")
    agree(build(program, None), model, torch.randn(2, 4))
    (tmp_path / "bad.pt2").write_bytes(b"nothing")
    with pytest.raises(InputError, match="cannot read the exported program"):
        torch_export.add_source(None, tmp_path / "bad.pt2")  # type: ignore[arg-type]


def test_from_python_to_an_engine(tmp_path: Path) -> None:
    import intarsia

    model = Mlp().eval()
    with knobs.scope(cache=tmp_path / "cache"):
        compiled = intarsia.compile((model, (torch.randn(5, 33),), ({0: dim("rows")},), "mlp"))
        bundle = compiled.save(tmp_path / "bundle")
    x = torch.randn(9, 33)
    with intarsia.runtime.load(bundle) as engine:
        (found,) = engine.call(x.numpy())
        np.testing.assert_allclose(found, model(x).detach().numpy(), atol=2e-5)
        with pytest.raises(InputError, match="array 0 should be of float32"):
            engine.call(x.double().numpy())
