"""GPU bundles: `driver.py` turns a step into tables and runs the bundle's host program on a `queue.py`; devices are `cuda.py` (libcuda) and `interpreted.py` (this CPU)."""
