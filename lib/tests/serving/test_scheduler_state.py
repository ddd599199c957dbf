"""Who is admitted, preempted and brought back, on traces small enough to follow by hand."""

from serving.plain import ask, scheduler, step
from tokenworks.serving.block_pool import BlockPool


def test_a_swapped_request_goes_on_where_it_was():
    first, second = ask(prompt=4, most=4), ask(prompt=4, most=4)
    made = scheduler(first, second, blocks=2, host=BlockPool(4, 4), preemption="swap")
    step(made)
    batch = made.schedule(1.0)
    assert [swap.request for swap in batch.swapped_out] == [second]
    assert second.status == "swapped"
    made.postprocess(batch, [2.0])
    while second.status == "swapped":
        batch = made.schedule(3.0)
        made.postprocess(batch, [4.0])
    assert [swap.request for swap in batch.swapped_in] == [second]
    assert [(work.start, work.tokens) for work in batch.work] == [(4, 1)]


def test_with_a_full_host_a_swap_becomes_a_recompute():
    first, second = ask(prompt=4, most=4), ask(prompt=8, most=4)
    made = scheduler(first, second, blocks=3, host=BlockPool(1, 4), preemption="swap")
    step(made)
    assert made.schedule(1.0).swapped_out == ()
    assert (second.status, second.computed) == ("waiting", 0)


def test_reserved_requests_are_admitted_fewer_and_never_preempted():
    first, second = ask(prompt=4, most=4), ask(prompt=4, most=4)
    made = scheduler(first, second, blocks=3, reserve=True)
    for _ in range(4):
        assert len(step(made)[0]) == 1
    assert first.status == "finished"
    assert step(made)[0] == [(0, 4, True)]


def test_a_small_request_does_not_overtake_the_head_that_does_not_fit():
    made = scheduler(ask(prompt=8, most=4), ask(prompt=8, most=1), ask(prompt=1), blocks=3)
    assert step(made)[0] == [(0, 8, True)]
    assert made.waiting == 2


def test_the_urgent_go_first_and_the_last_of_them_make_room():
    calm, urgent = ask(prompt=4, most=4, priority=1), ask(prompt=4, most=4, arrival=1.0)
    made = scheduler(calm, urgent, blocks=2, order="priority")
    step(made)
    step(made)
    assert (calm.status, urgent.status) == ("waiting", "running")
