"""From what a user asks of `intarsia plan` to the search for a plan on accelerators, and back: reading, running, saving, asking again.

The rule, in the order in which it is asked:
- a language model on a fleet of accelerators alone is searched and simulated (planner/search/), here;
- an agent of several nodes on a fleet of more than one kind of device is placed task by task (planner/placement/agents/), by way of agent_plan.py;
- everything else, and whatever is to run here, goes to the integer program of planner/plan.py: one kind of device, threads, arenas.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from intarsia.compiler.frontends import agents, hf_quantised, hf_sizes, hf_vision, models, workload
from intarsia.compiler.frontends import fleet as fleets
from intarsia.compiler.frontends.fleet import Group, Link
from intarsia.cost_models.dtypes import DTYPES
from intarsia.cost_models.serving.host import HOSTS, NO_HOST
from intarsia.cost_models.serving.memory import ENGINES
from intarsia.cost_models.serving.shapes import Precision
from intarsia.cost_models.silicon import gpus
from intarsia.errors import InputError, Where
from intarsia.ir.model import ModelConfig
from intarsia.ir.topology import FABRICS
from intarsia.ir.vision import Size, VisionConfig
from intarsia.ir.workload import Workload
from intarsia.ir.workload import with_images as holding
from intarsia.planner.search import compose, encode, explain, lasting, outcome, questions, rates, result, robust, search
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.prices import Pricer
from intarsia.planner.search.problem import NETWORK, USUAL, Choices, Draft, Goals, Images, Problem, Stock
from intarsia.planner.search.problem import check as check_problem
from intarsia.planner.search.robust import Regret
from intarsia.planner.search.rules import Excluded
from intarsia.planner.search.scenario import Scenario
from intarsia.planner.search.search import Found, Options, Ranked, Watch

ACCELERATORS = ("gpu", "npu", "tpu")
IMAGE_SIZE = "1280x720"
"""Pixels of images where nothing is said: the larger of the two sizes that vLLM's benchmark draws (random-mm of `vllm bench serve`)."""
MOST_PIXELS = 1 << 14
FIND = ("plan", "devices", "cost", "rate", "mix")
ROBUST_PLANS = 6
POLICIES = ("fcfs_chunked_prefill", "continuous_batching", "past_future")
ROUTERS = ("", "round_robin", "least_loaded", "slo_aware")
"""What is tried where nothing is asked for: policies that want no hints, and routers that want no prefixes."""


@dataclass(frozen=True)
class Asked:
    """The words of a request. `find`: the best plan, the fewest devices, the least cost, the cheapest mix of kinds, or the highest rate. `parameters` of policies: the values that
    are tried; a single one is fixed."""

    source: str = ""
    fleet: str = ""
    workload: str = ""
    slo: str | None = None
    objective: str = ""
    precision: str | None = None
    modes: tuple[str, ...] = ("aggregated", "disaggregated")
    power_w: float = 0.0
    find: str = "plan"
    engine: str = "vllm"
    draft: str | None = None
    acceptance: float = 0.7
    draft_tokens: int = 4
    max_sequences: int | None = None
    chunk_tokens: int | None = None
    rate: float | None = None
    robust: bool = False
    policies: tuple[str, ...] = POLICIES
    routers: tuple[str, ...] = ROUTERS
    parameters: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    image_size: str = IMAGE_SIZE

    @staticmethod
    def of(words: dict[str, Any]) -> Asked:
        """From a saved result."""
        known = {f.name for f in fields(Asked)}
        given: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in words.items() if key in known}
        given["parameters"] = tuple((name, tuple(values)) for name, values in given.get("parameters", ()))
        return Asked(**given)


def served(source: str, fleet: str | None) -> bool:
    """The rule: a language model on accelerators alone."""
    if fleet is None or source.endswith((".mlir", ".pt2")) or agents.is_agent(named(source)[1]):
        return False
    groups, _ = fleets.read(fleet)
    return all(group.device.kind in ACCELERATORS for group in groups) and _decoder(source)


