#!/usr/bin/env bash
# Takes requests and shares them out. Run it on one machine.
# The plan was simulated with the router slo_aware; least-loaded is the nearest here.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
exec python -m dynamo.frontend --http-host 0.0.0.0 --http-port 8000 --router-mode least-loaded
