// SIM-04. Looks up what kv_growth.py tabulated; shares are quotients, what is left a difference.

function memoryAt(data, state, context) {
  const model = data.models[state.model];
  const [batch, at] =
    placesOf(data, { ...state, context_tokens: context }, "batch", "context_tokens");
  const all = model.kv[state.kv][batch][at];
  const weights = model.weights[state.weights] / state.chips;
  const kv = all / model.pieces[state.chips];
  const free = data.chips[state.chip].bytes - weights - kv;
  return { sequence: all / state.batch, all, weights, kv, free };
}

const leftText = (free) => (free >= 0 ? bytesText(free) : `${bytesText(-free)} over`);

// Weights, then cache, drawn against the chip's memory; what is beyond its end is cut and named.
function shares({ weights, kv }, capacity) {
  const first = Math.min(1, weights / capacity);
  return [[first, "tw-weights"], [Math.min(kv / capacity, 1 - first), "tw-kv"]];
}

function contextRow(data, state, context, i) {
  const now = memoryAt(data, state, context);
  const beyond = context > data.models[state.model].limit;
  const capacity = data.chips[state.chip].bytes;
  return row(`${countText(context)}${beyond ? " *" : ""}`, [
    numberCell(`kv-${i}`, now.kv, bytesText),
    h("td", {}, stack().set(shares(now, capacity), now.free < 0)),
    numberCell(`free-${i}`, now.free, leftText),
  ], { chosen: context === state.context_tokens, "data-beyond": beyond });
}

function story(data, state, now) {
  const { label, bytes } = data.chips[state.chip];
  const texts = state.batch === 1 ? "one text" : `${countText(state.batch)} texts`;
  const holds = now.free >= 0
    ? `${bytesText(now.free)} are left` : `${bytesText(-now.free)} are missing`;
  return `At ${countText(state.context_tokens)} tokens, ${texts}: each of ${state.chips} × ` +
    `${label} has ${bytesText(bytes)} and holds ${bytesText(now.weights)} of weights and ` +
    `${bytesText(now.kv)} of cache; ${holds}.`;
}

function notes(data, state) {
  const { label, limit, pieces } = data.models[state.model];
  const longest = data.grid.context_tokens.at(-1);
  const lines = ["Lower bound: no runtime, no activations, no fragmentation."];
  if (pieces[state.chips] < state.chips) {
    lines.push(`The cache divides over ${pieces[state.chips]} of the ${state.chips} chips; ` +
      "the others hold copies.");
  }
  if (limit < longest) lines.push(`* beyond the ${countText(limit)} tokens of ${label}.`);
  return lines.join(" ");
}

function render(view) {
  const { data, get, control, open } = stage(view, "KV cache growth");
  const shown = counters({
    sequence: ["cache of one text", bytesText],
    all: ["cache of all texts", bytesText],
    weights: ["weights a chip", bytesText],
    kv: ["cache a chip", bytesText],
  });
  const says = spoken();
  const grid = table(
    ["Context", "Cache a chip", heading("Memory of a chip", ""), "Left a chip"],
    { css: "tw-growth", caption: ["Weights ", swatch("tw-weights"), " and cache ", swatch("tw-kv"),
      " in the memory of one chip"] },
  );
  const below = note();

  function draw() {
    const state = get();
    const pieces = data.models[state.model].pieces[state.chips];
    const refused = typeof pieces === "string";
    grid.element.hidden = refused;
    const now = refused ? {} : memoryAt(data, state, state.context_tokens);
    shown.set(now);
    says.textContent = refused ? `Not possible: ${pieces}.` : story(data, state, now);
    grid.set(refused ? []
      : data.grid.context_tokens.map((tokens, i) => contextRow(data, state, tokens, i)));
    below.textContent = refused ? "" : notes(data, state);
  }

  const format = (name) => data.formats[name];
  const selects = {
    model: control(select, "model", "Model", (name) => data.models[name].label),
    chip: control(select, "chip", "Chip", (name) => data.chips[name].label),
    weights: control(select, "weights", "Weights", format),
    kv: control(select, "kv", "Cache", format),
  };
  const sliders = {
    context_tokens: control(slider, "context_tokens", "Context tokens", countText),
    batch: control(slider, "batch", "Texts at once", countText),
    chips: control(slider, "chips", "Chips", countText),
  };
  return open([
    panel(selects, "tw-wide"), panel(sliders), shown.element, says, grid.element, below,
  ], { controls: { ...selects, ...sliders }, draw });
}

export default { render };
