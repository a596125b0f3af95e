"""`intarsia bench`: a trace replayed on a bundle in real time, and beside it what the simulator predicts from calibration alone.

`loads.py` draws the requests, `replay.py` runs them in a process of its own, `interludes.py` measures kernels between their steps, `pace.py` and
`recalibrate.py` make of that how fast the machine was, `predict.py` simulates, `drawing.py` with prices that are drawn within their errors,
`compare.py` puts both side by side, `steps.py` says where errors come from, `run.py` does it all.
"""
