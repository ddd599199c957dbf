"""What transformers itself keeps of 40 tokens, family by family, with small random models.

It runs under an interpreter of its own that has PyTorch and transformers, and prints a line of JSON
for each family that it can build from its class: the config as transformers writes it and the
shapes of the cache's tensors. `lib/tests/configs/measured.jsonl` is such a record; the reader of
configs is held against it.

    python -m venv /tmp/peer && /tmp/peer/bin/pip install torch transformers==5.24.0
    /tmp/peer/bin/python benchmarks/transformers_cache.py > lib/tests/configs/measured.jsonl
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import Any

import torch
import transformers
from transformers import CONFIG_MAPPING, AutoModelForCausalLM
from transformers.initialization import no_init_weights
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES as FAMILIES

TOKENS = 40
# Whatever a family has of these is made small; heads and their sizes stay as the class has them.
SMALL = {
    **dict.fromkeys(("num_hidden_layers", "n_layer", "num_layers"), 12),
    **dict.fromkeys(("vocab_size", "vocab_size_per_layer_input"), 512),
    **dict.fromkeys(("intermediate_size", "ffn_dim", "n_inner"), 32),
    **dict.fromkeys(("moe_intermediate_size", "shared_expert_intermediate_size"), 16),
    **dict.fromkeys(("sliding_window", "attention_chunk_size"), 16),
    "expert_ffn_hidden_size": 16,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
LAYERS, WINDOWS = ("num_hidden_layers", "n_layer", "num_layers"), ("sliding_window",)


def small_config(family: str) -> Any:
    """Return the class's config with small sizes; sizes that its checks refuse stay as they are."""
    made = CONFIG_MAPPING[family]
    base = made()
    sizes = {
        name: size
        for name, size in SMALL.items()
        if isinstance(getattr(base, name, None), int) and getattr(base, name) > size
    }
    for kept in ((), WINDOWS, LAYERS, (*LAYERS, *WINDOWS)):
        try:
            return made(**{name: size for name, size in sizes.items() if name not in kept})
        except Exception as error:
            refused = error
    raise refused


@torch.no_grad()
def cache_of(config: Any) -> list[list[Any]]:
    """Return the shapes of what layers keep after one pass over 40 tokens, and how many do."""
    config._attn_implementation = "eager"
    with no_init_weights():
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).eval()
    for weight in model.parameters():
        weight.fill_(0.001)
    out = model(input_ids=torch.randint(5, 500, (1, TOKENS)), use_cache=True)
    cache = getattr(out, "past_key_values", None) or getattr(out, "cache_params", None)
    kept = [json.dumps({"kind": type(layer).__name__, **_shapes(layer)}) for layer in cache.layers]
    return [[number, json.loads(layer)] for layer, number in Counter(kept).items()]


def _shapes(layer: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, held in vars(layer).items():
        tensors = held.values() if isinstance(held, dict) else [held]
        shapes = [list(one.shape) for one in tensors if isinstance(one, torch.Tensor) and one.ndim]
        if shapes:
            found[name] = shapes
    return found


def main() -> None:
    """Print a line for each family that can be built; the others are named on stderr."""
    torch.set_num_threads(1)
    for family in sys.argv[1:] or FAMILIES:
        try:
            config = small_config(family)
            layers = cache_of(config)
        except Exception as error:
            print(f"{family}: {type(error).__name__}: {error}"[:200], file=sys.stderr)
            continue
        written = json.loads(json.dumps(config.to_dict(), default=str))
        written = {name: value for name, value in written.items() if value is not None}
        row = {"family": family, "transformers": transformers.__version__, "tokens": TOKENS}
        written = {"model_type": family} | written
        print(json.dumps(row | {"layers": layers, "config": written}), flush=True)


if __name__ == "__main__":
    main()
