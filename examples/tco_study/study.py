"""Which devices for prompts, which for answers? The study of arXiv 2507.19635, made again from its inputs.

    python examples/tco_study/study.py -o build/tco_study          # table.csv, table.md, claims.md, picture.svg
    python examples/tco_study/study.py --json > study.json

Llama-3 8B and 70B in 16 and 8 bits, all pairs prefill::decode of six kinds of devices, ISL/OSL 512/4096 and 4096/512, with TTFT <= 250 ms and TBT <= 20 ms or
without, as output tokens a dollar beside H100::H100. The paper's bars exist as pictures only; what it says of them is checked as orderings, under every
combination of assumptions: FLOPS as printed or as datasheets have them (dense), reached shares of arithmetic and bandwidth, what an hour costs.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from intarsia.compiler.frontends import hf_sizes
from intarsia.compiler.report import svg
from intarsia.cost_models import devices, money
from intarsia.cost_models.devices import catalogue
from intarsia.cost_models.serving.pricing import Priced
from intarsia.cost_models.serving.shapes import Chunk, Plan, Precision, Step
from intarsia.cost_models.serving.steady import System
from intarsia.cost_models.serving.step_table import StepTable
from intarsia.ir.model import ModelConfig
from intarsia.planner.placement.agents import kv
from intarsia.planner.placement.agents.place import place
from intarsia.planner.placement.agents.problem import Class, Goals, Graph, Node, Pool, Problem, Task, Way
from intarsia.planner.placement.agents.spread import constant

PAPER = "arXiv:2507.19635"
DEVICES = {"A40": "A40", "A100": "A100-80GB-SXM", "Gaudi3": "Gaudi3", "MI300X": "MI300X", "H100": "H100-SXM", "B200": "B200"}
PAIRS = list(itertools.product(DEVICES, DEVICES))
MODELS = {"8B": "llama-3-8b", "70B": "llama-3-70b"}
LENGTHS = ((512, 4096), (4096, 512))
TTFT_S, TBT_S = 0.250, 0.020
PARALLEL = (1, 2, 4, 8)
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)
SYNC_S = 10e-6
"""Of one all-reduce beside its bytes."""
NEAR = 0.95
"""Of another pair's tokens a dollar: comparable."""


@dataclass(frozen=True)
class Assumptions:
    """`flops`: printed (the paper's column), dense (datasheets, our catalogue) or modelled (this project's cost models, which need no efficiencies).

    `price`: total (capital written off over four years, and the printed operating cost) or operating (that alone).
    """

    flops: str = "printed"
    mfu: float = 0.5
    mbu: float = 0.7
    price: str = "total"
    memory_share: float = 0.9


@dataclass(frozen=True)
class Case:
    """What is served: `sla` with the goals for TTFT and TBT, or for throughput alone."""

    model: str
    precision: str
    isl: int
    osl: int
    sla: bool

    def __str__(self) -> str:
        return f"{self.model} {self.precision} {self.isl}/{self.osl} {'SLA' if self.sla else 'throughput'}"


CASES = [Case(m, p, *lengths, sla) for m in MODELS for p in ("FP16", "FP8") for lengths in LENGTHS for sla in (True, False)]


@dataclass(frozen=True)
class Option:
    """A phase on `tp` devices with `batch` requests together: dollars a request, and seconds of the prompt or of a token."""

    usd: float
    tp: int
    batch: int
    seconds: float


@lru_cache
def config_of(model: str) -> ModelConfig:
    path = Path(__file__).resolve().parent.parent / "mixed_fleets" / "models" / MODELS[model] / "config.json"
    return hf_sizes.read(json.loads(path.read_text()), str(path))


def usd_per_s(device: str, assumed: Assumptions) -> float:
    printed = catalogue.entry(DEVICES[device]).as_printed[PAPER]
    hourly = printed.operating_usd_per_h + (printed.price_usd / (4 * money.HOURS_PER_YEAR) if assumed.price == "total" else 0.0)
    return hourly / 3600


def flops_of(device: str, precision: str, assumed: Assumptions) -> float:
    """FLOP/s. As printed there is one column, for FP16; 8 bits double it on devices whose datasheet says that they do."""
    rates = devices.load(DEVICES[device]).flops
    dense = {"FP16": rates.get("bf16", rates.get("f16", 0.0)), "FP8": rates.get("f8", rates.get("bf16", 0.0))}
    if assumed.flops == "printed":
        return catalogue.entry(DEVICES[device]).as_printed[PAPER].f16_tflops * 1e12 * dense[precision] / dense["FP16"]
    return dense[precision]


