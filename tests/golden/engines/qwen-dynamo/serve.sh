#!/usr/bin/env bash
# Qwen2.5-VL-7B, serve: 2 x H100-SXM TP1. Run it on each machine with its NODE; requests go to port 8000.
# Flags of Dynamo 1.6 (pip install ai-dynamo[vllm]).
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
ARGS=(
  --disaggregation-mode agg
  --enable-multimodal
  --route-to-encoder
  --enable-mm-embeds
  --dtype bfloat16
  --kv-cache-dtype bfloat16
  --tensor-parallel-size 1
  --max-num-batched-tokens 8192
  --max-num-seqs 256
  --max-model-len 32768
  --gpu-memory-utilization 0.9
  --enable-chunked-prefill
)
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
case $NODE in
0)
  CUDA_VISIBLE_DEVICES=2 VLLM_NIXL_SIDE_CHANNEL_HOST=${ADDRESS[0]} VLLM_NIXL_SIDE_CHANNEL_PORT=5800 python -m dynamo.vllm --model "$MODEL" "${ARGS[@]}" &
  CUDA_VISIBLE_DEVICES=3 VLLM_NIXL_SIDE_CHANNEL_HOST=${ADDRESS[0]} VLLM_NIXL_SIDE_CHANNEL_PORT=5900 python -m dynamo.vllm --model "$MODEL" "${ARGS[@]}" &
  ;;
*) echo "machine $NODE has no devices of this pool" >&2; exit 2 ;;
esac
wait -n
