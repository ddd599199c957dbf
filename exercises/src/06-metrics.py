# %% [markdown]
# # Exercises 06: metrics
#
# Seven small functions: what one user waits for, what a server delivers, and what a careless log
# leaves out. About 70 minutes.
#
# Replace the dots in a function, run its cell, then run the `check` cell below it. The check tries
# your function on a few cases and says how far off it is, and which mistake it looks like. Plain
# Python is enough, and NumPy is fine. Do not change arguments, and return the answer instead of
# printing it. A call that never ends is stopped after five seconds.
#
# All times are seconds on one clock.

# %%
from tokenworks.checks import check

# %% [markdown]
# ## 06.1 Three times of one request
#
# A request came at `arrival`; its tokens came at the times in the list `tokens`. The last token
# ends the answer. Return a list of three: time to first token (TTFT), time per output token after
# the first (TPOT), end-to-end latency (E2EL). An answer of one token has no TPOT: give `None`.
#
# Example: arrival 2, tokens at 3, 3.5 and 5: `[1, 1, 3]`. Arrival 2, one token at 3:
# `[1, None, 1]`.


# %%
def three_times(arrival, tokens):
    """Return TTFT, TPOT and E2EL of one request."""
    # about 4 lines
    # BEGIN SOLUTION
    gaps = len(tokens) - 1
    tpot = (tokens[-1] - tokens[0]) / gaps if gaps else None
    return [tokens[0] - arrival, tpot, tokens[-1] - arrival]
    # END SOLUTION


# %%
check("06.1", three_times)

# %% [markdown]
# ## 06.2 Mean of requests, mean of gaps
#
# `requests` is a list of pairs `[arrival, tokens]` as above. Return a list of two means in seconds.
# The first gives each request one vote: the mean of the requests' TPOT, without the requests that
# have none. The second gives each gap one vote: the mean of all gaps between neighbouring tokens
# of the same request. At least one request has two tokens or more.
#
# Example: one request with tokens at 1 and 2, one with tokens at 1, 4, 7 and 10. The TPOTs are 1
# and 3, the gaps 1, 3, 3 and 3: `[2, 2.5]`.


# %%
def two_means(requests):
    """Return the mean TPOT of the requests and the mean of all their gaps."""
    # about 6 lines
    # BEGIN SOLUTION
    from itertools import pairwise

    answers = [tokens for _, tokens in requests if len(tokens) > 1]
    gaps = [[b - a for a, b in pairwise(tokens)] for tokens in answers]
    tpots = [sum(own) / len(own) for own in gaps]
    pooled = [gap for own in gaps for gap in own]
    return [sum(tpots) / len(tpots), sum(pooled) / len(pooled)]
    # END SOLUTION


# %%
check("06.2", two_means)

# %% [markdown]
# ## 06.3 A percentile by its estimator
#
# Sort the values. Their places are 0, 1, 2 and so on. The percentile `q` stands at place
# `q / 100` times the largest place. Where that is between two places, go the same part of the way
# between their two values. This estimator is NumPy's default, `linear`. Write it yourself.
#
# Example: of 10, 20 and 30 the percentile 75 stands at place 1.5, so it is 25.


# %%
def percentile(values, q):
    """Return the percentile q, from 0 to 100, of the values."""
    # about 5 lines
    # BEGIN SOLUTION
    ordered = sorted(values)
    place = q / 100 * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
    # END SOLUTION


# %%
check("06.3", percentile)

# %% [markdown]
# ## 06.4 Three rates of a window
#
# `requests` is a list of `[arrival, tokens, prompt_tokens]`. Look at the requests whose last token
# came in the window: at `begin` or later, and before `end`. Return a list of three rates of this
# window: requests per second, input tokens per second, output tokens per second. A request counts
# with its whole prompt and its whole answer.
#
# Example: a window from 2 to 4, one request with 100 prompt tokens and tokens at 1, 2 and 3:
# `[0.5, 50, 1.5]`.


