import pytest
from prometheus_client.parser import text_string_to_metric_families
from scripted import Scripted, echoes
from sites import COMPLETIONS

from tokenworks.model import GREEDY
from tokenworks.serving.batch import Batch
from tokenworks.serving.driver import step
from tokenworks.serving.metrics import e2el_seconds, tpot_seconds, ttft_seconds
from tokenworks.serving.server.prometheus import Metrics
from tokenworks.serving.text_requests import TextRequest
from tokenworks.speculation.counts import Counts

VLLM = """
vllm:num_requests_running vllm:num_requests_waiting vllm:kv_cache_usage_perc
vllm:num_preemptions_total vllm:prompt_tokens_total vllm:generation_tokens_total
vllm:prefix_cache_queries_total vllm:prefix_cache_hits_total vllm:prompt_tokens_cached_total
vllm:request_prefill_kv_computed_tokens_sum
vllm:request_success_total vllm:iteration_tokens_total_count vllm:request_prompt_tokens_sum
vllm:request_generation_tokens_sum vllm:request_params_n_count
vllm:request_params_max_tokens_count vllm:time_to_first_token_seconds_bucket
vllm:inter_token_latency_seconds_bucket vllm:request_time_per_output_token_seconds_bucket
vllm:e2e_request_latency_seconds_bucket vllm:request_queue_time_seconds_bucket
vllm:request_inference_time_seconds_bucket vllm:request_prefill_time_seconds_bucket
vllm:request_decode_time_seconds_bucket vllm:admission_rejections_total
vllm:request_max_num_generation_tokens_sum
"""
TELLING = ("le", "finished_reason", "position")


def values(metrics):
    """Return every sample by name and the label that tells it from its siblings."""
    found = {}
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            assert sample.labels["model_name"] == "scripted"
            rest = [
                sample.labels[n]
                for n in ("le", "finished_reason", "position")
                if n in sample.labels
            ]
            found[(sample.name, *rest)] = sample.value
    return found


@pytest.fixture
def ran(ask):
    """Return metrics and requests of two requests on a clock of whole seconds."""
    engine, metrics = Scripted(echoes), Metrics("scripted")
    requests = [
        TextRequest(prompt_ids=[5] * n, max_tokens=3, sampling=GREEDY, arrival_seconds=float(n))
        for n in (1, 2)
    ]
    metrics.admitted(ask(n=2))
    for request in requests:
        engine.scheduler.add(request)
    for now in map(float, range(4, 40)):
        done = step(engine.scheduler, now, lambda turn: ([turn.now + 0.5], engine.run(turn.batch)))
        if done is None:
            break
        metrics.step(done.batch, done.emitted)
        for request in done.finished:
            metrics.finished(request)
        metrics.state(engine.scheduler)
        if now == 5:
            halfway = values(metrics)
    return metrics, requests, halfway


def test_the_names_are_vllms(ran):
    names = {key[0] for key in values(ran[0])}
    assert names.issuperset(VLLM.split())


def test_the_histograms_hold_the_same_times_as_the_librarys_metrics(ran):
    metrics, requests, _ = ran
    found = values(metrics)
    assert found["vllm:time_to_first_token_seconds_sum",] == sum(map(ttft_seconds, requests))
    assert found["vllm:time_to_first_token_seconds_count",] == 2
    assert found["vllm:e2e_request_latency_seconds_sum",] == sum(map(e2el_seconds, requests))
    assert found["vllm:inter_token_latency_seconds_count",] == 4  # two gaps a request
    per_request = found["vllm:request_time_per_output_token_seconds_sum",]
    assert per_request == sum(map(tpot_seconds, requests))
    parts = [f"vllm:request_{part}_time_seconds_sum" for part in ("queue", "prefill", "decode")]
    whole = found["vllm:e2e_request_latency_seconds_sum",]
    assert sum(found[part,] for part in parts) == pytest.approx(whole)
    assert found["vllm:time_to_first_token_seconds_bucket", "2.5"] == 1  # 4.5 - 2
    assert found["vllm:time_to_first_token_seconds_bucket", "5.0"] == 2  # 4.5 - 1


def test_counters_and_gauges(ran):
    metrics, _, halfway = ran
    found = values(metrics)
    assert found["vllm:prompt_tokens_total",] == 3
    assert found["vllm:generation_tokens_total",] == 6
    assert found["vllm:iteration_tokens_total_sum",] == 3 + 2 + 2
    assert found["vllm:request_success_total", "length"] == 2
    assert found["vllm:request_success_total", "abort"] == 0
    assert found["vllm:request_params_n_sum",] == 2
    assert (halfway["vllm:num_requests_running",], found["vllm:num_requests_running",]) == (2, 0)
    assert halfway["vllm:kv_cache_usage_perc",] == pytest.approx(2 / 64)
    assert found["vllm:kv_cache_usage_perc",] == 0


