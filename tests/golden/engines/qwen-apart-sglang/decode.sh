#!/usr/bin/env bash
# Qwen2.5-VL-7B, decode: 1 x H100-SXM TP1. Run it on each machine with its NODE; requests go to port 8000.
# Flags of SGLang 0.5.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
ARGS=(
  --dtype bfloat16
  --kv-cache-dtype bf16
  --tp-size 4
  --chunked-prefill-size 8192
  --max-running-requests 256
  --context-length 32768
  --mem-fraction-static 0.9
  --disaggregation-mode decode
  --disaggregation-transfer-backend nixl
)
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
case $NODE in
0)
  CUDA_VISIBLE_DEVICES=0,1,2,3 python -m sglang.launch_server --model-path "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8102 &
  ;;
*) echo "machine $NODE has no devices of this pool" >&2; exit 2 ;;
esac
wait -n
