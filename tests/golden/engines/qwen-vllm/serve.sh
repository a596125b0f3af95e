#!/usr/bin/env bash
# Qwen2.5-VL-7B, serve: 2 x H100-SXM TP1. Run it on each machine with its NODE; requests go to port 8000.
# Flags of vLLM 0.12 and later.
# Images are encoded apart: of vLLM 0.33. They go through the folder EC_STORE, the plan sends them over the network: let the folder be in memory, or on fast storage.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
ARGS=(
  --dtype bfloat16
  --kv-cache-dtype bfloat16
  --tensor-parallel-size 1
  --max-num-batched-tokens 8192
  --max-num-seqs 256
  --max-model-len 32768
  --gpu-memory-utilization 0.9
  --enable-chunked-prefill
  --enable-request-id-headers
  --ec-transfer-config "{\"ec_connector\": \"ECExampleConnector\", \"ec_role\": \"ec_consumer\", \"ec_connector_extra_config\": {\"shared_storage_path\": \"$EC_STORE\"}}"
)
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
case $NODE in
0)
  CUDA_VISIBLE_DEVICES=2 vllm serve "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8102 &
  CUDA_VISIBLE_DEVICES=3 vllm serve "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8103 &
  ;;
*) echo "machine $NODE has no devices of this pool" >&2; exit 2 ;;
esac
wait -n
