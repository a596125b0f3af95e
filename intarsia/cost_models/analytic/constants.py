"""What no data sheet says: constants of the analytic models, one set for all devices.

Chosen by `python -m intarsia.cost_models.fitted.choose KIND` (seed 0) on measured tables of B200, B300, GB200, GB300, L40S and RTX PRO 6000, but for
those of MachineConstants, `unpack` and `unpack_start`, which are assumed. `validate costs` judges the models on H100, H200 and A100, on
whose tables none was chosen; the form of the models was compared on these too.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MachineConstants:
    """`joules_per_flop` of bf16 in a core that makes 1024 FLOPs a clock, falling with the size of its units to the power of
    `joules_exponent`; `clock_hz` of a device whose file has none."""

    joules_per_flop: float = 1.15e-12
    joules_exponent: float = 0.4
    clock_hz: float = 1.5e9


@dataclass(frozen=True)
class GemmConstants:
    """Matmuls. What takes the same number of clocks on every device is given in clocks.

    start: launch and drain of a kernel inside a graph. stream, busy: reached shares of main memory's bandwidth and of peak arithmetic in
    large tiles. overlap: share of the shorter of both that isn't hidden behind the longer. tile: until a tile's first operands are
    there, and after its last. step: least clocks of 64 steps of the inner dimension. intensity: a tile's operations for each operand it
    loads from which on it keeps the arithmetic busy. cache: loads of the shared cache over its nominal bandwidth, as neighbours load
    the same. split, split_traffic: adding up partial sums, and loads of them. smooth: share of the last wave's idle cores that
    others make up for. reread: share of what operands too large for the cache are read again.
    quantise, quantise_passes: making 8-bit or 4-bit rows, and how often that reads and writes them; quantise_block: the same where rows
    are scaled in blocks. narrow, block, four: share of peak arithmetic over `busy` with 8 bits, with 8 bits scaled in blocks, with 4
    bits; promoted: with 8 bits scaled in blocks by cores that scale in their f32 units (all before Blackwell, whose tensor units know
    scales). unpack_start, unpack: clocks and share of peak where weights alone are narrow.
    """

    start: float = 3940.0
    stream: float = 0.89
    busy: float = 0.988
    overlap: float = 0.491
    tile: float = 446.0
    step: float = 101.0
    intensity: float = 13.4
    cache: float = 9.73
    split: float = 5180.0
    split_traffic: float = 13.1
    smooth: float = 0.641
    reread: float = 1.57
    quantise: float = 9200.0
    quantise_block: float = 7030.0
    quantise_passes: float = 1.6
    narrow: float = 0.798
    block: float = 1.03
    promoted: float = 0.55
    four: float = 0.715
    unpack_start: float = 9000.0
    unpack: float = 0.9


@dataclass(frozen=True)
class AttentionConstants:
    """Attention, one set for prefill and one for decode.

    start: clocks of its kernels' launches. stream, busy: reached shares of main memory's bandwidth and of peak arithmetic. overlap,
    smooth: as for matmuls. tile: clocks of a tile's beginning and end. exponents: share of the exponentials that isn't hidden behind
    products. narrow: share of peak arithmetic of 8 bits over `busy`. split: clocks of adding up what several cores made of one
    sequence's keys.
    """

    start: float
    stream: float
    busy: float
    overlap: float
    tile: float
    exponents: float
    smooth: float
    narrow: float = 0.75
    split: float = 0.0


@dataclass(frozen=True)
class ExpertsConstants:
    """Experts. start: clocks of routing, sorting and launches. stream, busy, overlap, narrow, quantise: as for matmuls. tile: clocks of each
    tile of an expert's rows. skewed: work of the busiest expert over even routing, for loads that follow a power law. shuffle: how often rows of all
    tokens for all their experts, those on other devices included, pass through main memory."""

    start: float = 45400.0
    stream: float = 1.0
    busy: float = 0.338
    overlap: float = 0.747
    tile: float = 2230.0
    narrow: float = 1.55
    skewed: float = 0.987
    quantise: float = 3470.0
    shuffle: float = 1.93


MACHINE = MachineConstants()
GEMM = GemmConstants()
CONTEXT = AttentionConstants(start=22900.0, stream=0.658, busy=0.895, overlap=1.0, tile=6540.0, exponents=0.647, smooth=0.013, narrow=0.547)
DECODE = AttentionConstants(start=19200.0, stream=0.96, busy=0.152, overlap=0.141, tile=2450.0, exponents=0.0328, smooth=0.0323, split=4770.0)
EXPERTS = ExpertsConstants()
BANDS = {"gemm": 0.21, "context": 0.32, "decode": 0.35, "experts": 0.55}
"""Relative standard errors on NVIDIA's GPUs: what 68 % of the logarithms of predicted over measured stay within on H100, H200 and A100, on whose
tables no constant was chosen."""
