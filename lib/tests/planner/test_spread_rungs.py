"""The first ladder's numbers are those of the functions behind it."""

from dataclasses import replace

from tokenworks.cost.chip_links import link
from tokenworks.cost.copies import tokens_of_groups
from tokenworks.cost.hybrid import Split, split_cost
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory import kv_bytes, weight_bytes
from tokenworks.planner.served_case import Case, short_time, size_text
from tokenworks.planner.spread_rungs import copies, experts, one_chip, one_server, several_servers
from tokenworks.specs import chip, model_spec

NETWORK = link("infiniband-ndr")
SEVENTY = Case(model_spec("llama-3-70b"), chip("h100-sxm"), 16, 8192, NETWORK)
LARGE = replace(SEVENTY, model=model_spec("llama-3-405b"), users=32, context_tokens=4096)
MIXTURE = replace(SEVENTY, model=model_spec("deepseek-v3"))


def test_bytes_are_weights_and_caches():
    answer, why = one_chip(SEVENTY)
    assert answer == "no"
    assert size_text(weight_bytes(SEVENTY.model, 2)) in why
    assert size_text(16 * kv_bytes(SEVENTY.model, 8192, bytes_per_value=2)) in why
    small = replace(SEVENTY, model=model_spec("llama-3-8b"))
    assert one_chip(small)[0] == "yes"
    assert one_server(small)[0] == several_servers(small)[0] == "not needed"


def test_the_server_has_the_least_chips_and_two_sums_a_layer():
    answer, why = one_server(SEVENTY)
    assert answer == "4 chips"
    assert "160 sums" in why


def test_past_a_server_the_way_with_the_shorter_step_is_named():
    assert one_server(LARGE)[0] == "no"
    answer, why = several_servers(LARGE)
    ways = {
        split.name: split_cost(LARGE.on(8), split, batch=32, context_tokens=4096)
        for split in (Split(8, 2), Split(16))
    }
    assert min(ways, key=lambda name: ways[name].in_turn_seconds) == "TP16"
    assert answer == "16 chips"
    assert "2 stages of 8 chips (TP8 × PP2): a chip holds" in why
    for name, way in ways.items():
        assert f"({name}): a chip holds" in why
        assert short_time(way.in_turn_seconds) in why
    assert "49.3 µs longer" in why, "as the chapter on parallelism has it"
    slow = several_servers(replace(LARGE, ports=link("ethernet-25")))
    ways |= {
        split.name: split_cost(
            LARGE.on(8), split, batch=32, context_tokens=4096, ports="ethernet-25"
        )
        for split in (Split(8, 2), Split(16))
    }
    lead = ways["TP8 × PP2"].in_turn_seconds - ways["TP16"].in_turn_seconds
    assert f"{short_time(lead / ways['TP16'].sums)} longer" in slow[1]


def test_sixty_one_layers_are_not_cut_in_two():
    answer, why = several_servers(MIXTURE)
    assert answer == "32 chips"
    assert "PP" not in why
    assert why.endswith(
        "61 layers do not divide into 2, 4 or 8 equal stages; unequal ones are not costed."
    )
    answer, why = several_servers(replace(MIXTURE, users=128))
    assert answer == "unknown"
    assert "unequal ones are not costed" in why


def test_copies_are_those_that_are_expected_to_write_most():
    answer, why = copies(SEVENTY)
    asked = {"batch": 16, "context_tokens": 8192, "constants": Constants.fitted()}
    able = [way for way in tokens_of_groups(SEVENTY.on(8), **asked) if way.fits]
    best = max(able, key=lambda way: way.tokens_per_s)
    assert (best.chips, answer) == (8, "one copy on 8 chips")
    assert f"{answer} {best.tokens_per_s:,.0f} tokens/s" in why
    assert "2 copies, 4 chips each" in why
    assert copies(LARGE)[0] == "later"
    assert copies(replace(SEVENTY, chip=chip("tpu-v5e"), users=1))[0] == "for more users"


def test_experts_are_dealt_out_of_a_mixture_alone():
    assert experts(SEVENTY)[0] == "has none"
    answer, why = experts(MIXTURE)
    assert answer == "deal them out"
    assert "over InfiniBand NDR between servers" in why
    within = experts(replace(MIXTURE, model=model_spec("mixtral-8x7b")))
    assert "8 chips" in within[1]
    assert "InfiniBand" not in within[1]
    assert experts(replace(MIXTURE, chip=chip("tpu-v5e")))[0] == "unknown"
    small = replace(MIXTURE, model=model_spec("qwen3-30b-a3b"), users=1)
    assert experts(small)[0] == "not needed"


def test_unknown_links_and_slices_are_said():
    card = replace(SEVENTY, chip=chip("rtx-4090"))
    assert one_server(card)[0] == several_servers(card)[0] == "unknown"
    slices = replace(SEVENTY, chip=chip("tpu-v5e"), users=64)
    assert several_servers(slices)[0] == "no"
    huge = replace(LARGE, users=100_000)
    assert several_servers(huge)[0] == "no"
