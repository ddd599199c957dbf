// The paging puzzle. The rules are those of hand_placement.py; its search found the optimum.

const CELL = 13; // pixels of a cell, so that 16 fit beside the words of a phone
const [TOP, FLOOR] = [4, 18]; // pixels above the cells and below
const pagesFor = (tokens, page) => Math.ceil(tokens / page);
const pageText = (page) =>
  (page === null ? "one piece" : `blocks of ${plural(page, "cell")}`);

// Who is in memory when a request comes, and where its piece starts.
function heldAt(puzzle, moves, request) {
  const [now] = puzzle.stays[request];
  return moves.slice(0, request).flatMap((start, i) => {
    const [arrival, steps] = puzzle.stays[i];
    return start !== null && arrival + steps > now ? [{ i, start }] : [];
  });
}

function refusalAt(data, puzzle, state, start) {
  const request = state.moves.length;
  const [, , tokens] = puzzle.stays[request];
  const held = heldAt(puzzle, state.moves, request);
  if (state.page !== null) {
    const needs = pagesFor(tokens, state.page);
    const taken = sum(held.map(({ i }) => pagesFor(puzzle.stays[i][2], state.page)));
    const free = Math.floor(puzzle.cells / state.page) - taken;
    if (needs > free) return `needs ${needs} blocks, ${free} free`;
    const left = puzzle.entries - taken;
    return needs > left ? `needs ${needs} entries, ${left} left` : "";
  }
  if (start + tokens > puzzle.cells) return "beyond the last cell";
  const other = held.find(({ i, start: from }) =>
    from < start + tokens && start < from + puzzle.stays[i][2]);
  return other ? `in the way of ${data.names[other.i]}` : "";
}

const totalOf = (puzzle, moves) => sum(moves.map((start, i) =>
  (start === null ? 0 : puzzle.stays[i][1] * puzzle.stays[i][2])));

// The cells of each placed request. Pages: the lowest that are free, for the eye only.
function cellsOf(puzzle, { page, moves }) {
  const taken = [];
  moves.forEach((start, i) => {
    const tokens = puzzle.stays[i][2];
    if (start === null) taken.push([]);
    else if (page === null) taken.push(range(tokens).map((k) => start + k));
    else {
      const busy = heldAt(puzzle, moves, i).flatMap(({ i: other }) => taken[other].pages);
      const pages = range(Math.floor(puzzle.cells / page)).filter((k) => !busy.includes(k))
        .slice(0, pagesFor(tokens, page));
      const cells = pages.flatMap((k) => range(page).map((c) => k * page + c));
      taken.push(Object.assign(cells, { pages, tokens }));
    }
  });
  return taken;
}

// Neighbouring cells as one bar: first cell and number of them.
function runs(cells) {
  const found = [];
  for (const cell of [...cells].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last && cell === last[0] + last[1]) last[1] += 1;
    else found.push([cell, 1]);
  }
  return found;
}

function board(data, puzzle, state, { width, chosen, reason }) {
  const { page, moves } = state;
  const steps = Math.max(...puzzle.stays.map(([arrival, length]) => arrival + length));
  const x = axis([0, steps], [26, width - 4]);
  const y = (cell) => TOP + cell * CELL;
  const held = (request, [cell, count], css) => {
    const [arrival, length] = puzzle.stays[request];
    const [from, to] = [x(arrival), x(arrival + length)];
    return box(from + 1, y(cell) + 1, to - from - 2, count * CELL - 2, css, { rx: 3 });
  };
  const every = page ?? 1;
  const lines = rowLines({ left: x(0), right: x(steps), top: TOP },
    Math.floor(puzzle.cells / every), every * CELL);
  const bars = cellsOf(puzzle, state).flatMap((mine, i) => {
    const used = runs(mine.slice(0, puzzle.stays[i][2]));
    const [arrival, length] = puzzle.stays[i];
    return [
      ...runs(mine.slice(puzzle.stays[i][2])).map((run) => held(i, run, `tw-job-${i} tw-idle`)),
      ...used.map((run) => held(i, run, `tw-job-${i}`)),
      used.length > 0 && words(x(arrival + length / 2), y(used[0][0] + used[0][1] / 2) + 4,
        data.names[i], "middle", "tw-bar-ink"),
    ];
  });
  const next = puzzle.stays[moves.length];
  const wish = next && page === null && chosen + next[2] <= puzzle.cells &&
    held(moves.length, [chosen, next[2]], reason ? "tw-wish tw-clash" : "tw-wish");
  const floor = y(puzzle.cells);
  return [...lines, words(20, TOP + 10, "1", "end"), words(20, floor - 2, puzzle.cells, "end"),
    next && line(x(next[0]), TOP, x(next[0]), floor, "tw-end"), ...bars, wish,
    words(x(0), floor + 13, "step 0"), words(x(steps), floor + 13, String(steps), "end")];
}

