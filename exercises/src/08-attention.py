# %% [markdown]
# # Exercises 08: flash and paged attention
#
# Seven functions. Four are about attention in tiles: its softmax, what a tile needs, what moves
# through HBM, and what a mask saves. Three are about pages: where a token lies, who may write, and
# who may share. The last is a whole allocator. About 100 minutes.
#
# Replace the dots in a function, run its cell, then run the `check` cell below it. The check tries
# your function on a few cases and says how far off it is, and which mistake it looks like. Plain
# Python is enough. Do not change arguments, and return the answer instead of printing it. A call
# that never ends is stopped after five seconds.

# %%
from tokenworks.checks import check

# %% [markdown]
# ## 08.1 One tile of online softmax
#
# One query has looked at some tiles of keys. Its state is `m`, the largest score so far; `l`, the
# sum of `exp(score - m)` over all scores so far; and `o`, a list: the sum of the value rows, each
# times its `exp(score - m)`. Nothing is divided yet: `o / l` is the output after the last tile.
# Now comes one more tile, a list of `scores` and as many rows of `values`. Return the new state, a
# list `[m, l, o]`.
#
# Before the first tile `m` is `-inf`, `l` is 0 and `o` is all 0. A masked score is `-inf`, and a
# tile may hold nothing else. While a query has seen only masked scores, its state stays as it was.
# Python has `exp` and `inf` in the module `math`.
#
# Example: `m = 0`, `l = 1`, `o = [4]`, one score of log 2 = 0.6931 with the values `[1]`. The new
# maximum is log 2, so the old sums count half: `[0.6931, 1.5, [3]]`.


# %%
def update(m, l, o, scores, values):
    """Return the state [m, l, o] of one query after one more tile."""
    # about 8 lines
    # BEGIN SOLUTION
    from math import exp, inf

    top = max(m, *scores)
    if top == -inf:
        return [m, l, o]
    weights = [exp(score - top) for score in scores]
    o = [exp(m - top) * part for part in o]
    for weight, row in zip(weights, values, strict=True):
        o = [part + weight * value for part, value in zip(o, row, strict=True)]
    return [top, exp(m - top) * l + sum(weights), o]
    # END SOLUTION


# %%
check("08.1", update)

# %% [markdown]
# ## 08.2 The largest tile that fits
#
# A flash kernel works on B queries and B keys at once. On the chip lie, at the same time: the
# tile's queries, keys and values (each B rows of `d_head` numbers of `value_bytes` bytes), its
# unfinished output (B rows of `d_head` numbers), the scores (B rows of B numbers; the probabilities
# take their place), and `m` and `l` (a number for each query). Output, scores, `m` and `l` have 4
# bytes a number. B is a power of two: 1, 2, 4 and so on. The chip has `sram_kib` KiB. Return a list
# of two: the largest B that fits, and the bytes that it needs.
#
# Example: `d_head` 2, 2 bytes, 1 KiB. B = 8 needs 96 + 64 + 256 + 64 = 480 bytes, B = 16 too much
# with 1472: `[8, 480]`.


# %%
def largest_tile(d_head, value_bytes, sram_kib):
    """Return the rows of the largest square tile that fits, and its bytes."""
    # about 4 lines
    # BEGIN SOLUTION
    sizes = [2**step for step in range(20)]
    tiles = [[b, b * (3 * d_head * value_bytes + 4 * (d_head + b + 2))] for b in sizes]
    return max(tile for tile in tiles if tile[1] <= 1024 * sram_kib)
    # END SOLUTION


# %%
check("08.2", largest_tile)

# %% [markdown]
# ## 08.3 Bytes through HBM: naive and flash
#
# All `tokens` of a text attend to all (no mask). There are `heads` heads of `d_head` numbers, each
# head with queries, keys, values and an output of its own, and each number has `bits` bits. Naive
# attention runs three kernels for each head: the first reads Q and K and writes the score matrix S,
# the second reads S and writes the probabilities P, the third reads P and V and writes O. Flash
# attention takes `q_tile` queries at a time: it reads them once, reads all keys and values, and
# writes their output; S and P stay on the chip. A last tile of fewer queries costs as many keys and
# values. Return a list of two: the bytes that naive and that flash attention move.
#
# Example: 4 tokens, 1 head of 2 numbers, 16 bits, 2 queries a tile. Q, K, V and O have 16 bytes
# each, S and P 32: naive moves 64 + 128 bytes. Flash moves 32 for Q and O, and K and V twice:
# `[192, 96]`.


