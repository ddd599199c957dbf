"""Which rows a number rests on: passed, held, or read off somewhere in the caller's text."""

import linecache

import pytest

from tokenworks import chip, claim, model_spec, price, worked
from tokenworks.cost import Deployment, decode_flops, decode_seconds, prefill_flops
from tokenworks.data import level, purchase
from tokenworks.fact_sources import cell_source, input_sources, row_name, row_sources

A100, LLAMA = chip("a100-80gb"), model_spec("llama-3-70b")
RATES = {"flops_per_s": A100.peak(), "bytes_per_s": A100.hbm_bytes_per_s}


def named(shown):
    return [source.what for source in shown.workings[-1].sources]


def test_a_row_names_its_source_and_its_day():
    (found,) = row_sources(A100)
    assert (found.what, found.source, found.accessed) == (A100.label, A100.source, A100.accessed)


def test_a_deployment_holds_its_model_and_its_chip():
    assert [s.what for s in row_sources(Deployment(LLAMA, A100, 2))] == [LLAMA.label, A100.label]


def test_numbers_words_and_types_hold_no_rows():
    assert row_sources([1, 2.5, "bf16", None, {"a": 1}, type(A100)]) == []


def test_an_input_that_holds_rows_needs_no_text():
    found = input_sources(None, {"on": Deployment(LLAMA, A100)}, None)
    assert [source.what for source in found] == [LLAMA.label, A100.label]


def test_a_plain_number_is_followed_to_its_row():
    rate = A100.hbm_bytes_per_s
    assert named(worked("70 ms", "W / rate", W=142.7e9, rate=rate)) == [A100.label]


def test_a_dictionary_is_followed_to_its_rows():
    flops = {"whole_flops": prefill_flops(LLAMA, 501), "step_flops": decode_flops(LLAMA, 501)}
    assert named(worked("491×", "whole_flops / step_flops", **flops)) == [LLAMA.label]
    assert named(worked("153 FLOP/B", "flops_per_s / bytes_per_s", **RATES)) == [A100.label]


def test_what_is_added_to_a_dictionary_is_followed_too():
    terms = {"params": 70e9}
    terms |= {"rate": A100.hbm_bytes_per_s}
    assert named(worked("0.0343×", "params / rate", **terms)) == [A100.label]


def test_a_name_that_was_bound_anew_means_what_it_meant():
    spec = model_spec("llama-3-8b")
    flops = prefill_flops(spec, 500)
    spec = model_spec("llama-3-70b")
    shown = worked("7.05 TFLOP", "flops", flops=flops)
    assert named(shown) == ["Llama-3 8B"]
    assert spec is LLAMA


def test_each_turn_of_a_loop_has_its_own_row():
    cited = [
        worked(claim(name).printed, "printed / 100", printed=claim(name).value)
        for name in ("paged-kernel-low", "paged-kernel-high")
    ]
    assert [named(each) for each in cited] == [
        [claim("paged-kernel-low").label],
        [claim("paged-kernel-high").label],
    ]


def test_a_function_of_the_caller_is_followed_into_its_body():
    def step(context_tokens):
        return decode_seconds(Deployment(LLAMA, A100, 2), context_tokens)

    assert named(worked("34 ms", step, context_tokens=651)) == [LLAMA.label, A100.label]


def test_earlier_numbers_pass_their_rows_on():
    took = worked("34 ms", decode_seconds, on=Deployment(LLAMA, A100, 2), context_tokens=651)
    assert named(worked("29 tokens/s", "1 / took", took=took.value)) == [LLAMA.label, A100.label]


def test_typed_numbers_rest_on_nothing():
    assert named(worked("70 ms", "W / rate", W=140e9, rate=2e12)) == []


def test_a_whole_table_is_no_source():
    from tokenworks import prices

    rents = [offer.usd_per_hour for offer in prices()]
    assert named(worked(f"USD {min(rents)}/h", "rent * 1", rent=min(rents))) == []


def test_a_value_of_a_row_may_have_a_source_of_its_own():
    memory = level("h100-sxm-hbm")
    assert memory.latency_source
    assert cell_source(memory, "latency_seconds")[0].source == memory.latency_source
    assert cell_source(memory, "capacity_bytes")[0].source == memory.source


def test_an_offer_is_named_by_who_offers_what_how_and_when():
    assert row_name(price("lambda-a100-80gb")) == "Lambda, a100-80gb, on demand, 2026-10-10"
    assert row_name(purchase("rtx-4090")) == "rtx-4090"
    assert row_name(claim("paged-used-vllm")) == "KV memory that holds tokens, vLLM"


CELLS = [
    "from tokenworks import chip, worked\na100 = chip('a100-80gb')",
    "%matplotlib inline\nthis is no Python",
    "rate = a100.hbm_bytes_per_s",
]
LAST = "shown = [worked(text, 'W / rate', W=142.7e9, rate=rate) for text in ('70 ms',)]"


@pytest.mark.parametrize("history", [True, False], ids=["notebook", "no history"])
def test_cells_of_a_notebook_are_read_and_what_is_no_python_skipped(history):
    space = {"__name__": "__main__"}
    for number, text in enumerate([*CELLS, LAST]):
        if history:
            space.setdefault("In", [""]).append(text)
        if "no Python" not in text:
            name = f"<cell {number}>"
            linecache.cache[name] = (
                len(text),
                None,
                [f"{line}\n" for line in text.split("\n")],
                name,
            )
            exec(compile(text, name, "exec"), space)
    assert named(space["shown"][0]) == (["A100 80GB SXM"] if history else [])


def test_a_caller_without_text_is_no_error():
    space = {"worked": worked, "rate": A100.hbm_bytes_per_s}
    exec("shown = worked('70 ms', 'W / rate', W=142.7e9, rate=rate)", space)
    assert named(space["shown"]) == []
