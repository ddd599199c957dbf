// The roofline explorer. Looks up what roofline.py tabulated; intensity and rate are quotients.

const X_TICKS = [[1, "1"], [10, "10"], [100, "100"], [1e3, "1k"], [1e4, "10k"], [1e5, "100k"],
  [1e6, "1M"]];
const Y_TICKS = [[1e11, "0.1"], [1e12, "1"], [1e13, "10"], [1e14, "100"], [1e15, "1,000"],
  [1e16, "10,000"]];
const X_ENDS = [0.5, 2e6]; // the longest prompts of the largest batch reach 1.9M
const Y_ENDS = [5e10, 3e16];
const HEIGHT = 300;

// A table may name another one that holds the same numbers.
const named = (tables, entry) => (typeof entry === "string" ? tables[entry] : entry);

function pointAt(data, state, batch) {
  const operation = data.operations[state.operation];
  const chip = data.chips[state.chip].precisions;
  const { seconds } = chip[state.precision];
  const times = (chip[seconds]?.seconds ?? seconds)[state.operation];
  const [row, at] = placesOf(data, { ...state, batch }, "batch", "context_tokens");
  const column = Math.min(at, times[row].length - 1); // one column where it plays no part
  const point = {
    flops: operation.flops[row][column],
    bytes: named(operation.bytes, operation.bytes[state.precision])[row][column],
    seconds: times[row][column],
  };
  const { flops, bytes, seconds: time } = point;
  return { ...point, intensity: flops / bytes, attainable: flops / time };
}

// From values to pixels, both axes logarithmic.
function scales(width) {
  const frame = { left: 46, right: width - 10, top: 22, bottom: HEIGHT - 38, width };
  const x = logAxis(X_ENDS, [frame.left, frame.right]);
  return { frame, x, y: logAxis(Y_ENDS, [frame.bottom, frame.top]) };
}

const scaleLines = ({ frame, x, y }) => axes(frame, {
  below: {
    title: "intensity (FLOP/B)", ticks: X_TICKS.map(([value, text]) => [x(value), text]),
    lines: true,
  },
  left: { title: "attainable (TFLOP/s)", ticks: Y_TICKS.map(([value, text]) => [y(value), text]) },
});

const middle = ({ left, right }) => (left + right) / 2;

function roof({ frame, x, y }, { flops_per_s: peak, bytes_per_s: rate, ridge }) {
  const [low, high] = X_ENDS;
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

function dots({ frame, x, y }, batches, found, chosen) {
  const at = (point) => [x(point.intensity), y(point.attainable)];
  const path = found.map((point, i) =>
    dot(...at(point), 3.5, "tw-path", { "data-batch": batches[i] }));
  const [cx, cy] = at(found[batches.indexOf(chosen)]);
  const right = cx < middle(frame);
  return [...path, dot(cx, cy, 7, "tw-now"),
    words(cx + (right ? 11 : -11), cy + (right ? 14 : 22), `batch ${countText(chosen)}`,
      right ? "start" : "end", "tw-strong")];
}

function story(now, { ridge, flops_per_s: peak }) {
  const below = now.intensity < ridge;
  return `${below ? "Memory-bound" : "Compute-bound"}: ${countText(now.intensity)} FLOP/B is ` +
    `${below ? "below" : "not below"} the ridge of ${countText(ridge)} FLOP/B. It takes at least ` +
    `${secondsText(now.seconds)}, at ${probabilityText(now.attainable / peak)} of the peak.`;
}

function notes(data, state, { holds }) {
  const { label, precisions } = data.chips[state.chip];
  const operation = data.operations[state.operation];
  const lines = [operation.note];
  if (operation.model) {
    const need = holds[state.operation];
    const size = bytesText(operation.weights[state.precision]);
    lines.push(`${operation.model} is ${size} at this precision: ${need === 1
      ? `one ${label} holds its weights.`
      : `its weights take ${need} × ${label}, and n chips divide the time by n at best.`}`);
    if (state.context_tokens > operation.limit) {
      lines.push(`${operation.model} was made for ${countText(operation.limit)} tokens.`);
    }
  }
  const lacking = Object.keys(precisions).filter((name) => typeof precisions[name] === "string");
  if (lacking.length) lines.push(`No rate is known on this chip: ${lacking.join(", ")}.`);
  return lines.join(" ");
}

function render(view) {
  const { data, get, control, open } = stage(view, "Roofline explorer");
  const shown = counters({
    flops: ["operations", flopsText],
    bytes: ["bytes moved", bytesText],
    intensity: ["intensity (FLOP/B)", countText],
    ridge: ["ridge (FLOP/B)", countText],
    attainable: ["attainable", (value) => `${flopsText(value)}/s`],
    seconds: ["time, at least", secondsText],
  }, { css: "tw-six" });
  const chart = chartPlace();
  const says = spoken();
  const below = note();

  function refuse(reason) {
    says.textContent = `Not possible: ${reason}.`;
    shown.set({});
    fill(chart);
    below.textContent = "";
  }

  function draw() {
    const state = get();
    const { precisions } = data.chips[state.chip];
    for (const [i, name] of data.grid.precision.entries()) {
      const lacking = typeof precisions[name] === "string" ? precisions[name] : "";
      able(selects.precision.input.options[i], !lacking, lacking);
    }
    const single = data.operations[state.operation].flops[0].length === 1;
    able(sliders.context_tokens.input, !single, "The context plays no part in one matrix.");
    const rates = precisions[state.precision];
    if (typeof rates === "string") return refuse(rates);
    const found = data.grid.batch.map((batch) => pointAt(data, state, batch));
    const now = pointAt(data, state, state.batch);
    shown.set({ ...now, ridge: rates.ridge });
    says.textContent = story(now, rates);
    below.textContent = notes(data, state, rates);
    const label = `Roofline of one ${data.chips[state.chip].label}. ${says.textContent}`;
    return paint(chart, HEIGHT, label, (width) => {
      const scale = scales(width);
      return [...scaleLines(scale), ...roof(scale, rates),
        ...dots(scale, data.grid.batch, found, state.batch)];
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
  const batches = `${data.grid.batch[0]} to ${countText(data.grid.batch.at(-1))}`;
  return open([
    panel(selects, "tw-wide"), chart,
    note(h("span", { class: "tw-ring" }), ` the same operation at batch ${batches}`),
    panel(sliders), says, shown.element, folded("What is counted", below),
  ], { controls: { ...selects, ...sliders }, draw, chart });
}

export default { render };
