"""Whatever ends or steers an answer holds inside a run of drafted tokens too."""

import dataclasses

import numpy as np
import pytest

from serving.guesses import Drawing, answers, told
from serving.served import HOT, Ticks, alone, engine_of, prompt
from tokenworks.model import GREEDY
from tokenworks.model.grammar import Grammars
from tokenworks.model.steering import Steering
from tokenworks.serving.text_requests import TextRequest
from tokenworks.speculation import Speculation


def both(lm, speculation, make, *, least=1.01):
    """Serve the same requests without and with speculation; return them in pairs."""
    found = []
    for each in (None, speculation):
        rows = make()
        engine = engine_of(lm, {"max_batch": 4}, blocks=40, speculation=each)
        engine.serve(rows, clock=Ticks())
        assert engine.pool.free_blocks == 40
        found.append(rows)
    assert engine.drafting.counts.tokens_per_pass >= least
    return list(zip(*found, strict=True))


def say_the_same(pairs):
    for plain, drafted in pairs:
        assert drafted.output_ids == plain.output_ids
        assert drafted.pieces == plain.pieces
        assert drafted.stop_reason == plain.stop_reason
        assert drafted.generated == len(drafted.output_ids)
        assert [each.rank for each in drafted.output_logprobs] == [
            each.rank for each in plain.output_logprobs
        ]
        for one, other in zip(drafted.output_logprobs, plain.output_logprobs, strict=True):
            assert one.taken.logprob == pytest.approx(other.taken.logprob, abs=1e-4)
            assert [each.id for each in one.top] == [each.id for each in other.top]


def asking(**settings):
    """Return the way to requests with these settings, greedy and sampled, for one prompt each."""

    def make():
        return [
            TextRequest(**{"prompt_ids": prompt(i, 6), "max_tokens": 18, "sampling": s} | settings)
            for i, s in enumerate([GREEDY, HOT, dataclasses.replace(HOT, seed=3)])
        ]

    return make


def test_an_end_inside_a_run_ends_it(tiny):
    make = asking(ignore_eos=False)
    ids = list(answers(tiny, make()))[1][1]
    tokenizer = dataclasses.replace(tiny.tokenizer, eos_id=ids[4])
    lm = dataclasses.replace(tiny, tokenizer=tokenizer)
    right = told(tiny, asking()(), gamma=5, wrong=lambda at: False)
    pairs = both(lm, right, make)
    say_the_same(pairs)
    assert (pairs[1][1].stop_reason, pairs[1][1].generated) == ("eos", 1 + ids.index(ids[4]))


def test_stop_strings_stop_tokens_and_bans_hold_inside_a_run(tiny):
    free = alone(tiny, tuple(prompt(1, 6)), max_tokens=18, sampling=HOT, ignore_eos=True)
    right = told(tiny, asking()(), gamma=6, wrong=lambda at: False)
    for ends in (
        {"stop": (free.text[5:8],), "ignore_eos": True},
        {"stop_token_ids": frozenset({free.ids[5]}), "ignore_eos": True},
        {"stop_token_ids": frozenset({free.ids[5]}), "ignore_eos": True, "min_tokens": 9},
        {"stop": (free.text[2:4],), "ignore_eos": True, "min_tokens": 4, "logprobs": 1},
    ):
        pairs = both(tiny, right, asking(**ends))
        say_the_same(pairs)
        if "min_tokens" not in ends:
            assert pairs[1][1].stop_reason == "stop"


@pytest.mark.parametrize(
    "settings",
    [
        {"logprobs": 3},
        {"logprobs": 0, "prompt_logprobs": 2},
        {"steering": Steering(frequency=0.6, presence=0.3, repetition=1.2, bias=((7, 4.0),))},
        {"max_tokens": 1},
        {"max_tokens": 2},
        {"max_tokens": 5},
        {"skip_special_tokens": True},
    ],
    ids=str,
)
def test_what_a_client_may_ask_for_is_answered_as_without_drafts(tiny, settings):
    make = asking(ignore_eos=True, **settings)
    speculation = told(tiny, make(), gamma=4)
    short = settings.get("max_tokens", 9) <= 2  # no room beside the model's own token
    say_the_same(both(tiny, speculation, make, least=0 if short else 1.01))


def test_a_grammar_holds_what_is_drafted(tiny):
    """The looked-up draft is the plain answer; one that draws proposes what is not allowed."""
    grammar = Grammars(tiny.tokenizer).compiled('start: ("ab" | "c") " a"+ "d"')
    make = asking(grammar=grammar)
    plain = make()
    engine_of(tiny, {"max_batch": 4}, blocks=40).serve(plain, clock=Ticks())
    right = told(tiny, [], gamma=4)
    right.draft.answers = {tuple(row.prompt_ids): row.output_ids for row in plain}
    say_the_same(both(tiny, right, make))
    rows = make()
    drawing = Speculation(Drawing(np.zeros(tiny.spec.vocab_size)), 3)
    engine = engine_of(tiny, {"max_batch": 4}, blocks=40, speculation=drawing)
    engine.serve(rows, clock=Ticks())
    assert rows[0].output_ids == plain[0].output_ids
    for row in rows:
        place = grammar.start()
        for token in row.output_ids:
            assert place.allowed()[token]
            place.advance(token)