def _decoder(source: str) -> bool:
    """Whether the source is read as a decoder; what can't be read at all is for the other planner to complain of."""
    try:
        return model(source)[0].family == "decoder"
    except InputError:
        raise
    except Exception:
        return False


class Model(NamedTuple):
    """A model's sizes, the types that its weights are stored in, its name, and its encoder of images, where it has one that is read."""

    config: ModelConfig
    stored: Precision
    name: str
    encoder: VisionConfig | None = None


def named(source: str) -> tuple[str, str]:
    """ "NAME=source" as both; an empty name where none is given."""
    name, equals, rest = source.partition("=")
    return (name, rest) if equals and name and "/" not in name and not Path(source).exists() else ("", source)


def model(source: str) -> Model:
    """What a source says of a model, which "NAME=source" names. Raises InputError or UnsupportedError."""
    name, place = named(source)
    if name:
        return model(place)._replace(name=name)
    path = models.resolve(source)
    if path.suffix == ".gguf":
        facts = models.load_model(path)
        return Model(facts.config, Precision(_gguf_type(facts.weights)), facts.name or path.stem)
    file = path / "config.json" if path.is_dir() else path
    values, beside = _object(file), file.parent / "hf_quant_config.json"
    name = file.parent.resolve().name if file.name == "config.json" else file.stem
    config = hf_sizes.read(values, str(file))
    return Model(config, hf_quantised.read(values, _object(beside) if beside.is_file() else None), name, hf_vision.read(values, str(file), config))


def _object(file: Path) -> dict[str, Any]:
    """What a model's file holds. Raises InputError."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"cannot read the model's config: {error}", where=Where(str(file))) from None
    if not isinstance(values, dict):
        raise InputError("the model's config should be an object", where=Where(str(file)))
    return values


def _gguf_type(weights: list[dict[str, Any]]) -> str:
    """The widest class of the matrices' types: engines on GPUs serve 4 and 8 bits of weights."""
    kinds = {str(row.get("dtype", "")) for row in weights}
    return "bf16" if kinds & {"f16", "bf16", "f32"} and not kinds & {"q8_0", "q4_0", "q4_1", "q4_k", "q6_k"} else "int8_wo" if "q8_0" in kinds else "int4"


def problem_of(asked: Asked, given: Workload | None = None) -> Problem:
    """What the search takes; `given`: its requests, where they are read already. Raises InputError or UnsupportedError for anything that can't be read, with file and line."""
    config, stored, name, vision = model(asked.source)
    requests = given or workload.requests(asked.workload or usual_workload(config))
    check_names(requests, [name])
    if asked.rate is not None:
        requests = workload.at_rate(requests, asked.rate)
    images = Images(vision, image_size(asked.image_size)) if vision else None
    if not vision and given is None and asked.image_size != IMAGE_SIZE:
        raise InputError(f"--image-size is about images, and {name} has no encoder of images that is read", mend="leave it out, or give a model that has one")
    if asked.engine not in ENGINES:
        raise InputError(f"there is no engine {asked.engine!r}", mend=f"choose one of {', '.join(ENGINES)}")
    framework = asked.engine if asked.engine in ("vllm", "sglang", "trtllm") else "vllm"
    return Problem(
        config, stocks(*fleets.read(asked.fleet)), with_images(requests, images.tokens if images else 0), goals(asked.slo), _choices(asked, stored), ENGINES[asked.engine],
        HOSTS.get(asked.engine, NO_HOST), watts=asked.power_w, name=name, framework=framework, images=images,
    )  # fmt: skip


def check_names(requests: Workload, names: Sequence[str]) -> None:
    """Raises InputError for requests of models that aren't served, and, of several models, for those that name none."""
    for number, request in enumerate(requests.requests, 1):
        if request.model not in names and (request.model or len(names) > 1):
            what = f"request {number} is for the model {request.model}, which isn't served" if request.model else f"request {number} names no model, and several are served"
            raise InputError(what, where=requests.name, mend=f"served here: {', '.join(names)}; a model is named as in {names[0]}=config.json")


