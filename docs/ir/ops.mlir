// One decode step of a small Llama. The layer is held once.
module attributes {agent.stage = "ops"} {
  "llm.model"() ({
    "llm.end"() : () -> ()
  }) {sym_name = "smollm2", config = {
    architecture = "llama", family = "decoder", layers = 30 : i64, hidden = 576 : i64, heads = 9 : i64, kv_heads = 3 : i64, head_dim = 64 : i64,
    ffn = 1536 : i64, vocab = 49152 : i64}} : () -> ()
  "llm.phase"() ({
  ^bb0(%tokens: tensor<?xi32>):
    %x = "llm.embed"(%tokens) {weight = "token_embd.weight"} : (tensor<?xi32>) -> tensor<?x576xf32>
    %y = "llm.repeat"(%x) ({
    ^bb0(%h: tensor<?x576xf32>):
      %n = "llm.rmsnorm"(%h) {weight = "blk.{}.attn_norm.weight", eps = 1.0e-5 : f64} : (tensor<?x576xf32>) -> tensor<?x576xf32>
      %q = "llm.matmul"(%n) {weights = ["blk.{}.attn_q.weight"]} : (tensor<?x576xf32>) -> tensor<?x576xf32>
      %k = "llm.matmul"(%n) {weights = ["blk.{}.attn_k.weight"]} : (tensor<?x576xf32>) -> tensor<?x192xf32>
      %v = "llm.matmul"(%n) {weights = ["blk.{}.attn_v.weight"]} : (tensor<?x576xf32>) -> tensor<?x192xf32>
      %qr = "llm.rope"(%q) {head_dim = 64 : i64, theta = 1.0e5 : f64, style = "interleaved"} : (tensor<?x576xf32>) -> tensor<?x576xf32>
      %kr = "llm.rope"(%k) {head_dim = 64 : i64, theta = 1.0e5 : f64, style = "interleaved"} : (tensor<?x192xf32>) -> tensor<?x192xf32>
      "llm.kv_write"(%kr, %v) {kv_heads = 3 : i64, head_dim = 64 : i64} : (tensor<?x192xf32>, tensor<?x192xf32>) -> ()
      %a = "llm.attention"(%qr) {heads = 9 : i64, kv_heads = 3 : i64, head_dim = 64 : i64, scale = 0.125 : f64, causal = true} : (tensor<?x576xf32>) -> tensor<?x576xf32>
      %o = "llm.matmul"(%a, %h) {weights = ["blk.{}.attn_output.weight"]} : (tensor<?x576xf32>, tensor<?x576xf32>) -> tensor<?x576xf32>
      "llm.yield"(%o) : (tensor<?x576xf32>) -> ()
    }) {first = 0 : i64, count = 30 : i64} : (tensor<?x576xf32>) -> tensor<?x576xf32>
    %last = "llm.select_rows"(%y) : (tensor<?x576xf32>) -> tensor<?x576xf32>
    %logits = "llm.matmul"(%last) {weights = ["token_embd.weight"]} : (tensor<?x576xf32>) -> tensor<?x49152xf32>
    "llm.return"(%logits) : (tensor<?x49152xf32>) -> ()
  }) {sym_name = "smollm2_decode", model = @smollm2, kind = "decode"} : () -> ()
}
