"""SIM-01 in a browser: counters, stages and sentences are Python's at every step."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import RAW, TEXTS, WAYS, close, count_of, hurry, press, put, set_control, widget_on

from tokenworks import specs
from tokenworks.cost.memory import min_chips, weight_bytes
from tokenworks.cost.stages import BYTES_PER_PARAM, stage_table
from tokenworks.specs import model_spec
from tokenworks.widgets import kit
from tokenworks.widgets.lifecycle import GRID, counters_at, tabulated, visited

pytestmark = pytest.mark.browser
PAIRS = [(model, chip) for model in GRID["model"] for chip in GRID["chip"]]


@pytest.mark.parametrize("way", WAYS)
def test_lifecycle_counts_as_python_does(visit, way):
    element, random = widget_on(visit(way, reduced_motion="reduce"), "lifecycle"), Random(2)
    seen = set()
    for model, chip in random.sample(PAIRS, count_of(way, len(PAIRS))):
        sizes = {n: random.choice(GRID[n]) for n in ("prompt_tokens", "output_tokens")}
        state = {"model": model, "chip": chip, **sizes}
        put(element, GRID, state)
        hurry(element, "Start over")
        check_note(element, model_spec(model), specs.chip(chip))
        cursor, steps = 0, visited(9**9, **sizes)
        for stride in (0, *(random.randint(1, 5) for _ in range(4)), len(steps)):
            if stride < len(steps) - cursor:
                hurry(element, "Step", stride)
            else:
                hurry(element, "To the end")
            cursor = min(cursor + stride, len(steps))
            tokens, stage = [*steps, (1, None)][cursor]
            check_counters(element, cursor, state)
            check_stages(element, stage_table(model_spec(model), tokens), stage)
            check_lines(element, cursor, state)
            seen.add((tokens == 1, stage))
    prefill, decode = {(False, i) for i in range(6)}, {(True, i) for i in range(1, 6)}
    assert seen == prefill | decode | {(True, None)} or way != "http"


def check_counters(element, cursor, state):
    shown, want = dict(element.evaluate(RAW)), counters_at(cursor, **state)
    texts = {
        "tokens": kit.count_text,
        "passes": kit.count_text,
        "weight_bytes": kit.bytes_text,
        "floor_seconds": kit.seconds_text,
    }
    for name, text in texts.items():
        assert close(shown[name][0], want[name]), (name, cursor, state)
        assert shown[name][1] == text(want[name])


def check_stages(element, rows, stage):
    shown, raw = element.evaluate(TEXTS), dict(element.evaluate(RAW))
    for i, row in enumerate(rows):
        assert raw[f"weights-{i}"] == [row["weights"], kit.bytes_text(row["weights"])]
        skipped = i == 0 and row["shape"] == [1]  # a new token already is an id
        assert shown[f"out-{i}"] == ("–" if skipped else str(row["shape"]))
        assert shown[f"size-{i}"] == ("not again" if skipped else kit.bytes_text(row["out"]))
    assert shown.get("active") == (None if stage is None else str(stage))


def check_note(element, spec, on):
    total = weight_bytes(spec, BYTES_PER_PARAM)
    need = min_chips(total, on.planned_bytes)
    holds = f"it fits on one {on.label}." if need == 1 else f"holding it takes {need} × {on.label}."
    note = element.evaluate(TEXTS)["tw-note"]
    assert note.startswith(f"{spec.label} in bf16 is {kit.bytes_text(total)}: {holds} ")
    assert f"× {spec.n_layers} layers" in element.locator("[data-stage='2']").text_content()


def check_lines(element, cursor, state):
    shown, last = element.evaluate(TEXTS), state["output_tokens"]
    out = counters_at(cursor, **state)["tokens"]
    story = f"Decode, pass {kit.count_text(out + 1)}: one new token"
    if out in (0, last):
        story = f"Prefill: all {kit.count_text(state['prompt_tokens'])} prompt tokens in one pass."
    if out == last:
        story = f"Done: {kit.count_text(out)} tokens, one pass"
    assert shown["tw-story"].startswith(story)
    poem = tabulated()
    said = f"{''.join(poem['prompt'])} {''.join(poem['output'][:out])}"
    assert shown["tw-text"] == said


def test_lifecycle_plays_pauses_and_ends(visit):
    page = visit("file")
    element = widget_on(page, "lifecycle")
    for tokens, speed in ((max(GRID["output_tokens"]), min(GRID["speed"])), (1, 10)):
        for name, value in (("output_tokens", tokens), ("speed", speed)):
            set_control(element, name, GRID[name], value=value)
        press(element, "Play")
        if tokens > 1:
            press(element, "Pause")  # minutes before its end
    page.wait_for_selector("[data-widget=lifecycle] button[aria-disabled=true]")
    assert dict(element.evaluate(RAW))["tokens"] == [1, "1"]
    assert element.get_by_role("button", name="Step").is_disabled()
    press(element, "Start over")
    assert dict(element.evaluate(RAW))["tokens"] == [0, "0"]
