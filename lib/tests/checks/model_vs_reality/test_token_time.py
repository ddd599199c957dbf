from itertools import islice

import pytest

from tokenworks.checks.hidden import drawn_cases
from tokenworks.checks.model_vs_reality.token_time import expected_tpot
from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.expected import Requests, served
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.kernels import Rates, Work, matrix_seconds
from tokenworks.specs import chip, model_spec


def test_a_step_is_the_sum_of_the_librarys_kernels():
    for case in (*expected_tpot.cases, *islice(drawn_cases(expected_tpot, "same"), 40)):
        kernels, flops_per_s, bytes_per_s, users, prompt_seconds, output_tokens = case
        step = sum(
            calls
            * matrix_seconds(
                Work(flops, moved), Rates(compute * flops_per_s, memory * bytes_per_s, launch)
            )
            for calls, flops, moved, compute, memory, launch in kernels
        )
        wanted = step + (users - 1) * prompt_seconds / output_tokens
        assert expected_tpot(*case) == pytest.approx(wanted)


def test_the_others_prompts_are_the_librarys():
    plan = served_plan(
        model_spec("llama-3-70b"), chip("h100-sxm"), 4, engine="vllm", precision="fp8"
    )
    found = served(plan, Requests(1000, 250, 16), constants=Constants.fitted())
    decode, prefill = found.decode.expected_seconds, found.prefill.expected_seconds
    whole = [[1, 0.0, decode, 1.0, 1.0, 0.0]]  # the step as one kernel, at a byte a second
    ours = expected_tpot(whole, 1.0, 1.0, found.batch, prefill, 250)
    assert ours == pytest.approx(found.tpot_seconds)
    assert ours > 1.1 * decode


def test_one_user_waits_for_nobody():
    kernels, *rates, _, prompt, tokens = expected_tpot.cases[0]
    alone = expected_tpot(kernels, *rates, 1, prompt, tokens)
    assert alone == expected_tpot(kernels, *rates, 1, 100 * prompt, tokens)
    assert expected_tpot(kernels, *rates, 2, prompt, tokens) - alone == pytest.approx(
        prompt / tokens
    )
