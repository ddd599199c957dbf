"""What an accepted result costs: attempts, retries, and those that are given up."""

from __future__ import annotations

from tokenworks.cost.accepted_results import accepted_cost
from tokenworks.widgets.calculation import (
    Calculation,
    Curve,
    Output,
    Place,
    Point,
    Verdict,
    numbers,
    share_text,
    usd_text,
)


def at(place: Place) -> Point:
    """Return the cost of an accepted result."""
    found = accepted_cost(
        place["attempt"],
        pass_share=place["passed"],
        most_attempts=place["most"],
        given_up_usd=place["given_up"],
    )
    lost = (1 - found.accepted_share) * found.given_up_usd
    values = {
        "accepted": found.usd_per_accepted,
        "request": found.usd_per_request,
        "answered": found.accepted_share,
        "attempts": found.attempts,
        "retries": found.retry_usd / found.usd_per_request,
        "lost": lost / found.usd_per_request,
    }
    if place["passed"] == 1:
        verdict = "all"
    elif place["given_up"]:
        verdict = "person"
    else:
        verdict = "single" if place["most"] == 1 else "retried"
    return Point(verdict=verdict, values=values)


CALCULATION = Calculation(
    name="results",
    title="What an accepted result costs",
    inputs=(
        numbers("attempt", "An attempt", (0.001, 0.011, 0.0145, 0.05), text=usd_text),
        numbers("passed", "Pass all gates", (0.5, 0.58, 0.72, 0.85, 0.91, 1), text=share_text),
        numbers("most", "Attempts at most", (1, 2, 3, 5)),
        numbers("given_up", "One given up costs", (0, 0.05, 0.5, 5), text=usd_text),
    ),
    outputs=(
        Output(name="accepted", label="an accepted result", unit="usd"),
        Output(name="request", label="a request, accepted or not", unit="usd"),
        Output(name="answered", label="requests that end accepted", unit="share"),
        Output(name="attempts", label="attempts of a request, mean", unit="count"),
        Output(name="retries", label="of the cost, retries", unit="share"),
        Output(name="lost", label="of the cost, those given up", unit="share"),
    ),
    verdicts={
        "single": Verdict(
            text="An accepted result costs {accepted}: an attempt over its chance. {answered} of "
            "the requests get one. Another attempt would help more of them, at the same price of a "
            "result."
        ),
        "retried": Verdict(
            text="An accepted result costs {accepted}, as without retries: they change who is "
            "answered, {answered}, not what a result costs. They take {retries} of the money."
        ),
        "person": Verdict(
            text="An accepted result costs {accepted}: {lost} of the money goes to requests that "
            "are given up, {retries} to retries. {answered} end accepted."
        ),
        "all": Verdict(
            text="Every attempt passes: a result costs what an attempt does, {accepted}, and "
            "{answered} of the requests get one."
        ),
    },
    at=at,
    picture=Curve(
        over="passed",
        lines=(("accepted", "an accepted result", "1"), ("request", "a request", "floor")),
        title="USD",
        log=(False, True),
    ),
    note="Each attempt passes with the same chance, whatever became of the one before; where it is "
    "the request that is hard, retries help less. A request that is given up costs what a person "
    "takes to answer it, say. Exact sums, no times are expected here.",
    start={"attempt": 0.011, "passed": 0.58, "most": 1, "given_up": 0},
    rows="passed",
)