# %%
def three_rates(requests, begin, end):
    """Return requests, input tokens and output tokens per second of a window."""
    # about 6 lines
    # BEGIN SOLUTION
    done = [request for request in requests if begin <= request[1][-1] < end]
    seconds = end - begin
    prompts = sum(prompt_tokens for _, _, prompt_tokens in done)
    written = sum(len(tokens) for _, tokens, _ in done)
    return [len(done) / seconds, prompts / seconds, written / seconds]
    # END SOLUTION


# %%
check("06.4", three_rates)

# %% [markdown]
# ## 06.5 Goodput
#
# In a window of `window_seconds` a server finished all the `requests`, pairs `[arrival, tokens]`.
# A request is good when its TTFT is at most `ttft_limit` and its TPOT at most `tpot_limit`. An
# answer of one token has no TPOT, so it cannot break that limit. Return the goodput: good requests
# per second.
#
# This listing, of a kind one often meets, has three defects. Start from it or from nothing:
#
# ```python
# def goodput(requests, ttft_limit, tpot_limit, window_seconds):
#     good = 0
#     for arrival, times in requests:
#         ttft = times[0]
#         tpot = (times[-1] - times[0]) / (len(times) - 1)
#         good += ttft <= ttft_limit and tpot <= tpot_limit
#     return good / len(requests)
# ```
#
# Example: three requests in 10 seconds, of which two keep both limits: 0.2 requests per second.


# %%
def goodput(requests, ttft_limit, tpot_limit, window_seconds):
    """Return the requests per second that keep both limits."""
    # about 7 lines
    # BEGIN SOLUTION
    good = 0
    for arrival, tokens in requests:
        gaps = len(tokens) - 1
        first = tokens[0] - arrival <= ttft_limit
        later = gaps == 0 or (tokens[-1] - tokens[0]) / gaps <= tpot_limit
        good += first and later
    return good / window_seconds
    # END SOLUTION


# %%
check("06.5", goodput)

# %% [markdown]
# ## 06.6 The knee of goodput
#
# A load test gave pairs `[offered, goodput]`, both in requests per second, in no particular order.
# A rate passes when its goodput is at least `share` times the rate. Return the highest offered rate
# that passes and below which every tested rate passes too; 0 where the lowest already fails.
#
# Example: with a share of 0.9, of `[1, 1]`, `[2, 1.9]`, `[3, 2]` and `[4, 4]` the answer is 2. The
# last one passes by luck: at 3 the server was over its limit.


# %%
def knee(points, share):
    """Return the highest offered rate up to which every rate passes, or 0."""
    # about 6 lines
    # BEGIN SOLUTION
    last = 0
    for offered, good in sorted(points):
        if good < share * offered:
            return last
        last = offered
    return last
    # END SOLUTION


# %%
check("06.6", knee)

# %% [markdown]
# ## 06.7 The latencies that a closed loop hides
#
# A test client plans to send request i at time i times `interval`: 0, one interval, two intervals.
# But it has one connection. It sends a request at its planned time, or as soon as the answer before
# it is there, whichever is later. From sending to answer, request i took `service[i]`, and that is
# all the log has. Users would have come as planned. Return the list of latencies from planned time
# to answer.
#
# Example: an interval of 1, and requests that took 2.5, 0.5 and 0.5. They were planned at 0, 1 and
# 2, and answered at 2.5, 3 and 3.5: `[2.5, 2, 1.5]`.


# %%
def planned_latencies(interval, service):
    """Return each request's seconds from its planned time to its answer."""
    # about 6 lines
    # BEGIN SOLUTION
    answered, latencies = 0.0, []
    for i, seconds in enumerate(service):
        planned = i * interval
        answered = max(planned, answered) + seconds
        latencies.append(answered - planned)
    return latencies
    # END SOLUTION


# %%
check("06.7", planned_latencies)
