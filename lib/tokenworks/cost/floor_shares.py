"""One user's measured rate, beside the floor that nothing beats and the rate to expect.

Messages between chips, launches of kernels and memory below its data sheet part a measured rate
from its floor; the expected one has them in it, as they were timed.
"""

from __future__ import annotations

from tokenworks.cost.checkpoints import engine_plan
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.kernel_constants import Constants
from tokenworks.cost.memory import step_weight_bytes
from tokenworks.cost.step_kernels import decode_step
from tokenworks.cost.step_time import decode_step_seconds
from tokenworks.specs import Measurement, chip, model_spec

FORMATS = {2: "bf16", 1: "int8"}  # by the bytes of a weight, as gpt-fast stores it
# Of gpt-fast's answers: a prompt of 5 tokens and half of the 200 that `generate.py` writes unasked,
# https://github.com/pytorch-labs/gpt-fast/blob/0055c42d/generate.py. The cache hardly counts there.
MIDDLE_TOKENS = 105


def floor_tokens_per_s(row: Measurement) -> float:
    """Return the most tokens per second that the chips of a measurement allow one sequence.

    Source: derived: the bytes of the matrices over the bandwidth of all chips; no messages.
    """
    read_bytes = step_weight_bytes(model_spec(row.model), row.bytes_per_param)
    return 1 / decode_step_seconds(read_bytes, row.chips * chip(row.chip).hbm_bytes_per_s)


def expected_tokens_per_s(row: Measurement, *, constants: Constants) -> float:
    """Return the tokens per second to expect of the chips of a measurement.

    Weights of a width that no row of measurements.csv has raise KeyError.
    Source: derived: one over the decode step of its kernels.
    """
    weights = FORMATS[int(row.bytes_per_param)]
    on = Deployment(model_spec(row.model), chip(row.chip), row.chips, weights=weights)
    step = decode_step(engine_plan(on), row.batch, MIDDLE_TOKENS, constants=constants)
    return row.batch / step.expected_seconds


def measured_share(row: Measurement) -> float:
    """Return what a measurement reached of its floor.

    Source: derived: the quotient of two rates.
    """
    return row.tokens_per_s / floor_tokens_per_s(row)
