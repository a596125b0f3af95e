"""Modules made from the dialects' tables: the smallest that holds a given operation, or random ones of a level."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from intarsia.ir.dialects import TABLES, llm
from intarsia.ir.module import Builder, Module, Symbol, rows, value
from intarsia.ir.rules import IsDistribution, OneOf, RefersTo
from intarsia.ir.spec import OpSpec

SPECS: dict[str, OpSpec] = {f"{d}.{spec.name}": spec for d, (specs, _) in TABLES.items() for spec in specs}
DEVICE = {
    "name": "cpu", "kind": "cpu", "cores": 2, "flops": {"f32": 1e11},
    "memory": [{"name": "dram", "size": 8e9, "bandwidth": 2e10}],
}
CONFIG = {"architecture": "torch", "family": "torch", "layers": 0}
DISTRIBUTIONS = (
    {"kind": "constant", "value": 3.0}, {"kind": "uniform", "low": 1.0, "high": 2.5}, {"kind": "geometric", "mean": 2.0},
    {"kind": "lognormal", "median": 9.5, "sigma": 0.25}, {"kind": "empirical", "values": [0.0, 1.5, 7.0]},
)
TEXTS = ("a", "", "two words", 'quo"ted', "back\\slash", "new\nline", "naïve ✓", "{}", "\x00\x7f", "@x")
FIXED: dict[str, Any] = {
    "facts": DEVICE, "config": CONFIG, "resources": {"flops": "2*prompt*batch", "network_bytes": "min(arguments, 1e6)"},
    "heads": 4, "kv_heads": 2, "experts": 4, "top_k": 2, "share": 0.5, "percentile": 99.0, "after": [], "wait": [],
    "probability": 1.0, "width": 64, "rows": 2, "row_bytes": 256, "bytes": 512, "layers": [], "names": [],
    "scaling": {"kind": "linear", "factor": 4.0}, "work": {"flops": 1e12, "bytes": 2e9, "memory_bytes": 0.0},
    "shares": {"dram": 0.25, "disk": 0.75},
}


@dataclass
class Sampler:
    """Appends operations with plausible attributes; `chance` is how often an optional attribute is present."""

    rng: random.Random
    chance: float = 1.0
    depth: int = 2
    forced: dict[str, str] = field(default_factory=dict)
    module: Module = field(default_factory=lambda: Module.create("agent"))

    def __post_init__(self) -> None:
        self.builder = Builder(self.module)
        self.count = 0
        self.values: list[Any] = []
        self.emit("plan.device", sym_name="d")
        self.emit("llm.model", sym_name="m")

    def emit(self, name: str, operands: Sequence[Any] | None = None, **fixed: Any) -> None:
        """Append one operation `name` with its regions; its results join the values in scope."""
        spec = SPECS[name]
        taken = self.operands(name) if operands is None else list(operands)
        results = [self.type_of(name)] * self.results(name, taken)
        attributes = self.attributes(spec, taken) | fixed
        self.count += 1
        before = list(self.values)
        arguments = self.arguments(name, taken)
        body = (lambda *inner: self.body(name, list(inner), len(results))) if spec.regions else None
        found = self.builder.op(name, taken, results, block_args=arguments, body=body, **attributes)
        self.values = before + ([] if not results else found if isinstance(found, list) else [found])

    def operands(self, name: str) -> list[Any]:
        least, most = SPECS[name].operands
        wanted = self.rng.randint(least, min(most, least + 2))
        if wanted and not self.values:
            if name.startswith("pipe"):
                return []
            self.emit("agent.constant")
        return [self.rng.choice(self.values) for _ in range(wanted)]

    def results(self, name: str, operands: list[Any]) -> int:
        if name in ("agent.loop", "llm.repeat"):
            return len(operands)
        least, most = SPECS[name].results
        return self.rng.randint(least, min(most, least + 2))

    def type_of(self, name: str) -> str:
        if name.startswith("pipe"):
            return "!pipe.rows"
        return rows(64) if name in OPERATORS else value(self.rng.choice(("text", "number", "any")))

    def arguments(self, name: str, operands: list[Any]) -> list[Any]:
        if name == "llm.phase":
            return [rows(64)]
        return [v.type for v in operands] if name in ("agent.loop", "agent.map", "llm.repeat") else []

    def attributes(self, spec: OpSpec, operands: list[Any]) -> dict[str, Any]:
        wanted = list(spec.required) + [name for name in spec.optional if self.rng.random() < self.chance]
        if spec.name == "loop" and "iterations" not in wanted:
            wanted.append("max_iterations")
        kinds = spec.required | spec.optional
        found = {name: self.attribute(spec, name, kinds[name]) for name in wanted}
        if "arguments" in found:
            found["arguments"] = [f"a{i}" for i in range(len(operands))]
        return found

    def attribute(self, spec: OpSpec, name: str, kind: str) -> Any:
        for rule in spec.rules:
            if isinstance(rule, OneOf) and rule.name == name:
                return self.rng.choice(rule.choices)
            if isinstance(rule, RefersTo) and rule.name == name:
                return Symbol("m" if rule.op_name == "llm.model" else "d")
            if isinstance(rule, IsDistribution) and name in rule.names:
                return self.rng.choice(DISTRIBUTIONS)
        if name == "offset":
            return 64 * self.rng.randint(0, 3)
        if name in FIXED and not (spec.name in ("program", "schedule") and name == "layers") and isinstance(FIXED[name], dict) == (kind == "dict"):
            return FIXED[name]
        return self.plain(kind, name)

    def plain(self, kind: str, name: str) -> Any:
        if name in ("name", "sym_name", "order", "label", "signal"):
            return self.count if kind == "int" else f"n{self.count}"
        if kind.startswith("list["):
            return [self.plain(kind[5:-1], "") for _ in range(self.rng.randint(0, 3))]
        return {
            "str": lambda: self.rng.choice(TEXTS),
            "int": lambda: self.rng.randint(1, 1 << 40) if name != "arena_bytes" else 4096,
            "float": lambda: self.rng.choice((0.1, 1.0, 1e-5, 3.5e300, 5e-324)),
            "bool": lambda: self.rng.random() < 0.5,
            "dict": lambda: {"k": self.rng.choice(TEXTS), "two words": [1, 2.5, True, {}]},
            "symbol": lambda: Symbol("m"),
        }[kind]()

    def body(self, name: str, inner: list[Any], results: int) -> None:
        """Fill the region of `name`, whose block has the arguments `inner`, and end it as the table says."""
        self.depth -= 1
        self.values = self.values + inner if name.startswith("agent") else list(inner)
        if name == "agent.branch":
            self.cases(results)
        else:
            for child in self.children(name):
                self.emit(child)
            self.end(name, results)
        self.depth += 1

    def children(self, name: str) -> list[str]:
        if self.forced:
            wanted = self.forced.get(name, "")
            return [] if not wanted or SPECS[wanted].terminator else [wanted]
        choices = [n for n in children(name) if self.depth > 0 or not SPECS[n].regions]
        return self.rng.choices(choices, k=self.rng.randint(1, 3))

    def cases(self, results: int) -> None:
        count = self.rng.randint(1, 3)
        for label in range(count):
            self.case(f"c{label}", 1 / count, results)
        self.builder.op("agent.end")

    def case(self, label: str, probability: float, results: int) -> None:
        before = list(self.values)

        def fill() -> None:
            self.emit("agent.constant")
            self.finish("agent.yield", results)

        self.builder.op("agent.case", body=fill, label=label, probability=probability)
        self.values = before

    def end(self, name: str, results: int) -> None:
        wanted = {"agent.loop": results + 1, "agent.map": 1, "llm.repeat": results}.get(name, 0)
        self.finish(SPECS[name].ends_with, wanted)

    def finish(self, name: str, wanted: int) -> None:
        if wanted and not self.values:
            self.emit("agent.constant")
        self.builder.op(name, [self.rng.choice(self.values) for _ in range(wanted)])


OPERATORS = {f"llm.{spec.name}" for spec in llm.OPERATORS}


def children(parent: str) -> list[str]:
    """The operations that may stand inside `parent`, without those that end it."""
    return [name for name, spec in SPECS.items() if parent in spec.parents and not spec.terminator]


def ancestry(name: str) -> list[str]:
    """The operations around `name`, outermost first, and itself."""
    spec = SPECS[name]
    parent = next(p for p in spec.parents if not spec.terminator or SPECS[p].ends_with == name)
    return [name] if parent == "builtin.module" else [*ancestry(parent), name]


def smallest(name: str) -> Module:
    """A valid module that holds the operation `name` with every optional attribute."""
    path = ancestry(name)
    sampler = Sampler(random.Random(name), forced=dict(itertools.pairwise(path)))
    sampler.emit(path[0])
    return sampler.module.verify()


def random_module(top: Sequence[str], seed: int) -> Module:
    """A valid module of a few of the operations `top`, with whatever may stand inside them."""
    rng = random.Random(seed)
    sampler = Sampler(rng, chance=0.4, depth=3)
    for _ in range(rng.randint(1, 3)):
        sampler.values = []
        sampler.emit(rng.choice(top))
    return sampler.module.verify()
