# What the scripts here share; set the variables before to change them.
: "${MODEL:?folder of the model, or its name at Hugging Face}"
: "${NODES:?the addresses of the 4 machines, with spaces between}"
: "${NODE:?which of these machines this one is, from 0}"
read -ra ADDRESS <<< "$NODES"
[ "${#ADDRESS[@]}" = 4 ] || { echo "NODES names ${#ADDRESS[@]} machines, the plan has 4" >&2; exit 2; }
