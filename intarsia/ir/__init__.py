"""The IR: dialects, modules, passes, and the frozen facts (devices, models, workloads) they hold. Imports no sibling."""
