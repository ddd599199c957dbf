"""Token Factory: reference implementations and cost models of LLM inference.

Read in this order; imports go the same way and never back.

- `data`: chips, models and prices as tables, each row with its source
- `specs`, `units`: Chip, ModelSpec, Workload; bytes and seconds inside, units only in print
- `configs`: a published config.json, read into a shape
- `cost`: memory, budgets, step times, rooflines and dollars as plain arithmetic
- `model`: a Llama in JAX, from GGUF bytes to sampled text
- `figures`, `widgets`, `checks`: plots, browser simulations and graders over the same functions
- `worked`: the check behind every number in the book
- `commands`, `cli`: the command line
"""

from tokenworks.specs import Chip, ModelSpec, Price, Workload, chip, model_spec, price
from tokenworks.worked_number import worked

__all__ = ["Chip", "ModelSpec", "Price", "Workload", "chip", "model_spec", "price", "worked"]
__version__ = "0.1.0"
