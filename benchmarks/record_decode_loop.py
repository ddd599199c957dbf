"""Record what SIM-01 and SIM-02 show: real continuations of SmolLM2 and their top candidates.

    python benchmarks/record_decode_loop.py

rewrites lib/tokenworks/data/decode_loop.json and lifecycle.json (about two minutes on 2 cores).
The trie holds greedy decoding, whole walks at the default filters for every temperature, and then
the most probable continuations until the file is full.
"""

from __future__ import annotations

import heapq
import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from tokenworks.model import LanguageModel, Sampling, generate, load, order, probabilities
from tokenworks.model.cache import prefill
from tokenworks.model.sampling import draw

DATA = Path(__file__).parents[1] / "lib/tokenworks/data"
PROMPTS = (
    ("The cat sat on the", False),
    ("The capital of France is", False),
    ("Write me a poem about the ocean", True),
)
GRID: dict[str, list[Any]] = {
    "temperature": [0, 0.2, 0.5, 0.8, 1.0, 1.2, 1.5, 2.0],
    "top_k": [1, 2, 3, 5, 10, 20, 30, None],
    "top_p": [0.5, 0.7, 0.8, 0.9, 0.95, 1.0],
    "min_p": [0.0, 0.02, 0.05, 0.1, 0.2],
    "seed": list(range(10)),
}
DEFAULT = {"temperature": 1.0, "top_k": 30, "top_p": 0.95}
SEEDS = {1.0: 10, 0.8: 10, 0.5: 10, 0.2: 10, 1.2: 10, 1.5: 3, 2.0: 1}  # whole walks, in this order
STEPS = 8
CANDIDATES = 32
LARGEST_FILE_BYTES = 395_000
HEAD_BYTES = 8_000  # grid, uniforms and prompts
POEM = Sampling(temperature=0.9, top_p=0.9, seed=1)


class Trie:
    """The columns of decode_loop.json, one entry per node, and the pieces that they name."""

    def __init__(self, lm: LanguageModel) -> None:
        self.lm = lm
        self.columns: dict[str, list[Any]] = {
            name: []
            for name in ("tokens", "top", "gaps", "tail", "beyond_top_p", "beyond_min_p", "next")
        }
        self.words: dict[int, int] = {}
        self.nodes: dict[tuple[int, ...], int] = {}
        self.logits: list[np.ndarray] = []

    def node(self, ids: tuple[int, ...]) -> int:
        """Return the node of these ids, recorded on first use."""
        if ids not in self.nodes:
            logits = np.asarray(prefill(self.lm.fused, self.lm.spec, list(ids))[0][0], np.float64)
            self.nodes[ids] = len(self.logits)
            self.logits.append(logits)
            for name, value in summary(logits).items():
                self.columns[name].append(value)
            self.columns["tokens"][-1] = [self.word(i) for i in self.columns["tokens"][-1]]
            self.columns["next"].append([])
        return self.nodes[ids]

    def word(self, token: int) -> int:
        """Return the position of a token id in the list of all that occur."""
        return self.words.setdefault(token, len(self.words))

    def follow(self, ids: tuple[int, ...], token: int) -> tuple[int, ...]:
        """Record the node after one more token; return its ids."""
        parent, grown = self.node(ids), (*ids, token)
        child, position = self.node(grown), self.columns["tokens"][parent].index(self.word(token))
        if [position, child] not in self.columns["next"][parent]:
            self.columns["next"][parent].append([position, child])
        return grown


def summary(logits: np.ndarray) -> dict[str, Any]:
    """Return a node's numbers: the top logits, and the weight of the others at each temperature."""
    ids = order(logits)
    drops = logits[ids[0]] - logits[ids]
    hot = [t for t in GRID["temperature"] if t > 0]
    weights = {t: np.exp(-drops / t) for t in hot}
    return {
        "tokens": [int(i) for i in ids[:CANDIDATES]],
        "top": round(float(logits[ids[0]]), 4),
        "gaps": np.diff(np.rint(1e4 * drops[:CANDIDATES]).astype(int), prepend=0).tolist(),
        "tail": [0, *(round(math.log(weights[t][CANDIDATES:].sum()), 3) for t in hot)],
        "beyond_top_p": [[], *(beyond(weights[t], "top_p") for t in hot)],
        "beyond_min_p": [[], *(beyond(weights[t], "min_p") for t in hot)],
    }


