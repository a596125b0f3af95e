#!/usr/bin/env bash
# DeepSeek-V3, prefill: 2 x H200 TP1 DP8 EP8. Run it on each machine with its NODE; requests go to port 8000.
# Flags of vLLM 0.12 and later.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
ARGS=(
  --kv-cache-dtype bfloat16
  --tensor-parallel-size 1
  --data-parallel-size 8
  --enable-expert-parallel
  --max-num-batched-tokens 8192
  --max-num-seqs 32
  --max-model-len 16384
  --enable-chunked-prefill
  --kv-transfer-config "{\"kv_connector\": \"NixlConnector\", \"kv_role\": \"kv_producer\"}"
)
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
case $NODE in
2)
  CUDA_VISIBLE_DEVICES=0,1,2,3,4,5,6,7 VLLM_NIXL_SIDE_CHANNEL_HOST=${ADDRESS[2]} VLLM_NIXL_SIDE_CHANNEL_PORT=5600 vllm serve "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8100 &
  ;;
3)
  CUDA_VISIBLE_DEVICES=0,1,2,3,4,5,6,7 VLLM_NIXL_SIDE_CHANNEL_HOST=${ADDRESS[3]} VLLM_NIXL_SIDE_CHANNEL_PORT=5600 vllm serve "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8100 &
  ;;
*) echo "machine $NODE has no devices of this pool" >&2; exit 2 ;;
esac
wait -n