def test_what_of_a_prompt_was_cached_is_counted_with_its_first_token():
    metrics, batch = Metrics("scripted"), Batch((), 0)
    for prompt, cached in ((9, 4), (20, 16), (6, 0)):
        request = TextRequest(prompt_ids=[5] * prompt, max_tokens=3, sampling=GREEDY)
        request.cached_tokens, request.scheduled_seconds = cached, 0.5
        for second in (1.0, 2.0):
            request.token_seconds.append(second)
            metrics.step(batch, [(request, 1)])
        request.stop_reason, request.finished_seconds = "stop", 2.0
        metrics.finished(request)
    found = values(metrics)
    assert found["vllm:prompt_tokens_total",] == 9 + 20 + 6
    assert found["vllm:prompt_tokens_cached_total",] == 4 + 16
    assert found["vllm:request_prefill_kv_computed_tokens_sum",] == 5 + 4 + 6


def test_drafts_are_counted_under_vllms_names_by_an_engine_that_speculates():
    metrics, counts, scheduler = Metrics("scripted"), Counts(), Scripted(echoes).scheduler
    assert "spec_decode" not in metrics.text().decode()
    metrics.speculates(counts, gamma=3)
    for drafted, accepted in ((3, 2), (0, 0), (3, 0), (1, 1)):
        counts.record(drafted, accepted, tokens=accepted + 1)
        metrics.state(scheduler)
    metrics.state(scheduler)
    found = values(metrics)
    assert found["vllm:spec_decode_num_drafts_total",] == 3
    assert found["vllm:spec_decode_num_draft_tokens_total",] == 7
    assert found["vllm:spec_decode_num_accepted_tokens_total",] == 3
    per_position = "vllm:spec_decode_num_accepted_tokens_per_pos_total"
    assert [found[per_position, str(at)] for at in range(3)] == [2, 1, 0]


def test_the_tokens_of_one_step_have_no_gap_between_them():
    metrics, batch = Metrics("scripted"), Batch((), 0)
    request = TextRequest(prompt_ids=[5], max_tokens=9, sampling=GREEDY)
    for second, tokens in ((1.0, 1), (3.0, 4), (3.5, 2)):
        request.token_seconds += [second] * tokens
        metrics.step(batch, [(request, tokens)])
    found = values(metrics)
    assert found["vllm:generation_tokens_total",] == 7
    assert found["vllm:time_to_first_token_seconds_count",] == 1
    gaps = "vllm:inter_token_latency_seconds"
    assert (found[f"{gaps}_count",], found[f"{gaps}_sum",]) == (2, 2.5)


def test_a_cancelled_request_counts_and_has_no_times(ran):
    metrics, _, _ = ran
    request = TextRequest(prompt_ids=[5], max_tokens=3, sampling=GREEDY)
    request.stop_reason = "cancelled"
    metrics.finished(request)
    found = values(metrics)
    assert found["vllm:request_success_total", "abort"] == 1
    assert found["vllm:e2e_request_latency_seconds_count",] == 2


def test_refusals_are_counted(ran):
    ran[0].rejected()
    assert values(ran[0])["vllm:admission_rejections_total",] == 1


def test_two_servers_in_one_process_do_not_meet():
    one, other = Metrics("scripted"), Metrics("scripted")
    one.rejected()
    assert values(other)["vllm:admission_rejections_total",] == 0


def test_of_n_answers_the_longest_counts_once_they_have_all_ended(site):
    here = site(Scripted(echoes))
    answer = here.post(COMPLETIONS, {"prompt": ["ab", "cde"], "n": 2, "max_tokens": 5})[1]
    assert len(answer["choices"]) == 4
    found = values(here.server.worker.metrics)
    assert found["vllm:request_max_num_generation_tokens_count",] == 2
    assert found["vllm:request_max_num_generation_tokens_sum",] == 10
    assert found["vllm:prompt_tokens_total",] == 5  # two answers to a prompt read it once
    assert found["vllm:request_prompt_tokens_sum",] == 5


def test_the_cache_is_told_as_labels(site):
    told = site(Scripted(echoes, blocks=64, share_prefixes=True)).get("/metrics")[1]
    (line,) = (line for line in told.splitlines() if line.startswith("vllm:cache_config_info{"))
    for label in ('block_size="4"', 'num_gpu_blocks="64"', 'enable_prefix_caching="True"'):
        assert label in line
