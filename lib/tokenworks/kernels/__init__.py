"""Attention: the naive oracle, online softmax, flash and paged, in JAX and in Pallas.

- `naive`: the formula, score matrix and all; `online_softmax`: the state that a tile updates
- `flash`, `flash_decoding`, `paged`: exact attention by tiles, by parts of the keys, over a cache
  in pages, in plain JAX
- `flash_pallas`, `paged_pallas`, `vmem`: the same as TPU kernels, interpreted on a CPU
- `apart`: one new token, and the cache without it
- `hbm`, `stream`, `walk`, `walk_backward`: the same through a memory that counts what moves
- `programs`: what the TPU compiler is asked about
"""

from typing import TYPE_CHECKING

from tokenworks import no_tpu as no_tpu  # before JAX starts: no search for a TPU where none is
from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.kernels import online_softmax as online_softmax
    from tokenworks.kernels.flash import flash_attention as flash_attention
    from tokenworks.kernels.flash_decoding import flash_decode as flash_decode
    from tokenworks.kernels.flash_pallas import flash_attention_pallas as flash_attention_pallas
    from tokenworks.kernels.hbm import Hbm as Hbm
    from tokenworks.kernels.naive import attention as attention
    from tokenworks.kernels.paged import paged_attention as paged_attention
    from tokenworks.kernels.paged_pallas import BlockSizes as BlockSizes
    from tokenworks.kernels.paged_pallas import paged_decode as paged_decode
    from tokenworks.kernels.walk import call_of_arrays as call_of_arrays
    from tokenworks.kernels.walk import walk_flash as walk_flash
    from tokenworks.kernels.walk import walk_naive as walk_naive
    from tokenworks.kernels.walk import walk_paged as walk_paged
    from tokenworks.kernels.walk import walk_split as walk_split
    from tokenworks.kernels.walk_backward import walk_flash_backward as walk_flash_backward
    from tokenworks.kernels.walk_backward import walk_naive_backward as walk_naive_backward
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
