from tokenworks.serving.outcome import ONE_EACH, Made, Outcome
from tokenworks.serving.request import Request


def test_without_more_to_say_everyone_got_one_token():
    assert Outcome() == ONE_EACH
    assert not (ONE_EACH.stopped)
    assert not (ONE_EACH.made)
    assert not (ONE_EACH.drafted)


def test_what_a_draft_brought_is_told_by_request():
    request = Request(prompt_tokens=3, max_tokens=9)
    outcome = Outcome(made={request: Made(3, 2)}, drafted={request: 4})
    assert outcome.made[request].tokens == 1 + outcome.made[request].accepted
