"""What a page asks of a checked number, through the runner's door."""

import json

import pytest

from tokenworks import worked
from tokenworks.runner import answer


def asked(changed, **fields):
    rate = {"weight_bytes": 140e9, "hbm_bytes_per_s": 2e12}
    (data,) = worked("70 ms", "weight_bytes / hbm_bytes_per_s", **rate).data()
    own = {"formulas": [data["formula"]], "inputs": data["inputs"], "literal": data["literal"]}
    return json.loads(answer(json.dumps({"ask": "again", **own, "changed": changed, **fields})))


def test_a_formula_is_run_with_what_a_reader_typed():
    found = asked({"weight_bytes": "80 GB"})
    assert found == {"substituted": "80 GB / (2 TB/s)", "result": "40 ms", "parts": []}


@pytest.mark.parametrize(
    ("changed", "name", "says"),
    [
        ({"weight_bytes": "many"}, "weight_bytes", "“many” is no number"),
        ({"hbm_bytes_per_s": "0"}, "", "divides by zero"),
    ],
)
def test_what_is_wrong_with_a_value_is_told_with_its_input(changed, name, says):
    found = asked(changed)
    assert found["name"] == name
    assert says in found["problem"]


def test_anything_but_arithmetic_is_refused():
    assert "NotArithmetic" in asked({}, formulas=["open('x')"])["refused"]
    assert "refused" in asked({}, inputs=[{"name": "a"}])
