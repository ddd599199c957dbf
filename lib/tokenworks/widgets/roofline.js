// The roofline explorer. Looks up what roofline.py tabulated; intensity and rate are ratios.

const X_TICKS = ["1", "10", "100", "1k", "10k", "100k", "1M"].map((text, i) => [10 ** i, text]);
const Y_TICKS = ["0.1", "1", "10", "100", "1,000", "10,000"]
  .map((text, i) => [1e11 * 10 ** i, text]);
const X_ENDS = [0.5, 2e6];
const Y_ENDS = [5e10, 3e16];
const HEIGHT = 300;

// A table may name another one that holds the same numbers.
const named = (tables, entry) => (typeof entry === "string" ? tables[entry] : entry);

function pointAt(data, state, batch) {
  const operation = data.operations[state.operation];
  const chip = data.chips[state.chip].precisions;
  const { seconds } = chip[state.precision];
  const times = (chip[seconds]?.seconds ?? seconds)[state.operation];
  const row = data.grid.batch.indexOf(batch);
  const at = data.grid.context_tokens.indexOf(state.context_tokens);
  const column = Math.min(at, times[row].length - 1); // one column where it plays no part
  const point = {
    flops: operation.flops[row][column],
    bytes: named(operation.bytes, operation.bytes[state.precision])[row][column],
    seconds: times[row][column],
  };
  const intensity = ratio(point.flops, point.bytes);
  return { ...point, intensity, attainable: ratio(point.flops, point.seconds) };
}

// From values to pixels, both axes logarithmic.
function scales(width) {
  const box = { left: 46, right: width - 10, top: 22, bottom: HEIGHT - 38 };
  const along = (value, [low, high]) => Math.log(value / low) / Math.log(high / low);
  const x = (value) => box.left + along(value, X_ENDS) * (box.right - box.left);
  const y = (value) => box.bottom - along(value, Y_ENDS) * (box.bottom - box.top);
  return { box, x, y };
}

function axes({ box, x, y }) {
  const line = (x1, y1, x2, y2) => shape("line", { x1, y1, x2, y2, class: "tw-grid" });
  const label = (at, up, anchor, text) =>
    shape("text", { x: at, y: up, "text-anchor": anchor }, text);
  return [
    ...X_TICKS.flatMap(([value, text]) => [line(x(value), box.top, x(value), box.bottom),
      label(x(value), box.bottom + 15, "middle", text)]),
    ...Y_TICKS.flatMap(([value, text]) => [line(box.left, y(value), box.right, y(value)),
      label(box.left - 5, y(value) + 4, "end", text)]),
    label((box.left + box.right) / 2, HEIGHT - 6, "middle", "intensity (FLOP/B)"),
    label(2, 10, "start", "attainable (TFLOP/s)"),
  ];
}

function roof({ box, x, y }, { flops_per_s: peak, bytes_per_s: rate, ridge }) {
  const [low, high] = X_ENDS;
  const corner = `${x(low)},${y(low * rate)} ${x(ridge)},${y(peak)} ${x(high)},${y(peak)}`;
  const beside = x(ridge) > (box.left + box.right) / 2 ? -5 : 5;
  return [
    shape("polyline", { points: corner, class: "tw-roof" }),
    shape("line", { x1: x(ridge), y1: y(peak), x2: x(ridge), y2: box.bottom, class: "tw-ridge" }),
    shape("text", {
      x: x(ridge) + beside, y: box.bottom - 6, "text-anchor": beside < 0 ? "end" : "start",
    }, `ridge ${countText(ridge)}`),
    shape("text", { x: box.right, y: y(peak) - 7, "text-anchor": "end" }, `${flopsText(peak)}/s`),
  ];
}

function dots(scale, batches, points, chosen) {
  const at = (point) => ({ cx: scale.x(point.intensity), cy: scale.y(point.attainable) });
  const path = points.map((point, i) =>
    shape("circle", { ...at(point), r: 3.5, class: "tw-path", "data-batch": batches[i] }));
  const now = points[batches.indexOf(chosen)];
  const { cx, cy } = at(now);
  const right = cx < (scale.box.left + scale.box.right) / 2;
  return [...path, shape("circle", { cx, cy, r: 7, class: "tw-now" }),
    shape("text", {
      x: cx + (right ? 11 : -11), y: cy + (right ? 14 : 22), "text-anchor": right ? "start" : "end",
      class: "tw-strong",
    }, `batch ${countText(chosen)}`)];
}

