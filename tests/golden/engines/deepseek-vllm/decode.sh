#!/usr/bin/env bash
# DeepSeek-V3, decode: 1 x H200 TP1 DP16 EP16. Run it on each machine with its NODE; requests go to port 8000.
# Flags of vLLM 0.12 and later.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
ARGS=(
  --kv-cache-dtype bfloat16
  --tensor-parallel-size 1
  --data-parallel-size 16
  --enable-expert-parallel
  --max-num-batched-tokens 512
  --max-num-seqs 128
  --max-model-len 16384
  --enable-chunked-prefill
  --kv-transfer-config "{\"kv_connector\": \"NixlConnector\", \"kv_role\": \"kv_consumer\"}"
)
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
case $NODE in
0)
  CUDA_VISIBLE_DEVICES=0,1,2,3,4,5,6,7 VLLM_NIXL_SIDE_CHANNEL_HOST=${ADDRESS[0]} VLLM_NIXL_SIDE_CHANNEL_PORT=5600 vllm serve "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8100 --data-parallel-size-local 8 --data-parallel-address "${ADDRESS[0]}" --data-parallel-rpc-port 13345 &
  ;;
1)
  CUDA_VISIBLE_DEVICES=0,1,2,3,4,5,6,7 VLLM_NIXL_SIDE_CHANNEL_HOST=${ADDRESS[1]} VLLM_NIXL_SIDE_CHANNEL_PORT=5600 vllm serve "$MODEL" "${ARGS[@]}" --headless --data-parallel-size-local 8 --data-parallel-start-rank 8 --data-parallel-address "${ADDRESS[0]}" --data-parallel-rpc-port 13345 &
  ;;
*) echo "machine $NODE has no devices of this pool" >&2; exit 2 ;;
esac
wait -n
