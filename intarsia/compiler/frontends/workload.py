"""Workloads and goals: `plan.workload` from a trace, a YAML file or a shorthand; `plan.slo` from "ttft=500ms,tpot=40ms".

    rate: 2/s
    prompt_tokens: {median: 400, p95: 1200}
    output_tokens: 128
    arrivals: poisson
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intarsia.compiler.frontends import located, quantities, traces
from intarsia.compiler.frontends.agent import distribution
from intarsia.compiler.frontends.located import Map
from intarsia.errors import InputError, Where
from intarsia.ir.distributions import Distribution
from intarsia.ir.workload import ARRIVALS, Workload, generate

if TYPE_CHECKING:
    from intarsia.ir.module import Builder

FIELDS = frozenset({"name", "rate", "prompt_tokens", "output_tokens", "requests", "arrivals", "seed", "concurrency", "trace", "images", "models"})
SERVED = {"images": "images", "models": "model"}
"""What accelerators alone are planned for, no attribute of `plan.workload`; and the column of a trace that says it of each request."""
GOALS = {"ttft": "ttft_s", "tpot": "tpot_s", "e2e": "e2e_s"}
TRACE_SUFFIXES = (".csv", ".jsonl")
REQUESTS = 512
"""Requests that are drawn of a stated workload: enough for its 95th percentiles."""


def add_workload(builder: Builder, spec: Any, base_dir: str | Path | None = None) -> Any:
    """Append the `plan.workload` that `spec` says; gives the operation, or None for no workload.

    `spec`: a trace (.csv, .jsonl), a YAML file, a mapping, a `Workload`, or a shorthand such as "rate=2/s,prompt_tokens=400,output_tokens=128".
    Raises InputError with file and line.
    """
    if spec is None:
        return None
    attributes, where = _attributes(spec, Path(base_dir or "."))
    with builder.at(where.file or "<workload>", where.line or 1):
        return builder.op("plan.workload", **attributes)


def _attributes(spec: Any, folder: Path) -> tuple[dict[str, Any], Where]:
    if isinstance(spec, Workload):
        return _of_requests(spec), Where()
    if isinstance(spec, (str, Path)) and Path(spec).suffix in TRACE_SUFFIXES:
        path = folder / spec
        return _of_requests(traces.read(path)) | {"trace": str(path.resolve())}, Where(str(path))
    table = table_of(spec, folder, "workload")
    located.refuse_unknown(table, FIELDS)
    if told := [name for name in SERVED if table.get(name) is not None]:
        raise InputError(f"`{told[0]}` is about models served on accelerators", where=table.at(told[0]), mend="leave it out, or name a fleet of accelerators")
    if table.get("trace") is not None:
        return _of_trace(table, folder), table.at("trace")
    return _stated(table), table.at()


def _of_requests(workload: Workload) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "name": workload.name or None, "requests": len(workload), "rate_per_s": workload.rate_per_s,
        "prompt_tokens": workload.prompt_tokens(), "output_tokens": workload.output_tokens(), "arrivals": "trace",
    }
    return facts


def _of_trace(table: Map, folder: Path) -> dict[str, Any]:
    """A trace named in a file, whose own fields come before the trace's."""
    base = Path(table.file).parent if table.file else folder
    attributes, _ = _attributes(located.field(table, "trace", str), base)
    if "trace" not in attributes:
        raise InputError(f"`trace` should be a {' or '.join(TRACE_SUFFIXES)} file", where=table.at("trace"))
    stated = _optional(table) | {name: distribution(table[name], table.at(name)) for name in ("prompt_tokens", "output_tokens") if table.get(name) is not None}
    if table.get("rate") is not None:
        stated["rate_per_s"] = _rate(table)
    return attributes | {name: value for name, value in stated.items() if value is not None}


def _stated(table: Map) -> dict[str, Any]:
    lengths = {}
    for name in ("prompt_tokens", "output_tokens"):
        if table.get(name) is None:
            raise InputError(f"needs `{name}`", where=table.at(), mend=f"give {name} as a number, \"50..200\" or {{kind: lognormal, median: 60, sigma: 0.5}}, or a `trace`")
        lengths[name] = distribution(table[name], table.at(name, name))
        if Distribution(lengths[name]).mean() < 1:
            raise InputError(f"`{name}` must be one token or more", where=table.at(name), mend="requests have a prompt and an answer")
    return {"rate_per_s": _rate(table), **lengths, **_optional(table)}


