from itertools import islice

from tokenworks.checks.batching.limits import chunks, largest_batch
from tokenworks.checks.hidden import drawn_cases
from tokenworks.cost.step_time import decode_step_seconds
from tokenworks.serving.block_pool import BlockPool
from tokenworks.serving.driver import drive
from tokenworks.serving.outcome import ONE_EACH
from tokenworks.serving.policy import Policy
from tokenworks.serving.request import Request
from tokenworks.serving.scheduler import Scheduler


def by_the_library(decodes, prompts, budget):
    """Return what the library's scheduler reads of each prompt in the step after the decodes'."""
    running = [Request(prompt_tokens=1, max_tokens=9) for _ in range(decodes)]
    line = [
        Request(prompt_tokens=prompt, max_tokens=9, arrival_seconds=0.5 + at / 100)
        for at, prompt in enumerate(prompts)
    ]
    policy = Policy(max_batch=min(budget, decodes + len(line)), max_batch_tokens=budget)
    batches = []

    def execute(turn):
        batches.append({work.request: work.tokens for work in turn.batch.work})
        return [turn.now + 1.0], ONE_EACH

    drive(Scheduler(policy, BlockPool(10_000, 1)), [*running, *line], execute)
    return [batches[1].get(request, 0) for request in line]


def test_chunks_are_the_librarys():
    for case in (*chunks.cases, *islice(drawn_cases(chunks, "equal"), 30)):
        assert chunks(*case) == by_the_library(*case)


def test_a_step_is_full_or_every_prompt_is_read():
    for decodes, prompts, budget in islice(drawn_cases(chunks, "full"), 40):
        read = chunks(decodes, prompts, budget)
        assert sum(read) == min(sum(prompts), budget - decodes)
        assert all(part <= prompt for part, prompt in zip(read, prompts, strict=True))


def test_the_limits_are_kept_by_the_largest_batch_and_by_no_larger():
    for case in (*largest_batch.cases, *islice(drawn_cases(largest_batch, "edge"), 60)):
        weights, kv, rate, hbm, limit_ms = case

        def keeps(n, case=case):
            weights, kv, rate, hbm, limit_ms = case
            seconds = decode_step_seconds(weights + n * kv, rate)
            return seconds <= limit_ms / 1000 and weights + n * kv <= hbm

        batch = largest_batch(*case)
        assert batch == 0 or keeps(batch)
        assert not keeps(batch + 1)
        for limit in (limit_ms / 1000 * rate, hbm):  # nor does rounding decide
            assert limit < weights or 0.02 < (limit - weights) / kv % 1 < 0.98


def test_either_limit_decides_somewhere():
    drawn = list(islice(drawn_cases(largest_batch, "either"), 40))
    loose = [largest_batch(w, kv, rate, 10 * hbm, ms) for w, kv, rate, hbm, ms in drawn]
    tight = [largest_batch(*case) for case in drawn]
    assert 5 < sum(a > b for a, b in zip(loose, tight, strict=True)) < 35
    assert 0 in tight
