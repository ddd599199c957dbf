from tokenworks.cost.exchanges import Exchange, exchanged_bytes, together


def test_alike_exchanges_are_counted_together_whatever_their_order():
    sums = [
        Exchange("all-reduce", 64, 4),
        Exchange("all-gather", 8, 4),
        Exchange("all-reduce", 64, 4, 2),
    ]
    once = (Exchange("all-gather", 8, 4, 1), Exchange("all-reduce", 64, 4, 3))
    assert together(sums) == together(reversed(sums)) == once


def test_other_sizes_and_groups_stay_apart():
    kept = [Exchange("send", 8, 2), Exchange("send", 8, 3), Exchange("send", 9, 2)]
    assert together(kept) == tuple(sorted(kept))


def test_an_exchange_of_nothing_with_no_one_or_never_is_none():
    assert (
        together([Exchange("send", 0, 2), Exchange("send", 8, 1), Exchange("send", 8, 2, 0)]) == ()
    )


def test_what_a_device_sends_is_the_collectives_formula_for_every_call():
    summed, sent = Exchange("all-reduce", 64, 4, 3), Exchange("send", 10, 2, 5)
    assert summed.sent_bytes == 3 * 2 * 3 / 4 * 64
    assert exchanged_bytes([summed, sent]) == 288 + 50
    assert exchanged_bytes([]) == 0
