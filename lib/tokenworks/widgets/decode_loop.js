// SIM-02. The same steps as decode_loop.py, name for name, over the same recorded trie.

const ROWS = 10;

function nodeAt(data, state) {
  let node = data.prompts.find(({ text }) => text === state.prompt).node;
  for (const id of state.path) {
    const tokens = data.tokens[node];
    node = data.next[node].find(([position]) => data.ids[tokens[position]] === id)[1];
  }
  return node;
}

// How far each candidate's logit is below the largest.
const drops = (data, node) => cumulative(data.gaps[node]).map((below) => below / 1e4);

function shares(data, node, temperature) {
  const below = drops(data, node);
  if (temperature === 0) return { before: below.map((_, i) => (i === 0 ? 1 : 0)), rest: 0 };
  const [row] = placesOf(data, { temperature }, "temperature");
  const tail = data.tail[node][row];
  const all = softmax([...below.map((drop) => -drop / temperature), tail]);
  return { before: all.slice(0, -1), rest: all.at(-1) };
}

function filters(data, node, { before, rest }, state) {
  const [row] = placesOf(data, state, "temperature");
  let lost = before.map(() => "");
  let extra = rest;
  const cut = (name, keep) => (lost = lost.map((old, i) => old || (i < keep ? "" : name)));
  const reach = (name) => {
    const inside = data[`beyond_${name}`][node][row];
    const [at] = placesOf(data, state, name);
    return inside.length && extra ? inside[at] / 1e4 : 0;
  };
  if (state.temperature === 0) cut("temperature 0", 1);
  if (state.top_k !== null) {
    cut("top-k", state.top_k);
    extra = 0;
  }
  if (state.top_p < 1) {
    const inside = reach("top_p");
    const alive = before.filter((_, i) => !lost[i]);
    const total = sum([...alive, extra]);
    const above = cumulative(alive).filter((p) => p / total < state.top_p);
    if (!inside) cut("top-p", 1 + above.length);
    extra = inside;
  }
  if (state.min_p > 0) {
    const inside = Math.min(extra, reach("min_p"));
    if (!inside) cut("min-p", before.filter((p) => p >= state.min_p * before[0]).length);
    extra = inside;
  }
  return { lost, extra };
}

function drawn(after, u) {
  const alive = after.map((_, i) => i).filter((i) => after[i] > 0);
  const totals = cumulative(alive.map((i) => after[i]));
  const chosen = alive.find((_, i) => totals[i] > u) ?? alive.at(-1);
  return chosen === after.length - 1 ? null : chosen;
}

function stepAt(data, state) {
  const node = nodeAt(data, state);
  const { before, rest } = shares(data, node, state.temperature);
  const { lost, extra } = filters(data, node, { before, rest }, state);
  const kept = [...before.map((p, i) => (lost[i] ? 0 : p)), extra];
  const total = sum(kept);
  const after = kept.map((p) => p / total);
  const u = data.uniforms[state.seed][state.path.length];
  const chosen = drawn(after, u);
  const below = drops(data, node);
  const candidates = data.tokens[node].map((token, i) => ({
    id: data.ids[token], piece: data.pieces[token], before: before[i], after: after[i],
    lost: lost[i], logit: data.top[node] - below[i], rank: i + 1,
  }));
  const more = data.next[node].some(([position]) => position === chosen);
  return { candidates, rest_before: rest, rest_after: after.at(-1), u, chosen, more };
}

// Why the walk cannot go on from here, or "".
function obstacle(data, state, step) {
  const picked = step.candidates[step.chosen];
  const tip = "Change the seed, tighten a control, or go back.";
  if (!picked) {
    return `The draw falls on a token that was not recorded: off the map. ${tip}`;
  }
  if (picked.id === data.eos) return "The model drew its end-of-sequence token: it is done.";
  if (state.path.length + 1 >= data.steps) return `The token limit of ${data.steps} is reached.`;
  return step.more ? "" : `What follows “${picked.piece}” was not recorded: off the map. ${tip}`;
}

const visible = (piece) => piece.replace(/ /g, "␣").replace(/\n/g, "↵");
const textOf = (data, id) => data.pieces[data.ids.indexOf(id)];

function candidateRow({ piece, logit, before, after, lost, rank }, most, picked) {
  const pill = h("span", { class: "tw-pill" }, visible(piece));
  return row([pill, picked && h("small", {}, " drawn")], [
    h("td", {}, bar(before / most, "tw-before"), bar(after / most, "tw-after")),
    numberCell(`before-${rank}`, before, probabilityText),
    numberCell(`after-${rank}`, after, lost ? () => lost : probabilityText),
  ], {
    title: `rank ${rank}, logit ${logit.toFixed(3)}`,
    ...(picked ? { chosen: true } : { class: lost && "tw-lost" }),
  });
}

const head = () => ["Token", heading("Probability", ""),
  heading("before", "tw-digits tw-key-before"), heading("after filters", "tw-digits tw-key-after")];

