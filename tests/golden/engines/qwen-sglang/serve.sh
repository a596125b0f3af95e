#!/usr/bin/env bash
# Qwen2.5-VL-7B, serve: 2 x H100-SXM TP1. Run it on each machine with its NODE; requests go to port 8000.
# Flags of SGLang 0.5.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
ARGS=(
  --dtype bfloat16
  --kv-cache-dtype bf16
  --tp-size 1
  --chunked-prefill-size 8192
  --enable-mixed-chunk
  --max-running-requests 256
  --context-length 32768
  --mem-fraction-static 0.9
  --language-only
  --encoder-transfer-backend zmq_to_scheduler
)
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
case $NODE in
0)
  CUDA_VISIBLE_DEVICES=2 python -m sglang.launch_server --model-path "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8102 --encoder-urls "http://${ADDRESS[0]}:8100" "http://${ADDRESS[0]}:8101" &
  CUDA_VISIBLE_DEVICES=3 python -m sglang.launch_server --model-path "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8103 --encoder-urls "http://${ADDRESS[0]}:8100" "http://${ADDRESS[0]}:8101" &
  ;;
*) echo "machine $NODE has no devices of this pool" >&2; exit 2 ;;
esac
wait -n
