"""`llm`: models; the tasks that an agent's nodes decompose into; and the operators of one model phase.

Activations are builtin tensors with a dynamic number of token rows: `tensor<?x576xf32>`. `tensor<?x576xi8>` stands for
rows quantised in blocks of 32: int8 values, then one f32 scale per block, then one f32 (scale x sum of the block) per block.
`{}` in a weight's name is the layer number.
"""

from __future__ import annotations

from intarsia.ir.bindings import ir
from intarsia.ir.dialects.agent import BODIES, VALUES
from intarsia.ir.rules import is_distribution, non_negative, one_of, positive, refers_to, typed
from intarsia.ir.spec import MANY, TOP, OpFacts, OpSpec

TYPES: dict[str, dict[str, type]] = {"kv": {"model": ir.StringAttr}}

WEIGHT_TYPES = ("f32", "f16", "bf16", "f8e4m3", "q8_0", "q4_0", "q4_1", "q4_k", "q6_k", "int8", "int4")
TORCH_TYPES = ("f64", "i64", "i32", "bool")
"""Further types of the constants of exported torch modules."""
PHASES = ("prefill", "decode", "encode", "call")
ACTIVATIONS = ("none", "silu", "gelu", "gelu_tanh", "relu", "tanh", "glu_silu", "glu_gelu", "glu_gelu_tanh")
OPS_BODIES = ("llm.phase", "llm.repeat")

RESOURCES = {"name": "str", "model": "symbol", "resources": "dict"}
TASK = {"after": "list[str]", "description": "str", "prompt_tokens": "dict", "output_tokens": "dict", "node": "str"}


def _model_config(facts: OpFacts) -> str | None:
    """`config` has the fields of ir/model.py, its sizes fit, and every layer it counts has weights."""
    from intarsia.ir.model import ModelConfig

    try:
        ModelConfig.from_dict(facts.attrs["config"]).check()
    except ValueError as error:
        return str(error)
    return _enough_layers(facts)


def _enough_layers(facts: OpFacts) -> str | None:
    """A layer count may be edited down, not beyond the layers whose weights are there."""
    layers = facts.attrs["config"]["layers"]
    per_name: dict[str, set[int]] = {}
    for block in facts.op.regions[0].blocks:
        for op in block.operations:
            if op.operation.name == "llm.weight" and "layers" in op.operation.attributes:
                name = op.operation.attributes["name"].value
                per_name.setdefault(name, set()).update(item.value for item in op.operation.attributes["layers"])
    for name, present in per_name.items():
        if "{}" in name and max(present) == len(present) - 1 and len(present) < layers and _in_every_layer(name):
            return f"config says {layers} layers, but {name} has weights for {len(present)}; set layers to at most {len(present)}"
    return None


def _in_every_layer(name: str) -> bool:
    return "norm" in name


def _resources(facts: OpFacts) -> str | None:
    """Each of `resources` is a formula (ir/formula.py)."""
    from intarsia.ir.formula import problem

    for key, text in facts.attrs["resources"].items():
        if not isinstance(text, str):
            return f"resources.{key} should be a formula in quotes, found {text!r}"
        if wrong := problem(text):
            return f"resources.{key}: {wrong}"
    return None


def _row_width(value: object) -> int:
    shape = ir.RankedTensorType(value.type).shape  # type: ignore[attr-defined]
    return int(shape[-1])


def _heads(facts: OpFacts) -> str | None:
    """`heads` is a multiple of `kv_heads`."""
    heads, kv_heads = facts.attrs["heads"], facts.attrs["kv_heads"]
    if heads <= 0 or kv_heads <= 0 or heads % kv_heads:
        return f"heads ({heads}) must be a positive multiple of kv_heads ({kv_heads})"
    return None


def _same_width(facts: OpFacts) -> str | None:
    """All operands have rows of the same width."""
    widths = {_row_width(value) for value in facts.op.operands}
    return None if len(widths) <= 1 else f"operands have rows of different widths {sorted(widths)}"


