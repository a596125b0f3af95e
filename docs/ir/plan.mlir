// Two tasks placed on one device, the model's deployment, and a phase with its arena.
module attributes {agent.stage = "plan"} {
  "plan.device"() {sym_name = "laptop", count = 1 : i64, facts = {
    name = "laptop", kind = "cpu", cores = 2 : i64, flops = {f32 = 2.0e11 : f64},
    memory = [{name = "dram", size = 1.6e10 : f64, bandwidth = 2.0e10 : f64}]}} : () -> ()
  "llm.model"() ({
    "llm.end"() : () -> ()
  }) {sym_name = "smollm2", config = {
    architecture = "llama", family = "decoder", layers = 30 : i64, hidden = 576 : i64, heads = 9 : i64, kv_heads = 3 : i64, head_dim = 64 : i64,
    ffn = 1536 : i64, vocab = 49152 : i64}} : () -> ()
  "plan.place"() {task = "answer.prefill", device = @laptop, threads = 2 : i64, bound = "compute"} : () -> ()
  "plan.place"() {task = "answer.decode", device = @laptop, threads = 2 : i64, bound = "memory"} : () -> ()
  "plan.deploy"() {model = @smollm2, device = @laptop, precision = "w-a8", threads = 2 : i64, policy = "fcfs-chunked",
    page_tokens = 16 : i64, kv_pages = 128 : i64, kv_dtype = "f16", max_batch_tokens = 256 : i64, max_sequences = 8 : i64} : () -> ()
  "llm.phase"() ({
  ^bb0(%tokens: tensor<?xi32>):
    %x = "llm.embed"(%tokens) {weight = "token_embd.weight", offset = 0 : i64} : (tensor<?xi32>) -> tensor<?x576xf32>
    %n = "llm.rmsnorm"(%x) {weight = "output_norm.weight", eps = 1.0e-5 : f64, quantise = true, offset = 18432 : i64} : (tensor<?x576xf32>) -> tensor<?x576xi8>
    %logits = "llm.matmul"(%n) {weights = ["token_embd.weight"], offset = 24192 : i64} : (tensor<?x576xi8>) -> tensor<?x49152xf32>
    "llm.return"(%logits) : (tensor<?x49152xf32>) -> ()
  }) {sym_name = "smollm2_decode", model = @smollm2, kind = "decode", precision = "w-a8", max_rows = 8 : i64, arena_bytes = 1597056 : i64} : () -> ()
}
