"""Megatron's layout (arXiv 1909.08053) by hand: attention and MLP split between heads and columns, each ended by a matmul split along its inputs; all else is whole."""

from __future__ import annotations

from intarsia.planner.placement.sharding.graph import COLUMNS, WHOLE, Graph, Node

LAST = ("attn_output", "ffn_down")
BETWEEN = ("rope", "attention", "kv_write", "glu", "activate", "head_norm")


def layout(graph: Graph) -> tuple[str, ...]:
    """A way for each node; whole where sizes can't be split evenly, as long as all that belongs together can."""
    split = all(_preferred(node) in node.by_name for node in graph.nodes if _inside(node))
    return tuple(_preferred(node) if (split or not _inside(node)) and _preferred(node) in node.by_name else node.ways[0].name for node in graph.nodes)


def _inside(node: Node) -> bool:
    """Whether a node lies between the first and the last matmul of attention or MLP."""
    return node.name in BETWEEN or any(part in node.name for part in ("attn_q.", "attn_k.", "attn_v.", "attn_q_norm", "attn_k_norm", "ffn_up", "ffn_gate.", *LAST))


def _preferred(node: Node) -> str:
    if any(part in node.name for part in LAST) or "exps" in node.name:
        return "inputs"
    if node.name in BETWEEN or "attn_q_norm" in node.name or "attn_k_norm" in node.name:
        return COLUMNS
    if "token_embd" in node.name and "words" in node.by_name:
        return "words"
    matmul = _inside(node) or node.name == "output.weight" or "token_embd" in node.name
    return "outputs" if matmul else WHOLE
