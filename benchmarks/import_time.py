"""How long `import tokenworks` takes in a fresh interpreter, and that JAX stays out of it.

python benchmarks/import_time.py
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import median

from provenance import provenance

RESULT = Path(__file__).parent / "results" / "import_time.json"
BUDGET_SECONDS = 0.3
CODE = """
import sys, time
start = time.perf_counter()
import tokenworks
print(time.perf_counter() - start, "jax" in sys.modules)
"""


def main() -> None:
    """Measure ten fresh interpreters, print and record."""
    times, touched = [], False
    for _ in range(10):
        command = [sys.executable, "-c", CODE]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        seconds, jax = done.stdout.split()
        times.append(float(seconds))
        touched = touched or jax == "True"
    ends = {"median": median(times), "lowest": min(times), "highest": max(times)}
    record = provenance("python benchmarks/import_time.py", ("tokenworks",)) | {
        "import_seconds": {name: round(value, 4) for name, value in ends.items()},
        "budget_seconds": BUDGET_SECONDS,
        "imports_jax": touched,
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
