#!/usr/bin/env bash
# Joins prefill and decode. Run it on one machine when the replicas answer.
# The plan was simulated with the router slo_aware; load_balancing is the nearest here.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
cat > "$HERE/disagg.yaml" <<EOF
hostname: 0.0.0.0
port: 8000
context_servers:
  num_instances: 2
  router:
    type: load_balancing
  urls:
    - "${ADDRESS[2]}:8100"
    - "${ADDRESS[3]}:8100"
generation_servers:
  num_instances: 1
  router:
    type: load_balancing
  urls:
    - "${ADDRESS[0]}:8100"
EOF
exec trtllm-serve disaggregated -c "$HERE/disagg.yaml"
