"""Stand-ins for drafts: one that draws what stands, for schedulers alone, and some for engines."""

import numpy as np

from serving.drawn import step_seconds
from serving.served import alone
from tokenworks.model.sampling import draw, probabilities
from tokenworks.serving.outcome import Made, Outcome
from tokenworks.speculation import Speculation, drafted


class Guesser:
    """An executor on the clock: up to `gamma` tokens are drafted, and chance says which stand."""

    def __init__(self, random, gamma=4):
        self.random, self.gamma = random, gamma
        self.asked = {}  # what was drafted after the last step

    def __call__(self, turn):
        outcome = self.outcome(turn.batch)
        self.asked = outcome.drafted
        return [turn.now + step_seconds(turn.batch.load)], outcome

    def outcome(self, batch):
        made, ahead = {}, {}
        for work in (work for work in batch.work if work.emits):
            left = work.request.limit - work.request.generated
            made[work.request] = self._made(work.drafts, left)
            if made[work.request].tokens < left:
                ahead[work.request] = self.random.randint(0, self.gamma)
        return Outcome({}, made, ahead)

    def _made(self, drafts, left):
        if drafts and self.random.random() < 1 / 10:
            return Made(0, 0)  # the model gave no number
        stood = self.random.randint(0, drafts)
        return Made(min(stood + 1, left), min(stood, left))


class Told:
    """A draft that knows the answer to each prompt, and where it says another token instead."""

    needs_states = False

    def __init__(self, vocab_size, answers, *, wrong=lambda at: False):
        self.vocab_size, self.wrong = vocab_size, wrong
        self.answers = {tuple(prompt): list(answer) for prompt, answer in answers}

    def start(self, prompt_ids):
        return _Telling(self, tuple(prompt_ids))


class _Telling:
    def __init__(self, draft, prompt):
        self.draft, self.prompt = draft, prompt
        self.seen = []

    def propose(self, ids, count, *, sampling, rng):
        at = len(ids) - len(self.prompt)
        answer = self.draft.answers.get(self.prompt, [])
        guess = [
            (token + 1) % self.draft.vocab_size if self.draft.wrong(at + i) else token
            for i, token in enumerate(answer[at : at + count])
        ]
        return drafted(guess)

    def observe(self, states, *, start):
        self.seen.append((start, np.array(states)))


class Drawing:
    """A draft that draws from a law of its own, the same after every text; it keeps `sampling`."""

    needs_states = False

    def __init__(self, logits):
        self.logits, self.vocab_size = logits, len(logits)

    def start(self, prompt_ids):
        return self

    def propose(self, ids, count, *, sampling, rng):
        law = probabilities(self.logits, sampling)
        return drafted([draw(law, rng.random()) for _ in range(count)], [law] * count)

    def observe(self, states, *, start):
        raise AssertionError("nobody asked for states")


def answers(lm, rows):
    """Yield each prompt with what it says alone, by the sampling of the last that has it."""
    for r in rows:
        asked = {"max_tokens": r.max_tokens, "sampling": r.sampling, "ignore_eos": True}
        yield r.prompt_ids, alone(lm, tuple(r.prompt_ids), **asked).ids


def told(lm, rows, *, gamma=3, wrong=lambda at: at % 4 == 2):
    """Return speculation whose draft is right but at some places."""
    return Speculation(Told(lm.spec.vocab_size, answers(lm, rows), wrong=wrong), gamma)
