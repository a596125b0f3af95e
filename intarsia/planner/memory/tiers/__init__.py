"""Memory tiers: where weights, KV caches, activations and experts live over several memories, and when they move.

    shares.py      which share of what lives where, in the steady state, for each group of layers (generalises FlexGen: flexgen.py)
    schedule.py    when what moves: loads of each step, overlapped with its work, in a cycle of steps
    streaming.py   the schedule of one model whose weights are larger than memory: what the runtime obeys
    switching.py   many models in three tiers, with the cost of switching (SN40L)
    hybrid.py      experts between CPU and GPU, layer by layer, over several steps (HybriMoE)
    fast.py        which buffers of one program sit in a fast memory, and when they are copied

Each is an integer (or linear) program with named variables, solved by planner/ilp and checked by planner/validate/tiers.
"""
