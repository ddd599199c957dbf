"""Two vocabularies: the recorded cuts are ours, and a draft's ids mean nothing to the other."""

import pytest

from tokenworks.data.vocabulary_pair import two_vocabularies
from tokenworks.model import load


@pytest.fixture(scope="module")
def tokenizer():
    return load().tokenizer


def test_the_first_is_the_vocabulary_of_the_model(tokenizer):
    found = two_vocabularies()
    assert found.names[0] == "SmolLM2"
    assert found.sizes[0] == len(tokenizer.pieces)
    for cut in found.cuts:
        assert tokenizer.encode(cut.text) == list(cut.ids[0])
        assert tuple(tokenizer.pieces[i].decode() for i in cut.ids[0]) == cut.pieces[0]


def test_both_cuts_are_the_whole_text():
    for cut in two_vocabularies().cuts:
        for ids, pieces in zip(cut.ids, cut.pieces, strict=True):
            assert len(ids) == len(pieces)
            assert "".join(pieces).lstrip() == cut.text


def test_thousands_of_pieces_are_in_both_and_next_to_none_has_the_same_id(tokenizer):
    found = two_vocabularies()
    assert found.same_ids < 10 < 20_000 < found.same_pieces < min(found.sizes)
    same_cut = found.cuts[0]
    assert [p.strip() for p in same_cut.pieces[0]] == [p.strip() for p in same_cut.pieces[1]]
    assert not set(same_cut.ids[0]) & set(same_cut.ids[1])
    assert tokenizer.decode(list(same_cut.ids[1])) != same_cut.text


def test_it_names_its_source():
    found = two_vocabularies()
    assert found.source.startswith("https://pypi.org/project/mistral-common/")
    assert found.accessed == "2026-11-29"
    assert found.license == "Apache-2.0"
