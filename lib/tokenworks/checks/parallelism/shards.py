"""A puzzle: where the experts had best lie, when it is known who asks for whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from tokenworks.checks.exercise import Example, Fault, Mistake, exercise
from tokenworks.checks.paged_attention.copy_on_write import differences
from tokenworks.checks.picture import lanes
from tokenworks.checks.plain import Case

Tokens = Sequence[Sequence[Any]]


def vectors_sent(tokens: Tokens, where: Sequence[int]) -> int:
    """Return how many vectors go to other devices, by the rules of the task."""
    return sum(len({where[e] for e in chosen} - {home}) for home, chosen in tokens)


def placements(experts: int, devices: int, *, begun: tuple[int, ...] = ()) -> Iterator[list[int]]:
    """Yield every way to give each device as many experts."""
    if len(begun) == experts:
        yield list(begun)
        return
    for device in range(devices):
        if begun.count(device) < experts // devices:
            yield from placements(experts, devices, begun=(*begun, device))


def first_fault(case: Case, where: list[Any]) -> Fault | None:
    """Return the first rule that a placement breaks."""
    tokens, experts, devices = case
    if len(where) != experts:
        told = f"there are {experts} experts, and the list has {len(where)}"
        return Fault("not one device for each expert", told)
    for expert, device in enumerate(where):
        if type(device) is not int or not 0 <= device < devices:
            told = f"expert {expert} is on {device!r}, the devices are 0 to {devices - 1}"
            return Fault("a device that does not exist", told)
    each = experts // devices
    for device in range(devices):
        if where.count(device) > each:
            told = f"device {device} has {where.count(device)} experts, room is for {each}"
            return Fault("a device holds too many experts", told)
    return _too_much(tokens, where, each, devices)


def _too_much(tokens: Tokens, where: list[int], each: int, devices: int) -> Fault | None:
    experts = len(where)
    least = min(vectors_sent(tokens, way) for way in placements(experts, devices))
    found = vectors_sent(tokens, where)
    if found == least:
        return None
    told = f"{found} vectors are sent, and {least} are enough"
    if where == [expert // each for expert in range(experts)]:
        return Fault("the experts in their order", told)
    if where == [expert % devices for expert in range(experts)]:
        return Fault("the experts dealt like cards", told)
    return Fault("more is sent than need be", told)


def _asked(rng: Random) -> Case:
    experts, devices = rng.choice([(4, 2), (6, 2), (6, 3), (6, 3)])
    order = rng.sample(range(experts), experts)  # neighbours in it are often asked for together
    hot = rng.randrange(experts)
    tokens = []
    for _ in range(rng.randrange(8, 15)):
        at = rng.randrange(experts) if rng.random() < 0.7 else hot
        far = 1 if rng.random() < 0.7 else rng.randrange(1, experts)
        chosen = {order[at], order[(at + far) % experts]}
        chosen |= {rng.randrange(experts)} if rng.random() < 0.3 else set()
        home = at * devices // experts if rng.random() < 0.5 else rng.randrange(devices)
        tokens.append([home, sorted(chosen)])
    return (tokens, experts, devices)


def _drawn(case: Case, expected: list[int], got: Any) -> str:
    """Draw both placements: a lane for each device, a column for each expert."""
    if not isinstance(got, list):
        return ""
    names = [str(device) for device in range(case[-1])]
    both = [[[device] for device in where] for where in (expected, got)]
    return lanes(names, *both, of=("placement", "experts"))


LEAST = "more is sent than need be"
AGAIN = (
    "A token is sent once to each other device that has any of its experts. What its own device "
    "has costs nothing. There are few enough ways to try them all."
)


@exercise(
    8,
    examples=(
        Example(
            ([[0, [0, 3]], [1, [1, 2]], [0, [0, 3]], [1, [0, 1]]], 4, 2),
            "[0, 1, 1, 0]",
            shows=(
                ("1", lambda tokens, *_: vectors_sent(tokens, [0, 1, 1, 0])),
                ("4", lambda tokens, *_: vectors_sent(tokens, [0, 0, 1, 1])),
            ),
        ),
    ),
    cases=(
        ([[0, [0, 2]], [0, [0, 2]], [1, [1, 3]], [1, [0, 1]], [0, [2, 3]]], 4, 2),
        (
            [
                [1, [0, 4]],
                [1, [0, 4]],
                [0, [1, 2]],
                [0, [2, 5]],
                [1, [3, 4]],
                [0, [0, 3]],
                [1, [4]],
            ],
            *(6, 2),
        ),
        (
            [
                [0, [0, 5]],
                [0, [0, 5]],
                [1, [1, 3]],
                [2, [2, 4]],
                [2, [2, 4]],
                [1, [0, 3]],
                [0, [1]],
            ],
            *(6, 3),
        ),
        (
            [
                [2, [0, 1]],
                [2, [0, 3]],
                [0, [3, 5]],
                [1, [2, 4]],
                [1, [2, 5]],
                [0, [0, 5]],
                [2, [1]],
            ],
            *(6, 3),
        ),
        ([[1, [0, 1]], [1, [0]], [1, [1, 2]], [0, [2, 3]], [0, [3]], [0, [0, 3]]], 4, 2),
        (
            [[0, [4, 5]], [1, [0, 4]], [0, [2, 5]], [1, [0, 3]], [0, [4, 5]], [0, [1, 2]]],
            *(6, 3),
        ),
        (
            [[1, [2, 3]], [1, [1, 2]], [1, [1, 5]], [0, [0, 4]], [0, [2, 3]], [0, [1, 2]]],
            *(6, 2),
        ),
    ),
    draw=_asked,
    mistakes=(
        Mistake(
            LEAST,
            (" - {home}", ""),
            AGAIN,
        ),
        Mistake(
            LEAST,
            ("len({where[e] for e in chosen} - {home})", "sum(where[e] != home for e in chosen)"),
            AGAIN,
        ),
        Mistake(
            "the experts in their order",
            ("return min(ways, key=sent)", "return [e // each for e in range(experts)]"),
            "Experts that the same tokens ask for belong together, and on the device of those "
            "tokens. Their numbers say nothing.",
        ),
        Mistake(
            "the experts dealt like cards",
            ("return min(ways, key=sent)", "return [e % devices for e in range(experts)]"),
            "That spreads the load where some experts are asked for more often. Here the vectors "
            "count that are sent.",
        ),
        Mistake(
            "a device holds too many experts",
            ("way.count(d) < each", "way.count(d) <= each"),
            "Each device has room for experts / devices of them.",
        ),
        Mistake(
            "a device that does not exist",
            ("return min(ways, key=sent)", "return [d + 1 for d in min(ways, key=sent)]"),
            "Devices are counted from 0.",
        ),
        Mistake(
            "not one device for each expert",
            ("return min(ways, key=sent)", "return min(ways, key=sent)[:-1]"),
            "Return the device of expert 0, of expert 1 and so on, up to the last one.",
        ),
    ),
    unit="experts",
    distance=differences,
    tolerance=0.0,
    answer_unit="",
    fault=first_fault,
    picture=_drawn,
)
def place_experts(tokens, experts, devices):
    """Place the shards.

    A layer has `experts` experts on `devices` devices, on each as many. `tokens` is what a router
    was seen to do: each entry is `[device, [experts]]`, the device on which a token lives and the
    experts that it goes to. Its vector is sent once to every other device that has any of them.
    Return for each expert the device on which it lies, so that as few vectors as possible are sent.

    Many placements may be equally good, and the check has no list to compare with: it counts the
    vectors of yours, and knows how many are enough.

    Example: 4 experts on 2 devices. Tokens of device 0 go to experts 0 and 3 twice, tokens of
    device 1 to 1 and 2, and to 0 and 1. With experts 0 and 3 on device 0, `[0, 1, 1, 0]`, 1 vector
    is sent; in their order it would be 4.
    """

    def sent(where):
        return sum(len({where[e] for e in chosen} - {home}) for home, chosen in tokens)

    each, ways = experts // devices, [[]]
    for _ in range(experts):
        ways = [[*way, d] for way in ways for d in range(devices) if way.count(d) < each]
    return min(ways, key=sent)
