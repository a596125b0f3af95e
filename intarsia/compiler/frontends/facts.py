"""What a front end learns of a model, and how it becomes an `llm.model`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from intarsia.compiler.frontends.tensors import Row
from intarsia.errors import InputError, Where
from intarsia.ir.model import ModelConfig

if TYPE_CHECKING:
    from intarsia.ir.module import Builder

END_OF_TURN = (
    "<|im_end|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|end|>",
    "<|end_of_text|>",
    "<|endoftext|>",
    "<end_of_turn>",
    "</s>",
    "<｜end▁of▁sentence｜>",
)
"""Texts of special tokens that end an answer; a vocabulary's own are among the model's eos."""


@dataclass(frozen=True)
class ModelFacts:
    """A model as read from its files. `format`: gguf | safetensors | config; `tokenizer` is a tokenizer.json or a GGUF file."""

    config: ModelConfig
    weights: list[Row]
    source: str
    format: str
    name: str = ""
    tokenizer: str = ""
    chat_template: str = ""
    eos: tuple[int, ...] = ()
    bos: int | None = None


def checked(config: ModelConfig, source: str) -> ModelConfig:
    """The config. Raises InputError when its sizes can't be right."""
    try:
        config.check()
    except ValueError as error:
        raise InputError(str(error), where=Where(source), mend="correct the sizes in the model's config") from None
    return config


def emit(builder: Builder, symbol: str, facts: ModelFacts) -> None:
    """Appends the `llm.model` @symbol with its table of weights."""

    def body() -> None:
        for row in facts.weights:
            builder.op("llm.weight", **row)
        builder.op("llm.end")

    with builder.at(facts.source, 1):
        builder.op(
            "llm.model",
            body=body,
            sym_name=symbol,
            config=facts.config.to_dict(),
            source=facts.source,
            format=facts.format,
            name=facts.name or None,
            tokenizer=facts.tokenizer or None,
            chat_template=facts.chat_template or None,
            parameters=facts.config.parameters(),
            eos=list(facts.eos) or None,
            bos=facts.bos,
        )