# %%
def hbm_bytes(tokens, d_head, heads, bits, q_tile):
    """Return the bytes that naive and flash attention move through HBM."""
    # about 5 lines
    # BEGIN SOLUTION
    array = heads * tokens * d_head * bits / 8
    matrix = heads * tokens * tokens * bits / 8
    loads = -(-tokens // q_tile)
    return [4 * array + 4 * matrix, 2 * array + 2 * array * loads]
    # END SOLUTION


# %%
check("08.3", hbm_bytes)

# %% [markdown]
# ## 08.4 Tiles under a causal mask
#
# The `queries` are the last of the `keys` positions, and each sees the keys up to its own position,
# its own included. Tiles have `q_tile` queries and `kv_tile` keys, counted from the first query and
# the first key; the last ones may be smaller. Some tiles of scores are all masked: the kernel skips
# them. Some are cut by the mask. In the others every score is seen, so the mask need not even be
# looked at. Return the number of each, a list of three: skipped, masked, whole.
#
# Example: 4 queries, 4 keys, tiles of 2 by 2. Of 4 tiles one is skipped, two are cut by the
# diagonal, one is whole: `[1, 2, 1]`.


# %%
def causal_tiles(queries, keys, q_tile, kv_tile):
    """Return how many tiles of scores are skipped, masked and whole."""
    # about 8 lines
    # BEGIN SOLUTION
    counts = [0, 0, 0]
    for q in range(keys - queries, keys, q_tile):
        last_query = min(q + q_tile, keys) - 1
        for k in range(0, keys, kv_tile):
            last_key = min(k + kv_tile, keys) - 1
            counts[0 if k > last_query else 2 if last_key <= q else 1] += 1
    return counts
    # END SOLUTION


# %%
check("08.4", causal_tiles)

# %% [markdown]
# ## 08.5 The cells of a block table
#
# The KV cache is a row of cells, each with the keys and values of one token. Block 0 is the first
# `block_size` cells, block 1 the next ones, and so on. `table` lists the blocks of one request in
# the order of its text. Return the list of the cells that hold its positions `start`, `start + 1`
# and so on, up to but not including `stop`. Positions and cells are counted from 0.
#
# Example: the table `[7, 2]`, blocks of 4, positions 3 to 5 (`stop` is 6). Position 3 is the last
# of block 7, and the next two are the first of block 2: `[31, 8, 9]`.


# %%
def cells(table, block_size, start, stop):
    """Return the cells of the positions from start to before stop."""
    # about 1 line
    # BEGIN SOLUTION
    return [table[p // block_size] * block_size + p % block_size for p in range(start, stop)]
    # END SOLUTION


# %%
check("08.5", cells)

# %% [markdown]
# ## 08.6 Copy-on-write
#
# A request has `tokens` tokens in the blocks of its `table`, no block more than they need. Now it
# writes one token more. `counts` says for each block how many tables list it; 0 is a free block.
#
# Where the last block is full, or there is none, the token opens a free block. Where another table
# lists the last block too, the request first copies it to a free block and leaves the old one to
# the others. Else it writes in place. Of free blocks take the one with the lowest number. Return a
# list of three: the copy, `[from, to]` or `[]` if there is none; the new table; the new counts.
#
# Example: the table `[0, 2]`, 6 tokens in blocks of 4, counts `[2, 0, 2]`. Block 2 has another
# reader, so it is copied to block 1: `[[2, 1], [0, 1], [2, 1, 1]]`.


# %%
def write_token(table, tokens, counts, block_size):
    """Return the copy, the table and the counts after one more token."""
    # about 10 lines
    # BEGIN SOLUTION
    table, counts, copy = list(table), list(counts), []
    if tokens % block_size == 0:
        table.append(counts.index(0))
        counts[table[-1]] = 1
    elif counts[table[-1]] > 1:
        copy = [table[-1], counts.index(0)]
        counts[copy[0]] -= 1
        counts[copy[1]] = 1
        table[-1] = copy[1]
    return [copy, table, counts]
    # END SOLUTION


# %%
check("08.6", write_token)

# %% [markdown]
# ## 08.7 Share the prefix
#
# Prompts come and go. An element of `events` is a prompt (the list of its token ids) or a number:
# the prompt of that number, counted from 0, ends and lets go of its blocks. Memory has `room`
# blocks, 0 to `room - 1`, of `block_size` tokens each; that is enough. Return a list with one block
# table for each prompt, in order. A prompt need not compute what is there already: where it begins
# like one that still runs, it lists the same blocks. Every prompt is read whole before the next
# event. Many answers are right; the check looks for the first prompt whose table breaks a rule:
#
# - a table has just the blocks that the prompt's tokens need, each once, and all exist
# - the first blocks are shared as far as possible: every full block of the same text, with the same
#   text before it, that a running prompt lists
# - the block with the prompt's last token is never shared, even if it is full: that token has to
#   run, because the first token of the answer comes from it
# - all other blocks are free ones: no running prompt lists them
#
# Example: `[[5, 6, 7], [5, 6, 8], 0, [5, 6]]` in blocks of 2. The second prompt shares block 0 and
# keeps it when the first ends. The third needs one of its own, for its last token:
# `[[0, 1], [0, 2], [1]]`.


# %%
def block_tables(events, block_size, room):
    """Return the block table of each prompt."""
    # about 13 lines
    # BEGIN SOLUTION
    tables, counts, texts = [], [0] * room, {}
    for event in events:
        if isinstance(event, int):
            for block in tables[event]:
                counts[block] -= 1
            continue
        tables.append([])
        for end in range(block_size, len(event) + block_size, block_size):
            same = [b for b in range(room) if counts[b] and texts[b] == event[:end]]
            block = same[0] if same and end < len(event) else counts.index(0)
            counts[block] += 1
            texts[block] = event[:end]
            tables[-1].append(block)
    return tables
    # END SOLUTION


# %%
check("08.7", block_tables)
