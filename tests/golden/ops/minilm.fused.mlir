  "llm.phase"() ({
  ^bb0(%arg0: tensor<?xi32>):
    %0 = "llm.embed"(%arg0) {position_weight = "position_embd.weight", type_weight = "token_types.weight", weight = "token_embd.weight"} : (tensor<?xi32>) -> tensor<?x384xf32>
    %1 = "llm.layernorm"(%0) {bias = "token_embd_norm.bias", eps = 9.9999999999999998E-13 : f64, weight = "token_embd_norm.weight"} : (tensor<?x384xf32>) -> tensor<?x384xf32>
    %2 = "llm.repeat"(%1) ({
    ^bb0(%arg1: tensor<?x384xf32>):
      %4 = "llm.matmul"(%arg1) {biases = ["blk.{}.attn_q.bias", "blk.{}.attn_k.bias", "blk.{}.attn_v.bias"], weights = ["blk.{}.attn_q.weight", "blk.{}.attn_k.weight", "blk.{}.attn_v.weight"]} : (tensor<?x384xf32>) -> tensor<?x1152xf32>
      %5 = "llm.rope_kv"(%4) {head_dim = 32 : i64, heads = 12 : i64, kv_heads = 12 : i64, style = "none", theta = 1.000000e+00 : f64} : (tensor<?x1152xf32>) -> tensor<?x384xf32>
      %6 = "llm.attention"(%5) {causal = false, head_dim = 32 : i64, heads = 12 : i64, kv_heads = 12 : i64, scale = 0.17677669529663687 : f64} : (tensor<?x384xf32>) -> tensor<?x384xf32>
      %7 = "llm.matmul"(%6, %arg1) {biases = ["blk.{}.attn_output.bias"], weights = ["blk.{}.attn_output.weight"]} : (tensor<?x384xf32>, tensor<?x384xf32>) -> tensor<?x384xf32>
      %8 = "llm.layernorm"(%7) {bias = "blk.{}.attn_output_norm.bias", eps = 9.9999999999999998E-13 : f64, weight = "blk.{}.attn_output_norm.weight"} : (tensor<?x384xf32>) -> tensor<?x384xf32>
      %9 = "llm.matmul"(%8) {activation = "gelu", biases = ["blk.{}.ffn_up.bias"], weights = ["blk.{}.ffn_up.weight"]} : (tensor<?x384xf32>) -> tensor<?x1536xf32>
      %10 = "llm.matmul"(%9, %8) {biases = ["blk.{}.ffn_down.bias"], weights = ["blk.{}.ffn_down.weight"]} : (tensor<?x1536xf32>, tensor<?x384xf32>) -> tensor<?x384xf32>
      %11 = "llm.layernorm"(%10) {bias = "blk.{}.layer_output_norm.bias", eps = 9.9999999999999998E-13 : f64, weight = "blk.{}.layer_output_norm.weight"} : (tensor<?x384xf32>) -> tensor<?x384xf32>
      "llm.yield"(%11) : (tensor<?x384xf32>) -> ()
    }) {count = 6 : i64, first = 0 : i64} : (tensor<?x384xf32>) -> tensor<?x384xf32>
    %3 = "llm.pool"(%2) {kind = "mean", normalise = true} : (tensor<?x384xf32>) -> tensor<?x384xf32>
    "llm.return"(%3) : (tensor<?x384xf32>) -> ()
  }) {kind = "encode", model = @m, sym_name = "m_encode"} : () -> ()
}
