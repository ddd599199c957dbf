// The controls of the cockpit. In the recorded form a choice that was not recorded is disabled.

const NOT_RECORDED = "This was not recorded: Start runs it live.";

// `change(name, value)` is told; set(settings, possible) shows them, where `possible(name, value)`
// says whether a choice can be made now.
function rateControl(field, change) {
  const place = h("div");
  let held = "";
  let inner = null;
  function set(settings, possible) {
    const values = field.choices.map(([value]) => value)
      .filter((value) => value === settings[field.name] || possible(field.name, value));
    if (!values.includes(settings[field.name])) values.push(settings[field.name]);
    values.sort((a, b) => a - b);
    if (held !== values.join()) {
      held = values.join();
      inner = slider({ name: field.name, label: field.label, values, value: settings[field.name],
        text: (rate) => `${countText(rate)} /s`, onchange: (rate) => change(field.name, rate) });
      fill(place, inner.element);
    }
    inner.set(settings[field.name]);
  }
  return { element: place, set };
}

function choiceControl(field, change) {
  const { element, input } = select({
    name: field.name, label: field.label, values: field.choices.map(([value]) => value),
    value: field.choices[0][0], text: (value) => field.choices.find(([one]) => one === value)[1],
    onchange: (value) => change(field.name, value),
  });
  function set(settings, possible) {
    const values = field.choices.map(([value]) => value);
    input.value = values.indexOf(settings[field.name]);
    [...input.options].forEach((option, i) =>
      (option.disabled = values[i] !== settings[field.name] && !possible(field.name, values[i])));
  }
  return { element, set };
}

function switchControl(field, change) {
  const input = h("button", { type: "button", role: "switch", class: "tw-switch",
    "data-control": field.name,
    onclick: () => !input.twOff && change(field.name, input.getAttribute("aria-checked") !== "true") },
    h("span", { class: "tw-knob", "aria-hidden": "true" }), field.label);
  function set(settings, possible) {
    const on = settings[field.name];
    input.setAttribute("aria-checked", String(on));
    able(input, possible(field.name, !on), NOT_RECORDED);
  }
  return { element: input, set };
}

const CONTROL_KINDS = { slider: rateControl, select: choiceControl, switch: switchControl };
const GROUPS = { model: "Model and chips", more: "Scheduling and routing" };

// `also` stands beside the first controls.
function cockpitControls(fields, change, also) {
  const all = fields.map((field) => ({ field, ...CONTROL_KINDS[field.kind](field, change) }));
  const of = (group) => all.filter(({ field }) => field.group === group).map(({ element }) => element);
  const grid = (parts) => h("div", { class: "tw-controls tw-cockpit-grid" }, parts);
  const switches = (group) => h("div", { class: "tw-switches" }, of(group));
  const first = [grid([of("first"), also]), switches("switches")];
  const rest = Object.entries(GROUPS).map(([group, label]) =>
    folded(label, [grid(of(group)), switches(`${group}-switches`)]));
  const set = (settings, possible) => all.forEach((one) => one.set(settings, possible));
  return { first, rest, set };
}
