"""Token Factory: reference implementations and cost models of LLM inference.

Read in this order; imports go the same way and never back.

- `number`, `lazy_names`, `no_tpu`: what counts as a number, imports on first use, a quiet JAX
- `caller_text`, `formula_tex`, `opened_function`: a notebook's text as trees, an expression as TeX,
  a function down to its arithmetic
- `data`: chips, models and prices as tables, each row with its source
- `specs`, `architecture`, `shapes`: Chip and ModelSpec, and the shape of every weight
- `units`, `dimensions`, `printed_table`: units only in print, dimensions read off names
- `worked_number`, `substitution`, `fact_sources`: the check behind each number, its arithmetic and
  the rows that it rests on
- `configs`: a published config.json, read into a shape
- `cost`: memory, budgets, step times, rooflines and dollars as plain arithmetic
- `row_limits`, `row_flags`: which measured servers not to trust, and why
- `hlo_text`, `compiled_collectives`: a compiled program taken apart, and what devices exchange
- `tpu`: what the TPU compiler says of a program
- `kernels`, `model`: attention, and a Llama in JAX, from GGUF bytes to sampled text
- `quantization`, `speculation`: weights in fewer bits, and drafts that the model checks
- `parallel`: one model on many chips, each way of dividing it, and what the TPU compiler says
- `serving`: scheduler, simulator, engine and server
- `planner`: what to deploy for a load, replayed in the simulator
- `cockpit`: a server that you drive, on the same simulator
- `measure`: yardsticks of the machine at hand
- `figures`, `widgets`, `checks`: plots, browser simulations and graders over the same functions
- `runner`: what a page asks of all this, while it runs in the page
- `commands`, `cli`: the command line

A name is imported when it is first used: `import tokenworks` starts no JAX, `model.load` does.
"""

from typing import TYPE_CHECKING

from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks import checks as checks
    from tokenworks import cockpit as cockpit
    from tokenworks import configs as configs
    from tokenworks import cost as cost
    from tokenworks import data as data
    from tokenworks import figures as figures
    from tokenworks import kernels as kernels
    from tokenworks import measure as measure
    from tokenworks import model as model
    from tokenworks import parallel as parallel
    from tokenworks import planner as planner
    from tokenworks import quantization as quantization
    from tokenworks import serving as serving
    from tokenworks import specs as specs
    from tokenworks import speculation as speculation
    from tokenworks import tpu as tpu
    from tokenworks import units as units
    from tokenworks import widgets as widgets
    from tokenworks.accelerator import Chip as Chip
    from tokenworks.architecture import ModelSpec as ModelSpec
    from tokenworks.printed_table import Facts as Facts
    from tokenworks.printed_table import Table as Table
    from tokenworks.printed_table import claim_table as claim_table
    from tokenworks.printed_table import facts as facts
    from tokenworks.printed_table import table as table
    from tokenworks.specs import Claim as Claim
    from tokenworks.specs import Format as Format
    from tokenworks.specs import Measurement as Measurement
    from tokenworks.specs import Price as Price
    from tokenworks.specs import Workload as Workload
    from tokenworks.specs import chip as chip
    from tokenworks.specs import chips as chips
    from tokenworks.specs import claim as claim
    from tokenworks.specs import claims as claims
    from tokenworks.specs import measurements as measurements
    from tokenworks.specs import model_spec as model_spec
    from tokenworks.specs import model_specs as model_specs
    from tokenworks.specs import number_format as number_format
    from tokenworks.specs import number_formats as number_formats
    from tokenworks.specs import price as price
    from tokenworks.specs import prices as prices
    from tokenworks.units import show as show
    from tokenworks.units import show_as as show_as
    from tokenworks.worked_number import NumberMismatch as NumberMismatch
    from tokenworks.worked_number import worked as worked
else:
    __all__, __dir__, __getattr__ = public_names(__name__)

__version__ = "0.1.0"
