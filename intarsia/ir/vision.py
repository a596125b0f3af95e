"""Sizes of the encoder that makes tokens of images for a language model: a transformer over patches, and what brings them to the model's width."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

Size = tuple[int, int]
"""Width and height of an image in pixels."""
LARGEST = 1 << 20


@dataclass(frozen=True)
class VisionConfig:
    """Sizes in elements unless said otherwise. `inputs`: numbers of a patch of `patch` x `patch` pixels (all channels, and frames where two are alike).

    Images are brought to `image` x `image` pixels, or, where that is 0, near their own size between `least_pixels` and `most_pixels`. `merge` x `merge` patches become one token
    (pooled or put side by side), and `projector` has the matrices (inputs, outputs) that each token goes through; the last makes it as wide as the model's rows.
    Where `window` (pixels of a side) is set, all layers but `whole_layers` attend within windows. `extra`: rows beside the patches that no token comes of.
    """

    architecture: str
    layers: int
    hidden: int
    heads: int
    ffn: int
    patch: int
    inputs: int
    projector: tuple[Size, ...]
    gated: bool = False
    merge: int = 1
    image: int = 0
    least_pixels: int = 0
    most_pixels: int = 0
    window: int = 0
    whole_layers: int = 0
    extra: int = 0

    def check(self) -> None:
        """Raises ValueError with the sentence that says which size is wrong."""
        for f in fields(self):
            least = 0 if f.default == 0 else 1
            if f.type == "int" and not least <= getattr(self, f.name) <= LARGEST * LARGEST:
                raise ValueError(f"vision.{f.name} must be a whole number of at least {least}, found {getattr(self, f.name)}")
        if self.hidden % self.heads:
            raise ValueError(f"vision.hidden ({self.hidden}) must be a multiple of vision.heads ({self.heads})")
        if self.image and self.image < self.patch * self.merge:
            raise ValueError(f"an image of {self.image} pixels a side holds no token of {self.patch * self.merge}")

    @property
    def width(self) -> int:
        """Elements of a token as the language model takes it."""
        return self.projector[-1][1]

    def grid(self, size: Size) -> Size:
        """Columns and rows of patches of an image of `size` pixels: whole tokens, as Qwen2-VL rounds (smart_resize of its image processor in transformers)."""
        if self.image:
            return (self.image // self.patch,) * 2
        width, height = size
        side, pixels = self.patch * self.merge, width * height
        columns, rows = (max(1, round(length / side)) for length in size)
        if self.most_pixels and columns * rows * side * side > self.most_pixels:
            shrink = math.sqrt(pixels / self.most_pixels)
            columns, rows = (max(1, math.floor(length / shrink / side)) for length in size)
        elif columns * rows * side * side < self.least_pixels:
            grow = math.sqrt(self.least_pixels / pixels)
            columns, rows = (math.ceil(length * grow / side) for length in size)
        return columns * self.merge, rows * self.merge

    def rows(self, size: Size) -> int:
        """Rows that the transformer computes of an image."""
        columns, rows = self.grid(size)
        return columns * rows + self.extra

    def tokens(self, size: Size) -> int:
        """Tokens that an image becomes in the prompt."""
        columns, rows = self.grid(size)
        return (columns // self.merge) * (rows // self.merge)

    def windows(self, size: Size) -> int:
        """Windows of an image, in layers that have them."""
        side = max(1, self.window // self.patch)
        columns, rows = self.grid(size)
        return math.ceil(columns / side) * math.ceil(rows / side)

    def layer_parameters(self) -> int:
        """Weights of one layer: queries, keys, values and output, the MLP, two norms; biases are left out (0.1 %)."""
        return 4 * self.hidden**2 + (3 if self.gated else 2) * self.hidden * self.ffn + 2 * self.hidden

    def outer_parameters(self) -> int:
        """Weights outside the layers: the patches' matrix and the projector's."""
        return self.inputs * self.hidden + sum(a * b for a, b in self.projector)

    def parameters(self) -> int:
        """All weights."""
        return self.layers * self.layer_parameters() + self.outer_parameters()
