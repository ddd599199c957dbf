// SIM-09. Looks up what tiling.py tabulated; the only arithmetic is sums and ratios.

const [TOP, CELL] = [20, 30]; // pixels above a picture, and of a score in the walk
const signed = (x, places) => (x < 0 ? "\u2212" : "") + fixed(Math.abs(x), places);

function shownAt(data, state) {
  const at = (name) => data.grid[name].indexOf(state[name]);
  const [n, q, kv, d, causal] = ["tokens", "q_tile", "kv_tile", "d_head", "causal"].map(at);
  const chip = data.chips[state.chip];
  const [naive, naiveIntensity] = data.naive[n][d];
  const [flash, flashIntensity] = data.flash[n][d][causal][q][kv];
  const parts = data.parts[at("chip")][d][q][kv];
  return {
    matrix: data.matrix[n], naive, flash, times: ratio(naive, flash),
    naive_seconds: ratio(naive, chip.rate), flash_seconds: ratio(flash, chip.rate),
    naive_intensity: naiveIntensity, flash_intensity: flashIntensity,
    steps: data.steps[n][causal][q][kv], parts, sram: sum(parts),
    registers: data.registers[at("chip")][d][q][kv],
    unfit: data.unfit[at("chip")][d][q][kv],
  };
}

const line = (x1, x2, y1, y2) => shape("line", { x1, x2, y1, y2, class: "tw-grid" });
const box = (x, y, width, height, css) => shape("rect", { x, y, width, height, class: css });
const words = (x, y, text, anchor = "start", css = "") =>
  shape("text", { x, y, "text-anchor": anchor, class: css }, text);

const sideOf = (width) => Math.min(220, (width - 24) / 2);

// The score matrix twice, to scale: all of it in HBM, or one tile of it at a time on the chip.
function matrices(state, shown, width) {
  const side = sideOf(width);
  const right = side + 24;
  const unit = (tokens) => Math.min(side, ratio(tokens, state.tokens) * side);
  const [q, kv] = [unit(state.q_tile), unit(state.kv_tile)];
  const [rows, columns] = [state.q_tile, state.kv_tile].map((tile) => ratio(state.tokens, tile));
  const lines = (count, draw) => Array.from({ length: count <= 32 ? Math.ceil(count) + 1 : 0 },
    (_, i) => draw(Math.min(i * ratio(side, count), side)));
  const middle = Math.floor(rows / 2) * q;
  const across = state.causal ? Math.min(middle, side - kv) : Math.floor(columns / 2) * kv;
  const future = state.causal && shape("polygon", {
    points: `${right},${TOP} ${right + side},${TOP} ${right + side},${TOP + side}`,
    class: "tw-future",
  });
  return [
    words(0, 12, "naive: S and P in HBM"), words(right, 12, "flash: a tile in SRAM"),
    box(0, TOP, side, side, "tw-written"),
    words(side / 2, TOP + side / 2 + 4, bytesText(shown.matrix), "middle", "tw-bar-ink"),
    box(right, TOP, side, side, "tw-unwritten"), future,
    ...lines(rows, (y) => line(right, right + side, TOP + y, TOP + y)),
    ...lines(columns, (x) => line(right + x, right + x, TOP, TOP + side)),
    box(right, TOP + middle, side, Math.max(q, 2), "tw-swept"),
    box(right + across, TOP + middle, Math.max(kv, 2), Math.max(q, 2), "tw-tile"),
    words(0, TOP + side + 14, `${countText(state.tokens)} × ${countText(state.tokens)}`),
    words(right, TOP + side + 14, `${countText(state.q_tile)} × ${countText(state.kv_tile)}`),
  ];
}

const ROWS = [
  ["through HBM", "naive", "flash", bytesText],
  ["at the HBM’s rate", "naive_seconds", "flash_seconds", secondsText],
  ["FLOP for each byte", "naive_intensity", "flash_intensity", countText],
];

function tableRows(shown) {
  const cell = (name, value, text) =>
    h("td", { class: "tw-digits", "data-cell": name, "data-raw": value }, text(value));
  const blank = (text) => h("td", { class: "tw-digits" }, text);
  return [...ROWS.map(([label, naive, flash, text]) => h("tr", {},
    h("th", { scope: "row" }, label), cell(naive, shown[naive], text),
    cell(flash, shown[flash], text))),
  h("tr", {}, h("th", { scope: "row" }, "passes over N × N"), blank("4"), blank("0")),
  h("tr", {}, h("th", { scope: "row" }, "pairs of tiles"), blank("–"),
    cell("steps", shown.steps, countText))];
}

