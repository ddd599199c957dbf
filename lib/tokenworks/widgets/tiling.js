// SIM-09. Looks up what tiling.py tabulated; the only arithmetic is sums and quotients.

const TOP = 20; // pixels above a picture

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

const NOTE = "One head in bf16, keys and values read again for each query tile, counted as the " +
  "algorithm is written: a GPU’s L2 cache catches part of that. On GPUs scores, o, m and ℓ " +
  "stand in registers; on the TPU all is in VMEM, twice where the next tile arrives meanwhile.";

function render(view) {
  const { data, get, set, control, open } = stage(view, "Attention tile by tile");
  const chart = chartPlace("tw-tiling");
  const traffic = table(["One head", "naive", "flash"], { css: "tw-fluid tw-named" });
  const says = spoken("tw-short");
  const fits = sentence("tw-short");
  const room = stack();

  function drawRoom(state, shown) {
    const whole = Math.max(data.chips[state.chip].sram, shown.sram);
    const parts = shown.parts.map((size, i) => [size / whole, `tw-job-${i % 6}`]);
    room.set(parts.filter(([share]) => share > 0), shown.unfit !== "");
    fits.textContent = sramStory(data, state, shown);
    Object.assign(fits.dataset, { cell: "sram", raw: shown.sram });
  }

  function draw() {
    const state = get();
    const shown = shownAt(data, state);
    says.textContent = trafficStory(data, state, shown);
    drawRoom(state, shown);
    traffic.set(tableRows(shown));
    paint(chart, (width) => TOP + sideOf(width) + 22, `Two score matrices. ${says.textContent}`,
      (width) => matrices(state, shown, width));
  }

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
  return open([
    panel(selects, "tw-wide"), h("div", { class: "tw-beside" }, chart, traffic.element),
    panel(sliders), says, room.element,
    legend(data.parts_names.slice(0, 5).map((name, i) => [`tw-job-${i}`, name])), fits,
    folded("What is counted", note(NOTE)),
  ], { controls: { ...selects, ...sliders }, draw, chart });
}

export default { render };
