"""Quantization: the model's numbers in fewer bits, and what that saves and costs.

- `element_types`, `encoding`: what one stored value is, bit by bit, and arrays to codes and back
- `integer_grid`: round-to-nearest on a grid of integers, with its scales and zero points
- `int8_products`: activations in 8 bits too, and integers multiplied; outliers kept apart
- `gguf_blocks`: that grid as a GGUF file holds it, byte by byte
- `scaled_rows`: a scale a row of a matrix or a head of a token, as large models keep them
- `packing`: its codes in the bytes that a model multiplies from
- `low_bit_pallas`: a TPU kernel that reads weights of 8 or 4 bits and widens them in VMEM
- `kv_grid`: keys and values in fewer bits, by token or by channel, rotated or not
- `pruning`: weights left out instead, the smallest or two of every four
- `blocks`: MXFP8, MXFP4, NVFP4 and NF4, whose blocks share a scale
- `texts`, `calibration`: what methods are fitted on and judged by; what every matrix reads
- `folding`: factors moved from one matrix to another, which changes nothing
- `smoothquant`: layers whose products are of 8-bit integers, smoothed before or not
- `gptq`, `awq`: rounding that knows what a matrix reads
- `evaluation`: how far a model is from the float model, on average and in the tail
- `passkeys`: numbers that a text gave, asked for again further on
"""

from typing import TYPE_CHECKING

from tokenworks import no_tpu as no_tpu  # before JAX starts: no search for a TPU where none is
from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.quantization.awq import awq_layer as awq_layer
    from tokenworks.quantization.awq import awq_scales as awq_scales
    from tokenworks.quantization.awq import scale_layer as scale_layer
    from tokenworks.quantization.blocks import Blocks as Blocks
    from tokenworks.quantization.blocks import encode_blocks as encode_blocks
    from tokenworks.quantization.calibration import Moments as Moments
    from tokenworks.quantization.calibration import layer_inputs as layer_inputs
    from tokenworks.quantization.calibration import moments as moments
    from tokenworks.quantization.calibration import output_error as output_error
    from tokenworks.quantization.calibration import quantize_layers as quantize_layers
    from tokenworks.quantization.element_types import Element as Element
    from tokenworks.quantization.element_types import element as element
    from tokenworks.quantization.element_types import elements as elements
    from tokenworks.quantization.element_types import normal_float_levels as normal_float_levels
    from tokenworks.quantization.encoding import decode as decode
    from tokenworks.quantization.encoding import encode as encode
    from tokenworks.quantization.encoding import rounded as rounded
    from tokenworks.quantization.evaluation import Scores as Scores
    from tokenworks.quantization.evaluation import TokenScores as TokenScores
    from tokenworks.quantization.evaluation import reference_states as reference_states
    from tokenworks.quantization.evaluation import scores as scores
    from tokenworks.quantization.evaluation import states_of as states_of
    from tokenworks.quantization.evaluation import token_scores as token_scores
    from tokenworks.quantization.evaluation import token_sets as token_sets
    from tokenworks.quantization.folding import fold_norms as fold_norms
    from tokenworks.quantization.folding import fold_scales as fold_scales
    from tokenworks.quantization.folding import round_layer as round_layer
    from tokenworks.quantization.gguf_blocks import from_gguf as from_gguf
    from tokenworks.quantization.gguf_blocks import to_gguf as to_gguf
    from tokenworks.quantization.gptq import gptq_layer as gptq_layer
    from tokenworks.quantization.gptq import gptq_matrix as gptq_matrix
    from tokenworks.quantization.gptq import gptq_oracle as gptq_oracle
    from tokenworks.quantization.int8_products import Int8Matrix as Int8Matrix
    from tokenworks.quantization.int8_products import OutlierMatrix as OutlierMatrix
    from tokenworks.quantization.int8_products import activation_codes as activation_codes
    from tokenworks.quantization.int8_products import int8_matmul as int8_matmul
    from tokenworks.quantization.int8_products import int8_matrix as int8_matrix
    from tokenworks.quantization.int8_products import outlier_matrix as outlier_matrix
    from tokenworks.quantization.integer_grid import Grid as Grid
    from tokenworks.quantization.integer_grid import Quantized as Quantized
    from tokenworks.quantization.integer_grid import fit_scales as fit_scales
    from tokenworks.quantization.integer_grid import nearest_codes as nearest_codes
    from tokenworks.quantization.integer_grid import round_to_nearest as round_to_nearest
    from tokenworks.quantization.kv_grid import KVGrid as KVGrid
    from tokenworks.quantization.kv_grid import hadamard as hadamard
    from tokenworks.quantization.kv_grid import quantize_rows as quantize_rows
    from tokenworks.quantization.kv_grid import round_kv as round_kv
    from tokenworks.quantization.low_bit_pallas import low_bit_matmul as low_bit_matmul
    from tokenworks.quantization.packing import pack as pack
    from tokenworks.quantization.packing import quantize_weights as quantize_weights
    from tokenworks.quantization.passkeys import digits_found as digits_found
    from tokenworks.quantization.passkeys import draw_passkeys as draw_passkeys
    from tokenworks.quantization.pruning import prune_magnitude as prune_magnitude
    from tokenworks.quantization.pruning import prune_two_of_four as prune_two_of_four
    from tokenworks.quantization.pruning import two_of_four_bytes as two_of_four_bytes
    from tokenworks.quantization.smoothquant import int8_layer as int8_layer
    from tokenworks.quantization.smoothquant import outlier_layer as outlier_layer
    from tokenworks.quantization.smoothquant import smooth_layer as smooth_layer
    from tokenworks.quantization.smoothquant import smoothing_scales as smoothing_scales
    from tokenworks.quantization.texts import calibration_windows as calibration_windows
    from tokenworks.quantization.texts import evaluation_windows as evaluation_windows
    from tokenworks.quantization.texts import refuse_overlap as refuse_overlap
    from tokenworks.quantization.texts import text_record as text_record
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
