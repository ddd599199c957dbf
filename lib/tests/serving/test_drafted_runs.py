import numpy as np
import pytest

from tokenworks.model import GREEDY, Sampling
from tokenworks.serving.drafted_runs import push_run
from tokenworks.serving.outcome import Made
from tokenworks.serving.ragged import Scores
from tokenworks.serving.text_requests import TextRequest
from tokenworks.speculation import drafted

V = 262


def asking(tokens=(), **settings):
    request = TextRequest(**{"prompt_ids": [5], "max_tokens": 9, "sampling": GREEDY} | settings)
    request.drafted = drafted(tokens)
    return request


def scores(*best, bad=()):
    """Return rows whose most probable tokens are these; some are no numbers."""
    logits = 9.0 * np.eye(V)[list(best)]
    finite = np.array([at not in bad for at in range(len(best))])
    return Scores(np.array(best), finite, logits)


def run(tiny, request, rows):
    drafts = len(request.drafted.tokens)
    return push_run(request, rows, drafts=drafts, tokenizer=tiny.tokenizer)


@pytest.mark.parametrize(
    ("guess", "made"),
    [((), (1, 0)), ((8, 9), (1, 0)), ((7, 9), (2, 1)), ((9, 8), (1, 0)), ((7, 8), (3, 2))],
)
@pytest.mark.parametrize("settings", [{}, {"logprobs": 0}], ids=str)
def test_drafts_stand_up_to_the_first_that_is_another_and_one_token_comes_after(
    tiny, guess, made, *, settings
):
    request = asking(guess, **settings)
    assert run(tiny, request, scores(7, 8, 9)) == (Made(*made), None)
    assert request.output_ids == [7, 8, 9][: made[0]]
    assert len(request.output_logprobs) == (made[0] if settings else 0)


def test_the_end_of_an_answer_ends_the_run(tiny):
    eos_id = tiny.tokenizer.eos_id
    request = asking((7, eos_id, 9))
    assert run(tiny, request, scores(7, eos_id, 9, 10)) == (Made(2, 2), "eos")
    instead = asking((7, 8, 9))
    assert run(tiny, instead, scores(7, eos_id, 9, 10)) == (Made(2, 1), "eos")


def test_no_numbers_end_an_answer_or_a_run_of_drafts(tiny):
    ill, tried = asking(), asking((7, 8))
    assert run(tiny, ill, scores(7, bad=[0])) == (Made(1, 0), "error")
    assert run(tiny, tried, scores(7, 8, 9, bad=[0, 1, 2])) == (Made(0, 0), None)
    assert tried.output_ids == []
    assert run(tiny, tried, scores(7, 8, 9, bad=[2])) == (Made(2, 2), None)
    assert tried.output_ids == [7, 8]


def test_a_certain_draft_leaves_a_drawn_text_as_it_is_and_takes_no_number_of_its_own(tiny):
    logits = np.random.default_rng(0).normal(0, 2, (4, V))
    rows = Scores(logits.argmax(1), np.ones(4, bool), logits)
    plain = asking(sampling=Sampling(seed=3))
    for at in range(4):
        plain.push(plain.choose(logits[at], tiny.tokenizer.eos_id), tiny.tokenizer)
    guess = asking(plain.output_ids[:3], sampling=Sampling(seed=3))
    assert run(tiny, guess, rows) == (Made(4, 3), None)
    assert guess.output_ids == plain.output_ids
    assert guess.rng.random() == plain.rng.random()
