# %% [markdown]
# # Exercises 01: the token factory
#
# Six small functions: what a token costs in bytes, seconds and dollars. About 45 minutes.
#
# Replace the dots in a function, run its cell, then run the `check` cell below it. The check tries
# your function on a few cases and says how far off it is, and which mistake it looks like. Answers
# are plain Python numbers. Do not change arguments, and return the answer instead of printing it.
# A call that never ends is stopped after five seconds.

# %%
from tokenworks.checks import check

# %% [markdown]
# ## 01.1 Bytes of the weights
#
# A model has `parameters` weights, each stored in `bits_per_parameter` bits. Return the bytes that
# all weights take. Widths below a byte exist: 4 bits, and 6. Inside the library a size is in bytes;
# GB only appears when a number is printed.
#
# Example: 1,000 parameters of 16 bits take 2,000 bytes.


# %%
def weight_bytes(parameters, bits_per_parameter):
    """Return the bytes that all weights take."""
    # about 1 line
    # BEGIN SOLUTION
    return parameters * bits_per_parameter / 8
    # END SOLUTION


# %%
check("01.1", weight_bytes)

# %% [markdown]
# ## 01.2 Tokens per second at the floor
#
# To make one token for every sequence of a batch, a decode step reads all weights once. The weights
# are split evenly over `chips` chips, which read their shares at the same time, each at
# `hbm_bytes_per_s`. Reading is all that takes time here. Return the tokens per second of the whole
# batch together.
#
# Example: 100 GB of weights on one chip at 1,000 GB/s give 10 tokens/s at batch 1.


# %%
def tokens_per_s(weight_bytes, hbm_bytes_per_s, chips, batch):
    """Return the tokens per second of all sequences of the batch together."""
    # about 2 lines
    # BEGIN SOLUTION
    step_seconds = weight_bytes / (hbm_bytes_per_s * chips)
    return batch / step_seconds
    # END SOLUTION


# %%
check("01.2", tokens_per_s)

# %% [markdown]
# ## 01.3 Chips that hold the weights
#
# Return the smallest whole number of chips whose memories hold the weights, with nothing left over
# for anything else. The weights are given in bytes, the memory of one chip in GiB (1 GiB is
# 2^30 bytes).
#
# Example: 100 GiB of weights need 2 chips of 80 GiB.


# %%
def chips_needed(weight_bytes, hbm_gib):
    """Return the smallest number of chips that hold the weights."""
    # about 2 lines
    # BEGIN SOLUTION
    hbm_bytes = hbm_gib * 2**30
    return int(-(-weight_bytes // hbm_bytes))
    # END SOLUTION


# %%
check("01.3", chips_needed)

# %% [markdown]
# ## 01.4 Weight traffic of a poem
#
# One pass reads all weights once. The first pass takes the whole prompt and yields the first output
# token. Each later pass takes the newest token and yields the next one. Return the bytes of weights
# that are read until `output_tokens` tokens are there.
#
# Example: 1 GB of weights, a prompt of 10 tokens and 3 output tokens move 3 GB.


# %%
def weight_traffic_bytes(weight_bytes, prompt_tokens, output_tokens):
    """Return the bytes of weights that are read for one answer."""
    # about 2 lines
    # BEGIN SOLUTION
    passes = output_tokens  # the pass over the prompt yields the first of them
    return weight_bytes * passes
    # END SOLUTION


# %%
check("01.4", weight_traffic_bytes)

# %% [markdown]
# ## 01.5 USD per million tokens
#
# `chips` chips are rented, each at `chip_usd_per_hour`. Together they make one step in
# `step_seconds`, and a step yields one token for each of `batch` sequences. Return the rent behind
# a million tokens, in USD.
#
# Example: one chip at USD 3.60 an hour, 0.001 s per step and batch 1 give USD 1.00.


# %%
def usd_per_million_tokens(chip_usd_per_hour, chips, step_seconds, batch):
    """Return the rent behind a million tokens, in USD."""
    # about 2 lines
    # BEGIN SOLUTION
    usd_per_second = chip_usd_per_hour * chips / 3600
    return 1e6 * usd_per_second * step_seconds / batch
    # END SOLUTION


# %%
check("01.5", usd_per_million_tokens)

# %% [markdown]
# ## 01.6 Parameters of one layer
#
# Return the number of weights in one layer of a Llama. It has matrices for queries (`n_heads` heads
# of `d_head` values), keys and values (`n_kv_heads` heads each), and one from all heads' results
# back to `d_model`. Its feed-forward part has three matrices between `d_model` and `d_ff`: gate, up
# and down. Two RMSNorms have one weight for each of the `d_model` dimensions. Nothing has a bias.
#
# Example: with `d_model` 4, 2 heads, 1 KV head, `d_head` 2 and `d_ff` 8 it is 152.


# %%
def layer_parameters(d_model, n_heads, n_kv_heads, d_head, d_ff):
    """Return the number of weights in one layer."""
    # about 4 lines
    # BEGIN SOLUTION
    queries_and_output = 2 * d_model * n_heads * d_head
    keys_and_values = 2 * d_model * n_kv_heads * d_head
    feed_forward = 3 * d_model * d_ff
    return queries_and_output + keys_and_values + feed_forward + 2 * d_model
    # END SOLUTION


# %%
check("01.6", layer_parameters)
