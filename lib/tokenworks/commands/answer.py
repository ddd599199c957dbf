"""An answer on the command line: a table for people, or one object as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, field
from typing import Any

from tokenworks.number import Number
from tokenworks.printed_table import table
from tokenworks.units import show, show_as

BINARY = {"TiB": 2**40, "GiB": 2**30, "MiB": 2**20, "KiB": 2**10}


@dataclass
class Answer:
    """What was found, what had to be assumed (notes) and what to beware of (warnings)."""

    found: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def print(self, options: argparse.Namespace, rows: dict[str, str], *, caption: str) -> None:
        """Print everything as one object where --json was given, else the rows and the rest."""
        if options.json:
            rest = {"notes": self.notes, "warnings": self.warnings}
            print(json.dumps(without_points(self.found | rest), indent=2))
            return
        print(table([{"what": k, "value": v} for k, v in rows.items()], caption=caption))
        for note in self.notes:
            print(f"note: {note}")
        sys.stdout.flush()
        for warning in self.warnings:
            sys.stderr.write(f"tokenworks: warning: {warning}\n")


def both_units(size: Number) -> str:
    """Print bytes in decimal and in binary units, each under its own name."""
    decimal = show_as(size, "bytes") if size else "0 B"
    unit = next((unit for unit, least in BINARY.items() if size >= least), None)
    return decimal if unit is None else f"{decimal} = {show(size, unit)}"


def without_points(value: Any) -> Any:
    """Return the object with whole numbers written as such: 327680 and not 327680.0."""
    if isinstance(value, dict):
        return {key: without_points(inner) for key, inner in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value
