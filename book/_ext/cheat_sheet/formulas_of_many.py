"""Formulas of guesses, of many chips, and of a server under load."""

from __future__ import annotations

from book._ext.cheat_sheet.formula_row import FormulaRow, Misprint
from book._ext.cheat_sheet.gains import FITTED, H100, SEVENTY, gain_of
from tokenworks import model_spec, price
from tokenworks.cost import ServingPlan, fit_all_reduce, speculation_round

ALONE = speculation_round(
    ServingPlan(SEVENTY, H100, 4),
    ServingPlan(model_spec("llama-3.2-1b"), H100),
    5,
    batch=1,
    context_tokens=1000,
    constants=FITTED,
)
VECTOR = SEVENTY.d_model * 2
LINE = [
    each
    for each in fit_all_reduce("h100-sxm", "vllm_graph", 8).segments
    if each.first_bytes <= VECTOR
][-1]
RENT, (RATE, _) = price("runpod-h100-sxm"), gain_of("batching").least.values()

GUESSES = (
    FormulaRow(
        name="Tokens a pass",
        answers="What γ guesses give, each accepted with probability α.",
        formula="(1 - α ** (γ + 1)) / (1 - α)",
        literal="3.69 tokens/pass",
        case="five guesses, four of five accepted",
        chapter="speculation#tokens-a-pass",
        inputs={"α": 0.8, "γ": 5},
        units={"α": "", "γ": ""},
        misprint=Misprint(
            "α / (1 - α ** (γ + 1))",
            "0.29×",
            "The sum is upside down, and it is no speed-up as yet.",
        ),
    ),
    FormulaRow(
        name="Speed-up by guesses",
        answers="Costs are in plain steps. Below 1 it is slower.",
        formula="tokens_per_pass / (γ * draft_cost + pass_cost)",
        literal="2.49×",
        case="these guesses by Llama-3.2 1B for 70B on four H100, one user; expected costs",
        chapter="speculation#what-a-round-costs",
        inputs={
            "tokens_per_pass": (1 - 0.8**6) / (1 - 0.8),
            "γ": 5,
            "draft_cost": ALONE.draft_cost(),
            "pass_cost": ALONE.verify_cost(),
        },
        units={"tokens_per_pass": "", "γ": "", "draft_cost": "", "pass_cost": ""},
    ),
)

CHIPS = (
    FormulaRow(
        name="All-reduce",
        answers="Tensor parallelism needs two in each layer.",
        formula="latency_seconds + 2 * (chips - 1) * sum_bytes / (chips * link_bytes_per_s)",
        literal="5.1 µs",
        case="one token of Llama-3 70B over eight H100, as fitted to vLLM's kernel",
        chapter="parallelism#what-an-all-reduce-takes",
        inputs={
            "latency_seconds": LINE.latency_seconds,
            "chips": 8,
            "sum_bytes": VECTOR,
            "link_bytes_per_s": LINE.bytes_per_s,
        },
        units={
            "latency_seconds": "s",
            "chips": "",
            "sum_bytes": "byte",
            "link_bytes_per_s": "byte/s",
        },
    ),
    FormulaRow(
        name="Bubble",
        answers="The share of time for which stages wait.",
        formula="(stages - 1) / (micro_batches + stages - 1)",
        literal="27 %",
        case="four stages, eight micro-batches",
        chapter="parallelism#layers-pipeline-parallel",
        inputs={"stages": 4, "micro_batches": 8},
        units={"stages": "", "micro_batches": ""},
    ),
)

LOAD = (
    FormulaRow(
        name="Time inside (Little)",
        answers="Mean stay of a request, waiting included, at any load that lasts.",
        formula="inside / requests_per_s",
        literal="4.0 s",
        case="32 requests inside on average, eight arrive a second",
        chapter="metrics#the-knee",
        inputs={"inside": 32, "requests_per_s": 8},
        units={"inside": "request", "requests_per_s": "request/s"},
    ),
    FormulaRow(
        name="Price of a token",
        answers="Of output tokens, at the rate that you sustain.",
        formula="chips * usd_per_hour / (3600 * tokens_per_s)",
        literal="USD 3.23/million tokens",
        case=f"the 32 users of the first technique, as expected; {RENT.provider}'s rent of "
        f"{RENT.day}",
        chapter="economics#divide-by-accepted-results",
        inputs={"chips": 8, "usd_per_hour": RENT.usd_per_hour, "tokens_per_s": RATE},
        units={"chips": "", "usd_per_hour": "USD/h", "tokens_per_s": "token/s"},
        constants={3600: "s/h"},
    ),
)
