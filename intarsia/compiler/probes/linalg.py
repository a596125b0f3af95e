"""The probes of exported torch modules: a product and an element-wise loop, compiled and called as a module's function is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from intarsia.codegen.cpu import linalg, object_cache
from intarsia.compiler.probes.host import Work
from intarsia.runtime.drivers.call import CallDriver

M, N, K = 128, 512, 512
PRODUCT = f"""
func.func @product(%a: tensor<{M}x{K}xf32>, %b: tensor<{K}x{N}xf32>) -> tensor<{M}x{N}xf32> {{
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<{M}x{N}xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<{M}x{N}xf32>) -> tensor<{M}x{N}xf32>
  %c = linalg.matmul ins(%a, %b : tensor<{M}x{K}xf32>, tensor<{K}x{N}xf32>) outs(%start : tensor<{M}x{N}xf32>) -> tensor<{M}x{N}xf32>
  return %c : tensor<{M}x{N}xf32>
}}
"""
ELEMENTWISE = f"""
#row = affine_map<(d0, d1) -> (d0, d1)>
func.func @elementwise(%a: tensor<{M}x{N}xf32>, %b: tensor<{M}x{N}xf32>) -> tensor<{M}x{N}xf32> {{
  %empty = tensor.empty() : tensor<{M}x{N}xf32>
  %c = linalg.generic {{indexing_maps = [#row, #row, #row], iterator_types = ["parallel", "parallel"]}}
      ins(%a, %b : tensor<{M}x{N}xf32>, tensor<{M}x{N}xf32>) outs(%empty : tensor<{M}x{N}xf32>) {{
    ^bb0(%x: f32, %y: f32, %z: f32):
      %sum = arith.addf %x, %y : f32
      %gate = math.exp %sum : f32
      linalg.yield %gate : f32
  }} -> tensor<{M}x{N}xf32>
  return %c : tensor<{M}x{N}xf32>
}}
"""
SHAPES = {"product": [(M, K), (K, N)], "elementwise": [(M, N), (M, N)]}


@contextmanager
def calls() -> Iterator[dict[str, Work]]:
    """Both by key, compiled and ready to run; amounts are FLOPs and bytes."""
    with TemporaryDirectory(prefix="intarsia-calibrate-") as name:
        found = [
            Work("linalg.product", 2.0 * M * N * K, _timed(Path(name), "product", PRODUCT)),
            Work("linalg.elementwise", 12.0 * M * N, _timed(Path(name), "elementwise", ELEMENTWISE)),
        ]
        yield {work.key: work for work in found}


def _timed(folder: Path, name: str, text: str) -> Callable[[], float]:
    """Processor seconds of one call: exported functions run on the caller's thread."""
    object_cache.object_file(text, folder / f"{name}.o", lambda source, path: linalg.compile_object(source, name, path))
    (folder / f"{name}.weights").touch()
    driver = CallDriver(folder, _entry(name))
    arrays = [np.full(shape, 0.01, np.float32) for shape in SHAPES[name]]

    def run() -> float:
        began = time.thread_time()
        driver.call(*arrays)
        return time.thread_time() - began

    return run


def _entry(name: str) -> dict[str, Any]:
    """The manifest's entry of a function without weights."""
    rows = [{"dtype": "f32", "shape": [str(size) for size in shape]} for shape in (*SHAPES[name], (M, N))]
    call = {"symbol": linalg.ENTRY.format(name), "weights_bytes": 0, "threads": 1, "symbols": {}, "arguments": rows[:-1], "results": rows[-1:]}
    return {"object": f"{name}.o", "weights": f"{name}.weights", "entries": {"call": call}}
