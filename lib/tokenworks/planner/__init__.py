"""What to deploy for a load: formats, chips, batch, copies, pools, and the price, all replayed.

- `demand`, `rents`: what is asked, and what chips cost
- `replicas`, `tabulated_clock`, `read_prompts`, `sizing`: one copy of a model, its memory, its
  clocks, what prompts add to them, its means
- `saturation`: one copy in the simulator, and what it serves where requests never run out
- `candidate`, `replay`: a way to deploy, and what the simulator says of it
- `search`, `binding`, `remedies`: the cheapest that passes, what binds, what would help
- `plans`, `answer`: `plan`, and what it returns
- `served_case`, `spread_rungs`, `added_rungs`, `questions`: the questions before a plan, answered
"""

from typing import TYPE_CHECKING

from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.planner.answer import Plan as Plan
    from tokenworks.planner.demand import Demand as Demand
    from tokenworks.planner.plans import plan as plan
    from tokenworks.planner.questions import ladders as ladders
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
