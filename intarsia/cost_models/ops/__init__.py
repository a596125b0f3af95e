"""The operators that cost models speak of: what one launch on one device does, in FLOPs and bytes.

Each is a frozen record. Its numeric fields are numbers, or arrays that broadcast: then it stands for many operators, and so do
its properties. `flops` count two for a multiply and add. `bytes` pass through main memory at least once, `weight_bytes` of them
are weights; `cache_bytes` are loaded from the cache that cores share; `wire_bytes` a device hands to a collective.

>>> Gemm(m=np.arange(1, 4097), n=4096, k=4096, dtype="f8").flops
>>> stack([Gemm(1, 4096, 4096), Gemm(16, 512, 4096)]).m
array([ 1., 16.])
"""

from intarsia.cost_models.ops.attention import SCORE_BYTES, STATE_BYTES, Attention, DeltaRule, IndexScores, LatentAttention, seen_pairs
from intarsia.cost_models.ops.base import ACTIVATION_BYTES, Array, Number, Op, numbers, words
from intarsia.cost_models.ops.experts import Experts
from intarsia.cost_models.ops.many import AnyOp, at_least_one, by_kind, bytes_per_level, check, shape, stack, take
from intarsia.cost_models.ops.matmul import BatchedGemm, Gemm
from intarsia.cost_models.ops.moves import Collective, Elementwise

__all__ = [
    "ACTIVATION_BYTES", "SCORE_BYTES", "STATE_BYTES", "AnyOp", "Array", "Attention", "BatchedGemm", "Collective", "DeltaRule", "Elementwise", "Experts", "Gemm", "IndexScores",
    "LatentAttention", "Number", "Op", "at_least_one", "by_kind", "bytes_per_level", "check", "numbers", "seen_pairs", "shape", "stack", "take", "words",
]  # fmt: skip