def _optional(table: Map) -> dict[str, Any]:
    found = {name: located.field(table, name, int, None) for name in ("requests", "seed", "concurrency")}
    for name, value in found.items():
        least = "zero or more" if name == "seed" else "greater than zero"
        if value is not None and (value < 0 or (value == 0 and name != "seed")):
            raise InputError(f"`{name}` must be {least}, found {value}", where=table.at(name))
    arrivals = located.field(table, "arrivals", str, None)
    if arrivals is not None and arrivals not in ARRIVALS:
        raise InputError(f"`arrivals` is {arrivals!r}", where=table.at("arrivals"), mend=f"choose one of {', '.join(ARRIVALS)}")
    return found | {"arrivals": arrivals, "name": located.field(table, "name", str, None)}


def _rate(table: Map) -> float:
    rate = measure(table, "rate", quantities.rate)
    if rate <= 0:
        raise InputError(f"`rate` must be greater than zero, found {rate:g}", where=table.at("rate"))
    return rate


def measure(table: Map, key: str, unit: Any, default: float | None = None, node: str = "") -> float:
    """`table[key]` read by `unit`. Raises InputError where it is absent (and has no default) or wrong."""
    if table.get(key) is None:
        if default is not None:
            return default
        raise InputError(f"needs `{key}`", where=table.at("", node), mend=f"add `{key}:`")
    try:
        return float(unit(table[key]))
    except ValueError as error:
        raise InputError(f"`{key}` {error}", where=table.at(key, node)) from None


def table_of(spec: Any, folder: Path, what: str) -> Map:
    """A mapping from a YAML file, a Python dictionary, or "key=value,..."; values keep their lines where they have them."""
    if isinstance(spec, Map):
        return spec
    if isinstance(spec, dict):
        return mapping(spec)
    if isinstance(spec, Path) or (isinstance(spec, str) and Path(spec).suffix in (".yaml", ".yml", ".json")):
        table = located.load(folder / spec)
        if not isinstance(table, Map):
            raise InputError(f"a {what} file should be a mapping", where=Where(str(folder / spec), 1))
        return table
    if isinstance(spec, str):
        return _pairs(spec, what)
    raise InputError(f"the {what} should be a file, a mapping or key=value pairs, found {located.shorten(spec)}")


def _pairs(text: str, what: str) -> Map:
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    if not pairs or not all(equals and value.strip() for _, equals, value in pairs):
        raise InputError(f"the {what} {text!r} is neither a file nor a list of key=value pairs")
    keys = [key.strip() for key, _, _ in pairs]
    if repeated := next((key for key in keys if keys.count(key) > 1), None):
        raise InputError(f"the {what} {text!r} gives {repeated} twice")
    return mapping({key: _scalar(value.strip()) for key, (_, _, value) in zip(keys, pairs, strict=True)})


def _scalar(text: str) -> Any:
    """A number where it reads as one, else the text."""
    found = located.parse(text, "") if len(text) < 40 and "\n" not in text else text
    return found if isinstance(found, (int, float)) and not isinstance(found, bool) else text


def mapping(table: dict[Any, Any]) -> Map:
    """A plain dictionary as a Map without places."""
    found = Map({str(key): _without_place(value) for key, value in table.items()})
    found.line, found.lines = None, {}
    return found


def _without_place(value: Any) -> Any:
    if isinstance(value, dict) and not isinstance(value, Map):
        return mapping(value)
    if isinstance(value, list) and not isinstance(value, located.Items):
        items = located.Items(_without_place(item) for item in value)
        items.lines = [0] * len(items)
        return items
    return value


def add_slo(builder: Builder, spec: Any) -> Any:
    """Append the `plan.slo` that `spec` says (see `goals`); None for none."""
    if spec is None:
        return None
    found, where = goals(spec)
    attributes: dict[str, Any] = dict(found)
    with builder.at(where.file or "<slo>", where.line or 1):
        return builder.op("plan.slo", **attributes)


def goals(spec: Any) -> tuple[dict[str, float], Where]:
    """`ttft_s`, `tpot_s`, `e2e_s` and `percentile` of "ttft=500ms,tpot=40ms,e2e=20s,percentile=95", a mapping of these, or a YAML file. Raises InputError with file and line."""
    table = table_of(spec, Path("."), "service goal")
    located.refuse_unknown(table, frozenset(GOALS) | {"percentile"}, what="goal")
    found: dict[str, float] = {name: measure(table, key, quantities.seconds) for key, name in GOALS.items() if table.get(key) is not None}
    for key, name in GOALS.items():
        if found.get(name, 1.0) <= 0:
            raise InputError(f"`{key}` must be greater than zero, found {found[name]:g} s", where=table.at(key))
    if not found:
        raise InputError("the service goal is empty", where=table.at(), mend=f"give at least one of {', '.join(GOALS)}")
    return found | {"percentile": measure(table, "percentile", _percentile, 95.0)}, Where(table.file or "", table.line)


