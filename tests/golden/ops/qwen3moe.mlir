  "llm.phase"() ({
  ^bb0(%arg0: tensor<?xi32>):
    %0 = "llm.embed"(%arg0) {weight = "token_embd.weight"} : (tensor<?xi32>) -> tensor<?x64xf32>
    %1 = "llm.repeat"(%0) ({
    ^bb0(%arg1: tensor<?x64xf32>):
      %5 = "llm.rmsnorm"(%arg1) {eps = 1.000000e-05 : f64, weight = "blk.{}.attn_norm.weight"} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %6 = "llm.matmul"(%5) {weights = ["blk.{}.attn_q.weight"]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %7 = "llm.head_norm"(%6) {eps = 1.000000e-05 : f64, head_dim = 16 : i64, weight = "blk.{}.attn_q_norm.weight"} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %8 = "llm.rope"(%7) {head_dim = 16 : i64, style = "neox", theta = 1.000000e+04 : f64} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %9 = "llm.matmul"(%5) {weights = ["blk.{}.attn_k.weight"]} : (tensor<?x64xf32>) -> tensor<?x32xf32>
      %10 = "llm.head_norm"(%9) {eps = 1.000000e-05 : f64, head_dim = 16 : i64, weight = "blk.{}.attn_k_norm.weight"} : (tensor<?x32xf32>) -> tensor<?x32xf32>
      %11 = "llm.rope"(%10) {head_dim = 16 : i64, style = "neox", theta = 1.000000e+04 : f64} : (tensor<?x32xf32>) -> tensor<?x32xf32>
      %12 = "llm.matmul"(%5) {weights = ["blk.{}.attn_v.weight"]} : (tensor<?x64xf32>) -> tensor<?x32xf32>
      "llm.kv_write"(%11, %12) {head_dim = 16 : i64, kv_heads = 2 : i64} : (tensor<?x32xf32>, tensor<?x32xf32>) -> ()
      %13 = "llm.attention"(%8) {causal = true, head_dim = 16 : i64, heads = 4 : i64, kv_heads = 2 : i64, scale = 2.500000e-01 : f64} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %14 = "llm.matmul"(%13) {weights = ["blk.{}.attn_output.weight"]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %15 = "llm.add"(%arg1, %14) : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
      %16 = "llm.rmsnorm"(%15) {eps = 1.000000e-05 : f64, weight = "blk.{}.ffn_norm.weight"} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %17:2 = "llm.moe_route"(%16) {experts = 4 : i64, normalise = true, scoring = "softmax", top_k = 2 : i64, weight = "blk.{}.ffn_gate_inp.weight"} : (tensor<?x64xf32>) -> (tensor<?x2xf32>, tensor<?x2xi32>)
      %18 = "llm.moe_experts"(%16, %17#0, %17#1) {activation = "silu", down = "blk.{}.ffn_down_exps.weight", experts = 4 : i64, ffn = 96 : i64, gate = "blk.{}.ffn_gate_exps.weight", top_k = 2 : i64, up = "blk.{}.ffn_up_exps.weight"} : (tensor<?x64xf32>, tensor<?x2xf32>, tensor<?x2xi32>) -> tensor<?x64xf32>
      %19 = "llm.add"(%15, %18) : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
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
      %6 = "llm.matmul"(%5) {weights = ["blk.{}.attn_q.weight"]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %7 = "llm.head_norm"(%6) {eps = 1.000000e-05 : f64, head_dim = 16 : i64, weight = "blk.{}.attn_q_norm.weight"} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %8 = "llm.rope"(%7) {head_dim = 16 : i64, style = "neox", theta = 1.000000e+04 : f64} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %9 = "llm.matmul"(%5) {weights = ["blk.{}.attn_k.weight"]} : (tensor<?x64xf32>) -> tensor<?x32xf32>
      %10 = "llm.head_norm"(%9) {eps = 1.000000e-05 : f64, head_dim = 16 : i64, weight = "blk.{}.attn_k_norm.weight"} : (tensor<?x32xf32>) -> tensor<?x32xf32>
      %11 = "llm.rope"(%10) {head_dim = 16 : i64, style = "neox", theta = 1.000000e+04 : f64} : (tensor<?x32xf32>) -> tensor<?x32xf32>
      %12 = "llm.matmul"(%5) {weights = ["blk.{}.attn_v.weight"]} : (tensor<?x64xf32>) -> tensor<?x32xf32>
      "llm.kv_write"(%11, %12) {head_dim = 16 : i64, kv_heads = 2 : i64} : (tensor<?x32xf32>, tensor<?x32xf32>) -> ()
      %13 = "llm.attention"(%8) {causal = true, head_dim = 16 : i64, heads = 4 : i64, kv_heads = 2 : i64, scale = 2.500000e-01 : f64} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %14 = "llm.matmul"(%13) {weights = ["blk.{}.attn_output.weight"]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %15 = "llm.add"(%arg1, %14) : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
      %16 = "llm.rmsnorm"(%15) {eps = 1.000000e-05 : f64, weight = "blk.{}.ffn_norm.weight"} : (tensor<?x64xf32>) -> tensor<?x64xf32>
      %17:2 = "llm.moe_route"(%16) {experts = 4 : i64, normalise = true, scoring = "softmax", top_k = 2 : i64, weight = "blk.{}.ffn_gate_inp.weight"} : (tensor<?x64xf32>) -> (tensor<?x2xf32>, tensor<?x2xi32>)
      %18 = "llm.moe_experts"(%16, %17#0, %17#1) {activation = "silu", down = "blk.{}.ffn_down_exps.weight", experts = 4 : i64, ffn = 96 : i64, gate = "blk.{}.ffn_gate_exps.weight", top_k = 2 : i64, up = "blk.{}.ffn_up_exps.weight"} : (tensor<?x64xf32>, tensor<?x2xf32>, tensor<?x2xi32>) -> tensor<?x64xf32>
      %19 = "llm.add"(%15, %18) : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
      "llm.yield"(%19) : (tensor<?x64xf32>) -> ()
    }) {count = 2 : i64, first = 0 : i64} : (tensor<?x64xf32>) -> tensor<?x64xf32>
    %2 = "llm.select_rows"(%1) : (tensor<?x64xf32>) -> tensor<?x64xf32>
    %3 = "llm.rmsnorm"(%2) {eps = 1.000000e-05 : f64, weight = "output_norm.weight"} : (tensor<?x64xf32>) -> tensor<?x64xf32>
    %4 = "llm.matmul"(%3) {weights = ["token_embd.weight"]} : (tensor<?x64xf32>) -> tensor<?x288xf32>
    "llm.return"(%4) : (tensor<?x288xf32>) -> ()
  }) {kind = "decode", model = @m, sym_name = "m_decode"} : () -> ()
}
