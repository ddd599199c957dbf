// The roofline explorer. Looks up what roofline.py tabulated; intensity, floor and rates are
// quotients.

const X_TICKS = [[1, "1"], [10, "10"], [100, "100"], [1e3, "1k"], [1e4, "10k"], [1e5, "100k"],
  [1e6, "1M"]];
const Y_TICKS = [[1e11, "0.1"], [1e12, "1"], [1e13, "10"], [1e14, "100"], [1e15, "1,000"],
  [1e16, "10,000"]];
// A matrix stays where matrices are; the longest prompts of the largest batch reach 1.9M FLOP/B.
const ENDS = {
  matrix: { x: [0.5, 2e4], y: [1e11, 1.6e16] },
  step: { x: [0.5, 2e6], y: [5e10, 3e16] },
};
const HEIGHT = 300;

const isMatrix = (state) => state.operation === "matmul";
// The controls that pick a line of a table and a place in it.
const sizes = (state) => (isMatrix(state) ? ["matrix", "tokens"] : ["context_tokens", "batch"]);
const ratesOf = (data, { chip, precision }) => data.chips[chip].precisions[precision];
// A table may name another one that holds the same numbers.
const named = (tables, entry) => (typeof entry === "string" ? tables[entry] : entry);

function pointAt(data, state, line, place) {
  const { flops: all, bytes: widths } = data.operations[state.operation];
  const rates = ratesOf(data, state);
  const flops = all[line][place];
  const bytes = named(widths, widths[state.precision])[line][place];
  const reading = place < rates.turns[state.operation][line];
  const seconds = reading ? bytes / rates.bytes_per_s : flops / rates.flops_per_s;
  const found = { flops, bytes, seconds, intensity: flops / bytes, attainable: flops / seconds };
  const measured = isMatrix(state) ? rates.measured?.[line][place] : null;
  if (!measured) return found;
  return { ...found, measured, reached: flops / measured, of_floor: ratio(seconds, measured) };
}

// Every timed product of a chip at a precision: [intensity, rate, line, place].
function cloudOf(data, state) {
  const at = { ...state, operation: "matmul" };
  return (ratesOf(data, state).measured ?? []).flatMap((row, line) => row.flatMap((took, place) => {
    if (!took) return [];
    const { intensity, reached } = pointAt(data, at, line, place);
    return [[intensity, reached, line, place]];
  }));
}

// From values to pixels, both axes logarithmic.
function scales(width, ends) {
  const frame = { left: 46, right: width - 10, top: 22, bottom: HEIGHT - 38, width };
  const x = logAxis(ends.x, [frame.left, frame.right]);
  return { frame, ends, x, y: logAxis(ends.y, [frame.bottom, frame.top]) };
}

const within = ([low, high]) => ([value]) => low <= value && value <= high;
const scaleLines = ({ frame, ends, x, y }) => axes(frame, {
  below: {
    title: "intensity (FLOP/B)", lines: true,
    ticks: X_TICKS.filter(within(ends.x)).map(([value, text]) => [x(value), text]),
  },
  left: {
    title: "rate (TFLOP/s)",
    ticks: Y_TICKS.filter(within(ends.y)).map(([value, text]) => [y(value), text]),
  },
});

const middle = ({ left, right }) => (left + right) / 2;

function roof({ frame, ends, x, y }, { flops_per_s: peak, bytes_per_s: rate, ridge }) {
  const [low, high] = ends.x;
  const corner = [[x(low), y(low * rate)], [x(ridge), y(peak)], [x(high), y(peak)]];
  const left = x(ridge) > middle(frame);
  return [
    shape("polyline", { points: points(corner), class: "tw-roof" }),
    line(x(ridge), y(peak), x(ridge), frame.bottom, "tw-ridge"),
    words(x(ridge) + (left ? -5 : 5), frame.bottom - 6, `ridge ${countText(ridge)}`,
      left ? "end" : "start"),
    words(frame.right, y(peak) - 7, `${flopsText(peak)}/s`, "end"),
  ];
}

// Many small round marks in one path.
const marks = ({ x, y }, spots, css) => shape("path", {
  class: css, d: spots.map(([at, rate]) => `M${x(at).toFixed(2)} ${y(rate).toFixed(2)}h0`).join(""),
});

// The chosen point on the roof, hollow where a measured one stands below it.
function chosenPoint(scale, now, label) {
  const { frame, x, y } = scale;
  const [cx, cy] = [x(now.intensity), y(now.attainable)];
  const right = cx < frame.left + 0.75 * (frame.right - frame.left); // room is below the roof
  const below = now.reached ? y(now.reached) : cy;
  return [
    now.reached && line(cx, cy, cx, below, "tw-fall"),
    dot(cx, cy, now.reached ? 5 : 7, now.reached ? "tw-path" : "tw-now"),
    now.reached && dot(cx, below, 6, "tw-under"),
    words(cx + (right ? 11 : -11), below + (right ? 14 : 22), label, right ? "start" : "end",
      "tw-strong tw-halo"),
  ];
}

function timed(scale, cloud, state, [row, place]) {
  if (!cloud.length) return [];
  if (!isMatrix(state)) return [marks(scale, cloud, "tw-cloud")];
  return [
    marks(scale, cloud, "tw-cloud"),
    marks(scale, cloud.filter((one) => one[3] === place), "tw-same"),
    shape("polyline", {
      class: "tw-track",
      points: points(cloud.filter((one) => one[2] === row)
        .map(([at, rate]) => [scale.x(at), scale.y(rate)])),
    }),
  ];
}

