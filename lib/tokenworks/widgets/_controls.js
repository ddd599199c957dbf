// What a widget is steered with: sliders and lists over recorded values, buttons.

// A slider over the recorded values only: its positions are indices into the grid.
function slider({ name, label, values, value, text = String, onchange }) {
  const id = freshId(name);
  const output = h("output", { for: id, class: "tw-value", role: "none" }); // valuetext speaks
  const input = h("input", {
    id, type: "range", min: 0, max: values.length - 1, step: 1, "data-control": name,
    oninput: () => {
      tell();
      onchange(values[Number(input.value)]);
    },
  });
  function tell() {
    output.textContent = text(values[Number(input.value)]);
    input.setAttribute("aria-valuetext", output.textContent);
  }
  function set(next) {
    input.value = values.indexOf(next);
    tell();
  }
  set(value);
  const caption = h("label", { for: id }, label);
  return { element: h("div", { class: "tw-control" }, caption, output, input), input, set };
}

function select({ name, label, values, value, text = String, onchange }) {
  const id = freshId(name);
  const options = values.map((item, i) => h("option", { value: i }, text(item)));
  const input = h("select", {
    id, "data-control": name, onchange: () => onchange(values[Number(input.value)]),
  }, options);
  const set = (next) => (input.value = values.indexOf(next));
  set(value);
  const caption = h("label", { for: id }, label);
  return { element: h("div", { class: "tw-control" }, caption, input), input, set };
}

// A button that cannot be used now keeps the focus that it has, says so, and does nothing.
function button(label, onclick, attributes = {}) {
  const pressed = (event) => !event.currentTarget.twOff && onclick(event);
  return h("button", { type: "button", onclick: pressed, ...attributes }, label);
}

function able(input, enabled, reason = "") {
  if (input.tagName === "BUTTON") {
    input.twOff = !enabled;
    input.setAttribute("aria-disabled", String(!enabled));
  } else input.disabled = !enabled;
  input.title = enabled ? "" : reason;
}

const elements = (parts) => Object.values(parts).map(({ element }) => element);
const classes = (...names) => names.filter(Boolean).join(" ");
const panel = (controls, css = "") =>
  h("div", { class: classes("tw-controls", css) }, elements(controls));
const buttons = (...all) => h("div", { class: "tw-buttons" }, all);
