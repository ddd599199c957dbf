"""A server that you drive: requests come, settings change while it runs, replicas fail.

- `settings`, `script`: what it is set to, and when it is changed: a run is its script
- `mixes`: how long prompts and answers are, and who comes next
- `copies`: the planner's copy of a model for some settings, its clock, its guesses, its pools
- `driven`, `window`, `frames`: the simulated cluster, its last ten seconds, and what a page draws
- `driving`: `drive`, in one go or in pieces
- `missions`, `challenge`, `factors`: experiments with a test, a score, and what each thing gains
- `recorded`: chosen runs as they were, for a page that runs no Python
"""

from typing import TYPE_CHECKING

from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.cockpit.driven import Cockpit as Cockpit
    from tokenworks.cockpit.driving import drive as drive
    from tokenworks.cockpit.script import Script as Script
    from tokenworks.cockpit.settings import Settings as Settings
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
