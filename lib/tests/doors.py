"""Try every door for whole numbers, as a reader's notebook does; print those that err."""

from dataclasses import replace

import numpy as np

from tokenworks.cost.attention import split_traffic
from tokenworks.cost.attention_call import AttentionCall, Tiles
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import kv_bytes
from tokenworks.cost.mixed_step import Load, mixed_step_seconds
from tokenworks.cost.parameters import layer_parameter_count
from tokenworks.kernels.paged_pallas import BlockSizes
from tokenworks.model.sampling import Sampling
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.contiguous import FirstFit
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.specs import Workload, chip, model_spec

llama, h100 = model_spec("llama-3-8b"), chip("h100-sxm")
sizes = {"keys": 9, "heads": 2, "kv_heads": 1, "d_head": 8}
doors = {
    "layers": lambda n: replace(llama, n_layers=n),
    "window": lambda n: replace(llama, window_tokens=n),
    "windows": lambda n: replace(llama, layer_windows=(n,) * 32),
    "experts": lambda n: replace(llama, n_experts=n),
    "width": lambda n: replace(llama, d_model=n),
    "workload": lambda n: Workload(n, n, n),
    "tiles": lambda n: Tiles(n, n),
    "queries": lambda n: AttentionCall(queries=n, **sizes),
    "splits": lambda n: split_traffic(AttentionCall(queries=1, **sizes), n),
    "chips": lambda n: Deployment(llama, h100, n),
    "tokens": lambda n: kv_bytes(llama, n, bytes_per_value=n),
    "layer": lambda n: layer_parameter_count(llama, n),
    "load": lambda n: mixed_step_seconds(Deployment(llama, h100), Load(1, n, n, n, n)),
    "pages": lambda n: BlockSizes(n),
    "top_k": lambda n: Sampling(top_k=n, seed=n),
    "pool": lambda n: vars(BlockPool(n, n)),
    "gap": lambda n: FirstFit(n).allocate(n),
    "policy": lambda n: Policy(max_batch=n, max_waiting=n, max_batch_tokens=n),
    "request": lambda n: vars(Request(prompt_tokens=n, max_tokens=n, output_tokens=n)),
}
wrong: list[str] = []
for name, door in doors.items():
    for kind in (np.int8, np.int32, np.int64, np.uint16):
        if repr(door(kind(4))) != repr(door(4)):
            wrong.append(f"{name}: {kind.__name__} makes another")
    for bad in (True, np.True_, 2.5, "4", None, [4], -1):
        if bad is None and name in ("window", "windows", "layer", "top_k"):  # these may be left out
            continue
        try:
            door(bad)
            wrong.append(f"{name} takes {bad!r}")
        except ValueError as error:
            if len(str(error).splitlines()) != 1:
                wrong.append(f"{name}: {error}")
print(*wrong, sep="\n", end="\n" * bool(wrong))
