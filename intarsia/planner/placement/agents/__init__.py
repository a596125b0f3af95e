"""Agent graphs on mixed fleets: which device class and plan variant each task gets, and how many replicas, by a mixed-integer program (docs/placement.md)."""
