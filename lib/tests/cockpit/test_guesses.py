"""Guesses of the cockpit: the draft's time, its memory, and the chance that is assumed."""

import pytest

from tokenworks.cockpit.copies import copy_for
from tokenworks.cockpit.guesses import CHANCE, GUESSES, blocks_beside, drafts_of
from tokenworks.cockpit.settings import Settings
from tokenworks.cost.checkpoints import served_plan
from tokenworks.cost.eagle_kernels import eagle_step
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.speculation import tokens_per_pass
from tokenworks.cost.step_kernels import decode_step
from tokenworks.data.speculation_run import speculation_runs
from tokenworks.specs import chip, model_spec

FITTED = Constants.fitted()


@pytest.mark.parametrize(
    ("run", "served"),
    [("bench-eagle-70b", ("llama-3-70b", 4, 1)), ("bench-eagle-8b", ("llama-3-8b", 1, 128))],
)
def test_the_chance_is_what_public_runs_imply(run, served):
    model, chips, users = served
    plan = served_plan(
        model_spec(model), chip("h100-sxm"), chips, engine="vllm", precision="bf16", cache="bf16"
    )
    plain, check = (
        decode_step(plan, users, 600, constants=FITTED, tokens_per_sequence=n).expected_seconds
        for n in (1, GUESSES + 1)
    )
    draft = GUESSES * eagle_step(plan, users, 600, constants=FITTED).expected_seconds
    (row,) = (each for each in speculation_runs() if each.name == run)
    expected = tokens_per_pass(CHANCE, GUESSES) * plain / (check + draft)
    assert expected == pytest.approx(row.speedup_low, rel=0.05)


def test_a_draft_takes_its_time_and_its_room():
    plain, guessing = copy_for(Settings()), copy_for(Settings(speculation=True))
    assert guessing.blocks == blocks_beside(guessing.replica) < plain.blocks
    drafts = drafts_of(guessing.replica, constants=FITTED, contexts=64)
    assert drafts.seconds(8, 65) == drafts.seconds(8, 128) > drafts.seconds(8, 64)
