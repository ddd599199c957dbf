"""How many replicas: what will be inside by the time that a new one is ready."""

from __future__ import annotations

from random import Random

from tokenworks.checks.exercise import Example, Mistake, exercise
from tokenworks.checks.picture import named_bars
from tokenworks.checks.plain import Case
from tokenworks.checks.showcase.fleet import decisions_apart, scaled


def _spike(rng: Random) -> Case:
    least = rng.choice([1, 1, 2])
    calm, high = rng.choice([0, 1, 1]), rng.choice([2, 3, 5])
    seconds = [calm] * rng.randrange(2, 4) + [high] * rng.randrange(2, 5)
    seconds += [rng.choice([0, 0, 1]) for _ in range(rng.randrange(4, 7))]
    return ([1, *seconds], rng.choice([2, 3, 4]), least, least + rng.randrange(1, 5))


@exercise(
    3,
    examples=(Example((14, 8, 4, 1, 16), "5"), Example((8, 14, 4, 1, 16), "2")),
    cases=(
        ([1, 0, 0, 3, 3, 0, 1, 1, 1, 0, 0], 2, 1, 5),
        ([1, 0, 0, 3, 3, 0, 0, 0, 0], 4, 1, 4),
        ([1, 0, 0, 2, 2, 1, 0, 0, 1], 3, 2, 4),
        ([1, 1, 1, 2, 2, 0, 0, 1, 0], 3, 1, 4),
        ([1, 1, 1, 1, 1, 2, 3, 3, 3, 3, 3, 1, 0, 0, 1, 0, 0, 0], 3, 1, 6),
    ),
    draw=_spike,
    mistakes=(
        Mistake(
            "too late",
            ("inside + max(0, inside - before)", "inside"),
            "A new replica is ready one look later: count what will be inside by then.",
        ),
        Mistake(
            "a fall goes on, too",
            ("max(0, inside - before)", "inside - before"),
            "Only growth is carried on: a fall may end at any moment, and a replica that is gone "
            "takes its cache along.",
        ),
        Mistake(
            "rounded down",
            ("-(-ahead // target)", "ahead // target"),
            "What is left over needs a replica, too: round up.",
        ),
        Mistake(
            "a replica too many",
            ("-(-ahead // target)", "ahead // target + 1"),
            "Where it comes out even no further replica is needed.",
        ),
        Mistake(
            "growth alone",
            ("inside + max(0, inside - before)", "max(0, inside - before)"),
            "Those who are inside already need replicas, too.",
        ),
        Mistake(
            "growth twice",
            ("max(0, inside - before)", "2 * max(0, inside - before)"),
            "In one look as many come as came in the last one, not twice as many.",
        ),
    ),
    unit="decisions",
    distance=decisions_apart,
    tolerance=0.0,
    length=2,
    picture=named_bars(("wanted", "seconds paid for"), ""),
    run=scaled,
)
def wanted(inside, before, target, least, most):
    """An autoscaler.

    It looks at the cluster every 2 s. A replica that it asks for now is ready at the next look. At
    this look `inside` requests are in the cluster, `before` at the last one. Where they have become
    more, take it that as many more will come until the next look; where they have become fewer,
    that they stay as many. Return how many replicas there should be so that each has `target`
    requests at most, but not fewer than `least` and not more than `most`.

    The check runs a cluster through a spike, shows what you wanted at each look, and counts the
    seconds of replicas that are paid for. Those that go finish what they have; they go only where
    fewer were enough for 4 s.

    Example: 14 inside and 8 before, 4 for each replica, 1 to 16 replicas: 5. With 8 inside and 14
    before: 2.
    """
    ahead = inside + max(0, inside - before)
    return max(least, min(most, -(-ahead // target)))
