"""Pictures of one case, as HTML without scripts: bars, columns, tiles or marked text."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from tokenworks.checks.plain import shorten
from tokenworks.number import Number
from tokenworks.units import dimension_of, plain, show_as

MOST_COLUMNS = 16
MOST_TILES = 40
MOST_LANES, MOST_STEPS = 12, 60

STYLE = """
.tw-check{color:var(--tw-ink);background:var(--tw-paper);border:1px solid var(--tw-line);
 border-left:4px solid var(--tw-bad);border-radius:6px;padding:.6em .9em;max-width:44em;
 font:14px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}
.tw-check.tw-right{border-left-color:var(--tw-good)}
.tw-check p{margin:.3em 0}.tw-check code,.tw-check pre{font:12px/1.4 ui-monospace,monospace;
 background:none;color:inherit;padding:0;white-space:pre-wrap}
.tw-check .tw-muted{color:var(--tw-muted)}
.tw-check .tw-hint{background:var(--tw-panel);border-radius:4px;padding:.4em .6em}
.tw-check .tw-case{border-top:1px solid var(--tw-line);padding:.4em 0}
.tw-check .tw-yes{color:var(--tw-good);font-weight:700}
.tw-check .tw-no{color:var(--tw-bad);font-weight:700}
.tw-pair{display:grid;grid-template-columns:5.5em 1fr;gap:2px .6em;align-items:center}
.tw-bar{display:flex;align-items:center;gap:.5em;min-width:0}
.tw-bar i{display:block;height:.9em;min-width:2px;border-radius:2px;background:var(--tw-1)}
.tw-bar .tw-yours,.tw-columns .tw-yours{background:var(--tw-2)}
.tw-columns{display:flex;align-items:flex-end;gap:.5em;overflow-x:auto;padding-top:.3em}
.tw-columns div{display:flex;align-items:flex-end;height:4.5em;gap:1px}
.tw-columns i{display:block;width:.8em;min-height:1px;background:var(--tw-1)}
.tw-columns span{text-align:center;font-size:12px}
.tw-tiles{display:flex;flex-wrap:wrap;gap:2px}
.tw-tiles code{border:1px solid var(--tw-line);border-radius:3px;padding:0 .35em}
.tw-stack{position:relative;margin:.5em 0 .2em}.tw-stack>div{display:flex}
.tw-stack i{border:1px solid var(--tw-line);background:var(--tw-panel);font-style:normal;
 text-align:center;overflow:hidden;box-sizing:border-box}.tw-stack b{font-weight:400}
.tw-stack u{position:absolute;top:-.3em;bottom:-.3em;border-left:2px solid var(--tw-2)}
.tw-lanes{overflow-x:auto;font-size:12px}.tw-lanes div div{display:flex;align-items:center}
.tw-lanes b{flex:none;width:2.2em;font-weight:400}
.tw-lanes i{flex:none;width:.8em;height:.9em;border:1px solid var(--tw-line);margin-right:-1px}
.tw-lanes .tw-on{background:var(--tw-1)}.tw-lanes .tw-yours{background:var(--tw-2)}
.tw-check .tw-off{border:1px dashed var(--tw-bad);color:var(--tw-bad)}
"""


def style() -> str:
    """Return the style element of a report: the shared palette and the rules above."""
    palette = files("tokenworks.widgets").joinpath("theme.css").read_text(encoding="utf-8")
    return f"<style>{palette}{STYLE}</style>"


def amount(value: Any, unit: str) -> str:
    """Print a number in a unit: a dimension such as "bytes" scales, other words follow it."""
    dimension = dimension_of(unit)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return shorten(value, 60)
    if dimension and math.isfinite(value):
        return show_as(float(value), dimension)
    return f"{plain(value)} {unit}".rstrip()


def draw(expected: Any, got: Any, *, unit: str, label: str = "id") -> str:
    """Draw a reference and an answer of the same kind side by side; `label` names columns."""
    if isinstance(expected, str):
        return _pair(_text(expected, expected), _text(got, expected))
    if isinstance(expected, list):
        if expected and isinstance(expected[0], float) and len(expected) <= MOST_COLUMNS:
            return _columns(expected, got, label=label)
        return _pair(_tiles(expected, expected), _tiles(got, expected))
    longest = max(abs(expected), abs(got)) or 1
    return _pair(
        _bar(expected, unit, longest=longest),
        _bar(got, unit, longest=longest, mark=' class="tw-yours"'),
    )


def stack(segments: Sequence[tuple[int, float]], u: Number, *, chosen: tuple[int, Any]) -> str:
    """Draw shares in a row, the place of u among them, and which id each side chose."""
    boxes = "".join(
        f'<i style="width:{100 * share:.2f}%"><b>{token}</b></i>' for token, share in segments
    )
    return (
        f'<div class="tw-stack"><div>{boxes}</div><u style="left:{100 * u:.2f}%"></u></div>'
        f'<p class="tw-muted">ids by falling probability, and the place of u = {u:g}</p>'
        f"{_pair(*(f'<code>id {escape(shorten(token, 16))}</code>' for token in chosen))}"
    )


def named_bars(names: Sequence[str], unit: str) -> Callable[[Any, Any, Any], str]:
    """Return a picture of answers that are a list of named parts: amounts in one unit, or lists."""

    def picture(case: Any, expected: list[Any], got: Any) -> str:
        if not isinstance(got, list) or len(got) != len(expected):
            return ""
        parts = []
        for name, wanted, value in zip(names, expected, got, strict=True):
            alike = any(
                isinstance(wanted, kind) and isinstance(value, kind) for kind in (int | float, list)
            )
            drawn = _pair(*_words(wanted, value))
            if alike:
                drawn = draw(wanted, value, unit=unit, label=name)
            parts.append(f'<p class="tw-muted">{escape(name)}</p>{drawn}')
        return "".join(parts)

    return picture


def _words(*values: Any) -> tuple[str, ...]:
    return tuple(f"<code>{escape(shorten(value, 24))}</code>" for value in values)


def numbered(label: str) -> Callable[[Any, Any, Any], str]:
    """Return a picture of answers that are a list of amounts, each with a label and its index."""

    def picture(case: Any, expected: Any, got: Any) -> str:
        if not all(isinstance(value, int | float) for value in got):
            return _pair(_tiles(expected, expected), _tiles(got, expected))
        long = len(expected) > MOST_COLUMNS
        return draw(expected, got, unit="") if long else _columns(expected, got, label=label)

    return picture


def lanes(
    names: Sequence[str], expected: Any, got: Any, *, of: tuple[str, str] = ("timetable", "steps")
) -> str:
    """Draw two timetables: a lane for each name, a column for each step's list of indices."""
    return _pair(
        _lanes(names, expected, mark="tw-on", of=of), _lanes(names, got, mark="tw-yours", of=of)
    )


