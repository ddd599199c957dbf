# %% [markdown]
# # Exercises 04: the roofline
#
# Six small functions: which roof an operation meets, how busy it keeps a chip, which batch fills
# the arithmetic, and what a dollar buys. About 50 minutes.
#
# Replace the dots in a function, run its cell, then run the `check` cell below it. The check tries
# your function on a few cases and says how far off it is, and which mistake it looks like. Answers
# are plain Python numbers. All sizes are in bytes and all rates per second, without prefixes.

# %%
from tokenworks.checks import check

# %% [markdown]
# ## 04.1 Under which roof?
#
# An operation does `flops` operations and moves `moved_bytes` bytes between the chip and its
# memory. The chip does at most `flops_per_s` operations and moves at most `bytes_per_s` bytes in a
# second, both at the same time. Return the operations per second that it reaches at best.
#
# Example: 10 operations on 10 bytes, on a chip with 100 FLOP/s and 20 B/s, reach 20 FLOP/s.


# %%
def attainable(flops, moved_bytes, flops_per_s, bytes_per_s):
    """Return the operations per second that the roofline allows."""
    # about 2 lines
    # BEGIN SOLUTION
    intensity = flops / moved_bytes
    return min(flops_per_s, intensity * bytes_per_s)
    # END SOLUTION


# %%
check("04.1", attainable)

# %% [markdown]
# ## 04.2 Intensity of a matrix product
#
# `rows` rows of `d_in` numbers are multiplied by a weight matrix of `d_in` by `d_out`. A weight
# takes `bytes_per_param` bytes. The rows that go in and the rows that come out have
# `bytes_per_activation` bytes a number. Everything crosses the memory once. Return the operations
# for each byte moved; a multiplication and an addition are two operations.
#
# Example: 1 row, a 2 by 2 matrix and one byte everywhere: 8 operations on 8 bytes, so 1.


# %%
def matmul_intensity(rows, d_in, d_out, bytes_per_param, bytes_per_activation):
    """Return the operations for each byte that a matrix product moves."""
    # about 4 lines
    # BEGIN SOLUTION
    flops = 2 * rows * d_in * d_out
    weights = d_in * d_out * bytes_per_param
    activations = rows * (d_in + d_out) * bytes_per_activation
    return flops / (weights + activations)
    # END SOLUTION


# %%
check("04.2", matmul_intensity)

# %% [markdown]
# ## 04.3 How busy is the arithmetic?
#
# The product of 04.2 with two bytes for every number, on a chip with these two rates. Reading and
# multiplying overlap perfectly. Return the share of the time in which the arithmetic is busy, from
# 0 to 1.
#
# Example: 1 row, a 2 by 2 matrix, 100 FLOP/s and 200 B/s: 0.08 s of both, so 1.


# %%
def busy_share(rows, d_in, d_out, flops_per_s, bytes_per_s):
    """Return the share of the time in which the chip multiplies."""
    # about 5 lines
    # BEGIN SOLUTION
    flops = 2 * rows * d_in * d_out
    moved_bytes = 2 * (d_in * d_out + rows * (d_in + d_out))
    multiplying = flops / flops_per_s
    moving = moved_bytes / bytes_per_s
    return multiplying / max(multiplying, moving)
    # END SOLUTION


# %%
check("04.3", busy_share)

# %% [markdown]
# ## 04.4 The critical batch of a precision
#
# At small batch a layer waits for its weights, at large batch for its arithmetic. Return the batch
# at which reading the weights takes exactly as long as multiplying by them. Activations and caches
# are left out. A weight has `bits_per_weight` bits; `flops_per_s` is the rate of the arithmetic
# that is used, whatever the width of the weights.
#
# Example: 16 bits, 100 FLOP/s and 10 B/s give 10.


# %%
def critical_batch(bits_per_weight, flops_per_s, bytes_per_s):
    """Return the batch at which reading and multiplying take equally long."""
    # about 2 lines
    # BEGIN SOLUTION
    seconds_to_read_a_weight = bits_per_weight / 8 / bytes_per_s
    return seconds_to_read_a_weight * flops_per_s / 2
    # END SOLUTION


# %%
check("04.4", critical_batch)

# %% [markdown]
# ## 04.5 The critical batch with a cache
#
# A decode step reads all weights once (`params` of them, `bytes_per_param` bytes each), and for
# each sequence a cache of `kv_bytes` bytes. It does two operations for each parameter and sequence;
# the operations of attention are left out. Return the batch at which reading and multiplying take
# equally long. If no batch does that, return 0.
#
# Example: 10 parameters of 2 bytes, a cache of 1 byte, 100 FLOP/s and 10 B/s: a batch of 20.


# %%
def critical_batch_with_cache(params, bytes_per_param, kv_bytes, flops_per_s, bytes_per_s):
    """Return the batch at which a decode step is balanced, or 0 where none is."""
    # about 5 lines
    # BEGIN SOLUTION
    weights = params * bytes_per_param / bytes_per_s
    gained_by_each = 2 * params / flops_per_s - kv_bytes / bytes_per_s
    if gained_by_each <= 0:
        return 0
    return weights / gained_by_each
    # END SOLUTION


# %%
check("04.5", critical_batch_with_cache)

# %% [markdown]
# ## 04.6 Bandwidth per dollar
#
# A server with `chips` chips costs `usd_per_hour` for all of them. Each chip reads `bytes_per_s`.
# Return the bytes that one dollar lets the server read.
#
# Example: one chip that reads 10 B/s for USD 36 an hour reads 1,000 bytes for a dollar.


# %%
def bytes_per_usd(bytes_per_s, usd_per_hour, chips):
    """Return the bytes that a dollar's worth of rent can read."""
    # about 1 line
    # BEGIN SOLUTION
    return 3600 * chips * bytes_per_s / usd_per_hour
    # END SOLUTION


# %%
check("04.6", bytes_per_usd)
