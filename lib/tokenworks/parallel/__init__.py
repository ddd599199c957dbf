"""A model on several devices: each way of dividing it, equal to the model on one.

- `simulated_devices`, `multihost`: eight devices on a CPU, several processes on a TPU slice
- `meshes`, `placement`, `head_dim_order`: axes, and which part of each weight a device holds
- `sharded_program`: a program for a mesh, whose exchanges are counted
- `split_vocabulary`, `attention_parts`: an embedding in rows, attention over some of the keys
- `forward`: data, tensor and context parallel; `pipeline`: stages and micro-batches
- `cache_split`, `decode`: a cache divided by heads, and past those by positions or dimensions
- `expert_layer`: experts on several devices, and the tokens on their way
- `slices`, `placed_shapes`, `compiled_step`, `asked_steps`: a decode step of a large model over
  TPUs that are rented together, and what the TPU compiler says of it

What each must exchange is in `tokenworks.cost.parallel_traffic`.
"""

from typing import TYPE_CHECKING

from tokenworks import no_tpu as no_tpu  # before JAX starts: no search for a TPU where none is
from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.parallel.asked_steps import AskedStep as AskedStep
    from tokenworks.parallel.compiled_step import CompiledStep as CompiledStep
    from tokenworks.parallel.compiled_step import compile_step as compile_step
    from tokenworks.parallel.decode import ShardedDecode as ShardedDecode
    from tokenworks.parallel.decode import sharded_decode as sharded_decode
    from tokenworks.parallel.expert_layer import Mixed as Mixed
    from tokenworks.parallel.expert_layer import expert_parallel as expert_parallel
    from tokenworks.parallel.forward import sharded_forward as sharded_forward
    from tokenworks.parallel.meshes import make_mesh as make_mesh
    from tokenworks.parallel.multihost import fetch as fetch
    from tokenworks.parallel.multihost import join_processes as join_processes
    from tokenworks.parallel.pipeline import Piped as Piped
    from tokenworks.parallel.pipeline import pipelined_forward as pipelined_forward
    from tokenworks.parallel.sharded_program import ShardedProgram as ShardedProgram
    from tokenworks.parallel.simulated_devices import simulate_devices as simulate_devices
    from tokenworks.parallel.slices import TpuSlice as TpuSlice
    from tokenworks.parallel.slices import tpu_slice as tpu_slice
    from tokenworks.parallel.slices import tpu_slices as tpu_slices
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
