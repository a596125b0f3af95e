"""The structured form that every agent format is read into, and its one way into the IR.

Steps read and write named variables, as the formats do; `emit` turns variables into SSA values: a branch yields, and a
loop carries, exactly the variables that are written inside and read later.

    Step("agent.llm", "answer", reads=("question",), writes="answer", ...)    ->    %3 = "agent.llm"(%0) {name = "answer", ...}
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from intarsia.errors import Where

if TYPE_CHECKING:
    from intarsia.ir.module import Builder


@dataclass(frozen=True)
class Step:
    """One leaf operation `op`, reading variables and writing one."""

    op: str
    name: str
    writes: str
    reads: tuple[str, ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    where: Where = Where()


@dataclass(frozen=True)
class Let:
    """`target` becomes the text `text`."""

    target: str
    text: str


@dataclass(frozen=True)
class Copy:
    """`target` becomes what `source` holds now."""

    target: str
    source: str


@dataclass(frozen=True)
class Case:
    """One way out of a branch."""

    label: str
    probability: float
    body: tuple[Item, ...]
    where: Where = Where()


@dataclass(frozen=True)
class Branch:
    """Runs the case whose label the variable `on` holds; the last case where none has it."""

    name: str
    on: str
    cases: tuple[Case, ...]
    after: tuple[str, ...] = ()
    where: Where = Where()


@dataclass(frozen=True)
class Loop:
    """Runs `body`, and again while the variable `again` says yes."""

    name: str
    again: str
    body: tuple[Item, ...]
    max_iterations: int | None = None
    iterations: dict[str, Any] | None = None
    after: tuple[str, ...] = ()
    where: Where = Where()


@dataclass(frozen=True)
class Each:
    """Runs `body` for each item of the list `over`; `writes` becomes the list of what `result` holds at each end."""

    name: str
    over: str
    item: str
    body: tuple[Item, ...]
    result: str
    writes: str
    parallel: int | None = None
    fan_out: dict[str, Any] | None = None
    after: tuple[str, ...] = ()
    where: Where = Where()


@dataclass(frozen=True)
class Parallel:
    """Independent threads. A variable that several of them write becomes the join of all, called `name`."""

    name: str
    threads: tuple[tuple[Item, ...], ...]
    where: Where = Where()


Item = Step | Let | Copy | Branch | Loop | Each | Parallel


@dataclass(frozen=True)
class Flow:
    """A whole agent: its body (inputs first) and its results, (name, variable) each."""

    name: str
    body: tuple[Item, ...]
    results: tuple[tuple[str, str], ...]
    sla: dict[str, float] | None = None
    description: str | None = None
    source: str | None = None
    where: Where = Where()


def emit(builder: Builder, flow: Flow) -> None:
    """Append `flow` as an `agent.graph`."""
    emitter = _Emitter(builder)
    out = {variable for _, variable in flow.results}

    def body() -> None:
        env = emitter.block(flow.body, {}, out)
        found = [emitter.get(env, variable) for _, variable in flow.results]
        builder.op("agent.return", found, names=[name for name, _ in flow.results])

    with builder.at(flow.where.file or "<agent>", flow.where.line or 1):
        builder.op("agent.graph", body=body, sym_name=flow.name, sla=flow.sla, description=flow.description, source=flow.source)


def written(items: Sequence[Item]) -> list[str]:
    """Every variable that `items` may write and leave behind, in the order of the text, each once."""
    return list(dict.fromkeys(_written(items)))


def _written(items: Sequence[Item]) -> Iterator[str]:
    for item in items:
        match item:
            case Step() | Each():
                yield item.writes
            case Let() | Copy():
                yield item.target
            case Branch():
                for case in item.cases:
                    yield from _written(case.body)
            case Loop():
                yield from _written(item.body)
            case Parallel():
                for thread in item.threads:
                    yield from _written(thread)


def live(items: Sequence[Item], out: set[str]) -> set[str]:
    """The variables whose value before `items` may be read, when those in `out` are read afterwards."""
    for item in reversed(items):
        out = _live(item, out)
    return out


def _live(item: Item, out: set[str]) -> set[str]:
    match item:
        case Step():
            return (out - {item.writes}) | set(item.reads)
        case Let():
            return out - {item.target}
        case Copy():
            return (out - {item.target}) | {item.source} if item.target in out else out
        case Branch():
            return set().union({item.on}, *(live(case.body, out) for case in item.cases))
        case Loop():
            return _live_in_loop(item, out)
        case Each():
            return (out - {item.writes}) | {item.over} | (live(item.body, {item.result}) - {item.item})
        case Parallel():
            return set().union(*(live(thread, out) for thread in item.threads))


def _live_in_loop(loop: Loop, out: set[str]) -> set[str]:
    """A fixed point: what the body's start reads is read at its end too, by the next turn."""
    entry: set[str] = set()
    while (wider := live(loop.body, out | entry | {loop.again})) != entry:
        entry = wider
    return entry