function sramStory(data, state, shown) {
  const { sram, registers, memory, label } = data.chips[state.chip];
  const needs = `Tiles of ${state.q_tile} × ${state.kv_tile} need ${bytesText(shown.sram)} of the ` +
    `${bytesText(sram)} that a program may fill (${label}, ${memory})` + (registers
    ? ` and ${bytesText(shown.registers)} of ${bytesText(registers)} in registers` : "");
  const where = shown.sram > sram ? "the SRAM" : "the registers";
  return `${needs}: ${shown.unfit ? `too much for ${where}; ${shown.unfit}` : "they fit"}.`;
}

function trafficStory(data, state, shown) {
  const { ridge, label } = data.chips[state.chip];
  const bound = `${shown.flash_intensity < ridge ? "still" : "no longer"} waits for HBM`;
  return `Naive moves ${countText(shown.times)} times as many bytes as flash. By this count flash ` +
    `${bound}: ${countText(shown.flash_intensity)} FLOP/B; ridge of the ${label}: ${countText(ridge)}.`;
}

// ---- the walk over eight tokens ----

function walkAt(data, state) {
  const walk = data.walks[data.grid.example.indexOf(state.example)][state.causal ? 0 : 1];
  return { ...walk, now: Math.min(state.cursor, walk.steps.length) };
}

// What each row knows after the steps so far.
function rowsAt(walk) {
  const rows = walk.scores.map(() => null);
  for (const { rows: [from], m, l, o } of walk.steps.slice(0, walk.now)) {
    m.forEach((top, i) => (rows[from + i] = { m: top, l: l[i], o: o[i] }));
  }
  return rows;
}

function scoreGrid(walk, width) {
  const side = Math.min(CELL, (width - 30) / 8);
  const step = walk.steps[walk.now - 1];
  const done = walk.steps.slice(0, walk.now);
  const inside = ({ rows, keys }, r, c) =>
    rows[0] <= r && r < rows[1] && keys[0] <= c && c < keys[1];
  const cells = walk.scores.flatMap((row, r) => row.flatMap((score, c) => {
    const css = step && inside(step, r, c) ? "tw-tile"
      : done.some((one) => inside(one, r, c)) ? "tw-swept" : "tw-unwritten";
    const seen = css !== "tw-unwritten" && score !== null;
    const [x, y] = [24 + c * side, TOP + r * side];
    return [box(x, y, side, side, `${css} tw-square`),
      words(x + side / 2, y + side / 2 + 4, seen ? signed(score, 1) : "", "middle",
        css === "tw-tile" ? "tw-bar-ink" : "")];
  }));
  return [...cells, ...walk.scores.flatMap((_, i) => [
    words(18, TOP + (i + 0.5) * side + 4, `q${i}`, "end"),
    words(24 + (i + 0.5) * side, 14, `k${i}`, "middle")])];
}

function walkRow(walk, row, r) {
  const step = walk.steps[walk.now - 1];
  const now = step && step.rows[0] <= r && r < step.rows[1];
  const finished = walk.now === walk.steps.length;
  const text = (numbers) => numbers.map((x) => signed(x, 3)).join(", ");
  const numbers = row === null ? ["–", "–", "–"]
    : [[row.m], [row.l], finished ? walk.out[r] : row.o].map(text);
  return h("tr", { class: now && !finished && "tw-picked" }, h("th", { scope: "row" }, `q${r}`),
    numbers.map((shown, i) =>
      h("td", { class: "tw-digits", "data-walk": `${"mlo"[i]}-${r}` }, shown)));
}

function walkStory(walk) {
  const total = walk.steps.length;
  if (walk.now === 0) return `Nothing is read yet. ${plural(total, "tile")} to come.`;
  const { rows, keys, scale } = walk.steps[walk.now - 1];
  const where = `Tile ${walk.now} of ${total}: queries ${rows[0]} to ${rows[1] - 1} meet keys ` +
    `${keys[0]} to ${keys[1] - 1}.`;
  if (walk.now === total) {
    return `${where} The last: each row’s o is divided by its ℓ and written as O. It equals ` +
      "softmax(QKᵀ)V of the whole rows.";
  }
  if (keys[0] === 0) return `${where} New rows: m, ℓ and o start here.`;
  const grown = scale.findIndex((factor) => factor < 1);
  return grown < 0 ? `${where} No row’s maximum grew: ℓ and o only add.`
    : `${where} A larger score came: ℓ and o of before shrink by e^(old m − new m), in row ` +
      `q${rows[0] + grown} to ${probabilityText(scale[grown])}.`;
}

