"""Tables on terminals of any width: figures are never cut, and nothing is wider than the terminal."""

from __future__ import annotations

import pytest
from rich.console import Console

from intarsia.compiler.commands import console
from intarsia.compiler.report import serving_rows

ROWS = [
    {
        "rank": rank, "plan": f"{rank} x H100-SXM TP2 (f8, KV bf16; 512 tokens a step, [512] sequences)", "front": "*" if rank == 1 else "", "ttft": (0.096 * rank, 0.115 * rank),
        "ttft_p95": 0.34, "tpot": (0.0182, 0.0195), "tpot_p95": 0.02, "tokens_per_s": 161.0, "good": 1.0, "devices": 2 * rank, "usd_per_h": 5.38 * rank, "tokens_per_usd": 107812.0,
        "tokens_per_joule": 0.263, "regret": None,
    }
    for rank in (1, 2)
]  # fmt: skip
COLUMNS = serving_rows.columns(ROWS)


def lines(width: int) -> list[str]:
    terminal = Console(width=width, highlight=False)
    with terminal.capture() as caught:
        terminal.print(console.drawn(ROWS, COLUMNS, width))
    return [line.rstrip() for line in caught.get().splitlines()]


@pytest.mark.parametrize("width", [30, 40, 80, 120, 137, 150, 200, 1000])
def test_figures_are_whole_at_any_width(width: int) -> None:
    """Each figure stands somewhere as it is, beside or below its heading, and the words of each plan in their order."""
    found = lines(width)
    assert max(map(len, found)) <= width
    text = "\n".join(found)
    for row in ROWS:
        for _, key, write in COLUMNS[2:]:
            assert row[key] == "" or write(row[key]) in text, key
        told = iter(text.split())
        assert all(word in told for word in row["plan"].split()) or width > 120, "rows of a folded table are interleaved with figures"


def test_what_fits_is_a_table() -> None:
    assert lines(1000) == lines(200) and lines(200)[0].split()[:2] == ["rank", "plan"] and len(lines(200)) == 3
    assert lines(80)[0].startswith("1  1 x H100-SXM") and "TTFT 96.0 ms ±20 %" in lines(80)[1]


def test_columns_that_say_nothing_are_left_out() -> None:
    assert "regret" not in [heading for heading, *_ in COLUMNS] and "an hour" in [heading for heading, *_ in COLUMNS]
    assert serving_rows.columns([row | {"regret": 0.1} for row in ROWS]) == serving_rows.PLANS
