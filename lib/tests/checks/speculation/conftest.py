from random import Random

import pytest


@pytest.fixture
def random():
    return Random(10)
