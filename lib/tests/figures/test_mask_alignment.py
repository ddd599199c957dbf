import pytest

from tokenworks.figures import query_after_cache


def test_one_key_is_seen_in_the_first_row_and_every_key_in_the_second():
    figure = query_after_cache(6)
    for svg in (figure.wide, figure.narrow):
        assert svg.count('class="f-scores"') == 1 + 6
        assert svg.count('class="f-none s-line"') == 5


def test_one_key_is_refused():
    with pytest.raises(ValueError, match="give two or more"):
        query_after_cache(1)
