"""Train the EAGLE-style draft of the real model on what the model itself wrote.

    python -m benchmarks.draft_corpus FOLDER
    python -m benchmarks.train_draft FOLDER

The draft starts from the least-squares map of (state, next embedding) to the next state, with the
layer's own contribution at 0, and is trained with AdamW: first on the model's states alone, then
also on its own outputs, with several runs over each text, each but the first fed with what the run
before put out. The loss is the cross-entropy with the model's distribution over the reduced
vocabulary.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.draft_data import (
    Batch,
    Text,
    batches,
    coverage,
    fingerprint,
    padded_length,
    read_texts,
    reduced_vocabulary,
)
from benchmarks.draft_measure import Contender, layer_outputs, measured
from benchmarks.draft_start import initial_weights
from benchmarks.provenance import provenance
from tokenworks.model import LanguageModel, load
from tokenworks.model.compile_cache import enable_compile_cache
from tokenworks.speculation.draft_file import STEM, packed
from tokenworks.speculation.draft_layer import self_fed_states

DATA = Path(__file__).parents[1] / "lib" / "tokenworks" / "data"
SEED = 14
REDUCED = 12_288  # tokens of the draft's vocabulary
PHASES = ((1, 1), (1, 3))  # epochs, and runs over a text: one on the model's states, two on its own
FADING = 0.8  # weight of each run against the one before
BATCH_TOKENS = 2048
PEAK, LEAST, WARM_UP = 6e-4, 1e-5, 100  # learning rate, and steps until its peak
BETAS, EPSILON, DECAY, CLIP = (0.9, 0.95), 1e-8, 0.01, 1.0
FITTED = {"fuse": 0.2, "fuse_bias": 0.2, "input_scale": 0.2}  # share of the rate: fitted before
CHECK_EVERY = 200  # steps between two looks at held-out text


def main() -> None:
    """Train, print and write the draft with its record."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--texts", type=int, help="use the first so many alone")
    options.add_argument("--out", type=Path, default=DATA)
    chosen = options.parse_args()
    enable_compile_cache()
    lm = load()
    texts = read_texts(chosen.folder, "trained")[: chosen.texts]
    held_out = read_texts(chosen.folder, "held_out")
    vocabulary = reduced_vocabulary(texts, REDUCED, lm.spec.vocab_size)
    corpus = description(texts) | {
        f"coverage, {name}": coverage(each, vocabulary, lm.spec.vocab_size)
        for name, each in (("trained", texts), ("held out", held_out))
    }
    print(json.dumps(corpus, indent=1), flush=True)
    started, cpu = time.time(), time.process_time()
    weights, curve = train(lm, texts, held_out=held_out, vocabulary=vocabulary, out=chosen.out)
    record = provenance("python -m benchmarks.train_draft FOLDER", ("jax", "jaxlib", "numpy"))
    record |= {
        "model": lm.spec.name,
        "licence": "Apache-2.0, derived from SmolLM2-135M-Instruct (Apache-2.0) by Hugging Face",
        "seconds": round(time.time() - started),
        "cpu_seconds": round(time.process_time() - cpu),
        "corpus": corpus,
        "settings": settings(),
        "curve": curve,
    }
    write(chosen.out, weights, vocabulary, record=record)


def description(texts: list[Text]) -> dict[str, Any]:
    """Return what a corpus is: its size, its hash and how it was made."""
    return {
        "texts": len(texts),
        "tokens": sum(len(each.answer) for each in texts),
        "sha256 of its ids": fingerprint(texts),
        "command": "python -m benchmarks.draft_corpus FOLDER",
        "made of": "answers of the model itself, greedy and at temperature 1, to prompts from our "
        "templates (chat, code, copy) and from docstrings and functions of the standard library, "
        "NumPy and JAX",
    }


def settings() -> dict[str, Any]:
    """Return what the training was told."""
    names = ("SEED", "PHASES", "FADING", "BATCH_TOKENS", "PEAK", "LEAST", "WARM_UP")
    return {name.lower(): globals()[name] for name in (*names, "FITTED", "BETAS", "DECAY", "CLIP")}


def write(folder: Path, weights: Any, vocabulary: np.ndarray, *, record: dict[str, Any]) -> None:
    """Write the draft in 8 bits and its record."""
    data = packed(weights, vocabulary)
    record |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{STEM}.npz").write_bytes(data)
    (folder / f"{STEM}.json").write_text(json.dumps(record, indent=1) + "\n")
    print(f"{len(data):,} bytes, {record['seconds']:,} s, {record['cpu_seconds']:,} CPU s")


def loss_of(weights: Any, data: Batch, *, spec: Any, tables: Any, depth: int) -> Any:
    """Return the weighted cross-entropy of all runs, and the share of best tokens hit in each."""
    embed, table = tables
    outs = self_fed_states(weights, spec, data.states, embedded=embed[data.ids], depth=depth)
    said = data.wanted @ table.T
    p, best = jax.nn.softmax(said), said.argmax(-1)
    count = data.weight.sum()
    loss, hits = 0.0, []
    for place, out in enumerate(outs):
        logits = out[data.row, data.place] @ table.T
        each = -(p * jax.nn.log_softmax(logits)).sum(-1)
        loss += FADING**place * (each * data.weight).sum() / count
        hits.append(((logits.argmax(-1) == best) * data.weight).sum() / count)
    return loss, jnp.stack(hits)


