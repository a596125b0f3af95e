  "llm.phase"() ({
  ^bb0(%arg0: tensor<?xi32>):
    %0 = "llm.embed"(%arg0) {weight = "token_embd.weight"} : (tensor<?xi32>) -> tensor<?x576xf32>
    %1 = "llm.repeat"(%0) ({
    ^bb0(%arg1: tensor<?x576xf32>):
      %5 = "llm.rmsnorm"(%arg1) {eps = 1.000000e-05 : f64, weight = "blk.{}.attn_norm.weight"} : (tensor<?x576xf32>) -> tensor<?x576xi8>
      %6 = "llm.matmul"(%5) {weights = ["blk.{}.attn_q.weight", "blk.{}.attn_k.weight", "blk.{}.attn_v.weight"]} : (tensor<?x576xi8>) -> tensor<?x960xf32>
      %7 = "llm.rope_kv"(%6) {head_dim = 64 : i64, heads = 9 : i64, kv_heads = 3 : i64, style = "interleaved", theta = 1.000000e+05 : f64} : (tensor<?x960xf32>) -> tensor<?x576xf32>
      %8 = "llm.attention"(%7) {causal = true, head_dim = 64 : i64, heads = 9 : i64, kv_heads = 3 : i64, scale = 1.250000e-01 : f64} : (tensor<?x576xf32>) -> tensor<?x576xi8>
      %9 = "llm.matmul"(%8, %arg1) {weights = ["blk.{}.attn_output.weight"]} : (tensor<?x576xi8>, tensor<?x576xf32>) -> tensor<?x576xf32>
      %10 = "llm.rmsnorm"(%9) {eps = 1.000000e-05 : f64, weight = "blk.{}.ffn_norm.weight"} : (tensor<?x576xf32>) -> tensor<?x576xi8>
      %11 = "llm.matmul"(%10) {activation = "glu_silu", weights = ["blk.{}.ffn_gate.weight", "blk.{}.ffn_up.weight"]} : (tensor<?x576xi8>) -> tensor<?x1536xi8>
      %12 = "llm.matmul"(%11, %9) {weights = ["blk.{}.ffn_down.weight"]} : (tensor<?x1536xi8>, tensor<?x576xf32>) -> tensor<?x576xf32>
      "llm.yield"(%12) : (tensor<?x576xf32>) -> ()
    }) {count = 30 : i64, first = 0 : i64} : (tensor<?x576xf32>) -> tensor<?x576xf32>
    %2 = "llm.select_rows"(%1) : (tensor<?x576xf32>) -> tensor<?x576xf32>
    %3 = "llm.rmsnorm"(%2) {eps = 1.000000e-05 : f64, weight = "output_norm.weight"} : (tensor<?x576xf32>) -> tensor<?x576xi8>
    %4 = "llm.matmul"(%3) {weights = ["token_embd.weight"]} : (tensor<?x576xi8>) -> tensor<?x49152xf32>
    "llm.return"(%4) : (tensor<?x49152xf32>) -> ()
  }) {kind = "prefill", model = @m, precision = "w-a8", sym_name = "m_prefill"} : () -> ()
  "llm.phase"() ({
  ^bb0(%arg0: tensor<?xi32>):
    %0 = "llm.embed"(%arg0) {weight = "token_embd.weight"} : (tensor<?xi32>) -> tensor<?x576xf32>
    %1 = "llm.repeat"(%0) ({
    ^bb0(%arg1: tensor<?x576xf32>):
      %5 = "llm.rmsnorm"(%arg1) {eps = 1.000000e-05 : f64, weight = "blk.{}.attn_norm.weight"} : (tensor<?x576xf32>) -> tensor<?x576xi8>
      %6 = "llm.matmul"(%5) {weights = ["blk.{}.attn_q.weight", "blk.{}.attn_k.weight", "blk.{}.attn_v.weight"]} : (tensor<?x576xi8>) -> tensor<?x960xf32>
      %7 = "llm.rope_kv"(%6) {head_dim = 64 : i64, heads = 9 : i64, kv_heads = 3 : i64, style = "interleaved", theta = 1.000000e+05 : f64} : (tensor<?x960xf32>) -> tensor<?x576xf32>
      %8 = "llm.attention"(%7) {causal = true, head_dim = 64 : i64, heads = 9 : i64, kv_heads = 3 : i64, scale = 1.250000e-01 : f64} : (tensor<?x576xf32>) -> tensor<?x576xi8>
      %9 = "llm.matmul"(%8, %arg1) {weights = ["blk.{}.attn_output.weight"]} : (tensor<?x576xi8>, tensor<?x576xf32>) -> tensor<?x576xf32>
      %10 = "llm.rmsnorm"(%9) {eps = 1.000000e-05 : f64, weight = "blk.{}.ffn_norm.weight"} : (tensor<?x576xf32>) -> tensor<?x576xi8>
      %11 = "llm.matmul"(%10) {activation = "glu_silu", weights = ["blk.{}.ffn_gate.weight", "blk.{}.ffn_up.weight"]} : (tensor<?x576xi8>) -> tensor<?x1536xi8>
      %12 = "llm.matmul"(%11, %9) {weights = ["blk.{}.ffn_down.weight"]} : (tensor<?x1536xi8>, tensor<?x576xf32>) -> tensor<?x576xf32>
      "llm.yield"(%12) : (tensor<?x576xf32>) -> ()
    }) {count = 30 : i64, first = 0 : i64} : (tensor<?x576xf32>) -> tensor<?x576xf32>
    %2 = "llm.select_rows"(%1) : (tensor<?x576xf32>) -> tensor<?x576xf32>
    %3 = "llm.rmsnorm"(%2) {eps = 1.000000e-05 : f64, weight = "output_norm.weight"} : (tensor<?x576xf32>) -> tensor<?x576xi8>
    %4 = "llm.matmul"(%3) {weights = ["token_embd.weight"]} : (tensor<?x576xi8>) -> tensor<?x49152xf32>
    "llm.return"(%4) : (tensor<?x49152xf32>) -> ()
  }) {kind = "decode", model = @m, precision = "w-a8", sym_name = "m_decode"} : () -> ()
