"""Graders for the exercises: `check("01.1", function)` gives score, picture, mistake and hint.

- `exercise`, `source`, `plain`, `example`: what an exercise is, what an answer may be, its example
- `attempt`, `fork`, `jax_use`, `sandbox`: run a learner's function within limits
- `problems`, `diagnosis`, `picture`, `report`, `grader`: name the mistake, show it
- `mutants`, `hidden`: cases that let no slip get by
- `catalogue`: the exercises of each chapter, one folder a chapter
"""

from typing import TYPE_CHECKING

from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.checks.grader import check as check
    from tokenworks.checks.report import Report as Report
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
