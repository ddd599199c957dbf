"""The peer of `decode.py`: greedy decode by `transformers` of the same GGUF file in float32.

It runs under an interpreter of its own that has PyTorch. For each line on stdin it decodes once
and answers with one line of JSON, so that the two sides take turns on the same cores.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers
from transformers import AutoModelForCausalLM


@torch.no_grad()
def seconds_per_token(model: Any, prompt: list[int], steps: int) -> float:
    """Decode greedily with a KV cache; the prompt's own pass is not timed."""
    out = model(torch.tensor([prompt]), use_cache=True)
    start = time.perf_counter()
    for _ in range(steps):
        token = out.logits[:, -1:].argmax(-1)
        out = model(token, past_key_values=out.past_key_values, use_cache=True)
    return (time.perf_counter() - start) / steps


def main() -> None:
    """Load once, then answer until stdin ends."""
    path, cores = Path(sys.argv[1]), int(sys.argv[2])
    torch.set_num_threads(cores)
    model = AutoModelForCausalLM.from_pretrained(
        str(path.parent), gguf_file=path.name, dtype=torch.float32
    ).eval()
    print(json.dumps({"torch": torch.__version__, "transformers": transformers.__version__}))
    sys.stdout.flush()
    for line in sys.stdin:
        request = json.loads(line)
        seconds = seconds_per_token(model, request["prompt"], request["steps"])
        print(json.dumps({"seconds": seconds}))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