function render({ model, el }) {
  const data = model.get("data");
  const get = () => model.get("state");
  const chart = h("div", { class: "tw-chart tw-tiling" });
  const grid = h("div", { class: "tw-chart tw-walk" });
  const [rows, walked] = [h("tbody"), h("tbody")];
  const says = h("p", { class: "tw-story tw-short", "aria-live": "polite" });
  const room = h("p", { class: "tw-story tw-short", "aria-live": "polite" });
  const told = h("p", { class: "tw-story", "aria-live": "polite" });
  const stack = h("div", { class: "tw-stack", "aria-hidden": "true" });
  const last = h("th", { scope: "col", class: "tw-digits" });

  function drawRoom(state, shown) {
    const whole = Math.max(data.chips[state.chip].sram, shown.sram);
    stack.classList.toggle("tw-over", shown.unfit !== "");
    fill(stack, shown.parts.map((size, i) => {
      const part = h("span", { class: `tw-part tw-job-${i % 6}` });
      part.style.width = `${100 * ratio(size, whole)}%`;
      return size > 0 && part;
    }));
    room.textContent = sramStory(data, state, shown);
    Object.assign(room.dataset, { cell: "sram", raw: shown.sram });
  }

  function drawWalk(state) {
    const walk = walkAt(data, state);
    told.textContent = walkStory(walk);
    last.textContent = walk.now === walk.steps.length ? "O = o ÷ ℓ" : "o, not yet divided";
    fill(walked, rowsAt(walk).map((row, r) => walkRow(walk, row, r)));
    paint(grid, TOP + 8 * CELL + 4, `Scores. ${told.textContent}`, (w) => scoreGrid(walk, w));
    able(forward, walk.now < walk.steps.length, "The last tile is done: press Start over.");
    able(back, walk.now > 0, "Nothing is read yet.");
  }

  function draw() {
    const state = get();
    const shown = shownAt(data, state);
    says.textContent = trafficStory(data, state, shown);
    drawRoom(state, shown);
    fill(rows, tableRows(shown));
    paint(chart, (width) => TOP + sideOf(width) + 22, `Two score matrices. ${says.textContent}`,
      (width) => matrices(state, shown, width));
    drawWalk(state);
  }

  const go = (where) => () => keep(model, { cursor: where(walkAt(data, get())) });
  const forward = button("Next tile", go(({ now }) => now + 1));
  const back = button("Back", go(({ now }) => now - 1));
  const reset = button("Start over", go(() => 0));
  const end = button("To the end", go(({ steps }) => steps.length));
  const control = (kind, name, label, text) => kind({
    name, label, values: data.grid[name], value: get()[name], text,
    onchange: (value) => keep(model, name === "example" ? { [name]: value, cursor: 0 }
      : { [name]: value }),
  });
  const controls = {
    chip: control(select, "chip", "Chip", (name) => data.chips[name].label),
    causal: control(select, "causal", "Mask", (on) => (on ? "causal" : "none")),
    tokens: control(slider, "tokens", "Sequence length", countText),
    d_head: control(slider, "d_head", "Head dimension", countText),
    q_tile: control(slider, "q_tile", "Query tile", countText),
    kv_tile: control(slider, "kv_tile", "Key tile", countText),
    example: control(select, "example", "Tiles of the walk", String),
  };
  const { chip, causal, example, ...sliders } = controls;
  const head = (labels) => labels.map((label) =>
    h("th", { scope: "col", class: "tw-digits" }, label));
  fill(el,
    h("p", { class: "tw-title" }, "Attention tile by tile"),
    h("div", { class: "tw-controls tw-wide" }, elements({ chip, causal })),
    h("div", { class: "tw-controls" }, elements(sliders)),
    chart,
    h("table", { class: "tw-candidates tw-loads tw-pieces" }, h("thead", {}, h("tr", {},
      h("th", { scope: "col" }, "One head"), head(["naive", "flash"]))), rows),
    says, stack, h("p", { class: "tw-note" }, data.parts_names.slice(0, 5).map((name, i) =>
      h("span", { class: "tw-key" }, h("span", { class: `tw-swatch tw-job-${i}` }), ` ${name}`))),
    room,
    h("p", { class: "tw-note" }, NOTE),
    h("p", { class: "tw-title tw-part-title" }, "Eight tokens, tile by tile"),
    h("div", { class: "tw-controls tw-wide" }, example.element),
    h("div", { class: "tw-buttons" }, forward, back, reset, end), told,
    h("div", { class: "tw-beside" }, grid,
      h("table", { class: "tw-candidates tw-loads tw-rows" }, h("thead", {}, h("tr", {},
        h("th", { scope: "col" }, "Row"), head(["m", "ℓ"]), last)), walked)));
  el.classList.add("tw-widget");
  return followChart(model, { chart, controls, draw });
}

const NOTE = "One head in bf16, keys and values read again for each query tile, counted as the " +
  "algorithm is written: a GPU’s L2 cache catches part of that. On GPUs scores, o, m and ℓ " +
  "stand in registers; on the TPU all is in VMEM, twice where the next tile arrives meanwhile.";

export default { render };
