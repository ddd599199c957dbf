"""What a replica can be."""

import pytest

from serving.cluster.drawn import config


def test_each_scheduler_is_new_and_has_the_memory_that_is_said():
    made = config(blocks=7, host_blocks=3)
    one, other = made.scheduler(), made.scheduler()
    assert one is not other
    assert one.pool is not other.pool
    assert (one.pool.blocks, one.pool.block_size, one.memory.host_pool.blocks) == (7, 4, 3)
    assert config().scheduler().memory.host_pool is None


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"blocks": 0}, "blocks must be a whole number from 1"),
        ({"host_blocks": -1}, "host_blocks must be a whole number from 0"),
        ({"swap": -1}, "swap_seconds_per_block must be a finite number from 0"),
        ({"kv_bytes_per_token": -1}, "kv_bytes_per_token must be a finite number from 0"),
        (
            {"batching": "static", "share_prefixes": False, "drafts": True},
            "guesses need continuous batching, not static",
        ),
    ],
)
def test_impossible_replicas_are_refused(changed, says):
    with pytest.raises(ValueError, match=says):
        config(**changed)
