"""How many engines served the disaggregated runs whose rows don't say it: InferenceX's published recipes for DeepSeek-R1 with TensorRT-LLM and Dynamo.

From `.github/configs/nvidia-master.yaml` of InferenceX: facts of what was started, no measured figure. A line says the device, the weights' type, thousands of tokens
in and out, drafted tokens, prefilling engines x their plan, decoding engines x theirs, and the users of each run. Plans: `tp8` shares each
attention among eight, `tep8` with the experts spread, `dep8` and `dp8` with eight attention groups, experts spread or not. Users are those of all engines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from intarsia.cost_models.serving.shapes import Plan

RECIPES = """
h200_sxm fp8 1-1 3 1xdep8 11xtep8 44 88 352
h200_sxm fp8 1-1 3 1xdep8 9xtep8 144
h200_sxm fp8 1-1 3 1xdep8 8xdep8 512
h200_sxm fp8 1-1 3 1xdep8 7xdep8 896
h200_sxm fp8 1-1 3 1xdep8 4xdep8 1024
h200_sxm fp8 1-1 1 1xdep8 2xdep8 1024
h200_sxm fp8 1-1 0 1xdep8 9xtep8 36 72 144 288 576
h200_sxm fp8 1-1 0 1xdep8 9xdep8 1152
h200_sxm fp8 1-1 0 1xdep8 6xdep8 1536
h200_sxm fp8 1-1 0 2xdep8 7xdep8 3584
h200_sxm fp8 8-1 3 1xdep8 7xtep8 28
h200_sxm fp8 8-1 3 1xdep8 6xtep8 48
h200_sxm fp8 8-1 3 3xdep8 5xtep8 160
h200_sxm fp8 8-1 2 1xdep8 3xtep8 48
h200_sxm fp8 8-1 2 1xdep8 1xdep8 64
h200_sxm fp8 8-1 2 2xdep8 1xdep8 128
h200_sxm fp8 8-1 2 3xdep8 1xdep8 256
h200_sxm fp8 8-1 1 3xdep8 1xdep8 512
h200_sxm fp8 8-1 0 1xdep8 7xtep8 28
h200_sxm fp8 8-1 0 1xdep8 6xtep8 48
h200_sxm fp8 8-1 0 1xdep8 3xtep8 48
h200_sxm fp8 8-1 0 2xdep8 5xtep8 160
h200_sxm fp8 8-1 0 2xdep8 3xdep8 192
h200_sxm fp8 8-1 0 1xdep8 1xdep8 128
h200_sxm fp8 8-1 0 5xdep8 3xdep8 768
h200_sxm fp8 8-1 0 3xdep8 1xdep8 512
b200_sxm nvfp4 1-1 2 1xdep4 2xdep8 1214
b200_sxm nvfp4 1-1 3 1xdep4 5xdep8 875
b200_sxm nvfp4 1-1 3 1xdep4 5xtep8 6 10 15 25 45 90 180
b200_sxm nvfp4 1-1 1 3xdep4 4xdep8 4968
b200_sxm nvfp4 1-1 1 3xdep4 5xdep4 10860
b200_sxm nvfp4 1-1 0 1xdep4 1xdep8 4096
b200_sxm nvfp4 1-1 0 1xdep4 2xdep8 2192
b200_sxm nvfp4 1-1 0 1xdep4 5xdep8 1365
b200_sxm nvfp4 1-1 0 1xdep4 5xtep8 6 10 15 25 45 90 180
b200_sxm nvfp4 1-1 0 1xdep4 6xtep8 450
b200_sxm nvfp4 8-1 3 1xdep4 1xdep8 90
b200_sxm nvfp4 8-1 3 1xdep4 3xtep8 66
b200_sxm nvfp4 8-1 3 1xdep4 5xtep8 6 10 15 30 60
b200_sxm nvfp4 8-1 3 3xdep4 1xdep8 548
b200_sxm nvfp4 8-1 3 5xdep4 2xdep8 658
b200_sxm nvfp4 8-1 1 5xdep4 1xdep8 1096 1691
b200_sxm nvfp4 8-1 0 1xdep4 5xtep8 6 10 15 25 50 100
b200_sxm nvfp4 8-1 0 2xdep4 5xtep8 370
b200_sxm nvfp4 8-1 0 4xdep4 1xdep8 1606
b200_sxm nvfp4 8-1 0 4xdep4 3xdep8 837
b200_sxm nvfp4 8-1 0 7xdep4 2xdep8 2222
b200_sxm fp8 1-1 3 1xdep8 8xtp8 8 32 64 256
b200_sxm fp8 1-1 3 1xdep8 7xdep8 896
b200_sxm fp8 1-1 3 1xdep8 4xdep8 1024
b200_sxm fp8 1-1 3 1xdep8 3xdep8 1184
b200_sxm fp8 1-1 2 1xdep8 2xdep8 1600
b200_sxm fp8 1-1 0 1xdep8 3xtp8 4 32 128
b200_sxm fp8 1-1 0 1xdep8 5xdep8 1920
b200_sxm fp8 1-1 0 1xdep8 1xdep8 4096
b200_sxm fp8 1-1 0 2xdep8 5xdep8 5152
b200_sxm fp8 8-1 3 1xdp8 6xtp8 8 48
b200_sxm fp8 8-1 3 1xdp8 2xtp8 8
b200_sxm fp8 8-1 3 1xdp8 4xtp8 64
b200_sxm fp8 8-1 3 2xdp8 3xdep8 224
b200_sxm fp8 8-1 3 2xdp8 1xdep8 288
b200_sxm fp8 8-1 2 4xdp8 1xdep8 1088
b200_sxm fp8 8-1 0 1xdp8 1xtp8 1
b200_sxm fp8 8-1 0 1xdp8 4xtp8 32 128
b200_sxm fp8 8-1 0 1xdp8 1xdep8 128 256
b200_sxm fp8 8-1 0 1xdp8 6xtp8 96
b200_sxm fp8 8-1 0 2xdp8 1xdep8 640
b300_sxm nvfp4 1-1 3 1xdep2 1xdep8 654
b300_sxm nvfp4 1-1 3 1xdep2 2xdep8 271
b300_sxm nvfp4 1-1 3 1xdep2 5xtep8 10 11 20 25 60 120 200
b300_sxm nvfp4 1-1 1 2xdep2 1xdep8 2342
b300_sxm nvfp4 1-1 1 5xdep2 2xdep8 8609 12926
b300_sxm nvfp4 1-1 0 1xdep2 2xdep8 1176
b300_sxm nvfp4 1-1 0 1xdep2 4xtep8 6
b300_sxm nvfp4 1-1 0 1xdep2 5xtep4 5 10 15 25
b300_sxm nvfp4 1-1 0 1xdep2 5xtep8 60 110 195 395
b300_sxm nvfp4 1-1 0 2xdep2 1xdep8 4405
b300_sxm nvfp4 1-1 0 3xdep2 1xdep8 8192
b300_sxm nvfp4 1-1 0 3xdep2 2xdep8 4611
b300_sxm nvfp4 8-1 1 10xdep2 1xdep8 2198
b300_sxm nvfp4 8-1 3 1xdep2 4xtep4 52
b300_sxm nvfp4 8-1 3 1xdep2 4xtep8 8 32
b300_sxm nvfp4 8-1 3 3xdep2 1xdep8 181
b300_sxm nvfp4 8-1 1 9xdep2 1xdep8 1197
b300_sxm nvfp4 8-1 0 1xdep2 3xtep4 105
b300_sxm nvfp4 8-1 0 1xdep2 3xtep8 4 63
b300_sxm nvfp4 8-1 0 1xdep2 4xtep4 12
b300_sxm nvfp4 8-1 0 5xdep2 2xdep8 589
b300_sxm nvfp4 8-1 0 6xdep2 1xdep8 1093
b300_sxm nvfp4 8-1 0 8xdep2 1xdep8 2048
b300_sxm fp8 1-1 3 1xdp4 8xtp8 10 160
b300_sxm fp8 1-1 1 1xdp4 1xdp8 3072
b300_sxm fp8 1-1 1 1xdp4 2xdep8 2560
b300_sxm fp8 1-1 2 1xdp4 5xdep8 720
b300_sxm fp8 1-1 1 3xdp4 2xdp8 11264
b300_sxm fp8 1-1 0 1xdp4 1xdep8 2112
b300_sxm fp8 1-1 0 1xdp4 2xdp8 3072
b300_sxm fp8 1-1 0 1xdp4 3xdp8 1280
b300_sxm fp8 1-1 0 1xdp4 8xtp8 12 128 384
b300_sxm fp8 1-1 0 2xdp4 1xdp8 16384
b300_sxm fp8 8-1 3 1xdp4 2xtp8 40
b300_sxm fp8 8-1 3 1xdp4 4xtp8 8 20
b300_sxm fp8 8-1 3 1xdp4 1xdp8 72
b300_sxm fp8 8-1 3 2xdp4 1xdp8 144
b300_sxm fp8 8-1 2 4xdp4 1xdp8 512
b300_sxm fp8 8-1 0 1xdp4 4xtp8 64
b300_sxm fp8 8-1 0 1xdp4 8xtp8 16
b300_sxm fp8 8-1 0 2xdp4 1xdp8 256
b300_sxm fp8 8-1 0 3xdp4 5xtp8 256
b300_sxm fp8 8-1 0 3xdp4 1xdp8 512
b300_sxm fp8 8-1 0 5xdp4 1xdp8 1075
b300_sxm fp8 8-1 0 7xdp4 1xdp8 3072
"""


@dataclass(frozen=True)
class Recipe:
    """Engines of either kind, their plans, and the tokens that the decoding ones draft."""

    prefill_workers: int
    prefill: Plan
    decode_workers: int
    decode: Plan
    drafts: int


def find(device: str, precision: str, isl: int, osl: int, users: int) -> list[Recipe]:
    """All recipes that a run may have been of."""
    return _recipes().get((device, precision, f"{isl // 1024}-{osl // 1024}", users), [])


@lru_cache(maxsize=1)
def _recipes() -> dict[tuple[str, str, str, int], list[Recipe]]:
    found: dict[tuple[str, str, str, int], list[Recipe]] = {}
    for line in RECIPES.strip().splitlines():
        device, precision, lengths, drafts, prefill, decode, *users = line.split()
        recipe = Recipe(*_engines(prefill), *_engines(decode), int(drafts))
        for number in users:
            found.setdefault((device, precision, lengths, int(number)), []).append(recipe)
    return found


def _engines(words: str) -> tuple[int, Plan]:
    found = re.fullmatch(r"(\d+)x([a-z]+)(\d+)", words)
    assert found
    count, kind, size = int(found.group(1)), found.group(2), int(found.group(3))
    plans = {"tp": Plan(size), "tep": Plan(size, ep=size), "dep": Plan(dp=size, ep=size), "dp": Plan(dp=size)}
    return count, plans[kind]
