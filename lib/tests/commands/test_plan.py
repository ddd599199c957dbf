"""`tokenworks plan`: what to deploy, replayed; against the library."""

import pytest

from tokenworks import planner

LINE = (
    "plan --model llama-3-8b --chip h100 --slo-ttft 0.5 --slo-tpot 0.03 --rate 6 --prompt 500 "
    "--output 60 --weights fp8 --kv bf16 --requests 100"
)


def asked(**changes):
    usual = {"requests_per_s": 6, "prompt_tokens": 500, "output_tokens": 60}
    bounds = {"ttft_seconds": 0.5, "tpot_seconds": 0.03, "counted": 100}
    formats = {"weights": ("fp8",), "caches": ("bf16",)}
    return planner.plan("llama-3-8b", "h100", **(usual | bounds | formats | changes))


def test_the_object_is_what_the_library_says(command):
    told = command(f"{LINE} --seed 4 --json").json
    expected = asked(seed=4)
    assert told["feasible"] is True
    assert told["usd_per_million"] == pytest.approx(expected.usd_per_million)
    assert told["deployment"]["name"] == expected.best.candidate.name
    assert told["replay"]["seeds"] == [4, 5, 6]
    assert set(told) >= {"binding", "alternatives", "replay", "expected_error", "notes"}


def test_the_page_for_people_shows_price_binding_and_seeds(command):
    out = command(LINE).out
    assert "Llama-3 8B on H100 SXM: 6 requests/s of 500 + 60 tokens" in out
    assert "a million tokens out  USD" in out
    assert " % within 30 ms; TPOT is the mean gap of an answer" in out
    assert "binding: no way to serve this model on this chip costs less" in out
    assert "replayed: 369 requests, seeds 0 to 2" in out
    assert "note: expected times: half of" in out


def test_what_is_impossible_is_an_answer(command):
    done = command(f"{LINE.replace('0.03', '0.0001')}")
    assert done.code == 0
    assert "in the way: 100 µs is below the floor of TPOT" in done.out
    assert "remedy: allow more than TPOT" in done.out
    assert command(f"{LINE.replace('0.03', '0.0001')} --json").json["feasible"] is False


def test_formats_and_a_price_of_ones_own(command):
    own = command(f"{LINE} --weights bf16 --usd-per-chip-hour 2 --json").json
    assert own["deployment"]["weights"] == own["deployment"]["cache"] == "bf16"
    assert own["deployment"]["usd_per_hour"] == 2
    assert own["deployment"]["price"] is None


TRACE = "arrival_seconds,prompt_tokens,output_tokens\n0,500,60\n1,20,30\n2,3000,90\n"


def test_lengths_of_a_trace(command, tmp_path):
    file = tmp_path / "asked.csv"
    file.write_text(TRACE, encoding="utf-8")
    line = LINE.replace("--prompt 500 --output 60", "--trace").replace("0.03", "0.0001")
    out = command(line.replace("--trace", f"--trace {file}")).out
    assert "6 requests/s of 1,173 + 60 tokens on average" in out
    assert "note: requests are drawn from 3 pairs of lengths" in out
    named = command(line.replace("--trace", "--trace azure-conversation")).out
    assert "6 requests/s of 936 + 295 tokens on average" in named
    assert "note: lengths: Patel et al." in named


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (LINE.replace("--prompt 500", ""), "give --prompt and --output, or --trace"),
        (f"{LINE} --trace azure-conversation", "give --prompt and --output, or --trace"),
        (
            LINE.replace("--prompt 500 --output 60", "--trace nope"),
            "no trace 'nope': give azure-conversation or a CSV file",
        ),
        (LINE.replace("0.03", "0"), "tpot_seconds must be a finite number above 0"),
        (LINE.replace("--rate 6", "--rate -1"), "requests_per_s must be a finite number from"),
        (LINE.replace("--rate 6", "--rate many"), "--rate: invalid float value: 'many'"),
        (
            LINE.replace("--output 60 --weights fp8 --kv bf16 --requests 100", "--output 0"),
            "'0' is not a whole number from 1",
        ),
        (LINE.replace("h100", "tpu-v7"), "no price on demand is known for TPU7x"),
        (LINE.replace("h100", "epyc-9654"), "is no GPU and no TPU: take another chip"),
        (LINE.replace("llama-3-8b", "nope"), "unknown model 'nope'"),
        (LINE.replace("500", "9000"), "beyond the 8,192 that Llama-3 8B is built for"),
        (f"{LINE} --requests 9", "counted (--requests) must be a whole number from 100"),
        (f"{LINE} --percentile 99.99", "P99.99 needs 12,296 requests of each seed"),
        (f"{LINE} --percentile 100", "percentile must be a finite number"),
        (f"{LINE} --weights fp3", "precision 'fp3' is not known"),
        (f"{LINE} --offer lambda-a100-80gb", "is of a100-80gb, not of h100-sxm"),
    ],
)
def test_bad_input_is_one_line(command, line, complaint):
    done = command(line)
    assert done.code == 2
    assert complaint in done.err
    assert done.err.count("\n") == 1
