"""What the bits of a number format are for, one cell a bit, with the share of scales it carries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tokenworks.figures.box import Box
from tokenworks.figures.marks import key
from tokenworks.figures.matrices import matrix
from tokenworks.figures.picture import Figure, drawing, numbers_in
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.quantization.element_types import element
from tokenworks.specs import number_formats
from tokenworks.units import plain

TALL, GAP = 22.0, 9.0  # px: a row of bits, and to the next one
FILLS = {"sign": "4", "exponent": "2", "mantissa": "1", "integer or index": "3", "scales": "5"}


@dataclass(frozen=True)
class BitLayout:
    """Bits of one value by what they say; `shared` is its part of its group's scale and zero."""

    label: str
    sign: int = 0
    exponent: int = 0
    mantissa: int = 0
    code: int = 0  # bits of a whole number, or of a place in a table
    shared: Number = 0

    @property
    def bits(self) -> Number:
        """Bits of a value with its part of what its group shares."""
        return sum(self.parts.values())

    @property
    def parts(self) -> dict[str, Number]:
        """Bits by what they are for, in the order of `FILLS`."""
        widths = (self.sign, self.exponent, self.mantissa, self.code, self.shared)
        return dict(zip(FILLS, widths, strict=True))


def bit_layout(name: str) -> BitLayout:
    """Return the bits of a format (`specs.number_formats`) or of one value (an element).

    An unknown name raises KeyError with the closest.
    """
    kind = {row.name: row for row in number_formats()}.get(name)
    one = element(kind.element if kind else name)
    is_float = one.kind == "float"
    return BitLayout(
        kind.label if kind else one.label,
        sign=one.sign_bits if is_float else 0,
        exponent=one.exponent_bits if is_float else 0,
        mantissa=one.mantissa_bits,
        code=0 if is_float else one.bits,
        shared=8 * kind.bytes_per_value - one.bits if kind else 0,
    )


def format_bits(rows: Sequence[BitLayout], *, caption: str = "") -> Figure:
    """Draw a bar for each format, to scale: its bits by what they are for, its bits in all.

    No row, or one without bits, raises ValueError.
    """
    if not rows or not all(row.bits > 0 for row in rows):
        raise ValueError("format_bits needs at least one format, and bits in each")
    told = "; ".join(f"{row.label}: {_told(row)}" for row in rows)
    numbers: dict[str, Number] = dict(
        numbers_in(f"{caption} {told} {' '.join(row.label for row in rows)}")
    )
    for row in rows:
        numbers |= {f"{row.label}: {name}": bits for name, bits in row.parts.items()}
    alt = f"Bars of cells, a cell is a bit. {told}."
    return drawing(partial(_layout, rows=rows), alt=alt, caption=caption, numbers=numbers)


def _told(row: BitLayout) -> str:
    parts = ", ".join(f"{name} {plain(bits)}" for name, bits in row.parts.items() if bits)
    return f"{_bits(row)} ({parts})"


def _bits(row: BitLayout) -> str:
    return f"{plain(row.bits)} bits"


def _layout(scene: Scene, *, rows: Sequence[BitLayout]) -> None:
    used = {name for row in rows for name, bits in row.parts.items() if bits}
    low = key(scene, (0, 0), {n: f for n, f in FILLS.items() if n in used}) + 10
    names = max(scene.measure(row.label) for row in rows) + 14 if scene.wide else 0.0
    ends = max(scene.measure(_bits(row), bold=True) for row in rows) + 10 if scene.wide else 0.0
    per_bit = (scene.width - names - ends) / max(row.bits for row in rows)
    for row in rows:
        if scene.wide:
            scene.text((names - 14, low + (TALL - scene.size()) / 2), row.label, side="end")
        else:
            head = scene.text((0, low), row.label)
            scene.text((scene.width, low), _bits(row), side="end", bold=True)
            low = head.bottom + 3
        right = _cells(scene, row, x=names, y=low, per_bit=per_bit)
        if scene.wide:
            scene.text((right + 8, low + (TALL - scene.size()) / 2), _bits(row), bold=True)
        low += TALL + GAP
        scene.low = max(scene.low, low - GAP)


def _cells(scene: Scene, row: BitLayout, *, x: Number, y: Number, per_bit: Number) -> Number:
    """Draw the bits of one format; return where they end."""
    for name, bits in row.parts.items():
        if not bits:
            continue
        box = Box(x, y, bits * per_bit, TALL)
        if name == "scales":
            scene.shape(f"M{x:.1f} {y:.1f}h{box.w:.1f}v{TALL - 1}h{-box.w:.1f}z", y, FILLS[name])
        else:
            cell = matrix(scene, box, FILLS[name], columns=int(bits))
            _count(scene, cell(0, int(bits - 1) // 2), box, words=plain(bits))
        x = box.right
    return x


def _count(scene: Scene, cell: Box, box: Box, *, words: str) -> None:
    """Write a count of bits into a cell, or over several where it is wider; not at all if wider."""
    wide = scene.measure(words, "note", bold=True)
    middle = cell.cx if wide <= cell.w else box.cx
    if wide <= box.w:
        at = (middle, box.cy - scene.size("note") / 2 - 0.5)
        scene.text(at, words, "note", side="middle", colour="paper", bold=True)
