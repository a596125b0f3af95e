#!/usr/bin/env bash
# Shares requests out (pip install sglang-router). Run it on one machine when the replicas answer.
# The plan was simulated with the router slo_aware; power_of_two is the nearest here.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
exec python -m sglang_router.launch_router \
  --pd-disaggregation \
  --prefill "http://${ADDRESS[0]}:8100" 8998 \
  --prefill "http://${ADDRESS[0]}:8101" 8999 \
  --prefill "http://${ADDRESS[1]}:8103" 9001 \
  --prefill "http://${ADDRESS[1]}:8104" 9002 \
  --decode "http://${ADDRESS[0]}:8102" \
  --policy power_of_two --host 0.0.0.0 --port 8000
