"""Graders for the exercises: `check("01.1", function)` gives score, picture, mistake and hint.

- `exercise`, `source`, `plain`: what an exercise is, what an answer may be
- `attempt`, `fork`, `sandbox`: run a learner's function within limits
- `diagnosis`, `picture`, `report`, `grader`: name the mistake, show it
- `mutants`, `hidden`: cases that let no slip get by
- `catalogue`: the exercises of each chapter, one folder a chapter
"""

from tokenworks.checks.grader import check
from tokenworks.checks.report import Report

__all__ = ["Report", "check"]
