"""Record what SIM-16 shows without Python: runs of the cockpit over the grid of its controls.

    python -m benchmarks.record_cockpit

rewrites lib/tokenworks/data/cockpit_runs.json (about two minutes on one core).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tokenworks.widgets.cockpit import EVERY, GRID, UNTIL, facts, key_of, record, states

FILE = Path(__file__).parents[1] / "lib/tokenworks/data/cockpit_runs.json"


def recorded() -> dict[str, Any]:
    """Run the whole grid."""
    return {
        "grid": {name: list(values) for name, values in GRID.items()},
        "times": list(range(EVERY, UNTIL + 1, EVERY)),
        "facts": facts(),
        "runs": {key_of(state): record(state) for state in states()},
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(recorded(), separators=(",", ":")) + "\n", encoding="utf-8")
