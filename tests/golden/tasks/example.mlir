module attributes {agent.stage = "tasks"} {
  "llm.model"() ({
    "llm.weight"() {dtype = "q4_1", name = "token_embd.weight", shape = [1000, 64]} : () -> ()
    "llm.weight"() {dtype = "f32", layers = [0, 1, 2, 3], name = "blk.{}.attn_norm.weight", shape = [64]} : () -> ()
    "llm.weight"() {dtype = "q4_1", layers = [0, 1, 2, 3], name = "blk.{}.attn_q.weight", shape = [64, 64]} : () -> ()
    "llm.weight"() {dtype = "q4_1", layers = [0, 1, 2, 3], name = "blk.{}.attn_k.weight", shape = [16, 64]} : () -> ()
    "llm.weight"() {dtype = "q4_1", layers = [0, 1, 2, 3], name = "blk.{}.attn_v.weight", shape = [16, 64]} : () -> ()
    "llm.weight"() {dtype = "q4_1", layers = [0, 1, 2, 3], name = "blk.{}.attn_output.weight", shape = [64, 64]} : () -> ()
    "llm.weight"() {dtype = "f32", layers = [0, 1, 2, 3], name = "blk.{}.ffn_norm.weight", shape = [64]} : () -> ()
    "llm.weight"() {dtype = "q4_1", layers = [0, 1, 2, 3], name = "blk.{}.ffn_gate.weight", shape = [128, 64]} : () -> ()
    "llm.weight"() {dtype = "q4_1", layers = [0, 1, 2, 3], name = "blk.{}.ffn_up.weight", shape = [128, 64]} : () -> ()
    "llm.weight"() {dtype = "q4_1", layers = [0, 1, 2, 3], name = "blk.{}.ffn_down.weight", shape = [64, 128]} : () -> ()
    "llm.weight"() {dtype = "f32", name = "output_norm.weight", shape = [64]} : () -> ()
    "llm.end"() : () -> ()
  }) {config = {architecture = "llama", family = "decoder", ffn = 128 : i64, head_dim = 8 : i64, heads = 8 : i64, hidden = 64 : i64, kv_heads = 2 : i64, layers = 4 : i64, tied_embeddings = true, vocab = 1000 : i64}, sym_name = "m"} : () -> ()
  "llm.model"() ({
    "llm.weight"() {dtype = "f32", name = "token_embd.weight", shape = [500, 48]} : () -> ()
    "llm.weight"() {dtype = "f32", name = "position_embd.weight", shape = [64, 48]} : () -> ()
    "llm.weight"() {dtype = "f32", name = "token_types.weight", shape = [2, 48]} : () -> ()
    "llm.weight"() {dtype = "f32", name = "token_embd_norm.weight", shape = [48]} : () -> ()
    "llm.weight"() {dtype = "f32", name = "token_embd_norm.bias", shape = [48]} : () -> ()
    "llm.weight"() {dtype = "f32", layers = [0, 1, 2], name = "blk.{}.attn_output_norm.weight", shape = [48]} : () -> ()
    "llm.weight"() {dtype = "f32", layers = [0, 1, 2], name = "blk.{}.attn_output_norm.bias", shape = [48]} : () -> ()
    "llm.weight"() {dtype = "f32", layers = [0, 1, 2], name = "blk.{}.attn_q.weight", shape = [48, 48]} : () -> ()
    "llm.weight"() {dtype = "f32", layers = [0, 1, 2], name = "blk.{}.attn_q.bias", shape = [48]} : () -> ()
    "llm.weight"() {dtype = "f32", layers = [0, 1, 2], name = "blk.{}.attn_k.weight", shape = [48, 48]} : () -> ()
    "llm.weight"() {dtype = "f32", layers = [0, 1, 2], name = "blk.{}.attn_k.bias", shape = [48]} : () -> ()
    "llm.weight"() {dtype = "f32", layers = [0, 1, 2], name = "blk.{}.attn_v.weight", shape = [48, 48]} : () -> ()
    "llm.weight"() {dtype = "f32", layers = [0, 1, 2], name = "blk.{}.attn_v.bias", shape = [48]} : () -> ()
    "llm.weight"() {dtype = "f32", layers = [0, 1, 2], name = "blk.{}.attn_output.weight", shape = [48, 48]} : () -> ()
    "llm.weight"() {dtype = "f32", layers = [0, 1, 2], name = "blk.{}.attn_output.bias", shape = [48]} : () -> ()
    "llm.weight"() {dtype = "f32", layers = [0, 1, 2], name = "blk.{}.layer_output_norm.weight", shape = [48]} : () -> ()
    "llm.weight"() {dtype = "f32", layers = [0, 1, 2], name = "blk.{}.layer_output_norm.bias", shape = [48]} : () -> ()
    "llm.weight"() {dtype = "f32", layers = [0, 1, 2], name = "blk.{}.ffn_up.weight", shape = [96, 48]} : () -> ()
    "llm.weight"() {dtype = "f32", layers = [0, 1, 2], name = "blk.{}.ffn_up.bias", shape = [96]} : () -> ()
    "llm.weight"() {dtype = "f32", layers = [0, 1, 2], name = "blk.{}.ffn_down.weight", shape = [48, 96]} : () -> ()
    "llm.weight"() {dtype = "f32", layers = [0, 1, 2], name = "blk.{}.ffn_down.bias", shape = [48]} : () -> ()
    "llm.end"() : () -> ()
  }) {config = {activation = "gelu", architecture = "bert", attention_bias = true, family = "encoder", ffn = 96 : i64, gated = false, head_dim = 12 : i64, heads = 4 : i64, hidden = 48 : i64, kv_heads = 4 : i64, layers = 3 : i64, mlp_bias = true, norm = "layernorm", output_bias = true, positions = 64 : i64, token_types = 2 : i64, vocab = 500 : i64}, sym_name = "e"} : () -> ()
  "agent.graph"() ({
    %0 = "agent.input"() {name = "q"} : () -> !agent.value
    %1 = "llm.prefill"(%0) {arguments = ["q"], model = @m, name = "route.prefill", node = "route", output_tokens = {kind = "constant", value = 1.000000e+00 : f64}, prompt = "Look it up? {q}", prompt_tokens = {kind = "constant", value = 3.500000e+01 : f64}, resources = {activation_bytes = "15872*batch*prompt + 4256*batch", flops = "batch*(278528*prompt + 1024*(prompt*context + prompt*(prompt + 1)/2) + 128000)", kv_read_bytes = "256*batch*(context + prompt)", kv_write_bytes = "256*batch*prompt", network_bytes = "256*batch*(context + prompt)", weight_bytes = "129344 + 40*batch*prompt"}} : (!agent.value) -> !llm.kv<"m">
    %2 = "llm.decode"(%1) {choices = ["yes", "no"], model = @m, name = "route.decode", node = "route", output_tokens = {kind = "constant", value = 1.000000e+00 : f64}, prompt_tokens = {kind = "constant", value = 3.500000e+01 : f64}, resources = {activation_bytes = "20128*batch", flops = "batch*(406528 + 1024*(context + 1))", kv_read_bytes = "256*batch*(context + 1)", kv_write_bytes = "256*batch", network_bytes = "4*batch", weight_bytes = "129344 + 40*batch"}} : (!llm.kv<"m">) -> !agent.value
    %3 = "agent.branch"(%2) ({
      "agent.case"() ({
        %8 = "llm.tool_call"(%0) {arguments = ["query"], kind = "lookup", latency = {kind = "constant", value = 2.000000e-01 : f64}, name = "look_up", node = "look_up", resources = {activation_bytes = "0", flops = "0", kv_read_bytes = "0", kv_write_bytes = "0", network_bytes = "arguments", weight_bytes = "0"}, tool = "search"} : (!agent.value) -> !agent.value
        "agent.yield"(%8) : (!agent.value) -> ()
      }) {label = "yes", probability = 2.500000e-01 : f64} : () -> ()
      "agent.case"() ({
        %8 = "llm.encode"(%0) {model = @e, name = "vector", node = "vector", prompt_tokens = {kind = "constant", value = 3.200000e+01 : f64}, resources = {activation_bytes = "8064*batch*prompt", flops = "batch*(110592*prompt + 576*prompt**2)", kv_read_bytes = "0", kv_write_bytes = "0", network_bytes = "192*batch", weight_bytes = "227904 + 576*batch*prompt"}} : (!agent.value) -> !agent.value
        %9 = "llm.retrieve_top_k"(%8, %0) {chunk_words = 90 : i64, documents = 100 : i64, index = "docs", max_words = 150 : i64, name = "passages", node = "passages", resources = {activation_bytes = "0", flops = "9600*batch", kv_read_bytes = "0", kv_write_bytes = "0", network_bytes = "900*batch", weight_bytes = "19200"}, top_k = 3 : i64} : (!agent.value, !agent.value) -> !agent.value
        "agent.yield"(%9) : (!agent.value) -> ()
      }) {label = "no", probability = 7.500000e-01 : f64} : () -> ()
      "agent.end"() : () -> ()
    }) {name = "facts"} : (!agent.value) -> !agent.value
    %4 = "llm.prefill"(%3, %0) {arguments = ["facts", "q"], model = @m, name = "draft.prefill", node = "draft", output_tokens = {kind = "constant", value = 3.000000e+01 : f64}, prompt = "{facts}\0A{q}", prompt_tokens = {kind = "constant", value = 6.500000e+01 : f64}, resources = {activation_bytes = "15872*batch*prompt + 4256*batch", flops = "batch*(278528*prompt + 1024*(prompt*context + prompt*(prompt + 1)/2) + 128000)", kv_read_bytes = "256*batch*(context + prompt)", kv_write_bytes = "256*batch*prompt", network_bytes = "256*batch*(context + prompt)", weight_bytes = "129344 + 40*batch*prompt"}} : (!agent.value, !agent.value) -> !llm.kv<"m">
    %5 = "llm.decode"(%4) {model = @m, name = "draft.decode", node = "draft", output_tokens = {kind = "constant", value = 3.000000e+01 : f64}, prompt_tokens = {kind = "constant", value = 6.500000e+01 : f64}, resources = {activation_bytes = "20128*batch", flops = "batch*(406528 + 1024*(context + 1))", kv_read_bytes = "256*batch*(context + 1)", kv_write_bytes = "256*batch", network_bytes = "4*batch", weight_bytes = "129344 + 40*batch"}} : (!llm.kv<"m">) -> !agent.value
    %6 = "agent.loop"(%5) ({
    ^bb0(%arg0: !agent.value):
      %8 = "llm.prefill"(%arg0) {arguments = ["draft"], model = @m, name = "better.prefill", node = "better", output_tokens = {kind = "constant", value = 4.000000e+01 : f64}, prompt = "Better: {draft}", prompt_tokens = {kind = "constant", value = 3.400000e+01 : f64}, resources = {activation_bytes = "15872*batch*prompt + 4256*batch", flops = "batch*(278528*prompt + 1024*(prompt*context + prompt*(prompt + 1)/2) + 128000)", kv_read_bytes = "256*batch*(context + prompt)", kv_write_bytes = "256*batch*prompt", network_bytes = "256*batch*(context + prompt)", weight_bytes = "129344 + 40*batch*prompt"}} : (!agent.value) -> !llm.kv<"m">
      %9 = "llm.decode"(%8) {max_tokens = 40 : i64, model = @m, name = "better.decode", node = "better", output_tokens = {kind = "constant", value = 4.000000e+01 : f64}, prompt_tokens = {kind = "constant", value = 3.400000e+01 : f64}, resources = {activation_bytes = "20128*batch", flops = "batch*(406528 + 1024*(context + 1))", kv_read_bytes = "256*batch*(context + 1)", kv_write_bytes = "256*batch", network_bytes = "4*batch", weight_bytes = "129344 + 40*batch"}} : (!llm.kv<"m">) -> !agent.value
      %10 = "agent.transform"(%9) {arguments = ["input"], expression = "words | below:5", kind = "test", name = "more"} : (!agent.value) -> !agent.value
      "agent.yield"(%10, %9) : (!agent.value, !agent.value) -> ()
    }) {iterations = {kind = "geometric", mean = 1.500000e+00 : f64}, max_iterations = 4 : i64, name = "polish"} : (!agent.value) -> !agent.value
    %7 = "agent.memory_store"(%6) {after = ["polish", "route.decode"], key = "last", name = "kept"} : (!agent.value) -> !agent.value
    "agent.return"(%7) {names = ["answer"]} : (!agent.value) -> ()
  }) {sym_name = "example"} : () -> ()
}
