import json
import os
import signal
import subprocess
import sys

import pytest

from tokenworks import model
from tokenworks.cli import main
from tokenworks.model.download import FetchError
from tokenworks.specs import chips, model_specs

PROMPT = "What is the capital of Japan?"


def run(capsys, *arguments):
    code = 0
    try:
        code = main(arguments)
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    return code, out, err


SHARE = "must be a finite number above 0 and at most 1"
BELOW = "must be a finite number from 0 to below 1"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["generate", ""], "tokenworks generate: argument PROMPT: the prompt is empty"),
        (
            ["generate", "x", "--tokens", "-3"],
            "--tokens: '-3' is not a whole number from 0 to",
        ),
        (
            ["generate", "x", "--tokens", "2.5"],
            "--tokens: '2.5' is not a whole number from 0",
        ),
        (["generate", "x", "--temperature", "-1"], "temperature must be a finite number from 0"),
        (["generate", "x", "--top-p", "0"], f"top_p {SHARE}, got 0.0"),
        (["generate", "x", "--top-p", "1.5"], f"top_p {SHARE}, got 1.5"),
        (["generate", "x", "--top-k", "0"], "top_k must be a whole number from 1"),
        (["generate", "x", "--min-p", "1"], f"min_p {BELOW}, got 1.0"),
        (["generate", "x", "--seed", "-1"], "seed must be a whole number from 0"),
        (["models", "lama-3-8b"], "known, closest first: llama-3-8b,"),
        (["chips", "h100"], "known, closest first: h100-sxm,"),
        (["nonsense"], "invalid choice: 'nonsense'"),
        ([], "the following arguments are required: COMMAND"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(capsys, arguments, complaint):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert complaint in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", ["generate", "models", "chips"])
def test_help_has_an_example(capsys, command):
    code, out, _ = run(capsys, command, "--help")
    assert code == 0
    assert f"examples:\n  tokenworks {command}" in out


@pytest.mark.parametrize(
    ("command", "known"), [("models", model_specs), ("chips", chips)], ids=["models", "chips"]
)
def test_tables_hold_every_row_and_its_source(capsys, command, known):
    rows = {row.name: row for row in known()}
    code, out, _ = run(capsys, command)
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[2:]] == list(rows)
    assert all(row.source in out for row in rows.values())
    code, out, _ = run(capsys, command, "--json")
    assert [row["name"] for row in json.loads(out)] == list(rows)


def test_one_row(capsys):
    code, out, _ = run(capsys, "models", "smollm2-135m")
    assert code == 0
    assert "134.5 million parameters" in out
    assert len(out.splitlines()) == 3
    _, out, _ = run(capsys, "models", "smollm2-135m", "--json")
    assert json.loads(out)[0]["d_model"] == 576


def test_weights_that_cannot_be_fetched_are_one_line_and_exit_code_1(capsys, monkeypatch):
    def offline():
        raise FetchError("cannot fetch the weights (offline?)")

    monkeypatch.setattr(model, "load", offline)
    code, out, err = run(capsys, "generate", "x")
    assert (code, out, err) == (1, "", "tokenworks: cannot fetch the weights (offline?)\n")


def test_interrupt_leaves_no_traceback(capsys, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(model, "load", interrupted)
    assert run(capsys, "generate", "x") == (130, "", "\n")


def test_a_reader_that_leaves_early_is_no_error():
    command = f"{sys.executable} -m tokenworks chips --json"
    process = subprocess.Popen(
        command.split(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 128 + signal.SIGPIPE


@pytest.mark.model
def test_text_streams_and_json_is_one_object(capsys):
    greedy = ["generate", PROMPT, "--chat", "--tokens", "12", "--temperature", "0"]
    code, out, err = run(capsys, *greedy)
    assert (code, out, err) == (0, "The capital of Japan is Tokyo.\n", "")
    code, out, _ = run(capsys, *greedy, "--json")
    answer = json.loads(out)
    assert code == 0
    assert list(answer) == ["prompt_ids", "ids", "text", "stop_reason"]
    assert answer["text"] == "The capital of Japan is Tokyo."
    assert (answer["ids"][-1], answer["stop_reason"]) == (2, "eos")


@pytest.mark.model
def test_stopping_and_not_stopping(capsys):
    greedy = ["generate", PROMPT, "--chat", "--tokens", "12", "--temperature", "0", "--json"]
    stopped = json.loads(run(capsys, *greedy, "--stop", " is Tok")[1])
    assert (stopped["text"], stopped["stop_reason"]) == ("The capital of Japan", "stop")
    on = json.loads(run(capsys, *greedy, "--no-stop")[1])
    assert (len(on["ids"]), on["stop_reason"]) == (12, "length")
    assert on["text"].startswith("The capital of Japan is Tokyo.<|im_end|>")


@pytest.mark.model
def test_the_raw_prompt_gets_no_added_token_and_the_cache_changes_nothing(capsys):
    seeded = ["generate", "Guten Morgen, wie geht es", "--tokens", "6", "--seed", "7", "--json"]
    filters = ["--top-k", "50", "--top-p", "0.9", "--min-p", "0.01", "--temperature", "0.8"]
    cached = json.loads(run(capsys, *seeded, *filters)[1])
    assert cached == json.loads(run(capsys, *seeded, *filters, "--no-cache")[1])
    assert cached["prompt_ids"] == model.load().tokenizer.encode("Guten Morgen, wie geht es")


def test_a_module_run_is_the_command_line():
    done = subprocess.run(
        [sys.executable, "-m", "tokenworks", "models", "nope"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("tokenworks: unknown model 'nope'")
