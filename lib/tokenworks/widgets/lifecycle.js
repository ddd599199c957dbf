// SIM-01. Looks up what lifecycle.py tabulated; the counters are sums over the finished stages.

const PILLS = 8;

function schedule(state) {
  const first = [0, 1, 2, 3, 4, 5].map((stage) => ({ tokens: state.prompt_tokens, stage }));
  const later = [1, 2, 3, 4, 5].map((stage) => ({ tokens: 1, stage }));
  const steps = [...first];
  for (let n = 1; n < state.output_tokens; n += 1) steps.push(...later);
  return steps;
}

function countersAt(data, state, cursor) {
  const model = data.models[state.model];
  const done = schedule(state).slice(0, cursor);
  const seconds = model.seconds[state.chip];
  return {
    tokens: done.filter(({ stage }) => stage === 5).length,
    passes: done.filter(({ stage }) => stage === 2).length,
    weight_bytes: sum(done.map(({ tokens, stage }) => model.passes[tokens][stage].weights)),
    floor_seconds: sum(done.map(({ tokens, stage }) => seconds[tokens][stage])),
  };
}

// What travels through the current stage: the whole prompt once, then one new token at a time.
function travelling(data, state, { tokens, stage }, out) {
  if (stage >= 4) return [data.output[out] ?? "…"];
  if (out > 0) return [data.output[out - 1] ?? "…"];
  if (stage === 3) return data.prompt.slice(-1); // only the last position is projected
  const own = data.prompt.slice(0, PILLS);
  const context = `${countText(tokens - own.length)} tokens of context`;
  return tokens > own.length ? [context, ...own] : own;
}

function story(data, state, step, out) {
  if (!step) return `Done: ${countText(out)} tokens, one pass through all layers for each.`;
  const { name, does } = data.stages[step.stage];
  const pass = out === 0
    ? `Prefill: all ${countText(state.prompt_tokens)} prompt tokens in one pass.`
    : `Decode, pass ${countText(out + 1)}: one new token, back in at Embed.`;
  return `${pass} ${name}: ${does}`;
}

function stageRow(stage, i) {
  const cells = {
    out: h("span", { class: "tw-shape", "data-cell": `out-${i}` }),
    size: h("span", { class: "tw-muted", "data-cell": `size-${i}` }),
    weights: h("span", { class: "tw-shape", "data-cell": `weights-${i}` }),
    bar: h("span"), pills: h("span", { class: "tw-pills" }), note: h("small", {}, stage.where),
  };
  cells.element = h("li", { class: "tw-step", "data-stage": i },
    h("span", { class: "tw-index", "aria-hidden": "true" }, String(i + 1)),
    h("span", { class: "tw-name" }, stage.name, cells.note),
    h("span", { class: "tw-cell" }, h("small", {}, "out"), cells.out, cells.size),
    h("span", { class: "tw-cell" }, h("small", {}, "weights read"), cells.weights, cells.bar),
    cells.pills);
  return cells;
}

function render(view) {
  const { data, get, set, control, open } = stage(view, "Request lifecycle");
  const rows = data.stages.map(stageRow);
  const shown = counters({
    tokens: ["tokens out", countText],
    passes: ["passes through the layers", countText],
    weight_bytes: ["weight bytes read", bytesText],
    floor_seconds: ["time, at least", secondsText],
  });
  const says = spoken();
  const text = textPlace("text so far");
  const below = note();

  function drawRows(state, step, table) {
    const { tokens, stage: at } = step ?? { tokens: 1, stage: -1 };
    const pass = table.passes[tokens];
    const most = Math.max(...pass.map((row) => row.weights));
    rows.forEach((row, i) => {
      const skipped = tokens === 1 && i === 0; // a new token already is an id
      row.out.textContent = skipped ? "–" : `[${pass[i].shape.join(", ")}]`;
      row.size.textContent = skipped ? "not again" : bytesText(pass[i].out);
      row.weights.textContent = bytesText(pass[i].weights);
      row.weights.dataset.raw = pass[i].weights;
      fill(row.bar, bar(pass[i].weights / most));
      row.element.classList.toggle("tw-active", i === at);
      row.element.setAttribute("aria-current", i === at ? "step" : "false");
      fill(row.pills);
    });
    rows[2].note.textContent = `chip, × ${table.layers} layers`;
    return rows[at];
  }

  function draw() {
    const state = get();
    const table = data.models[state.model];
    const step = schedule(state)[state.cursor];
    const now = countersAt(data, state, state.cursor);
    const row = drawRows(state, step, table);
    if (row) {
      fill(row.pills, travelling(data, state, step, now.tokens).map((piece) =>
        h("span", { class: "tw-pill" }, piece)));
    }
    shown.set(now);
    says.textContent = story(data, state, step, now.tokens);
    fill(text, h("span", { class: "tw-muted" }, data.prompt.join("")), " ",
      h("strong", {}, data.output.slice(0, now.tokens).join("")));
    text.scrollTop = text.scrollHeight;
    const chip = data.chips[state.chip];
    const need = table.chips[state.chip];
    below.textContent = `${table.label} in bf16 is ${bytesText(table.bytes)}: ` +
      (need === 1 ? `it fits on one ${chip}. ` : `holding it takes ${need} × ${chip}. `) +
      "The time is a floor at the speed of one chip: per stage, reading the weights or " +
      "multiplying, whichever is longer; n chips in parallel divide it by n at best. " +
      "A later pass carries one token because a cache keeps the keys and values of the earlier " +
      "ones; reading that cache is not counted here.";
    for (const one of [forward, play]) {
      able(one, step !== undefined, "The last token is out: press Start over.");
    }
  }

  const last = () => schedule(get()).length;
  function move(cursor) {
    set({ cursor });
    return get().cursor < last();
  }
  const { play, reset, stop } = player({
    tick: () => move(get().cursor + 1), wait: () => 600 / get().speed, end: () => move(last()),
    rewind: () => move(0), says,
  });
  const forward = button("Step", () => move(get().cursor + 1));

  const anew = () => ({ cursor: 0 });
  const selects = {
    model: control(select, "model", "Model", (name) => data.models[name].label, anew),
    chip: control(select, "chip", "Chip", (name) => data.chips[name], anew),
  };
  const sliders = {
    prompt_tokens: control(slider, "prompt_tokens", "Prompt tokens", countText, anew),
    output_tokens: control(slider, "output_tokens", "Output tokens", countText, anew),
    speed: control(slider, "speed", "Speed"),
  };
  return open([
    buttons(play, forward, reset), says,
    h("div", { class: "tw-ladder" },
      h("span", { class: "tw-loop" }, "each new token"), h("ol", {}, elements(rows))),
    text, shown.element, panel(selects, "tw-wide"), panel(sliders), folded("What is counted", below),
  ], { controls: { ...selects, ...sliders }, draw, stop });
}

export default { render };
