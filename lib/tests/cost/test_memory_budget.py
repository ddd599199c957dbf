"""What fits, against sums by hand and against itself."""

from dataclasses import replace

import pytest

from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory_budget import budget, fit_chips, fit_slice, max_batch, max_context
from tokenworks.specs import chip, model_spec

GIB = 2**30
A100, H100, V5E = chip("a100-80gb"), chip("h100-sxm"), chip("tpu-v5e")
LLAMA = model_spec("llama-3-70b")
WEIGHTS = 70_553_706_496 * 2  # bf16
A100_BYTES, H100_BYTES = 81_920 * 2**20, 81_559 * 2**20  # as their drivers report
KV_4K = 2 * 80 * 8 * 128 * 2 * 4096  # 1.25 GiB a sequence


def test_70b_on_two_a100_with_32_sequences_is_over_by_hand():
    got = budget(Deployment(LLAMA, A100, 2), context_tokens=4096, batch=32)
    assert got.weight_bytes == WEIGHTS / 2
    assert got.kv_bytes == 32 * KV_4K / 2 == 20 * GIB
    assert got.free_bytes == A100_BYTES - WEIGHTS / 2 - 20 * GIB
    assert not got.fits


@pytest.mark.parametrize(
    ("changes", "batch", "fits"),
    [
        ({}, 32, False),
        ({"weights": "int8"}, 32, True),
        ({"kv": "int8"}, 32, True),
        ({}, 16, True),
        ({"chips": 4}, 32, True),
        ({"kv": "int8"}, 40, False),
        ({"weights": "int8"}, 40, True),
    ],
)
def test_the_four_remedies(changes, batch, fits):
    """All four are enough for 32 on what the driver reports; on 80 x 10^9 bytes two were not."""
    on = replace(Deployment(LLAMA, A100, 2, overhead_bytes=2e9), **changes)
    assert budget(on, context_tokens=4096, batch=batch).fits is fits


def test_halving_the_cache_needs_what_the_driver_reports_and_not_what_is_sold():
    on = Deployment(LLAMA, A100, 2, overhead_bytes=2e9, kv="int8")
    held = budget(on, context_tokens=4096, batch=32)
    assert held.needed_bytes == WEIGHTS / 2 + 10 * GIB + 2e9
    assert 80e9 < held.needed_bytes < A100_BYTES < H100_BYTES + GIB


def test_one_b200_holds_a_70b_model_in_bf16_with_conversations_to_spare():
    on = Deployment(LLAMA, chip("b200"))
    held = budget(on, context_tokens=8192, batch=16)
    assert (held.fits, held.capacity_basis) == (True, "usable")
    assert held.capacity_bytes == 183_359 * 2**20
    assert fit_chips(on, context_tokens=8192, batch=16) == 1


def test_83_95_gigabytes_fit_on_an_h100():
    """What the first of two engineers measured: 83.95 GB needed, 85.52 GB there."""
    rest = 83_950_000_000 - WEIGHTS // 2 - KV_4K // 2
    held = budget(Deployment(LLAMA, H100, 2, overhead_bytes=rest), context_tokens=4096)
    assert held.needed_bytes == 83.95e9
    assert held.fits
    assert held.free_bytes == 85_520_809_984 - 83.95e9


def test_a_plan_says_which_figure_of_the_chip_it_is_made_with():
    request = {"context_tokens": 4096}
    usable = budget(Deployment(LLAMA, chip("mi300x")), **request)
    assert (usable.capacity_basis, usable.capacity_bytes) == ("usable", 206_141_652_992)
    physical = budget(Deployment(LLAMA, chip("mi325x")), **request)
    assert (physical.capacity_basis, physical.capacity_bytes) == ("physical", 256 * GIB)


