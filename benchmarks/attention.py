"""What pages cost a decode step, and what a shared prefix saves of the wait for a first token.

Steps: eight texts, all layers of the real model, as the engine calls them. With `pages` each text
lies in pages strewn over the pool, and every step gathers them; with `slots` it lies in one piece
where attention reads it. `slots, blanked` does the masking that lets pages hold anything, too, so
that `pages` differs from it by the gather alone. Attention alone: one layer of the same, and the
loop over pages with online softmax that was not chosen. First token: a system prompt of 200
tokens and a question, then another question after the same prompt. Variants take turns, because a
shared machine drifts.

    python benchmarks/attention.py [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from decode import summary
from provenance import provenance

from tokenworks.architecture import ModelSpec
from tokenworks.kernels.naive import attention
from tokenworks.kernels.online_softmax import finish, start, update
from tokenworks.kernels.paged import gather, paged_attention
from tokenworks.model import GREEDY, LanguageModel, load
from tokenworks.model.layers import block_around
from tokenworks.serving.buckets import Buckets
from tokenworks.serving.engine import Engine
from tokenworks.serving.policy import Policy
from tokenworks.serving.ragged import (
    Rectangle,
    Rows,
    embed_rows,
    paged_block,
    score_rows,
    top_weights,
)
from tokenworks.serving.text_requests import TextRequest

RESULT = Path(__file__).parent / "results" / "attention.json"
BATCH, BLOCK_SIZE, CONTEXTS = 8, 16, (256, 1024)
STEPS, CALLS, WARM = 10, 20, 2
SYSTEM_TOKENS, QUESTION_TOKENS = 200, 16
EXACT = {"precision": "highest"}


def main() -> None:
    """Measure, print and record."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    lm = load()
    record = provenance("python benchmarks/attention.py", ("jax", "jaxlib", "numpy"))
    record |= {"rounds": rounds, "batch": BATCH, "block_size": BLOCK_SIZE}
    record |= {"decode_step": {str(n): steps(lm, n, rounds=rounds) for n in CONTEXTS}}
    record |= {"attention_of_a_layer": {str(n): alone(lm.spec, n, rounds) for n in CONTEXTS}}
    record |= {"first_token": first_tokens(lm, rounds)}
    RESULT.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record, indent=1))


def rows_at(context: int) -> Rows:
    """Return a decode step of texts that end with the context, each in pages of its own."""
    pages = context // BLOCK_SIZE
    strewn = np.random.default_rng(0).permutation(BATCH * pages).astype(np.int32)
    tables = strewn.reshape(BATCH, pages)
    ids = np.full((BATCH, 1), 5, np.int32)
    last = np.full((BATCH, 1), context - 1, np.int32)
    cells = tables[:, -1:] * BLOCK_SIZE + BLOCK_SIZE - 1
    return Rows((Rectangle(ids, last, cells, tables),), np.arange(BATCH, dtype=np.int32))


def buffers(spec: ModelSpec, *shape: int) -> tuple[Any, Any]:
    """Return keys and values of a layer, all of them some number."""
    whole = (*shape, spec.n_kv_heads, spec.d_head)
    rng = np.random.default_rng(1)
    return tuple(jnp.asarray(rng.normal(size=whole), jnp.float32) for _ in range(2))


@partial(jax.jit, static_argnames=("spec", "blanked"), donate_argnames=("x", "slots"))
def slots_block(
    x: Any, layer: Any, slots: Any, *, rows: Rows, spec: ModelSpec, blanked: bool
) -> tuple[Any, Any]:
    """Run a layer as `paged_block` does, over buffers [B, S, K, D] instead of pages."""
    at = rows.rectangles[0].positions
    lengths = at.max(axis=1) + 1 if blanked else None

    def mix(q: Any, k: Any, v: Any) -> tuple[Any, Any]:
        cells = (jnp.arange(BATCH), at[:, 0])
        kept = tuple(b.at[cells].set(new[0]) for b, new in zip(slots, (k, v), strict=True))
        own = q.reshape(BATCH, 1, *q.shape[2:])
        out = attention(own, *kept, positions=at, lengths=lengths, **EXACT)
        return out.reshape(q.shape), kept

    return block_around(mix, x, layer, spec=spec, positions=rows.flat("positions"), **EXACT)


def steps(lm: LanguageModel, context: int, *, rounds: int) -> dict[str, Any]:
    """Time whole decode steps."""
    spec, rows, top = lm.spec, jax.device_put(rows_at(context)), top_weights(lm.fused)
    cells = (BATCH * context + BLOCK_SIZE,)
    blocks = {
        "pages": (partial(paged_block, block_size=BLOCK_SIZE, **EXACT), cells),
        "slots": (partial(slots_block, blanked=False), (BATCH, context)),
        "slots, blanked": (partial(slots_block, blanked=True), (BATCH, context)),
    }
    caches = {
        name: [buffers(spec, *shape) for _ in range(spec.n_layers)]
        for name, (_, shape) in blocks.items()
    }

    def step(name: str) -> None:
        x, kept = embed_rows(top["embed"], rows), caches[name]
        for i, layer in enumerate(lm.fused["layers"]):
            x, kept[i] = blocks[name][0](x, layer, kept[i], rows=rows, spec=spec)
        scores = score_rows(top, x, rows.scored, eps=spec.norm_eps, **EXACT)
        scores.tokens.block_until_ready()

    each = {name: partial(step, name) for name in blocks}
    return compared(each, rounds=rounds, times=STEPS)


