"""A model's chat template: messages to the text it was trained on."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from intarsia.errors import InputError

Message = dict[str, str]


def messages_of(prompt: str, system: str | None) -> list[Message]:
    """A user's message, after the system's if there is one."""
    return ([{"role": "system", "content": system}] if system else []) + [{"role": "user", "content": prompt}]


def render(template: str, messages: list[Message], **names: str) -> str:
    """The conversation as text, open for the assistant's answer. `names`: bos_token, eos_token.

    Templates come with models, so they run in Jinja's sandbox. Raises InputError for messages that the template refuses.
    """
    import jinja2

    try:
        return str(_compile(template).render(messages=messages, add_generation_prompt=True, **names))
    except (jinja2.TemplateError, TypeError, KeyError) as error:
        raise InputError(f"the model's chat template failed: {error}", mend="pass chat=False for a plain prompt, or other messages") from None


@lru_cache(maxsize=16)
def _compile(template: str) -> Any:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.globals |= {"raise_exception": _refuse, "strftime_now": lambda form: datetime.now().strftime(form)}
    return environment.from_string(template)


def _refuse(message: str) -> None:
    import jinja2

    raise jinja2.TemplateError(message)
