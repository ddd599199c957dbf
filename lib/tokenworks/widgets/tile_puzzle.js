// The tiling puzzle. Every choice was tabulated by tile_puzzle.py from cost/attention.py.

const [LEFT, HEAD, FOOT] = [52, 18, 20];
const sideOf = ({ keys }, width) => Math.min(26, (width - LEFT - 4) / keys.length);

// What one choice needs and moves; `fits` is the only judgement made here.
function choiceAt(puzzle, [order, q, kv]) {
  const sram = puzzle.sram[q][kv];
  const bytes = puzzle.bytes[order][q][kv];
  return { sram, bytes, fits: sram <= puzzle.limit, score: ratio(puzzle.best.bytes, bytes) };
}

const same = (one, other) => one.every((part, i) => part === other[i]);
const tilesText = (puzzle, [, q, kv]) =>
  `${countText(puzzle.queries[q])} × ${countText(puzzle.keys[kv])}`;
const bestOf = ({ best, queries, keys }) =>
  [best.order, queries.indexOf(best.q), keys.indexOf(best.kv)];

function bestTry(puzzle, tries) {
  const fitting = tries.map((one) => choiceAt(puzzle, one)).filter(({ fits }) => fits);
  return fitting.length ? Math.max(...fitting.map(({ score }) => score)) : null;
}

// One square for each pair of tiles: tried ones are the fuller the less they move.
function map(puzzle, state, width) {
  const { queries, keys } = puzzle;
  const side = sideOf(puzzle, width);
  const all = bestTry(puzzle, state.tries) === 1;
  const x = (kv) => LEFT + kv * side;
  const y = (q) => HEAD + q * side;
  const text = (at, up, words, anchor) =>
    shape("text", { x: at, y: up, "text-anchor": anchor }, words);
  const cells = queries.flatMap((_, q) => keys.flatMap((_, kv) => {
    const one = [state.order, q, kv];
    const tried = state.tries.some((other) => same(one, other));
    const { fits, score } = choiceAt(puzzle, one);
    const known = tried || all;
    const css = !known ? "tw-unwritten" : fits ? "tw-tile" : "tw-beyond";
    const cell = shape("rect", {
      x: x(kv) + 1, y: y(q) + 1, width: side - 2, height: side - 2, class: css,
      "fill-opacity": known && fits ? fixed(0.15 + 0.85 * score, 3) : 1,
    });
    const ring = q === state.q && kv === state.kv && shape("rect", {
      x: x(kv), y: y(q), width: side, height: side, class: "tw-wish",
    });
    return [cell, ring];
  }));
  const every = Math.ceil(keys.length / 8);
  return [
    text(LEFT, 11, "key tile →", "start"), text(2, 11, "query ↓", "start"), ...cells,
    ...queries.map((size, q) => text(LEFT - 5, y(q) + side / 2 + 4, countText(size), "end")),
    ...keys.map((size, kv) => kv % every === 0 && text(x(kv) + side / 2,
      y(queries.length) + 14, countText(size), "middle")),
  ];
}

function story(puzzle, state) {
  const one = [state.order, state.q, state.kv];
  const { bytes, fits, score, sram } = choiceAt(puzzle, one);
  const needs = `${tilesText(puzzle, one)} needs ${bytesText(sram)} of ${bytesText(puzzle.limit)}`;
  if (!state.tries.some((other) => same(one, other))) {
    return `${needs}. What will it move? Press Try.`;
  }
  if (!fits) return `${needs}: it does not fit.`;
  return score === 1
    ? `At the optimum: ${tilesText(puzzle, one)} moves ${bytesText(bytes)}, naive attention ` +
      `${bytesText(puzzle.naive)}.`
    : `${tilesText(puzzle, one)} moves ${bytesText(bytes)}. Your score: ${probabilityText(score)}.`;
}

const RULES = "Choose which tiles stay on the chip while the others pass by, and how large they are. " +
  "They must fit together; the fewest bytes through HBM win. A square of the map is a pair of " +
  "tiles: the fuller, the fewer bytes; red does not fit.";

function tryRow(data, puzzle, one, i) {
  const { bytes, fits, score } = choiceAt(puzzle, one);
  return h("tr", {}, h("th", { scope: "row" }, tilesText(puzzle, one)),
    h("td", {}, data.orders[one[0]]),
    h("td", { class: "tw-digits", "data-cell": `bytes-${i}`, "data-raw": fits ? bytes : "" },
      fits ? bytesText(bytes) : "does not fit"),
    h("td", { class: "tw-digits", "data-cell": `score-${i}`, "data-raw": fits ? score : "" },
      fits ? probabilityText(score) : "–"));
}

