# %% [markdown]
# # Exercises 02: generation
#
# Six small functions: the loop from text to text, without the model in the middle. About 70
# minutes.
#
# Replace the dots in a function, run its cell, then run the `check` cell below it. The check tries
# your function on a few cases and says how far off it is, and which mistake it looks like. Plain
# Python is enough, and NumPy is fine. Do not change arguments, and return the answer instead of
# printing it. A call that never ends is stopped after five seconds.

# %%
from tokenworks.checks import check

# %% [markdown]
# ## 02.1 One merge of byte-pair encoding
#
# Count all neighbouring pairs in a list of at least two `ids`: `ids[0], ids[1]`, then
# `ids[1], ids[2]`, and so on. Take the most common pair; of equally common ones the pair that
# occurs first. Return a new list in which the pair is replaced by `new_id` everywhere, from left to
# right. A token that has been merged is used up.
#
# Example: in `[1, 2, 3, 1, 2]` with `new_id` 9 the pair 1, 2 wins, and the answer is `[9, 3, 9]`.


# %%
def merge_most_common_pair(ids, new_id):
    """Return the ids with the most common neighbouring pair merged everywhere."""
    # about 8 lines
    # BEGIN SOLUTION
    from itertools import pairwise

    pairs = list(pairwise(ids))
    pair = max(dict.fromkeys(pairs), key=pairs.count)
    merged, at = [], 0
    while at < len(ids):
        hit = tuple(ids[at : at + 2]) == pair
        merged.append(new_id if hit else ids[at])
        at += 2 if hit else 1
    return merged
    # END SOLUTION


# %%
check("02.1", merge_most_common_pair)

# %% [markdown]
# ## 02.2 Softmax with temperature
#
# Turn a list of `logits` into probabilities: `exp(logit / temperature)`, divided by the sum of
# these over all tokens. Two things must hold. Logits of 1000 must not overflow. Temperature 0 means
# greedy: all probability on the largest logit; where two are equally large, on the lower id.
#
# Example: `[0.0, 0.0]` at temperature 1 gives `[0.5, 0.5]`.


# %%
def softmax(logits, temperature):
    """Return the probabilities of the tokens at a temperature."""
    # about 5 lines
    # BEGIN SOLUTION
    from math import exp

    top = max(logits)
    if temperature == 0:
        return [1.0 if i == logits.index(top) else 0.0 for i in range(len(logits))]
    weights = [exp((logit - top) / temperature) for logit in logits]
    return [weight / sum(weights) for weight in weights]
    # END SOLUTION


# %%
check("02.2", softmax)

# %% [markdown]
# ## 02.3 The top-p filter
#
# Keep the smallest set of most probable tokens whose probabilities add up to at least `top_p`.
# Tokens outside the set get probability 0, and the kept ones are renormalised so that they add up
# to 1. Entry i of the answer belongs to token i.
#
# Example: `[0.25, 0.625, 0.125]` with `top_p` 0.7 keeps two tokens: `[0.2857, 0.7143, 0.0]`.


# %%
def filter_top_p(probabilities, top_p):
    """Return the renormalised probabilities of the smallest set that reaches top_p."""
    # about 8 lines
    # BEGIN SOLUTION
    kept, total = set(), 0.0
    for i in sorted(range(len(probabilities)), key=lambda i: -probabilities[i]):
        if total >= top_p:
            break
        kept.add(i)
        total += probabilities[i]
    return [p / total if i in kept else 0.0 for i, p in enumerate(probabilities)]
    # END SOLUTION


# %%
check("02.3", filter_top_p)

# %% [markdown]
# ## 02.4 The draw
#
# `u` is a random number, at least 0 and below 1. Walk the tokens from the most probable down
# (equally probable ones by lower id) and add up their probabilities. Return the id of the first
# token at which the sum exceeds `u`. The same `u` always gives the same token: this is all that a
# seed fixes.
#
# Example: `[0.25, 0.75]` with `u` 0.5 gives id 1, and with `u` 0.8 id 0.


# %%
def draw_token(probabilities, u):
    """Return the id of the token that u selects."""
    # about 6 lines
    # BEGIN SOLUTION
    total = 0.0
    order = sorted(range(len(probabilities)), key=lambda i: -probabilities[i])
    for i in order:
        total += probabilities[i]
        if total > u:
            return i
    return order[-1]
    # END SOLUTION


# %%
check("02.4", draw_token)

# %% [markdown]
# ## 02.5 Stop strings that straddle tokens
#
# The model emits text in `pieces`, one for each token. Generation ends as soon as the joined text
# holds one of the `stops`, wherever it begins and ends. Return the text that the user sees:
# everything before the stop string. Where the last piece completes several stop strings, the one
# that begins first in the text counts. Without a stop string the user sees all of it.
#
# Example: pieces `["sea", "#", "##", "x"]` with stops `["###"]` show `"sea"`.


# %%
def text_shown(pieces, stops):
    """Return the text before the first stop string."""
    # about 6 lines
    # BEGIN SOLUTION
    text = ""
    for piece in pieces:
        text += piece
        found = [text.find(stop) for stop in stops if stop in text]
        if found:
            return text[: min(found)]
    return text
    # END SOLUTION


# %%
check("02.5", text_shown)

# %% [markdown]
# ## 02.6 Positions that the loop computes
#
# A position is one token that goes through the model in one pass. Without a cache (`cached` is
# False) each pass takes all tokens so far: first the prompt, then prompt and one new token, and so
# on. With a cache the first pass takes the prompt and each later one only the newest token. Each
# pass yields one output token. Return the positions of all passes together.
#
# Example: a prompt of 3 tokens and 2 output tokens take 7 positions without a cache, 4 with one.


# %%
def positions_computed(prompt_tokens, output_tokens, cached):
    """Return how many token positions go through the model."""
    # about 3 lines
    # BEGIN SOLUTION
    if cached:
        return prompt_tokens + output_tokens - 1
    return sum(prompt_tokens + made for made in range(output_tokens))
    # END SOLUTION


# %%
check("02.6", positions_computed)
