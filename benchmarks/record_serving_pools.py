"""Record what SIM-15 shows: three ways to serve prompts and answers over the grid of its controls.

    python benchmarks/record_serving_pools.py

rewrites lib/tokenworks/data/serving_pools.json (about six minutes on one core).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tokenworks.cost.chip_links import link
from tokenworks.widgets.deployments import LABELS, error_of
from tokenworks.widgets.serving_pools import (
    CHUNK_TOKENS,
    COUNT,
    DEPLOYMENT,
    GRID,
    LINK,
    OUTPUT_TOKENS,
    SHOWN_MS,
    WAYS,
    setting,
    transfer_seconds,
)

FILE = Path(__file__).parents[1] / "lib/tokenworks/data/serving_pools.json"


def recorded() -> dict[str, Any]:
    """Simulate the whole grid."""
    return {
        "grid": {name: list(values) for name, values in GRID.items()},
        "ways": WAYS,
        "label": LABELS[DEPLOYMENT],
        "error": error_of(DEPLOYMENT),
        "link": link(LINK).label,
        "transfers": [transfer_seconds(prompt) for prompt in GRID["prompt_tokens"]],
        "output_tokens": OUTPUT_TOKENS,
        "chunk_tokens": CHUNK_TOKENS,
        "count": COUNT,
        "shown_ms": SHOWN_MS,
        "runs": [
            [setting(rate, prompt) for prompt in GRID["prompt_tokens"]]
            for rate in GRID["rate_per_s"]
        ],
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(recorded(), separators=(",", ":")) + "\n", encoding="utf-8")
