"""SIM-02: its recorded trie against `model.sampling` and against the model itself."""

import math
from dataclasses import asdict

import numpy as np
import pytest

from tokenworks.model import Sampling, draw, generate, load, probabilities
from tokenworks.widgets.decode_loop import decode_loop, drawn, node_at, recorded, step_at

DATA = recorded()
CAT = "The cat sat on the"
DEFAULT = {"temperature": 1.0, "top_k": 30, "top_p": 0.95, "min_p": 0.0, "seed": 0}
OFF = {"temperature": 1.0, "top_k": None, "top_p": 1.0, "min_p": 0.0, "seed": 0}
VARIANTS = [
    DEFAULT,
    OFF,
    *({**OFF, "temperature": t} for t in DATA["grid"]["temperature"]),
    *({**DEFAULT, "top_k": k} for k in DATA["grid"]["top_k"]),
    *({**OFF, "top_p": p} for p in DATA["grid"]["top_p"]),
    *({**OFF, "min_p": m, "temperature": 1.5} for m in DATA["grid"]["min_p"]),
    *({**OFF, "top_p": 0.9, "min_p": m, "temperature": 2.0} for m in DATA["grid"]["min_p"]),
    *({**DEFAULT, "top_k": 10, "top_p": 0.7, "min_p": 0.05, "seed": s} for s in range(10)),
]


def full_logits(node, *, temperature):
    """Spread the recorded tail over a second, flat part of the vocabulary."""
    logits = DATA["top"][node] - np.cumsum(DATA["gaps"][node]) / 1e4
    tail = DATA["tail"][node][DATA["grid"]["temperature"].index(temperature)]
    others = DATA["vocab"] - logits.size
    flat = DATA["top"][node] + temperature * (tail - math.log(others))
    return np.concatenate([logits, np.full(others, flat)])


@pytest.mark.parametrize("sampling", [v for v in VARIANTS if v["top_k"] and v["temperature"]])
def test_step_equals_model_sampling(sampling):
    path = []
    for _ in range(3):
        step = step_at(DATA, CAT, path, **sampling)
        logits = full_logits(node_at(DATA, CAT, path), temperature=sampling["temperature"])
        probs = probabilities(logits, Sampling(**sampling))
        assert step["after"] == pytest.approx(probs[:32].tolist(), abs=1e-12)
        assert step["rest_after"] == 0
        assert step["chosen"] == draw(probs, step["u"])
        if not step["more"]:
            break
        path.append(step["ids"][step["chosen"]])


@pytest.mark.model
@pytest.mark.parametrize("sampling", VARIANTS)
def test_step_equals_the_model_with_its_whole_vocabulary(sampling):
    lm = load()
    ids = lm.tokenizer.encode(CAT)
    logits = first_logits(lm, tuple(ids))
    probs = probabilities(logits, Sampling(**sampling))
    step = step_at(DATA, CAT, [], **sampling)
    assert step["after"] == pytest.approx(probs[step["ids"]].tolist(), rel=3e-4, abs=1e-4)
    others = probs.sum() - probs[step["ids"]].sum()
    assert step["rest_after"] == pytest.approx(others, rel=2e-3, abs=1e-4)
    token = draw(probs, step["u"])
    chosen = None if step["chosen"] is None else step["ids"][step["chosen"]]
    assert chosen == (token if token in step["ids"] else None)


def first_logits(lm, ids, held={}):  # noqa: B006 (a cache of one forward pass)
    if ids not in held:
        from tokenworks.model import stream

        held[ids] = np.asarray(next(iter(stream(lm, ids, max_tokens=1))).logits, np.float64)
    return held[ids]


@pytest.mark.model
@pytest.mark.parametrize("seed", [0, 3, 9])
def test_default_walk_is_what_generate_says(seed):
    sampling = {**DEFAULT, "seed": seed}
    path = walk(CAT, sampling)
    said = generate(load(), CAT, max_tokens=len(path), sampling=Sampling(**sampling))
    assert path == said.ids


def walk(prompt, sampling):
    path = []
    while True:
        step = step_at(DATA, prompt, path, **sampling)
        path.append(step["ids"][step["chosen"]])
        if not step["more"]:
            return path


@pytest.mark.parametrize("temperature", [0, 0.2, 0.5, 0.8, 1.0, 1.2])
@pytest.mark.parametrize("entry", DATA["prompts"], ids=lambda entry: entry["text"])
def test_every_seed_reaches_the_end_at_the_default_filters(entry, temperature):
    for seed in DATA["grid"]["seed"]:
        path = walk(entry["text"], {**DEFAULT, "temperature": temperature, "seed": seed})
        assert len(path) == DATA["steps"] or path[-1] == DATA["eos"]


def test_greedy_takes_the_first_whatever_the_draw():
    step = step_at(DATA, CAT, [], **{**OFF, "temperature": 0, "seed": 7})
    assert step["chosen"] == 0
    assert step["after"][0] == 1
    assert step["lost"][1] == "temperature 0"


def test_filters_are_named_in_their_order():
    lost = step_at(DATA, CAT, [], **{**OFF, "top_k": 20, "top_p": 0.5, "min_p": 0.2})["lost"]
    assert lost[-1] == "top-k"
    assert lost.index("top-p") < lost.index("top-k")
    assert set(lost) <= {"", "top-k", "top-p", "min-p"}


def test_uniforms_are_numpys():
    for seed in DATA["grid"]["seed"]:
        assert DATA["uniforms"][seed] == np.random.default_rng(seed).random(DATA["steps"]).tolist()


def test_draw_walks_the_survivors():
    assert drawn([0.5, 0.0, 0.5, 0.0], 0.49) == 0
    assert drawn([0.5, 0.0, 0.5, 0.0], 0.5) == 2
    assert drawn([0.3, 0.3, 0.4], 0.9) is None


def test_refusals():
    with pytest.raises(ValueError, match=r"choose from 0, 0\.2, 0\.5"):
        decode_loop(temperature=0.3)
    with pytest.raises(ValueError, match="prompt = 'Hi' is not recorded"):
        decode_loop("Hi")
    with pytest.raises(ValueError, match="no step after token 1 is recorded"):
        node_at(DATA, CAT, [1])
    with pytest.raises(ValueError, match="choose from 1, 2, 3, 5, 10, 20, 30, off"):
        decode_loop(top_k=7)


def test_text_forms():
    widget = decode_loop()
    assert repr(widget) == (
        "DecodeLoop(prompt='The cat sat on the', temperature=1.0, top_k=30, top_p=0.95, "
        "min_p=0.0, seed=0)"
    )
    assert "after the filters" in widget.fallback()
    assert asdict(Sampling()).keys() == DEFAULT.keys()


def test_data_is_small():
    assert len(widget_json()) < 400_000


def widget_json():
    return decode_loop().static_html()
