#!/usr/bin/env bash
# DeepSeek-V3, prefill: 2 x H200 TP1 DP8 EP8. Run it on each machine with its NODE; requests go to port 8000.
# Flags of TensorRT-LLM 1.x, PyTorch backend.
# The cache has the checkpoint's type: take one whose cache isn't quantised.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
ARGS=(
  --tp_size 8
  --ep_size 8
  --max_batch_size 32
  --max_num_tokens 8192
  --max_seq_len 16384
  --extra_llm_api_options "$HERE/prefill.yaml"
)
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
case $NODE in
2)
  CUDA_VISIBLE_DEVICES=0,1,2,3,4,5,6,7 trtllm-serve "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8100 &
  ;;
3)
  CUDA_VISIBLE_DEVICES=0,1,2,3,4,5,6,7 trtllm-serve "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8100 &
  ;;
*) echo "machine $NODE has no devices of this pool" >&2; exit 2 ;;
esac
wait -n
