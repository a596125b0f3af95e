#!/usr/bin/env bash
# Qwen2.5-VL-7B, encode: 3 x H100-SXM encode. Run it on each machine with its NODE; requests go to port 8000.
# Flags of Dynamo 1.6 (pip install ai-dynamo[vllm]).
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
ARGS=(
  --disaggregation-mode encode
  --enable-multimodal
)
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
case $NODE in
1)
  CUDA_VISIBLE_DEVICES=4 VLLM_NIXL_SIDE_CHANNEL_HOST=${ADDRESS[1]} VLLM_NIXL_SIDE_CHANNEL_PORT=5600 python -m dynamo.vllm --model "$MODEL" "${ARGS[@]}" &
  CUDA_VISIBLE_DEVICES=5 VLLM_NIXL_SIDE_CHANNEL_HOST=${ADDRESS[1]} VLLM_NIXL_SIDE_CHANNEL_PORT=5700 python -m dynamo.vllm --model "$MODEL" "${ARGS[@]}" &
  CUDA_VISIBLE_DEVICES=6 VLLM_NIXL_SIDE_CHANNEL_HOST=${ADDRESS[1]} VLLM_NIXL_SIDE_CHANNEL_PORT=5800 python -m dynamo.vllm --model "$MODEL" "${ARGS[@]}" &
  ;;
*) echo "machine $NODE has no devices of this pool" >&2; exit 2 ;;
esac
wait -n