def beyond(weights: np.ndarray, name: str) -> list[int]:
    """Return, in 1/10,000, the unrecorded probability that each setting of a filter keeps."""
    probs = weights / weights.sum()
    above = np.concatenate([[0.0], np.cumsum(probs)[:-1]])
    kept = []
    for setting in GRID[name]:
        alive = above < setting if name == "top_p" else probs >= setting * probs[0]
        off = setting == (1.0 if name == "top_p" else 0.0)
        kept.append(0 if off else round(1e4 * float(probs[CANDIDATES:][alive[CANDIDATES:]].sum())))
    return kept if any(kept) else []


def walk(trie: Trie, prompt: tuple[int, ...], sampling: Sampling) -> None:
    """Record every step of one continuation, as `model.stream` would draw it."""
    uniforms = np.random.default_rng(sampling.seed).random(STEPS)
    ids = prompt
    for u in uniforms:
        logits = trie.logits[trie.node(ids)]
        token = draw(probabilities(logits, sampling), float(u))
        last = token == trie.lm.tokenizer.eos_id or len(ids) + 1 - len(prompt) == STEPS
        if last or trie.word(token) not in trie.columns["tokens"][trie.node(ids)]:
            return
        ids = trie.follow(ids, token)


def expand(trie: Trie, roots: list[tuple[int, ...]]) -> None:
    """Record the most probable continuations, best first, until the file is full."""
    queue = [(-1.0, root, len(root)) for root in roots]
    heapq.heapify(queue)
    while len(as_text(trie)) < LARGEST_FILE_BYTES - HEAD_BYTES:
        share, ids, start = heapq.heappop(queue)
        probs = probabilities(trie.logits[trie.node(ids)], Sampling())
        for token in order(probs)[:3]:
            if token != trie.lm.tokenizer.eos_id and len(ids) - start < STEPS - 1:
                grown = trie.follow(ids, int(token))
                heapq.heappush(queue, (share * float(probs[token]), grown, start))


def as_text(trie: Trie, **more: Any) -> str:
    """Return the JSON text of the columns and what goes with them, frequent tokens first."""
    counts = Counter(word for tokens in trie.columns["tokens"] for word in tokens)
    words = [word for word, _ in counts.most_common()]
    rank = {word: i for i, word in enumerate(words)}
    known = list(trie.words)
    ids = [known[word] for word in words]
    tokens = [[rank[word] for word in tokens] for tokens in trie.columns["tokens"]]
    pieces = [trie.lm.tokenizer.decode([token]) for token in ids]
    columns = {**more, "ids": ids, "pieces": pieces, **trie.columns, "tokens": tokens}
    lines = (f'"{name}":{json.dumps(v, separators=(",", ":"))}' for name, v in columns.items())
    return "{" + ",\n".join(lines) + "}\n"


def record(lm: LanguageModel) -> str:
    """Return the text of decode_loop.json."""
    trie = Trie(lm)
    prompts, roots = [], []
    for text, chat in PROMPTS:
        ids = lm.tokenizer.chat([{"role": "user", "content": text}]) if chat else None
        root = tuple(ids or lm.tokenizer.encode(text))
        roots.append(root)
        walk(trie, root, Sampling(temperature=0))
        for temperature, seeds in SEEDS.items():
            for seed in range(seeds):
                setting = {**DEFAULT, "temperature": temperature, "seed": seed}
                walk(trie, root, Sampling(**setting))
        prompts.append({"text": text, "chat": chat, "node": trie.nodes[root]})
    print(f"{len(trie.nodes)} nodes, {len(as_text(trie))} bytes before the most probable ones")
    expand(trie, roots)
    uniforms = [np.random.default_rng(seed).random(STEPS).tolist() for seed in GRID["seed"]]
    print(f"{len(trie.nodes)} nodes")
    about = {"eos": lm.tokenizer.eos_id, "vocab": lm.spec.vocab_size, "steps": STEPS}
    about["source"] = "benchmarks/record_decode_loop.py"
    return as_text(trie, **about, grid=GRID, uniforms=uniforms, prompts=prompts)


def poem(lm: LanguageModel) -> str:
    """Return the text of lifecycle.json: the pieces of a prompt and of the answer to it."""
    text = PROMPTS[2][0]
    answer = generate(lm, text, max_tokens=200, sampling=POEM, chat=True)
    pieces = {"prompt": lm.tokenizer.encode(text), "output": answer.ids}
    held = {name: [lm.tokenizer.decode([i]) for i in ids] for name, ids in pieces.items()}
    return json.dumps(held) + "\n"


if __name__ == "__main__":
    lm = load()
    (DATA / "lifecycle.json").write_text(poem(lm), encoding="utf-8")
    (DATA / "decode_loop.json").write_text(record(lm), encoding="utf-8")