def image_size(text: str) -> Size:
    """ "1280x720": width and height in pixels. Raises InputError."""
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and 0 < int(width) <= MOST_PIXELS and 0 < int(height) <= MOST_PIXELS):
        raise InputError(f"the size of images {text!r} can't be read", where="--image-size", mend=f"write it as 1280x720, up to {MOST_PIXELS} pixels a side")
    return int(width), int(height)


def with_images(requests: Workload, tokens: int) -> Workload:
    """Prompts that hold their images, of `tokens` each."""
    if not tokens or not any(request.images for request in requests.requests):
        return requests
    found, drawn = tuple(holding(request, tokens) for request in requests.requests), requests.drawn
    drawn = replace(drawn, image_tokens=tokens) if drawn else None
    return replace(requests, requests=found, drawn=drawn, lengthened=sum(a is not b and a.prompt_tokens != b.prompt_tokens for a, b in zip(found, requests.requests, strict=True)))


def usual_workload(config: ModelConfig) -> str:
    """What is planned for where no workload is given: one request a second, of a prompt and an answer that half of the context holds."""
    half = max(2, config.context // 2) if config.context else 1200
    prompt = min(1000, half * 5 // 6)
    return f"rate=1/s,prompt_tokens={max(1, prompt)},output_tokens={max(1, min(200, half - prompt))}"


def goals(slo: str | None) -> Goals:
    """The goals that `--slo` names, none without it. Raises InputError."""
    return Goals(**workload.goals(slo)[0]) if slo is not None else Goals()


def stocks(groups: list[Group], links: list[Link]) -> tuple[Stock, ...]:
    """The fleet's kinds. A link of a network's kind among the devices of a name says how fast each reaches other nodes."""
    network = {link.source: link.bandwidth for link in links if link.source == link.target and any(link.kind.lower().startswith(kind) for kind in FABRICS)}
    names = [group.device.name for group in groups]
    return tuple(Stock(group.device.name if names.count(group.device.name) == 1 else group.name, group.device, group.count, network.get(group.name, NETWORK)) for group in groups)


def _choices(asked: Asked, stored: Precision) -> Choices:
    drafts: tuple[Draft | None, ...] = (None,)
    if asked.draft:
        drafts = (None, _draft(asked))
    chunks = (asked.chunk_tokens,) if asked.chunk_tokens else USUAL.chunks
    batches = (asked.max_sequences,) if asked.max_sequences else USUAL.batches
    tried = precisions(asked.precision, stored)
    return Choices(tried, chunks, batches, asked.modes, asked.policies, asked.routers, drafts, context_parallel=(1, 2, 4, 8), parameters=asked.parameters)


def _draft(asked: Asked) -> Draft:
    assert asked.draft is not None
    config, stored, *_ = model(asked.draft)
    return Draft(config, asked.acceptance, asked.draft_tokens, stored)


def precisions(text: str | None, stored: Precision) -> tuple[Precision, ...]:
    """ "bf16,f8/f8" names types of weights, and after a stroke that of the cache; "stored": the weights as they are.

    Without: as stored, and in f8 where that is less, each with a cache of bf16 and of f8.
    """
    if text is None or text == "auto":
        kinds = [stored] if DTYPES[stored.expert_weights].bits <= 9 else [stored, Precision("f8")]
        return tuple(replace(kind, kv=kv) for kind in kinds for kv in ("bf16", "f8"))
    found = []
    for part in text.split(","):
        weights, _, kv = part.strip().partition("/")
        found.append(replace(stored if weights == "stored" else Precision(weights), kv=kv or "bf16"))
    return tuple(found)


@dataclass(frozen=True)
class Answered:
    """A search's result, what its rules excluded, and, where the goals can't be kept, the sentence that says so."""

    result: result.Result
    excluded: list[dict[str, object]]
    infeasible: str = ""


def answer(asked: Asked, options: Options, watch: Watch = lambda share, text: None) -> Answered:
    """Search, or answer the question that `asked.find` names. Raises InputError, InfeasibleError or UnsupportedError."""
    if asked.find not in FIND:
        raise InputError(f"there is nothing to find called {asked.find!r}", mend=f"choose one of {', '.join(FIND)}")
    problem = problem_of(asked)
    pricer = Pricer(problem, keep=True)
    simulator = Simulator(problem, pricer.tables)
    number: dict[str, float] = {}
    if asked.find == "plan":
        found = search.search(problem, options, pricer, simulator, watch)
    else:
        found, number = _question(asked, problem, options, pricer, simulator, watch)
    pricer.price.save()
    regrets = _regrets(asked, found, simulator) if asked.robust else []
    missed = problem.goals.any and asked.find == "plan" and not found.best.outcome.meets(problem.goals)
    words = {key: value for key, value in vars(asked).items() if value is not None}
    said = explain.why(found) if asked.find == "plan" else explain.answered(found, found.counts.simulated)
    why = [*_number_words(asked, number, found, len(problem.workload)), *said, *_robust_words(found, regrets), *remarks(problem)]
    made = result.of(found, why, words, number, [dict(regret.by_scenario) for regret in regrets])
    return Answered(made, explain.rules(found.excluded, problem.without), str(questions.unreachable(problem, [plan.outcome for plan in found.plans])) if missed else "")


def remarks(problem: Problem) -> list[str]:
    """What figures don't show, in sentences: requests that were left out, and costs that nobody measured."""
    requests = problem.workload.requests
    empty = sum(request.prompt_tokens < 1 or request.output_tokens < 1 for request in requests)
    found = [f"{empty} of {len(requests)} requests have no prompt or no answer, and are left out."] if empty else []
    found += [f"{problem.workload.dropped} rows of the trace are failed requests, and are left out."] if problem.workload.dropped else []
    longer = problem.workload.lengthened
    words = f"{longer} prompts are shorter than their images, which {problem.name} makes {problem.image_tokens} tokens of each: they are simulated that long."
    estimated = gpus.estimated([stock.device.name for stock in problem.fleet])
    return found + ([words] if longer else []) + ([estimated] if estimated else [])


def _question(asked: Asked, problem: Problem, options: Options, pricer: Pricer, simulator: Simulator, watch: Watch) -> tuple[Found, dict[str, float]]:
    """The answer to a question as a search's result: the plan that answers it, alone."""
    check_problem(problem)
    excluded, counts = Excluded(), search.Counts()
    designs = search.priced(problem, pricer, excluded, counts, watch)
    if asked.find == "rate":
        candidates = [*compose.candidates(problem, designs), *encode.beside(problem, designs)]
        found = rates.highest_rate(problem, candidates, simulator, options.simulations, lambda text: watch(0.5, text))
    elif asked.find == "mix":
        from intarsia.planner.search import rent  # it solves a linear program, and loads the solver

        rented = rent.rent(problem, designs, simulator, options.simulations, lambda text: watch(0.5, text))
        found = rented.answer
    else:
        found = questions.fewest(problem, designs, simulator, asked.find, options.simulations, lambda text: watch(0.5, text))
    counts.simulated = found.tried
    ranked = Ranked(found.candidate, found.outcome, found.outcome, found.outcome)
    number = {"rate_per_s": found.rate, "devices": float(found.outcome.devices), "usd_per_h": found.outcome.usd_per_h}
    if asked.find == "mix":
        number |= {"alone_usd_per_h": rented.alone_usd_per_h} if math.isfinite(rented.alone_usd_per_h) else {}
    if asked.find == "rate":
        problem = replace(problem, workload=Scenario(rate=found.rate, requests=found.requests).apply(problem.workload))
        number["requests"] = float(len(problem.workload))
    return Found(problem, options, [ranked], [0], excluded, counts, False, False, 0.0), number


def _number_words(asked: Asked, number: dict[str, float], found: Found, requests: int) -> list[str]:
    if not number:
        return []
    if asked.find == "rate":
        rate = f"{number['rate_per_s']:.4g} requests/s"
        told = f"These requests may come at {rate}, but not for long." if explain.is_brief(found) else f"The fleet sustains {rate}."
        return [told, *_gone_on(len(found.problem.workload), requests)]
    enough = "One device does" if number["devices"] == 1 else f"{number['devices']:.0f} devices do"
    return [f"{enough}, for ${number['usd_per_h']:.2f} an hour.{_alone_words(number) if asked.find == 'mix' else ''}"]


def _gone_on(judged: int, own: int) -> list[str]:
    """That a load was made longer than the workload."""
    return [f"It was judged on {judged} requests: the workload's {own} would be over before a load that goes on fills the fleet."] if judged > own else []


def _alone_words(number: dict[str, float]) -> str:
    """What the cheapest plan of one kind costs beside the answer."""
    if "alone_usd_per_h" not in number:
        return " No kind alone does."
    alone = number["alone_usd_per_h"]
    return f" The cheapest of one kind costs ${alone:.2f}." if alone > number["usd_per_h"] else " They are of one kind: nothing else was found that costs less."


def _regrets(asked: Asked, found: Found, simulator: Simulator) -> list[Regret]:
    """Of the first plans; the others have none."""
    plans = [plan.candidate.deployment for plan in found.plans[:ROBUST_PLANS]]
    return robust.regrets(plans, simulator, found.problem.goals, asked.objective, engine=found.options.engine, workers=found.options.workers)


def _robust_words(found: Found, regrets: list[Regret]) -> list[str]:
    if not regrets:
        return []
    place = robust.most_robust(regrets)
    least, first = (100 * regrets[p].worst for p in (place, 0))
    chosen = "The first plan is also the most robust" if place == 0 else f"The most robust is rank {place + 1}, {found.plans[place].candidate.deployment}"
    return [f"{chosen}: its regret is at most {least:.3g} % (the first plan's {first:.3g} %) under costs 20 % off and bursts of twice the rate."]


def again(saved: Path, slo: str | None, rate: float | None, objective: str | None) -> Answered:
    """What a saved result says under other goals or another objective; under another rate, its plans are simulated anew, and no others are looked for."""
    try:
        found = result.decode(saved.read_bytes(), str(saved))
    except OSError as error:
        raise InputError(f"cannot read the result: {error.strerror or error}", where=Where(str(saved))) from None
    if objective and objective not in outcome.OBJECTIVES:
        raise InputError(f"there is no objective {objective!r}", mend=f"choose one of {', '.join(outcome.OBJECTIVES)}")
    wanted = goals(slo) if slo is not None else result.goals_of(found)
    if rate is not None:
        found = _resimulated(found, wanted, rate)
    if slo is not None or rate is not None or objective is not None:
        found = result.ranked_again(found, wanted, found.objective if objective is None else objective)
        found = msgspec.structs.replace(found, why=explain.again(found), answer={})
    fails = wanted.any and not found.plans[0].meets_goals
    return Answered(found, [], str(questions.missed(wanted, [result.outcome_of(plan, wanted) for plan in found.plans], "no saved plan keeps")) if fails else "")


def _resimulated(found: result.Result, wanted: Goals, rate: float) -> result.Result:
    asked = replace(Asked.of(found.asked), rate=None)
    problem = replace(problem_of(asked), goals=wanted)
    if not problem.workload.rate_per_s:
        raise InputError("the workload has no rate: all its requests come at once", mend="leave --rate out")
    simulator = Simulator(problem, Pricer(problem).tables)
    drafts = [draft for draft in problem.choices.drafts if draft]
    plans = []
    for record in found.plans:
        deployment = result.deployment(record, drafts[0] if drafts else None)
        done = lasting.outcome_at(problem, deployment, rate, simulator, lambda outcome: outcome.sustained, 0, judged=False).outcome
        plans.append(result.with_outcome(record, done, wanted, problem.framework))
    return result.at_rate(found, plans, rate)

