"""Scheduling the tasks of one request on unlike processors: HEFT and CPOP, improved, and proved by CP-SAT."""
