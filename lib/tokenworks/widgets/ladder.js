// The ladder's explorer. Looks up what ladder.py tabulated; errors are differences of ratios.

const HEIGHT = 340;
const NEAR = 24; // px from a point within which a tap means it
const X_TICKS = [2, 5, 10, 20, 50, 100, 200];
const Y_TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200];
const WITHIN = 0.25;
const EVERY = "all";

// The rows as objects, each with its server's fields and its ratios.
function unpacked({ columns, rows, fields, servers, unit }) {
  const named = (names, values) => Object.fromEntries(names.map((name, i) => [name, values[i]]));
  return rows.map((values) => {
    const row = named(columns, values);
    const floor = row.floor === null ? null : row.floor / unit;
    const ratios = values.slice(columns.length).map((ratio) => ratio / unit);
    return { ...row, ...named(fields, servers[row.server]), floor, ratios };
  });
}

// The rows at these controls, from the one that is predicted fastest to the slowest.
function chosenRows(data, all, state) {
  const [at] = placesOf(data, state, "rung");
  const wanted = (value, choice) => choice === EVERY || value === choice;
  return all.filter((row) => (row.flag === "ok") === (state.rows === "clean") &&
      wanted(row.kind, state.kind) && wanted(row.backend, state.engine) &&
      wanted(row.system, state.chip))
    .map((row) => ({ ...row, ratio: row.ratios[at], predicted: row.measured * row.ratios[at] }))
    .sort((a, b) => a.ratio - b.ratio || a.number - b.number);
}

const off = ({ ratio: found }) => Math.abs(found - 1);

function errorsOf(rows) {
  if (!rows.length) return {};
  const errors = rows.map(off);
  return {
    rows: rows.length, median: percentile(errors, 50), p90: percentile(errors, 90),
    ratio: percentile(rows.map((row) => row.ratio), 50),
  };
}

// ---- the chart ----

function scales(width, { measured, predicted }) {
  const frame = { left: 40, right: width - 10, top: 22, bottom: HEIGHT - 38, width };
  const x = logAxis(measured, [frame.left, frame.right]);
  return { frame, x, y: logAxis(predicted, [frame.bottom, frame.top]) };
}

function ground({ frame, x, y }, { measured: [low, high] }) {
  const band = [[low, 1 - WITHIN], [high, 1 - WITHIN], [high, 1 + WITHIN], [low, 1 + WITHIN]];
  const ticks = (place, values) => values.map((value) => [place(value), countText(value)]);
  return [
    shape("polygon", {
      points: points(band.map(([value, factor]) => [x(value), y(value * factor)])),
      class: "tw-within",
    }),
    ...axes(frame, {
      below: { title: "measured (ms a token)", ticks: ticks(x, X_TICKS), lines: true },
      left: { title: "predicted (ms a token)", ticks: ticks(y, Y_TICKS) },
    }),
    line(x(low), y(low), x(high), y(high), "tw-equal"),
  ];
}

const placeOf = ({ x, y }, row) => [x(row.measured), y(row.predicted)];

// One path a class: dots, squares and triangles, so that colour is not alone.
function cloud(scale, kinds, rows) {
  return kinds.map((kind, i) => {
    const d = rows.filter((row) => row.kind === kind).map((row) => {
      const [left, top] = placeOf(scale, row).map((value) => value.toFixed(1));
      return i === 2 ? `M${left} ${top}m0 -3l3 5h-6z` : `M${left} ${top}h0`;
    });
    return shape("path", { d: d.join(""), class: `tw-kind-${i}` });
  });
}

const ring = (scale, row) => row && dot(...placeOf(scale, row), 7, "tw-ringed");

function nearest(scale, rows, [left, top]) {
  let [best, least] = [null, NEAR * NEAR];
  for (const row of rows) {
    const [x, y] = placeOf(scale, row);
    const far = (x - left) * (x - left) + (y - top) * (y - top);
    if (far < least) [best, least] = [row, far];
  }
  return best;
}

// ---- what is said of a row ----

const milliseconds = (value) => secondsText(value / 1000);

function story(row, rows) {
  if (!rows.length) return "No row was measured with these labels.";
  if (!row) return "Tap a point, or step through the rows: from the one predicted too fast the " +
    "most to the one predicted too slow the most.";
  return `Row ${countText(row.number)}: ${milliseconds(row.measured)} a token measured, ` +
    `${milliseconds(row.predicted)} predicted, ${probabilityText(off(row))} too ` +
    `${row.ratio < 1 ? "fast" : "slow"}.`;
}

const FLAGS = {
  ok: "none",
  label: "label: labels that cannot be",
  floor: "floor: faster than its labels allow",
  spec: "spec: hidden speculative decoding",
  twin: "twin: a run with the same labels is far slower",
};

