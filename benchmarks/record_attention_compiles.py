"""Ask the TPU compiler about the attentions of kernels/programs.py, without a TPU.

    python benchmarks/record_attention_compiles.py

rewrites lib/tokenworks/data/attention_compiles.json (half a minute; needs the extra `tpu`). A test
compiles the same programs again and compares every number.
"""

from __future__ import annotations

import json
from datetime import date
from importlib.metadata import version
from pathlib import Path

from tokenworks.kernels.programs import PROGRAMS, said
from tokenworks.tpu import chip_kind, compiler_version

PATH = Path(__file__).parents[1] / "lib/tokenworks/data/attention_compiles.json"


def main() -> None:
    """Compile every program and write down what is said."""
    about = {
        "command": "python benchmarks/record_attention_compiles.py",
        "date": date.today().isoformat(),
        "chip": chip_kind(),
        "libtpu": compiler_version(),
        "jax": version("jax"),
    }
    programs = {name: said(program) for name, program in PROGRAMS.items()}
    PATH.write_text(json.dumps({**about, "programs": programs}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
