// SIM-04. Looks up what kv_growth.py tabulated; a chip's share is a ratio, what is left a sum.

function memoryAt(data, state, context) {
  const model = data.models[state.model];
  const at = data.grid.context_tokens.indexOf(context);
  const batches = model.kv[state.kv];
  const all = batches[data.grid.batch.indexOf(state.batch)][at];
  const weights = ratio(model.weights[state.weights], state.chips);
  const kv = ratio(all, model.pieces[state.chips]);
  const free = sum([data.chips[state.chip].bytes, -weights, -kv]);
  return { sequence: ratio(all, state.batch), all, weights, kv, free };
}

const leftText = (free) => (free >= 0 ? bytesText(free) : `${bytesText(-free)} over`);

// Weights, then cache, drawn against the chip's memory; what is beyond its end is cut and named.
function stacked({ weights, kv, free }, capacity) {
  const first = Math.min(1, ratio(weights, capacity));
  const second = Math.min(ratio(kv, capacity), sum([1, -first]));
  const part = (share, name) => {
    const element = h("span", { class: `tw-part ${name}` });
    element.style.width = `${100 * share}%`;
    return element;
  };
  return h("span", { class: free < 0 ? "tw-stack tw-over" : "tw-stack", "aria-hidden": "true" },
    part(first, "tw-weights"), part(second, "tw-kv"));
}

function numberCell(name, value, text) {
  return h("td", { class: "tw-digits", "data-cell": name, "data-raw": value }, text);
}

function contextRow(data, state, context, i) {
  const now = memoryAt(data, state, context);
  const beyond = context > data.models[state.model].limit;
  const chosen = context === state.context_tokens;
  return h("tr", {
    class: chosen ? "tw-picked" : "", "aria-current": chosen ? "true" : null,
    "data-beyond": beyond ? "" : null,
  },
  h("th", { scope: "row" }, `${countText(context)}${beyond ? " *" : ""}`),
  numberCell(`kv-${i}`, now.kv, bytesText(now.kv)),
  h("td", {}, stacked(now, data.chips[state.chip].bytes)),
  numberCell(`free-${i}`, now.free, leftText(now.free)));
}

function head() {
  const column = (text, css) => h("th", { scope: "col", class: css }, text);
  return h("thead", {}, h("tr", {}, column("Context"), column("Cache a chip", "tw-digits"),
    column("Memory of a chip"), column("Left a chip", "tw-digits")));
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

function render({ model, el }) {
  const data = model.get("data");
  const get = () => model.get("state");
  const counters = {
    sequence: counter("sequence", "cache of one text"),
    all: counter("all", "cache of all texts"),
    weights: counter("weights", "weights a chip"),
    kv: counter("kv", "cache a chip"),
  };
  const says = h("p", { class: "tw-story", "aria-live": "polite" });
  const rows = h("tbody");
  const caption = h("caption", {}, "Weights ", h("span", { class: "tw-swatch tw-weights" }),
    " and cache ", h("span", { class: "tw-swatch tw-kv" }), " in the memory of one chip");
  const grid = h("table", { class: "tw-candidates tw-growth" }, caption, head(), rows);
  const note = h("p", { class: "tw-note" });

  function refuse(reason) {
    says.textContent = `Not possible: ${reason}.`;
    for (const one of Object.values(counters)) one.set("–", "");
    fill(rows);
    note.textContent = "";
  }

  function draw() {
    const state = get();
    const pieces = data.models[state.model].pieces[state.chips];
    grid.hidden = typeof pieces === "string";
    if (grid.hidden) return refuse(pieces);
    const now = memoryAt(data, state, state.context_tokens);
    for (const [name, one] of Object.entries(counters)) one.set(bytesText(now[name]), now[name]);
    says.textContent = story(data, state, now);
    fill(rows, data.grid.context_tokens.map((n, i) => contextRow(data, state, n, i)));
    note.textContent = notes(data, state);
  }

  const control = (kind, name, label, text) => kind({
    name, label, values: data.grid[name], value: get()[name], text,
    onchange: (value) => keep(model, { [name]: value }),
  });
  const format = (name) => data.formats[name];
  const controls = {
    model: control(select, "model", "Model", (name) => data.models[name].label),
    chip: control(select, "chip", "Chip", (name) => data.chips[name].label),
    weights: control(select, "weights", "Weights", format),
    kv: control(select, "kv", "Cache", format),
    context_tokens: control(slider, "context_tokens", "Context tokens", countText),
    batch: control(slider, "batch", "Texts at once", countText),
    chips: control(slider, "chips", "Chips", countText),
  };
  const { context_tokens: context, batch, chips, ...selects } = controls;
  fill(el,
    h("p", { class: "tw-title" }, "KV cache growth"),
    h("div", { class: "tw-controls tw-wide" }, elements(selects)),
    h("div", { class: "tw-controls" }, elements({ context, batch, chips })),
    h("div", { class: "tw-counters" }, elements(counters)),
    says, grid, note);
  el.classList.add("tw-widget");
  return follow(model, () => {
    show(controls, get());
    draw();
  });
}

export default { render };