function story(data, puzzle, state, { chosen, reason }) {
  const { moves, page } = state;
  const [at] = placesOf(data, state, "page");
  if (moves.length === puzzle.stays.length) {
    const total = totalOf(puzzle, moves);
    const most = puzzle.best[at];
    if (total === most) {
      return `All decided at the optimum for ${pageText(page)}: ${countText(total)} token-steps.`;
    }
    return `All decided: ${countText(total)} token-steps; the optimum for ${pageText(page)} is ` +
      `${countText(most)}. Your score: ${probabilityText(total / most)}.`;
  }
  const [arrival, steps, tokens] = puzzle.stays[moves.length];
  const name = data.names[moves.length];
  const where = page === null ? ` at cell ${chosen + 1}` : "";
  return `Step ${arrival}: ${name} comes with ${plural(tokens, "token")} for ` +
    `${plural(steps, "step")}. ${reason ? `It cannot go in${where}: ${reason}.`
      : `It can go in${where}.`}`;
}

const RULES = "Decide on each request when it comes, for good. In one piece it needs neighbouring " +
  "cells; in blocks any free ones, but whole blocks (pale: held, but empty), each with one of the " +
  "few entries of the tables. Goal: the most token-steps (tokens times steps) held.";

const COLUMNS = [["first", "first fit"], ["best", "at best"], ["yours", "yours"]];

function rivals(data, puzzle, state) {
  const done = state.moves.length === puzzle.stays.length;
  return data.grid.page.map((page, i) => {
    const chosen = page === state.page;
    const yours = chosen && done ? totalOf(puzzle, state.moves) : null;
    const totals = { first: puzzle.first[i], best: puzzle.best[i], yours };
    return row(pageText(page), COLUMNS.map(([name]) =>
      numberCell(`${name}-${i}`, totals[name], countText)), { chosen });
  });
}

function stayRow(data, puzzle, state, i) {
  const { moves } = state;
  const tokens = puzzle.stays[i][2];
  const fate = i > moves.length ? "to come" : i === moves.length ? "decide"
    : moves[i] === null ? "turned away"
      : state.page === null ? `cell ${moves[i] + 1}`
        : plural(pagesFor(tokens, state.page), "block");
  return row([swatch(`tw-job-${i}`), ` ${data.names[i]}`],
    [puzzle.stays[i].map((count) => digits(countText(count))), digits(fate, { "data-fate": i })],
    { chosen: i === moves.length });
}

// What the counters say: cells and table entries that nobody holds when the next request comes.
function countsAt(puzzle, { page, moves }) {
  const total = totalOf(puzzle, moves);
  if (moves.length === puzzle.stays.length) return { total };
  const tokens = heldAt(puzzle, moves, moves.length).map(({ i }) => puzzle.stays[i][2]);
  if (page === null) return { total, free: puzzle.cells - sum(tokens) };
  const pages = sum(tokens.map((count) => pagesFor(count, page)));
  return { total, free: puzzle.cells - pages * page, entries: puzzle.entries - pages };
}

function render(view) {
  const { data, get, set, control, open, redraw } = stage(view, "Fill the memory");
  const now = () => data.puzzles[get().puzzle];
  const shown = counters({
    total: ["token-steps held", countText],
    free: ["free cells now", countText],
    entries: ["table entries left", countText],
  });
  const says = spoken();
  const chart = chartPlace("tw-board");
  const stays = table(["Request", "comes at", "steps", "tokens", "fate"], { css: "tw-stays" });
  const scores = table(["Memory", ...COLUMNS.map(([, label]) => label)],
    { css: "tw-fluid tw-named", caption: "Token-steps held" });
  let chosen = 0; // the cell that the slider points at; it is nobody's state until placed

  const decide = (move) => set({ moves: [...get().moves, move] });
  const place = button("Place", () => decide(get().page === null ? chosen : 0));
  const away = button("Turn away", () => decide(null));
  const made = moveButtons("moves", {
    get, set, first: "Decide on all yourself first.",
    best: () => {
      const [at] = placesOf(data, get(), "page");
      return { moves: now().moves[at] };
    },
  });

  function draw() {
    const state = get();
    const puzzle = now();
    const done = state.moves.length === puzzle.stays.length;
    const reason = done ? "" : refusalAt(data, puzzle, state, chosen);
    says.textContent = story(data, puzzle, state, { chosen, reason });
    shown.set(countsAt(puzzle, state));
    stays.set(puzzle.stays.map((_, i) => stayRow(data, puzzle, state, i)));
    scores.set(rivals(data, puzzle, state));
    paint(chart, TOP + puzzle.cells * CELL + FLOOR, `Cells over steps. ${says.textContent}`,
      (width) => board(data, puzzle, state, { width, chosen, reason }));
    able(place, !done && !reason, done ? "All are decided." : reason);
    able(away, !done, "All are decided.");
    made.draw(done);
    able(cell.input, state.page === null, "Any free blocks will do.");
  }

  const anew = () => ({ moves: [] });
  const controls = {
    puzzle: control(select, "puzzle", "Puzzle", (name) => data.puzzles[name].label, anew),
    page: control(select, "page", "Memory", pageText, anew),
  };
  const cell = slider({
    name: "cell", label: "First cell", value: 0, text: (at) => String(at + 1),
    values: range(now().cells),
    onchange: (at) => {
      chosen = at;
      redraw();
    },
  });
  return open([
    panel(controls, "tw-wide"), note(RULES), chart, panel({ cell }), says,
    buttons(place, away, made.all), shown.element,
    folded("Every request", stays.element, { wide: true }),
    folded("Scores", scores.element, { wide: true }),
  ], { controls, draw, chart });
}

export default { render };
