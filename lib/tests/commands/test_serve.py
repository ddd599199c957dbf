"""`tokenworks serve`: what it refuses, and one life of the real thing."""

import argparse
import json
import os
import signal
import subprocess
import sys
import urllib.request
from dataclasses import replace

import pytest

from tokenworks.commands.serve import _policy, add_serve
from tokenworks.serving.policy import DEFAULT_POLICY
from tokenworks.serving.server.listener import bind, listen


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("serve --port 65536", "'65536' is not a port from 0 to 65535"),
        ("serve --port x", "'x' is not a whole number"),
        ("serve --max-batch 0", "'0' is not a whole number from 1"),
        ("serve --host 192.0.2.1", "cannot listen on 192.0.2.1:8080: "),
        (
            "serve --context 8193 --port 0",
            "must be a whole number from 1 to 8,192, got 8193",
        ),
        (
            "serve --max-batch 9 --max-batch-tokens 8 --port 0",
            "max_batch_tokens must be at least max_batch (9)",
        ),
        ("serve --speculate ngram", "'ngram' is no draft: take prompt-lookup, suffix-lookup"),
        ("serve --speculate prompt-lookup --speculative-tokens 0", "'0' is not a whole number"),
        ("serve --speculative-tokens 3", "--speculative-tokens needs a draft: add --speculate"),
        ("serve --kv-dtype int3 --port 0", "kv_dtype must be one of float32, bfloat16, got 'int3'"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(command, line, complaint):
    done = command(line)
    assert (done.code, done.out) == (2, "")
    assert complaint in done.err
    assert done.err.count("\n") == 1


def test_a_busy_port_is_found_before_the_model_is_loaded(command):
    with bind("127.0.0.1", 0) as taken:
        listen(taken)
        port = taken.getsockname()[1]
        done = command(f"serve --port {port}")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"tokenworks: cannot listen on 127.0.0.1:{port}: ")
    assert done.err.endswith("; try another --port\n")


def policy(line):
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    add_serve(lambda name, *_, **__: commands.add_parser(name))
    return _policy(parser.parse_args(line.split()))


def test_the_policy_is_the_engines_own_unless_it_is_told_otherwise():
    assert policy("serve") == DEFAULT_POLICY
    assert policy("serve --no-prefix-caching") == replace(DEFAULT_POLICY, share_prefixes=False)
    assert policy("serve --max-batch 200").max_batch_tokens == 200
    assert policy("serve --max-batch-tokens 64").max_batch_tokens == 64


def test_help_has_an_example(command):
    done = command("serve --help")
    assert done.code == 0
    assert "examples:\n  tokenworks serve --port 8080" in done.out
    assert "tokenworks serve --speculate prompt-lookup --speculative-tokens 4" in done.out


def test_without_the_extra_it_says_what_to_install():
    without = "import sys; sys.modules['starlette.applications'] = None; "
    code = f"{without}from tokenworks.cli import main; sys.exit(main(['serve', '--port', '0']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    needs = "tokenworks serve needs the extra serve: pip install 'tokenworks[serve]'\n"
    assert (done.stdout, done.stderr) == ("", needs)


@pytest.mark.model
def test_it_answers_and_leaves_when_it_is_told_to():
    line = "serve --port 0 --max-batch 1 --context 64 --max-batch-tokens 64 --json"
    process = subprocess.Popen(
        [sys.executable, "-m", "tokenworks", *line.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert (told["model"], told["context_tokens"]) == ("smollm2-135m", 64)
        talk = {"messages": [{"role": "user", "content": "What is the capital of Japan?"}]}
        asked = urllib.request.Request(
            f"{told['url']}/v1/chat/completions",
            json.dumps(talk | {"temperature": 0}).encode(),
        )
        for cached in (0, 32):
            with urllib.request.urlopen(asked) as response:
                answer = json.load(response)
            said = answer["choices"][0]["message"]["content"]
            assert said == "The capital of Japan is Tokyo."
            assert answer["usage"]["prompt_tokens_details"] == {"cached_tokens": cached}
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, out) == (0, "")
    assert err.startswith("compiling ")
    assert err.count("\n") == 1
