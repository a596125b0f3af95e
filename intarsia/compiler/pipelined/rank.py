"""A rank's part of a model's layers, ready to run operator by operator on groups of sequences."""

from __future__ import annotations

import hashlib
import mmap
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia.codegen.cpu import emit, isa, layer, object_cache, step
from intarsia.codegen.cpu.calls import kv_layout
from intarsia.codegen.cpu.packing import Tensors
from intarsia.compiler import frontends
from intarsia.errors import InputError
from intarsia.ir import step_abi as abi
from intarsia.ir.model import ModelConfig
from intarsia.ir.module import attribute
from intarsia.native import NativeObject
from intarsia.runtime.drivers.cpu import slots, tiles
from intarsia.runtime.lanes import Crew, address

KINDS = {"KQV": "compute", "Attention": "memory", "O": "compute", "MLP": "compute", "AR_O": "network", "AR_MLP": "network"}
REDUCES = ("AR_O", "AR_MLP")
SEED = 7
SHAPE = ModelConfig(architecture="llama", family="decoder", layers=30, hidden=576, heads=9, kv_heads=3, head_dim=64, ffn=1536, vocab=49152, context=8192,
                    rope_theta=1e5, rope_style="interleaved")  # fmt: skip
"""SmolLM2-135M's config.json."""
Reduce = Callable[[NDArray[np.float32]], None]


