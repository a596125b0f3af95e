# What the scripts here share; set the variables before to change them.
: "${MODEL:=/models/qwen}"
: "${NODES:=127.0.0.1}" "${NODE:=0}"
read -ra ADDRESS <<< "$NODES"
[ "${#ADDRESS[@]}" = 1 ] || { echo "NODES names ${#ADDRESS[@]} machines, the plan has 1" >&2; exit 2; }
