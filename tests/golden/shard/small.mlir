module attributes {agent.stage = "ops"} {
  shard.grid @devices(shape = 4)
  "llm.model"() ({
    "llm.weight"() {dtype = "bf16", name = "token_embd.weight", shape = [256, 64]} : () -> ()
    "llm.weight"() {dtype = "bf16", name = "up.weight", shape = [4096, 64]} : () -> ()
    "llm.weight"() {dtype = "bf16", name = "down.weight", shape = [64, 4096]} : () -> ()
    "llm.end"() : () -> ()
  }) {config = {architecture = "llama", family = "decoder", ffn = 4096 : i64, head_dim = 16 : i64, heads = 4 : i64, hidden = 64 : i64, kv_heads = 2 : i64, layers = 1 : i64, vocab = 256 : i64}, sym_name = "m"} : () -> ()
  "llm.phase"() ({
  ^bb0(%arg0: tensor<?xi32>):
    %0 = "llm.embed"(%arg0) {plan.weights_split = "none", weight = "token_embd.weight"} : (tensor<?xi32>) -> tensor<?x64xf32>
    %sharding = shard.sharding @devices split_axes = [[]] : !shard.sharding
    %sharding_annotated = shard.shard %0 to %sharding : tensor<?x64xf32>
    %sharding_0 = shard.sharding @devices split_axes = [[]] : !shard.sharding
    %sharding_annotated_1 = shard.shard %sharding_annotated to %sharding_0 annotate_for_users : tensor<?x64xf32>
    %1 = "llm.matmul"(%sharding_annotated_1) {plan.weights_split = "outputs", weights = ["up.weight"]} : (tensor<?x64xf32>) -> tensor<?x4096xf32>
    %sharding_2 = shard.sharding @devices split_axes = [[], [0]] : !shard.sharding
    %sharding_annotated_3 = shard.shard %1 to %sharding_2 : tensor<?x4096xf32>
    %sharding_4 = shard.sharding @devices split_axes = [[], [0]] : !shard.sharding
    %sharding_annotated_5 = shard.shard %sharding_annotated_3 to %sharding_4 annotate_for_users : tensor<?x4096xf32>
    %2 = "llm.activate"(%sharding_annotated_5) {kind = "silu"} : (tensor<?x4096xf32>) -> tensor<?x4096xf32>
    %sharding_6 = shard.sharding @devices split_axes = [[], [0]] : !shard.sharding
    %sharding_annotated_7 = shard.shard %2 to %sharding_6 : tensor<?x4096xf32>
    %sharding_8 = shard.sharding @devices split_axes = [[], [0]] : !shard.sharding
    %sharding_annotated_9 = shard.shard %sharding_annotated_7 to %sharding_8 annotate_for_users : tensor<?x4096xf32>
    %3 = "llm.matmul"(%sharding_annotated_9) {plan.weights_split = "inputs", weights = ["down.weight"]} : (tensor<?x4096xf32>) -> tensor<?x64xf32>
    %sharding_10 = shard.sharding @devices split_axes = [[]] : !shard.sharding
    %sharding_annotated_11 = shard.shard %3 to %sharding_10 : tensor<?x64xf32>
    %sharding_12 = shard.sharding @devices split_axes = [[]] : !shard.sharding
    %sharding_annotated_13 = shard.shard %sharding_annotated to %sharding_12 annotate_for_users : tensor<?x64xf32>
    %sharding_14 = shard.sharding @devices split_axes = [[]] : !shard.sharding
    %sharding_annotated_15 = shard.shard %sharding_annotated_11 to %sharding_14 annotate_for_users : tensor<?x64xf32>
    %4 = "llm.add"(%sharding_annotated_13, %sharding_annotated_15) : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
    %sharding_16 = shard.sharding @devices split_axes = [[]] : !shard.sharding
    %sharding_annotated_17 = shard.shard %4 to %sharding_16 : tensor<?x64xf32>
    %sharding_18 = shard.sharding @devices split_axes = [[]] : !shard.sharding
    %sharding_annotated_19 = shard.shard %sharding_annotated_17 to %sharding_18 annotate_for_users : tensor<?x64xf32>
    "llm.return"(%sharding_annotated_19) : (tensor<?x64xf32>) -> ()
  }) {kind = "prefill", model = @m, sym_name = "m_prefill"} : () -> ()
}
