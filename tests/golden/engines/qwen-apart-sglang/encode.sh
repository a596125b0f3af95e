#!/usr/bin/env bash
# Qwen2.5-VL-7B, encode: 3 x H100-SXM encode. Run it on each machine with its NODE; requests go to port 8000.
# Flags of SGLang 0.5.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
ARGS=(
  --dtype bfloat16
  --encoder-only
  --encoder-transfer-backend zmq_to_scheduler
)
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
case $NODE in
1)
  CUDA_VISIBLE_DEVICES=4 python -m sglang.launch_server --model-path "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8100 &
  CUDA_VISIBLE_DEVICES=5 python -m sglang.launch_server --model-path "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8101 &
  CUDA_VISIBLE_DEVICES=6 python -m sglang.launch_server --model-path "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8102 &
  ;;
*) echo "machine $NODE has no devices of this pool" >&2; exit 2 ;;
esac
wait -n