function render({ model, el }) {
  const data = model.get("data");
  const get = () => { // Python may change the puzzle to one with fewer tiles
    const { q, kv, ...state } = model.get("state");
    const { queries, keys } = data.puzzles[state.puzzle];
    return { ...state, q: Math.min(q, queries.length - 1), kv: Math.min(kv, keys.length - 1) };
  };
  const now = () => data.puzzles[get().puzzle];
  const given = h("p", { class: "tw-story tw-short" });
  const says = h("p", { class: "tw-story", "aria-live": "polite" });
  const stack = h("div", { class: "tw-stack", "aria-hidden": "true" });
  const chart = h("div", { class: "tw-chart tw-board" });
  const sliders = h("div", { class: "tw-controls" });
  const rows = h("tbody");
  const counters = {
    sram: counter("sram", "SRAM needed"),
    limit: counter("limit", "SRAM there is"),
    best: counter("best", "your best score"),
  };
  let made = null; // the puzzle whose tile sizes the sliders hold
  let tiles = {};

  function makeSliders(puzzle, state) {
    made = state.puzzle;
    const one = (name, label, values) => slider({
      name, label, values: values.map((_, i) => i), value: state[name],
      text: (i) => countText(values[i]), onchange: (i) => keep(model, { [name]: i }),
    });
    tiles = {
      q: one("q", "Query tile", puzzle.queries),
      kv: one("kv", "Key tile", puzzle.keys),
    };
    fill(sliders, elements(tiles));
  }

  function draw() {
    const state = get();
    const puzzle = now();
    if (made !== state.puzzle) makeSliders(puzzle, state);
    show(tiles, state);
    const { sram, fits } = choiceAt(puzzle, [state.order, state.q, state.kv]);
    const best = bestTry(puzzle, state.tries);
    given.textContent = puzzle.says;
    says.textContent = story(puzzle, state);
    counters.sram.set(bytesText(sram), sram);
    counters.limit.set(bytesText(puzzle.limit), puzzle.limit);
    counters.best.set(best === null ? "–" : probabilityText(best), best ?? "");
    stack.classList.toggle("tw-over", !fits);
    const part = h("span", { class: "tw-part tw-kv" });
    part.style.width = `${100 * Math.min(1, ratio(sram, puzzle.limit))}%`;
    fill(stack, part);
    fill(rows, state.tries.map((one, i) => tryRow(data, puzzle, one, i)).reverse());
    const tall = (width) => HEAD + sideOf(puzzle, width) * puzzle.queries.length + FOOT;
    paint(chart, tall, `Tiles tried. ${says.textContent}`, (width) => map(puzzle, state, width));
    able(back, state.tries.length > 0, "Nothing was tried.");
    able(reveal, best !== null, "Find one that fits yourself first.");
  }

  function attempt(one) {
    const [order, q, kv] = one;
    const tries = get().tries.filter((other) => !same(one, other));
    keep(model, { order, q, kv, tries: [...tries, one] });
  }

  const tryIt = button("Try", () => attempt([get().order, get().q, get().kv]));
  const back = button("Back", () => keep(model, { tries: get().tries.slice(0, -1) }));
  const reset = button("Start over", () => keep(model, { tries: [] }));
  const reveal = button("Optimum", () => attempt(bestOf(now())));
  const puzzle = select({
    name: "puzzle", label: "Puzzle", values: data.grid.puzzle, value: get().puzzle,
    text: (name) => data.puzzles[name].label,
    onchange: (name) => keep(model, { puzzle: name, q: 0, kv: 0, tries: [] }),
  });
  const order = select({
    name: "order", label: "Order", values: data.grid.order, value: get().order,
    text: (name) => data.orders[name], onchange: (name) => keep(model, { order: name }),
  });
  const head = [["Tiles", ""], ["order", ""], ["moves", "tw-digits"], ["score", "tw-digits"]];
  fill(el,
    h("p", { class: "tw-title" }, "Tile it yourself"),
    h("div", { class: "tw-controls tw-wide" }, elements({ puzzle, order })),
    given, h("p", { class: "tw-note" }, RULES), sliders, stack, says,
    h("div", { class: "tw-buttons" }, tryIt, back, reset, reveal),
    h("div", { class: "tw-counters" }, elements(counters)), chart,
    h("table", { class: "tw-candidates tw-loads tw-ways" }, h("thead", {}, h("tr", {},
      head.map(([label, css]) => h("th", { scope: "col", class: css }, label)))), rows));
  el.classList.add("tw-widget");
  return followChart(model, { chart, controls: { puzzle, order }, draw });
}

export default { render };
