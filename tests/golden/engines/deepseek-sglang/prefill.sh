#!/usr/bin/env bash
# DeepSeek-V3, prefill: 2 x H200 TP1 DP8 EP8. Run it on each machine with its NODE; requests go to port 8000.
# Flags of SGLang 0.5.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
ARGS=(
  --kv-cache-dtype bf16
  --tp-size 8
  --dp-size 8
  --enable-dp-attention
  --ep-size 8
  --chunked-prefill-size 65536
  --max-running-requests 256
  --context-length 16384
  --disaggregation-mode prefill
  --disaggregation-transfer-backend nixl
)
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
case $NODE in
2)
  CUDA_VISIBLE_DEVICES=0,1,2,3,4,5,6,7 python -m sglang.launch_server --model-path "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8100 --disaggregation-bootstrap-port 8998 &
  ;;
3)
  CUDA_VISIBLE_DEVICES=0,1,2,3,4,5,6,7 python -m sglang.launch_server --model-path "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8100 --disaggregation-bootstrap-port 8998 &
  ;;
*) echo "machine $NODE has no devices of this pool" >&2; exit 2 ;;
esac
wait -n
