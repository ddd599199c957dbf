"""A file of either kind is known by its columns; another is refused with their names."""

import pytest

from tokenworks.validate.files import predict_text

SERVED = (
    "m,system,backend,prec,isl,osl,conc,gpus,tpot\nllama-70b,h100_sxm,vllm,fp8,1024,1024,4,2,17.4\n"
)
PUBLISHED = (
    "model,hardware,count,parallelism,precision,batch_or_concurrency,isl,osl,metric,value\n"
    "Llama-3.3-70B,H100-80GB,2,TP2,FP8,max,128,2048,output tok/s total,6651\n"
)


def test_both_kinds():
    assert [one.metric for one in predict_text(SERVED, table="a.csv")] == ["tpot_ms", "ttft_ms"]
    (one,) = predict_text(PUBLISHED, table="b.csv")
    assert (one.metric, one.id, one.grade) == ("output tok/s total", None, None)


def test_columns_in_another_order_and_more_of_them():
    head, row = (line.split(",") for line in SERVED.splitlines())
    turned = ",".join([*head[::-1], "mine"]) + "\n" + ",".join([*row[::-1], "x"]) + "\n"
    assert [one.predicted for one in predict_text(turned, table="a.csv")] == [
        one.predicted for one in predict_text(SERVED, table="a.csv")
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", r"c\.csv lacks a served row's columns m, system"),
        ("a,b\n1,2\n", "lacks a served row's columns m, system"),
        (SERVED.replace("conc,", "").replace(",4,2", ",2"), "lacks a served row's columns conc "),
        (SERVED.splitlines()[0], "has its columns and no row"),
        (SERVED.replace(",tpot", "").replace(",17.4", ""), "has no column ttft or tpot"),
        (PUBLISHED.replace("metric,", "kind,"), "lacks a published row's columns metric "),
    ],
)
def test_other_files_are_refused(text, complaint):
    with pytest.raises(ValueError, match=complaint):
        predict_text(text, table="c.csv")
