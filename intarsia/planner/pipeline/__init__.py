"""The pipeline of one device: nano-batches of a layer's operators that run beside each other, each on a share of the execution units."""
