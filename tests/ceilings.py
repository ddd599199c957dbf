"""Hold every stated time and rate of a table against what its chip allows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ceiling_facts import facts, from_text
from ceiling_floors import MEANINGS, RATES, by_hand, by_library
from ceiling_tables import CAPTION, Shown, Stated, stated, unit_of

HEADER_MEANINGS = {
    "time": {
        "first": r"first token|\bTTFT\b|\bprefill\b",
        "request": r"\b(?:request|answer|end to end|last token)\b",
        "step": r"\b(?:step|one token|each token|TPOT|ITL|gap|decode)\b|per token",
    },
    "rate": {
        "prompt rate": r"\b(?:prefill|prompt|input)\b",
        "user rate": r"\b(?:per user|each user|one user|a user)\b",
        "rate": "",
    },
}
SPEED = re.compile(r"\b(?:TTFT|TPOT|ITL|latency|throughput)\b", re.IGNORECASE)
BARE = re.compile(r"\d[\d,.]*")
THOUSANDS = re.compile(r"\d ?[kKM] ?(?:tok\b|tokens?/)")
UNREADABLE = "write digits and a unit, in the cell or in the header"
HELP = "say it in the row, the header or the caption, or add the table to tests/ceilings.toml"


def left_out(shown: Shown) -> bool:
    """Tell whether a rule leaves a table out: what the reader's machine did has no data sheet."""
    return shown.measured_here


def of_no_chip(shown: Shown, said: Stated) -> bool:
    """Tell whether a published figure, in a table of sources, names no model and no chip."""
    named = from_text(" ; ".join([shown.caption, said.column, *said.row]))
    return "source" in shown.columns and not {"model", "chip"} & set(named)


def entry_of(shown: Shown, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the table's entry, an empty one where it has none."""
    found = [
        entry
        for entry in entries
        if entry["page"] == shown.page
        and shown.section == entry.get("section", shown.section)
        and shown.caption.startswith(entry.get("caption", ""))
        and set(entry.get("columns", {})) <= set(shown.columns)
    ]
    assert len(found) <= 1, f"{shown.where}: {len(found)} entries in tests/ceilings.toml"
    return found[0] if found else {}


def problems(shown: Shown, entries: list[dict[str, Any]]) -> list[str]:
    """List what is wrong with a table: figures beyond a ceiling, and figures nobody can check."""
    entry = entry_of(shown, entries)
    if left_out(shown) or entry.get("skip"):
        return []
    exposed = entry.get("impossible", [])  # columns that the text exposes
    wrong = [pair for said in states(shown, entry) for pair in judged(shown, said, entry=entry)]
    spared = {column for column in exposed if column in {said.column for said, _ in wrong}}
    stale = [f"{column} is not impossible" for column in exposed if column not in spared]
    listed = [problem for said, problem in wrong if said.column not in spared] + stale
    listed += [f"{cell}, {column}: {UNREADABLE}" for column, cell in unreadable(shown, entry)]
    return [f"{shown.where}: {problem}" for problem in listed]


def unreadable(shown: Shown, entry: dict[str, Any]) -> list[tuple[str, str]]:
    """List the cells that seem to state a time or a rate in a way that the walk does not read."""
    pairs = [pair for row in shown.rows for pair in zip(shown.columns, row, strict=False)]
    named = entry.get("columns", {}) | entry.get("units", {})
    return [
        (column, cell)
        for column, cell in pairs
        if THOUSANDS.search(cell)
        or (
            (SPEED.search(column) and BARE.fullmatch(cell))
            and not (column in named or unit_of(column))
        )
    ]


def states(shown: Shown, entry: dict[str, Any]) -> list[Stated]:
    """List the figures of a table that belong to a model or a chip."""
    figures = stated(shown, entry.get("units", {}))
    return [said for said in figures if not of_no_chip(shown, said)]


def judged(shown: Shown, said: Stated, *, entry: dict[str, Any]) -> Iterator[tuple[Stated, str]]:
    """Yield the figure with what is wrong with it."""
    name = f"{said.literal} ({' | '.join(said.row[:2]) or shown.caption}, {said.column})"
    meaning = meaning_of(shown, said, entry)
    if meaning == "none":
        return
    if meaning not in MEANINGS:
        yield said, f"{name}: of what is this a {said.kind}? {HELP}"
        return
    known = facts(shown, said, entry)
    missing = [fact for fact in MEANINGS[meaning] if fact not in known]
    if missing:
        yield said, f"{name} is a {meaning} without {', '.join(missing)}: {HELP}"
        return
    for line in beyond(said, meaning, known=known):
        yield said, f"{name} {line}"


def meaning_of(shown: Shown, said: Stated, entry: dict[str, Any]) -> str:
    """Return what a figure states: by its entry, or by the words of its header or caption."""
    if said.column == CAPTION:
        figures = [one.literal for one in stated(shown) if one.column == CAPTION]
        named = dict(zip(figures, entry.get("caption_states", ()), strict=False))
        return named.get(said.literal, "")
    if said.column in entry.get("columns", {}):
        return entry["columns"][said.column]
    rows = entry.get("rows", {})
    by_row = next((rows[start] for start in rows if said.row[0].startswith(start)), "")
    return by_row or worded(said.kind, said.column) or worded(said.kind, shown.caption)


def worded(kind: str, text: str) -> str:
    """Return what the words of a header say that its figures are."""
    words = HEADER_MEANINGS[kind].items()
    return next((m for m, w in words if re.search(w, text, re.IGNORECASE)), "")


def beyond(said: Stated, meaning: str, *, known: dict[str, Any]) -> Iterator[str]:
    """Yield a line if the figure is better than possible, its rounding allowed for."""
    rate = meaning in RATES
    assert rate is (said.kind == "rate"), f"{said}: a {said.kind} cannot be a {meaning}"
    for source, bound in (
        ("cost library", by_library(meaning, known)),
        ("arithmetic by hand", by_hand(meaning, known)),
    ):
        if bound is None:
            continue
        slack = said.tolerance + 1e-9 * said.value
        if (said.value - slack > bound) if rate else (said.value + slack < bound):
            word, unit = ("above", "tokens/s") if rate else ("below", "s")
            yield f"is {word} the bound of {bound:.6g} {unit} by the {source}, as {known}"
