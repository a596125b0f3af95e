#!/usr/bin/env bash
# Qwen2.5-VL-7B, encode: 2 x H100-SXM encode. Run it on each machine with its NODE; requests go to port 8000.
# Flags of vLLM 0.12 and later.
# Images are encoded apart: of vLLM 0.33. They go through the folder EC_STORE, the plan sends them over the network: let the folder be in memory, or on fast storage.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
ARGS=(
  --dtype bfloat16
  --mm-encoder-only
  --enforce-eager
  --no-enable-prefix-caching
  --max-num-batched-tokens 114688
  --enable-request-id-headers
  --ec-transfer-config "{\"ec_connector\": \"ECExampleConnector\", \"ec_role\": \"ec_producer\", \"ec_connector_extra_config\": {\"shared_storage_path\": \"$EC_STORE\"}}"
)
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
case $NODE in
0)
  CUDA_VISIBLE_DEVICES=0 vllm serve "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8100 &
  CUDA_VISIBLE_DEVICES=1 vllm serve "$MODEL" "${ARGS[@]}" --host 0.0.0.0 --port 8101 &
  ;;
*) echo "machine $NODE has no devices of this pool" >&2; exit 2 ;;
esac
wait -n