@partial(jax.jit, static_argnames=("spec", "depth"), donate_argnames=("state",))
def update(state: Any, data: Batch, rate: Any, *, spec: Any, tables: Any, depth: int) -> Any:
    """Take one step of AdamW on weights, means and squares; return them, loss and hits."""
    weights, means, squares, step = state
    (loss, hits), slope = jax.value_and_grad(loss_of, has_aux=True)(
        weights, data, spec=spec, tables=tables, depth=depth
    )
    norm = jnp.sqrt(sum((leaf**2).sum() for leaf in jax.tree.leaves(slope)))
    slope = jax.tree.map(lambda leaf: leaf * jnp.minimum(1.0, CLIP / norm), slope)
    means = jax.tree.map(lambda m, g: BETAS[0] * m + (1 - BETAS[0]) * g, means, slope)
    squares = jax.tree.map(lambda v, g: BETAS[1] * v + (1 - BETAS[1]) * g**2, squares, slope)
    step += 1

    rates = {name: rate * FITTED.get(name, 1.0) for name in weights}
    rates["layer"] = dict.fromkeys(weights["layer"], rate)

    def moved(rate: Any, w: Any, moments: Any) -> Any:
        m, v = moments
        towards = m / (1 - BETAS[0] ** step)
        towards /= jnp.sqrt(v / (1 - BETAS[1] ** step)) + EPSILON
        return w - rate * (towards + DECAY * w * (w.ndim == 2))

    moments = jax.tree.map(lambda *both: both, means, squares)
    return (jax.tree.map(moved, rates, weights, moments), means, squares, step), loss, hits


def train(
    lm: LanguageModel,
    texts: list[Text],
    *,
    held_out: list[Text],
    vocabulary: np.ndarray,
    out: Path,
) -> Any:
    """Return the trained weights and the curve of loss and acceptance by steps.

    What is reached at each check is kept beside the draft to come, in 8 bits.
    """
    embed = lm.fused["embed"]
    tables = (embed, embed[vocabulary])
    weights = initial_weights(lm, texts, tables[1])
    zeros = jax.tree.map(jnp.zeros_like, weights)
    state = (weights, zeros, jax.tree.map(jnp.copy, zeros), jnp.zeros(()))
    total = sum(1 for _ in stream(texts))
    curve, seen, started = [], [], time.time()
    few = [each for each in held_out if each.number % 16 < 2]
    for step, (data, depth) in enumerate(stream(texts)):
        if step % CHECK_EVERY == 0:
            curve.append(check(lm, state[0], few, vocabulary=vocabulary, step=step, seen=seen))
            out.mkdir(parents=True, exist_ok=True)
            (out / "unfinished.npz").write_bytes(packed(state[0], vocabulary))
            seen = []
        rate = learning_rate(step / total, step)
        state, loss, hits = update(state, data, rate, spec=lm.spec, tables=tables, depth=depth)
        seen.append(float(loss))
        if step % 20 == 0:
            said = " ".join(f"{hit:.3f}" for hit in np.asarray(hits))
            spent = f"{time.time() - started:.0f} s, CPU {time.process_time():.0f} s"
            print(f"{step}/{total} {np.mean(seen[-20:]):.3f} hits {said} {spent}", flush=True)
    curve.append(check(lm, state[0], few, vocabulary=vocabulary, step=total, seen=seen))
    (out / "unfinished.npz").unlink()
    return state[0], curve


def stream(texts: list[Text]) -> Iterator[tuple[Batch, int]]:
    """Yield the batches of all epochs, each with the runs that it gets."""
    rng = np.random.default_rng(SEED)
    for epochs, depth in PHASES:
        for _ in range(epochs):
            yield from ((data, depth) for data in batches(texts, BATCH_TOKENS, rng))


def stored_states(text: Text) -> tuple[np.ndarray, Any]:
    """Return a text's padded ids and the states that were written down with it."""
    length = padded_length(text) + 1
    ids = np.zeros(length, np.int32)
    ids[: len(text.ids)] = text.ids
    missing = length - len(text.states)
    return ids, jnp.asarray(np.pad(text.states, ((0, missing), (0, 0))), jnp.float32)


def learning_rate(share: float, step: int) -> float:
    """Return the rate after a share of all steps: up in a line, down along a cosine."""
    fall = LEAST + (PEAK - LEAST) * (1 + np.cos(np.pi * min(1.0, share))) / 2
    return float(min(1.0, (step + 1) / WARM_UP) * fall)


def check(
    lm: LanguageModel,
    weights: Any,
    few: list[Text],
    *,
    vocabulary: np.ndarray,
    step: int,
    seen: list[float],
) -> dict[str, Any]:
    """Return a point of the curve: the mean loss since the last, and acceptance of some texts."""
    contender = Contender(layer_outputs(lm, weights), lambda _: vocabulary)
    rows = measured(lm, {"": contender}, few, states_of=stored_states)[""]
    point = {
        "step": step,
        "loss": round(float(np.mean(seen)), 4) if seen else None,
        "held out": rows,
    }
    print(json.dumps(point), flush=True)
    return point


if __name__ == "__main__":
    main()
