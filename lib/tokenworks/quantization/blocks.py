"""Block formats of floats: MXFP8, MXFP4, NVFP4, NF4. A block shares a scale, itself in few bits.

Grids of integers, GGUF's formats among them, are in `integer_grid`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Integer

from tokenworks.quantization.element_types import Element, element
from tokenworks.quantization.encoding import decode, encode
from tokenworks.quantization.integer_grid import spread
from tokenworks.specs import Format, number_format


@dataclass(frozen=True, eq=False)
class Blocks:
    """A matrix in a block format: a code for each value, one for each block's scale."""

    format: Format
    codes: Integer[np.ndarray, "rows values"]
    scale_codes: Any  # Integer "rows blocks"; FP32 for NF4
    tensor_scale: float  # NVFP4's second level, 1 elsewhere

    @property
    def scales(self) -> Float[np.ndarray, "rows blocks"]:
        """What the blocks' values are multiplied by."""
        return decode(self.scale_codes, self.format.scale_element) * np.float32(self.tensor_scale)

    def values(self) -> Float[np.ndarray, "rows values"]:
        """Return the numbers that the codes stand for."""
        found = decode(self.codes, self.format.element)
        return found * spread(self.scales, found.shape[1])

    @property
    def bytes(self) -> int:
        """Bytes of codes and scales, packed; NVFP4's one scale a tensor, of 4 bytes, included."""
        second = 4 if self.format.scale_element == "e4m3" else 0
        return math.ceil(self.format.bytes_per_value * self.codes.size) + second


def encode_blocks(values: Float[Any, "rows values"], name: str) -> Blocks:
    """Return a matrix in "mxfp8", "mxfp4", "nvfp4" or "nf4", blocks along its rows.

    Another format, a width that is no whole number of blocks, NaN and infinity raise ValueError.
    Source: OCP Microscaling Formats 1.0 (section 6.3: the scale of a block),
    https://www.opencompute.org/documents/ocp-microscaling-formats-mx-v1-0-spec-final-pdf;
    NVFP4 https://intel.github.io/neural-compressor/latest/docs/source/3x/PT_NVFP4Quant.html;
    NF4 https://arxiv.org/abs/2305.14314.
    """
    kind = number_format(name)
    if not kind.group or element(kind.element).kind == "integer":
        raise ValueError(f"{kind.label} has no blocks of floats; take mxfp8, mxfp4, nvfp4 or nf4")
    found = np.asarray(values, np.float32)
    if found.shape[1] % kind.group:
        raise ValueError(f"rows of {found.shape[1]} are no whole number of blocks of {kind.group}")
    blocks = np.abs(found.reshape(len(found), -1, kind.group)).max(axis=-1)
    one, scale = element(kind.element), element(kind.scale_element)
    tensor_scale = _tensor_scale(blocks, one, scale)
    scale_codes = encode(_wanted(blocks, one, scale) / tensor_scale, scale)
    scales = spread(decode(scale_codes, scale) * np.float32(tensor_scale), found.shape[1])
    codes = encode(found / np.where(scales == 0, np.inf, scales), one)
    return Blocks(kind, codes, scale_codes, tensor_scale)


def _wanted(largest: Any, one: Element, scale: Element) -> Any:
    """Return the scale that brings a block's largest value to the element's largest, or near it.

    A power of two is chosen so that both have one exponent: what is above the element's largest
    then saturates (OCP: 2^(floor(log2 max) - emax)).
    """
    if scale.kind == "power":
        return largest / 2.0 ** math.floor(math.log2(one.largest))
    return largest / one.largest


def _tensor_scale(largest: Any, one: Element, scale: Element) -> float:
    """Return the scale that brings the blocks' scales into the range of FP8; 1 for others."""
    if scale.name != "e4m3" or not largest.any():
        return 1.0
    return float(np.float32(largest.max() / (one.largest * scale.largest)))
