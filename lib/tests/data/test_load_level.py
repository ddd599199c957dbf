"""Published load levels against Little's law and against the floors of their chips."""

from dataclasses import replace
from statistics import fmean

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.mixed_step import step_clock
from tokenworks.cost.step_time import decode_seconds, prefill_seconds
from tokenworks.data.load_level import load_levels
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.closed_system import closed_loop
from tokenworks.serving.lengths import Lengths, fixed
from tokenworks.serving.metrics import all_tpot, finished, throughput, ttft_seconds
from tokenworks.serving.policy import Policy
from tokenworks.serving.scheduler import Scheduler
from tokenworks.serving.simulator import simulate
from tokenworks.specs import chip, model_spec

RUN = "nim-llama-3.3-70b-fp8-2-h100"
PROMPT, ANSWER = 5000, 500


def bare():
    model = replace(model_spec("llama-3-70b"), context_tokens=131072)
    return Deployment(model, chip("h100-sxm"), 2, weights="fp8", kv="fp8")


def test_concurrency_is_rate_times_latency_as_littles_law_says():
    for level in load_levels(RUN):
        latency = level.ttft_seconds + (ANSWER - 1) * level.tpot_seconds
        inside = level.tokens_per_s / ANSWER * latency
        assert inside == pytest.approx(level.concurrency, rel=0.006), level.name


def test_no_level_beats_its_chips():
    on = bare()
    for level in load_levels(RUN):
        assert level.ttft_seconds > prefill_seconds(on, PROMPT)
        decoding = round(level.tokens_per_s * level.tpot_seconds)
        assert level.tpot_seconds > decode_seconds(on, PROMPT, batch=decoding)


@pytest.mark.parametrize(("users", "ttft_error"), [(25, 0.35), (150, 0.05)])
def test_the_simulator_knows_the_whole_run_from_one_row_of_it(users, ttft_error):
    levels, on = load_levels(RUN), bare()
    shares = {"bandwidth_efficiency": decode_seconds(on, 5250) / levels[0].tpot_seconds}
    shares["compute_efficiency"] = prefill_seconds(on, PROMPT) / levels[0].ttft_seconds
    places = round(levels[-1].tokens_per_s * levels[-1].tpot_seconds)
    pool = BlockPool(places * 344, 16)
    scheduler = Scheduler(Policy(max_batch=256, max_batch_tokens=2048, reserve=True), pool)
    same = Lengths(fixed(PROMPT), fixed(ANSWER))
    first, again = closed_loop(users, 8 * users, lengths=same, seed=1)
    done = simulate(scheduler, first, step_clock(replace(on, **shares)), follow_up=again).requests
    ends = sorted(r.finished_seconds for r in done)
    start, end = ends[2 * users], ends[6 * users]
    steady = finished(done, start=start, end=end)
    level = next(level for level in levels if level.concurrency == users)
    rates = throughput(steady, end - start)
    assert rates.output_tokens_per_s == pytest.approx(level.tokens_per_s, rel=0.05)
    assert fmean(all_tpot(steady)) == pytest.approx(level.tpot_seconds, rel=0.07)
    assert fmean(map(ttft_seconds, steady)) == pytest.approx(level.ttft_seconds, rel=ttft_error)


def test_levels_grow_and_an_unknown_run_is_refused():
    levels = [level.concurrency for level in load_levels(RUN)]
    assert levels == sorted(set(levels))
    with pytest.raises(KeyError, match=r"load_levels.csv has no run .mine.; known: nim-"):
        load_levels("mine")
