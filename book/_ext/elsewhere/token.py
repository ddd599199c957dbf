"""What one token costs."""

from book._ext.elsewhere.entry import Entry
from tokenworks import chip, model_spec, worked
from tokenworks.cost import (
    Deployment,
    decode_step_seconds,
    flops_per_token,
    layer_parameter_count,
    matmul_parameter_count,
    read_parameter_count,
    step_weight_bytes,
)

LLAMA, SMALL = model_spec("llama-3-70b"), model_spec("smollm2-135m")
PAIR = Deployment(LLAMA, chip("a100-80gb"), 2)
SHARE = "layers * layer_params / read_params"


def in_layers(literal, spec):
    """Work out the share of a token's weights that the layers hold."""
    layer, all_of_them = layer_parameter_count(spec), read_parameter_count(spec)
    return worked(literal, SHARE, layers=spec.n_layers, layer_params=layer, read_params=all_of_them)


def busy(literal, users):
    """Work out the share of the arithmetic that users of one reading keep busy."""
    step = decode_step_seconds(step_weight_bytes(LLAMA, 2), PAIR.bytes_per_s)
    flops = flops_per_token(matmul_parameter_count(LLAMA))
    formula = "users * token_flops / (step_seconds * flops_per_s)"
    inputs = {"token_flops": flops, "step_seconds": step, "flops_per_s": PAIR.flops_per_s}
    return worked(literal, formula, users=users, **inputs)


ENTRIES = (
    Entry(
        said="After a token is sampled, the loop returns to the transformer layers.",
        premise="Any decoder that writes one token after another.",
        slip="It skips a stage.",
        right="It returns to the embedding. The new token is an integer, and an integer must be "
        "looked up before a layer can use it.",
        chapter="token-factory#the-journey-of-a-request",
    ),
    Entry(
        said="The layers do 99.9 % of the work of a token.",
        premise="Llama-3 70B, and the weights that a new token reads.",
        slip="The output matrix has a row for each entry of the vocabulary.",
        right="The layers hold 98.5 % of those weights, the output matrix the rest. The smaller "
        "a model, the heavier its vocabulary: in SmolLM2-135M the layers hold 79 %.",
        chapter="token-factory#the-journey-of-a-request",
        numbers=(in_layers("98.5 %", LLAMA), in_layers("79 %", SMALL)),
    ),
    Entry(
        said="Inference uses 5 to 15 % of a GPU's arithmetic.",
        premise="Llama-3 70B in bf16 on two A100s, short contexts, at the floor.",
        slip="The number of users is missing, and everything hangs on it.",
        right="One user keeps 0.7 % of the arithmetic busy at best. It takes 8 users who share "
        "each reading of the weights to reach 5 %, and 23 to reach 15 %.",
        chapter="token-factory#the-cost-of-a-token",
        numbers=(busy("0.7 %", 1), busy("5 %", 8), busy("15 %", 23)),
    ),
)
