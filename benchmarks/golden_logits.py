"""Record what `transformers` computes on the same GGUF file: the independent check of the model.

It needs PyTorch, which the book does not, so it runs in an environment of its own:

    python -m venv golden && golden/bin/pip install torch transformers gguf accelerate
    golden/bin/python benchmarks/golden_logits.py PATH_TO_GGUF

where `python -c "import tokenworks.model as m; print(m.fetch())"` prints the path. The script
itself fetches nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

RECORD = Path(__file__).parent / "golden" / "smollm2.json"
NEW_TOKENS = 64
STRIDE = 97  # every 97th logit of 49,152: 507 values, spread over the vocabulary
NARROWEST = 0.02  # a greedy step won by less could flip on another machine

PROMPTS = {
    "english": "The capital of France is",
    "list": "A short list of fruits:\n\n- apple\n- banana\n-",
    "code": "SELECT name, age FROM users WHERE",
    "python": "def add(a, b):\n    return",
    "german": "Guten Morgen, wie geht es",
    "chinese": "今天天气很好，我们去公园",
    "digits": "2, 4, 8, 16, 32, 64,",
    "emoji": "Emoji 🙂 and naïve café:\n\n- 🍎 apple\n- 🍌",
}
CHATS = {
    "chat": "Explain gravity in one sentence.",
    "chat-capital": "What is the capital of Japan?",
}


def main() -> None:
    """Run every prompt and write the record."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("gguf", type=Path, help="the GGUF file in the cache")
    path = options.parse_args().gguf
    source = {"pretrained_model_name_or_path": str(path.parent), "gguf_file": path.name}
    tokenizer = AutoTokenizer.from_pretrained(**source)
    model = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    cases = [case(model, n, text, ids=tokenizer(text).input_ids) for n, text in PROMPTS.items()]
    for name, text in CHATS.items():
        turns = [{"role": "user", "content": text}]
        ids = tokenizer.apply_chat_template(turns, add_generation_prompt=True)["input_ids"]
        cases.append({**case(model, name, text, ids=ids), "chat": True})
    head = {"provenance": provenance(path), "stride": STRIDE}
    body = ",\n".join(json.dumps(one, ensure_ascii=False) for one in cases)  # one line a prompt
    text = json.dumps(head, indent=1)[:-2] + f',\n "cases": [\n{body}\n]}}\n'
    RECORD.write_text(text, encoding="utf-8")


@torch.no_grad()
def case(model: Any, name: str, text: str, *, ids: list[int]) -> dict[str, Any]:
    """Return the logits after a prompt and its greedy continuation, past any end token."""
    out = model(torch.tensor([ids]), use_cache=True)
    first = out.logits[0, -1]
    new, margins = [], []
    for _ in range(NEW_TOKENS):
        best = out.logits[0, -1].topk(2)
        new.append(int(best.indices[0]))
        margins.append(float(best.values[0] - best.values[1]))
        out = model(torch.tensor([new[-1:]]), past_key_values=out.past_key_values, use_cache=True)
    print(f"{name:10} narrowest margin {min(margins):.3f}")
    if min(margins) < NARROWEST:
        raise SystemExit(f"{name}: a step is won by {min(margins):.4f}; choose another prompt")
    top = first.topk(10)
    return {
        "name": name,
        "text": text,
        "chat": False,
        "ids": ids,
        "max_abs_logit": digits(first.abs().max()),
        "top_ids": top.indices.tolist(),
        "top_logits": [digits(value) for value in top.values],
        "sampled_logits": [digits(value) for value in first[::STRIDE]],
        "greedy_ids": new,
        "narrowest_margin": digits(min(margins)),
    }


def digits(value: Any) -> float:
    """Keep seven significant digits, all that float32 has."""
    return float(f"{float(value):.7g}")


def provenance(path: Path) -> dict[str, str]:
    """Return where the numbers come from."""
    return {
        "date": date.today().isoformat(),
        "command": "python benchmarks/golden_logits.py PATH_TO_GGUF",
        "gguf": path.name,
        "gguf_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "gguf_package": version("gguf"),
        "dtype": "float32",
        "device": "cpu",
    }


if __name__ == "__main__":
    main()
