"""A Llama in JAX: GGUF bytes in, sampled text out.

- `download`, `progress`, `checkpoint`, `weights`: from the package index to a pytree
- `language_model`, `compile_cache`: all of it ready to run, and its programs kept on disk
- `tokenizer`, `text`: text to ids, ids to streamed text
- `rope`, `layers`, `forward_pass`: the model without a cache, which is the oracle
- `experts`: a mixture of experts in a layer, each run on every token
- `matrices`: weights stored in other ways, for several rows at once or in fewer bits
- `cache`, `sampling`, `generation`: the loop that produces tokens
- `stacked_decode`: a step of many sequences over stacked layers, as large models run it
- `activations`: every stage's array for one text, and the residual stream after each layer
"""

from typing import TYPE_CHECKING

from tokenworks import no_tpu as no_tpu  # before JAX starts: no search for a TPU where none is
from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.model.activations import Trace as Trace
    from tokenworks.model.activations import residual_stream as residual_stream
    from tokenworks.model.activations import trace as trace
    from tokenworks.model.cache import advance as advance
    from tokenworks.model.cache import advance_all as advance_all
    from tokenworks.model.cache import bucket as bucket
    from tokenworks.model.cache import decode as decode
    from tokenworks.model.cache import empty_cache as empty_cache
    from tokenworks.model.cache import prefill as prefill
    from tokenworks.model.download import WHEEL as WHEEL
    from tokenworks.model.download import FetchError as FetchError
    from tokenworks.model.download import fetch as fetch
    from tokenworks.model.experts import mixture as mixture
    from tokenworks.model.forward_pass import forward as forward
    from tokenworks.model.forward_pass import hidden_states as hidden_states
    from tokenworks.model.forward_pass import last_logits as last_logits
    from tokenworks.model.forward_pass import lm_head as lm_head
    from tokenworks.model.generation import GREEDY as GREEDY
    from tokenworks.model.generation import Generation as Generation
    from tokenworks.model.generation import Step as Step
    from tokenworks.model.generation import generate as generate
    from tokenworks.model.generation import stream as stream
    from tokenworks.model.language_model import LanguageModel as LanguageModel
    from tokenworks.model.language_model import load as load
    from tokenworks.model.language_model import read as read
    from tokenworks.model.layers import qkv as qkv
    from tokenworks.model.layers import rms_norm as rms_norm
    from tokenworks.model.matrices import transpose_weights as transpose_weights
    from tokenworks.model.rope import apply_rope as apply_rope
    from tokenworks.model.rope import rope_angles as rope_angles
    from tokenworks.model.sampling import Sampling as Sampling
    from tokenworks.model.sampling import draw as draw
    from tokenworks.model.sampling import order as order
    from tokenworks.model.sampling import probabilities as probabilities
    from tokenworks.model.sampling import survivors as survivors
    from tokenworks.model.stacked_decode import decode_step as decode_step
    from tokenworks.model.tokenizer import Tokenizer as Tokenizer
    from tokenworks.model.weights import abstract as abstract
    from tokenworks.model.weights import fuse as fuse
    from tokenworks.model.weights import nbytes as nbytes
    from tokenworks.model.weights import stack as stack
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
