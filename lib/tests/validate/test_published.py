"""Published rows: their words read, and what they leave open said."""

import pytest

from tokenworks.validate.published import parse_published_rows, published_rows, setting_of

HEAD = (
    "id,model,hardware,count,parallelism,precision,batch_or_concurrency,isl,osl,metric,value,caveat"
)
ROW = "M1,Llama-3.3-70B,H100-80GB,2,TP2,FP8,max,128,2048,output tok/s total,6651,"


def row(**changes):
    cells = dict(zip(HEAD.split(","), ROW.split(","), strict=True)) | changes
    text = f"{HEAD}\n" + ",".join(f'"{cell}"' for cell in cells.values()) + "\n"
    return parse_published_rows(text, table="x.csv")[0]


def test_the_rows_that_ship():
    rows = published_rows()
    assert len(rows) == 195
    assert len({one.id for one in rows}) == 195
    assert all(one["source"] for one in rows)


def test_a_row_is_read():
    found = setting_of(row())
    assert (found.model.name, found.chip.name, found.chips) == ("llama-3-70b", "h100-sxm", 2)
    assert (found.precision, found.prompt_tokens, found.output_tokens) == ("fp8", 128, 2048)
    assert found.batch is None


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"isl": "ctx 4096", "osl": "-"}, "context_tokens", 4096),
        ({"isl": "5", "osl": "-", "metric": "decode tok/s"}, "context_tokens", 105),
        ({"isl": "ShareGPT", "osl": "ShareGPT"}, "prompt_tokens", 219),
        ({"isl": "U(.,1024)", "osl": "U(.,512)"}, "output_tokens", 256),
        ({"isl": "~8k", "osl": "~1k"}, "prompt_tokens", 8000),
        ({"batch_or_concurrency": "16 req/s, 200 prompts"}, "arrivals_per_s", 16),
        ({"batch_or_concurrency": "<=512 seqs"}, "batch", 512),
        ({"precision": "int8 w + KV (config default)"}, "cache", "int8"),
        ({"precision": "FP16"}, "precision", "bf16"),
        ({"parallelism": "DP2xTP8", "count": "16"}, "replicas", 2),
        ({"caveat": "TRT-LLM; TPOT 13.9 ms"}, "engine", "trtllm"),
    ],
)
def test_the_words_of_sources(changes, field, value):
    assert getattr(setting_of(row(**changes)), field) == value


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"model": "Llama-2-70B + 7B draft"}, "speculative decoding is not in the model"),
        ({"model": "gpt-5"}, "unknown model 'gpt-5'"),
        ({"hardware": "Apple M4 Pro"}, "unknown chip 'apple-m4-pro'"),
        ({"parallelism": "see README"}, "how 2 chips share the model is not stated"),
        ({"parallelism": "TP8"}, "TP8 does not go with 2 chips"),
        ({"precision": "as file"}, "the precision is not stated"),
        ({"batch_or_concurrency": "Server"}, "the batch is not stated"),
    ],
)
def test_what_a_row_leaves_open_is_said(changes, complaint):
    with pytest.raises((KeyError, ValueError), match=complaint.split("(")[0]):
        setting_of(row(**changes))


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match=r"y\.csv has no column parallelism, precision"):
        parse_published_rows(
            "model,hardware,count,batch_or_concurrency,isl,osl,metric,value\n", table="y.csv"
        )
