"""The published trace: where it is from, and what it holds."""

from statistics import fmean, median

from tokenworks.data.traces import azure_conversation
from tokenworks.serving.arrivals import trace


def test_the_excerpt_names_its_source_its_licence_and_its_authors():
    excerpt = azure_conversation()
    assert excerpt.source.startswith("https://github.com/Azure/AzurePublicDataset/blob/")
    assert excerpt.license.startswith("CC BY")
    assert "Splitwise" in excerpt.attribution
    assert excerpt.accessed == "2026-11-21"


def test_it_is_half_a_minute_of_long_prompts_and_medium_answers():
    rows = azure_conversation().rows
    assert len(rows) == 130
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert rows[0] == (0.182, 1070, 411)
    assert rows[-1] == (29.539, 125, 205)
    assert median(prompt for _, prompt, _ in rows) == 1027
    assert 250 < fmean(output for _, _, output in rows) < 350


def test_its_rows_are_requests():
    requests = trace(azure_conversation().rows, max_tokens=1024)
    assert sum(request.prompt_tokens for request in requests) == 121_669
    assert sum(request.limit for request in requests) == 38_364
