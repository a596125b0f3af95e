"""A compilation as nouns: Imported -> Lowered -> Planned -> Compiled.

>>> compiled = intarsia.compile("model.gguf", directory="build")
>>> print(intarsia.load_source("model.gguf").lower().plan().cost_analysis())

Each has `as_text()`, `cost_analysis()`, `memory_analysis()` and `save()`; each goes on to the next.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypedDict, Unpack

from intarsia import whole_file
from intarsia.compiler import analysis, pipeline
from intarsia.compiler.pipeline import Inputs, Options
from intarsia.errors import InputError, Where
from intarsia.ir.module import STAGES, Module

if TYPE_CHECKING:
    from intarsia.runtime.engine import Engine


@dataclass(frozen=True)
class Stage:
    """A module at some stage; `holds` names the stages that a class stands for."""

    holds: ClassVar[tuple[str, ...]] = STAGES
    module: Module

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The stage in a file that `save` or `--dump-stages` wrote, edited or not. Raises IRError, InputError for another stage's text."""
        module = Module.load(path).verify(str(path))
        if module.stage not in cls.holds:
            raise InputError(f"the file holds the stage {module.stage or 'none'!r}", where=Where(str(path)), mend=f"{cls.__name__} takes {' or '.join(cls.holds)}")
        return cls(module)

    def as_text(self) -> str:
        """The module's text; it parses back to the same module."""
        return str(self.module)

    def save(self, path: str | Path) -> Path:
        """Write the text to `path`, to be edited and fed back with `load` or `--start-from`. Raises InputError where it can't be written."""
        target = Path(path)
        whole_file.save(target, self.as_text(), "the stage")
        return target

    def cost_analysis(self) -> dict[str, Any]:
        """Work by task: flops and bytes (before planning), and seconds, joules and dollars (after)."""
        return analysis.costs(self.module)

    def memory_analysis(self) -> dict[str, Any]:
        """Bytes by model: weights, KV cache and arena, as far as this stage knows them."""
        return analysis.memory(self.module)

    def _advance(self, stage: str) -> Module:
        module = self.module
        for name, lowering in pipeline.lowerings():
            if module.stage == stage:
                break
            if STAGES.index(name) > STAGES.index(module.stage):
                module = lowering(module).verify(f"stage {name}")
        return module


class Imported(Stage):
    """What the user brought, as an `agent` module."""

    holds = ("agent",)

    def lower(self) -> Lowered:
        return Lowered(self._advance("ops"))


class Lowered(Stage):
    """Tasks and operators: an `ops` module; one of `tasks` goes on to the plan too."""

    holds = ("tasks", "ops")

    def plan(self) -> Planned:
        return Planned(self._advance("plan"))


class Planned(Stage):
    """Placed, fused, with offsets: a `plan` module."""

    holds = ("plan",)

    def compile(self, directory: str | Path) -> Compiled:
        from intarsia.compiler import bundle

        target = Path(directory)
        bundle.check_target(target)
        pipe = self._advance("pipe")
        bundle.write(pipe, {"plan": self.as_text(), "pipe": str(pipe)}, target)
        return Compiled(target)


@dataclass(frozen=True)
class Compiled:
    """A bundle on disk."""

    directory: Path

    def as_text(self) -> str:
        """The text of the last stage before code."""
        return (self.directory / "stages" / "05-pipe.mlir").read_text()

    def cost_analysis(self) -> dict[str, Any]:
        """The plan's predictions."""
        return analysis.costs(self._module())

    def memory_analysis(self) -> dict[str, Any]:
        """Bytes by model, and the size of each file of the bundle."""
        return analysis.memory(self._module()) | {"files": {name: facts["bytes"] for name, facts in self.manifest()["files"].items()}}

    def save(self, path: str | Path) -> Path:
        """Copy the bundle to `path`; a bundle that is there is replaced in one step. Raises InputError for a directory that is no bundle."""
        import shutil

        from intarsia.compiler import bundle

        target = Path(path)
        if target.resolve() != self.directory.resolve():
            bundle.check_target(target)
            with bundle.building(target) as draft:
                shutil.copytree(self.directory, draft, dirs_exist_ok=True)
        return target

    def load(self, **options: Any) -> Engine:
        """The runtime of this bundle; see `intarsia.runtime.load`."""
        from intarsia import runtime

        return runtime.load(self.directory, **options)

    def manifest(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.directory / "manifest.json").read_text())
        return found

    def _module(self) -> Module:
        return Module.parse(self.as_text(), str(self.directory / "stages" / "05-pipe.mlir"))


class Given(TypedDict, total=False):
    """What `compile`, `plan` and `load_source` take beside the source; see `pipeline.Inputs`."""

    fleet: Any
    workload: Any
    slo: Any
    knobs: dict[str, Any] | None
    models: Mapping[str, str] | None
    nodes: Mapping[str, Mapping[str, Any]] | None


def load_source(source: Any, **given: Unpack[Given]) -> Imported:
    """Read a model or an agent (a path, or a live object that a front end knows) into the IR."""
    return Imported(pipeline.lower(_inputs(source, given), Options(stop_after="agent"))[0])


def plan(source: Any, **given: Unpack[Given]) -> Planned:
    """Plan `source` without generating code; takes what `compile` takes. Raises IntarsiaError, InfeasibleError when nothing fits."""
    return load_source(source, **given).lower().plan()


def compile(source: Any, *, directory: str | Path = "build", options: Options = Options(), **given: Unpack[Given]) -> Compiled:
    """Compile `source` into a bundle at `directory`.

    `fleet` (default: this machine), `workload` and `slo` are files, shorthands or dictionaries; `knobs` is a dictionary. For agents, `models` gives a
    path for each model id that the format only names, and `nodes` says what the nodes of a LangGraph graph are. Raises IntarsiaError.
    """
    pipeline.compile_to_bundle(_inputs(source, given), Path(directory), options)
    return Compiled(Path(directory))


def _inputs(source: Any, given: Given) -> Inputs:
    if unknown := [name for name in given if name not in Given.__annotations__]:
        raise TypeError(f"there is no argument {unknown[0]!r}; those that say what to plan for are {', '.join(Given.__annotations__)}")
    return Inputs(source, **given)
