#!/usr/bin/env bash
# Sends images to the encoders, then requests on. Run it on one machine when the replicas answer.
# The plan was simulated with the router least_loaded; the proxy takes encoders in turn, and other replicas by chance.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
: "${EPD_PROXY:?the file examples/disaggregated/disaggregated_encoder/disagg_epd_proxy.py of https://github.com/vllm-project/vllm, at the tag of your version}"
exec python "$EPD_PROXY" \
  --encode-servers-urls "http://${ADDRESS[0]}:8100","http://${ADDRESS[0]}:8101" \
  --prefill-servers-urls disable \
  --decode-servers-urls "http://${ADDRESS[0]}:8102","http://${ADDRESS[0]}:8103" \
  --host 0.0.0.0 --port 8000
