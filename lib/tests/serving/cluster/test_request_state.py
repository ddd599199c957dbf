"""What becomes of a request that leaves a replica before its end."""

from serving.cluster.drawn import ask
from tokenworks.serving.cluster.request_state import hand_over, hang_up, start_over


def test_starting_over_keeps_tokens():
    request = ask(4, 3)
    request.generated, request.computed = 2, 5
    start_over(request)
    assert (request.generated, request.missing_tokens) == (2, 6)


def test_a_request_that_is_handed_over_has_its_cache_and_waits():
    request = ask(4, 3)
    request.generated, request.computed, request.stop_reason = 1, 4, "stop"
    hand_over(request)
    assert (request.status, request.done, request.missing_tokens) == ("waiting", False, 1)


def test_who_hangs_up_is_done_and_has_no_whole_answer():
    request = ask(4, 3)
    hang_up(request, 2.5)
    assert (request.status, request.stop_reason, request.done) == ("finished", "cancelled", True)
    assert request.finished_seconds == 2.5
