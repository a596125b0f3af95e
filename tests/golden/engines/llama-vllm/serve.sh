#!/usr/bin/env bash
# Llama-3.1-70B, serve: 2 x H100-SXM TP4. Run it on each machine with its NODE; requests go to port 8000.
# Flags of vLLM 0.12 and later.
# Weights are rounded to 8 bits as they are loaded; if they have no room in 16 bits until then, name a checkpoint in 8 bits as MODEL.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
ARGS=(
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
  CUDA_VISIBLE_DEVICES=0,1,2,3 vllm serve "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8100 &
  CUDA_VISIBLE_DEVICES=4,5,6,7 vllm serve "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8101 &
  ;;
*) echo "machine $NODE has no devices of this pool" >&2; exit 2 ;;
esac
wait -n
