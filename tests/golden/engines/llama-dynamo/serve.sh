#!/usr/bin/env bash
# Llama-3.1-70B, serve: 2 x H100-SXM TP4. Run it on each machine with its NODE; requests go to port 8000.
# Flags of Dynamo 1.6 (pip install ai-dynamo[vllm]).
# Weights are rounded to 8 bits as they are loaded; if they have no room in 16 bits until then, name a checkpoint in 8 bits as MODEL.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
ARGS=(
  --disaggregation-mode agg
  --dtype bfloat16
  --quantization fp8
  --kv-cache-dtype fp8
  --tensor-parallel-size 4
  --max-num-batched-tokens 2048
  --max-num-seqs 128
  --max-model-len 8192
  --gpu-memory-utilization 0.9
  --enable-chunked-prefill
)
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
case $NODE in
0)
  CUDA_VISIBLE_DEVICES=0,1,2,3 VLLM_NIXL_SIDE_CHANNEL_HOST=${ADDRESS[0]} VLLM_NIXL_SIDE_CHANNEL_PORT=5600 python -m dynamo.vllm --model "$MODEL" "${ARGS[@]}" &
  CUDA_VISIBLE_DEVICES=4,5,6,7 VLLM_NIXL_SIDE_CHANNEL_HOST=${ADDRESS[0]} VLLM_NIXL_SIDE_CHANNEL_PORT=5700 python -m dynamo.vllm --model "$MODEL" "${ARGS[@]}" &
  ;;
*) echo "machine $NODE has no devices of this pool" >&2; exit 2 ;;
esac
wait -n
