from tokenworks.checks.generation.passes import positions_computed


def test_positions_of_the_chapters_poem():
    assert positions_computed(500, 200, False) == sum(range(500, 700)) == 119_900
    assert positions_computed(500, 200, True) == 699
