# %% [markdown]
# # Exercises 07: batching
#
# Eight functions: what a batch wastes, when it starts, who is in it, and how large it may be. The
# fifth is a whole scheduler. About 100 minutes.
#
# Replace the dots in a function, run its cell, then run the `check` cell below it. The check tries
# your function on a few cases and says how far off it is, and which mistake it looks like. Plain
# Python is enough. Do not change arguments, and return the answer instead of printing it. A call
# that never ends is stopped after five seconds.
#
# A step is one forward pass. The step that reads a prompt also writes the first token of the
# answer, and each further step writes one more.

# %%
from tokenworks.checks import check

# %% [markdown]
# ## 07.1 The waste of a static batch
#
# A static batch reads all its `prompts` (their lengths in tokens) in one step. Shorter prompts are
# padded to the longest. Then it decodes. In each decode step every row runs, also the rows whose
# answers are whole. `outputs` are the lengths of the answers, and the batch ends with the longest.
# Return a list of two: the padding tokens of the prompts, and the idle rows of all decode steps
# together.
#
# Example: prompts of 10 and 4, answers of 2 and 5 tokens. The short prompt gets 6 tokens of
# padding. There are 4 decode steps, and the first row is idle in 3 of them: `[6, 3]`.


# %%
def static_waste(prompts, outputs):
    """Return the padding tokens and the idle rows of one static batch."""
    # about 3 lines
    # BEGIN SOLUTION
    padding = sum(max(prompts) - prompt for prompt in prompts)
    idle = sum(max(outputs) - output for output in outputs)
    return [padding, idle]
    # END SOLUTION


# %%
check("07.1", static_waste)

# %% [markdown]
# ## 07.2 Mend the static loop
#
# All requests wait from the start, and nobody else comes. Batches of `slots` requests run one
# after the other, in the order of the list. All answers of a batch are handed over at its end.
# Return for each request how many steps have run by then. This loop has three defects:
#
# ```python
# def handed_over(outputs, slots):
#     ends, now, waiting = [], 0, outputs
#     while len(waiting) >= slots:
#         group = waiting[:slots]
#         del waiting[:slots]
#         now += 1  # read the prompts
#         now += max(group)  # write the tokens
#         ends += [now] * len(group)
#     return ends
# ```
#
# Example: answers of 1, 3 and 2 tokens in 2 slots. The first batch takes 3 steps, the second 2:
# `[3, 3, 5]`.


# %%
def handed_over(outputs, slots):
    """Return after how many steps each request gets its answer."""
    # about 6 lines
    # BEGIN SOLUTION
    done, steps = [], 0
    for at in range(0, len(outputs), slots):
        batch = outputs[at : at + slots]
        steps += max(batch)
        done += [steps] * len(batch)
    return done
    # END SOLUTION


# %%
check("07.2", handed_over)

# %% [markdown]
# ## 07.3 When a dynamic batch starts
#
# Requests come at the times in `arrivals`, in seconds and in order. When the first one comes into
# an empty line, a window opens. The batch starts with all who wait as soon as there are `slots` of
# them, or `window_ms` milliseconds after the window opened, whichever is first. The server is
# always free. Return the list of the times at which batches start. No request comes at the very
# moment at which a window closes.
#
# Example: arrivals at 1, 1.01 and 5, 2 slots, 100 ms. The first batch is full at 1.01, the second
# starts when its window closes: `[1.01, 5.1]`.


# %%
def batch_starts(arrivals, slots, window_ms):
    """Return the times at which dynamic batches start."""
    # about 10 lines
    # BEGIN SOLUTION
    starts, line = [], []
    for at in [*arrivals, float("inf")]:
        if line and line[0] + window_ms / 1000 < at:
            starts.append(line[0] + window_ms / 1000)
            line = []
        line.append(at)
        if len(line) == slots and at < float("inf"):
            starts.append(at)
            line = []
    return starts
    # END SOLUTION


# %%
check("07.3", batch_starts)

# %% [markdown]
# ## 07.4 Steps: static against continuous
#
# All requests wait from the start, and memory is no limit. `outputs` are the lengths of their
# answers. Return a list of two: the steps until all are done with static batches of `slots`, and
# with continuous batching, where the next in line takes a slot as soon as it is free. Both keep
# the order of the list.
#
# Example: answers of 4, 1, 1 and 4 tokens in 2 slots. Static batches take 4 + 4 steps. In
# continuous batching the second slot serves 1, 1 and 4 tokens: `[8, 6]`.


# %%
def steps_of_both(outputs, slots):
    """Return the steps of static and of continuous batching."""
    # about 6 lines
    # BEGIN SOLUTION
    static = sum(max(outputs[at : at + slots]) for at in range(0, len(outputs), slots))
    free = [0] * slots
    for tokens in outputs:
        free[free.index(min(free))] += tokens
    return [static, max(free)]
    # END SOLUTION


# %%
check("07.4", steps_of_both)

