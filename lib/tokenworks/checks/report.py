"""What a check says: score, cases, the mistake by name, a hint; as text and as HTML."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from tokenworks.checks.picture import amount, style


@dataclass(frozen=True)
class Row:
    """One case: the arguments, what was expected, what came back, and whether that is right."""

    arguments: str
    expected: Any
    got: Any
    passed: bool
    problem: str = ""
    picture: str = ""  # HTML
    where: str = ""  # which rule is broken, and where


@dataclass(frozen=True)
class Report:
    """The answer of a check; `rows` is empty where the cases are hidden."""

    id: str
    title: str
    cases_passed: int
    cases: int
    score: str = ""  # how far off, in the chapter's own unit
    misconception: str = ""
    hint: str = ""
    rule: str = ""
    unit: str = ""
    printed: str = ""
    rows: tuple[Row, ...] = ()

    @property
    def passed(self) -> bool:
        """Tell whether every case was right."""
        return self.cases > 0 and self.cases_passed == self.cases

    @property
    def headline(self) -> str:
        """Say the result in one line."""
        done = "right" if self.passed else "not yet"
        count = f", {self.cases_passed} of {self.cases} cases" if self.cases else ""
        return f"{self.id} {self.title}: {done}{count}"

    def require(self) -> None:
        """Raise AssertionError with mistake and hint, and no answer, unless all cases passed."""
        if not self.passed:
            raise AssertionError("\n".join([self.headline, *self.advice]))

    def __repr__(self) -> str:
        lines = [self.headline, *([self.score] if self.score else []), *self.advice]
        for row in self.rows:
            lines.append(f"  {'ok' if row.passed else 'NO'}  {row.arguments}")
            if not row.passed:
                expected = amount(row.expected, self.unit)
                lines += [f"      {row.where}"] if row.where else []
                wanted = "for example" if row.where else "expected"
                got = f"; {row.problem}" if row.problem else f", got {amount(row.got, self.unit)}"
                lines.append(f"      {wanted} {expected}{got}")
        lines += [self.rule] if self.rule else []
        lines += ["Your code printed:", self.printed.rstrip()] if self.printed else []
        return "\n".join(lines)

    @property
    def advice(self) -> list[str]:
        """The mistake that was recognised and the hint, a line each."""
        known = [f"Looks like: {self.misconception}"] if self.misconception else []
        return known + ([f"Hint: {self.hint}"] if self.hint else [])

    def _repr_html_(self) -> str:
        sign = '<span class="tw-yes">✓</span>' if self.passed else '<span class="tw-no">✗</span>'
        parts = [f"<p>{sign} <strong>{escape(self.headline)}</strong></p>"]
        parts += [f"<p>{escape(self.score)}</p>"] if self.score else []
        if self.misconception or self.hint:
            advice = "<br>".join(escape(line) for line in self.advice)
            parts.append(f'<p class="tw-hint">{advice}</p>')
        parts += [self._case(row) for row in self.rows]
        parts += [f'<p class="tw-muted">{escape(self.rule)}</p>'] if self.rule else []
        if self.printed:
            parts.append(f"<p>Your code printed:</p><pre>{escape(self.printed)}</pre>")
        state = " tw-right" if self.passed else ""
        return f'{style()}<div class="tw-check{state}">{"".join(parts)}</div>'

    def _case(self, row: Row) -> str:
        sign, word = ("yes", "✓ right") if row.passed else ("no", "✗ wrong")
        head = f'<p><span class="tw-{sign}">{word}</span> <code>{escape(row.arguments)}</code></p>'
        body = "" if row.passed and not self.passed else row.picture
        if row.problem:
            wanted = escape(amount(row.expected, self.unit))
            body = f"<p>expected {wanted}; {escape(row.problem)}</p>"
        elif row.where:
            body = f"<p>{escape(row.where)}</p>{row.picture}"
        return f'<div class="tw-case">{head}{body}</div>'
