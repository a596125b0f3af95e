#!/usr/bin/env bash
# Qwen2.5-VL-7B, prefill: 4 x H100-SXM TP1. Run it on each machine with its NODE; requests go to port 8000.
# Flags of SGLang 0.5.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
ARGS=(
  --dtype bfloat16
  --kv-cache-dtype bf16
  --tp-size 2
  --chunked-prefill-size 8192
  --max-running-requests 256
  --context-length 32768
  --mem-fraction-static 0.9
  --disaggregation-mode prefill
  --disaggregation-transfer-backend nixl
  --language-only
  --encoder-transfer-backend zmq_to_scheduler
)
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
case $NODE in
0)
  CUDA_VISIBLE_DEVICES=4,5 python -m sglang.launch_server --model-path "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8100 --disaggregation-bootstrap-port 8998 --encoder-urls "http://${ADDRESS[1]}:8100" "http://${ADDRESS[1]}:8101" "http://${ADDRESS[1]}:8102" &
  CUDA_VISIBLE_DEVICES=6,7 python -m sglang.launch_server --model-path "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8101 --disaggregation-bootstrap-port 8999 --encoder-urls "http://${ADDRESS[1]}:8100" "http://${ADDRESS[1]}:8101" "http://${ADDRESS[1]}:8102" &
  ;;
1)
  CUDA_VISIBLE_DEVICES=0,1 python -m sglang.launch_server --model-path "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8103 --disaggregation-bootstrap-port 9001 --encoder-urls "http://${ADDRESS[1]}:8100" "http://${ADDRESS[1]}:8101" "http://${ADDRESS[1]}:8102" &
  CUDA_VISIBLE_DEVICES=2,3 python -m sglang.launch_server --model-path "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8104 --disaggregation-bootstrap-port 9002 --encoder-urls "http://${ADDRESS[1]}:8100" "http://${ADDRESS[1]}:8101" "http://${ADDRESS[1]}:8102" &
  ;;
*) echo "machine $NODE has no devices of this pool" >&2; exit 2 ;;
esac
wait -n
