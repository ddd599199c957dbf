// SIM-03. Looks up what phases.py tabulated and draws both phases on one time axis.

const PHASES = ["prefill", "decode"];
const NARROWEST_STEP = 0.012; // of the axis: about 3 px on a phone

function shownAt(data, state) {
  const [prompt, output, batch] =
    placesOf(data, state, "prompt_tokens", "output_tokens", "batch");
  const row = data.rows[state.model][state.chip][prompt][output][batch];
  if (!row) return null;
  const now = Object.fromEntries(data.cells.map((name, i) => [name, row[i]]));
  const { prefill_seconds: first, decode_seconds: later } = now;
  const { expected_prefill_seconds: read, expected_decode_seconds: written } = now;
  const each = (total) => (state.output_tokens > 1 ? total / (state.output_tokens - 1) : null);
  return {
    ...now,
    tpot_seconds: each(later),
    total_seconds: first + later,
    expected_tpot_seconds: each(written),
    expected_total_seconds: read + written,
  };
}

function passesOf(phase, state) {
  if (phase === "prefill") {
    const tokens = plural(state.prompt_tokens * state.batch, "token");
    return `1 pass over ${tokens}`;
  }
  const steps = state.output_tokens - 1;
  const passes = `${countText(steps)} ${steps === 1 ? "pass" : "passes"}`;
  return `${passes} over ${plural(state.batch, "token")}`;
}

function limitOf(phase, now) {
  if (now[`${phase}_seconds`] === 0) return "nothing left to do: the prefill wrote the only token";
  return now[`${phase}_compute`] >= now[`${phase}_bandwidth`]
    ? "limited by arithmetic" : "limited by reading memory";
}

function meter(phase, kind, label) {
  const value = h("span", { class: "tw-digits", "data-cell": `${phase}_${kind}` });
  const place = h("span");
  const element = h("div", { class: "tw-meter" }, h("span", {}, label), value, place);
  const set = (share) => {
    value.textContent = probabilityText(share);
    value.dataset.raw = share;
    fill(place, bar(share));
  };
  const clear = () => {
    value.textContent = "–";
    delete value.dataset.raw;
    fill(place, bar(0));
  };
  return { element, set, clear };
}

function phasePanel(phase) {
  const time = h("strong", { "data-cell": `${phase}_seconds` });
  const passes = h("p", { class: "tw-muted", "data-cell": `${phase}_passes` });
  const limit = h("p", { "data-cell": `${phase}_limit` });
  const compute = meter(phase, "compute", "arithmetic in use");
  const bandwidth = meter(phase, "bandwidth", "bandwidth in use");
  const name = phase === "prefill" ? "Prefill: read the prompt" : "Decode: write the answer";
  const css = classes("tw-phase", phase === "decode" && "tw-decode");
  const element = h("section", { class: css, "aria-label": name },
    h("p", { class: "tw-phase-name" }, name, h("span", {}, "at least ", time)), passes,
    compute.element, bandwidth.element, limit);
  const set = (now, state) => {
    time.textContent = secondsText(now[`${phase}_seconds`]);
    time.dataset.raw = now[`${phase}_seconds`];
    passes.textContent = passesOf(phase, state);
    limit.textContent = limitOf(phase, now);
    compute.set(now[`${phase}_compute`]);
    bandwidth.set(now[`${phase}_bandwidth`]);
  };
  // What cannot be keeps its place: dashes, and the reason in the sentence above.
  const clear = () => {
    time.textContent = passes.textContent = limit.textContent = "–";
    delete time.dataset.raw;
    compute.clear();
    bandwidth.clear();
  };
  return { element, set, clear };
}

const emptyTimeline = () => [
  ...PHASES.map((phase) => h("div", { class: "tw-lane" }, h("span", {}, phase), h("span"))),
  h("div", { class: "tw-axis" }, h("span", {}, "does not fit"), h("span", {}, "–")),
];

// Both phases on one axis: a block for the prefill, then one tick for each decode step.
function timeline(now, state) {
  const steps = state.output_tokens - 1;
  const blocks = PHASES.map((phase) => {
    const share = now[`${phase}_seconds`] / now.total_seconds;
    const later = phase === "decode";
    const css = classes("tw-block", later && "tw-decode");
    const block = h("span", { class: css, "data-phase": phase });
    block.style.width = percent(share);
    block.style.marginLeft = later ? percent(1 - share) : "0";
    const ticked = later && ratio(share, steps) >= NARROWEST_STEP;
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
  const share = probabilityText(now.prefill_seconds / now.total_seconds);
  return `${data.models[state.model]} in bf16 on ${countText(now.chips)} × ${chip}, the fewest ` +
    `that can be rented and hold it. Prefill is ${share} of the least time.`;
}

const KINDS_OF_TIME = "Lanes, meters and what is at least so are floors: no loss in the kernels, no " +
  "message between chips. Expected is the sum of timed kernels and messages: of such times a token ";
const NOTE = "No queue is in either. With more chips than KV heads each head is held, and read, more than once. " +
  "All users send at once and are read in one pass; longer requests or more " +
  "users can need more chips, which are then faster too. Beyond 8,192 tokens take the models for " +
  "Llama-3.1, which has the same shapes.";

function render(view) {
  const { data, get, control, open } = stage(view, "Prefill and decode");
  const panels = PHASES.map(phasePanel);
  const shown = counters({
    expected_ttft_seconds: ["first token, expected", secondsText],
    ttft_seconds: ["first token, at least", secondsText],
    expected_tpot_seconds: ["TPOT, expected", secondsText],
    tpot_seconds: ["TPOT, at least", secondsText],
    expected_total_seconds: ["answer, expected", secondsText],
    total_seconds: ["answer, at least", secondsText],
  }, { css: "tw-six tw-pairs" });
  const [says, below] = [spoken(), note()];
  const lanes = h("div", { class: "tw-lanes", "aria-hidden": "true" });
  const sides = h("div", { class: "tw-phases" }, elements(panels));

  function draw() {
    const state = get();
    const now = shownAt(data, state);
    says.textContent = story(data, state, now);
    shown.set(now ? {
      ...now,
      ttft_seconds: now.prefill_seconds,
      expected_ttft_seconds: now.expected_prefill_seconds,
    } : {});
    below.textContent = `${KINDS_OF_TIME}${data.errors[state.chip]}. ${NOTE}`;
    panels.forEach((panel) => (now ? panel.set(now, state) : panel.clear()));
    fill(lanes, now ? timeline(now, state) : emptyTimeline());
  }

  const selects = {
    model: control(select, "model", "Model", (name) => data.models[name]),
    chip: control(select, "chip", "Chip", (name) => data.chips[name]),
  };
  const sliders = {
    prompt_tokens: control(slider, "prompt_tokens", "Prompt tokens", countText),
    output_tokens: control(slider, "output_tokens", "Output tokens", countText),
    batch: control(slider, "batch", "Users at once", countText),
  };
  return open([
    panel(selects, "tw-wide"), lanes, panel(sliders), shown.element, says, sides,
    folded("What is counted", below),
  ], { controls: { ...selects, ...sliders }, draw });
}

export default { render };
