"""Mélange's example (arXiv 2404.14527; melange-release, melange/config/example.json): devices to rent for four sizes of requests."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator

from intarsia.planner.placement.mix import Bucket, Offer, alone, cheapest
from tests.bench.planner.solved import Solved, solved

BUCKETS = [Bucket(name, 30 * share) for name, share in (("short", 0.2), ("long answer", 0.1), ("long prompt", 0.5), ("long", 0.2))]
OFFERS = [Offer("A10G", 1.01, (2, 1, 5, 2)), Offer("A100-80GB", 3.67, (20, 20, 40, 20))]
USD_PER_H = 6.70


def figures() -> Iterator[Solved]:
    """Whole buckets as in the example, then shares; beside Mélange's cost and the cheapest of one kind."""
    cheapest(BUCKETS, OFFERS)
    for instance, slices in (("whole buckets", 1), ("shares", 0)):
        began = time.process_time()
        found = cheapest(BUCKETS, OFFERS, slices=slices)
        row = {"bound": found.bound, "cpu_s": time.process_time() - began, "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0}
        yield solved(f"Mélange's example, {instance}", f"{found}", found.usd_per_h, "$/h", "Mélange", USD_PER_H, target=USD_PER_H, **row)
        yield solved(f"Mélange's example, {instance}", "beside one kind", found.usd_per_h, "$/h", "the cheapest of one kind", min(alone(BUCKETS, OFFERS).values()), **row)
