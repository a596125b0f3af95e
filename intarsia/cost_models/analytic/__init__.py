"""Operator costs from a device's data sheet alone. Vectorised: numeric fields of operators are numbers or arrays that broadcast.

| file | what |
|---|---|
| `rooflines.py` | plain rooflines, and collectives |
| `machine.py` | what the models below read of a device |
| `constants.py` | what no data sheet says, with its meaning and how it was chosen |
| `gemm.py` `attention.py` `experts.py` | arithmetic, traffic and fixed time of an operator, as `Parts` |

>>> seconds(Gemm(m=np.array([1, 4096]), n=4096, k=4096), load("H100-SXM"))
"""

from __future__ import annotations

from intarsia.cost_models.analytic.attention import attention
from intarsia.cost_models.analytic.constants import COMMON, of
from intarsia.cost_models.analytic.experts import experts
from intarsia.cost_models.analytic.gemm import gemm
from intarsia.cost_models.analytic.machine import Parts, is_nvidia
from intarsia.cost_models.analytic.rooflines import launch, peak_roofline, roofline, smooth
from intarsia.cost_models.ops import Array, Attention, Experts, Gemm, Op
from intarsia.ir.device import Device

__all__ = ["Parts", "launch", "parts", "peak_roofline", "roofline", "seconds", "smooth"]


def seconds(op: Op, device: Device, framework: str = "") -> Array:
    """Seconds of an operator on a device nobody has measured, with a serving framework's kernels, or with any. CPUs have no waves of tiles: the roofline
    at their file's efficiencies."""
    if device.kind == "cpu" or not isinstance(op, (Gemm, Attention, Experts)):
        return roofline(op, device)
    return parts(op, device, framework).seconds


def parts(op: Gemm | Attention | Experts, device: Device, framework: str = "") -> Parts:
    """What those seconds are made of. Frameworks' kernels are known on NVIDIA's GPUs alone."""
    known = of(framework) if is_nvidia(device) else COMMON
    if isinstance(op, Gemm):
        return gemm(op, device, known.gemm)
    return attention(op, device, known.context, known.decode) if isinstance(op, Attention) else experts(op, device, known.experts)
