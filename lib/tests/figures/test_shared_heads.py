import re
from dataclasses import replace

import pytest

from tokenworks.cost.memory import kv_bytes_per_token
from tokenworks.figures import kv_sharing
from tokenworks.specs import model_spec

LLAMA = model_spec("llama-3-70b")
KINDS = {
    "MHA, 64 KV heads": replace(LLAMA, n_kv_heads=64),
    "GQA, 8 KV heads": LLAMA,
    "MQA, 1 KV head": replace(LLAMA, n_kv_heads=1),
    "MLA, 512 + 64 numbers": replace(LLAMA, kv_lora_rank=512, d_head_rope=64),
}


def widths(svg, fill):
    found = re.findall(rf'width="([\d.]+)"[^>]*class="f-{fill}"', svg)
    return [float(width) for width in found]


def test_stripes_are_as_wide_as_what_a_layer_keeps():
    picture = kv_sharing(KINDS, bytes_per_value=2, alt="Wires.")
    keys, latent = widths(picture.wide, "keys"), widths(picture.wide, "kv")
    assert len(keys) == len(widths(picture.wide, "values")) == 64 + 8 + 1
    assert len(latent) == 1
    assert keys[64] == keys[72], "a head of GQA is as wide as that of MQA"
    assert latent[0] / (2 * keys[72]) == pytest.approx(576 / 256, rel=0.06)


def test_every_head_has_one_wire():
    picture = kv_sharing(KINDS, bytes_per_value=2, alt="Wires.")
    wires = [line for line in picture.wide.split("\n") if "s-muted" in line]
    assert [wire.count("M") for wire in wires] == [64] * 4


def test_its_numbers_are_the_librarys():
    picture = kv_sharing(KINDS, bytes_per_value=2, alt="Wires.")
    for name, spec in KINDS.items():
        assert picture.numbers[name] == kv_bytes_per_token(spec, 2)
    for words in ("2,621 KB a token", "328 KB a token", "41 KB a token", "92 KB a token"):
        assert words in picture.printed


def test_models_with_other_query_heads_are_refused():
    with pytest.raises(ValueError, match="same number of query heads"):
        kv_sharing({"a": LLAMA, "b": model_spec("llama-3-8b")}, bytes_per_value=2, alt="Wires.")
