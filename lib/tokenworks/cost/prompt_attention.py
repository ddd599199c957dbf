"""How much of a prompt is attention: floors of the naive way, of flash attention, of the rest."""

from __future__ import annotations

from typing import NamedTuple

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost.attention import flash_traffic, naive_traffic
from tokenworks.cost.attention_call import Tiles, Traffic, call_of
from tokenworks.cost.domain import Count
from tokenworks.cost.step_time import prefill_flops


class PromptFloors(NamedTuple):
    """Seconds of one prompt: all but attention, attention the naive way, and flash attention."""

    rest: float
    naive: float
    flash: float

    @property
    def gain(self) -> float:
        """How many times as long the whole prompt takes the naive way."""
        return (self.rest + self.naive) / (self.rest + self.flash)


def attention_floor_seconds(traffic: Traffic, on: Chip) -> float:
    """Return the floor of one layer's attention, in seconds: the larger of moving and multiplying.

    Source: derived: the chip's bandwidth and its dense peak in bf16.
    """
    return max(traffic.bytes / on.hbm_bytes_per_s, traffic.flops / on.peak())


def prompt_floors(spec: ModelSpec, on: Chip, tokens: Count, *, tiles: Tiles) -> PromptFloors:
    """Return the floors of a prompt's parts over all layers, in seconds, one sequence in bf16.

    The naive way computes the masked half as well; flash attention skips the tiles in it.
    Source: derived: prefill_flops, naive_traffic and flash_traffic.
    """
    layer = call_of(spec, tokens, tokens)
    naive, flash = naive_traffic(layer), flash_traffic(layer, tiles)
    seen = spec.n_layers * naive.flops * (tokens + 1) / (2 * tokens)  # what prefill_flops counts
    rest = (prefill_flops(spec, tokens) - seen) / on.peak()
    slow, fast = (attention_floor_seconds(way, on) for way in (naive, flash))
    return PromptFloors(rest, spec.n_layers * slow, spec.n_layers * fast)
