"""A file of per-operator times as a layer: what `intarsia pipeline` takes where somebody measured or published them.

    name: Llama-2-70B on 8 A100
    layers: 80
    devices: 8
    batch: {decode: 1280, prefill: 768}
    peak: {flops: 260e12, parameters: 70e9}       # of one device, and the active ones; or optimal_ms
    operators:
      KQV: {kind: compute, previous: [AR_D], ms: {640: 0.155, 2048: 0.201}, compute_ms: 0.138}
      DecAttn: {kind: memory, rows: decode, after: [KQV], ms: {640: 0.2376, 1280: 0.4427}, memory_ms: 0.361}

Times are of one layer, in milliseconds by the rows of a nano-batch. `interference` may hold curves (`planner/pipeline/curves.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from intarsia.errors import InputError, Where
from intarsia.planner.pipeline.curves import Interference
from intarsia.planner.pipeline.layer import Layer, Operator, Resources, kind_of

KEYS = {"name", "layers", "devices", "batch", "peak", "optimal_ms", "operators", "interference", "grain"}
OF_OPERATOR = {"kind", "rows", "after", "previous", "ms", "compute_ms", "memory_ms", "network_ms"}
MILLI = 1e-3


def is_times(path: Path) -> bool:
    """Whether a file holds times rather than a model's config, which is never in YAML."""
    if path.suffix not in (".yaml", ".yml", ".json") or not path.is_file():
        return False
    if path.suffix != ".json":
        return True
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return False
    return isinstance(values, dict) and "operators" in values


def read(path: Path) -> tuple[Layer, Interference | None]:
    """The layer, and the curves where the file has some. Raises InputError with the file and the operator."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"cannot read the times: {error}", where=Where(str(path))) from None
    return layer_of(values, str(path))


def layer_of(values: Any, file: str) -> tuple[Layer, Interference | None]:
    """The same of what such a file holds."""
    table = _table(values, file, "")
    _known(table, KEYS, file, "")
    batch = _table(table.get("batch"), file, "batch")
    operators = tuple(_operator(str(name), facts, file) for name, facts in _table(table.get("operators"), file, "operators").items())
    decode, prefill = (int(_number(batch.get(key, 0), file, f"batch.{key}")) for key in ("decode", "prefill"))
    layers, devices = (int(_number(table.get(key, 1), file, key)) for key in ("layers", "devices"))
    optimal = _optimal(table, decode + prefill, layers, devices, file)
    grain = int(_number(table.get("grain", max(1, (decode + prefill) // 16)), file, "grain"))
    try:
        layer = Layer(str(table.get("name", Path(file).stem)), operators, decode, prefill, layers, devices, optimal, grain)
    except InputError as error:
        raise InputError(error.what, where=Where(file, node=str(error.where or "")), mend=error.mend) from None
    return layer, Interference.from_dict(table["interference"]) if "interference" in table else None


def _operator(name: str, facts: Any, file: str) -> Operator:
    table = _table(facts, file, name)
    _known(table, OF_OPERATOR, file, name)
    points = sorted((_number(rows, file, name), MILLI * _number(ms, file, name)) for rows, ms in _table(table.get("ms"), file, f"{name}.ms").items())
    used = Resources(*(MILLI * _number(table.get(f"{kind}_ms", 0.0), file, name) for kind in ("compute", "memory", "network")))
    try:
        return Operator(name, kind_of(str(table.get("kind", ""))), tuple(points), _names(table.get("after")), _names(table.get("previous")), str(table.get("rows", "all")), used)
    except InputError as error:
        raise InputError(error.what, where=Where(file, node=name), mend=error.mend) from None


def _optimal(table: dict[Any, Any], rows: int, layers: int, devices: int, file: str) -> float:
    if "optimal_ms" in table:
        return MILLI * _number(table["optimal_ms"], file, "optimal_ms")
    if "peak" not in table:
        return 0.0
    peak = _table(table["peak"], file, "peak")
    flops, parameters = (_number(peak.get(key), file, f"peak.{key}") for key in ("flops", "parameters"))
    if flops <= 0 or parameters <= 0:
        raise InputError("flops and parameters must be greater than zero", where=Where(file, node="peak"))
    return 2 * parameters * rows / (flops * devices) / max(1, layers)


def _table(value: Any, file: str, node: str) -> dict[Any, Any]:
    if not isinstance(value, dict) or not value:
        raise InputError(f"should be a table, found {'nothing' if value is None else type(value).__name__}", where=Where(file, node=node))
    return value


def _known(table: dict[Any, Any], keys: set[str], file: str, node: str) -> None:
    if strange := next((key for key in table if key not in keys), None):
        raise InputError(f"unknown key {strange!r}", where=Where(file, node=node), mend=f"known are {', '.join(sorted(keys))}")


def _number(value: Any, file: str, node: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InputError(f"should be a number, found {value!r}", where=Where(file, node=node)) from None


def _names(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else () if value is None else (str(value),)
