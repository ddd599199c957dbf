"""Quantization: the model's numbers in fewer bits, and what that saves and costs.

- `element_types`, `encoding`: what one stored value is, bit by bit, and arrays to codes and back
- `integer_grid`: round-to-nearest on a grid of integers, with its scales and zero points
- `packing`: its codes in the bytes that a model multiplies from
- `blocks`: MXFP8, MXFP4, NVFP4 and NF4, whose blocks share a scale
"""

from typing import TYPE_CHECKING

from tokenworks import no_tpu as no_tpu  # before JAX starts: no search for a TPU where none is
from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.quantization.blocks import Blocks as Blocks
    from tokenworks.quantization.blocks import encode_blocks as encode_blocks
    from tokenworks.quantization.element_types import Element as Element
    from tokenworks.quantization.element_types import element as element
    from tokenworks.quantization.element_types import elements as elements
    from tokenworks.quantization.element_types import normal_float_levels as normal_float_levels
    from tokenworks.quantization.encoding import decode as decode
    from tokenworks.quantization.encoding import encode as encode
    from tokenworks.quantization.encoding import rounded as rounded
    from tokenworks.quantization.integer_grid import Grid as Grid
    from tokenworks.quantization.integer_grid import Quantized as Quantized
    from tokenworks.quantization.integer_grid import fit_scales as fit_scales
    from tokenworks.quantization.integer_grid import nearest_codes as nearest_codes
    from tokenworks.quantization.integer_grid import round_to_nearest as round_to_nearest
    from tokenworks.quantization.packing import pack as pack
    from tokenworks.quantization.packing import quantize_weights as quantize_weights
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
