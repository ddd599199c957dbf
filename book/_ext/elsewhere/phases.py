"""Reading a prompt and writing an answer."""

from book._ext.elsewhere.entry import Entry
from tokenworks import chip, model_spec, worked
from tokenworks.cost import (
    Deployment,
    decode_flops,
    decode_seconds,
    prefill_flops,
    prefill_seconds,
)

LLAMA = model_spec("llama-3-70b")
EIGHT = Deployment(LLAMA, chip("h100-sxm"), 8)
LONG, PAGE = 131_072, 2048


def dearer(literal, users):
    """Work out how many input tokens' time an output token takes."""
    formula = "step_seconds / users / (prompt_seconds / tokens)"
    step = decode_seconds(EIGHT, PAGE, batch=users)
    prompt = prefill_seconds(EIGHT, PAGE)
    return worked(
        literal, formula, step_seconds=step, users=users, prompt_seconds=prompt, tokens=PAGE
    )


ENTRIES = (
    Entry(
        said="The first token of a prompt of 131,072 tokens came after a second.",
        premise="Llama-3 70B in bf16 on eight H100s.",
        slip="Most often the prompt had been sent before: its keys and values were still there, "
        "and only the end of it was computed.",
        right="All of it computed, the arithmetic alone takes 5.1 s at the data sheet's rate.",
        chapter="prefill-decode",
        numbers=(
            worked(
                "5.1 s",
                "prompt_flops / flops_per_s",
                prompt_flops=prefill_flops(LLAMA, LONG),
                flops_per_s=EIGHT.flops_per_s,
            ),
        ),
    ),
    Entry(
        said="Output costs more than input by the operations of a decode token over those of a "
        "prefill token, times one over the *batch amortization*.",
        premise="Llama-3 70B in bf16 on eight H100s, 2,048 tokens, at the floor.",
        slip="It compares operations, which are nearly equal, where time is the cost; and the last "
        "factor has no definition.",
        right="The operations differ by a factor of 1.02×. The time of an output token is "
        "296× that of an input token for a lone user, and 6.0× when 64 share each step.",
        chapter="prefill-decode",
        numbers=(
            worked(
                "1.02×",
                "decode_flops * tokens / prompt_flops",
                decode_flops=decode_flops(LLAMA, PAGE),
                tokens=PAGE,
                prompt_flops=prefill_flops(LLAMA, PAGE),
            ),
            dearer("296×", 1),
            dearer("6.0×", 64),
        ),
    ),
)
