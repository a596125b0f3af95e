#!/usr/bin/env bash
# Shares requests out (pip install sglang-router). Run it on one machine when the replicas answer.
# The plan was simulated with the router least_loaded; power_of_two is the nearest here.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
exec python -m sglang_router.launch_router \
  --worker-urls "http://${ADDRESS[0]}:8102" "http://${ADDRESS[0]}:8103" \
  --policy power_of_two --host 0.0.0.0 --port 8000
