"""The inputs of a worked number, for the page that runs its formula again with the reader's own.

`door_inputs.js` draws the fields; `tokenworks.run_again` runs the formula, in the page's Python.
"""

from __future__ import annotations

import json
from typing import Any

from tokenworks.formula_inputs import Input
from tokenworks.run_again import input_labels, shown_value


def changeable(data: dict[str, Any]) -> str:
    """Return the attribute of a note whose number has inputs, a space before it; "" for none."""
    inputs = [Input(**one) for one in data["inputs"]]
    if not inputs:
        return ""
    told = {
        "formulas": [data["formula"], *(part["formula"] for part in data["parts"])],
        "literal": data["literal"],
        "inputs": [{k: v for k, v in one.items() if v is not False} for one in data["inputs"]],
        "fields": [
            None if one.fixed else [label, shown_value(one)]
            for label, one in zip(input_labels(inputs), inputs, strict=True)
        ],
    }
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    safe = text.replace("&", "&amp;").replace("'", "&#39;").replace("<", "&lt;")
    return f" data-again='{safe}'"
