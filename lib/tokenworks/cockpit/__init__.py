"""A server that you drive: requests come, settings change while it runs, replicas fail.

- `settings`, `labels`, `script`: what it is set to, its words, its changes: a run is its script
- `mixes`: how long prompts and answers are, and who comes next
- `copies`, `guesses`: the planner's copy of a model for some settings, its clock, drafts and pools
- `driven`, `window`, `board`: the simulated cluster, its last ten seconds, its dashboard
- `frames`: what a page draws
- `driving`: `drive`, in one go or in pieces
- `missions`, `challenges`, `gains`: experiments with a test, a score, and what each thing gains
"""

from typing import TYPE_CHECKING

from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.cockpit.challenges import CHALLENGES as CHALLENGES
    from tokenworks.cockpit.challenges import Challenge as Challenge
    from tokenworks.cockpit.challenges import score as score
    from tokenworks.cockpit.copies import rent_for as rent_for
    from tokenworks.cockpit.driven import Cockpit as Cockpit
    from tokenworks.cockpit.driving import drive as drive
    from tokenworks.cockpit.gains import Factors as Factors
    from tokenworks.cockpit.gains import carried_requests_per_s as carried_requests_per_s
    from tokenworks.cockpit.gains import factors as factors
    from tokenworks.cockpit.gains import saturated_tokens_per_s as saturated_tokens_per_s
    from tokenworks.cockpit.missions import MISSIONS as MISSIONS
    from tokenworks.cockpit.missions import Mission as Mission
    from tokenworks.cockpit.missions import judge as judge
    from tokenworks.cockpit.mixes import MEAN_TOKENS as MEAN_TOKENS
    from tokenworks.cockpit.script import Script as Script
    from tokenworks.cockpit.settings import Settings as Settings
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
