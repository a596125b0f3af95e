"""The best way to serve a model on a fleet of accelerators: enumerate, exclude by rules, bound, estimate, simulate."""