def requests(spec: Any) -> Workload:
    """The requests themselves: a trace's, or drawn from a stated rate and lengths (`requests` of them, REQUESTS without). Raises InputError with file and line."""
    folder = Path(".")
    if isinstance(spec, Workload):
        return spec
    if isinstance(spec, (str, Path)) and Path(spec).suffix in TRACE_SUFFIXES:
        return traces.read(folder / spec)
    table = table_of(spec, folder, "workload")
    located.refuse_unknown(table, FIELDS)
    if table.get("concurrency") is not None:
        where, mend = table.at("concurrency"), "leave it out; `intarsia simulate --users N` simulates a closed loop"
        raise InputError("requests on a fleet arrive at `rate`; `concurrency` is not read", where=where, mend=mend)
    if table.get("trace") is None:
        return _drawn(table)
    if told := [name for name in SERVED if table.get(name) is not None]:
        raise InputError(f"`{told[0]}` of a trace's requests are in the trace", where=table.at(told[0]), mend=f"give them there, in the column {SERVED[told[0]]}")
    base = Path(table.file).parent if table.file else folder
    found = traces.read(base / located.field(table, "trace", str))
    return at_rate(found, _rate(table), table.at("rate")) if table.get("rate") is not None else found


def at_rate(found: Workload, rate_per_s: float, where: Where | None = None) -> Workload:
    """The same requests at another mean rate. Raises InputError for what has no rate, and for rates that no clock can tell."""
    if len(found) > 1 and not found.rate_per_s:
        raise InputError("the workload has no rate: all its requests come at once", where=where, mend="leave the rate out, or give a workload with arrivals over some time")
    try:
        return found.at_rate(rate_per_s)
    except ValueError as error:
        raise InputError(str(error), where=where, mend="give a rate such as 2/s") from None


def _drawn(table: Map) -> Workload:
    stated = _stated(table)
    try:
        return generate(
            stated["requests"] or REQUESTS, stated["rate_per_s"], stated["prompt_tokens"], stated["output_tokens"], arrivals=stated["arrivals"] or "poisson",
            seed=stated["seed"] or 0, name=stated["name"] or "", images=_images(table), models=_models(table),
        )  # fmt: skip
    except ValueError as error:
        raise InputError(str(error), where=table.at()) from None


def _images(table: Map) -> dict[str, Any] | None:
    """How many images a request has, as a distribution. Raises InputError."""
    if table.get("images") is None:
        return None
    where = table.at("images", "images")
    found = distribution(table["images"], where)
    if broken := [value for name in ("value", "low", "high") if (value := found.get(name, 0)) != int(value)]:
        raise InputError(f"a request has a whole number of images, found {broken[0]:g}", where=where, mend="give a number such as 2, or a range such as 0..3")
    return found


def _models(table: Map) -> dict[str, float] | None:
    """Shares of requests by model: {chat: 3, code: 1}, or "3xchat + code". Raises InputError."""
    value = table.get("models")
    if value is None:
        return None
    pairs = [(str(name), share) for name, share in value.items()] if isinstance(value, dict) else [_share(part.strip()) for part in str(value).split("+")]
    wrong = next((name for name, share in pairs if not name or isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share < math.inf), None)
    names = [name for name, _ in pairs]
    if wrong is not None or len(set(names)) < len(names) or not sum(share for _, share in pairs):
        raise InputError(f"`models` can't be read: {located.shorten(value)}", where=table.at("models"), mend="write it as 3xchat+code, each model once, or {chat: 3, code: 1}")
    return dict(pairs)


def _share(text: str) -> tuple[str, float]:
    """ "3xchat" or "chat"."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)x(.*)", text)
    return (found[2].strip(), float(found[1])) if found else (text, 1.0)


def _percentile(value: Any) -> float:
    """95, "95" or "p95"."""
    text = str(value).removeprefix("p")
    found = float(text) if text.replace(".", "", 1).isdigit() else -1.0
    if not 0 < found < 100:
        raise ValueError(f"must lie between 0 and 100, found {value!r}")
    return found
