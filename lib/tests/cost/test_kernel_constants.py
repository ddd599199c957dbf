"""The fitted constants: possible, as good as they say, and what stands in where one is missing."""

from dataclasses import replace
from statistics import median

import pytest

from tokenworks.cost.kernel_constants import (
    KINDS,
    USEFUL_P90,
    Constants,
    card_fit,
    kernel_card,
    kernel_fits,
)
from tokenworks.cost.kernels import KERNEL_FORMATS, matrix_seconds, matrix_work
from tokenworks.data.silicon import CHIP_OF, gemm_times
from tokenworks.specs import chip


def test_shares_are_shares_and_every_fit_has_its_errors():
    for fit in kernel_fits():
        assert fit.kernel in KINDS
        assert 0 < fit.compute_share <= 1, fit.name
        assert 0 < fit.bandwidth_share <= 1, fit.name
        assert 0 <= fit.launch_seconds < 2e-4, fit.name
        assert fit.points >= 15, fit.name
        assert 0 < fit.median_error <= fit.p90_error, fit.name
        assert fit.source, fit.name
        assert fit.accessed, fit.name


@pytest.mark.parametrize("name", ["gemm-h100-sxm-bfloat16-vllm", "gemm-b200-nvfp4-vllm"])
def test_a_fit_meets_what_was_timed_as_it_says(name):
    fit = next(fit for fit in kernel_fits() if fit.name == name)
    on, form = chip(fit.chip), KERNEL_FORMATS[fit.format]
    off = []
    for row in gemm_times():
        if (CHIP_OF[row.system], row.format, row.framework) == (fit.chip, fit.format, fit.library):
            work = matrix_work(row.tokens, row.n, row.k, form=form)
            expected = matrix_seconds(work, fit.rates(on, form.arithmetic))
            off.append(abs(expected / row.seconds - 1))
    assert len(off) == fit.points
    assert median(off) == pytest.approx(fit.median_error, rel=0.01)


def test_unseen_shapes_are_met_about_as_well():
    useful = [fit for fit in kernel_fits() if fit.kernel == "gemm"]
    inside = median(fit.median_error for fit in useful)
    outside = median(fit.held_out_median_error for fit in useful)
    assert inside <= outside < 1.3 * inside


def test_the_card_has_twelve_constants():
    assert len(kernel_card()) == 12
    assert {card_fit(kind, "bfloat16").kernel for kind in KINDS} == set(KINDS)
    with pytest.raises(ValueError, match="'fft' is no kernel with constants"):
        card_fit("fft", "bfloat16")


def test_a_neighbour_stands_in_and_says_so():
    constants = Constants.fitted()
    own = constants.find("gemm", chip("h100-sxm"), "fp8", libraries=("vllm",))
    assert (own.chip, constants.notes) == ("h100-sxm", {})
    mate = constants.find("gemm", chip("b300"), "fp8_block", libraries=("vllm", "trtllm"))
    assert mate.chip == "b200"
    assert list(constants.notes) == ["gemm fp8_block on B300 SXM (HGX): constants of b200"]
    constants.notes.clear()
    constants.find("gemm", chip("b300"), "fp8_block", libraries=("vllm", "trtllm"))
    assert len(constants.notes) == 1  # said of every prediction, not of the first alone


def test_a_chip_that_nobody_timed_takes_the_card():
    constants = Constants.fitted()
    fit = constants.find("gemm", chip("mi300x"), "fp8", libraries=("vllm",))
    assert fit == card_fit("gemm", "fp8")
    assert "no fit to rely on, so the card's constants" in next(iter(constants.notes))
    assert Constants.card().find("gemm", chip("h100-sxm"), "fp8", libraries=("vllm",)) == fit
    compiled = constants.find("gemm", chip("tpu-v5e"), "int8_wo", libraries=("vllm",))
    assert compiled == replace(card_fit("gemm", "int8_wo"), launch_seconds=0.0)


def test_a_fit_that_misses_by_its_own_size_is_not_used():
    poor = next(fit for fit in kernel_fits() if fit.p90_error > USEFUL_P90)
    found = Constants.fitted().find(
        poor.kernel, chip(poor.chip), poor.format, libraries=(poor.library,)
    )
    assert found.chip != poor.chip
