import json
import sys

import numpy as np
import pytest

from tokenworks.model.grammar import Grammars
from tokenworks.model.sampling import Sampling
from tokenworks.serving.text_requests import TextRequest

PERSON = {
    "type": "object",
    "properties": {"name": {"enum": ["Ann", "Zoé"]}, "age": {"type": "integer", "minimum": 0}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def grammars(tiny):
    return Grammars(tiny.tokenizer)


def follow(place, ids):
    """Go along tokens; return those that the mask refused."""
    refused = []
    for token in ids:
        if not place.allowed()[token]:
            refused.append(token)
        place.advance(token)
    return refused


def test_a_mask_is_what_the_grammar_lets_come(tiny, grammars):
    tokenizer = tiny.tokenizer
    place = grammars.compiled('start: "ab" ("c" | "d")').start()
    names = {tokenizer.pieces[i] for i in np.flatnonzero(place.allowed())}
    assert names == {b"a", b"ab", b"abc"}
    assert place.allowed().shape == (len(tokenizer.pieces),)
    assert follow(place, tokenizer.encode("ab")) == []
    assert {tokenizer.pieces[i] for i in np.flatnonzero(place.allowed())} == {b"c", b"d"}
    place.advance(tokenizer.encode("c")[0])
    assert list(np.flatnonzero(place.allowed())) == [tokenizer.eos_id]
    assert not place.lost


def test_each_answer_is_at_its_own_place(tiny, grammars):
    grammar = grammars.compiled('start: "ab"')
    one, other = grammar.start(), grammar.start()
    one.advance(tiny.tokenizer.encode("a")[0])
    pieces = tiny.tokenizer.pieces
    assert [pieces[i] for i in np.flatnonzero(one.allowed())] == [b"b"]
    assert [pieces[i] for i in np.flatnonzero(other.allowed())] == [b"ab"]  # the tokenizer's own


def test_a_text_of_the_schema_is_allowed_and_another_is_not(tiny, grammars):
    grammar = grammars.compiled(f"start: %json {json.dumps(PERSON)}")
    good = tiny.tokenizer.encode('{"name": "Zoé", "age": 7}')
    assert follow(grammar.start(), good) == []
    bad = tiny.tokenizer.encode('{"name": "Bob"')
    assert follow(grammar.start(), bad)[0] == tiny.tokenizer.encode("B")[0]


def test_a_token_that_was_not_allowed_loses_the_place(tiny, grammars):
    place = grammars.compiled('start: "ab"').start()
    place.advance(tiny.tokenizer.encode("c")[0])
    assert place.lost


@pytest.mark.parametrize(
    ("lark", "message"),
    [
        ("begin: 7", "Expected value"),
        ('start: %json {"type": "obj"}', "Invalid type: obj"),
        ('start: %json {"not": {}}', "Unimplemented keys"),
        ('start: %json {"$ref": "#"}', "no text can be of this grammar"),
    ],
)
def test_what_is_no_grammar_is_said(grammars, lark, message):
    with pytest.raises(ValueError, match=message):
        grammars.compiled(lark)


def test_without_its_package_it_names_the_extra(tiny, monkeypatch):
    monkeypatch.setitem(sys.modules, "llguidance", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'tokenworks\[grammar\]'"):
        Grammars(tiny.tokenizer)


@pytest.mark.parametrize("temperature", [0, 1, 5])
def test_whatever_the_model_says_the_answer_is_of_the_schema(tiny, grammars, temperature):
    """Random logits: the mask alone makes the text, and the end comes where it may."""
    grammar = grammars.compiled(f"start: %json {json.dumps(PERSON)}")
    rng, ended, tokenizer = np.random.default_rng(1), 0, tiny.tokenizer
    for seed in range(30):
        request = TextRequest(
            prompt_ids=[5],
            max_tokens=80,
            sampling=Sampling(temperature=temperature, seed=seed),
            grammar=grammar,
        )
        assert request.wants_logits
        reason = None
        while reason is None and len(request.output_ids) < request.max_tokens:
            logits = rng.normal(0, 3, len(tokenizer.pieces))
            reason = request.push(request.choose(logits, tokenizer.eos_id), tokenizer)
        if reason:
            ended += 1
            assert reason == "eos"
            found = json.loads(request.text)
            assert found["name"] in ("Ann", "Zoé")
            assert found["age"] >= 0
            assert set(found) == {"name", "age"}
    assert ended > 10


def test_a_lost_place_ends_the_answer_as_an_error(tiny, grammars):
    request = TextRequest(prompt_ids=[5], max_tokens=9, grammar=grammars.compiled('start: "ab"'))
    token = tiny.tokenizer.encode("c")[0]
    request._place.advance(token)
    assert request.push(token, tiny.tokenizer) == "error"


@pytest.mark.parametrize("also", [{"ignore_eos": True}, {"min_tokens": 1}])
def test_a_grammar_says_where_an_answer_ends(grammars, also):
    with pytest.raises(ValueError, match="a grammar says where an answer ends"):
        TextRequest(prompt_ids=[5], max_tokens=9, grammar=grammars.compiled('start: "a"'), **also)
