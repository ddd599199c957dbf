"""What the commands accept, and the one line that everything else gets."""

import argparse

import pytest

from tokenworks.commands.arguments import natural, positive, share, size


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "1e3", "", "x", "٣", "10" * 12, "+1", " 1"])
def test_no_whole_number_from_1(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is not a whole number from 1"):
        positive(text)


def test_whole_numbers():
    assert positive("1000000000000") == 10**12
    assert (natural("0"), natural("007")) == (0, 7)


@pytest.mark.parametrize("text", ["1", "-0.1", "nan", "inf", "20%", ""])
def test_no_share(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is not a share from 0 to below 1"):
        share(text)


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "2 GiB", ""])
def test_no_size(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is not a number from 0"):
        size(text)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("kv", "one of the arguments --model --config is required"),
        ("kv --model a --config b", "not allowed with argument --model"),
        ("kv --model lama-3-8b", "unknown model 'lama-3-8b'; known, closest first: llama-3-8b"),
        ("kv --model llama-3-8b --tokens 0", "argument --tokens: '0' is not a whole number from 1"),
        ("kv --model llama-3-8b --batch -1", "argument --batch: '-1' is not a whole number from 1"),
        ("kv --model llama-3-8b --kv-dtype fp7", "unknown format 'fp7'; known, closest first: fp"),
        ("kv --model llama-3-8b --tp 3", "cannot be sharded over 3 chips; take 1, 2, 4"),
        ("kv --model llama-3-8b --kv-dtype int8 --kv-group 64", "needs --kv-scale-bits"),
        ("kv --model llama-3-8b --kv-dtype int8 --kv-scale-bits 8", "needs --kv-group"),
        ("kv --config {configs}", "is a folder; name the config.json in it"),
        ("kv --config {configs}/none.json", "none.json: No such file or directory"),
        ("kv --config {configs}/test_reading.py", "test_reading.py is not JSON"),
        ("fit --model llama-3-8b", "the following arguments are required: --chip"),
        ("fit --model llama-3-8b --chip h", "'h' is the beginning of 2 chips: h100-sxm, h200-sxm"),
        ("fit --model llama-3-8b --chip h100 --chips 0", "--chips: '0' is not a whole number"),
        ("fit --model llama-3-8b --chip h100 --chips 3", "cannot be sharded over 3 chips"),
        ("fit --model llama-3-8b --chip h100 --weights fp7", "unknown format 'fp7'"),
        ("fit --model llama-3-8b --chip h100 --context 0", "--context: '0' is not a whole number"),
        ("fit --model llama-3-8b --chip h100 --fragmentation 1", "is not a share"),
        ("fit --config {configs}/gpt2.json --chip h100", "gpt2.json: the weights of model_type"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(command, line, complaint):
    done = command(line)
    assert (done.code, done.out) == (2, "")
    assert complaint in done.err
    assert done.err.count("\n") == 1


def test_a_config_without_a_key_names_file_and_key(command, tmp_path):
    path = tmp_path / "config.json"
    path.write_text('{"num_hidden_layers": 2}')
    done = command(f"kv --config {path}")
    wanted = (
        "the config has no num_attention_heads (nor n_head, n_heads, num_heads, attention_heads)"
    )
    assert (done.code, done.err) == (2, f"tokenworks: {path}: {wanted}\n")
