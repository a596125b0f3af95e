  "llm.phase"() ({
  ^bb0(%arg0: tensor<?xi32>):
    %0 = "llm.embed"(%arg0) {weight = "token_embd.weight"} : (tensor<?xi32>) -> tensor<?x256xf32>
    %1 = "llm.repeat"(%0) ({
    ^bb0(%arg1: tensor<?x256xf32>):
      %6 = "llm.rmsnorm"(%arg1) {eps = 1.000000e-05 : f64, weight = "blk.{}.attn_norm.weight"} : (tensor<?x256xf32>) -> tensor<?x256xf32>
      %7 = "llm.matmul"(%6) {weights = ["blk.{}.attn_q.weight"]} : (tensor<?x256xf32>) -> tensor<?x256xf32>
      %8 = "llm.rope"(%7) {head_dim = 64 : i64, style = "interleaved", theta = 1.000000e+04 : f64} : (tensor<?x256xf32>) -> tensor<?x256xf32>
      %9 = "llm.matmul"(%6) {weights = ["blk.{}.attn_k.weight"]} : (tensor<?x256xf32>) -> tensor<?x128xf32>
      %10 = "llm.rope"(%9) {head_dim = 64 : i64, style = "interleaved", theta = 1.000000e+04 : f64} : (tensor<?x128xf32>) -> tensor<?x128xf32>
      %11 = "llm.matmul"(%6) {weights = ["blk.{}.attn_v.weight"]} : (tensor<?x256xf32>) -> tensor<?x128xf32>
      "llm.kv_write"(%10, %11) {head_dim = 64 : i64, kv_heads = 2 : i64} : (tensor<?x128xf32>, tensor<?x128xf32>) -> ()
      %12 = "llm.attention"(%8) {causal = true, head_dim = 64 : i64, heads = 4 : i64, kv_heads = 2 : i64, scale = 1.250000e-01 : f64} : (tensor<?x256xf32>) -> tensor<?x256xf32>
      %13 = "llm.matmul"(%12, %arg1) {weights = ["blk.{}.attn_output.weight"]} : (tensor<?x256xf32>, tensor<?x256xf32>) -> tensor<?x256xf32>
      %14 = "llm.rmsnorm"(%13) {eps = 1.000000e-05 : f64, weight = "blk.{}.ffn_norm.weight"} : (tensor<?x256xf32>) -> tensor<?x256xf32>
      %15 = "llm.matmul"(%14) {activation = "glu_silu", weights = ["blk.{}.ffn_gate.weight", "blk.{}.ffn_up.weight"]} : (tensor<?x256xf32>) -> tensor<?x512xf32>
      %16 = "llm.matmul"(%15, %13) {weights = ["blk.{}.ffn_down.weight"]} : (tensor<?x512xf32>, tensor<?x256xf32>) -> tensor<?x256xf32>
      "llm.yield"(%16) : (tensor<?x256xf32>) -> ()
    }) {count = 1 : i64, first = 0 : i64} : (tensor<?x256xf32>) -> tensor<?x256xf32>
    %2 = "llm.repeat"(%1) ({
    ^bb0(%arg1: tensor<?x256xf32>):
      %6 = "llm.rmsnorm"(%arg1) {eps = 1.000000e-05 : f64, weight = "blk.{}.attn_norm.weight"} : (tensor<?x256xf32>) -> tensor<?x256xf32>
      %7 = "llm.matmul"(%6) {weights = ["blk.{}.attn_q.weight", "blk.{}.attn_k.weight", "blk.{}.attn_v.weight"]} : (tensor<?x256xf32>) -> tensor<?x512xf32>
      %8 = "llm.rope_kv"(%7) {head_dim = 64 : i64, heads = 4 : i64, kv_heads = 2 : i64, style = "interleaved", theta = 1.000000e+04 : f64} : (tensor<?x512xf32>) -> tensor<?x256xf32>
      %9 = "llm.attention"(%8) {causal = true, head_dim = 64 : i64, heads = 4 : i64, kv_heads = 2 : i64, scale = 1.250000e-01 : f64} : (tensor<?x256xf32>) -> tensor<?x256xf32>
      %10 = "llm.matmul"(%9, %arg1) {weights = ["blk.{}.attn_output.weight"]} : (tensor<?x256xf32>, tensor<?x256xf32>) -> tensor<?x256xf32>
      %11 = "llm.rmsnorm"(%10) {eps = 1.000000e-05 : f64, weight = "blk.{}.ffn_norm.weight"} : (tensor<?x256xf32>) -> tensor<?x256xf32>
      %12 = "llm.matmul"(%11) {activation = "glu_silu", weights = ["blk.{}.ffn_gate.weight", "blk.{}.ffn_up.weight"]} : (tensor<?x256xf32>) -> tensor<?x512xf32>
      %13 = "llm.matmul"(%12, %10) {weights = ["blk.{}.ffn_down.weight"]} : (tensor<?x512xf32>, tensor<?x256xf32>) -> tensor<?x256xf32>
      "llm.yield"(%13) : (tensor<?x256xf32>) -> ()
    }) {count = 2 : i64, first = 1 : i64} : (tensor<?x256xf32>) -> tensor<?x256xf32>
    %3 = "llm.select_rows"(%2) : (tensor<?x256xf32>) -> tensor<?x256xf32>
    %4 = "llm.rmsnorm"(%3) {eps = 1.000000e-05 : f64, weight = "output_norm.weight"} : (tensor<?x256xf32>) -> tensor<?x256xf32>
    %5 = "llm.matmul"(%4) {weights = ["token_embd.weight"]} : (tensor<?x256xf32>) -> tensor<?x288xf32>
    "llm.return"(%5) : (tensor<?x288xf32>) -> ()
  }) {kind = "prefill", model = @m, sym_name = "m_prefill"} : () -> ()
  "llm.phase"() ({
  ^bb0(%arg0: tensor<?xi32>):
    %0 = "llm.embed"(%arg0) {weight = "token_embd.weight"} : (tensor<?xi32>) -> tensor<?x256xf32>
    %1 = "llm.repeat"(%0) ({
    ^bb0(%arg1: tensor<?x256xf32>):
      %6 = "llm.rmsnorm"(%arg1) {eps = 1.000000e-05 : f64, weight = "blk.{}.attn_norm.weight"} : (tensor<?x256xf32>) -> tensor<?x256xf32>
      %7 = "llm.matmul"(%6) {weights = ["blk.{}.attn_q.weight"]} : (tensor<?x256xf32>) -> tensor<?x256xf32>
      %8 = "llm.rope"(%7) {head_dim = 64 : i64, style = "interleaved", theta = 1.000000e+04 : f64} : (tensor<?x256xf32>) -> tensor<?x256xf32>
      %9 = "llm.matmul"(%6) {weights = ["blk.{}.attn_k.weight"]} : (tensor<?x256xf32>) -> tensor<?x128xf32>
      %10 = "llm.rope"(%9) {head_dim = 64 : i64, style = "interleaved", theta = 1.000000e+04 : f64} : (tensor<?x128xf32>) -> tensor<?x128xf32>
      %11 = "llm.matmul"(%6) {weights = ["blk.{}.attn_v.weight"]} : (tensor<?x256xf32>) -> tensor<?x128xf32>
      "llm.kv_write"(%10, %11) {head_dim = 64 : i64, kv_heads = 2 : i64} : (tensor<?x128xf32>, tensor<?x128xf32>) -> ()
      %12 = "llm.attention"(%8) {causal = true, head_dim = 64 : i64, heads = 4 : i64, kv_heads = 2 : i64, scale = 1.250000e-01 : f64} : (tensor<?x256xf32>) -> tensor<?x256xf32>
      %13 = "llm.matmul"(%12, %arg1) {weights = ["blk.{}.attn_output.weight"]} : (tensor<?x256xf32>, tensor<?x256xf32>) -> tensor<?x256xf32>
      %14 = "llm.rmsnorm"(%13) {eps = 1.000000e-05 : f64, weight = "blk.{}.ffn_norm.weight"} : (tensor<?x256xf32>) -> tensor<?x256xf32>
      %15 = "llm.matmul"(%14) {activation = "glu_silu", weights = ["blk.{}.ffn_gate.weight", "blk.{}.ffn_up.weight"]} : (tensor<?x256xf32>) -> tensor<?x512xf32>
      %16 = "llm.matmul"(%15, %13) {weights = ["blk.{}.ffn_down.weight"]} : (tensor<?x512xf32>, tensor<?x256xf32>) -> tensor<?x256xf32>
      "llm.yield"(%16) : (tensor<?x256xf32>) -> ()
    }) {count = 1 : i64, first = 0 : i64} : (tensor<?x256xf32>) -> tensor<?x256xf32>
    %2 = "llm.repeat"(%1) ({
    ^bb0(%arg1: tensor<?x256xf32>):
      %6 = "llm.rmsnorm"(%arg1) {eps = 1.000000e-05 : f64, weight = "blk.{}.attn_norm.weight"} : (tensor<?x256xf32>) -> tensor<?x256xf32>
      %7 = "llm.matmul"(%6) {weights = ["blk.{}.attn_q.weight", "blk.{}.attn_k.weight", "blk.{}.attn_v.weight"]} : (tensor<?x256xf32>) -> tensor<?x512xf32>
      %8 = "llm.rope_kv"(%7) {head_dim = 64 : i64, heads = 4 : i64, kv_heads = 2 : i64, style = "interleaved", theta = 1.000000e+04 : f64} : (tensor<?x512xf32>) -> tensor<?x256xf32>
      %9 = "llm.attention"(%8) {causal = true, head_dim = 64 : i64, heads = 4 : i64, kv_heads = 2 : i64, scale = 1.250000e-01 : f64} : (tensor<?x256xf32>) -> tensor<?x256xf32>
      %10 = "llm.matmul"(%9, %arg1) {weights = ["blk.{}.attn_output.weight"]} : (tensor<?x256xf32>, tensor<?x256xf32>) -> tensor<?x256xf32>
      %11 = "llm.rmsnorm"(%10) {eps = 1.000000e-05 : f64, weight = "blk.{}.ffn_norm.weight"} : (tensor<?x256xf32>) -> tensor<?x256xf32>
      %12 = "llm.matmul"(%11) {activation = "glu_silu", weights = ["blk.{}.ffn_gate.weight", "blk.{}.ffn_up.weight"]} : (tensor<?x256xf32>) -> tensor<?x512xf32>
      %13 = "llm.matmul"(%12, %10) {weights = ["blk.{}.ffn_down.weight"]} : (tensor<?x512xf32>, tensor<?x256xf32>) -> tensor<?x256xf32>
      "llm.yield"(%13) : (tensor<?x256xf32>) -> ()
    }) {count = 2 : i64, first = 1 : i64} : (tensor<?x256xf32>) -> tensor<?x256xf32>
    %3 = "llm.select_rows"(%2) : (tensor<?x256xf32>) -> tensor<?x256xf32>
    %4 = "llm.rmsnorm"(%3) {eps = 1.000000e-05 : f64, weight = "output_norm.weight"} : (tensor<?x256xf32>) -> tensor<?x256xf32>
    %5 = "llm.matmul"(%4) {weights = ["token_embd.weight"]} : (tensor<?x256xf32>) -> tensor<?x288xf32>
    "llm.return"(%5) : (tensor<?x288xf32>) -> ()
  }) {kind = "decode", model = @m, sym_name = "m_decode"} : () -> ()
}
