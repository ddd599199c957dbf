from tokenworks.serving.request import Request
from tokenworks.serving.waiting import WaitingQueue


def ask(arrival=0.0, priority=0, parent=None):
    return Request(
        prompt_tokens=1,
        max_tokens=1,
        arrival_seconds=arrival,
        priority=priority,
        fork_of=parent,
    )


def test_first_come_first_served_whatever_the_priority():
    queue, late, early = WaitingQueue("fcfs"), ask(2.0, priority=-5), ask(1.0)
    queue.push(late)
    queue.push(early)
    assert [queue.pop(), queue.pop()] == [early, late]


def test_lower_priority_numbers_go_first_and_equals_by_arrival():
    queue = WaitingQueue("priority")
    last, first, second = ask(0.0, 1), ask(1.0, 0), ask(2.0, 0)
    for request in (last, second, first):
        queue.push(request)
    assert [queue.pop() for _ in range(3)] == [first, second, last]


def test_who_is_put_back_keeps_the_place():
    queue, first, second = WaitingQueue("fcfs"), ask(), ask()
    queue.push(first)
    queue.push(second)
    queue.push(queue.pop())
    assert queue.head() is first


def test_a_dropped_request_is_not_counted_and_never_comes_out():
    queue, first, second = WaitingQueue("fcfs"), ask(3.0), ask(4.0)
    queue.push(first)
    queue.push(second)
    queue.drop(first)
    assert len(queue) == 1
    assert queue.oldest_seconds() == 4.0
    assert queue.pop() is second
    assert queue.head() is None
    assert len(queue) == 0


def test_a_fork_waits_beside_the_line_and_keeps_its_place_in_it():
    queue, parent = WaitingQueue("fcfs"), ask()
    fork, later = ask(parent=parent), ask()
    for request in (parent, fork, later):
        queue.enter(request)
    assert (len(queue), queue.ready, queue.awaits_prompt) == (3, 2, True)
    assert queue.pop() is parent
    queue.release_forks_of([parent])
    assert queue.head() is later  # the prompt is not computed yet
    parent.computed = 1
    queue.release_forks_of([parent])
    assert queue.awaits_prompt
    assert queue.pop() is fork
    assert not queue.awaits_prompt
    assert queue.pop() is later
    assert (len(queue), queue.awaits_prompt) == (0, False)


def test_a_fork_does_not_wait_where_nobody_would_call_it():
    parent = ask()
    for forks_wait, status, computed in ((False, "waiting", 0), (True, "running", 1)):
        queue = WaitingQueue("fcfs", forks_wait)
        queue.push(parent)
        parent.status, parent.computed = status, computed
        queue.enter(ask(parent=parent))
        assert queue.ready == 2
    parent.status = "finished"
    queue = WaitingQueue("fcfs")
    queue.enter(ask(parent=parent))
    assert queue.ready == 1


def test_a_fork_that_is_dropped_is_not_called():
    queue, parent = WaitingQueue("fcfs"), ask()
    forks = [ask(parent=parent) for _ in range(2)]
    for request in (parent, *forks):
        queue.enter(request)
    queue.drop(forks[0])
    assert (len(queue), queue.ready) == (2, 1)
    queue.release_forks(parent)
    assert [queue.pop(), queue.pop(), queue.head()] == [parent, forks[1], None]


def test_a_place_is_known_until_it_is_forgotten():
    queue, request = WaitingQueue("fcfs"), ask()
    assert request not in queue
    queue.enter(request)
    queue.pop()
    assert request in queue
    queue.forget(request)
    assert request not in queue
