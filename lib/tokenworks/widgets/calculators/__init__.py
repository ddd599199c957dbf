"""The calculators of prices: what each asks of the library, and in which words it answers.

- `rented`: the models and chips that they share, on one basis of prices
- `batches`: a larger batch, its price and the promise that it breaks
- `bills`: what a request costs by kind of token
- `contexts`: what a longer context takes
- `prefixes`: when a seller's cache pays
- `experts`: what limits a model of experts
- `pools`: the gates before prompts get chips of their own
- `acceptance`: retries, and what an accepted result costs
- `locality`: what routing makes of caches
- `buying`: chips of one's own beside a seller of tokens
"""

from functools import cache
from importlib import import_module

from tokenworks.widgets.calculation import Calculation

MODULES = {
    "frontier": "batches",
    "bill": "bills",
    "context": "contexts",
    "caching": "prefixes",
    "experts": "experts",
    "gates": "pools",
    "results": "acceptance",
    "locality": "locality",
    "buying": "buying",
}


@cache
def calculation(name: str) -> Calculation:
    """Return a calculator by name; an unknown name raises KeyError, which lists the known ones."""
    if name not in MODULES:
        raise KeyError(f"no calculator {name!r}; known: {', '.join(MODULES)}")
    return import_module(f"{__name__}.{MODULES[name]}").CALCULATION