def _top_k(facts: OpFacts) -> str | None:
    """`top_k` lies between 1 and `experts`."""
    experts, top_k = facts.attrs["experts"], facts.attrs["top_k"]
    return None if 0 < top_k <= experts else f"top_k ({top_k}) must lie between 1 and experts ({experts})"


def _repeat_yields(facts: OpFacts) -> str | None:
    """The body takes one argument for each operand and yields one value for each result."""
    block = facts.op.regions[0].blocks[0]
    if len(block.arguments) != len(facts.op.operands):
        return f"its body takes {len(block.arguments)} arguments for {len(facts.op.operands)} operands; the counts must be equal"
    ops = list(block.operations)
    if ops and len(ops[-1].operation.operands) != len(facts.op.results):
        return f"its body yields {len(ops[-1].operation.operands)} values for {len(facts.op.results)} results; the counts must be equal"
    return None


def _scaling(facts: OpFacts) -> str | None:
    """`scaling` is one of ir/rope.py's."""
    from intarsia.ir.rope import problem

    wrong = problem(facts.attrs["head_dim"], facts.attrs.get("scaling", {}))
    return f"scaling {wrong}" if wrong else None


MODEL_OPS = [
    OpSpec(
        "model", "A model: its sizes (`config`, see ir/model.py), where its weights and tokenizer are, and the table of its weights.", regions=1,
        required={"sym_name": "str", "config": "dict"},
        optional={"source": "str", "format": "str", "tokenizer": "str", "chat_template": "str", "name": "str", "parameters": "int", "eos": "list[int]", "bos": "int"},
        ends_with="llm.end", rules=(_model_config, one_of("format", "gguf", "safetensors", "config", "torch")), parents=TOP,
    ),
    OpSpec(
        "weight", "A tensor of the model under its canonical name (ir/weights.py), [outputs, inputs] as stored; a name with `{}` stands for one tensor in each of `layers`, "
        "and a name may come again with another dtype for other layers. `offsets` are bytes from the start of `file` (or of each of `files`), one a layer; none: planning only. "
        "Expert weights have the shape [experts, outputs, inputs]: one stacked tensor a layer, or, with `experts`, that many tensors a layer (offsets and files run over layers, then experts). "
        "`tensor` is the name in the file.",
        required={"name": "str", "dtype": "str", "shape": "list[int]"},
        optional={"file": "str", "offsets": "list[int]", "layers": "list[int]", "files": "list[str]", "experts": "int", "tensor": "str"},
        rules=(one_of("dtype", *WEIGHT_TYPES, *TORCH_TYPES),), parents=("llm.model",),
    ),
    OpSpec("end", "Ends a table.", terminator=True, parents=("llm.model",)),
]

LENGTHS = is_distribution("prompt_tokens", "output_tokens")

TASK_OPS = typed([
    OpSpec("prefill", "Reads the prompt; gives the KV cache.", operands=(0, MANY), results=(1, 1), required=RESOURCES,
           optional=TASK | {"prompt": "str", "arguments": "list[str]", "system": "str", "chat": "bool", "new_tokens": "dict"},
           rules=(_resources, LENGTHS, is_distribution("new_tokens"), refers_to("model", "llm.model")), parents=BODIES),
    OpSpec("decode", "Generates from a KV cache, token by token.", operands=(1, MANY), results=(1, 1), required=RESOURCES,
           optional=TASK | {"max_tokens": "int", "temperature": "float", "top_p": "float", "seed": "int", "choices": "list[str]", "pattern": "str", "stop": "list[str]"},
           rules=(_resources, positive("max_tokens"), LENGTHS, refers_to("model", "llm.model")), parents=BODIES),
    OpSpec("encode", "Runs an encoder over a text; gives its vector.", operands=(1, 1), results=(1, 1), required=RESOURCES, optional=TASK,
           rules=(_resources, LENGTHS, refers_to("model", "llm.model")), parents=BODIES),
    OpSpec("kv_transfer", "Moves a KV cache between devices.", operands=(1, 1), results=(1, 1), required=RESOURCES, optional=TASK, rules=(_resources, LENGTHS), parents=BODIES),
    OpSpec("kv_hold", "Keeps a KV cache for `ttl_s` seconds while something else runs.", operands=(1, 1), results=(1, 1), required=RESOURCES | {"ttl_s": "float"}, optional=TASK,
           rules=(_resources, LENGTHS, non_negative("ttl_s")), parents=BODIES),
    OpSpec("tool_call", "A tool: looked up (network-bound) or computed on a CPU.", operands=(0, MANY), results=(1, 1),
           required={"name": "str", "tool": "str", "arguments": "list[str]", "resources": "dict"},
           optional=TASK | {"latency": "dict", "timeout_s": "float", "retries": "int", "on_error": "str", "kind": "str", "device": "str", "work": "dict"},
           rules=(_resources, LENGTHS, is_distribution("latency"), positive("timeout_s"), non_negative("retries"), one_of("on_error", "raise", "empty"),
                  one_of("kind", "lookup", "compute")), parents=BODIES),
    OpSpec("retrieve_top_k", "Nearest passages of an index.", operands=(1, 2), results=(1, 1),
           required={"name": "str", "index": "str", "top_k": "int", "resources": "dict"},
           optional=TASK | {"model": "symbol", "chunk_words": "int", "latency": "dict", "documents": "int", "max_words": "int"},
           rules=(_resources, LENGTHS, is_distribution("latency"), positive("top_k", "chunk_words")), parents=BODIES),
], *VALUES)

