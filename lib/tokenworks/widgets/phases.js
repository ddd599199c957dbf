// SIM-03. Looks up what phases.py tabulated and draws both phases on one time axis.

const PHASES = ["prefill", "decode"];
const NARROWEST_STEP = 0.012; // of the axis: about 3 px on a phone

function shownAt(data, state) {
  const place = (name) => data.grid[name].indexOf(state[name]);
  const table = data.rows[state.model][state.chip];
  const row = table[place("prompt_tokens")][place("output_tokens")][place("batch")];
  if (!row) return null;
  const now = Object.fromEntries(data.cells.map((name, i) => [name, row[i]]));
  now.tpot_seconds = ratio(now.decode_seconds, state.output_tokens - 1);
  now.total_seconds = sum([now.prefill_seconds, now.decode_seconds]);
  return now;
}


function passesOf(phase, state) {
  if (phase === "prefill") {
    const tokens = plural(state.prompt_tokens * state.batch, "token");
    return `1 pass over ${tokens}`;
  }
  const steps = state.output_tokens - 1;
  return `${countText(steps)} ${steps === 1 ? "pass" : "passes"} over ${plural(state.batch, "token")}`;
}

function limitOf(phase, now) {
  if (now[`${phase}_seconds`] === 0) return "nothing left to do: the prefill wrote the only token";
  return now[`${phase}_compute`] >= now[`${phase}_bandwidth`]
    ? "limited by arithmetic" : "limited by reading memory";
}

function meter(phase, kind, label) {
  const value = h("span", { class: "tw-digits", "data-cell": `${phase}_${kind}` });
  const line = h("span");
  const element = h("div", { class: "tw-meter" }, h("span", {}, label), value, line);
  const set = (share) => {
    value.textContent = probabilityText(share);
    value.dataset.raw = share;
    fill(line, bar(share));
  };
  return { element, set };
}

function panel(phase) {
  const time = h("strong", { "data-cell": `${phase}_seconds` });
  const passes = h("p", { class: "tw-muted", "data-cell": `${phase}_passes` });
  const limit = h("p", { "data-cell": `${phase}_limit` });
  const compute = meter(phase, "compute", "arithmetic in use");
  const bandwidth = meter(phase, "bandwidth", "bandwidth in use");
  const name = phase === "prefill" ? "Prefill: read the prompt" : "Decode: write the answer";
  const element = h("section", { class: `tw-phase tw-${phase}`, "aria-label": name },
    h("p", { class: "tw-phase-name" }, name, time), passes,
    compute.element, bandwidth.element, limit);
  const set = (now, state) => {
    time.textContent = secondsText(now[`${phase}_seconds`]);
    time.dataset.raw = now[`${phase}_seconds`];
    passes.textContent = passesOf(phase, state);
    limit.textContent = limitOf(phase, now);
    compute.set(now[`${phase}_compute`]);
    bandwidth.set(now[`${phase}_bandwidth`]);
  };
  return { element, set };
}

// Both phases on one axis: a block for the prefill, then one tick for each decode step.
function timeline(now, state) {
  const steps = state.output_tokens - 1;
  const blocks = PHASES.map((phase) => {
    const share = ratio(now[`${phase}_seconds`], now.total_seconds);
    const block = h("span", { class: `tw-block tw-${phase}` });
    block.style.width = `${100 * share}%`;
    block.style.marginLeft = phase === "decode" ? `${100 - 100 * share}%` : "0";
    const ticked = phase === "decode" && ratio(share, steps) >= NARROWEST_STEP;
    if (ticked) block.style.setProperty("--tw-steps", steps);
    block.classList.toggle("tw-ticked", ticked);
    return h("div", { class: "tw-lane" }, h("span", {}, phase), h("span", {}, block));
  });
  return [...blocks, h("div", { class: "tw-axis" }, h("span", {}, "0 s"),
    h("span", {}, secondsText(now.total_seconds)))];
}

function story(data, state, now) {
  const chip = data.chips[state.chip];
  if (!now) {
    const context = countText(state.prompt_tokens + state.output_tokens - 1);
    return `${data.models[state.model]} with ${plural(state.batch, "sequence")} of ${context} ` +
      `tokens does not fit: its heads cannot be sharded over as many ${chip} as that would take.`;
  }
  const share = probabilityText(ratio(now.prefill_seconds, now.total_seconds));
  return `${data.models[state.model]} in bf16 on ${countText(now.chips)} × ${chip}, the fewest ` +
    `that can be rented and hold it. Prefill is ${share} of the time.`;
}

const NOTE = "Every time is a floor: no loss in the kernels, no message between " +
  "chips, no queue. With more chips than KV heads each head is held, and read, more than once. " +
  "All users send at once and are read in one pass; longer requests or more " +
  "users can need more chips, which are then faster too. Beyond 8,192 tokens take the models for " +
  "Llama-3.1, which has the same shapes.";

function render({ model, el }) {
  const data = model.get("data");
  const get = () => model.get("state");
  const panels = PHASES.map(panel);
  const counters = {
    chips: counter("chips", "chips"),
    prefill_seconds: counter("ttft_seconds", "first token after, at least"),
    tpot_seconds: counter("tpot_seconds", "each later token (TPOT)"),
    total_seconds: counter("total_seconds", "whole answer after"),
  };
  const says = h("p", { class: "tw-story", "aria-live": "polite" });
  const lanes = h("div", { class: "tw-lanes", "aria-hidden": "true" });
  const sides = h("div", { class: "tw-phases" }, elements(panels));

  function draw() {
    const state = get();
    const now = shownAt(data, state);
    says.textContent = story(data, state, now);
    sides.hidden = lanes.hidden = !now;
    for (const [name, { set }] of Object.entries(counters)) {
      const value = now?.[name] ?? 0;
      const text = name === "chips" ? countText : secondsText;
      set(value ? text(value) : "–", value);
    }
    if (!now) return;
    panels.forEach(({ set }) => set(now, state));
    fill(lanes, timeline(now, state));
  }

  const control = (kind, name, label, text) => kind({
    name, label, values: data.grid[name], value: get()[name], text,
    onchange: (value) => keep(model, { [name]: value }),
  });
  const controls = {
    model: control(select, "model", "Model", (name) => data.models[name]),
    chip: control(select, "chip", "Chip", (name) => data.chips[name]),
    prompt_tokens: control(slider, "prompt_tokens", "Prompt tokens", countText),
    output_tokens: control(slider, "output_tokens", "Output tokens", countText),
    batch: control(slider, "batch", "Users at once", countText),
  };
  const { model: models, chip: chips, ...sliders } = controls;
  fill(el,
    h("p", { class: "tw-title" }, "Prefill and decode"),
    h("div", { class: "tw-controls tw-wide" }, models.element, chips.element),
    h("div", { class: "tw-controls" }, elements(sliders)),
    h("div", { class: "tw-counters" }, elements(counters)),
    says, lanes, sides, h("p", { class: "tw-note" }, NOTE));
  el.classList.add("tw-widget");
  return follow(model, () => {
    show(controls, get());
    draw();
  });
}

export default { render };
