"""`intarsia bench`: a trace replayed on a bundle in real time, and beside it what the simulator predicts from calibration alone.

`loads.py` makes the requests, `predict.py` simulates them, `replay.py` runs them in a process of its own, `compare.py` puts both side by
side, `steps.py` says where errors come from, `run.py` does it all.
"""
