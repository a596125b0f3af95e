"""A model's layers on machines of different kinds, so that most tokens flow through (the problem of Helix, arXiv 2406.01566)."""
