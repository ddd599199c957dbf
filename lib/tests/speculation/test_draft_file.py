import hashlib
from importlib.resources import files

import jax
import numpy as np
import pytest

from tokenworks.model import GREEDY, Sampling, generate
from tokenworks.speculation import Speculation, draft_record, speculate, trained_draft
from tokenworks.speculation.draft_file import STEM, packed, unpacked

from .random_draft import random_draft

VOCABULARY = np.arange(0, 262, 3)


def test_what_is_packed_comes_back_within_half_a_step_of_its_row(tiny):
    weights = random_draft(tiny)
    found, vocabulary = unpacked(packed(weights, VOCABULARY))
    assert vocabulary.tolist() == VOCABULARY.tolist()
    assert jax.tree.structure(found) == jax.tree.structure(weights)
    for name in ("input_scale", "fuse_bias", "final_norm"):
        np.testing.assert_array_equal(found[name], weights[name])
    for was, now in [(weights["fuse"], found["fuse"])] + [
        (weights["layer"][name], found["layer"][name]) for name in ("wqkv", "wo", "w_down")
    ]:
        step = np.abs(was).max(axis=1, keepdims=True) / 127
        assert (np.abs(np.asarray(was) - now) <= step / 2 + 1e-6).all()


def test_the_same_weights_are_the_same_bytes(tiny):
    one, two = (packed(random_draft(tiny), VOCABULARY) for _ in range(2))
    assert one == two
    assert packed(random_draft(tiny, seed=1), VOCABULARY) != one


def test_the_file_that_ships_is_the_one_of_the_record_and_small():
    data = files("tokenworks.data").joinpath(f"{STEM}.npz").read_bytes()
    record = draft_record()
    assert len(data) == record["bytes"] <= 5_000_000
    assert hashlib.sha256(data).hexdigest() == record["sha256"]
    assert "Apache-2.0" in record["licence"]
    assert record["corpus"]["tokens"] >= 500_000
    assert min(record["corpus"]["coverage, trained"].values()) >= 0.95


def test_the_curve_falls():
    curve = draft_record()["curve"]
    assert len(curve) > 3
    for kind in ("chat", "code", "copy"):
        first, last = (curve[i]["held out"][kind]["match"][0] for i in (0, -1))
        assert last > first


def test_another_model_is_refused(tiny):
    with pytest.raises(ValueError, match="not of tiny"):
        trained_draft(tiny)


def test_a_damaged_file_is_refused(lm, monkeypatch):
    wrong = draft_record() | {"sha256": "0" * 64}
    monkeypatch.setattr("tokenworks.speculation.draft_file.draft_record", lambda: wrong)
    with pytest.raises(ValueError, match="damaged"):
        trained_draft(lm)


@pytest.mark.model
def test_the_real_model_writes_its_own_text_with_it_in_fewer_passes(lm):
    prompt = [{"role": "user", "content": "Explain the water cycle to a child."}]
    ids = lm.tokenizer.chat(prompt)
    plain = generate(lm, ids, max_tokens=48, sampling=GREEDY)
    found = speculate(lm, ids, Speculation(trained_draft(lm), 3), max_tokens=48, sampling=GREEDY)
    assert found.ids == plain.ids
    assert found.counts.passes <= 40


@pytest.mark.model
def test_it_proposes_what_its_distribution_allows(lm):
    draft, ids = trained_draft(lm), lm.tokenizer.encode("The capital of France is")
    sequence = draft.start(ids)
    assert draft.vocab_size == lm.spec.vocab_size
    sequence.observe(np.zeros((len(ids) - 1, lm.spec.d_model), np.float32), start=0)
    rng = np.random.default_rng(0)
    found = sequence.propose(ids, 3, sampling=Sampling(top_k=9), rng=rng)
    assert found.probs.shape == (3, lm.spec.vocab_size)
    assert set(found.tokens) <= {*draft.vocabulary.tolist(), *ids}
