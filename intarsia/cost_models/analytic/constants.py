"""What no data sheet says: constants of the analytic models, the same for all devices.

Serving frameworks have other kernels for attention, and for making rows narrow: where one is asked for, its constants count on NVIDIA's
GPUs (`of`). Chosen by `python -m intarsia.cost_models.fitted.choose KIND --framework NAME` (seed 0) on measured tables of B200, B300, GB200, GB300, L40S and
RTX PRO 6000, but for those of MachineConstants and what `choose.ASSUMED` names. `validate costs` judges the models on H100, H200 and A100,
on whose tables none was chosen; the form of the models was compared on these too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


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
    others make up for, where it is power that holds a device down. reread: share of what operands too large for the cache are read again.
    quantise, quantise_passes: seconds of beginning to make 8-bit rows, the same on every device, and how often that reads and writes them; quantise_block: the
    same where rows are scaled in blocks; quantise_rows: where each has its scale (int8, assumed); quantise_four: where they become 4 bits; row, element: clocks of a core
    for each row that gets a scale, and for each of its elements. narrow_splits: whether products of 8 bits split the inner dimension (cuBLAS does; the CUTLASS kernels of vLLM's
    `csrc/quantization/w8a8/cutlass`, which SGLang took over, don't). narrow, block, four: share of peak arithmetic over `busy` with 8 bits, with 8 bits scaled in blocks, with 4
    bits; promoted: with 8 bits scaled in blocks by cores that scale in their f32 units (before Blackwell, whose tensor units know
    scales, but for Hopper, see gemm.py). unpack_start, unpack: clocks and share of peak where weights alone are narrow.
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
    quantise: float = 4.68e-06
    quantise_rows: float = 4.68e-06
    quantise_block: float = 3.58e-06
    quantise_four: float = 4.68e-06
    quantise_passes: float = 1.6
    row: float = 0.0
    element: float = 0.0
    narrow_splits: bool = True
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
    sequence's keys. key: clocks of a key for each of its columns beside products. narrow_start: clocks that 8-bit keys add at the start.
    together: most heads of a key that one tile takes (0: any); more are tiles of their own, which take `apart` clocks of a key for each column.
    wide_tile: heads and keys of a tile on Hopper (None: as elsewhere).
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
    key: float = 0.0
    narrow_start: float = 0.0
    together: int = 0
    apart: float = 0.0
    wide_tile: tuple[int, int] | None = None


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
DECODE = AttentionConstants(start=18400.0, stream=0.955, busy=0.8, overlap=0.197, tile=2440.0, exponents=0.0166, smooth=0.00412, split=3670.0, key=0.0414, narrow_start=2360.0)
EXPERTS = ExpertsConstants()


@dataclass(frozen=True)
class Constants:
    """Those of all kinds of operators, as one framework's kernels are. Nothing of experts' kernels of one framework held on other devices."""

    gemm: GemmConstants = GEMM
    context: AttentionConstants = CONTEXT
    decode: AttentionConstants = DECODE
    experts: ExpertsConstants = EXPERTS


COMMON = Constants()
FLASH_3 = (128, 128)
"""Tiles of FlashAttention-3 for heads of 128 columns and paged keys (`hopper/tile_size.h` of its repository), which vLLM and SGLang run on Hopper."""
MOST_TOGETHER = 32
"""Heads of a key that TensorRT-LLM's generation kernels take (`fmhaKernels.h` of its repository); more go to those of one head."""
OF_FRAMEWORK = {
    "vllm": Constants(
        replace(GEMM, quantise=3.49e-6, quantise_four=4.27e-6, quantise_passes=0.804, row=351.0, element=0.41, narrow_splits=False, narrow=0.915, four=1.04),
        replace(CONTEXT, start=17100.0, stream=1.0, busy=0.786, overlap=0.796, tile=5880.0, exponents=0.582, smooth=0.00387),
        AttentionConstants(
            start=17500.0, stream=0.946, busy=0.8, overlap=0.543, tile=2470.0, exponents=0.00339, smooth=0.00223, split=1050.0, key=0.00964, narrow_start=1880.0,
            wide_tile=FLASH_3,
        ),
    ),
    "sglang": Constants(
        replace(
            GEMM, quantise=3.22e-6, quantise_block=3.3e-6, quantise_four=1.97e-6, quantise_passes=0.872, row=256.0, element=0.0527, narrow_splits=False, narrow=0.79,
            block=1.06, four=0.693,
        ),
        replace(CONTEXT, start=25200.0, stream=0.834, busy=0.795, overlap=0.183, tile=6840.0, exponents=0.189, smooth=0.00399, narrow=0.427),
        AttentionConstants(
            start=16000.0, stream=0.883, busy=0.8, overlap=0.0405, tile=2600.0, exponents=0.00374, smooth=0.00571, split=3690.0, key=0.0522, narrow_start=11400.0,
            wide_tile=FLASH_3,
        ),
    ),
    "trtllm": Constants(
        replace(
            GEMM, quantise=1.12e-5, quantise_block=2.93e-6, quantise_four=6.12e-6, quantise_passes=0.758, row=125.0, element=0.112, narrow=0.873, block=1.02,
            promoted=0.494, four=0.702,
        ),
        replace(CONTEXT, start=22700.0, stream=0.441, busy=0.841, overlap=1.0, tile=7700.0, exponents=0.49, smooth=0.0031, narrow=0.641),
        AttentionConstants(
            start=19400.0, stream=0.942, busy=0.8, overlap=0.222, tile=2400.0, exponents=0.00455, smooth=0.000494, split=3740.0, key=0.0285, narrow_start=919.0,
            together=MOST_TOGETHER, apart=0.142,
        ),
    ),
}  # fmt: skip


def of(framework: str) -> Constants:
    """Of a serving framework's kernels; "" means any."""
    return OF_FRAMEWORK.get(framework, COMMON)


BANDS = {"gemm": 0.18, "context": 0.25, "decode": 0.28, "experts": 0.43}
"""Relative standard errors on NVIDIA's GPUs: what 68 % of the logarithms of predicted over measured stay within on H100, H200 and A100, on whose
tables no constant was chosen."""
