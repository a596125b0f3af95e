"""Writes the sample traces beside this file: made-up requests in the formats of public traces.

    python examples/traces/make.py
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from intarsia.ir.workload import Workload, generate

FOLDER = Path(__file__).parent
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
BLOCK = 512


def requests() -> Workload:
    """Two minutes of a small chat service."""
    prompt = {"kind": "lognormal", "median": 500, "sigma": 1.0}
    output = {"kind": "lognormal", "median": 120, "sigma": 0.8}
    return generate(120, 1.0, prompt, output, seed=7)


def azure(workload: Workload) -> str:
    """TIMESTAMP, ContextTokens, GeneratedTokens."""
    rows = [f"{START + timedelta(seconds=r.arrival_s):%Y-%m-%d %H:%M:%S.%f}0,{r.prompt_tokens},{r.output_tokens}" for r in workload.requests]
    return "\n".join(["TIMESTAMP,ContextTokens,GeneratedTokens", *rows]) + "\n"


def azure_multimodal(workload: Workload) -> str:
    """TIMESTAMP, NumImages, ContextTokens, GeneratedTokens: every third request has an image, every twelfth four of them; 1,196 tokens each, beside the text."""
    rows = []
    for number, r in enumerate(workload.requests):
        images = 4 if number % 12 == 11 else 2 if number % 12 == 5 else int(number % 3 == 0)
        rows.append(f"{START + timedelta(seconds=r.arrival_s):%Y-%m-%dT%H:%M:%S.%f}Z,{images},{r.prompt_tokens + 1196 * images},{r.output_tokens}")
    return "\n".join(["TIMESTAMP,NumImages,ContextTokens,GeneratedTokens", *rows]) + "\n"


def burstgpt(workload: Workload) -> str:
    """Timestamp, Model, Request tokens, Response tokens, Total tokens, Log Type; every twentieth request failed."""
    rows = []
    for number, r in enumerate(workload.requests):
        output = 0 if number % 20 == 19 else r.output_tokens
        rows.append(f"{r.arrival_s:.0f},ChatGPT,{r.prompt_tokens},{output},{r.prompt_tokens + output},Conversation log")
    return "\n".join(["Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type", *rows]) + "\n"


def mooncake(workload: Workload) -> str:
    """timestamp (ms), input_length, output_length, hash_ids: all prompts share their first block."""
    lines, fresh = [], 1
    for r in workload.requests:
        blocks = -(-r.prompt_tokens // BLOCK)
        hashes = [0, *range(fresh, fresh + blocks - 1)]
        fresh += blocks - 1
        lines.append(json.dumps({"timestamp": int(r.arrival_s * 1000), "input_length": r.prompt_tokens, "output_length": r.output_tokens, "hash_ids": hashes}))
    return "\n".join(lines) + "\n"


def apex(workload: Workload) -> str:
    """arrival_s, input_tokens, output_tokens."""
    rows = [f"{r.arrival_s:.6f},{r.prompt_tokens},{r.output_tokens}" for r in workload.requests]
    return "\n".join(["arrival_s,input_tokens,output_tokens", *rows]) + "\n"


if __name__ == "__main__":
    made = requests()
    files = {"azure.csv": azure, "azure_multimodal.csv": azure_multimodal, "burstgpt.csv": burstgpt, "mooncake.jsonl": mooncake, "apex.csv": apex}
    for name, form in files.items():
        (FOLDER / name).write_text(form(made))
