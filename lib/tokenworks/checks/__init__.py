"""Graders for the exercises: `check("01.1", function)` gives score, picture, mistake and hint.

- `question`, `plain`: what a question is, what an answer may be
- `attempt`, `fork`, `sandbox`: run a learner's function within limits
- `diagnosis`, `picture`, `report`, `grader`: name the mistake, show it
- `factory_*`, `generation_*`, `mistakes`: the questions of chapters 01 and 02
- `phases_*`, `roofline_*`, `kv_cache_*`: the questions of chapters 03, 04 and 05
- `metrics_*`, `batching_*`, `attention_*`: the questions of chapters 06, 07 and 08
"""

from typing import TYPE_CHECKING

from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.checks.grader import check as check
    from tokenworks.checks.report import Report as Report
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