def test_overhead_fragmentation_and_activations_are_taken_off_the_pool():
    on = Deployment(LLAMA, H100, 4, overhead_bytes=3e9, fragmentation=0.25)
    got = budget(on, context_tokens=4096, batch=10, prefill_tokens=2048)
    pool = H100_BYTES - WEIGHTS / 4 - 3e9 - got.activation_bytes
    assert got.fragmentation_bytes == 0.25 * pool
    assert max_batch(on, 4096, prefill_tokens=2048) == int(0.75 * pool // (KV_4K / 4))
    assert got.activation_bytes == 2048 * 2 * (2 * 8192 + 2 * 28672 / 4) + 128256
    kept = budget(replace(on, weights="int8", kept=("embed",)), context_tokens=4096)
    assert kept.weight_bytes == (WEIGHTS / 2 + 128_256 * 8192) / 4


def test_a_chip_that_is_full_to_the_last_byte_fits():
    rest = A100_BYTES - WEIGHTS // 2 - KV_4K // 2
    full = budget(Deployment(LLAMA, A100, 2, overhead_bytes=rest), context_tokens=4096)
    assert full.free_bytes == 0
    assert full.fits
    assert not budget(Deployment(LLAMA, A100, 2, overhead_bytes=rest + 1), context_tokens=4096).fits


def test_max_batch_by_hand():
    room = 2 * H100_BYTES - WEIGHTS
    assert max_batch(Deployment(LLAMA, H100, 2), 4096) == int(room // KV_4K) == 22
    assert max_batch(Deployment(LLAMA, H100, 1), 4096) == 0


def test_max_context_is_the_last_that_fits():
    on = Deployment(LLAMA, H100, 2)
    longest = max_context(on)
    assert longest == int((2 * H100_BYTES - WEIGHTS) // (2 * 80 * 8 * 128 * 2))
    assert max_context(on, 3) == longest // 3
    assert max_context(Deployment(LLAMA, H100, 1)) == 0


def test_a_model_of_windows_alone_has_no_longest_context():
    mistral = replace(model_spec("llama-3-8b"), window_tokens=4096)
    on = Deployment(mistral, A100)
    assert max_context(on) is None
    full, room = 2 * 32 * 8 * 128 * 2 * 4096, A100_BYTES - 8_030_261_248 * 2
    assert max_batch(on, 4096) == max_batch(on, 10**6) == int(room // full)
    assert max_context(on, max_batch(on, 4096) + 1) < 4096


def test_the_widest_window_decides_whether_the_context_has_an_end():
    listed = (8192, *[64] * 31)
    on = Deployment(replace(model_spec("llama-3-8b"), layer_windows=listed), A100)
    narrow, wide = max_batch(on, 64), max_batch(on, 8192)
    assert max_batch(on, 10**6) == wide < narrow
    assert max_context(on, wide) is None
    assert 64 <= max_context(on, wide + 1) < 8192


def test_states_of_linear_layers_are_sharded_and_held_for_each_sequence():
    on = Deployment(model_spec("qwen3.5-397b-a17b"), chip("h200-sxm"), 8, weights="fp8")
    got = budget(on, context_tokens=1000, batch=3)
    assert got.kv_bytes == 3 * (15 * 2048 * 1000 / 2 + 192_061_440 / 8)  # two KV heads, eight chips
    assert max_context(on) is not None


def test_fewest_chips_and_what_can_be_rented():
    request = {"context_tokens": 8192, "batch": 1}
    assert fit_chips(Deployment(LLAMA, H100), **request) == 2
    on = Deployment(LLAMA, V5E)
    assert fit_chips(on, **request) == 16  # nine hold it, but 64 heads go on 8 or 16
    assert fit_slice(on, **request) == 16
    small = Deployment(model_spec("llama-3-8b"), V5E)
    assert fit_slice(small, context_tokens=4096) == 1  # 16.06 and 0.54 of 16.91 GB
    assert fit_chips(small, **request) == 2  # 1.07 more than the 16.06 are too many
    assert fit_slice(small, **request) == 4  # there is no slice of two
    with pytest.raises(ValueError, match="does not fit on any number of"):
        fit_chips(Deployment(model_spec("smollm2-135m"), chip("rtx-4090")), context_tokens=10**9)


@pytest.mark.parametrize("bad", [0, -1, 1.5, True, "8"])
def test_lengths_and_batches_are_whole_and_positive(bad):
    on = Deployment(LLAMA, H100, 4)
    with pytest.raises(ValueError, match="context_tokens must be a whole number"):
        budget(on, context_tokens=bad)
    with pytest.raises(ValueError, match="batch must be a whole number"):
        budget(on, context_tokens=8, batch=bad)
    with pytest.raises(ValueError, match="context_tokens must be a whole number"):
        max_batch(on, bad)
    with pytest.raises(ValueError, match="batch must be a whole number"):
        max_context(on, bad)
