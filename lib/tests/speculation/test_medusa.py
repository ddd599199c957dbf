import numpy as np
import pytest

from tokenworks.model import GREEDY, Sampling, generate
from tokenworks.speculation import MedusaDraft, Speculation, fit_medusa, speculate

HOT = Sampling(temperature=2.0, top_k=7)


@pytest.fixture
def turning(tiny):
    """Texts whose state turns by a fixed matrix a token, so that heads can be perfect."""
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(32, 32)))[0].astype(np.float32)
    texts = []
    for _ in range(30):
        text = [rng.normal(size=32).astype(np.float32)]
        for _ in range(10):
            text.append(turn @ text[-1])
        texts.append(np.stack(text))
    return turn, texts


def propose(sequence, ids, count, *, sampling=GREEDY):
    return sequence.propose(ids, count, sampling=sampling, rng=np.random.default_rng(0))


def test_head_k_is_the_map_over_k_more_places(tiny, turning):
    turn, texts = turning
    draft = fit_medusa(tiny, texts, 3, ridge=1e-9)
    assert isinstance(draft, MedusaDraft)
    assert draft.needs_states
    assert draft.vocab_size == 262
    power = np.eye(32)
    for matrix in draft.matrices:
        power = turn @ power
        np.testing.assert_allclose(matrix, power, atol=1e-3)
    np.testing.assert_allclose(draft.intercepts, 0, atol=1e-3)


def test_each_head_names_the_best_token_of_its_own_guess(tiny, turning):
    turn, texts = turning
    sequence = fit_medusa(tiny, texts, 3, ridge=1e-9).start([3, 4])
    state = texts[0][:1]
    sequence.observe(state, start=0)
    found = propose(sequence, [3, 4], 5)  # one more than there are heads
    embed, guess, wanted = np.asarray(tiny.fused["embed"]), state[0], []
    for _ in range(3):
        guess = turn @ guess
        wanted.append(int((embed @ guess).argmax()))
    assert found.tokens.tolist() == wanted
    assert found.probs is None
    assert propose(sequence, [3, 4], 2).tokens.tolist() == wanted[:2]


def test_it_says_what_it_drew_from_and_nothing_without_the_last_state(tiny, turning):
    sequence = fit_medusa(tiny, turning[1], 2).start([3, 4])
    assert len(propose(sequence, [3, 4], 2).tokens) == 0
    sequence.observe(turning[1][0][:1], start=0)
    found = propose(sequence, [3, 4], 2, sampling=HOT)
    assert (found.probs > 0).sum(axis=1).tolist() == [7, 7]
    sequence.observe(turning[1][0][:1], start=0)
    assert len(propose(sequence, [3, 4, 5], 2).tokens) == 0


def test_the_text_of_the_loop_is_the_models_own(tiny, turning):
    draft = fit_medusa(tiny, turning[1], 2)
    wanted = generate(tiny, [3, 4, 5], max_tokens=12, sampling=GREEDY, ignore_eos=True).ids
    made = speculate(
        tiny, [3, 4, 5], Speculation(draft, 2), max_tokens=12, sampling=GREEDY, ignore_eos=True
    )
    assert made.ids == wanted


def test_heads_without_texts_are_refused(tiny, turning):
    with pytest.raises(ValueError, match="no pairs"):
        fit_medusa(tiny, [turning[1][0][:2]], 2)
    with pytest.raises(ValueError, match="heads"):
        fit_medusa(tiny, turning[1], 0)
