"""Static and dynamic batches on traces small enough to follow by hand."""

from serving.plain import ask, scheduler, step


def test_a_static_batch_waits_until_it_is_full_and_ends_with_its_longest():
    short, long, third = ask(most=1), ask(most=2), ask()
    made = scheduler(short, batching="static")
    assert made.schedule(100.0) is None
    made.add(long)
    made.add(third)
    assert step(made) == ([(0, 3, True), (0, 3, True)], [])
    assert short.done
    assert short.status == "running"
    assert step(made, now=1.0) == ([(3, 1, True)], [short, long])
    assert short.token_seconds == [1.0]
    assert short.finished_seconds == 2.0
    assert made.schedule(3.0) is None  # the third waits for a partner
    made.close()
    assert step(made)[0] == [(0, 3, True)]


def test_a_dynamic_window_opens_with_the_first_request_and_closes_on_time():
    made = scheduler(ask(arrival=7.0), batching="dynamic", window_seconds=0.5)
    assert made.wake_seconds() == 7.5
    assert made.schedule(7.4) is None
    assert made.schedule(7.5) is not None
    assert made.wake_seconds() is None  # a batch runs


def test_a_full_dynamic_batch_does_not_wait_for_its_window():
    made = scheduler(ask(), ask(), batching="dynamic", window_seconds=9.0)
    assert made.schedule(0.0) is not None


def test_cancelling_the_last_unfinished_one_ends_a_static_batch():
    short, long = ask(most=1), ask(most=9)
    made = scheduler(short, long, batching="static")
    step(made)
    assert made.cancel(long, 4.0) == [short]
    assert short.finished_seconds == 4.0
    assert made.schedule(5.0) is None
