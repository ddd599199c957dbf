"""Record what SIM-08 shows: three ways to batch over the grid of its controls.

    python benchmarks/record_batching.py

rewrites lib/tokenworks/data/batching.json (about two minutes on one core).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tokenworks.widgets.batching import (
    COUNT,
    DEPLOYMENT,
    GRID,
    MEAN_TOKENS,
    PROMPT_TOKENS,
    STRATEGIES,
    WINDOW_SECONDS,
    millis,
    picture_ms,
    setting,
    simulated,
)
from tokenworks.widgets.deployments import LABELS, error_of

FILE = Path(__file__).parents[1] / "lib/tokenworks/data/batching.json"


def recorded() -> dict[str, Any]:
    """Simulate the whole grid."""
    rates, variances, limits = GRID.values()
    runs = [[[setting(r, v, b) for b in limits] for v in variances] for r in rates]
    most = max(len(one[name]["bars"]) for a in runs for b in a for one in b for name in STRATEGIES)
    arrivals = [simulated("continuous", r, 0, max_batch=16).requests for r in rates]
    lengths = [simulated("continuous", rates[-1], v, max_batch=16).requests for v in variances]
    return {
        "grid": {name: list(values) for name, values in GRID.items()},
        "label": LABELS[DEPLOYMENT],
        "error": error_of(DEPLOYMENT),
        "prompt_tokens": PROMPT_TOKENS,
        "mean_tokens": MEAN_TOKENS,
        "count": COUNT,
        "window_ms": millis(WINDOW_SECONDS),
        "until_ms": [picture_ms(requests) for requests in arrivals],
        "arrivals_ms": [[millis(r.arrival_seconds) for r in reqs[:most]] for reqs in arrivals],
        "tokens": [[request.max_tokens for request in reqs[:most]] for reqs in lengths],
        "runs": runs,
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(recorded(), separators=(",", ":")) + "\n", encoding="utf-8")
