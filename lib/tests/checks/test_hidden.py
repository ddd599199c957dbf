from itertools import islice

import pytest

from checks.solved_example import ceil_div, make
from tokenworks.checks.exercise import Mistake
from tokenworks.checks.hidden import drawn_cases, hidden_cases, hidden_seed, notices, slips, solved
from tokenworks.checks.kv_cache.per_token import kv_bytes_per_token, mla_bytes_per_token
from tokenworks.checks.mutants import mutants


def test_cases_depend_on_seed_and_exercise():
    first, second = kv_bytes_per_token, mla_bytes_per_token
    assert hidden_cases(first, "x") == hidden_cases(first, "x")
    assert hidden_cases(first, "x") != hidden_cases(first, "y")
    assert hidden_cases(first, "x") != hidden_cases(second, "x")
    assert len(hidden_cases(first, "x")) == 12


def test_a_rare_case_is_looked_for_until_a_mistake_shows():
    def rare(rng):
        return (9 if rng.random() < 0.04 else 8, 4)

    wrong = Mistake("rare", lambda total, size: 2, "")
    exercise = make(draw=rare, mistakes=(wrong,))
    seeds = [str(seed) for seed in range(40)]
    first = [(9, 4) in islice(drawn_cases(exercise, seed), 12) for seed in seeds]
    assert not all(first)
    assert all((9, 4) in hidden_cases(exercise, seed) for seed in seeds)


def test_a_change_that_alters_nothing_is_no_slip():
    def double(n):
        """Double a number."""
        return n * 2 if n > 0 else 0

    cases = ((3,), (1,), (0,))
    exercise = make(double, draw=lambda rng: (rng.randrange(9),), cases=cases, mistakes=())
    seen = {text for text, function in mutants(double) if function in slips(exercise)}
    assert "return n * 2 if n >= 0 else 0" not in seen
    assert "return n * 3 if n > 0 else 0" in seen


def test_a_case_notices_what_is_wrong_or_raises():
    case = solved(make(), (10, 4))
    assert case == ((10, 4), 3)
    assert not notices(make(), ceil_div, case)
    assert notices(make(), lambda total, size: total // size, case)
    assert notices(make(), lambda total, size: 1 / 0, case)


def test_hidden_seed_comes_from_environment_then_file(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TOKENWORKS_HIDDEN_SEED", raising=False)
    with pytest.raises(RuntimeError, match="set TOKENWORKS_HIDDEN_SEED"):
        hidden_seed()
    (tmp_path / "hidden_seed.txt").write_text("from file\n")
    assert hidden_seed() == "from file"
    monkeypatch.setenv("TOKENWORKS_HIDDEN_SEED", "from environment")
    assert hidden_seed() == "from environment"
