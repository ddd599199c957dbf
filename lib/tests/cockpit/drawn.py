"""Scripts that the tests of this folder draw, every kind of change in them."""

from random import Random

from tokenworks.cockpit.copies import copy_for
from tokenworks.cockpit.script import Change, Script
from tokenworks.cockpit.settings import CHOICES, Settings

RATES = (1.0, 8.0, 30.0, 60.0)
OFTEN = ("batching", "prefill", "prefix_caching", "speculation", "paging", "chips", "router")


def some_settings(random, settings):
    """Return settings with a few of them changed, such as can be."""
    while True:
        names = random.sample(sorted(CHOICES), random.randint(0, 2)) + random.sample(OFTEN, 2)
        changes = {name: random.choice(CHOICES[name]) for name in names}
        changes["rate"] = random.choice(RATES)
        changes["model"] = "llama-3-8b" if random.random() < 0.9 else "llama-3-70b"
        try:
            made = settings.but(**changes)
            copy_for(made)
        except ValueError:
            continue
        return made, changes


def script(seed, seconds=6.0, most=5):
    """Return a script of a few seconds: settings that change, replicas that fail."""
    random = Random(f"cockpit script {seed}")
    settings, changes = some_settings(random, Settings())
    rows, at = [Change(0.0, changes)], 0.0
    for _ in range(random.randint(0, most)):
        at = round(at + random.choice([0.0, 0.25, random.random() * seconds / 3]), 6)
        if random.random() < 0.3:
            number = random.randint(0, 6)
            # As long as only the start says who is there; later it may be nobody.
            known = all(row.set is None or not row.seconds for row in rows)
            rows.append(Change(at, None, number % settings.replicas if known else number))
        else:
            settings, changes = some_settings(random, settings)
            rows.append(Change(at, changes))
    return Script(seed, tuple(rows))
