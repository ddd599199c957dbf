from tokenworks.cost import positions_cached, positions_uncached
from tokenworks.figures import repeated_positions


def cells(svg, colour):
    """Count the cells of a colour, tinted or not."""
    return sum(
        line.count("M")
        for line in svg.split("\n")
        if f'class="f-{colour}' in line and "<path" in line
    )


def test_there_is_a_square_for_each_position_of_each_pass():
    figure = repeated_positions(4, 12)
    both = positions_uncached(4, 12) + positions_cached(4, 12)
    for svg in (figure.wide, figure.narrow):
        assert cells(svg, "prefill") == 2 * 4
        assert cells(svg, "decode") == 2 * 11
        assert sum(cells(svg, colour) for colour in ("prefill", "decode", "waste")) == both
    assert "114 positions in 12 passes" in figure.printed


def test_one_new_token_repeats_nothing():
    figure = repeated_positions(5, 1)
    assert cells(figure.wide, "waste") == 0
    assert figure.numbers["without a cache"] == figure.numbers["with a cache"] == 5
