"""Numbers that a text gave, asked for again further on: a tail that averages do not show."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
from jaxtyping import Bool, Float, Int

from tokenworks.model.tokenizer import Tokenizer
from tokenworks.number import whole
from tokenworks.quantization.evaluation import States

NAMES = ("Alice", "Bruno", "Carla", "Dmitri", "Elena", "Farid", "Greta", "Hiro", "Ines", "Jonas")
NAMES += ("Kavya", "Liam", "Mona", "Nils", "Olga", "Pavel", "Rosa", "Samir", "Tilda", "Umberto")
NAMES += ("Vera", "Wanda", "Xavier", "Yusuf", "Zoe")
PADDED = 64  # lengths are rounded up to a multiple, so that few shapes are compiled


@dataclass(frozen=True, eq=False)
class Passkey:
    """A number given once, and the question for it behind other text."""

    prompt: str
    number: str
    prompt_ids: Int[np.ndarray, " prompt"]
    answer_ids: Int[np.ndarray, " answer"]


def draw_passkeys(
    tokenizer: Tokenizer,
    windows: Int[np.ndarray, "B T"],
    *,
    distance_tokens: int,
    count: int,
    digits: int = 6,
    seed: int = 0,
) -> tuple[Passkey, ...]:
    """Return so many questions, each with `distance_tokens` of the windows before it.

    Names, numbers and places in the windows are drawn. A distance that no window has raises
    ValueError.
    Source: the passkey task of https://arxiv.org/abs/2305.16300, with several names and our texts.
    """
    for value, name in ((distance_tokens, "distance_tokens"), (count, "count"), (digits, "digits")):
        whole(value, name)
    if distance_tokens > windows.shape[1]:
        raise ValueError(
            f"distance_tokens is {distance_tokens:,}, and a window has {windows.shape[1]:,}"
        )
    draw = Random(seed)
    found = []
    for _ in range(count):
        said = f"The order number of {draw.choice(NAMES)} is "
        number = "".join(draw.choice("0123456789") for _ in range(digits))
        window = windows[draw.randrange(len(windows))]
        start = draw.randrange(windows.shape[1] - distance_tokens + 1)
        between = tokenizer.decode(window[start : start + distance_tokens].tolist())
        prompt = f"{said}{number}. {between}\n\n{said}"
        ids, with_answer = tokenizer.encode(prompt), tokenizer.encode(prompt + number)
        found.append(Passkey(prompt, number, np.array(ids), np.array(with_answer[len(ids) :])))
    return tuple(found)


def digits_found(
    model: States, head: Float[np.ndarray, "V M"], key: Passkey
) -> Bool[np.ndarray, " answer"]:
    """Return which digits of the answer greedy decoding would write, those before them given.

    All of them true is the number, written out without a mistake.
    """
    ids = np.concatenate([key.prompt_ids, key.answer_ids])
    padded = np.zeros((1, -(-len(ids) // PADDED) * PADDED), np.int32)
    padded[0, : len(ids)] = ids
    states = np.asarray(model(padded))[0, len(key.prompt_ids) - 1 : len(ids) - 1]
    return (states @ head.T).argmax(axis=1) == key.answer_ids
