// A guess: a slider over tabulated values, locked in and kept in the browser.

function render(view) {
  const { data, get, set, open } = stage(view);
  const { key, question, values, texts } = data;
  const name = `guess ${key}`;
  const before = values.find((value) => String(value) === kept(name));
  if (before !== undefined && !get().locked) set({ value: before, locked: true });

  const value = slider({
    name: "value", label: "Your guess", values, value: get().value,
    text: (one) => texts[values.indexOf(one)], onchange: (one) => set({ value: one }),
  });
  const says = spoken("tw-short");
  const lock = button("", () => {
    const { value: chosen, locked } = get();
    keep(name, locked ? null : chosen);
    set({ locked: !locked });
  });

  function draw() {
    const { value: chosen, locked } = get();
    value.set(chosen);
    value.input.disabled = locked;
    lock.textContent = locked ? "Change it" : "Lock it in";
    says.textContent = locked ? "Locked in. The answer comes further down." : "";
  }

  return open([
    h("p", { class: "tw-title", id: `guess-${key}` }, question),
    h("div", { class: "tw-guess" }, value.element, buttons(lock)), says,
  ], { draw });
}

export default { render };