ANY = "!agent.value"
"""What module.value gives for every kind; said here, so that reading a flow needs no MLIR."""

Env = dict[str, Any]
"""The SSA value that each variable holds now."""


@dataclass(frozen=True)
class _Emitter:
    builder: Builder

    def block(self, items: Sequence[Item], env: Env, out: set[str]) -> Env:
        """Emit `items` here; gives the variables' values at the end."""
        env = dict(env)
        for index, item in enumerate(items):
            after = live(items[index + 1 :], out)
            place = getattr(item, "where", Where())
            with self.builder.at(place.file or "<agent>", place.line or 1):
                self._item(item, env, after)
        return env

    def get(self, env: Env, variable: str) -> Any:
        """The value of `variable`; an empty text where nothing has written it."""
        if variable not in env:
            env[variable] = self.builder.op("agent.constant", [], [ANY], value="")
        return env[variable]

    def _item(self, item: Item, env: Env, after: set[str]) -> None:
        match item:
            case Step():
                operands = [self.get(env, name) for name in item.reads]
                named: dict[str, Any] = {"name": item.name, "after": list(item.after) or None}
                env[item.writes] = self.builder.op(item.op, operands, [ANY], **named, **item.attributes)
            case Let():
                if item.target in after:
                    env[item.target] = self.builder.op("agent.constant", [], [ANY], value=item.text)
            case Copy():
                if item.target in after:
                    env[item.target] = self.get(env, item.source)
            case Branch():
                self._branch(item, env, after)
            case Loop():
                self._loop(item, env, after)
            case Each():
                self._each(item, env)
            case Parallel():
                self._parallel(item, env, after)

    def _results(self, operation: Any) -> list[Any]:
        """`Builder.op` gives one result, a list of them, or the operation when there is none."""
        return operation if isinstance(operation, list) else [operation]

    def _branch(self, branch: Branch, env: Env, after: set[str]) -> None:
        results = [v for v in written([branch]) if v in after]
        for variable in results:
            if any(variable not in written(case.body) for case in branch.cases):
                self.get(env, variable)

        def one(case: Case) -> None:
            inner = self.block(case.body, env, set(results) | after)
            self.builder.op("agent.yield", [self.get(inner, v) for v in results])

        def cases() -> None:
            for case in branch.cases:
                with self.builder.at(case.where.file or "<agent>", case.where.line or 1):
                    self.builder.op("agent.case", body=lambda case=case: one(case), label=case.label, probability=float(case.probability))
            self.builder.op("agent.end")

        types = [ANY] * len(results)
        done = self.builder.op("agent.branch", [self.get(env, branch.on)], types, body=cases, name=branch.name, after=list(branch.after) or None)
        env.update(zip(results, self._results(done), strict=False))

    def _loop(self, loop: Loop, env: Env, after: set[str]) -> None:
        entry = _live_in_loop(loop, after)
        carried = [v for v in written(loop.body) if v in entry | after]
        start = [self.get(env, v) for v in carried]
        types = [ANY] * len(carried)

        def body(*arguments: Any) -> None:
            inner = self.block(loop.body, {**env, **dict(zip(carried, arguments, strict=True))}, entry | after | {loop.again})
            self.builder.op("agent.yield", [self.get(inner, loop.again), *(self.get(inner, v) for v in carried)])

        done = self.builder.op(
            "agent.loop", start, types, body=body, block_args=types, name=loop.name, after=list(loop.after) or None,
            max_iterations=loop.max_iterations, iterations=loop.iterations,
        )
        env.update(zip(carried, self._results(done), strict=False))

    def _each(self, each: Each, env: Env) -> None:
        def body(item: Any) -> None:
            inner = self.block(each.body, {**env, each.item: item}, {each.result})
            self.builder.op("agent.yield", [self.get(inner, each.result)])

        env[each.writes] = self.builder.op(
            "agent.map", [self.get(env, each.over)], [ANY], body=body, block_args=[ANY], name=each.name,
            after=list(each.after) or None, parallel=each.parallel, fan_out=each.fan_out,
        )

    def _parallel(self, item: Parallel, env: Env, after: set[str]) -> None:
        ends = [(self.block(thread, env, after), set(written(thread))) for thread in item.threads]
        name = item.name
        for variable in (v for v in written([item]) if v in after):
            values = [self.get(end, variable) for end, wrote in ends if variable in wrote]
            if len(values) == 1:
                env[variable] = values[0]
                continue
            env[variable] = self.builder.op("agent.join", values, [ANY], name=name, kind="all")
            name = f"{item.name}.{variable}"