@dataclass(frozen=True)
class Setup:
    """What is run: a model's first `layers` layers, decoding `rows` sequences with `context` tokens each, over `ranks` processes of `cores` cores.

    Without a `source`, layers of SHAPE with random weights.
    """

    source: str = ""
    rows: int = 256
    context: int = 512
    layers: int = 6
    ranks: int = 1
    cores: int = 2

    def __post_init__(self) -> None:
        if self.rows < 4 or self.rows % 4 or self.context < 1 or self.layers < 1 or self.ranks not in (1, 2) or self.cores < 1:
            raise InputError(f"{self.rows} sequences of {self.context} tokens through {self.layers} layers on {self.ranks} ranks",
                             mend="take a multiple of 4 sequences, at least one token and one layer, and one or two ranks")  # fmt: skip

    @property
    def threads(self) -> int:
        """Of one rank, when it has its part of the machine to itself."""
        return max(1, self.cores // self.ranks)

    def threads_of(self, share: float) -> int:
        """Threads that a share of a rank's execution units stands for."""
        return max(1, round(share * self.threads))


class Rank:
    """Weights, caches and code of one rank. Rows of a group are sequences of the batch; each keeps its arena through all layers."""

    def __init__(self, setup: Setup, rank: int, reduce: Reduce | None = None) -> None:
        self.setup, self.reduce = setup, reduce
        config, weights = load(setup)
        whole = layer.Sizes.of(config, setup.context)
        shards = [layer.shard(each, whole, rank, setup.ranks) for each in weights]
        self.sizes = shards[0][1]
        self.built = layer.build(self.sizes, setup.rows)
        self._weights = [_filled_with(layer.pack(*each)) for each in shards]
        self._kv = self._cache()
        self._code = self._compile()
        launches = max(len(program.launches) for program in self.built.programs.values())
        self.crews = {kind: Crew(self._code, setup.threads, launches, f"intarsia-{kind}") for kind in ("compute", "memory")}
        self._x = np.random.default_rng(SEED).standard_normal((setup.rows, whole.hidden), np.float32)
        self._arenas: dict[tuple[int, int], mmap.mmap] = {}
        self._blocks: dict[tuple[str, int, int, int], tuple[NDArray[np.int64], Any]] = {}

    def _compile(self) -> NativeObject:
        with tempfile.TemporaryDirectory(prefix="intarsia-layer-") as folder:
            path = Path(folder) / "layer.o"
            object_cache.object_file(step.module_text(list(self.built.programs.values()), isa.detect()), path, emit.compile_object)
            return NativeObject(path)

    def _cache(self) -> mmap.mmap:
        """Keys and values of all sequences: small random numbers. All layers share the pool."""
        layout = kv_layout(self.sizes.facts)
        numbers = np.random.default_rng(SEED).standard_normal(1 << 16).astype(np.float16) * np.float16(0.5)
        self.kv_bytes = self.pages * self.setup.rows * layout.page_bytes
        return _filled_with(np.resize(numbers, self.kv_bytes // 2).view(np.uint8))

    @property
    def pages(self) -> int:
        """Of one sequence."""
        return -(-self.setup.context // self.sizes.page_tokens)

    def operators(self) -> list[str]:
        return [name for name in KINDS if self.setup.ranks > 1 or name not in REDUCES]

    # Running.

    def reset(self, first: int, rows: int) -> None:
        """Bring a group's rows to the batch's inputs, with nothing to add."""
        arena = self._arena(first, rows)
        self._rows_of(arena, self.built.x, rows)[:] = self._x[first : first + rows]
        self._rows_of(arena, self.built.y, rows)[:] = 0.0

    def run(self, operator: str, first: int, rows: int, at: int, threads: int) -> None:
        """One operator of layer `at` on sequences [first, first + rows)."""
        if operator in REDUCES:
            if self.reduce is not None:
                self.reduce(self._rows_of(self._arena(first, rows), self.built.y, rows))
            return
        block, _ = self._block(operator, first, rows, at)
        self.crews[KINDS[operator]].run(block, threads)

    def digest(self, groups: list[tuple[int, int]]) -> str:
        """A hash of the rows and of what is still to be added to them, over the whole batch."""
        found = hashlib.sha256()
        for part in (self.built.x, self.built.y):
            for first, rows in sorted(groups):
                found.update(self._rows_of(self._arena(first, rows), part, rows).tobytes())
        return found.hexdigest()

    def values(self, first: int, rows: int) -> NDArray[np.float32]:
        """x + y of a group: what the next layer would take."""
        arena = self._arena(first, rows)
        return self._rows_of(arena, self.built.x, rows) + self._rows_of(arena, self.built.y, rows)

    def _arena(self, first: int, rows: int) -> mmap.mmap:
        if (first, rows) not in self._arenas:
            self._arenas[first, rows] = mmap.mmap(-1, self.built.arena_bytes)
            self.reset(first, rows)
        return self._arenas[first, rows]

    def _rows_of(self, arena: mmap.mmap, buffer: dict[str, Any], rows: int) -> NDArray[np.float32]:
        columns = buffer["row_bytes"] // 4
        return np.frombuffer(arena, np.float32, rows * columns, buffer["offset"]).reshape(rows, columns)[:, : buffer["width"]]

    def _block(self, operator: str, first: int, rows: int, at: int) -> tuple[NDArray[np.int64], Any]:
        """The step block of an operator, and the arrays that it names (which must live as long)."""
        key = (operator, first, rows, at)
        if key not in self._blocks:
            arrays = self._tables(first, rows)
            words = {
                "entry": self._code.address(self.built.programs[operator].name), "arena": address(self._arena(first, rows)), "weights": address(self._weights[at]),
                "kv": address(self._kv), "rows": rows, "sequences": rows, "logit_rows": rows, "pages": self.pages, "tiles": len(arrays["tile_table"]),
                **{name: array.ctypes.data for name, array in arrays.items()},
            }  # fmt: skip
            block = np.zeros(abi.STEP_SLOTS, np.int64)
            for name, word in words.items():
                block[abi.STEP.index(name)] = word
            self._blocks[key] = block, arrays
        return self._blocks[key]

    def _tables(self, first: int, rows: int) -> dict[str, NDArray[np.int32]]:
        sequences = np.array([(number, 1, self.setup.context - 1) for number in range(rows)], np.int32)
        table = np.arange(first * self.pages, (first + rows) * self.pages, dtype=np.int32).reshape(rows, self.pages)
        return {
            "tokens": np.zeros(rows, np.int32), "positions": np.full(rows, self.setup.context - 1, np.int32), "sequence_table": sequences, "page_table": table,
            "slots": slots(sequences, table, self.sizes.page_tokens), "tile_table": tiles(sequences, self.sizes.facts["tile_rows"]),
            "logit_row_table": np.arange(rows, dtype=np.int32),
        }  # fmt: skip

    def close(self) -> None:
        for crew in self.crews.values():
            crew.close()


def load(setup: Setup) -> tuple[ModelConfig, list[dict[str, NDArray[np.float32]]]]:
    """The model's sizes, and its first layers' matrices. Raises InputError or UnsupportedError."""
    if not setup.source:
        return SHAPE, [_random(at) for at in range(setup.layers)]
    module = frontends.load(setup.source, None, None, None, None)
    model = module.first("llm.model")
    if model is None:
        raise InputError("the source holds no model", where=setup.source)
    config = ModelConfig.from_dict(attribute(model, "config"))
    layer.Sizes.of(config, setup.context)
    if setup.layers > config.layers:
        raise InputError(f"the model has {config.layers} layers, not {setup.layers}", where=setup.source)
    tensors = Tensors(model)
    return config, [layer.matrices(tensors, at) for at in range(setup.layers)]


def _random(at: int) -> dict[str, NDArray[np.float32]]:
    """A layer of SHAPE."""
    rng, c = np.random.default_rng(at), SHAPE
    q, kv = c.heads * c.head_dim, c.kv_heads * c.head_dim
    shapes = {"attn_norm": (c.hidden, 1), "q": (q, c.hidden), "k": (kv, c.hidden), "v": (kv, c.hidden), "o": (c.hidden, q), "ffn_norm": (c.hidden, 1),
              "gate": (c.ffn, c.hidden), "up": (c.ffn, c.hidden), "down": (c.hidden, c.ffn)}  # fmt: skip
    return {key: rng.standard_normal(shape, np.float32) * np.float32(shape[1] ** -0.5) for key, shape in shapes.items()}


def _filled_with(values: NDArray[np.uint8]) -> mmap.mmap:
    memory = mmap.mmap(-1, values.size)
    np.frombuffer(memory, np.uint8)[:] = values
    return memory
