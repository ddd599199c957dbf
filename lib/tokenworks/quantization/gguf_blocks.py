"""The blocks of a GGUF file, Q4_1 and Q8_0, byte by byte: codes of a grid in groups of 32.

Q8_0: a float16 scale, then 32 signed bytes. Q4_1: scale and minimum in float16, then 16 bytes, the
first 16 weights in their low halves, the others in their high ones. The oracle is gguf's own code.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import UInt8

from tokenworks.quantization.integer_grid import Grid, Quantized

GROUP, HALF = 32, 16
GRIDS = {"q8_0": Grid(8, GROUP, symmetric=True), "q4_1": Grid(4, GROUP)}
BLOCK_BYTES = {"q8_0": 2 + GROUP, "q4_1": 2 + 2 + HALF}


def from_gguf(data: UInt8[np.ndarray, "out row_bytes"], name: str) -> Quantized:
    """Return the matrix that a tensor's bytes stand for; "q4_1" and "q8_0" are known.

    Another name, and rows that are no whole number of blocks, raise ValueError.
    Source: https://github.com/ggml-org/ggml (ggml-common.h: block_q4_1, block_q8_0).
    """
    size = BLOCK_BYTES[_known(name)]
    if data.shape[1] % size:
        raise ValueError(f"rows of {data.shape[1]} bytes are no whole number of {size}-byte blocks")
    blocks = data.reshape(len(data), -1, size)
    scales = _halves(blocks[..., :2])
    if name == "q8_0":
        codes, minimums = blocks[..., 2:].view(np.int8), None
    else:
        packed, minimums = blocks[..., 4:], _halves(blocks[..., 2:4])
        codes = np.concatenate([packed & 15, packed >> 4], axis=-1)
    return Quantized(codes.reshape(len(data), -1), scales, minimums, GRIDS[name])


def to_gguf(matrix: Quantized) -> UInt8[np.ndarray, "out row_bytes"]:
    """Return the bytes of a matrix on one of the two grids; another grid raises ValueError.

    A symmetric grid has no code -128, which Q8_0 would hold.
    """
    name = next((name for name, grid in GRIDS.items() if grid == matrix.grid), "")
    _known(name)
    codes = matrix.codes.reshape(len(matrix.codes), -1, GROUP)
    parts = [matrix.scales, *([] if matrix.minimums is None else [matrix.minimums])]
    head = [part.astype(np.float16)[..., None].view(np.uint8) for part in parts]
    packed = codes[..., :HALF] | (codes[..., HALF:] << 4) if name == "q4_1" else codes
    blocks = np.concatenate([*head, packed.view(np.uint8)], axis=-1)
    return blocks.reshape(len(codes), -1)


def _halves(two_bytes: UInt8[np.ndarray, "out groups 2"]) -> np.ndarray:
    return np.ascontiguousarray(two_bytes).view(np.float16)[..., 0].astype(np.float32)


def _known(name: str) -> str:
    if name not in GRIDS:
        wanted = "4 bits asymmetric (q4_1) or 8 bits symmetric (q8_0), in groups of 32"
        raise ValueError(f"blocks of GGUF are written and read for {wanted}; got {name!r}")
    return name