def alone(spec: ModelSpec, context: int, rounds: int) -> dict[str, Any]:
    """Time the attention of one layer."""
    (part,), q = rows_at(context).rectangles, buffers(spec, BATCH, 1)[0]
    q = jnp.repeat(q, spec.n_heads // spec.n_kv_heads, axis=2)
    at, pages = part.positions, buffers(spec, BATCH * context + BLOCK_SIZE)
    slots = tuple(gather(each, part.tables, BLOCK_SIZE) for each in pages)
    strewn = {"tables": jnp.asarray(part.tables), "positions": at}
    calls = {
        "pages": partial(jitted(paged_attention, block_size=BLOCK_SIZE), q, pages, **strewn),
        "slots": partial(jitted(attention), q, *slots, positions=at),
        "page by page": partial(jitted(page_by_page), q, pages, **strewn),
    }
    answers = [np.asarray(call()) for call in calls.values()]
    for answer in answers[1:]:
        np.testing.assert_allclose(answer, answers[0], rtol=1e-4, atol=1e-5)
    each = {name: lambda call=call: call().block_until_ready() for name, call in calls.items()}
    return compared(each, rounds=rounds, times=CALLS)


def jitted(function: Callable[..., Any], **settings: Any) -> Callable[..., Any]:
    """Return a function compiled, all but its arrays fixed."""
    return jax.jit(partial(function, **settings, **EXACT))


def page_by_page(q: Any, pages: Any, *, tables: Any, positions: Any, precision: str) -> Any:
    """Attend to one page after another, without writing the gathered pages out."""
    keys, values = (each.reshape(-1, BLOCK_SIZE, *each.shape[1:]) for each in pages)
    heads, d_head = q.shape[2:]
    grouped = q.reshape(BATCH, keys.shape[2], -1, d_head)

    def step(state: Any, column: Any) -> tuple[Any, None]:
        number, page = column
        seen = number * BLOCK_SIZE + jnp.arange(BLOCK_SIZE) <= positions
        scores = jnp.einsum("bkgd,bskd->bkgs", grouped, keys[page], precision=precision)
        scores = jnp.where(seen[:, None, None], scores * d_head**-0.5, -jnp.inf)
        known = jnp.where(seen[:, :, None, None], values[page], 0)
        return update(state, scores, known.swapaxes(1, 2), precision=precision), None

    columns = (jnp.arange(tables.shape[1]), tables.T)
    state = start(grouped.shape[:-1], d_head)
    return finish(jax.lax.scan(step, state, columns)[0]).reshape(BATCH, 1, heads, d_head)


def compared(each: dict[str, Callable[[], Any]], *, rounds: int, times: int) -> dict[str, Any]:
    """Run everything in turns; return seconds, and how many times the first takes the others."""
    seconds: dict[str, list[float]] = {name: [] for name in each}
    for call in each.values():
        for _ in range(WARM):
            call()
    for _ in range(rounds):
        for name, call in each.items():
            begun = time.perf_counter()
            for _ in range(times):
                call()
            seconds[name].append((time.perf_counter() - begun) / times)
    first, *others = each
    ratios = {name: zip(seconds[first], seconds[name], strict=True) for name in others}
    return {
        "seconds": {name: summary(values) for name, values in seconds.items()},
        f"{first}_over": {n: summary([a / b for a, b in pairs]) for n, pairs in ratios.items()},
    }


def first_tokens(lm: LanguageModel, rounds: int) -> dict[str, Any]:
    """Time from arrival to the first token of a lone request, its prefix unknown and known."""
    few = Buckets(decodes=(1,), prompts=1, widths=(32, 256), contexts=(256,))
    policy = Policy(max_batch=1, share_prefixes=True)
    sizes = {"blocks": 32, "block_size": BLOCK_SIZE, "context_tokens": 256}
    engine = Engine(lm, policy, **sizes, buckets=few)
    engine.warm_up()
    random = np.random.default_rng(2)
    seconds: dict[str, list[float]] = {"cold": [], "cached": []}
    computed = dict.fromkeys(seconds, 0)
    for _ in range(rounds):
        system = random.integers(5, lm.spec.vocab_size, SYSTEM_TOKENS).tolist()
        for name, times in seconds.items():
            question = random.integers(5, lm.spec.vocab_size, QUESTION_TOKENS).tolist()
            asked = TextRequest(prompt_ids=system + question, max_tokens=2, sampling=GREEDY)
            engine.serve([asked])
            times.append(asked.token_seconds[0])
            computed[name] = asked.prompt_tokens - asked.cached_tokens
    pairs = zip(seconds["cold"], seconds["cached"], strict=True)
    return {
        "system_prompt_tokens": SYSTEM_TOKENS,
        "question_tokens": QUESTION_TOKENS,
        "computed_tokens": computed,
        "seconds": {name: summary(times) for name, times in seconds.items()},
        "cold_over_cached": summary([cold / cached for cold, cached in pairs]),
    }


if __name__ == "__main__":
    main()
