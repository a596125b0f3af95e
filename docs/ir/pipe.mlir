// The phase of the plan's page as a pipeline of three launches; and how two halves of a batch share a GPU, the attention of one beside the products of the other.
module attributes {agent.stage = "pipe"} {
  "llm.model"() ({
    "llm.end"() : () -> ()
  }) {sym_name = "smollm2", config = {
    architecture = "llama", family = "decoder", layers = 30 : i64, hidden = 576 : i64, heads = 9 : i64, kv_heads = 3 : i64, head_dim = 64 : i64,
    ffn = 1536 : i64, vocab = 49152 : i64}} : () -> ()
  "pipe.program"() ({
    %x = "pipe.buffer"() {name = "x", dtype = "f32", width = 576 : i64, rows = 8 : i64, row_bytes = 2304 : i64, offset = 0 : i64, bytes = 18432 : i64} : () -> !pipe.rows
    %n = "pipe.buffer"() {name = "n", dtype = "q8", width = 576 : i64, rows = 8 : i64, row_bytes = 768 : i64, offset = 18432 : i64, bytes = 6144 : i64} : () -> !pipe.rows
    %l = "pipe.buffer"() {name = "logits", dtype = "f32", width = 49152 : i64, rows = 8 : i64, row_bytes = 196608 : i64, offset = 24576 : i64, bytes = 1572864 : i64} : () -> !pipe.rows
    "pipe.weight"() {name = "embed", format = "q8_0", n = 49152 : i64, k = 576 : i64, offset = 0 : i64, bytes = 30081024 : i64,
      sources = ["token_embd.weight"], source_types = ["q8_0"]} : () -> ()
    "pipe.launch"(%x) {kernel = "embed", order = 0 : i64, weights = ["embed"], signal = "x"} : (!pipe.rows) -> ()
    "pipe.launch"(%x, %n) {kernel = "rmsnorm_q8", order = 1 : i64, params = {eps = 1.0e-5 : f64}, wait = ["x"], signal = "n"} : (!pipe.rows, !pipe.rows) -> ()
    "pipe.launch"(%n, %l) {kernel = "matmul", order = 2 : i64, weights = ["embed"], wait = ["n"], share = 1.0 : f64} : (!pipe.rows, !pipe.rows) -> ()
    "pipe.end"() : () -> ()
  }) {sym_name = "smollm2_decode", model = @smollm2, kind = "decode", device = @laptop, threads = 2 : i64, max_rows = 8 : i64,
      arena_bytes = 1597440 : i64, weights_file = "smollm2.weights", weights_bytes = 30081024 : i64} : () -> ()
  "pipe.schedule"() ({
    "pipe.operator"() {name = "P", kind = "compute", rows = "all", points = [256.0, 512.0], us = [100.0, 180.0], previous = ["A"]} : () -> ()
    "pipe.operator"() {name = "A", kind = "memory", rows = "decode", points = [256.0, 512.0], us = [60.0, 120.0], after = ["P"]} : () -> ()
    "pipe.nano"() {name = "P.0", operator = "P", first = 0 : i64, rows = 256 : i64, order = 0 : i64, start_us = 0.0, shares = [0.6, 1.0], us = [75.0, 55.0],
      wait_previous = ["A.0"]} : () -> ()
    "pipe.nano"() {name = "A.0", operator = "A", first = 0 : i64, rows = 256 : i64, order = 0 : i64, start_us = 130.0, shares = [0.4], us = [75.0], wait = ["P.0"]} : () -> ()
    "pipe.nano"() {name = "P.1", operator = "P", first = 256 : i64, rows = 256 : i64, order = 1 : i64, start_us = 130.0, shares = [0.6, 1.0], us = [75.0, 55.0],
      wait_previous = ["A.1"]} : () -> ()
    "pipe.nano"() {name = "A.1", operator = "A", first = 256 : i64, rows = 256 : i64, order = 1 : i64, start_us = 260.0, shares = [0.4], us = [75.0], wait = ["P.1"]} : () -> ()
    "pipe.end"() : () -> ()
  }) {sym_name = "halves", device = "gpu", layers = 30 : i64, decode = [256, 256], prefill = [0, 0], period_us = 260.0, elastic = true,
      curves = {compute_beside_memory = [1.0, 1.0], memory_beside_compute = [0.4, 0.8, 1.0, 1.0]}} : () -> ()
}
