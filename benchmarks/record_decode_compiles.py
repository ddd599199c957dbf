"""Ask the TPU compiler about the decode steps of parallel/asked_steps.py, without a TPU.

    python benchmarks/record_decode_compiles.py

rewrites lib/tokenworks/data/decode_compiles.json (five minutes; needs the extra `tpu`). A test
asks for the cheap ones again and compares every number.
"""

from __future__ import annotations

import json
from datetime import date
from importlib.metadata import version
from pathlib import Path

from tokenworks.parallel.asked_steps import STEPS, said
from tokenworks.tpu import compiler_version

PATH = Path(__file__).parents[1] / "lib/tokenworks/data/decode_compiles.json"


def main() -> None:
    """Compile every step and write down what is said."""
    about = {
        "command": "python benchmarks/record_decode_compiles.py",
        "date": date.today().isoformat(),
        "libtpu": compiler_version(),
        "jax": version("jax"),
    }
    steps = {}
    for name, asked in STEPS.items():
        steps[name] = said(asked)
        print(name, "fits" if steps[name]["fits"] else "does not fit", flush=True)
    PATH.write_text(json.dumps({**about, "steps": steps}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
