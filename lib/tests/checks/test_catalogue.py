from tokenworks.checks.catalogue import chapters, exercises


def test_exercises_come_in_order_with_ids_of_their_chapter():
    assert list(chapters()) == sorted(chapters())
    for chapter in chapters():
        ids = list(exercises(chapter))
        assert ids == [f"{chapter}.{number}" for number in range(1, len(ids) + 1)]
