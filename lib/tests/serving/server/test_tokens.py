from scripted import ID, LM

from tokenworks.model import GREEDY
from tokenworks.model.logprobs import Logprob, TokenLogprobs
from tokenworks.serving.server.tokens import FINISH_REASON, Delta, newest
from tokenworks.serving.text_requests import TextRequest


def test_later_deltas_are_appended_in_place():
    first = Delta(["a"], 1)
    texts = first.texts
    first.add(Delta([], 1))
    first.add(Delta(["b", "c"], 2, stop_reason="stop"))
    assert (first.text, first.tokens, first.stop_reason) == ("abc", 4, "stop")
    assert first.texts is texts


def test_half_a_character_is_no_text_and_a_token_all_the_same():
    request = TextRequest(prompt_ids=[5], max_tokens=9, sampling=GREEDY, logprobs=0)
    said = []
    for byte in "é!".encode():
        token = ID[bytes([byte])]
        request.output_logprobs.append(TokenLogprobs(Logprob(token, -0.5), ()))
        request.push(token, LM.tokenizer)
        said.append(newest(request))
    assert [delta.texts for delta in said] == [[], ["é"], ["!"]]
    assert [delta.tokens for delta in said] == [1, 1, 1]
    assert [delta.scored[0].taken.id for delta in said] == request.output_ids


def test_a_step_may_give_several_tokens():
    request = TextRequest(prompt_ids=[5], max_tokens=9, sampling=GREEDY, logprobs=0)
    request.cached_tokens = 3
    for sign in "abc":
        request.output_logprobs.append(TokenLogprobs(Logprob(ID[sign.encode()], -0.5), ()))
        request.push(ID[sign.encode()], LM.tokenizer)
    delta = newest(request, 2)
    assert (delta.texts, delta.tokens, delta.first, delta.cached) == (["b", "c"], 2, False, 0)
    assert [each.taken.id for each in delta.scored] == request.output_ids[1:]
    whole = newest(request, 3)
    assert (whole.text, whole.first, whole.cached) == ("abc", True, 3)


def test_what_was_found_in_the_cache_is_told_with_the_first_token_and_not_by_forks():
    parent = TextRequest(prompt_ids=[5] * 9, max_tokens=9, sampling=GREEDY)
    child = TextRequest(prompt_ids=[5] * 9, max_tokens=9, sampling=GREEDY, fork_of=parent)
    parent.cached_tokens, child.cached_tokens = 4, 8
    told = {parent: Delta(), child: Delta()}
    for _ in range(3):
        for request, delta in told.items():
            request.push(ID[b"a"], LM.tokenizer)
            delta.add(newest(request))
    assert [(delta.cached, delta.tokens) for delta in told.values()] == [(4, 3), (0, 3)]


def test_reasons_are_openais_words():
    reasons = {reason: Delta(stop_reason=reason).finish_reason for reason in FINISH_REASON}
    others = {"cancelled": "abort", "error": "error"}
    assert reasons == {"length": "length", "stop": "stop", "eos": "stop"} | others
    assert Delta().finish_reason is None
