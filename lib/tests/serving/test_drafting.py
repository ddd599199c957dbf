import pytest

from serving.guesses import Told
from tokenworks.model import GREEDY
from tokenworks.serving.batch import Batch, Work
from tokenworks.serving.drafting import Drafting
from tokenworks.serving.outcome import Made, Outcome
from tokenworks.serving.text_requests import TextRequest
from tokenworks.speculation import Speculation, drafted

V = 262


def asking(output=(), **settings):
    request = TextRequest(
        **{"prompt_ids": [5, 6], "max_tokens": 6, "sampling": GREEDY, "ignore_eos": True} | settings
    )
    request.output_ids += output
    request._known += output
    return request


def drafting(gamma=3, **more):
    return Drafting(Speculation(Told(V, [([5, 6], range(10, 20))]), gamma, **more), V)


def after(request, drafts=0):
    """Return the batch that has just given a request its last token."""
    start = request.prompt_tokens + len(request.output_ids) - 1
    return Batch((Work(request, start, 1 + drafts, True, drafts),), 1)


@pytest.mark.parametrize(
    ("output", "guess"),
    [([10], [11, 12, 13]), ([10, 11, 12], [13, 14]), ([10] * 5, []), ([1] * 6, [])],
)
def test_it_guesses_no_more_than_the_answer_has_room_for(output, guess):
    request = asking(output)
    found = drafting().propose(after(request), Outcome())
    assert request.drafted.tokens.tolist() == guess
    assert found == ({request: len(guess)} if guess else {})


def test_who_has_ended_is_forgotten_and_who_reads_is_left_alone():
    made, ended, reading = drafting(), asking([10]), asking()
    made.propose(after(ended), Outcome())
    batch = Batch((*after(ended).work, Work(reading, 0, 1, False)), 2)
    assert made.propose(batch, Outcome({ended: "stop"})) == {}
    assert len(made._open) == 0
    assert ended.drafted.tokens.size == 0


def test_passes_are_counted_but_not_those_that_read_a_prompt():
    made, request = drafting(), asking([10])
    made.propose(Batch((Work(request, 0, 2, True),), 1), Outcome())
    assert made.counts.passes == 0
    request = asking([10, 11, 12])
    made.propose(after(request, 3), Outcome(made={request: Made(2, 1)}))
    made.propose(after(request), Outcome())
    assert (made.counts.passes, made.counts.tokens) == (2, 3)
    assert (made.counts.drafted, made.counts.accepted) == ([1, 1, 1], [1, 0, 0])


def test_after_logits_that_were_no_numbers_nothing_is_guessed():
    request = asking([10, 11])
    assert drafting().propose(after(request, 2), Outcome(made={request: Made(0, 0)})) == {}
    assert request.drafted.tokens.size == 0


def test_the_length_follows_what_was_accepted():
    made, request = drafting(schedule="heuristic"), asking([10], max_tokens=30)
    assert made.propose(after(request), Outcome()) == {request: 3}
    assert made.propose(after(request, 3), Outcome(made={request: Made(1, 0)})) == {request: 2}


@pytest.mark.parametrize(
    ("tokens", "message"),
    [([1, 2, 3, 4], "was asked for 3 tokens, it gave 4"), ([V], "not among the 262 of p")],
)
def test_a_draft_that_breaks_its_word_is_named(tokens, message):
    class Broken(Told):
        def start(self, prompt_ids):
            self.propose = lambda ids, count, **_: drafted(tokens)
            return self

        def observe(self, states, *, start):
            pass

    request = asking([10])
    with pytest.raises(ValueError, match=message):
        Drafting(Speculation(Broken(V, []), 3), V).propose(after(request), Outcome())