function candidateTable(data, step) {
  const picked = step.candidates[step.chosen];
  const rows = step.candidates.slice(0, ROWS);
  if (picked && !rows.includes(picked)) rows.push(picked);
  const most = Math.max(...rows.map(({ before, after }) => Math.max(before, after)));
  const hidden = step.candidates.filter((one) => !rows.includes(one));
  const restOf = (key) => sum(hidden.map((one) => one[key])) + step[`rest_${key}`];
  const others = h("small", {}, `${countText(data.vocab - rows.length)} other tokens`);
  const caption = `Longest bar: ${probabilityText(most)}`;
  const grid = table(head(), { css: "tw-tokens", caption });
  grid.set([
    rows.map((one) => candidateRow(one, most, one === picked)),
    h("tr", {}, h("th", { scope: "row", colspan: 2 }, others), ["before", "after"].map((key) =>
      numberCell(`${key}-rest`, restOf(key), probabilityText))),
  ]);
  return grid.element;
}

// The survivors side by side from 0 to 1; the draw is a point on that line.
function drawLine(step) {
  const parts = [...step.candidates.map(({ after }) => after), step.rest_after];
  const segments = parts.map((share, i) => {
    const segment = h("span", { class: i === step.chosen ? "tw-segment tw-hit" : "tw-segment" });
    segment.style.flexGrow = share;
    return share > 0 ? segment : null;
  });
  const mark = h("span", { class: "tw-mark" }, `u = ${step.u.toFixed(3)}`);
  mark.style.left = percent(step.u);
  if (step.u > 0.5) mark.classList.add("tw-left");
  return h("div", { class: "tw-draw", "aria-hidden": "true" },
    h("div", { class: "tw-marks" }, mark),
    h("div", { class: "tw-segments" }, segments),
    h("div", { class: "tw-axis" }, h("span", {}, "0"), h("span", {}, "survivors, cumulative"),
      h("span", {}, "1")));
}

function render(view) {
  const { data, get, set, control, open } = stage(view, "Decode loop of SmolLM2-135M-Instruct");
  const text = textPlace("sentence so far");
  const says = spoken();
  const strip = h("div");
  const grid = h("div");

  function draw() {
    const state = get();
    const step = stepAt(data, state);
    const picked = step.candidates[step.chosen];
    const reason = obstacle(data, state, step);
    fill(text, h("span", { class: "tw-muted" }, state.prompt),
      state.path.map((id) => h("span", { class: "tw-said" }, textOf(data, id))),
      h("span", { class: "tw-said tw-next" }, picked ? visible(picked.piece) : "?"));
    const alive = step.candidates.filter(({ lost }) => !lost).length;
    const many = step.rest_after > 0 ? `more than ${alive}` : countText(alive);
    const drew = picked
      ? ` draws “${visible(picked.piece)}” (${probabilityText(picked.after)}).` : ".";
    says.textContent = `Token ${state.path.length + 1}: ${many} of ${countText(data.vocab)} ` +
      `candidates survive; u = ${step.u.toFixed(3)}${drew} ${reason}`;
    says.dataset.chosen = picked ? picked.id : "none";
    fill(strip, drawLine(step));
    fill(grid, candidateTable(data, step));
    able(forward, !reason, reason);
    able(play, !reason, reason);
    able(back, state.path.length > 0, "No token has been chosen yet.");
  }

  const blocked = () => obstacle(data, get(), stepAt(data, get()));
  function advance() {
    if (blocked()) return false;
    const step = stepAt(data, get());
    set({ path: [...get().path, step.candidates[step.chosen].id] });
    return !blocked();
  }
  const end = () => {
    while (advance());
  };
  const { play, reset, stop } = player({
    tick: advance, wait: () => 1100, end, rewind: () => set({ path: [] }), says,
  });
  const forward = button("Step", advance);
  const back = button("Back", () => set({ path: get().path.slice(0, -1) }));

  const chats = new Set(data.prompts.filter(({ chat }) => chat).map((entry) => entry.text));
  const prompt = select({
    name: "prompt", label: "Prompt", value: get().prompt,
    values: data.prompts.map((entry) => entry.text),
    text: (asked) => (chats.has(asked) ? `${asked} (as a chat)` : asked),
    onchange: (asked) => set({ prompt: asked, path: [] }),
  });
  const limit = (off) => (value) => (value === off ? "off" : String(value));
  const sliders = {
    temperature: control(slider, "temperature", "Temperature", (t) => t.toFixed(1)),
    top_k: control(slider, "top_k", "Top-k", limit(null)),
    top_p: control(slider, "top_p", "Top-p", limit(1)),
    min_p: control(slider, "min_p", "Min-p", limit(0)),
    seed: control(slider, "seed", "Seed"),
  };
  return open([
    prompt.element, text, strip, buttons(forward, play, back, reset), says, panel(sliders), grid,
  ], { controls: { prompt, ...sliders }, draw, stop });
}

export default { render };
