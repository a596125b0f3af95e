"""Costs of serving a model on catalogue devices: operators of a step, its seconds, the steady state of an engine."""
