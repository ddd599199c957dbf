// The answer to a guess: both on the slider's own axis, and how far apart they are.

// A spot beside the axis, and its words; `place` runs from 0 to 1.
const spot = (place, css, text) =>
  h("div", { class: classes("tw-spot", css), style: `--at: ${place}` }, h("span", {}, text));

function render(view) {
  const { data, get, set, open, redraw } = stage(view);
  const { key, question, values, texts, truth, truth_value: value, truth_place: place } = data;
  const says = spoken("tw-short");
  const shown = h("div", { class: "tw-reveal" });
  const show = button("Show the answer", () => {
    seen = true;
    redraw();
  });
  let seen = false;

  function draw() {
    const stored = kept(`guess ${key}`);
    const guess = get().guess ?? values.find((one) => String(one) === stored) ?? null;
    if (guess === null && !seen) {
      fill(shown, buttons(show));
      return fill(says, "You have not guessed yet. ",
        h("a", { href: `#guess-${key}` }, "Guess first"), ", it teaches more.");
    }
    const at = values.indexOf(guess);
    fill(shown,
      guess === null ? null
        : spot(ratio(at, values.length - 1), "tw-guessed", `your guess: ${texts[at]}`),
      h("div", { class: "tw-span" }), spot(place, "tw-truth", truth),
      h("div", { class: "tw-ends" }, h("span", {}, texts[0]), h("span", {}, texts.at(-1))));
    return fill(says, guess === null ? `It is ${truth}.`
      : `It is ${truth}. Your guess is ${offText(guess, value)}.`);
  }

  const leave = open([h("p", { class: "tw-title" }, question), shown, says], { draw });
  window.addEventListener(KEPT, redraw);
  return () => {
    window.removeEventListener(KEPT, redraw);
    leave();
  };
}

export default { render };
