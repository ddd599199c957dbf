"""Many chips hold one model.

- `slices`: TPUs that are rented together, by name
- `placed_shapes`: a decode step's weights and cache as shapes, placed over a slice
- `compiled_step`, `asked_steps`: what the TPU compiler says of the whole step
"""

from typing import TYPE_CHECKING

from tokenworks import no_tpu as no_tpu  # before JAX starts: no search for a TPU where none is
from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.parallel.asked_steps import AskedStep as AskedStep
    from tokenworks.parallel.compiled_step import CompiledStep as CompiledStep
    from tokenworks.parallel.compiled_step import compile_step as compile_step
    from tokenworks.parallel.slices import TpuSlice as TpuSlice
    from tokenworks.parallel.slices import tpu_slice as tpu_slice
    from tokenworks.parallel.slices import tpu_slices as tpu_slices
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
