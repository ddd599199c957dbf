"""Requests that begin alike, forks among them, and what stands in each block when they run."""

from random import Random

from serving.drawn import BLOCK_SIZE, MOST_TOKENS, SEEDS
from tokenworks.serving.request import Request


class Told(Request):
    """A request of which every token is known; half of those with one prompt answer alike."""

    def ids(self, start, count):
        return self.text[start : min(start + count, self.known_tokens)]

    @property
    def text(self):
        other = int(self.id[1:]) % 2
        answer = ((p + other) % 3 for p in range(self.prompt_tokens, MOST_TOKENS + 1))
        return (*self.prompt_ids, *answer)


def alike(*, most=10, kind=Told):
    """Draw requests whose prompts often begin with the same tokens; some are forks of others."""
    return SEEDS.map(lambda seed: _alike(Random(seed), most, kind))


def _alike(random, most, kind):
    stems = [[random.randint(0, 2) for _ in range(16)] for _ in range(2)]
    rows = []
    for i in range(random.randint(2, most)):
        arrival = random.randint(0, 24) / 8
        parents = [row for row in rows if row.arrival_seconds <= arrival]
        if parents and random.random() < 1 / 3:
            parent = random.choice(parents)
            prompt = parent.prompt_ids
        else:
            parent, stem = None, random.choice(stems)[: random.randint(0, 16)]
            prompt = [*stem, *(random.randint(0, 2) for _ in range(random.randint(1, 4)))]
        rows.append(
            kind(
                id=f"r{i}",
                prompt_tokens=len(prompt),
                prompt_ids=prompt,
                max_tokens=random.randint(1, MOST_TOKENS - len(prompt)),
                output_tokens=random.choice([None, random.randint(1, MOST_TOKENS)]),
                arrival_seconds=arrival,
                priority=random.randint(0, 2),
                fork_of=parent,
            )
        )
    return rows


def again(rows):
    """Return requests that ask the same, forks of each other as those were."""
    names = "id prompt_tokens prompt_ids max_tokens output_tokens arrival_seconds priority"
    made = {None: None}
    for row in rows:
        asked = {name: getattr(row, name) for name in names.split()}
        made[row] = type(row)(**asked, fork_of=made[row.fork_of])
    return [made[row] for row in rows]


class Contents:
    """Stands for the executor: keeps in each cell the text up to its token, by which it differs."""

    def __init__(self, scheduler):
        self.scheduler = scheduler
        self.device, self.host = {}, {}

    def run(self, batch, made=None):
        """Do what a batch asks for, in the order of its contract, and check what everyone reads.

        `made` says how many drafts stood; the others leave in their cells what belongs nowhere.
        """
        for swap in batch.swapped_out:
            self.host |= self._copied(self.device, swap.device_blocks, swap.host_blocks)
        for swap in batch.swapped_in:
            self.device |= self._copied(self.host, swap.host_blocks, swap.device_blocks)
        copied = [self._copied(self.device, [c.source], [c.target]) for c in batch.copies]
        for each in copied:
            self.device |= each
        ends = {request: request.computed for request in self.scheduler.running}
        for work in batch.work:
            stood = made[work.request].tokens if work.drafts else work.tokens
            ends[work.request] = work.start + stood
            for position in range(work.start, work.start + work.tokens):
                text = work.request.text[: position + 1] if position < ends[work.request] else ()
                self.device[self._cell(work.request, position)] = text
        for request, end in ends.items():
            for position in range(end):
                held = self.device.get(self._cell(request, position))
                assert held == request.text[: position + 1], (request.id, position)

    def forget_the_empty(self):
        """Lose what stands in blocks that nobody holds and no lookup finds."""
        pool = self.scheduler.pool
        kept = set(pool.kept)
        self.device = {
            cell: text
            for cell, text in self.device.items()
            if pool.refs(cell[0]) or cell[0] in kept
        }

    def _cell(self, request, position):
        return request.blocks[position // BLOCK_SIZE], position % BLOCK_SIZE

    def _copied(self, cells, sources, targets):
        to = dict(zip(sources, targets, strict=True))
        return {(to[block], at): text for (block, at), text in cells.items() if block in to}
