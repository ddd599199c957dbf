import numpy as np
import pytest

from tokenworks.quantization import digits_found, draw_passkeys, evaluation_windows


@pytest.fixture(scope="module")
def windows(lm):
    return evaluation_windows(lm.tokenizer, "prose", tokens=512, most=4)


@pytest.mark.model
def test_number_and_question_stand_as_far_apart_as_asked(lm, windows):
    for key in draw_passkeys(lm.tokenizer, windows, distance_tokens=64, count=8, seed=3):
        given, asked = key.prompt.split(f"{key.number}.", 1)
        assert key.prompt.endswith(f"\n\n{given}")
        assert len(key.number) == 6
        between = lm.tokenizer.encode(asked.removesuffix(f"\n\n{given}"))
        assert abs(len(between) - 64) <= 2  # text cut out may be split otherwise
        whole = [*key.prompt_ids.tolist(), *key.answer_ids.tolist()]
        assert whole == lm.tokenizer.encode(key.prompt + key.number)
        assert key.answer_ids.size == 6


@pytest.mark.model
def test_a_seed_is_the_same_questions_and_another_seed_others(lm, windows):
    numbers = [
        [key.number for key in draw_passkeys(lm.tokenizer, windows, **asked)]
        for asked in (
            {"distance_tokens": 32, "count": 5, "seed": 1},
            {"distance_tokens": 32, "count": 5, "seed": 1},
            {"distance_tokens": 32, "count": 5, "seed": 2},
        )
    ]
    assert numbers[0] == numbers[1] != numbers[2]


@pytest.mark.model
def test_each_token_is_judged_with_those_before_it_given(lm, windows):
    (key,) = draw_passkeys(lm.tokenizer, windows, distance_tokens=32, count=1)
    head = np.eye(64, dtype=np.float32)  # digits are among the first ids

    def model(right):
        def states(ids):
            told = np.append(ids[0, 1:], 0)
            told[len(key.prompt_ids) - 1 + right :] += 1
            return np.eye(64, dtype=np.float32)[told % 64][None]

        return states

    for right in range(7):
        np.testing.assert_array_equal(digits_found(model(right), head, key), np.arange(6) < right)


@pytest.mark.model
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"distance_tokens": 513, "count": 1}, "a window has 512"),
        ({"distance_tokens": 0, "count": 1}, "distance_tokens"),
        ({"distance_tokens": 8, "count": 0}, "count"),
        ({"distance_tokens": 8, "count": 1, "digits": 0}, "digits"),
    ],
)
def test_what_cannot_be_asked_is_said(lm, asked, said):
    with pytest.raises(ValueError, match=said):
        draw_passkeys(lm.tokenizer, np.zeros((2, 512), np.int32), **asked)
