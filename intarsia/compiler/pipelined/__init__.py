"""Pipelines carried out on this CPU: one process a rank, which measures operators and pairs of them, and runs schedules.

`rank.py` is a rank's part of the model, `worker.py` its process, `team.py` all of them; `measure.py` measures every term by itself, `bench.py` makes the comparison.
"""
