  "llm.phase"() ({
  ^bb0(%arg0: tensor<?xi32>):
    %0 = "llm.embed"(%arg0) {weight = "token_embd.weight"} : (tensor<?xi32>) -> tensor<?x576xf32>
    %1 = "llm.repeat"(%0) ({
    ^bb0(%arg1: tensor<?x576xf32>):
      %5 = "llm.rmsnorm"(%arg1) {eps = 1.000000e-05 : f64, weight = "blk.{}.attn_norm.weight"} : (tensor<?x576xf32>) -> tensor<?x576xf32>
      %6 = "llm.matmul"(%5) {weights = ["blk.{}.attn_q.weight"]} : (tensor<?x576xf32>) -> tensor<?x576xf32>
      %7 = "llm.rope"(%6) {head_dim = 64 : i64, style = "interleaved", theta = 1.000000e+05 : f64} : (tensor<?x576xf32>) -> tensor<?x576xf32>
      %8 = "llm.matmul"(%5) {weights = ["blk.{}.attn_k.weight"]} : (tensor<?x576xf32>) -> tensor<?x192xf32>
      %9 = "llm.rope"(%8) {head_dim = 64 : i64, style = "interleaved", theta = 1.000000e+05 : f64} : (tensor<?x192xf32>) -> tensor<?x192xf32>
      %10 = "llm.matmul"(%5) {weights = ["blk.{}.attn_v.weight"]} : (tensor<?x576xf32>) -> tensor<?x192xf32>
      "llm.kv_write"(%9, %10) {head_dim = 64 : i64, kv_heads = 3 : i64} : (tensor<?x192xf32>, tensor<?x192xf32>) -> ()
      %11 = "llm.attention"(%7) {causal = true, head_dim = 64 : i64, heads = 9 : i64, kv_heads = 3 : i64, scale = 1.250000e-01 : f64} : (tensor<?x576xf32>) -> tensor<?x576xf32>
      %12 = "llm.matmul"(%11) {weights = ["blk.{}.attn_output.weight"]} : (tensor<?x576xf32>) -> tensor<?x576xf32>
      %13 = "llm.add"(%arg1, %12) : (tensor<?x576xf32>, tensor<?x576xf32>) -> tensor<?x576xf32>
      %14 = "llm.rmsnorm"(%13) {eps = 1.000000e-05 : f64, weight = "blk.{}.ffn_norm.weight"} : (tensor<?x576xf32>) -> tensor<?x576xf32>
      %15 = "llm.matmul"(%14) {weights = ["blk.{}.ffn_up.weight"]} : (tensor<?x576xf32>) -> tensor<?x1536xf32>
      %16 = "llm.matmul"(%14) {weights = ["blk.{}.ffn_gate.weight"]} : (tensor<?x576xf32>) -> tensor<?x1536xf32>
      %17 = "llm.glu"(%16, %15) {activation = "silu"} : (tensor<?x1536xf32>, tensor<?x1536xf32>) -> tensor<?x1536xf32>
      %18 = "llm.matmul"(%17) {weights = ["blk.{}.ffn_down.weight"]} : (tensor<?x1536xf32>) -> tensor<?x576xf32>
      %19 = "llm.add"(%13, %18) : (tensor<?x576xf32>, tensor<?x576xf32>) -> tensor<?x576xf32>
      "llm.yield"(%19) : (tensor<?x576xf32>) -> ()
    }) {count = 30 : i64, first = 0 : i64} : (tensor<?x576xf32>) -> tensor<?x576xf32>
    %2 = "llm.select_rows"(%1) : (tensor<?x576xf32>) -> tensor<?x576xf32>
    %3 = "llm.rmsnorm"(%2) {eps = 1.000000e-05 : f64, weight = "output_norm.weight"} : (tensor<?x576xf32>) -> tensor<?x576xf32>
    %4 = "llm.matmul"(%3) {weights = ["token_embd.weight"]} : (tensor<?x576xf32>) -> tensor<?x49152xf32>
    "llm.return"(%4) : (tensor<?x49152xf32>) -> ()
  }) {kind = "prefill", model = @m, sym_name = "m_prefill"} : () -> ()
  "llm.phase"() ({
  ^bb0(%arg0: tensor<?xi32>):
    %0 = "llm.embed"(%arg0) {weight = "token_embd.weight"} : (tensor<?xi32>) -> tensor<?x576xf32>
    %1 = "llm.repeat"(%0) ({
    ^bb0(%arg1: tensor<?x576xf32>):
      %5 = "llm.rmsnorm"(%arg1) {eps = 1.000000e-05 : f64, weight = "blk.{}.attn_norm.weight"} : (tensor<?x576xf32>) -> tensor<?x576xf32>
      %6 = "llm.matmul"(%5) {weights = ["blk.{}.attn_q.weight"]} : (tensor<?x576xf32>) -> tensor<?x576xf32>
      %7 = "llm.rope"(%6) {head_dim = 64 : i64, style = "interleaved", theta = 1.000000e+05 : f64} : (tensor<?x576xf32>) -> tensor<?x576xf32>
      %8 = "llm.matmul"(%5) {weights = ["blk.{}.attn_k.weight"]} : (tensor<?x576xf32>) -> tensor<?x192xf32>
      %9 = "llm.rope"(%8) {head_dim = 64 : i64, style = "interleaved", theta = 1.000000e+05 : f64} : (tensor<?x192xf32>) -> tensor<?x192xf32>
      %10 = "llm.matmul"(%5) {weights = ["blk.{}.attn_v.weight"]} : (tensor<?x576xf32>) -> tensor<?x192xf32>
      "llm.kv_write"(%9, %10) {head_dim = 64 : i64, kv_heads = 3 : i64} : (tensor<?x192xf32>, tensor<?x192xf32>) -> ()
      %11 = "llm.attention"(%7) {causal = true, head_dim = 64 : i64, heads = 9 : i64, kv_heads = 3 : i64, scale = 1.250000e-01 : f64} : (tensor<?x576xf32>) -> tensor<?x576xf32>
      %12 = "llm.matmul"(%11) {weights = ["blk.{}.attn_output.weight"]} : (tensor<?x576xf32>) -> tensor<?x576xf32>
      %13 = "llm.add"(%arg1, %12) : (tensor<?x576xf32>, tensor<?x576xf32>) -> tensor<?x576xf32>
      %14 = "llm.rmsnorm"(%13) {eps = 1.000000e-05 : f64, weight = "blk.{}.ffn_norm.weight"} : (tensor<?x576xf32>) -> tensor<?x576xf32>
      %15 = "llm.matmul"(%14) {weights = ["blk.{}.ffn_up.weight"]} : (tensor<?x576xf32>) -> tensor<?x1536xf32>
      %16 = "llm.matmul"(%14) {weights = ["blk.{}.ffn_gate.weight"]} : (tensor<?x576xf32>) -> tensor<?x1536xf32>
      %17 = "llm.glu"(%16, %15) {activation = "silu"} : (tensor<?x1536xf32>, tensor<?x1536xf32>) -> tensor<?x1536xf32>
      %18 = "llm.matmul"(%17) {weights = ["blk.{}.ffn_down.weight"]} : (tensor<?x1536xf32>) -> tensor<?x576xf32>
      %19 = "llm.add"(%13, %18) : (tensor<?x576xf32>, tensor<?x576xf32>) -> tensor<?x576xf32>
      "llm.yield"(%19) : (tensor<?x576xf32>) -> ()
    }) {count = 30 : i64, first = 0 : i64} : (tensor<?x576xf32>) -> tensor<?x576xf32>
    %2 = "llm.select_rows"(%1) : (tensor<?x576xf32>) -> tensor<?x576xf32>
    %3 = "llm.rmsnorm"(%2) {eps = 1.000000e-05 : f64, weight = "output_norm.weight"} : (tensor<?x576xf32>) -> tensor<?x576xf32>
    %4 = "llm.matmul"(%3) {weights = ["token_embd.weight"]} : (tensor<?x576xf32>) -> tensor<?x49152xf32>
    "llm.return"(%4) : (tensor<?x49152xf32>) -> ()
  }) {kind = "decode", model = @m, sym_name = "m_decode"} : () -> ()
}
