// The node `answer` as a prefill and a decode; formulas are per step, for `batch` sequences.
module attributes {agent.stage = "tasks"} {
  "llm.model"() ({
    "llm.end"() : () -> ()
  }) {sym_name = "smollm2", config = {
    architecture = "llama", family = "decoder", layers = 30 : i64, hidden = 576 : i64, heads = 9 : i64, kv_heads = 3 : i64, head_dim = 64 : i64,
    ffn = 1536 : i64, vocab = 49152 : i64}} : () -> ()
  "agent.graph"() ({
    %question = "agent.input"() {name = "question"} : () -> !agent.value
    %kv = "llm.prefill"(%question) {name = "answer.prefill", node = "answer", model = @smollm2, prompt = "{question}", arguments = ["question"],
      resources = {
        flops = "batch*prompt*(212336640 + 69120*(context + prompt/2))", weight_bytes = "96000000",
        kv_read_bytes = "batch*46080*(context + prompt/2)", kv_write_bytes = "batch*46080*prompt"}} : (!agent.value) -> !llm.kv<"smollm2">
    %answer = "llm.decode"(%kv) {name = "answer.decode", node = "answer", model = @smollm2, max_tokens = 128 : i64,
      resources = {flops = "batch*(268959744 + 69120*context)", weight_bytes = "96000000", kv_read_bytes = "batch*46080*context"}} : (!llm.kv<"smollm2">) -> !agent.value
    "agent.return"(%answer) {names = ["answer"]} : (!agent.value) -> ()
  }) {sym_name = "assistant"} : () -> ()
}
