"""A page's facts in its template, and the file that this becomes."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup


def html(made: Any, template: str, scripts: Sequence[str] = ("page.js",)) -> str:
    """One document with style, scripts and pictures inside."""
    folder = resources.files("intarsia.compiler.report")

    def read(name: str) -> str:
        return (folder / name).read_text(encoding="utf-8")

    environment = jinja2.Environment(loader=jinja2.FunctionLoader(read), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    return environment.get_template(template).render(page=made, style=Markup(read("page.css")), script=Markup("\n".join(map(read, scripts))))
