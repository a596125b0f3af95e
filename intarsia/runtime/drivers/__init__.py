"""One file a kind of device: what turns a step of a model into work there."""
