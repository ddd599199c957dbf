# %% [markdown]
# # Exercises 05: the KV cache
#
# Seven small functions: what one text leaves in the cache, and how many texts a chip can hold.
# About 60 minutes.
#
# Replace the dots in a function, run its cell, then run the `check` cell below it. The check tries
# your function on a few cases and says how far off it is, and which mistake it looks like. Answers
# are plain Python numbers. Do not change arguments, and return the answer instead of printing it.
# A call that never ends is stopped after five seconds.

# %%
from tokenworks.checks import check

# %% [markdown]
# ## 05.1 Cache bytes of one token
#
# In each of its `n_layers` layers a model with grouped-query attention keeps, for every token, one
# key and one value for each KV head. Keys and values have `d_head` numbers, each of
# `bits_per_value` bits. Return the bytes that one more token adds to the cache.
#
# Example: 2 layers, 4 query heads, 1 KV head of 8 numbers, 16 bits: 64 bytes.


# %%
def kv_bytes_per_token(n_layers, n_heads, n_kv_heads, d_head, bits_per_value):
    """Return the cache bytes of one token."""
    # about 1 line
    # BEGIN SOLUTION
    return 2 * n_layers * n_kv_heads * d_head * bits_per_value / 8
    # END SOLUTION


# %%
check("05.1", kv_bytes_per_token)

# %% [markdown]
# ## 05.2 Tokens kept with windowed layers
#
# Layers are counted from 1. Every layer whose number can be divided by `global_every` keeps all
# `tokens` of the text. Each other layer keeps the last `window` tokens, the newest one included,
# or fewer while the text is shorter. Return the tokens that all layers together keep.
#
# Example: 10 tokens, 6 layers, a window of 4, every third layer global: 2 × 10 + 4 × 4 = 36.


# %%
def tokens_kept(tokens, n_layers, window, global_every):
    """Return how many tokens' keys and values all layers together keep."""
    # about 2 lines
    # BEGIN SOLUTION
    global_layers = n_layers // global_every
    return global_layers * tokens + (n_layers - global_layers) * min(tokens, window)
    # END SOLUTION


# %%
check("05.2", tokens_kept)

# %% [markdown]
# ## 05.3 Quantized values and their scales
#
# A cache stores `values` numbers in `bits` bits each. Every `group` of neighbours shares one scale
# of `scale_bits` bits; `values` is a multiple of `group`. Return the bytes of values and scales.
#
# Example: 64 values of 4 bits in groups of 32 with scales of 16 bits take 36 bytes.


# %%
def quantized_bytes(values, bits, group, scale_bits):
    """Return the bytes of quantized values with their scales."""
    # about 1 line
    # BEGIN SOLUTION
    return (values * bits + values / group * scale_bits) / 8
    # END SOLUTION


# %%
check("05.3", quantized_bytes)

# %% [markdown]
# ## 05.4 Cache bytes of one token with MLA
#
# Multi-head latent attention keeps, in each layer and for each token, one latent vector of
# `kv_lora_rank` numbers, from which keys and values of all `n_heads` heads are rebuilt, and one
# rotated key of `d_head_rope` numbers for all heads. Each number has `bits_per_value` bits. Return
# the cache bytes of one token.
#
# Example: 2 layers, 4 heads, rank 8, rotated key of 2, 16 bits: 40 bytes.


# %%
def mla_bytes_per_token(n_layers, n_heads, kv_lora_rank, d_head_rope, bits_per_value):
    """Return the cache bytes of one token with multi-head latent attention."""
    # about 1 line
    # BEGIN SOLUTION
    return n_layers * (kv_lora_rank + d_head_rope) * bits_per_value / 8
    # END SOLUTION


# %%
check("05.4", mla_bytes_per_token)

# %% [markdown]
# ## 05.5 Cache of each tensor-parallel chip
#
# The caches of all sequences take `kv_bytes`, counted once. They are dealt out over `tp` chips by
# KV head, and a head is never cut. With more chips than heads, several chips hold the same head.
# Heads and chips always divide evenly, one way or the other. Return the bytes on each chip.
#
# Example: 800 bytes, 8 heads: on 4 chips 200 bytes each, on 16 chips 100 bytes each.


# %%
def kv_bytes_on_a_chip(kv_bytes, n_kv_heads, tp):
    """Return the cache bytes that each of tp chips holds."""
    # about 1 line
    # BEGIN SOLUTION
    return kv_bytes / min(n_kv_heads, tp)
    # END SOLUTION


# %%
check("05.5", kv_bytes_on_a_chip)

# %% [markdown]
# ## 05.6 Largest batch in a budget
#
# Each of `chips` chips has `hbm_gib` GiB of memory, of which the runtime reserves `reserved_gib`.
# The weights take `weight_bytes` in all, the cache of one sequence `sequence_bytes` in all; both
# are dealt out evenly. Return how many whole sequences fit beside the weights, 0 where none does.
#
# Example: 1 chip of 2 GiB, 1 GiB reserved, weights of 0.5 GiB, sequences of 0.2 GiB: 2.


# %%
def largest_batch(hbm_gib, chips, weight_bytes, reserved_gib, sequence_bytes):
    """Return how many sequences fit beside the weights."""
    # about 2 lines
    # BEGIN SOLUTION
    pool = chips * (hbm_gib - reserved_gib) * 2**30 - weight_bytes
    return max(0, int(pool // sequence_bytes))
    # END SOLUTION


# %%
check("05.6", largest_batch)

# %% [markdown]
# ## 05.7 Smallest slice that can be rented
#
# A deployment needs `needed_bytes` in all. A chip has `usable_bytes`, and only the sizes in the
# list `slices` can be rented, in no particular order. Return the smallest size that holds
# everything, 0 where none does.
#
# Example: 20 GB on chips with 14 GB need two chips; of the sizes 8, 1 and 4 the answer is 4.


# %%
def smallest_slice(needed_bytes, usable_bytes, slices):
    """Return the smallest slice that holds everything."""
    # about 2 lines
    # BEGIN SOLUTION
    enough = [chips for chips in slices if chips * usable_bytes >= needed_bytes]
    return min(enough, default=0)
    # END SOLUTION


# %%
check("05.7", smallest_slice)
