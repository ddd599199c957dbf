"""Record what the tree of questions on the cheat sheet answers, over the grid of its controls.

    python benchmarks/record_choices.py

rewrites lib/tokenworks/data/choices.json (about a minute on one core).
"""

from __future__ import annotations

import json
from pathlib import Path

from tokenworks.widgets.choices import recorded

FILE = Path(__file__).parents[1] / "lib/tokenworks/data/choices.json"


if __name__ == "__main__":
    text = json.dumps(recorded(), separators=(",", ":"), ensure_ascii=False)
    FILE.write_text(f"{text}\n", encoding="utf-8")
