// A question goes to a model that chooses a way; one way asks a calculator.
module attributes {agent.stage = "agent"} {
  "plan.device"() {sym_name = "laptop", count = 1 : i64, facts = {
    name = "laptop", kind = "cpu", cores = 2 : i64, flops = {f32 = 2.0e11 : f64},
    memory = [{name = "dram", size = 1.6e10 : f64, bandwidth = 2.0e10 : f64}]}} : () -> ()
  "plan.workload"() {rate_per_s = 0.5 : f64, prompt_tokens = {kind = "lognormal", median = 200.0 : f64, sigma = 0.6 : f64},
    output_tokens = {kind = "geometric", mean = 80.0 : f64}} : () -> ()
  "plan.slo"() {ttft_s = 1.0 : f64, tpot_s = 0.05 : f64, percentile = 95.0 : f64} : () -> ()
  "llm.model"() ({
    "llm.weight"() {name = "token_embd.weight", dtype = "q6_k", shape = [49152, 576], file = "SmolLM2-135M.gguf", offsets = [1793024]} : () -> ()
    "llm.weight"() {name = "blk.{}.attn_norm.weight", dtype = "f32", shape = [576], layers = [0, 1], file = "SmolLM2-135M.gguf", offsets = [25012736, 28061696]} : () -> ()
    "llm.end"() : () -> ()
  }) {sym_name = "smollm2", format = "gguf", config = {
    architecture = "llama", family = "decoder", layers = 2 : i64, hidden = 576 : i64, heads = 9 : i64, kv_heads = 3 : i64, head_dim = 64 : i64,
    ffn = 1536 : i64, vocab = 49152 : i64, rope_style = "interleaved", rope_theta = 1.0e5 : f64}} : () -> ()
  "agent.graph"() ({
    %question = "agent.input"() {name = "question"} : () -> !agent.value
    %way = "agent.llm"(%question) {name = "decide", model = @smollm2, prompt = "Does this need arithmetic? {question}",
      arguments = ["question"], choices = ["yes", "no"]} : (!agent.value) -> !agent.value
    %facts = "agent.branch"(%way) ({
      "agent.case"() ({
        %sum = "agent.tool"(%question) {name = "calculator", tool = "calculator", arguments = ["question"], timeout_s = 2.0 : f64} : (!agent.value) -> !agent.value
        "agent.yield"(%sum) : (!agent.value) -> ()
      }) {label = "yes", probability = 0.3 : f64} : () -> ()
      "agent.case"() ({
        %nothing = "agent.constant"() {value = ""} : () -> !agent.value
        "agent.yield"(%nothing) : (!agent.value) -> ()
      }) {label = "no", probability = 0.7 : f64} : () -> ()
      "agent.end"() : () -> ()
    }) {name = "route"} : (!agent.value) -> !agent.value
    %answer = "agent.llm"(%question, %facts) {name = "answer", model = @smollm2, prompt = "{facts}\n{question}",
      arguments = ["question", "facts"], max_tokens = 128 : i64} : (!agent.value, !agent.value) -> !agent.value
    "agent.return"(%answer) {names = ["answer"]} : (!agent.value) -> ()
  }) {sym_name = "assistant", sla = {e2e_s = 8.0 : f64, percentile = 95.0 : f64}} : () -> ()
}
