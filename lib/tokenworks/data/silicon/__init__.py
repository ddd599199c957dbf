"""Measured silicon: kernels that NVIDIA timed, and servers that others timed, point by point.

- `kernel_times`: matrix products, attention, all-reduce and experts' layers, each on its own
- `served_rows`: a server's time to the first token and between tokens, with its labels
- `two_labels`: runs that their source lists twice, for different numbers of GPUs

The tables are made by `benchmarks/silicon.py`. `LICENCE` is printed with every figure of them.
"""

from typing import TYPE_CHECKING

from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.data.silicon.kernel_times import CHIP_OF as CHIP_OF
    from tokenworks.data.silicon.kernel_times import LICENCE as LICENCE
    from tokenworks.data.silicon.kernel_times import AllReduceTime as AllReduceTime
    from tokenworks.data.silicon.kernel_times import AttentionTime as AttentionTime
    from tokenworks.data.silicon.kernel_times import GemmTime as GemmTime
    from tokenworks.data.silicon.kernel_times import MoeTime as MoeTime
    from tokenworks.data.silicon.kernel_times import all_reduce_times as all_reduce_times
    from tokenworks.data.silicon.kernel_times import (
        decode_attention_times as decode_attention_times,
    )
    from tokenworks.data.silicon.kernel_times import gemm_times as gemm_times
    from tokenworks.data.silicon.kernel_times import moe_times as moe_times
    from tokenworks.data.silicon.kernel_times import (
        prefill_attention_times as prefill_attention_times,
    )
    from tokenworks.data.silicon.served_rows import MODEL_OF as MODEL_OF
    from tokenworks.data.silicon.served_rows import ServedRow as ServedRow
    from tokenworks.data.silicon.served_rows import end_to_end_rows as end_to_end_rows
    from tokenworks.data.silicon.served_rows import parse_served_rows as parse_served_rows
    from tokenworks.data.silicon.served_rows import read_served_rows as read_served_rows
    from tokenworks.data.silicon.two_labels import Degrees as Degrees
    from tokenworks.data.silicon.two_labels import TwoLabels as TwoLabels
    from tokenworks.data.silicon.two_labels import runs_under_two_labels as runs_under_two_labels
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
