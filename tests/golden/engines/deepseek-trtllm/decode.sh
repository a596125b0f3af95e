#!/usr/bin/env bash
# DeepSeek-V3, decode: 1 x H200 TP1 DP16 EP16. Run it on each machine with its NODE; requests go to port 8000.
# Flags of TensorRT-LLM 1.x, PyTorch backend.
# The cache has the checkpoint's type: take one whose cache isn't quantised.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
ARGS=(
  --tp_size 16
  --ep_size 16
  --max_batch_size 128
  --max_num_tokens 512
  --max_seq_len 16384
  --extra_llm_api_options "$HERE/decode.yaml"
)
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
case $NODE in
0)
  mpirun -n 16 -H "${ADDRESS[0]}:8,${ADDRESS[1]}:8" -x CUDA_VISIBLE_DEVICES=0,1,2,3,4,5,6,7 trtllm-llmapi-launch trtllm-serve "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8100 --gpus_per_node 8 &
  ;;
*) echo "machine $NODE has no devices of this pool" >&2; exit 2 ;;
esac
wait -n
