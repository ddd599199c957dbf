// SIM-09. Looks up what tiling.py tabulated; the only arithmetic is sums and quotients.

const [TOP, CELL] = [20, 30]; // pixels above a picture, and of a score in the walk
const signed = (x, places) => (x < 0 ? "\u2212" : "") + fixed(Math.abs(x), places);

function shownAt(data, state) {
  const [n, q, kv, d, causal, place] =
    placesOf(data, state, "tokens", "q_tile", "kv_tile", "d_head", "causal", "chip");
  const chip = data.chips[state.chip];
  const [naive, naiveIntensity] = data.naive[n][d];
  const [flash, flashIntensity] = data.flash[n][d][causal][q][kv];
  const parts = data.parts[place][d][q][kv];
  return {
    matrix: data.matrix[n], naive, flash, times: naive / flash,
    naive_seconds: naive / chip.rate, flash_seconds: flash / chip.rate,
    naive_intensity: naiveIntensity, flash_intensity: flashIntensity,
    steps: data.steps[n][causal][q][kv], parts, sram: sum(parts),
    registers: data.registers[place][d][q][kv],
    unfit: data.unfit[place][d][q][kv],
  };
}

const sideOf = (width) => Math.min(220, (width - 24) / 2);

// The score matrix twice, to scale: all of it in HBM, or one tile of it at a time on the chip.
function matrices(state, shown, width) {
  const side = sideOf(width);
  const right = side + 24;
  const unit = (tokens) => Math.min(side, (tokens / state.tokens) * side);
  const [q, kv] = [unit(state.q_tile), unit(state.kv_tile)];
  const [rows, columns] = [state.q_tile, state.kv_tile].map((tile) => state.tokens / tile);
  const lines = (count, draw) => range(count <= 32 ? Math.ceil(count) + 1 : 0)
    .map((i) => draw(Math.min(i * (side / count), side)));
  const middle = Math.floor(rows / 2) * q;
  const across = state.causal ? Math.min(middle, side - kv) : Math.floor(columns / 2) * kv;
  const future = state.causal && shape("polygon", {
    points: points([[right, TOP], [right + side, TOP], [right + side, TOP + side]]),
    class: "tw-future",
  });
  return [
    words(0, 12, "naive: S and P in HBM"), words(right, 12, "flash: a tile in SRAM"),
    box(0, TOP, side, side, "tw-written"),
    words(side / 2, TOP + side / 2 + 4, bytesText(shown.matrix), "middle", "tw-bar-ink"),
    box(right, TOP, side, side, "tw-unwritten"), future,
    ...lines(rows, (y) => line(right, TOP + y, right + side, TOP + y)),
    ...lines(columns, (x) => line(right + x, TOP, right + x, TOP + side)),
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

const tableRows = (shown) => [
  ...ROWS.map(([label, naive, flash, text]) =>
    row(label, [naive, flash].map((name) => numberCell(name, shown[name], text)))),
  row("passes over N × N", [digits("4"), digits("0")]),
  row("pairs of tiles", [digits("–"), numberCell("steps", shown.steps, countText)]),
];

function sramStory(data, state, shown) {
  const { sram, registers, memory, label } = data.chips[state.chip];
  const needs = `Tiles of ${state.q_tile} × ${state.kv_tile} need ${bytesText(shown.sram)} of ` +
    `the ${bytesText(sram)} that a program may fill (${label}, ${memory})`;
  const also = registers
    ? ` and ${bytesText(shown.registers)} of ${bytesText(registers)} in registers` : "";
  const where = shown.sram > sram ? "the SRAM" : "the registers";
  const fits = shown.unfit ? `too much for ${where}; ${shown.unfit}` : "they fit";
  return `${needs}${also}: ${fits}.`;
}

function trafficStory(data, state, shown) {
  const { ridge, label } = data.chips[state.chip];
  const bound = `${shown.flash_intensity < ridge ? "still" : "no longer"} waits for HBM`;
  return `Naive moves ${countText(shown.times)} times as many bytes as flash. By this count ` +
    `flash ${bound}: ${countText(shown.flash_intensity)} FLOP/B; ridge of the ${label}: ` +
    `${countText(ridge)}.`;
}

// ---- the walk over eight tokens ----

function walkAt(data, state) {
  const [example] = placesOf(data, state, "example");
  const walk = data.walks[example][state.causal ? 0 : 1];
  const last = walk.steps.length;
  return { ...walk, last, now: Math.min(state.cursor, last) };
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

function walkRow(walk, known, r) {
  const step = walk.steps[walk.now - 1];
  const finished = walk.now === walk.last;
  const chosen = step && !finished && step.rows[0] <= r && r < step.rows[1];
  const text = (numbers) => numbers.map((x) => signed(x, 3)).join(", ");
  const shown = known === null ? ["–", "–", "–"]
    : [[known.m], [known.l], finished ? walk.out[r] : known.o].map(text);
  return row(`q${r}`, shown.map((one, i) => digits(one, { "data-walk": `${"mlo"[i]}-${r}` })),
    { chosen });
}

function walkStory(walk) {
  const total = walk.last;
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

const NOTE = "One head in bf16, keys and values read again for each query tile, counted as the " +
  "algorithm is written: a GPU’s L2 cache catches part of that. On GPUs scores, o, m and ℓ " +
  "stand in registers; on the TPU all is in VMEM, twice where the next tile arrives meanwhile.";

function render(view) {
  const { data, get, set, control, open } = stage(view, "Attention tile by tile");
  const chart = chartPlace("tw-tiling");
  const grid = chartPlace("tw-walk");
  const traffic = table(["One head", "naive", "flash"], { css: "tw-fluid tw-named" });
  const last = heading("");
  const walked = table(["Row", "m", "ℓ", last], { css: "tw-fluid tw-rows" });
  const says = spoken("tw-short");
  const fits = spoken("tw-short");
  const told = spoken();
  const room = stack();

  function drawRoom(state, shown) {
    const whole = Math.max(data.chips[state.chip].sram, shown.sram);
    const parts = shown.parts.map((size, i) => [size / whole, `tw-job-${i % 6}`]);
    room.set(parts.filter(([share]) => share > 0), shown.unfit !== "");
    fits.textContent = sramStory(data, state, shown);
    Object.assign(fits.dataset, { cell: "sram", raw: shown.sram });
  }

  function drawWalk(state) {
    const walk = walkAt(data, state);
    told.textContent = walkStory(walk);
    last.textContent = walk.now === walk.last ? "O = o ÷ ℓ" : "o, not yet divided";
    walked.set(rowsAt(walk).map((known, r) => walkRow(walk, known, r)));
    paint(grid, TOP + 8 * CELL + 4, `Scores. ${told.textContent}`, (w) => scoreGrid(walk, w));
    steps.draw();
  }

  function draw() {
    const state = get();
    const shown = shownAt(data, state);
    says.textContent = trafficStory(data, state, shown);
    drawRoom(state, shown);
    traffic.set(tableRows(shown));
    paint(chart, (width) => TOP + sideOf(width) + 22, `Two score matrices. ${says.textContent}`,
      (width) => matrices(state, shown, width));
    drawWalk(state);
  }

  const steps = stepper(set, () => walkAt(data, get()), {
    label: "Next tile", done: "The last tile is done: press Start over.",
    begun: "Nothing is read yet.",
  });
  const selects = {
    chip: control(select, "chip", "Chip", (name) => data.chips[name].label),
    causal: control(select, "causal", "Mask", (on) => (on ? "causal" : "none")),
  };
  const sliders = {
    tokens: control(slider, "tokens", "Sequence length", countText),
    d_head: control(slider, "d_head", "Head dimension", countText),
    q_tile: control(slider, "q_tile", "Query tile", countText),
    kv_tile: control(slider, "kv_tile", "Key tile", countText),
  };
  const example =
    control(select, "example", "Tiles of the walk", String, () => ({ cursor: 0 }));
  return open([
    panel(selects, "tw-wide"), panel(sliders), chart, traffic.element, says, room.element,
    legend(data.parts_names.slice(0, 5).map((name, i) => [`tw-job-${i}`, name])), fits, note(NOTE),
    h("p", { class: "tw-title tw-part-title" }, "Eight tokens, tile by tile"),
    panel({ example }, "tw-wide"), steps.element, told,
    h("div", { class: "tw-beside" }, grid, walked.element),
  ], { controls: { ...selects, ...sliders, example }, draw, chart });
}

export default { render };
