"""Reading a prompt and writing an answer."""

from book._ext.elsewhere.entry import Entry
from tokenworks import chip, claim, model_spec, worked
from tokenworks.cost import (
    Deployment,
    decode_flops,
    decode_seconds,
    prefill_flops,
    prefill_seconds,
)

LLAMA = model_spec("llama-3-70b")
EIGHT = Deployment(LLAMA, chip("h100-sxm"), 8)
PAGE, TOLD_TOKENS = 2048, 4096
TOLD = claim(f"qwen3-4b-first-token-{TOLD_TOKENS}")


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
        said=f"The first token of a prompt of {TOLD_TOKENS:,} tokens came after {TOLD.printed}.",
        premise=f"Qwen3-4B in bf16 on one RTX 4090, one request at a time, as [reported]"
        f"({TOLD.source}).",
        slip="Most likely the prompt had been sent before: its keys and values were still there, "
        "and only the end of it was computed.",
        right="All of it computed, the arithmetic alone takes 210 ms at the data sheet's rate.",
        chapter="prefill-decode#ask-the-compiler",
        numbers=(
            worked(
                "210 ms",
                "prompt_flops / flops_per_s",
                prompt_flops=prefill_flops(model_spec("qwen3-4b"), TOLD_TOKENS),
                flops_per_s=chip("rtx-4090").bf16_flops_per_s,
            ),
        ),
    ),
    Entry(
        said="Output costs more than input by the operations of a decode token over those of a "
        "prefill token, times one over the *batch amortization*.",
        premise="Llama-3 70B in bf16 on eight H100s, 2,048 tokens, at the floor.",
        slip="It compares operations, which are nearly equal, where time is the cost; and the last "
        "factor has no definition.",
        right="The operations differ by a factor of 1.03×. The time of an output token is "
        "296× that of an input token for a lone user, and 6.0× when 64 share each step.",
        chapter="prefill-decode",
        numbers=(
            worked(
                "1.03×",
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
