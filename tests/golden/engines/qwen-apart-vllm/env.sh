# What the scripts here share; set the variables before to change them.
: "${MODEL:=/models/qwen}"
: "${NODES:?the addresses of the 2 machines, with spaces between}"
: "${NODE:?which of these machines this one is, from 0}"
read -ra ADDRESS <<< "$NODES"
[ "${#ADDRESS[@]}" = 2 ] || { echo "NODES names ${#ADDRESS[@]} machines, the plan has 2" >&2; exit 2; }
: "${EC_STORE:?a folder that all machines share, for encoded images}"
mkdir -p "$EC_STORE"
