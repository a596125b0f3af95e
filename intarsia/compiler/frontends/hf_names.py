"""Tensor names of Hugging Face checkpoints (without a leading `model.` or `bert.`) -> canonical names (ir/weights.py)."""

from __future__ import annotations

DECODER_NAMES = (
    {
        "embed_tokens.weight": "token_embd.weight",
        "norm.weight": "output_norm.weight",
        "lm_head.weight": "output.weight",
        "layers.{}.input_layernorm.weight": "blk.{}.attn_norm.weight",
        "layers.{}.post_attention_layernorm.weight": "blk.{}.ffn_norm.weight",
        "layers.{}.self_attn.q_norm.weight": "blk.{}.attn_q_norm.weight",
        "layers.{}.self_attn.k_norm.weight": "blk.{}.attn_k_norm.weight",
        # multi-head latent attention
        "layers.{}.self_attn.q_a_proj.weight": "blk.{}.attn_q_a.weight",
        "layers.{}.self_attn.q_a_layernorm.weight": "blk.{}.attn_q_a_norm.weight",
        "layers.{}.self_attn.q_b_proj.weight": "blk.{}.attn_q_b.weight",
        "layers.{}.self_attn.kv_a_proj_with_mqa.weight": "blk.{}.attn_kv_a_mqa.weight",
        "layers.{}.self_attn.kv_a_layernorm.weight": "blk.{}.attn_kv_a_norm.weight",
        "layers.{}.self_attn.kv_b_proj.weight": "blk.{}.attn_kv_b.weight",
        # routers
        "layers.{}.mlp.gate.weight": "blk.{}.ffn_gate_inp.weight",
        "layers.{}.mlp.gate.e_score_correction_bias": "blk.{}.exp_probs_b.bias",
        "layers.{}.block_sparse_moe.gate.weight": "blk.{}.ffn_gate_inp.weight",
        # Mixtral's experts
        "layers.{}.block_sparse_moe.experts.{}.w1.weight": "blk.{}.ffn_gate_exps.weight",
        "layers.{}.block_sparse_moe.experts.{}.w3.weight": "blk.{}.ffn_up_exps.weight",
        "layers.{}.block_sparse_moe.experts.{}.w2.weight": "blk.{}.ffn_down_exps.weight",
    }
    | {
        f"layers.{{}}.self_attn.{stored}.{kind}": f"blk.{{}}.{canonical}.{kind}"
        for stored, canonical in {"q_proj": "attn_q", "k_proj": "attn_k", "v_proj": "attn_v", "o_proj": "attn_output"}.items()
        for kind in ("weight", "bias")
    }
    | {
        f"layers.{{}}.mlp.{part}_proj.{kind}": f"blk.{{}}.ffn_{part}.{kind}"
        for part in ("gate", "up", "down")
        for kind in ("weight", "bias")
    }
    | {f"layers.{{}}.mlp.experts.{{}}.{part}_proj.weight": f"blk.{{}}.ffn_{part}_exps.weight" for part in ("gate", "up", "down")}
    | {f"layers.{{}}.mlp.shared_experts.{part}_proj.weight": f"blk.{{}}.ffn_{part}_shexp.weight" for part in ("gate", "up", "down")}
)

BERT_NAMES = {
    "embeddings.word_embeddings.weight": "token_embd.weight",
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.LayerNorm.weight": "token_embd_norm.weight",
    "embeddings.LayerNorm.bias": "token_embd_norm.bias",
} | {
    f"encoder.layer.{{}}.{stored}.{kind}": f"blk.{{}}.{canonical}.{kind}"
    for stored, canonical in {
        "attention.self.query": "attn_q",
        "attention.self.key": "attn_k",
        "attention.self.value": "attn_v",
        "attention.output.dense": "attn_output",
        "attention.output.LayerNorm": "attn_output_norm",
        "intermediate.dense": "ffn_up",
        "output.dense": "ffn_down",
        "output.LayerNorm": "layer_output_norm",
    }.items()
    for kind in ("weight", "bias")
}
