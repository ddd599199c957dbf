"""Wrong answers about a cache after a round and about tokens looked up, with the named mistake.

The name is "" where no listed mistake fits. Written without the package's own list of mistakes, so
that one can be held against the other.
"""

from __future__ import annotations

import math


def settled(kept, written, size, *, blocks=None, freed=None):
    """Return the three numbers; the keywords are what may be wrong."""
    blocks = blocks or (lambda tokens: math.ceil(tokens / size))
    return [kept, blocks(kept), blocks(written) - blocks(kept) if freed is None else freed]


def draft_stays(cached, gamma, accepted, size):
    return settled(cached + gamma + 1, cached + gamma + 1, size)


def answer_cached(cached, gamma, accepted, size):
    return settled(cached + accepted + 2, cached + gamma + 1, size)


def newest_forgotten(cached, gamma, accepted, size):
    return settled(cached + accepted, cached + gamma + 1, size)


def to_the_start(cached, gamma, accepted, size):
    return settled(cached, cached + 1 + gamma, size)


def all_or_none(cached, gamma, accepted, size):
    kept = cached + 1 + gamma if accepted == gamma else cached + 1
    return settled(kept, cached + 1 + gamma, size)


def one_more_at_the_border(cached, gamma, accepted, size):
    return settled(
        cached + 1 + accepted, cached + 1 + gamma, size, blocks=lambda tokens: tokens // size + 1
    )


def whole_blocks(cached, gamma, accepted, size):
    return settled(
        cached + 1 + accepted, cached + 1 + gamma, size, blocks=lambda tokens: tokens // size
    )


def blocks_of_rejected(cached, gamma, accepted, size):
    freed = math.ceil((gamma - accepted) / size)
    return settled(cached + 1 + accepted, cached + 1 + gamma, size, freed=freed)


def whole_blocks_of_rejected(cached, gamma, accepted, size):
    freed = (gamma - accepted) // size
    return settled(cached + 1 + accepted, cached + 1 + gamma, size, freed=freed)


def in_use(cached, gamma, accepted, size):
    freed = math.ceil((cached + 1 + gamma) / size)
    return settled(cached + 1 + accepted, cached + 1 + gamma, size, freed=freed)


def draft_written_alone(cached, gamma, accepted, size):
    return settled(cached + 1 + accepted, cached + gamma, size)


def room_for_the_next_token(cached, gamma, accepted, size):
    """Keep the block that the model's own token will need."""
    kept, written = cached + 1 + accepted, cached + 1 + gamma
    held = math.ceil((kept + 1) / size)
    return [kept, held, max(0, math.ceil(written / size) - held)]


def found(ids, gamma, sizes, starts, *, take=None):
    """Look an end up; `starts(n)` are the places, `take(at, n)` what follows."""
    take = take or (lambda at, n: (ids[at + n :] * gamma)[:gamma])
    for n in sizes:
        for at in starts(n):
            if at >= 0 and ids[at : at + n] == ids[-n:] and n <= len(ids):
                return take(at, n)
    return []


def down(ids):
    return lambda n: range(len(ids) - n - 1, -1, -1)


def from_the_left(ids, gamma, longest):
    return found(ids, gamma, range(longest, 0, -1), lambda n: range(len(ids) - n))


def meets_itself(ids, gamma, longest):
    return found(ids, gamma, range(longest, 0, -1), lambda n: range(len(ids) - n, -1, -1))


def shortest_first(ids, gamma, longest):
    return found(ids, gamma, range(1, longest + 1), down(ids))


def one_size(ids, gamma, longest):
    return found(ids, gamma, [longest], down(ids))


def last_token_only(ids, gamma, longest):
    return found(ids, gamma, [1], down(ids))


def index_too_large(ids, gamma, longest):
    def take(at, n):
        return [ids[at + n + i] for i in range(gamma)]

    return found(ids, gamma, range(longest, 0, -1), down(ids), take=take)


def slice_of_the_text(ids, gamma, longest):
    def take(at, n):
        return ids[at + n : at + n + gamma]

    return found(ids, gamma, range(longest, 0, -1), down(ids), take=take)


def back_to_the_beginning(ids, gamma, longest):
    def take(at, n):
        return [ids[(at + n + i) % len(ids)] for i in range(gamma)]

    return found(ids, gamma, range(longest, 0, -1), down(ids), take=take)


def padded(ids, gamma, longest):
    def take(at, n):
        return (ids[at + n :] + [0] * gamma)[:gamma]

    return found(ids, gamma, range(longest, 0, -1), down(ids), take=take)


def with_the_match(ids, gamma, longest):
    def take(at, n):
        return (ids[at:] * gamma)[:gamma]

    return found(ids, gamma, range(longest, 0, -1), down(ids), take=take)


def one_later(ids, gamma, longest):
    def take(at, n):
        return (ids[at + n :] * (gamma + 1))[1 : gamma + 1]

    return found(ids, gamma, range(longest, 0, -1), down(ids), take=take)


def without_end(ids, gamma, longest):
    return found(ids, gamma, range(longest, 0, -1), down(ids), take=lambda at, n: ids[at + n :])


def apart(ids, gamma, longest):
    def starts(n):
        return range(len(ids) - 2 * n, -1, -1)

    return found(ids, gamma, range(longest, 0, -1), starts)


def longest_continuation(ids, gamma, longest):
    for n in range(min(longest, len(ids) - 1), 0, -1):
        places = [at for at in range(len(ids) - n) if ids[at : at + n] == ids[-n:]]
        if places:
            at = max(places, key=lambda at: (len(ids[at + n :][:gamma]), at))
            return (ids[at + n :] * gamma)[:gamma]
    return []


PLANTED = {
    "10.7": [
        ("the rejected tokens stay", draft_stays),
        ("keys of a token that no pass has read", answer_cached),
        ("the newest known token is lost", newest_forgotten),
        ("back to where the round began", to_the_start),
        ("a rejected draft is all lost", all_or_none),
        ("a block too many at its border", one_more_at_the_border),
        ("full blocks alone", whole_blocks),
        ("rejected tokens turned into blocks", blocks_of_rejected),
        ("rejected tokens turned into blocks", whole_blocks_of_rejected),
        ("the blocks of the pass", in_use),
        ("the pass wrote the draft alone", draft_written_alone),
        ("", room_for_the_next_token),
    ],
    "10.8": [
        ("the first occurrence", from_the_left),
        ("it finds the end itself", meets_itself),
        ("short ends first", shortest_first),
        ("the longest end alone", one_size),
        ("short ends first", last_token_only),
        ("past the end of the text", index_too_large),
        ("the copy ends with the text", slice_of_the_text),
        ("back to the beginning of the text", back_to_the_beginning),
        ("", padded),
        ("the match is drafted again", with_the_match),
        ("a token is left out", one_later),
        ("everything to the end", without_end),
        ("a match that overlaps the end is left out", apart),
        ("the match with the most tokens behind it", longest_continuation),
    ],
}
