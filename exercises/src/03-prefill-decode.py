# %% [markdown]
# # Exercises 03: prefill and decode
#
# Six small functions: how dense a matrix product is, when the first and the last token arrive, and
# what each kind of token costs. About 60 minutes.
#
# Replace the dots in a function, run its cell, then run the `check` cell below it. The check tries
# your function on a few cases and says how far off it is, and which mistake it looks like. Answers
# are plain Python numbers, in base units: bytes, seconds, operations. Do not change arguments, and
# return the answer instead of printing it. A call that never ends is stopped after five seconds.

# %%
from tokenworks.checks import check

# %% [markdown]
# ## 03.1 Intensity of a matrix product
#
# `rows` vectors of `d_in` numbers are multiplied by a matrix of `d_in` by `d_out` weights. Every
# number, weight or not, takes `bytes_per_number` bytes. The matrix is read once, the vectors are
# read once, and the results are written once. Return the operations for each byte moved.
#
# Example: one row, 3 numbers in, 6 out, 2 bytes each: 36 operations over 54 bytes give 0.667.


# %%
def intensity(rows, d_in, d_out, bytes_per_number):
    """Return the operations for each byte that moves."""
    # about 3 lines
    # BEGIN SOLUTION
    operations = 2 * rows * d_in * d_out
    numbers = d_in * d_out + rows * d_in + rows * d_out
    return operations / (bytes_per_number * numbers)
    # END SOLUTION


# %%
check("03.1", intensity)

# %% [markdown]
# ## 03.2 The floor under the first token
#
# Every token of the prompt is multiplied by `parameters` weights. In each of `layers` layers and
# `heads` heads, every token's query is multiplied with the keys of the tokens up to and including
# itself, and the result mixes their values; keys and values have `d_head` numbers. The chips
# together do `flops_per_s` operations a second. Return the shortest time, in seconds, if nothing
# but this arithmetic took any. (The output matrix is not counted: only the last token needs it.)
#
# Example: 1,000 parameters, 1 layer, 1 head of 2 numbers, 3 tokens and 1 operation a second give
# 6048 seconds.


# %%
def first_token_seconds(parameters, layers, heads, d_head, prompt_tokens, flops_per_s):
    """Return the shortest time to the first token that arithmetic allows."""
    # about 4 lines
    # BEGIN SOLUTION
    pairs = prompt_tokens * (prompt_tokens + 1) / 2  # token t looks at t tokens
    attention = 4 * layers * heads * d_head * pairs
    return (2 * parameters * prompt_tokens + attention) / flops_per_s
    # END SOLUTION


# %%
check("03.2", first_token_seconds)

# %% [markdown]
# ## 03.3 What the user waits for
#
# A request waits `queue_seconds`. Then its prompt is read in `prefill_seconds`, at the end of which
# the first token is there. Every later token takes `step_seconds`. Return the seconds from sending
# the request to the last of `output_tokens` tokens; there is at least one.
#
# Example: no queue, a prefill of 1 second and 3 tokens with steps of 0.5 seconds take 2 seconds.


# %%
def user_seconds(queue_seconds, prefill_seconds, step_seconds, output_tokens):
    """Return the seconds until the last token is there."""
    # about 2 lines
    # BEGIN SOLUTION
    first_token = queue_seconds + prefill_seconds
    return first_token + (output_tokens - 1) * step_seconds
    # END SOLUTION


# %%
check("03.3", user_seconds)

# %% [markdown]
# ## 03.4 An output token, in input tokens
#
# A prompt token costs only arithmetic: `flops_per_token` operations at `flops_per_s`. A decode step
# of `batch` users reads the weights (`weight_bytes`) once and a cache of `kv_bytes` for every user,
# at `bytes_per_s`, and does `flops_per_token` operations for every user. Reading and arithmetic
# overlap, so the longer of the two sets the step. The users share the step's time evenly. Return
# the time of an output token divided by the time of an input token.
#
# Example: 100 bytes of weights, caches of 10 bytes, 1 byte and 1 operation a second, 20 operations
# a token and 2 users: 120 seconds for two tokens, 60 for one, three times the 20 of an input token.


# %%
def output_over_input(weight_bytes, kv_bytes, bytes_per_s, flops_per_token, flops_per_s, batch):
    """Return how many input tokens cost as much as one output token."""
    # about 4 lines
    # BEGIN SOLUTION
    reading = (weight_bytes + batch * kv_bytes) / bytes_per_s
    arithmetic = batch * flops_per_token / flops_per_s
    output_token = max(reading, arithmetic) / batch
    return output_token / (flops_per_token / flops_per_s)
    # END SOLUTION


# %%
check("03.4", output_over_input)

# %% [markdown]
# ## 03.5 The gap that a long prompt tears
#
# A server writes for its users in decode steps of `step_seconds`. A prompt of `prompt_tokens`
# arrives, whose prefill would take `prefill_seconds` in one piece. The server cuts it into chunks
# of `chunk_tokens`; each token of the prompt takes equally long. Before every decode step it runs
# one chunk, and then the step. Return the longest time, in seconds, that a user waits between two
# tokens.
#
# Example: a prefill of 2 seconds for 100 tokens, in chunks of 25, and steps of 0.1 seconds: the
# longest gap is 0.6 seconds.


# %%
def longest_gap_seconds(prefill_seconds, prompt_tokens, chunk_tokens, step_seconds):
    """Return the longest wait between two tokens of a running user."""
    # about 2 lines
    # BEGIN SOLUTION
    largest_chunk = min(chunk_tokens, prompt_tokens)
    return prefill_seconds * largest_chunk / prompt_tokens + step_seconds
    # END SOLUTION


# %%
check("03.5", longest_gap_seconds)

# %% [markdown]
# ## 03.6 The output's share of the bill
#
# A new input token costs 1. A cached input token costs `cached_rate`, an output token
# `output_rate`. Return which share of the whole bill the output tokens are, between 0 and 1.
#
# Example: 2 new tokens, 10 cached ones at 0.1 and 1 output token at 3 give 3 / 6 = 0.5.


# %%
def output_share(new_tokens, cached_tokens, output_tokens, cached_rate, output_rate):
    """Return the share of the bill that the output has."""
    # about 3 lines
    # BEGIN SOLUTION
    reading = new_tokens + cached_rate * cached_tokens
    writing = output_rate * output_tokens
    return writing / (reading + writing)
    # END SOLUTION


# %%
check("03.6", output_share)
