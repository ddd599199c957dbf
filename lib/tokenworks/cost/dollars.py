"""What a token costs: rented chip-hours, or the electricity under them."""

from __future__ import annotations

from tokenworks.cost.domain import Count, NotNegative, Positive, physical
from tokenworks.number import bounded

HOURS_PER_YEAR = 365 * 24


@physical
def usd_per_token(usd_per_hour: NotNegative, chips: Count, tokens_per_s: Positive) -> float:
    """Return the rent of the chips divided by what they produce.

    Source: derived: an hour has 3600 seconds.
    """
    return usd_per_hour * chips / (3600 * tokens_per_s)


@physical
def usd_per_million_tokens(
    usd_per_hour: NotNegative, chips: Count, tokens_per_s: Positive
) -> float:
    """Return the rent behind a million tokens, the unit of every price list.

    Source: derived: a million times the rent of one token.
    """
    return 1e6 * usd_per_hour * chips / (3600 * tokens_per_s)


@physical
def request_usd(usd_per_hour: NotNegative, chips: Count, request_seconds: NotNegative) -> float:
    """Return the rent of the chips for as long as one request holds them alone.

    Source: derived: an hour has 3600 seconds.
    """
    return usd_per_hour * chips * request_seconds / 3600


@physical
def electricity_usd(
    chip_watts: NotNegative, chip_seconds: NotNegative, *, usd_per_kwh: Positive
) -> float:
    """Return the price of the electricity that the chips themselves draw.

    Source: derived: a kilowatt-hour is 3.6 million joules; cooling and host are not in it.
    """
    return chip_watts * chip_seconds / 3.6e6 * usd_per_kwh


@physical
def listed_usd(
    input_tokens: NotNegative,
    output_tokens: NotNegative,
    *,
    input_usd_per_million: NotNegative,
    output_usd_per_million: NotNegative,
) -> float:
    """Return what a request costs by the million: its prompt at one price, its answer at another.

    Source: derived: https://platform.claude.com/docs/en/about-claude/pricing bills so.
    """
    spent = input_tokens * input_usd_per_million + output_tokens * output_usd_per_million
    return spent / 1e6


@physical
def training_usd(chip_hours: NotNegative, usd_per_hour: NotNegative) -> float:
    """Return the rent of the chips of a training run; trials before it are not in it.

    Source: derived: hours times the rent of one.
    """
    return chip_hours * usd_per_hour


@physical
def break_even_tokens(training_usd: NotNegative, usd_per_million: Positive) -> float:
    """Return the tokens whose serving costs as much as the training did.

    Source: derived: the two bills, equal.
    """
    return 1e6 * training_usd / usd_per_million


@physical
def usd_range(expected_usd: NotNegative, error_share: NotNegative) -> tuple[float, float]:
    """Return what money may come to whose expected time is off by at most this share of the true.

    A share of 1 or more bounds nothing and raises ValueError.
    Source: derived: |expected / true - 1| at most the share (`validate.expected_error` has it).
    """
    share = bounded(error_share, "error_share", most=1, below=True)
    return expected_usd / (1 + share), expected_usd / (1 - share)
