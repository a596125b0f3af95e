  "llm.phase"() ({
  ^bb0(%arg0: tensor<?xi32>):
    %0 = "llm.embed"(%arg0) {weight = "token_embd.weight"} : (tensor<?xi32>) -> tensor<?x64xf32>
    %1 = "llm.repeat"(%0) ({
    ^bb0(%arg1: tensor<?x64xf32>):
      %5 = "llm.rmsnorm"(%arg1) {eps = 1.000000e-05 : f64, weight = "blk.{}.attn_norm.weight"} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %6 = "llm.matmul"(%5) {biases = ["blk.{}.attn_q.bias"], weights = ["blk.{}.attn_q.weight"]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %7 = "llm.rope"(%6) {head_dim = 16 : i64, style = "neox", theta = 1.000000e+04 : f64} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %8 = "llm.matmul"(%5) {biases = ["blk.{}.attn_k.bias"], weights = ["blk.{}.attn_k.weight"]} : (tensor<?x64xf32>) -> tensor<?x32xf32>
      %9 = "llm.rope"(%8) {head_dim = 16 : i64, style = "neox", theta = 1.000000e+04 : f64} : (tensor<?x32xf32>) -> tensor<?x32xf32>
      %10 = "llm.matmul"(%5) {biases = ["blk.{}.attn_v.bias"], weights = ["blk.{}.attn_v.weight"]} : (tensor<?x64xf32>) -> tensor<?x32xf32>
      "llm.kv_write"(%9, %10) {head_dim = 16 : i64, kv_heads = 2 : i64} : (tensor<?x32xf32>, tensor<?x32xf32>) -> ()
      %11 = "llm.attention"(%7) {causal = true, head_dim = 16 : i64, heads = 4 : i64, kv_heads = 2 : i64, scale = 2.500000e-01 : f64} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %12 = "llm.matmul"(%11) {weights = ["blk.{}.attn_output.weight"]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %13 = "llm.add"(%arg1, %12) : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
      %14 = "llm.rmsnorm"(%13) {eps = 1.000000e-05 : f64, weight = "blk.{}.ffn_norm.weight"} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %15 = "llm.matmul"(%14) {weights = ["blk.{}.ffn_up.weight"]} : (tensor<?x64xf32>) -> tensor<?x128xf32>
      %16 = "llm.matmul"(%14) {weights = ["blk.{}.ffn_gate.weight"]} : (tensor<?x64xf32>) -> tensor<?x128xf32>
      %17 = "llm.glu"(%16, %15) {activation = "silu"} : (tensor<?x128xf32>, tensor<?x128xf32>) -> tensor<?x128xf32>
      %18 = "llm.matmul"(%17) {weights = ["blk.{}.ffn_down.weight"]} : (tensor<?x128xf32>) -> tensor<?x64xf32>
      %19 = "llm.add"(%13, %18) : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
      "llm.yield"(%19) : (tensor<?x64xf32>) -> ()
    }) {count = 2 : i64, first = 0 : i64} : (tensor<?x64xf32>) -> tensor<?x64xf32>
    %2 = "llm.select_rows"(%1) : (tensor<?x64xf32>) -> tensor<?x64xf32>
    %3 = "llm.rmsnorm"(%2) {eps = 1.000000e-05 : f64, weight = "output_norm.weight"} : (tensor<?x64xf32>) -> tensor<?x64xf32>
    %4 = "llm.matmul"(%3) {weights = ["token_embd.weight"]} : (tensor<?x64xf32>) -> tensor<?x288xf32>
    "llm.return"(%4) : (tensor<?x288xf32>) -> ()
  }) {kind = "prefill", model = @m, sym_name = "m_prefill"} : () -> ()
  "llm.phase"() ({
  ^bb0(%arg0: tensor<?xi32>):
    %0 = "llm.embed"(%arg0) {weight = "token_embd.weight"} : (tensor<?xi32>) -> tensor<?x64xf32>
    %1 = "llm.repeat"(%0) ({
    ^bb0(%arg1: tensor<?x64xf32>):
      %5 = "llm.rmsnorm"(%arg1) {eps = 1.000000e-05 : f64, weight = "blk.{}.attn_norm.weight"} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %6 = "llm.matmul"(%5) {biases = ["blk.{}.attn_q.bias"], weights = ["blk.{}.attn_q.weight"]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %7 = "llm.rope"(%6) {head_dim = 16 : i64, style = "neox", theta = 1.000000e+04 : f64} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %8 = "llm.matmul"(%5) {biases = ["blk.{}.attn_k.bias"], weights = ["blk.{}.attn_k.weight"]} : (tensor<?x64xf32>) -> tensor<?x32xf32>
      %9 = "llm.rope"(%8) {head_dim = 16 : i64, style = "neox", theta = 1.000000e+04 : f64} : (tensor<?x32xf32>) -> tensor<?x32xf32>
      %10 = "llm.matmul"(%5) {biases = ["blk.{}.attn_v.bias"], weights = ["blk.{}.attn_v.weight"]} : (tensor<?x64xf32>) -> tensor<?x32xf32>
      "llm.kv_write"(%9, %10) {head_dim = 16 : i64, kv_heads = 2 : i64} : (tensor<?x32xf32>, tensor<?x32xf32>) -> ()
      %11 = "llm.attention"(%7) {causal = true, head_dim = 16 : i64, heads = 4 : i64, kv_heads = 2 : i64, scale = 2.500000e-01 : f64} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %12 = "llm.matmul"(%11) {weights = ["blk.{}.attn_output.weight"]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %13 = "llm.add"(%arg1, %12) : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
      %14 = "llm.rmsnorm"(%13) {eps = 1.000000e-05 : f64, weight = "blk.{}.ffn_norm.weight"} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %15 = "llm.matmul"(%14) {weights = ["blk.{}.ffn_up.weight"]} : (tensor<?x64xf32>) -> tensor<?x128xf32>
      %16 = "llm.matmul"(%14) {weights = ["blk.{}.ffn_gate.weight"]} : (tensor<?x64xf32>) -> tensor<?x128xf32>
      %17 = "llm.glu"(%16, %15) {activation = "silu"} : (tensor<?x128xf32>, tensor<?x128xf32>) -> tensor<?x128xf32>
      %18 = "llm.matmul"(%17) {weights = ["blk.{}.ffn_down.weight"]} : (tensor<?x128xf32>) -> tensor<?x64xf32>
      %19 = "llm.add"(%13, %18) : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
      "llm.yield"(%19) : (tensor<?x64xf32>) -> ()
    }) {count = 2 : i64, first = 0 : i64} : (tensor<?x64xf32>) -> tensor<?x64xf32>
    %2 = "llm.select_rows"(%1) : (tensor<?x64xf32>) -> tensor<?x64xf32>
    %3 = "llm.rmsnorm"(%2) {eps = 1.000000e-05 : f64, weight = "output_norm.weight"} : (tensor<?x64xf32>) -> tensor<?x64xf32>
    %4 = "llm.matmul"(%3) {weights = ["token_embd.weight"]} : (tensor<?x64xf32>) -> tensor<?x288xf32>
    "llm.return"(%4) : (tensor<?x288xf32>) -> ()
  }) {kind = "decode", model = @m, sym_name = "m_decode"} : () -> ()
}
