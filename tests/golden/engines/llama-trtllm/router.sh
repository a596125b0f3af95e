#!/usr/bin/env bash
# Shares requests out by nginx. Run it on one machine when the replicas answer.
# The plan was simulated with the router least_loaded; least_conn (open requests) is the nearest here.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
cat > "$HERE/nginx.conf" <<EOF
events {}
http {
  upstream replicas {
    least_conn;
    server ${ADDRESS[0]}:8100;
    server ${ADDRESS[0]}:8101;
  }
  server {
    listen 8000;
    location / { proxy_pass http://replicas; proxy_buffering off; proxy_read_timeout 1h; }
  }
}
EOF
exec nginx -g "daemon off;" -c "$HERE/nginx.conf"
