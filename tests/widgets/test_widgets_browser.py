"""Every number that a widget shows equals the Python function's, on the site and live."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import RAW, TEXTS, WAYS, close, hurry, press, put, set_control, widget_on

from tokenworks import specs
from tokenworks.cost.memory import min_chips, weight_bytes
from tokenworks.cost.stages import BYTES_PER_PARAM, stage_table
from tokenworks.specs import model_spec
from tokenworks.widgets import kit
from tokenworks.widgets.decode_loop import recorded, step_at
from tokenworks.widgets.lifecycle import GRID, counters_at, tabulated, visited
from tokenworks.widgets.stage import widget_text

pytestmark = pytest.mark.browser
SHOWN_ROWS = 10

# ---- the kit ----

KIT_POINTS = 60


def kit_call(page, expression, points):
    return page.evaluate(
        f"(points) => {{ {widget_text('_kit.js')}; return points.map({expression}) }}", points
    )


def test_kit_equals_its_python_twin(visit):
    page, random = visit("http"), Random(0)
    lists = [[random.uniform(-9, 9) for _ in range(1 + i % 7)] for i in range(KIT_POINTS)]
    for name, twin in {
        "sum": kit.sum_left,
        "cumulative": kit.cumulative,
        "order": kit.order,
        "softmax": kit.softmax,
    }.items():
        for got, values in zip(kit_call(page, f"(p) => {name}(p)", lists), lists, strict=True):
            assert got == pytest.approx(twin(values), rel=1e-12, abs=1e-12), name
    pairs = [[random.uniform(0, 9), random.choice([0, random.uniform(1, 9)])] for _ in lists]
    for got, pair in zip(kit_call(page, "([a, b]) => ratio(a, b)", pairs), pairs, strict=True):
        assert got == kit.ratio(*pair)


def test_kit_formats_equal_their_python_twins(visit):
    page, random = visit("http"), Random(1)
    sizes = [0, 999, 1000, 20_625, 20_375, 12_344_500]
    sizes += (int(10 ** random.uniform(0, 16)) for _ in range(KIT_POINTS))
    times = [0, 1, 1e-3, *(10 ** random.uniform(-9, 4) for _ in range(KIT_POINTS))]
    shares = [0, 1, 0.1, 1e-4, 0.125, *(10 ** random.uniform(-7, 0) for _ in range(KIT_POINTS))]
    for name, twin, points in [
        ("bytesText", kit.bytes_text, sizes),
        ("flopsText", kit.flops_text, sizes),
        ("secondsText", kit.seconds_text, times),
        ("probabilityText", kit.probability_text, shares),
        ("countText", kit.count_text, sizes),
    ]:
        assert kit_call(page, f"(p) => {name}(p)", points) == [twin(p) for p in points]


# ---- SIM-01 ----


@pytest.mark.parametrize("way", WAYS)
def test_lifecycle_counts_as_python_does(visit, way):
    element, random = widget_on(visit(way), "lifecycle"), Random(2)
    seen = set()
    for model in GRID["model"]:
        for chip in GRID["chip"]:
            sizes = {n: random.choice(GRID[n]) for n in ("prompt_tokens", "output_tokens")}
            state = {"model": model, "chip": chip, **sizes}
            put(element, GRID, state)
            press(element, "Reset")
            check_note(element, model_spec(model), specs.chip(chip))
            cursor, steps = 0, visited(9**9, **sizes)
            for stride in (0, *(random.randint(1, 5) for _ in range(4)), len(steps)):
                stride = min(stride, len(steps) - cursor)
                hurry(element, "Step", stride)
                cursor += stride
                tokens, stage = [*steps, (1, None)][cursor]
                check_counters(element, cursor, state)
                check_stages(element, stage_table(model_spec(model), tokens), stage)
                check_lines(element, cursor, state)
                seen.add((tokens == 1, stage))
    prefill, decode = {(False, i) for i in range(6)}, {(True, i) for i in range(1, 6)}
    assert seen == prefill | decode | {(True, None)}


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
    need = min_chips(total, on.hbm_bytes)
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
    page.wait_for_selector("[data-widget=lifecycle] button:disabled")
    assert dict(element.evaluate(RAW))["tokens"] == [1, "1"]
    assert element.get_by_role("button", name="Step").is_disabled()
    press(element, "Reset")
    assert dict(element.evaluate(RAW))["tokens"] == [0, "0"]


# ---- SIM-02 ----


@pytest.mark.parametrize("way", WAYS)
def test_decode_loop_shows_what_python_says(visit, way):
    data, random = recorded(), Random(3)
    element = widget_on(visit(way), "decode_loop")
    prompts = [entry["text"] for entry in data["prompts"]]
    for i in range(60):
        sampling = {name: random.choice(values) for name, values in data["grid"].items()}
        if i % 20 == 0:
            set_control(element, "prompt", prompts, value=prompts[i // 20])
            path = []
        put(element, data["grid"], sampling)
        prompt = prompts[i // 20]
        step = step_at(data, prompt, [token for token, _ in path], **sampling)
        check_step(element, step)
        check_words(element, step, prompt, said=[piece for _, piece in path])
        if step["more"] and len(path) < 6 and i % 2:
            press(element, "Step")
            path.append((step["ids"][step["chosen"]], step["pieces"][step["chosen"]]))
        elif path and i % 5 == 0:
            press(element, "Back")
            path.pop()


def check_step(element, step):
    shown, chosen = dict(element.evaluate(RAW)), step["chosen"]
    rows = sorted({*range(SHOWN_ROWS), 0 if chosen is None else chosen})
    for i in rows:
        assert close(shown[f"before-{i + 1}"][0], step["before"][i])
        assert close(shown[f"after-{i + 1}"][0], step["after"][i])
        assert shown[f"before-{i + 1}"][1] == kit.probability_text(step["before"][i])
        text = step["lost"][i] or kit.probability_text(step["after"][i])
        assert shown[f"after-{i + 1}"][1] == text
    for key in ("before", "after"):
        hidden = [p for i, p in enumerate(step[key]) if i not in rows]
        rest = kit.sum_left(hidden) + step[f"rest_{key}"]
        assert close(shown[f"{key}-rest"][0], rest)
        assert shown[f"{key}-rest"][1] == kit.probability_text(rest)
    table = element.locator("table").text_content()
    assert f"{kit.count_text(recorded()['vocab'] - len(rows))} other tokens" in table
    most = max(max(step["before"][i], step["after"][i]) for i in rows)
    assert table.startswith(f"Longest bar: {kit.probability_text(most)}Token")
    assert element.get_by_role("button", name="Step").is_enabled() == step["more"]


def check_words(element, step, prompt, *, said):
    chosen, alive, drew, piece = step["chosen"], step["lost"].count(""), ".", "?"
    if chosen is not None:
        piece = step["pieces"][chosen].replace(" ", "␣").replace("\n", "↵")
        drew = f" draws “{piece}” ({kit.probability_text(step['after'][chosen])})."
    sentence = element.get_by_label("sentence so far").text_content()
    assert sentence == prompt + "".join(said) + piece
    many = f"more than {alive}" if step["rest_after"] > 0 else kit.count_text(alive)
    says = element.locator("[data-chosen]")
    assert says.text_content().startswith(
        f"Token {len(said) + 1}: {many} of {kit.count_text(recorded()['vocab'])} "
        f"candidates survive; u = {step['u']:.3f}{drew} "
    )
    want = "none" if chosen is None else str(step["ids"][chosen])
    assert says.get_attribute("data-chosen") == want


def test_decode_loop_says_why_it_stops(visit):
    element = widget_on(visit("file"), "decode_loop")
    step = element.get_by_role("button", name="Step")
    reasons = {
        0: "The model drew its end-of-sequence token: it is done.",
        1: f"The token limit of {recorded()['steps']} is reached.",
    }
    for seed, reason in reasons.items():
        set_control(element, "seed", recorded()["grid"]["seed"], value=seed)
        press(element, "Reset")
        assert element.get_by_role("button", name="Back").is_disabled()
        while step.is_enabled():
            press(element, "Step")
        assert step.get_attribute("title") == reason
        assert reason in element.locator("[data-chosen]").text_content()
        press(element, "Back", 2)
        assert step.is_enabled()


def test_decode_loop_refuses_what_was_not_recorded(visit):
    element = widget_on(visit("file"), "decode_loop")
    put(element, recorded()["grid"], {"temperature": 2.0, "top_k": None, "top_p": 1.0})
    assert element.get_by_role("button", name="Step").is_disabled()
    assert "off the map" in element.locator("[data-chosen]").text_content()