const labelRows = (found) => [
  ["Model", `${found.model}, ${found.kind}`],
  ["Weights", found.precision],
  ["Chips", [found.chips, found.spread].filter(Boolean).join("; ")],
  ["Engine", found.engine],
  ["Prompt + answer", `${countText(found.isl)} + ${plural(found.osl, "token")}`],
  ["Users at once", countText(found.users)],
  ["Measured", milliseconds(found.measured)],
  ["Predicted", milliseconds(found.predicted)],
  ["Its floor", found.floor === null ? "–" : milliseconds(found.floor * found.measured)],
  ["Flag", FLAGS[found.flag]],
  ["Source", found.source],
].map(([name, text]) => row(name, h("td", {}, text)));

const NOTE = "A point is one run of a server. The line: predicted as measured; shaded: within " +
  "25 % of it. Rungs 1 to 6 add one thing each; the card predicts with twelve constants in all. " +
  "Error: |predicted / measured - 1|. Flagged rows break one of the rules of clean rows and " +
  "count in no published error; runs that are listed twice are not shown. The floor of a row is " +
  "the least time that its labels allow at the best rates that were ever timed on its chip.";

function render(view) {
  const { data, get, set, control, open } = stage(view, "Predicted against measured");
  const all = unpacked(data);
  const kinds = data.grid.kind.filter((kind) => kind !== EVERY);
  const shown = counters({
    rows: ["rows", countText],
    median: ["median error", probabilityText],
    p90: ["P90 of the errors", probabilityText],
    ratio: ["predicted / measured, median", (value) => fixed(value, 2)],
  });
  let [rows, scale] = [[], null];
  const at = () => rows.findIndex(({ number }) => number === get().row);
  const go = (place) => rows[place] && set({ row: rows[place].number });
  const step = (by) => go(at() < 0 ? (by > 0 ? 0 : rows.length - 1) : at() + by);
  const keys = {
    ArrowRight: () => step(1), ArrowUp: () => step(1), ArrowLeft: () => step(-1),
    ArrowDown: () => step(-1), Home: () => go(0), End: () => go(rows.length - 1),
  };
  const chart = h("div", {
    class: "tw-chart tw-scatter", role: "group", tabindex: 0,
    "aria-label": "points; the arrow keys go through them in the order of predicted / measured",
    onkeydown: (event) => {
      if (!keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
    },
    onclick: (event) => {
      const { left, top } = chart.getBoundingClientRect();
      const row = nearest(scale, rows, [event.clientX - left, event.clientY - top]);
      if (row) set({ row: row.number });
    },
  });
  const says = spoken();
  const labels = table(["The row", heading("as it is labelled", "")], { css: "tw-named" });
  const back = button("Back", () => step(-1));
  const next = button("Next row", () => step(1));
  const worst = button("Largest miss", () => {
    const most = Math.max(...rows.map(off));
    set({ row: rows.find((row) => off(row) === most).number });
  });

  function draw() {
    const state = get();
    rows = chosenRows(data, all, state);
    const found = rows[at()];
    shown.set(errorsOf(rows));
    says.textContent = story(found, rows);
    able(back, at() !== 0 && rows.length > 0, "This is the first row.");
    able(next, at() < rows.length - 1, "This is the last row.");
    able(worst, rows.length > 0, "There is no row.");
    labels.set(found ? labelRows(found) : []);
    labels.element.hidden = !found;
    paint(chart, HEIGHT, `Predicted against measured time a token. ${says.textContent}`, (width) => {
      scale = scales(width, data.ends);
      return [...ground(scale, data.ends), ...cloud(scale, kinds, rows), found && ring(scale, found)];
    });
  }

  const rungText = (rung) => `${Number(rung) ? `${rung}: ` : ""}${data.adds[rung]}`;
  const or = (every, text) => (value) => (value === EVERY ? every : text(value));
  const rung = control(select, "rung", "Rung", rungText);
  const controls = {
    kind: control(select, "kind", "Class", or("all classes", String)),
    engine: control(select, "engine", "Engine", or("all engines", (name) => data.names.engine[name])),
    chip: control(select, "chip", "Chip", or("all chips", (name) => data.names.chip[name])),
    rows: control(select, "rows", "Rows"),
  };
  return open([
    panel({ rung }, "tw-wide"), panel(controls), chart, legend(kinds.map((kind, i) => [`tw-kind-${i}`, kind])),
    shown.element, says, buttons(next, back, worst), labels.element,
    folded("What is shown", note(NOTE)), note(data.licence),
  ], { controls: { rung, ...controls }, draw, chart });
}

export default { render };
