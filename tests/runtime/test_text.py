"""Tokens, sampling, patterns, chat templates and transforms: what happens to text before and after the model."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InputError
from intarsia.runtime.arithmetic import calculate, find_arithmetic
from intarsia.runtime.chat import messages_of, render
from intarsia.runtime.constraints import ChoiceScores
from intarsia.runtime.patterns import Empty, after, nullable, parse
from intarsia.runtime.sampling import Sampling, greedy, log_probabilities
from intarsia.runtime.tokens import Detokeniser, TextStream, Tokens
from intarsia.runtime.tools import calculator
from intarsia.runtime.transforms import PLAIN, WITH_ARGUMENT, compile_expression, field_of, make_transform
from intarsia.runtime.values import Passage, fill, items_of, label, text_of, truth
from tests.runtime.bundles import CHAT, byte_tokenizer

TOKENS = Tokens(byte_tokenizer(("hello", " world", "ü")))


@given(st.text(max_size=60))
def test_pieces_join_to_the_text(text: str) -> None:
    ids, detokeniser = TOKENS.encode(text), Detokeniser(TOKENS)
    pieces = [detokeniser.push(token, last=i == len(ids) - 1) for i, token in enumerate(ids)]
    assert "".join(pieces) == text
    assert all("\ufffd" not in piece for piece in pieces) or "\ufffd" in text


@given(st.lists(st.integers(1, 260), max_size=40))
def test_any_tokens_give_their_text(ids: list[int]) -> None:
    detokeniser = Detokeniser(TOKENS)
    pieces = [detokeniser.push(token, last=i == len(ids) - 1) for i, token in enumerate(ids)]
    assert "".join(pieces) == TOKENS.decode(ids)


@given(st.text("abc ü", max_size=40), st.lists(st.text("abc ü", min_size=1, max_size=4), min_size=1, max_size=3))
def test_a_stream_ends_before_the_first_stop(text: str, stops: list[str]) -> None:
    ids, stream = TOKENS.encode(text), TextStream(TOKENS, tuple(stops))
    shown = ""
    for i, token in enumerate(ids):
        shown += stream.push(token, last=i == len(ids) - 1)
        assert not any(stop in shown for stop in stops)
        if stream.stopped:
            break
    found = [text.index(stop) for stop in stops if stop in text]
    assert shown == (text if not found else shown) and text.startswith(shown)
    assert stream.stopped == bool(found) and (not found or any(text[len(shown) :].startswith(stop) for stop in stops))


def test_greedy_takes_the_first_of_the_likeliest() -> None:
    assert greedy(np.array([0, 3, 3, 1], np.float32)) == 1


@given(st.lists(st.floats(-20, 20, width=32), min_size=1, max_size=50))
def test_log_probabilities_sum_to_one(values: list[float]) -> None:
    assert np.exp(log_probabilities(np.array(values, np.float32)).astype(np.float64)).sum() == pytest.approx(1, rel=1e-4)


def test_sampling_follows_the_softmax_and_the_seed() -> None:
    logits = np.log(np.array([0.1, 0.2, 0.3, 0.4], np.float32))
    sample = Sampling(temperature=1.0, seed=1).sampler()
    counts = Counter(sample(logits) for _ in range(4000))
    assert [counts[i] / 4000 for i in range(4)] == pytest.approx([0.1, 0.2, 0.3, 0.4], abs=0.03)
    one, two = (Sampling(0.7, 0.9, seed=5).sampler() for _ in range(2))
    assert [one(logits) for _ in range(50)] == [two(logits) for _ in range(50)]


@settings(max_examples=50)
@given(st.integers(2, 600), st.floats(0.05, 1.0), st.integers(0, 99))
def test_top_p_keeps_the_smallest_set_of_that_mass(vocab: int, top_p: float, seed: int) -> None:
    logits = np.random.default_rng(seed).normal(0, 3, vocab).astype(np.float32)
    probabilities = np.exp(log_probabilities(logits).astype(np.float64))
    order = np.argsort(-probabilities)
    kept = set(order[: int(np.searchsorted(np.cumsum(probabilities[order]), top_p - 1e-4)) + 2].tolist())
    sample = Sampling(1.0, top_p, seed).sampler()
    assert {sample(logits) for _ in range(20)} <= kept


@given(st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=4), min_size=1, max_size=6, unique_by=tuple), st.integers(0, 50))
def test_branch_and_bound_finds_the_best_choice(choices: list[list[int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    table: dict[tuple[int, ...], np.ndarray] = {}

    def row(prefix: list[int]) -> np.ndarray:
        return table.setdefault(tuple(prefix), log_probabilities(rng.normal(0, 2, 5).astype(np.float32)))

    scores = ChoiceScores(choices)
    scores.start(row([]))
    while (choice := scores.next()) is not None:
        scores.extend(choice, row(choices[choice][: scores.scored[choice]]))
    totals = [sum(float(row(tokens[:i])[token]) for i, token in enumerate(tokens)) for tokens in choices]
    assert scores.best is not None and totals[scores.best] == pytest.approx(max(totals), abs=1e-5)


PATTERNS = [r"yes|no", r"-?\d+(\.\d{1,2})?", r"[A-Z][a-z]*( [A-Z][a-z]*){0,2}", r"(ab|a)*c?", r"[^x]{2,4}", r"\{\"a\": \w+\}", r"a{3}", r"(a|b){2,}", r".*b", "", r"(a?){3}b"]


@settings(max_examples=300)
@given(st.sampled_from(PATTERNS), st.text('abcxyz019.-ABC {}":', max_size=7))
def test_derivatives_agree_with_re(pattern: str, text: str) -> None:
    assert nullable(after(parse(pattern), text)) == bool(re.fullmatch(pattern, text))


@settings(max_examples=100)
@given(st.sampled_from(PATTERNS), st.data())
def test_every_match_stays_alive(pattern: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(pattern, fullmatch=True, alphabet=st.characters(max_codepoint=126)))
    assert not isinstance(after(parse(pattern), text), Empty)


@pytest.mark.parametrize("pattern", ["(", "a)", "[a", "*a", "a{2", "a{3,1}", "\\q", "(?=a)", "a{99999}", "[", "\\"])
def test_bad_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(InputError, match="the pattern"):
        parse(pattern)


@given(st.text("ab(|)*+?{}[]^-\\d1,", max_size=12))
def test_any_pattern_parses_or_is_refused(pattern: str) -> None:
    with suppress(InputError):
        parse(pattern)


def test_chat_templates_run_in_a_sandbox() -> None:
    assert render(CHAT, messages_of("hi", "be brief")) == "<system> be brief <user> hi <assistant> "
    for template in ("{{ raise_exception('no system') }}", "{{ messages.append(1) }}", "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{% if %}"):
        with pytest.raises(InputError, match="chat template failed"):
            render(template, messages_of("hi", None))


@pytest.mark.parametrize(
    ("text", "found", "result"),
    [
        ("What is 12.5 * 8 + 3?", "12.5 * 8 + 3", "103"), ("3 times 4", "3 * 4", "12"), ("15% of 80", "15/100*80", "12"), ("2^10 please", "2**10", "1024"),
        ("1,250 plus 1,750.", "1250 + 1750", "3000"), ("(2+3)*4 = ?", "(2+3)*4", "20"), ("7 x 6", "7*6", "42"), ("10 divided by 4", "10 / 4", "2.5"), ("-3 + 5", "-3 + 5", "2"),
        ("5 squared", "5 **2", "25"), ("17 mod 5", "17 % 5", "2"), ("100 − 1", "100 - 1", "99"), ("in 2024-05-01 it rained", "", None),
        ("I have 3 cats.", "", None), ("version 1.2.3", "", None), ("", "", None),
    ],
)  # fmt: skip
def test_arithmetic_is_found_and_computed(text: str, found: str, result: str | None) -> None:
    assert find_arithmetic(text) == found
    if result is not None:
        assert calculator(text) == result


@pytest.mark.parametrize("text", ["1/0", "9**9**9", "10**5000", "(-8)**0.5", "__import__('os')", "a+b", "'a'*9", "", "1e308*10**300", "[1]*9", "True+1", "1" * 500, "(" * 300])
def test_the_calculator_refuses_what_is_no_arithmetic(text: str) -> None:
    with pytest.raises(ValueError):
        calculate(text)


@given(st.text("0123456789+-*/%().^ x,", max_size=40))
def test_the_calculator_never_crashes(text: str) -> None:
    with suppress(ValueError):
        calculator(text)


@pytest.mark.parametrize(
    ("expression", "value", "result"),
    [
        ("strip", "  a ", "a"), ("first_line | lower", "\nYES\nno", "yes"), ("last_line", "a\nb\n", "b"), ("first_sentence", "One. Two.", "One."),
        ("number", "about -3.5 kg", "-3.5"),
        ("contains:Cat", "the cat", True), ("contains:cat | not", "the dog", True), ("equals:yes", " Yes. ", True), ("matches:^a\\|b$", "b", True), ("head:2", "a b c", "a b"),
        ("before:#", "a#b", "a"), ("after:#", "a#b", "b"),
        ("get:a.0", {"a": [7]}, 7), ("json | get:x", '{"x": 1}', 1), ("count", "- a\n- b", 2),
        ("above:3", "4 cats", True), ("below:3", "none", False), ("has_arithmetic", "2+2", True),
        ("calculate", "2+2", 4), ("empty", " ", True), ("first", ["a", "b"], "a"), ("sentences | last", "A. B.", "B."), ("truth", "No", False),
    ],
)  # fmt: skip
def test_expressions(expression: str, value: object, result: object) -> None:
    assert compile_expression(expression)(value) == result


@pytest.mark.parametrize("expression", ["dream", "head:x", "matches:(", "strip:1", "contains", "above:x", ""])
def test_bad_expressions_are_refused(expression: str) -> None:
    with pytest.raises(InputError):
        compile_expression(expression)


def test_the_documentation_names_every_function() -> None:
    text = (Path(__file__).parents[2] / "docs" / "python-api.md").read_text()
    assert [name for name in PLAIN if f"`{name}`" not in text] + [name for name in WITH_ARGUMENT if f"`{name}:" not in text] == []


def test_values_read_as_text_truth_labels_and_lists() -> None:
    passage = Passage("Cats", "cats.md", "They sleep.")
    assert [text_of(v) for v in (None, True, 2.50, 3, ["a", 1])] == ["", "yes", "2.5", "3", "a\n1"]
    assert text_of(passage) == "Cats: They sleep." and text_of([passage, passage]) == "Cats: They sleep.\n\nCats: They sleep."
    assert [truth(v) for v in ("Yes.", "true", "no", "", "perhaps", 0, [1])] == [True, True, False, False, False, False, True]
    assert label(" 'Maybe  so.'\n") == "maybe so"
    assert items_of('["a", "b"]') == items_of("1. a\n* b\n\n") == items_of(("a", "b")) == ["a", "b"]
    assert fill("{a} {{ b }} {c} {}", {"a": 1, "b": "{a}"}) == "1 {a} {c} {}"
    assert field_of({"a": '[{"b": 5}]'}, "a.0.b") == 5 and field_of("x", "a.b") == "" and field_of([1], "4") == "" and field_of(passage, "title") == "Cats"


def test_transforms() -> None:
    assert make_transform("template", {"template": "{x}!", "arguments": ["x"], "expression": "upper"})(["a"]) == "A!"
    assert make_transform("select", {"field": "a"})([{"a": 2}]) == 2
    assert make_transform("test", {"expression": "contains:a"})(["b"]) is False
    assert make_transform("test", {})(["yes"]) is True