def _lanes(names: Sequence[str], steps: Any, *, mark: str, of: tuple[str, str]) -> str:
    shown = [step if isinstance(step, list) else [] for step in steps[:MOST_STEPS]]
    rows = []
    for index, name in enumerate(names[:MOST_LANES]):
        cells = "".join(f'<i class="{mark}"></i>' if index in s else "<i></i>" for s in shown)
        rows.append(f"<div><b>{escape(name)}</b>{cells}</div>")
    told = f"{len(steps)} {of[1]}"
    told += f", the first {MOST_STEPS} shown" if len(steps) > MOST_STEPS else ""
    told += f", the first {MOST_LANES} of {len(names)} lanes" if len(names) > MOST_LANES else ""
    return (
        f'<div class="tw-lanes"><div role="img" aria-label="{of[0]} of {told}">{"".join(rows)}'
        f'</div><span class="tw-muted">{told}</span></div>'
    )


def _pair(reference: str, yours: str) -> str:
    return (
        f'<div class="tw-pair"><span class="tw-muted">reference</span>{reference}'
        f'<span class="tw-muted">yours</span>{yours}</div>'
    )


def _bar(value: Any, unit: str, *, longest: Number, mark: str = "") -> str:
    width = 65 * max(0.0, value / longest)
    return (
        f'<div class="tw-bar"><i{mark} style="width:{width:.2f}%"></i>'
        f"<span>{escape(amount(value, unit))}</span></div>"
    )


def _columns(expected: list[Any], got: list[Any], *, label: str = "id") -> str:
    tallest = max([*map(abs, expected), *map(abs, got)]) or 1
    names = [f"{label} {i}" for i in range(len(expected))]
    columns = []
    for name, reference, yours in zip(names, expected, got, strict=False):
        heights = [100 * max(0.0, value) / tallest for value in (reference, yours)]
        columns.append(
            f'<span title="reference {reference:.4g}, yours {yours:.4g}"><div>'
            f'<i style="height:{heights[0]:.1f}%"></i>'
            f'<i class="tw-yours" style="height:{heights[1]:.1f}%"></i></div>'
            f"{escape(name)}</span>"
        )
    rows = zip(names, expected, got, strict=False)
    told = ", ".join(f"{name}: {e:.4g} and {g:.4g}" for name, e, g in rows)
    return (
        '<p class="tw-muted">left reference, right yours</p>'
        f'<div class="tw-columns" role="img" aria-label="reference and yours: {escape(told)}">'
        f"{''.join(columns)}</div>"
    )


def _tiles(values: list[Any], expected: list[Any]) -> str:
    tiles = []
    for i, value in enumerate(values[:MOST_TILES]):
        off = i >= len(expected) or value != expected[i]
        mark = ' class="tw-off"' if off else ""
        tiles.append(f"<code{mark}>{escape(shorten(value, 16))}</code>")
    count = f'<span class="tw-muted">{len(values)} in all</span>'
    return f'<div class="tw-tiles">{"".join(tiles)}{count}</div>'


def _text(value: str, expected: str) -> str:
    same = next(
        (i for i, (a, b) in enumerate(zip(value, expected, strict=False)) if a != b),
        min(len(value), len(expected)),
    )
    good, rest = (escape(part.replace("\n", "↵")) for part in (value[:same], value[same:]))
    tail = f'<span class="tw-off">{rest}</span>' if rest else ""
    return f"<code>“{good}{tail}”</code>"