# %% [markdown]
# ## 07.5 Write the continuous scheduler
#
# Each of the `requests` is `[arrival step, prompt tokens, output tokens]`; the list is in order of
# arrival. Return a timetable: a list with one entry for each step, from step 0 on. An entry is the
# list of the indices of the requests that get a token in this step, in any order. There are
# `slots` places in a step and memory for `room` tokens. From its first token to its last, a request
# holds memory for its whole prompt and its whole answer. Each request fits alone.
#
# Many timetables are possible, and the check has no list to compare with. It walks through yours
# and looks for the first step that breaks a rule:
#
# - a request gets one token in each step from its first to its last, and just as many as it wants
# - it does not start before its arrival step, nor before one that arrived earlier; of those that
#   arrive in the same step, any may be first
# - no step has more requests than slots, or needs more memory than there is
# - no slot stays empty while the first in line fits into memory
# - a step in which nobody has a token to get is empty, and the list ends with the last token
#
# Example: `[0, 1, 2]`, `[0, 1, 1]` and `[0, 1, 1]` in 2 slots with room for 9 tokens. The third
# request takes the place of the second: `[[0, 1], [0, 2]]`.


# %%
def continuous(requests, slots, room):
    """Return which requests get a token in each step."""
    # about 15 lines
    # BEGIN SOLUTION
    steps, running = [], []
    waiting = list(range(len(requests)))
    left = [output for _, _, output in requests]
    while waiting or running:
        while waiting and len(running) < slots:
            arrival, prompt, output = requests[waiting[0]]
            held = sum(requests[i][1] + requests[i][2] for i in running)
            if arrival > len(steps) or held + prompt + output > room:
                break
            running.append(waiting.pop(0))
        steps.append(list(running))
        for i in running:
            left[i] -= 1
        running = [i for i in running if left[i]]
    return steps
    # END SOLUTION


# %%
check("07.5", continuous)

# %% [markdown]
# ## 07.6 Deal out the tokens of a step
#
# A step may compute `budget` tokens. `decodes` running requests take one each. The rest goes to the
# `prompts` (the tokens that each still has to read), first come, first served: the first takes all
# it can use, then the second, and so on. A prompt that does not fit is cut. Return the list of the
# tokens that each prompt gets in this step. The budget is large enough for all decodes.
#
# Example: 4 decodes, prompts of 10 and 50 tokens, a budget of 32: `[10, 18]`.


# %%
def chunks(decodes, prompts, budget):
    """Return how many tokens of each prompt this step reads."""
    # about 6 lines
    # BEGIN SOLUTION
    left, read = budget - decodes, []
    for prompt in prompts:
        read.append(min(prompt, left))
        left -= read[-1]
    return read
    # END SOLUTION


# %%
check("07.6", chunks)

# %% [markdown]
# ## 07.7 Recompute or swap
#
# Memory is short, and a request with `tokens` tokens in the cache must give up its place for a
# while. Either its cache is thrown away and later computed again: two operations for each of the
# `parameters` and each token, at `flops_per_s`. (Attention is left out, and the weights are read in
# that step anyway.) Or its cache, `kv_bytes` for each token, is copied to the host and later back,
# at `link_bytes_per_s` each way. Return a list of two: the word `"recompute"` or `"swap"`,
# whichever takes less time, and its seconds.
#
# Example: 10 tokens, 1000 parameters, 1e6 operations/s: 0.02 s. With 100 bytes a token and a link
# of 1e6 bytes/s the two copies take 0.002 s: `["swap", 0.002]`.


# %%
def make_room(tokens, parameters, kv_bytes, flops_per_s, link_bytes_per_s):
    """Return the cheaper way to preempt a request, and its seconds."""
    # about 3 lines
    # BEGIN SOLUTION
    recompute = 2 * parameters * tokens / flops_per_s
    swap = 2 * kv_bytes * tokens / link_bytes_per_s
    return ["recompute", recompute] if recompute <= swap else ["swap", swap]
    # END SOLUTION


# %%
check("07.7", make_room)

# %% [markdown]
# ## 07.8 The largest batch within two limits
#
# In a decode step a chip reads its weights once (`weight_bytes`) and the cache of every sequence of
# the batch (`kv_bytes` each), at `bytes_per_s`; arithmetic is no limit. A step may take at most
# `limit_ms` milliseconds. Weights and caches must also fit into `hbm_bytes`. Return the largest
# batch that keeps both limits, 0 where there is none.
#
# Example: weights of 10 bytes, caches of 2 bytes, 1000 bytes/s and 20 ms allow 5 sequences. A
# memory of 17 bytes holds 3: the answer is 3.


# %%
def largest_batch(weight_bytes, kv_bytes, bytes_per_s, hbm_bytes, limit_ms):
    """Return the largest batch that keeps the time limit and fits into memory."""
    # about 3 lines
    # BEGIN SOLUTION
    in_time = (limit_ms / 1000 * bytes_per_s - weight_bytes) // kv_bytes
    in_memory = (hbm_bytes - weight_bytes) // kv_bytes
    return max(0, int(min(in_time, in_memory)))
    # END SOLUTION


# %%
check("07.8", largest_batch)
