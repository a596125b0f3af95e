#!/usr/bin/env bash
# Llama-3.1-70B, serve: 2 x H100-SXM TP4. Run it on each machine with its NODE; requests go to port 8000.
# Flags of TensorRT-LLM 1.x, PyTorch backend.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
ARGS=(
  --tp_size 4
  --max_batch_size 128
  --max_num_tokens 2048
  --max_seq_len 8192
  --extra_llm_api_options "$HERE/serve.yaml"
)
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
case $NODE in
0)
  CUDA_VISIBLE_DEVICES=0,1,2,3 trtllm-serve "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8100 &
  CUDA_VISIBLE_DEVICES=4,5,6,7 trtllm-serve "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8101 &
  ;;
*) echo "machine $NODE has no devices of this pool" >&2; exit 2 ;;
esac
wait -n
