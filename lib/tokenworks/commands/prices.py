"""`tokenworks prices`: what a chip costs to rent, where, since when, and by whose word."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import Any

from tokenworks.cost.price_basis import KINDS, MARKETS, offers
from tokenworks.data.price_age import MOST_DAYS, age_days
from tokenworks.printed_table import table
from tokenworks.specs import Price, chip_named, price, prices

HELP = f"""examples:
  tokenworks prices --chip h100 --market neocloud
  tokenworks prices --provider "Google Cloud" --kind all
  tokenworks prices lambda-a100-80gb --json

USD for one chip and hour, without storage and traffic; `chips` is the fewest that are rented at
this price, 8 where it is that of a server. Compare within one market and kind: the
same chip costs up to five times as much in another. A release has no price older than {MOST_DAYS}
days.

markets:
""" + "\n".join(f"  {name}: {what}" for name, what in MARKETS.items())


def add_prices(command: Callable[..., Any]) -> None:
    """Add the command; `command` makes one."""
    sub = command("prices", "what chips cost to rent, with day and source", epilog=HELP)
    add = sub.add_argument
    add("name", nargs="?", metavar="NAME", help="only this offer")
    add("--chip", metavar="NAME", help="of `tokenworks chips`, or how one begins")
    add("--market", choices=tuple(MARKETS), help="one of them")
    add("--kind", choices=(*KINDS, "all"), help="default: on demand")
    add("--provider", metavar="NAME", help="one of them")
    add("--json", action="store_true", help="print every field as JSON")
    sub.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    rows = _rows(options)
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
        return
    today = date.today()
    print(table([shown(row, today) for row in rows], caption="USD for one chip and hour"))


def _rows(options: argparse.Namespace) -> list[Price]:
    filters = (options.chip, options.market, options.kind, options.provider)
    if options.name is not None:
        if any(filters):
            raise ValueError("give the name of an offer or filters, not both")
        return [price(options.name)]
    return offers(
        of_chip=None if options.chip is None else chip_named(options.chip).name,
        market=options.market,
        kind=None if options.kind == "all" else options.kind or "on demand",
        provider=_provider(options.provider),
    )


def _provider(name: str | None) -> str | None:
    """Return a provider's name as the table writes it, however it was typed."""
    known = {row.provider.casefold(): row.provider for row in prices()}
    return None if name is None else known.get(name.casefold(), name)


def shown(row: Price, today: date) -> dict[str, str]:
    """Return one offer as the command prints it."""
    return {
        "offer": row.name,
        "chip": row.chip,
        "provider": row.provider,
        "market": row.market,
        "region": row.region,
        "kind": f"{row.kind}, {row.term}" if row.term else row.kind,
        "chips": str(row.least_chips),
        "USD/h": f"{row.usd_per_hour:.2f}",
        "day": row.day,
        "age, days": str(age_days(row, today)),
        "source": row.source,
    }
