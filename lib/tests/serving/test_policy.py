import pytest

from tokenworks.serving.policy import Policy


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"batching": "magic"}, "batching must be one of static, dynamic, continuous"),
        ({"order": "random"}, "order must be"),
        ({"preemption": "kill"}, "preemption must be"),
        ({"max_batch": 0}, "max_batch must be"),
        ({"max_waiting": 0}, "max_waiting must be"),
        ({"batching": "dynamic", "window_seconds": -1.0}, "window_seconds must be"),
        ({"window_seconds": 0.1}, "only dynamic batching has a window"),
        ({"batching": "static", "max_batch_tokens": 64}, "only continuous batching"),
        ({"max_batch_tokens": 7}, "at least max_batch"),
        (
            {"batching": "static", "share_prefixes": True},
            "only continuous batching shares prefixes",
        ),
    ],
)
def test_an_impossible_choice_is_refused_with_its_name(wrong, message):
    with pytest.raises(ValueError, match=message):
        Policy(**{"max_batch": 8, **wrong})


def test_whole_requests_reserve_their_longest_answer():
    assert Policy(max_batch=1, batching="static").reserves
    assert Policy(max_batch=1, batching="dynamic").reserves
    assert not Policy(max_batch=1).reserves
    assert Policy(max_batch=1, reserve=True).reserves
