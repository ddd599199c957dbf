"""Simulations in the browser over numbers that the library tabulated.

One function a widget: `widgets.quiz("QUIZ-01")`. `name.py`, `name.js` and, where it has a look of
its own, `name.css` stand beside each other. The function has its module's name, but for
`roofline_explorer` of `roofline`: `tokenworks.widgets.quiz` is always the function, and what else
the module holds is imported from it: `from tokenworks.widgets.quiz import Quiz`.

- `stage`: the frame; one class per widget, alive with a kernel and as static HTML without
- `kit`: the arithmetic and formats of `_kit.js` in Python
- `hand_placement`, `hand_schedule`, `memory_steps`: what puzzles and widgets play
- `mixes`: mixes of parallel devices
- `coin_rows`: guesses that stand by chance alone
- `calculation`, `calculators`: what a calculator is made of, and those that there are
- `deployments`: the deployments that several of them offer
- `theme.css`: the palette of widgets, figures and book
"""

from typing import TYPE_CHECKING

from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.widgets.batching import batching as batching
    from tokenworks.widgets.block_table import block_table as block_table
    from tokenworks.widgets.calculator import calculator as calculator
    from tokenworks.widgets.choices import choices as choices
    from tokenworks.widgets.cockpit import cockpit as cockpit
    from tokenworks.widgets.decode_loop import decode_loop as decode_loop
    from tokenworks.widgets.fusion import fusion as fusion
    from tokenworks.widgets.guess import guess as guess
    from tokenworks.widgets.kv_planner import kv_planner as kv_planner
    from tokenworks.widgets.ladder import ladder as ladder
    from tokenworks.widgets.latency import latency as latency
    from tokenworks.widgets.lifecycle import lifecycle as lifecycle
    from tokenworks.widgets.memory_calculator import memory_calculator as memory_calculator
    from tokenworks.widgets.memory_levels import memory_levels as memory_levels
    from tokenworks.widgets.page_puzzle import page_puzzle as page_puzzle
    from tokenworks.widgets.pareto import pareto as pareto
    from tokenworks.widgets.phases import phases as phases
    from tokenworks.widgets.prefix_timeline import prefix_timeline as prefix_timeline
    from tokenworks.widgets.quantizer import quantizer as quantizer
    from tokenworks.widgets.quiz import quiz as quiz
    from tokenworks.widgets.request_walk import request_walk as request_walk
    from tokenworks.widgets.reveal import reveal as reveal
    from tokenworks.widgets.roofline import roofline_explorer as roofline_explorer
    from tokenworks.widgets.schedule_puzzle import schedule_puzzle as schedule_puzzle
    from tokenworks.widgets.serving_pools import serving_pools as serving_pools
    from tokenworks.widgets.speculation import speculation as speculation
    from tokenworks.widgets.strategies import strategies as strategies
    from tokenworks.widgets.streaming import streaming as streaming
    from tokenworks.widgets.tile_puzzle import tile_puzzle as tile_puzzle
    from tokenworks.widgets.tile_walk import tile_walk as tile_walk
    from tokenworks.widgets.tiling import tiling as tiling
    from tokenworks.widgets.topology_picker import topology_picker as topology_picker
    from tokenworks.widgets.tradeoff import tradeoff as tradeoff
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
