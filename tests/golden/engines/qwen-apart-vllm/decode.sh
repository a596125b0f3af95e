#!/usr/bin/env bash
# Qwen2.5-VL-7B, decode: 1 x H100-SXM TP1. Run it on each machine with its NODE; requests go to port 8000.
# Flags of vLLM 0.12 and later.
# Images are encoded apart: of vLLM 0.33. They go through the folder EC_STORE, the plan sends them over the network: let the folder be in memory, or on fast storage.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
ARGS=(
  --dtype bfloat16
  --kv-cache-dtype bfloat16
  --tensor-parallel-size 4
  --max-num-batched-tokens 8192
  --max-num-seqs 256
  --max-model-len 32768
  --gpu-memory-utilization 0.9
  --enable-chunked-prefill
  --kv-transfer-config "{\"kv_connector\": \"NixlConnector\", \"kv_role\": \"kv_consumer\"}"
  --enable-request-id-headers
)
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
case $NODE in
0)
  CUDA_VISIBLE_DEVICES=0,1,2,3 VLLM_NIXL_SIDE_CHANNEL_HOST=${ADDRESS[0]} VLLM_NIXL_SIDE_CHANNEL_PORT=5800 vllm serve "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8102 &
  ;;
*) echo "machine $NODE has no devices of this pool" >&2; exit 2 ;;
esac
wait -n
