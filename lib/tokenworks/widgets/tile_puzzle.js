// The tiling puzzle. Every choice was tabulated by tile_puzzle.py from cost/attention.py.

const [LEFT, HEAD, FOOT] = [52, 18, 20];
const sideOf = ({ keys }, width) => Math.min(26, (width - LEFT - 4) / keys.length);

// What one choice needs and moves; `fits` is the only judgement made here.
function choiceAt(puzzle, [order, q, kv]) {
  const sram = puzzle.sram[q][kv];
  const bytes = puzzle.bytes[order][q][kv];
  return { sram, bytes, fits: sram <= puzzle.limit, score: puzzle.best.bytes / bytes };
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
  const cells = queries.flatMap((_, q) => keys.flatMap((_, kv) => {
    const one = [state.order, q, kv];
    const known = all || state.tries.some((other) => same(one, other));
    const { fits, score } = choiceAt(puzzle, one);
    const css = !known ? "tw-unwritten" : fits ? "tw-tile" : "tw-beyond";
    return [
      box(x(kv) + 1, y(q) + 1, side - 2, side - 2, css, {
        "fill-opacity": known && fits ? fixed(0.15 + 0.85 * score, 3) : 1,
      }),
      q === state.q && kv === state.kv && box(x(kv), y(q), side, side, "tw-wish"),
    ];
  }));
  const every = Math.ceil(keys.length / 8);
  return [
    words(LEFT, 11, "key tile →"), words(2, 11, "query ↓"), ...cells,
    ...queries.map((size, q) => words(LEFT - 5, y(q) + side / 2 + 4, countText(size), "end")),
    ...keys.map((size, kv) => kv % every === 0 && words(x(kv) + side / 2,
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

const RULES = "Choose which tiles stay on the chip while the others pass by, and how large they " +
  "are. They must fit together; the fewest bytes through HBM win. A square of the map is a pair " +
  "of tiles: the fuller, the fewer bytes; red does not fit.";

function tryRow(data, puzzle, one, i) {
  const { bytes, fits, score } = choiceAt(puzzle, one);
  return row(tilesText(puzzle, one), [
    h("td", {}, data.orders[one[0]]),
    numberCell(`bytes-${i}`, fits ? bytes : null, bytesText, "does not fit"),
    numberCell(`score-${i}`, fits ? score : null, probabilityText),
  ]);
}

function render(view) {
  const { data, get: held, set, control, open } = stage(view, "Tile it yourself");
  const get = () => { // Python may change the puzzle to one with fewer tiles
    const { q, kv, ...state } = held();
    const { queries, keys } = data.puzzles[state.puzzle];
    return { ...state, q: Math.min(q, queries.length - 1), kv: Math.min(kv, keys.length - 1) };
  };
  const now = () => data.puzzles[get().puzzle];
  const given = sentence("tw-short");
  const says = spoken();
  const room = stack();
  const chart = chartPlace("tw-board");
  const sliders = panel({});
  const tried = table(["Tiles", heading("order", ""), "moves", "score"],
    { css: "tw-fluid tw-short-named" });
  const shown = counters({
    sram: ["SRAM needed", bytesText],
    limit: ["SRAM there is", bytesText],
    best: ["your best score", probabilityText],
  });
  let made = null; // the puzzle whose tile sizes the sliders hold
  let tiles = {};

  function makeSliders(puzzle, state) {
    made = state.puzzle;
    const one = (name, label, sizes) => slider({
      name, label, values: range(sizes.length), value: state[name],
      text: (i) => countText(sizes[i]), onchange: (i) => set({ [name]: i }),
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
    tiles.q.set(state.q);
    tiles.kv.set(state.kv);
    const { sram, fits } = choiceAt(puzzle, [state.order, state.q, state.kv]);
    const best = bestTry(puzzle, state.tries);
    given.textContent = puzzle.says;
    says.textContent = story(puzzle, state);
    shown.set({ sram, limit: puzzle.limit, best });
    room.set([[Math.min(1, sram / puzzle.limit), "tw-kv"]], !fits);
    tried.set(state.tries.map((one, i) => tryRow(data, puzzle, one, i)).reverse());
    const tall = (width) => HEAD + sideOf(puzzle, width) * puzzle.queries.length + FOOT;
    paint(chart, tall, `Tiles tried. ${says.textContent}`, (width) => map(puzzle, state, width));
    played.draw(best !== null);
  }

  function attempt(one) {
    const [order, q, kv] = one;
    const tries = get().tries.filter((other) => !same(one, other));
    return { order, q, kv, tries: [...tries, one] };
  }

  const tryIt = button("Try", () => set(attempt([get().order, get().q, get().kv])));
  const played = moveButtons("tries", {
    get, set, first: "Find one that fits yourself first.", best: () => attempt(bestOf(now())),
  });
  const controls = {
    puzzle: control(select, "puzzle", "Puzzle", (name) => data.puzzles[name].label,
      () => ({ q: 0, kv: 0, tries: [] })),
    order: control(select, "order", "Order", (name) => data.orders[name]),
  };
  return open([
    panel(controls, "tw-wide"), given, note(RULES), sliders, room.element, says,
    buttons(tryIt, played.all), shown.element,
    h("div", { class: "tw-beside" }, chart, tried.element),
  ], { controls, draw, chart });
}

export default { render };
