"""Exported torch modules bring their own code: the phase of such a model only names its function."""

from __future__ import annotations

from typing import Any

from intarsia.errors import IRError
from intarsia.ir.attributes import Symbol
from intarsia.ir.module import Builder, Module, attribute, location_of


def add_phase(module: Module, model: Any) -> None:
    """Appends `llm.phase @<model>_call kind="call" function="<model>_forward"`. Raises IRError when there is no such function."""
    symbol = attribute(model, "sym_name")
    function = f"{symbol}_forward"
    names = {op.attributes["sym_name"].value for op in module.ops("func.func")}
    if function not in names:
        raise IRError(f"the torch model @{symbol} has no function @{function}", where=location_of(model), mend="import the model again")
    builder = Builder(module)
    builder.op("llm.phase", body=lambda: builder.op("llm.return"), sym_name=f"{symbol}_call", model=Symbol(symbol), kind="call", function=function)
