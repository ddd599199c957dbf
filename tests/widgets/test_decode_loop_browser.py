"""SIM-02 in a browser: candidates, filters and the draw are Python's over the recorded trie."""

from __future__ import annotations

from random import Random

import pytest
from widget_page import RAW, WAYS, close, count_of, press, put, set_control, widget_on

from tokenworks.widgets import kit
from tokenworks.widgets.decode_loop import recorded, step_at

pytestmark = pytest.mark.browser
SHOWN_ROWS = 10


@pytest.mark.parametrize("way", WAYS)
def test_decode_loop_shows_what_python_says(visit, way):
    data, random = recorded(), Random(3)
    element = widget_on(visit(way), "decode_loop")
    prompts = [entry["text"] for entry in data["prompts"]]
    for i in range(count_of(way, 60)):
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
        press(element, "Start over")
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
