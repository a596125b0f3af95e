"""What runs each kind of node of an agent's graph: a function of the run, the node and the values so far, which gives the node's results."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from intarsia.errors import RuntimeFailure
from intarsia.runtime.dataflow import Env, Node
from intarsia.runtime.values import Passage, fill, items_of, label, same_label, text_of, truth

if TYPE_CHECKING:
    from intarsia.runtime.agent import Run

PARALLEL = 4
"""Items of a map under way together, unless it says."""


@dataclass(frozen=True)
class Prompt:
    """What a prefill hands to its decode."""

    task: str
    model: str
    tokens: list[int]


def _values(node: Node, env: Env) -> list[Any]:
    return [env[number] for number in node.inputs]


def _prefill(run: Run, node: Node, env: Env) -> list[Any]:
    """Only the prompt is made here: the decode that reads it generates in one go, so the KV cache stays where it is."""
    attributes = node.attributes
    decoder = run.engine.decoder(attributes.get("model"))
    prompt = fill(attributes.get("prompt", ""), dict(zip(attributes.get("arguments", ()), _values(node, env), strict=True)))
    chat = attributes.get("chat", decoder.has_chat_template)
    system = attributes.get("system", "")
    if system and not chat:
        prompt = f"{system}\n\n{prompt}"
    return [Prompt(node.name, decoder.name, decoder.encode(prompt, chat=chat, system=system if chat else None))]


def decode(run: Run, node: Node, env: Env) -> list[Any]:
    prompt = env[node.inputs[0]]
    options = run.agent.options[node.name]
    start = run.engine.clock()
    handle = run.engine.decoder(prompt.model).submit(prompt.tokens, options)
    with run.watching(handle):
        answer = handle.result()
    timings = answer.timings
    first = start + timings.ttft_s
    run.record(prompt.task, start + timings.queue_s, timings.prefill_s, timings.prompt_tokens)
    run.record(node.name, first, timings.decode_s, timings.output_tokens)
    return [answer.text.strip() if not options.choices else answer.text]


def _pass_on(run: Run, node: Node, env: Env) -> list[Any]:
    return [env[node.inputs[0]]]


def _encode(run: Run, node: Node, env: Env) -> list[Any]:
    text, encoder = text_of(env[node.inputs[0]]), run.engine.encoder(node.attributes.get("model"))
    with run.timed(node.name, encoder.count(text)):
        return [np.array(encoder.embed([text])[0])]


def retrieve(run: Run, node: Node, env: Env) -> list[Any]:
    query, *question = _values(node, env)
    with run.timed(node.name):
        text = text_of(question[0]) if question else ""
        return [run.agent.indexes[node.name].search(query, node.attributes["top_k"], text=text, max_words=node.attributes.get("max_words"))]


def function(run: Run, node: Node, env: Env) -> list[Any]:
    try:
        with run.timed(node.name):
            return [run.agent.functions[node.name](_values(node, env))]
    except (ValueError, TypeError, ArithmeticError) as error:
        raise RuntimeFailure(f"the transform failed: {error}", where=f"node {node.name}") from None


def _constant(run: Run, node: Node, env: Env) -> list[Any]:
    return [node.attributes["value"]]


def _load(run: Run, node: Node, env: Env) -> list[Any]:
    return [run.agent.memory.get(node.attributes["key"], "")]


def _store(run: Run, node: Node, env: Env) -> list[Any]:
    run.agent.memory[node.attributes["key"]] = value = env[node.inputs[0]]
    return [value]


def _branch(run: Run, node: Node, env: Env) -> list[Any]:
    wanted = label(env[node.inputs[0]])
    exact = (body for name, body in node.cases if label(name) == wanted)
    alike = (body for name, body in node.cases if same_label(label(name), wanted))
    return run.body(next(exact, None) or next(alike, node.cases[-1][1]), [], env)


def _loop(run: Run, node: Node, env: Env) -> list[Any]:
    assert node.body is not None
    carried = _values(node, env)
    for _ in range(node.attributes["max_iterations"]):
        again, *carried = run.body(node.body, carried, env)
        if not truth(again):
            break
    return carried


def _map(run: Run, node: Node, env: Env) -> list[Any]:
    items, body = items_of(env[node.inputs[0]]), node.body
    assert body is not None
    if len(items) < 2:
        return [[run.body(body, [item], env)[0] for item in items]]
    with ThreadPoolExecutor(node.attributes.get("parallel", PARALLEL), thread_name_prefix=f"agent-{node.name}") as pool:
        futures = [pool.submit(run.body, body, [item], env) for item in items]
        try:
            return [[future.result()[0] for future in futures]]
        except BaseException:
            for future in futures:
                future.cancel()
            raise


def _join(run: Run, node: Node, env: Env) -> list[Any]:
    values = [env[number] for number in node.inputs if number in env]
    match node.attributes.get("kind", "all"):
        case "first":
            return [values[0]]
        case "text":
            return [node.attributes.get("separator", "\n").join(text_of(value) for value in values)]
    return [[item for value in values for item in (value if isinstance(value, list) and value and isinstance(value[0], Passage) else [value])]]


EXECUTORS: dict[str, Callable[[Run, Node, Env], list[Any]]] = {
    "llm.prefill": _prefill, "llm.decode": decode, "llm.encode": _encode, "llm.retrieve_top_k": retrieve, "llm.tool_call": function,
    "llm.kv_transfer": _pass_on, "llm.kv_hold": _pass_on, "agent.transform": function, "agent.constant": _constant,
    "agent.memory_load": _load, "agent.memory_store": _store, "agent.branch": _branch, "agent.loop": _loop, "agent.map": _map, "agent.join": _join,
}  # fmt: skip
"""Operation of a planned graph to what runs it."""
