"""Quantization: the model's numbers in fewer bits, and what that saves and costs.

- `integer_grid`: round-to-nearest on a grid of integers, with its scales and zero points
"""

from typing import TYPE_CHECKING

from tokenworks import no_tpu as no_tpu  # before JAX starts: no search for a TPU where none is
from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.quantization.integer_grid import Grid as Grid
    from tokenworks.quantization.integer_grid import Quantized as Quantized
    from tokenworks.quantization.integer_grid import fit_scales as fit_scales
    from tokenworks.quantization.integer_grid import nearest_codes as nearest_codes
    from tokenworks.quantization.integer_grid import round_to_nearest as round_to_nearest
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
