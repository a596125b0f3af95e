#!/usr/bin/env bash
# DeepSeek-V3, decode: 1 x H200 TP1 DP16 EP16. Run it on each machine with its NODE; requests go to port 8000.
# Flags of SGLang 0.5.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
ARGS=(
  --kv-cache-dtype bf16
  --tp-size 16
  --dp-size 16
  --enable-dp-attention
  --ep-size 16
  --chunked-prefill-size 8192
  --max-running-requests 2048
  --context-length 16384
  --disaggregation-mode decode
  --disaggregation-transfer-backend nixl
)
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
case $NODE in
0)
  CUDA_VISIBLE_DEVICES=0,1,2,3,4,5,6,7 python -m sglang.launch_server --model-path "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8100 --nnodes 2 --node-rank 0 --dist-init-addr "${ADDRESS[0]}:20000" &
  ;;
1)
  CUDA_VISIBLE_DEVICES=0,1,2,3,4,5,6,7 python -m sglang.launch_server --model-path "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8100 --nnodes 2 --node-rank 1 --dist-init-addr "${ADDRESS[0]}:20000" &
  ;;
*) echo "machine $NODE has no devices of this pool" >&2; exit 2 ;;
esac
wait -n