class Roofline:
    """Seconds of steps by arithmetic and traffic at fixed shares of their peaks, and two all-reduces a layer."""

    def __init__(self, case: Case, device: str, tp: int, assumed: Assumptions) -> None:
        self.config, self.tp, self.element = config_of(case.model), tp, 2.0 if case.precision == "FP16" else 1.0
        facts, self.parameters = devices.load(DEVICES[device]), self.config.parameters()
        self.flops = flops_of(device, case.precision, assumed) * assumed.mfu * tp
        self.bandwidth = catalogue.entry(DEVICES[device]).as_printed[PAPER].memory_gb_per_s * 1e9 * assumed.mbu * tp
        self.link = facts.link_bandwidth or 32e9
        self.weights = self.parameters * self.element

    def prefill(self, batch: int, isl: int) -> float:
        attention = 2 * self.config.layers * self.config.heads * self.config.head_dim * isl * isl
        arithmetic = batch * (2 * self.parameters * isl + attention) / self.flops
        return max(arithmetic, self.weights / self.bandwidth) + self._reduce(batch * isl)

    def decode(self, batch: int, context: float) -> float:
        read = self.weights + batch * kv.of_model(self.config, context, self.element)
        return max(2 * self.parameters * batch / self.flops, read / self.bandwidth) + self._reduce(batch)

    def _reduce(self, rows: int) -> float:
        if self.tp == 1:
            return 0.0
        return 2 * self.config.layers * (2 * (self.tp - 1) / self.tp * rows * self.config.hidden * 2 / self.link + SYNC_S)


class Modelled:
    """Seconds of steps by this project's cost models of each operator."""

    def __init__(self, case: Case, device: str, tp: int, assumed: Assumptions) -> None:
        precision = Precision("bf16", kv="bf16") if case.precision == "FP16" else Precision("f8", kv="f8")
        facts = devices.load(DEVICES[device])
        if case.precision == "FP8" and "f8" not in facts.flops:
            precision = Precision("int8_wo", kv="f8")
        self.table = StepTable.build(System(config_of(case.model), facts, Plan(tp=tp), precision, cost=Priced("vllm")))

    def prefill(self, batch: int, isl: int) -> float:
        return self.table.seconds(Step(prefill=(Chunk(isl),) * batch))

    def decode(self, batch: int, context: float) -> float:
        return float(self.table.decode_seconds(batch, context))


@lru_cache(maxsize=4096)
def _steps(model: str, precision: str, device: str, tp: int, assumed: Assumptions) -> Roofline | Modelled:
    case = Case(model, precision, 0, 0, False)
    return Modelled(case, device, tp, assumed) if assumed.flops == "modelled" else Roofline(case, device, tp, assumed)


def steps(case: Case, device: str, tp: int, assumed: Assumptions) -> Roofline | Modelled:
    return _steps(case.model, case.precision, device, tp, replace(assumed, price="") if assumed.flops != "modelled" else Assumptions("modelled", price=""))


