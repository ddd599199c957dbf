// A calculator of recorded settings. Looks up what calculation.py tabulated, and writes it down.

const NUMERIC = (values) => values.length > 2 && values.every((value) => typeof value === "number");

// The verdict of a setting, with its inputs and outputs in their places.
function storyOf(data, state) {
  const texts = {};
  for (const input of data.inputs) texts[input.name] = textAt(data, state, input);
  for (const output of data.outputs) {
    texts[output.name] = saidOf(output, valueAt(data, state, output.name));
    texts[`${output.name}.floor`] = saidOf(output, valueAt(data, state, `${output.name}.floor`));
  }
  return verdictAt(data, state).text.replace(/\{([\w.]+)\}/g, (all, name) => texts[name] ?? all);
}

// Whether a number keeps its bound; null where it has none.
function keeps({ least, most }, value) {
  if (value === null || (least === undefined && most === undefined)) return null;
  return (least === undefined || value >= least) && (most === undefined || value <= most);
}

const boundOf = (output) => [["≥", output.least], ["≤", output.most]]
  .filter(([, bound]) => bound !== undefined)
  .map(([side, bound]) => `${side}\u00a0${saidOf(output, bound)}`).join(", ");

function cellsOf(data, state, output, { floors, gates }) {
  const value = valueAt(data, state, output.name);
  const floor = valueAt(data, state, `${output.name}.floor`);
  const kept = keeps(output, value);
  const cells = [numberCell(output.name, value, (one) => saidOf(output, one))];
  if (floors) {
    cells.push(output.floor
      ? numberCell(`${output.name}.floor`, floor, (one) => saidOf(output, one)) : digits(""));
  }
  if (gates) {
    const said = kept === null ? "" : kept ? "passed" : "not passed";
    cells.push(digits(boundOf(output)));
    cells.push(digits(said, { "data-gate": output.name, class: classes("tw-digits",
      kept === true && "tw-kept", kept === false && "tw-broken") }));
  }
  return cells;
}

function keysOf({ picture, outputs }) {
  if (picture.kind !== "curve") return [];
  const band = outputs.find(({ name }) => name === picture.band);
  return [
    ...picture.lines.map(([output, says, colour]) =>
      [classes(inkOf(colour), "tw-line-key", output.endsWith(".floor") && "tw-dashed"), says]),
    ...(band ? band.words.map((word, i) => [inkOf(picture.band_colours[i]), word]) : []),
    ...(picture.refused ? [["tw-out-key", picture.refused]] : []),
  ];
}

function render(view) {
  const { data, get, control, open } = stage(view, view.model.get("data").title);
  const place = chartPlace("tw-board");
  const says = spoken();
  const shows = {
    floors: data.outputs.some(({ floor }) => floor),
    gates: data.outputs.some(({ least, most }) => least !== undefined || most !== undefined),
  };
  const made = (list) => Object.fromEntries(list.map((input) => {
    const { name, label } = input;
    const text = (value) => textAt(data, { [name]: value }, input);
    const kind = NUMERIC(data.grid[name]) ? slider : select;
    return [name, control(kind, name, label, text)];
  }));
  const numeric = ({ name }) => NUMERIC(data.grid[name]);
  const lists = made(data.inputs.filter((one) => !numeric(one)));
  const sliders = made(data.inputs.filter(numeric));
  const few = data.inputs.length < 4 && Object.keys(lists).length < 2; // in one row where there is room
  const head = ["result", data.column || "value", ...(shows.floors ? ["floor"] : []),
    ...(shows.gates ? ["gate", "kept?"] : [])];
  const results = table(head, { css: "tw-calculated" });
  const keys = keysOf(data);

  function draw() {
    const state = get();
    says.textContent = storyOf(data, state);
    results.set(data.outputs.filter(({ drawn }) => !drawn).map((output) =>
      row(output.label, cellsOf(data, state, output, shows), { "data-row": output.name })));
    const [tall, parts] = pictureOf(data, state);
    paint(place, tall, `${data.picture.title}. ${says.textContent}`, parts);
  }

  const numbers = folded("All numbers, and what is counted",
    [results.element, folded("What is counted", note(data.note))], { wide: true });
  const steering = few ? panel({ ...lists, ...sliders }, "tw-calculating tw-few")
    : [panel(lists, "tw-roomy"), panel(sliders, "tw-calculating")];
  return open([
    steering, says,
    h("div", { class: "tw-beside" }, h("div", {}, place, keys.length > 0 && legend(keys)), numbers),
  ], { controls: { ...lists, ...sliders }, draw, chart: place });
}

export default { render };