function story(now, state, { ridge, flops_per_s: peak }) {
  const below = now.intensity < ridge;
  const kind = `${below ? "Memory-bound" : "Compute-bound"}: ${countText(now.intensity)} FLOP/B is ` +
    `${below ? "below" : "not below"} the ridge of ${countText(ridge)} FLOP/B. `;
  const floor = `Its floor is ${secondsText(now.seconds)}, at ` +
    `${probabilityText(now.attainable / peak)} of the peak.`;
  if (!isMatrix(state)) return kind + floor;
  const seen = now.measured ? `Measured: ${secondsText(now.measured)}.` : "Not timed here.";
  return `${kind}${floor} ${seen}`;
}

function notes(data, state, now, { holds, by }) {
  const { label, precisions } = data.chips[state.chip];
  const operation = data.operations[state.operation];
  const lines = [`${flopsText(now.flops)} on ${bytesText(now.bytes)}.`, operation.note];
  if (operation.model) {
    const need = holds[state.operation];
    const size = bytesText(operation.weights[state.precision]);
    lines.push(`${operation.model} is ${size} at this precision: ${need === 1
      ? `one ${label} holds its weights.`
      : `its weights take ${need} × ${label}, and n chips divide the floor by n at best.`}`);
    if (state.context_tokens > operation.limit) {
      lines.push(`${operation.model} was made for ${countText(operation.limit)} tokens.`);
    }
  }
  const lacking = Object.keys(precisions).filter((name) => typeof precisions[name] === "string");
  if (lacking.length) lines.push(`No rate is known on this chip: ${lacking.join(", ")}.`);
  if (by) lines.push(`The timed products ran in ${by}.`);
  return lines.join(" ");
}

const key = (css, text) => h("span", { class: "tw-legend" }, h("span", { class: css }), ` ${text} `);

// What the marks are, for what is drawn now.
function legendOf(data, state, cloud) {
  const { tokens } = state;
  const steps = `${data.grid.batch[0]} to ${countText(data.grid.batch.at(-1))}`;
  if (!isMatrix(state)) {
    return [key("tw-ring", `the same operation at batch ${steps}`),
      cloud.length > 0 && key("tw-mote", "matrix products, measured")];
  }
  return cloud.length === 0 ? [key("tw-ring tw-full", "its floor")] : [
    key("tw-ring", "its floor"), key("tw-ring tw-full", "measured"),
    key("tw-mote tw-full", `${plural(tokens, "token")}, other matrices`),
    key("tw-mote", "every other size"),
  ];
}

function render(view) {
  const { data, get, control, open } = stage(view, "Roofline explorer");
  const rate = (value) => `${flopsText(value)}/s`;
  const shown = counters({
    intensity: ["intensity (FLOP/B)", countText],
    attainable: ["rate at the floor", rate],
    reached: ["rate measured", rate],
    seconds: ["floor", secondsText],
    measured: ["measured", secondsText],
    of_floor: ["floor / measured", probabilityText],
  }, { css: "tw-six" });
  const chart = chartPlace();
  const [says, below, keys] = [spoken(), note(), note()];
  const licence = note(data.licence);
  const steering = h("div");
  let steered = null;

  function refuse(reason) {
    says.textContent = `Not possible: ${reason}.`;
    shown.set({});
    fill(chart);
    fill(keys);
    below.textContent = "";
  }

  function draw() {
    const state = get();
    const { precisions } = data.chips[state.chip];
    for (const [i, name] of data.grid.precision.entries()) {
      const lacking = typeof precisions[name] === "string" ? precisions[name] : "";
      able(selects.precision.input.options[i], !lacking, lacking);
    }
    const single = isMatrix(state);
    if (steered !== single) fill(steering, single ? panel(matrix, "tw-matrix") : panel(sliders));
    steered = single;
    const rates = ratesOf(data, state);
    if (typeof rates === "string") return refuse(rates);
    const at = placesOf(data, state, ...sizes(state));
    const now = pointAt(data, state, ...at);
    const cloud = cloudOf(data, state);
    shown.set(now);
    says.textContent = story(now, state, rates);
    below.textContent = notes(data, state, now, rates);
    licence.hidden = !cloud.length;
    fill(keys, legendOf(data, state, cloud));
    const label = `Roofline of one ${data.chips[state.chip].label}. ${says.textContent}`;
    const [, place] = sizes(state);
    const name = single ? plural(state.tokens, "token") : `batch ${countText(state.batch)}`;
    return paint(chart, HEIGHT, label, (width) => {
      const scale = scales(width, single ? ENDS.matrix : ENDS.step);
      const path = single ? [] : data.grid[place].map((_, i) => pointAt(data, state, at[0], i));
      return [...scaleLines(scale), ...timed(scale, cloud, state, at), ...roof(scale, rates),
        ...path.map((one) => dot(scale.x(one.intensity), scale.y(one.attainable), 3.5, "tw-path")),
        ...chosenPoint(scale, now, name)];
    });
  }

  const selects = {
    operation: control(select, "operation", "Operation", (name) => data.operations[name].label),
    chip: control(select, "chip", "Chip", (name) => data.chips[name].label),
    precision: control(select, "precision", "Precision", (name) => data.precisions[name]),
  };
  const sliders = {
    batch: control(slider, "batch", "Batch", countText),
    context_tokens: control(slider, "context_tokens", "Context tokens", countText),
  };
  const matrix = {
    tokens: control(slider, "tokens", "Tokens (rows)", countText),
    matrix: control(select, "matrix", "Matrix, out × in", (name) => data.matrices[name]),
  };
  return open([
    panel(selects, "tw-wide"), chart, keys, steering, says, shown.element,
    folded("What is counted", below), licence,
  ], { controls: { ...selects, ...sliders, ...matrix }, draw, chart });
}

export default { render };