OPERATORS = typed([
    OpSpec("phase", "One phase of a model as operators over token rows; one entry is compiled for it.", regions=1,
           required={"sym_name": "str", "model": "symbol", "kind": "str"}, optional={"max_rows": "int", "arena_bytes": "int", "precision": "str", "threads": "int", "function": "str"},
           ends_with="llm.return", rules=(one_of("kind", *PHASES), refers_to("model", "llm.model"), positive("max_rows", "threads")), parents=TOP),
    OpSpec("embed", "Token rows of the embedding table; an encoder adds positions and token types.", operands=(1, 1), results=(1, 1),
           required={"weight": "str"}, optional={"position_weight": "str", "type_weight": "str", "offset": "int", "scale": "float"}, parents=OPS_BODIES),
    OpSpec("repeat", "`count` layers from `first` with the same body; held once.", operands=(1, MANY), results=(1, MANY), regions=1,
           required={"first": "int", "count": "int"}, ends_with="llm.yield", rules=(positive("count"), non_negative("first"), _repeat_yields), parents=("llm.phase",)),
    OpSpec("rmsnorm", "x / rms(x) * weight; an i8 result is quantised in the same pass.", operands=(1, 1), results=(1, 1),
           required={"weight": "str", "eps": "float"}, optional={"offset": "int", "quantise": "bool"}, rules=(positive("eps"),), parents=OPS_BODIES),
    OpSpec("layernorm", "(x - mean) / deviation * weight + bias; an optional second operand is added to x first.", operands=(1, 2), results=(1, 1),
           required={"weight": "str", "bias": "str", "eps": "float"}, optional={"offset": "int"}, rules=(positive("eps"), _same_width), parents=OPS_BODIES),
    OpSpec("quantise", "f32 rows to block-quantised i8 rows.", operands=(1, 1), results=(1, 1), optional={"offset": "int"}, parents=OPS_BODIES),
    OpSpec("matmul", "x W^T (+ bias) (activation) (+ residual, the second operand). Several `weights` are concatenated along the outputs; glu_* takes two and multiplies.",
           operands=(1, 2), results=(1, 1), required={"weights": "list[str]"},
           optional={"biases": "list[str]", "activation": "str", "offset": "int", "format": "str"}, rules=(one_of("activation", *ACTIVATIONS),), parents=OPS_BODIES),
    OpSpec("head_norm", "RMSNorm of each head (Qwen3's q and k norm).", operands=(1, 1), results=(1, 1), required={"weight": "str", "eps": "float", "head_dim": "int"},
           optional={"offset": "int"}, rules=(positive("eps", "head_dim"),), parents=OPS_BODIES),
    OpSpec("rope", "Rotary positions on each head.", operands=(1, 1), results=(1, 1), required={"head_dim": "int", "theta": "float", "style": "str"},
           optional={"offset": "int", "scaling": "dict"}, rules=(positive("head_dim", "theta"), one_of("style", "interleaved", "neox"), _scaling), parents=OPS_BODIES),
    OpSpec("kv_write", "Writes k and v rows into the layer's pages of the KV cache.", operands=(2, 2), required={"kv_heads": "int", "head_dim": "int"}, parents=OPS_BODIES),
    OpSpec("attention", "Attention of q rows over the layer's pages; `causal=false` sees the whole sequence.", operands=(1, 1), results=(1, 1),
           required={"heads": "int", "kv_heads": "int", "head_dim": "int", "scale": "float", "causal": "bool"}, optional={"offset": "int", "window": "int"},
           rules=(_heads, positive("head_dim", "window")), parents=OPS_BODIES),
    OpSpec("rope_kv", "Fused: splits a q|k|v row, norms and rotates q and k, writes k and v into the pages; gives q.", operands=(1, 1), results=(1, 1),
           required={"heads": "int", "kv_heads": "int", "head_dim": "int", "theta": "float", "style": "str"},
           optional={"offset": "int", "scaling": "dict", "q_norm": "str", "k_norm": "str", "eps": "float"},
           rules=(_heads, one_of("style", "interleaved", "neox", "none"), _scaling), parents=OPS_BODIES),
    OpSpec("glu", "activation(gate) * up.", operands=(2, 2), results=(1, 1), required={"activation": "str"}, optional={"offset": "int"},
           rules=(one_of("activation", "silu", "gelu", "gelu_tanh"), _same_width), parents=OPS_BODIES),
    OpSpec("activate", "Element-wise activation.", operands=(1, 1), results=(1, 1), required={"kind": "str"}, optional={"offset": "int"},
           rules=(one_of("kind", *ACTIVATIONS),), parents=OPS_BODIES),
    OpSpec("add", "Element-wise sum; the result takes the first operand's place.", operands=(2, 2), results=(1, 1), optional={"offset": "int"}, rules=(_same_width,), parents=OPS_BODIES),
    OpSpec("moe_route", "Scores the experts; gives each row's top_k weights and expert numbers.", operands=(1, 1), results=(2, 2),
           required={"weight": "str", "experts": "int", "top_k": "int"},
           optional={"normalise": "bool", "scoring": "str", "bias": "str", "scale": "float", "groups": "int", "top_groups": "int", "offset": "int", "offset1": "int"},
           rules=(_top_k, one_of("scoring", "softmax", "sigmoid", "softmax_topk")), parents=OPS_BODIES),
    OpSpec("moe_experts", "Each row through its experts (rows, weights, expert numbers), summed by weight, plus the residual, an optional fourth operand.", operands=(3, 4), results=(1, 1),
           required={"gate": "str", "up": "str", "down": "str", "experts": "int", "top_k": "int", "ffn": "int", "activation": "str"}, optional={"offset": "int"},
           rules=(_top_k, one_of("activation", "silu", "gelu", "gelu_tanh")), parents=OPS_BODIES),
    OpSpec("select_rows", "The rows whose logits are wanted.", operands=(1, 1), results=(1, 1), optional={"offset": "int"}, parents=OPS_BODIES),
    OpSpec("pool", "One row a sequence: the mean of its rows (or its first), of unit length on request.", operands=(1, 1), results=(1, 1),
           required={"kind": "str"}, optional={"normalise": "bool", "offset": "int"}, rules=(one_of("kind", "mean", "first"),), parents=OPS_BODIES),
    OpSpec("sample", "Tokens from logits, on the host.", operands=(1, 1), results=(1, 1), parents=OPS_BODIES),
    OpSpec("yield", "Ends a repeated layer.", operands=(0, MANY), terminator=True, parents=("llm.repeat",)),
    OpSpec("return", "Ends a phase.", operands=(0, MANY), terminator=True, parents=("llm.phase",)),
], r"tensor<\S*>", "tensors of rows")

OPS = MODEL_OPS + TASK_OPS + OPERATORS
