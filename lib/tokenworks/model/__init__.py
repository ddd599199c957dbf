"""A Llama in JAX: GGUF bytes in, sampled text out.

- `download`, `checkpoint`, `weights`: from the package index to a pytree
- `tokenizer`, `text`: text to ids, ids to streamed text
- `rope`, `layers`, `forward`: the model without a cache, which is the oracle
- `cache`, `sampling`, `generate`: the loop that produces tokens
- `trace`: every stage's array for one text
"""

from tokenworks.model.activations import Trace, trace
from tokenworks.model.download import FetchError, fetch
from tokenworks.model.forward_pass import forward
from tokenworks.model.generation import GREEDY, Generation, Step, generate, stream
from tokenworks.model.language_model import LanguageModel, load, read
from tokenworks.model.sampling import Sampling, draw, order, probabilities, survivors
from tokenworks.model.tokenizer import Tokenizer
from tokenworks.model.weights import abstract, fuse, nbytes, stack

__all__ = [
    "GREEDY",
    "FetchError",
    "Generation",
    "LanguageModel",
    "Sampling",
    "Step",
    "Tokenizer",
    "Trace",
    "abstract",
    "draw",
    "fetch",
    "forward",
    "fuse",
    "generate",
    "load",
    "nbytes",
    "order",
    "probabilities",
    "read",
    "stack",
    "stream",
    "survivors",
    "trace",
]