def fitting(case: Case, device: str, tp: int, tokens: float, assumed: Assumptions) -> int:
    """Requests of so many tokens whose caches fit beside the weights."""
    config, element = config_of(case.model), 2.0 if case.precision == "FP16" else 1.0
    free = catalogue.entry(DEVICES[device]).as_printed[PAPER].memory_gb * 1e9 * tp * assumed.memory_share - config.parameters() * element
    return int(max(free, 0.0) // kv.of_model(config, tokens, element))


def options(case: Case, device: str, phase: str, assumed: Assumptions) -> Iterator[Option]:
    """Every number of devices and of requests together that fits, and keeps the goal where there is one."""
    for tp in PARALLEL:
        most = fitting(case, device, tp, case.isl if phase == "prefill" else case.isl + case.osl, assumed)
        batches = [b for b in BATCHES if b <= most and (phase == "decode" or b <= 32)]
        if not batches:
            continue
        step = steps(case, device, tp, assumed)
        for batch in sorted({*batches, most} if phase == "decode" else batches):
            seconds = step.prefill(batch, case.isl) if phase == "prefill" else step.decode(batch, case.isl + case.osl / 2)
            if case.sla and seconds > (TTFT_S if phase == "prefill" else TBT_S):
                continue
            yield Option(usd_per_s(device, assumed) * seconds * tp / batch * (1 if phase == "prefill" else case.osl), tp, batch, seconds)


def best(case: Case, device: str, phase: str, assumed: Assumptions) -> Option | None:
    return min(options(case, device, phase, assumed), key=lambda option: (option.usd, option.tp), default=None)


def pairs(case: Case, assumed: Assumptions) -> list[dict[str, Any]]:
    """One row for each pair. `ratio`: its output tokens a dollar over those of H100::H100; None where no number of devices keeps the goals."""
    found = {(phase, device): best(case, device, phase, assumed) for phase in ("prefill", "decode") for device in DEVICES}
    rows = [_row(case, assumed, p, d, found["prefill", p], found["decode", d]) for p, d in PAIRS]
    base = next(row["tokens_per_usd"] for row in rows if row["pair"] == "H100::H100")
    return [row | {"ratio": row["tokens_per_usd"] / base if base and row["tokens_per_usd"] else None} for row in rows]


def _row(case: Case, assumed: Assumptions, p: str, d: str, first: Option | None, second: Option | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "model": case.model, "precision": case.precision, "isl": case.isl, "osl": case.osl, "goal": "SLA" if case.sla else "throughput", "flops": assumed.flops,
        "pair": f"{p}::{d}", "tokens_per_usd": None,
    }  # fmt: skip
    if first is None or second is None:
        return row
    size = kv.of_model(config_of(case.model), case.isl, 2.0 if case.precision == "FP16" else 1.0)
    return row | {
        "tokens_per_usd": case.osl / (first.usd + second.usd), "usd_per_request": first.usd + second.usd, "prefill_tp": first.tp, "prefill_batch": first.batch,
        "ttft_s": first.seconds, "decode_tp": second.tp, "decode_batch": second.batch, "tbt_s": second.seconds,
        "egress_bytes_per_s": kv.egress(size, first.seconds, first.tp), "ingress_bytes_per_s": kv.ingress(size, second.seconds, second.tp),
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------ claims


def ratios(case: Case, assumed: Assumptions) -> dict[str, float]:
    """By pair, of those that keep the goals; empty where H100::H100 does not."""
    return {row["pair"]: row["ratio"] for row in pairs(case, assumed) if row["ratio"] is not None}


def _decode_heavy(case: Case) -> bool:
    return case.osl > case.isl


def _gaudi_decodes(case: Case, found: dict[str, float]) -> bool | None:
    """H100::Gaudi3 is comparable with B200::B200, or better."""
    if not {"H100::Gaudi3", "B200::B200"} <= found.keys():
        return None
    return found["H100::Gaudi3"] >= NEAR * found["B200::B200"]


def _best_is(pair: str) -> Callable[[Case, dict[str, float]], bool | None]:
    return lambda case, found: found.get(pair, 0.0) >= max(found.values()) * (1 - 1e-9) if found else None


def _best_without(device: str, pair: str) -> Callable[[Case, dict[str, float]], bool | None]:
    """The best of the pairs that `device` is no part of."""
    return lambda case, found: _best_is(pair)(case, {each: ratio for each, ratio in found.items() if device not in each})


def _gaudi_prefills(case: Case, found: dict[str, float]) -> bool | None:
    """Whatever decodes, Gaudi3 is the best to prefill: pairs' costs add up, so one column tells."""
    column = {pair: ratio for pair, ratio in found.items() if pair.endswith("::H100")}
    return max(column, key=lambda pair: column[pair]) == "Gaudi3::H100" if column else None


CLAIMS: dict[str, tuple[Callable[[Case], bool], Callable[[Case, dict[str, float]], bool | None]]] = {
    "H100::Gaudi3 is comparable to B200::B200 or better, decode-heavy throughput": (lambda case: _decode_heavy(case) and not case.sla, _gaudi_decodes),
    "B200::Gaudi3 is the best pair, decode-heavy throughput": (lambda case: _decode_heavy(case) and not case.sla, _best_is("B200::Gaudi3")),
    "B200::Gaudi3 is the best pair without MI300X, decode-heavy throughput": (lambda case: _decode_heavy(case) and not case.sla, _best_without("MI300X", "B200::Gaudi3")),
    "B200::Gaudi3 is the best pair, all cases": (lambda case: True, _best_is("B200::Gaudi3")),
    "Gaudi3 is the best to prefill long FP16 inputs": (lambda case: case.isl > case.osl and case.precision == "FP16", _gaudi_prefills),
}
"""What the paper says of its bars: in which cases, and whether it holds (None: not to be said)."""


def sweep() -> list[Assumptions]:
    """Every combination of FLOPS, reached shares and prices; modelled seconds need no shares."""
    free = [Assumptions(f, mfu, mbu, price) for f in ("printed", "dense") for mfu in (0.3, 0.5, 0.7) for mbu in (0.5, 0.7, 0.9) for price in ("total", "operating")]
    return free + [Assumptions("modelled", price=price) for price in ("total", "operating")]


def claims(combinations: list[Assumptions]) -> list[dict[str, Any]]:
    """For each claim, kind of FLOPS and price: in how many (combination, case) it holds, of how many, and which cases fail in most of them."""
    rows = []
    for flops, price in dict.fromkeys((a.flops, a.price) for a in combinations):
        mine = [a for a in combinations if (a.flops, a.price) == (flops, price)]
        found = {(a, case): ratios(case, a) for a in mine for case in CASES}
        for claim, (concerns, holds) in CLAIMS.items():
            said = {key: value for key, ratio in found.items() if concerns(key[1]) and (value := holds(key[1], ratio)) is not None}
            wrong = {case: sum(not value for key, value in said.items() if key[1] == case) for case in CASES}
            against = [str(case) for case, count in wrong.items() if count > len(mine) / 2]
            rows.append({"claim": claim, "flops": flops, "price": price, "holds": sum(said.values()), "of": len(said), "mostly_fails_in": against})
        top = max((ratio, pair, str(key[1])) for key, each in found.items() for pair, ratio in each.items())
        rows.append({"claim": "largest ratio to H100::H100", "flops": flops, "price": price, "ratio": top[0], "pair": top[1], "case": top[2]})
    return rows


# ------------------------------------------------------------------------------------------------ the planner's word


def problem_of(case: Case, assumed: Assumptions) -> Problem:
    """The same choice as a problem of placement: every option of every device is a way, the goals are limits."""
    pools, tasks = [], []
    for phase, goal in (("prefill", "ttft"), ("decode", "tpot")):
        ways = []
        for device in DEVICES:
            for option in options(replace(case, sla=False), device, phase, assumed):
                name = f"{phase}_{device}_tp{option.tp}_b{option.batch}"
                pools.append(Pool(name, device, option.tp))
                busy_s = option.seconds / option.batch * (1 if phase == "prefill" else case.osl)
                ways.append(Way(name, name, constant(option.seconds), dollars=option.usd, busy_s=busy_s, step_s=option.seconds))
        tasks.append(Task(phase, 1.0, tuple(ways), goal))
    classes = tuple(Class(device, 64, catalogue.entry(DEVICES[device]).as_printed[PAPER].memory_gb * 1e9, 3600 * usd_per_s(device, assumed)) for device in DEVICES)
    goals = Goals(ttft_s=TTFT_S, tpot_s=TBT_S) if case.sla else Goals()
    return Problem(classes, tuple(pools), tuple(tasks), Graph((Node("task", "prefill"), Node("task", "decode", (0,)))), goals=goals, name=str(case))


def planned(case: Case, assumed: Assumptions) -> dict[str, Any]:
    """What the integer program chooses of all pairs, with its bound and gap."""
    found = place(problem_of(case, assumed), "cost")
    chosen = "::".join(found.choice.ways[phase].split("_")[1] for phase in ("prefill", "decode"))
    return {"case": str(case), "flops": assumed.flops, "pair": chosen, "usd_per_request": found.value, "bound": found.bound, "gap": found.gap, "seconds": found.seconds}


# ------------------------------------------------------------------------------------------------ files


def table(assumed: list[Assumptions]) -> list[dict[str, Any]]:
    return [row for a in assumed for case in CASES for row in pairs(case, a)]


def write_csv(rows: list[dict[str, Any]], path: Path) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
        writer.writeheader()
        writer.writerows({key: f"{value:.6g}" if isinstance(value, float) else value for key, value in row.items()} for row in rows)


def markdown(rows: list[dict[str, Any]]) -> str:
    """For each case the best pair, and some that the paper speaks of."""
    spoken = ("H100::Gaudi3", "B200::B200", "B200::Gaudi3", "Gaudi3::Gaudi3", "Gaudi3::B200")
    lines = ["| FLOPS | case | best pair | its ratio | " + " | ".join(spoken) + " |", "|---|---|---|---" + "|---" * len(spoken) + "|"]
    keys = dict.fromkeys((r["flops"], r["model"], r["precision"], r["isl"], r["osl"], r["goal"]) for r in rows)
    for key in keys:
        here = {r["pair"]: r["ratio"] for r in rows if (r["flops"], r["model"], r["precision"], r["isl"], r["osl"], r["goal"]) == key}
        known = {pair: ratio for pair, ratio in here.items() if ratio is not None}
        top = max(known, key=lambda pair: known[pair], default="none")
        cells = [f"{known[pair]:.2f}" if pair in known else "-" for pair in (top, *spoken)]
        lines.append(f"| {key[0]} | {key[1]} {key[2]} {key[3]}/{key[4]} {key[5]} | {top} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def claims_markdown(rows: list[dict[str, Any]]) -> str:
    """One line for each claim and price, the kinds of FLOPS across."""
    kinds = list(dict.fromkeys(row["flops"] for row in rows))
    lines = ["| claim | price | " + " | ".join(kinds) + " |", "|---|---" + "|---" * len(kinds) + "|"]
    for claim, price in dict.fromkeys((row["claim"], row["price"]) for row in rows):
        here = {row["flops"]: row for row in rows if (row["claim"], row["price"]) == (claim, price)}
        lines.append(f"| {claim} | {price} | " + " | ".join(_held(here.get(kind)) for kind in kinds) + " |")
    return "\n".join(lines) + "\n"


def _held(row: dict[str, Any] | None) -> str:
    if row is None:
        return "-"
    return f"{row['holds']} of {row['of']}" if "holds" in row else f"{row['ratio']:.2f} ({row['pair']}, {row['case']})"


CELL, GAP, TOP = 46, 70, 60


def picture(rows: list[dict[str, Any]]) -> str:
    """A panel for each case: prefill devices down, decode devices across, the ratio to H100::H100 in each cell, the best one framed."""
    parts, names = [], list(DEVICES)
    side = CELL * len(names)
    for number, case in enumerate(CASES):
        x, y = (number % 4) * (side + GAP) + GAP, (number // 4) * (side + GAP) + TOP
        here = {r["pair"]: r["ratio"] for r in rows if _is(r, case)}
        parts += _panel(case, here, x, y, names)
    height = (len(CASES) + 3) // 4 * (side + GAP) + TOP
    return svg.standalone(svg.document(4 * (side + GAP) + GAP, height, parts, label="Output tokens a dollar of prefill::decode pairs, over those of H100::H100"))


def _is(row: dict[str, Any], case: Case) -> bool:
    return (row["model"], row["precision"], row["isl"], row["osl"], row["goal"] == "SLA") == (case.model, case.precision, case.isl, case.osl, case.sla)


def _panel(case: Case, here: dict[str, float | None], x: float, y: float, names: list[str]) -> list[str]:
    parts = [svg.text(x, y - 24, str(case), cls="label")]
    top = max((ratio for ratio in here.values() if ratio is not None), default=0.0)
    for row, p in enumerate(names):
        parts += [svg.text(x - 6, y + (row + 0.6) * CELL, p, cls="small", anchor="end"), svg.text(x + (row + 0.5) * CELL, y - 6, p, cls="small", anchor="middle")]
        for column, d in enumerate(names):
            ratio = here[f"{p}::{d}"]
            left, up = x + column * CELL, y + row * CELL
            shade = min(abs((ratio or 1.0) - 1.0), 1.0) * 0.7 + 0.05
            frame = ' stroke="currentColor" stroke-width="2"' if ratio is not None and ratio == top else ""
            cls = "c0" if (ratio or 0.0) >= 1 else "c1"
            parts.append(f'<rect x="{left:.0f}" y="{up:.0f}" width="{CELL - 2}" height="{CELL - 2}" class="{cls}" fill-opacity="{shade if ratio else 0:.2f}"{frame}/>')
            parts.append(svg.text(left + CELL / 2 - 1, up + 0.6 * CELL, "-" if ratio is None else f"{ratio:.2f}", cls="small", anchor="middle"))
    return parts


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, default=Path("build/tco_study"))
    parser.add_argument("--json", action="store_true", help="print the table, the claims and the planner's own choices as JSON, and write nothing")
    parser.add_argument("--no-models", action="store_true", help="leave the modelled seconds out, which take a minute")
    chosen = parser.parse_args(arguments)
    kept = [a for a in sweep() if not (chosen.no_models and a.flops == "modelled")]
    rows = table([Assumptions(flops) for flops in dict.fromkeys(a.flops for a in kept)])
    said = claims(kept)
    if chosen.json:
        choices = [planned(case, a) for a in (Assumptions("printed"), Assumptions("dense")) for case in CASES]
        json.dump({"pairs": rows, "claims": said, "planned": choices}, sys.stdout, indent=1)
        return 0
    chosen.output.mkdir(parents=True, exist_ok=True)
    write_csv(rows, chosen.output / "table.csv")
    (chosen.output / "table.md").write_text(markdown(rows))
    (chosen.output / "claims.md").write_text(claims_markdown(said))
    for flops in dict.fromkeys(a.flops for a in kept):
        (chosen.output / f"picture_{flops}.svg").write_text(picture([row for row in rows if row["flops"] == flops]))
    print(claims_markdown(said))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
