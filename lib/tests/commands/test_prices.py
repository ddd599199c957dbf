"""`tokenworks prices` against the table of prices."""

from datetime import date

import pytest

from tokenworks.commands.prices import shown
from tokenworks.cost.price_basis import offers
from tokenworks.specs import price, prices


def test_the_table_names_market_region_kind_day_and_source(command):
    done = command("prices --chip h100 --market hyperscaler")
    assert (done.code, done.err) == (0, "")
    head, body = done.out.splitlines()[1], done.out.splitlines()[3:]
    columns = "offer chip provider market region kind chips USD/h day age, days source"
    assert head.split() == columns.split()
    assert [line.split()[0] for line in body] == [
        *("aws-h100-sxm", "oracle-h100-sxm", "google-h100-sxm", "azure-h100-sxm")
    ]
    row = price("aws-h100-sxm")
    assert all(word in body[0] for word in (row.region, row.day, row.source, "6.88"))


def test_all_on_demand_rows_without_a_filter_and_spot_when_asked(command):
    bare = [row["name"] for row in command("prices --json").json]
    assert sorted(bare) == sorted(row.name for row in prices() if row.kind == "on demand")
    every = [row["name"] for row in command("prices --kind all --json").json]
    assert sorted(every) == sorted(row.name for row in prices())
    assert {row["kind"] for row in command("prices --kind spot --json").json} == {"spot"}


def test_one_offer_and_one_provider(command):
    (row,) = command("prices lambda-b200 --json").json
    assert row["usd_per_hour"] == price("lambda-b200").usd_per_hour
    assert {row["provider"] for row in command("prices --provider nebius --json").json} == {
        "Nebius"
    }


def test_the_age_is_counted_in_days():
    row = shown(price("aws-h100-sxm"), date(2026, 11, 29))
    assert (row["day"], row["age, days"]) == ("2026-10-10", "50")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("prices lambda", "unknown price 'lambda'; known, closest first: lambda-"),
        ("prices --chip zz", "unknown chip 'zz'; known, closest first: tpu-v7"),
        ("prices --chip tpu", "'tpu' is the beginning of 5 chips: tpu-v4"),
        ("prices --chip tpu-v4", "no price has the chip 'tpu-v4'; known: a100-80gb"),
        ("prices --market cloud", "argument --market: invalid choice: 'cloud'"),
        ("prices --kind hourly", "argument --kind: invalid choice: 'hourly'"),
        ("prices --provider nobody", "no price has the provider 'nobody'; known: Google Cloud"),
        ("prices --provider aws --market neocloud", "no price for neocloud, on demand, AWS"),
        ("prices lambda-b200 --chip b200", "give the name of an offer or filters, not both"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(command, line, complaint):
    done = command(line)
    assert (done.code, done.out) == (2, "")
    assert complaint in done.err
    assert done.err.count("\n") == 1


def test_help_has_an_example_and_explains_the_markets(command):
    said = command("prices --help").out
    assert "examples:\n  tokenworks prices" in said
    assert all(f"  {market}: " in said for market in ("hyperscaler", "neocloud", "marketplace"))


def test_how_far_markets_lie_apart_is_what_the_help_says(command):
    ratios = []
    for name in {row.chip for row in offers()}:
        asked = [row.usd_per_hour for row in offers(of_chip=name)]
        ratios.append(max(asked) / min(asked))
    assert 4 < max(ratios) <= 5
    assert "up to five times as much" in " ".join(command("prices --help").out.split())