function story(now, { ridge, flops_per_s: peak }) {
  const below = now.intensity < ridge;
  return `${below ? "Memory-bound" : "Compute-bound"}: ${countText(now.intensity)} FLOP/B is ` +
    `${below ? "below" : "not below"} the ridge of ${countText(ridge)} FLOP/B. It takes at least ` +
    `${secondsText(now.seconds)}, at ${probabilityText(ratio(now.attainable, peak))} of the peak.`;
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

function render({ model, el }) {
  const data = model.get("data");
  const get = () => model.get("state");
  const counters = {
    flops: counter("flops", "operations"),
    bytes: counter("bytes", "bytes moved"),
    intensity: counter("intensity", "intensity (FLOP/B)"),
    ridge: counter("ridge", "ridge (FLOP/B)"),
    attainable: counter("attainable", "attainable"),
    seconds: counter("seconds", "time, at least"),
  };
  const texts = {
    flops: flopsText, bytes: bytesText, intensity: countText, ridge: countText,
    attainable: (value) => `${flopsText(value)}/s`, seconds: secondsText,
  };
  const chart = h("div", { class: "tw-chart" });
  const says = h("p", { class: "tw-story", "aria-live": "polite" });
  const note = h("p", { class: "tw-note" });

  function refuse(reason) {
    says.textContent = `Not possible: ${reason}.`;
    for (const one of Object.values(counters)) one.set("–", "");
    fill(chart);
    note.textContent = "";
  }

  function draw() {
    const state = get();
    const { precisions } = data.chips[state.chip];
    for (const [i, name] of data.grid.precision.entries()) {
      const lacking = typeof precisions[name] === "string" ? precisions[name] : "";
      able(formats.options[i], !lacking, lacking);
    }
    const single = data.operations[state.operation].flops[0].length === 1;
    able(context, !single, "The context plays no part in one matrix.");
    const rates = precisions[state.precision];
    if (typeof rates === "string") return refuse(rates);
    const points = data.grid.batch.map((batch) => pointAt(data, state, batch));
    const now = points[data.grid.batch.indexOf(state.batch)];
    const shown = { ...now, ridge: rates.ridge };
    for (const [name, one] of Object.entries(counters)) {
      one.set(texts[name](shown[name]), shown[name]);
    }
    says.textContent = story(now, rates);
    note.textContent = notes(data, state, rates);
    const label = `Roofline of one ${data.chips[state.chip].label}. ${says.textContent}`;
    return paint(chart, HEIGHT, label, (width) => {
      const scale = scales(width);
      return [...axes(scale), ...roof(scale, rates),
        ...dots(scale, data.grid.batch, points, state.batch)];
    });
  }

  const control = (kind, name, label, text) => kind({
    name, label, values: data.grid[name], value: get()[name], text,
    onchange: (value) => keep(model, { [name]: value }),
  });
  const controls = {
    operation: control(select, "operation", "Operation", (name) => data.operations[name].label),
    chip: control(select, "chip", "Chip", (name) => data.chips[name].label),
    precision: control(select, "precision", "Precision", (name) => data.precisions[name]),
    batch: control(slider, "batch", "Batch", countText),
    context_tokens: control(slider, "context_tokens", "Context tokens", countText),
  };
  const { batch, context_tokens: tokens, ...selects } = controls;
  const formats = controls.precision.element.querySelector("select");
  const context = tokens.element.querySelector("input");
  fill(el,
    h("p", { class: "tw-title" }, "Roofline explorer"),
    h("div", { class: "tw-controls tw-wide" }, elements(selects)),
    h("div", { class: "tw-controls" }, elements({ batch, tokens })),
    chart,
    h("p", { class: "tw-note" }, h("span", { class: "tw-ring" }), ` the same operation at batch ` +
      `${data.grid.batch[0]} to ${countText(data.grid.batch.at(-1))}`),
    h("div", { class: "tw-counters tw-six" }, elements(counters)), says, note);
  el.classList.add("tw-widget");
  return followChart(model, { chart, controls, draw });
}

export default { render };
