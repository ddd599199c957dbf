// The paging puzzle. The rules are those of hand_placement.py; its search found the optimum.

const CELL = 13; // pixels of a cell, so that 16 fit beside the words of a phone
const FLOOR = 18;
const pagesFor = (tokens, page) => Math.ceil(tokens / page);
const pageText = (page) =>
  (page === null ? "one piece" : `pages of ${plural(page, "cell")}`);

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
    if (needs > free) return `needs ${needs} pages, ${free} free`;
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
    else if (page === null) taken.push(Array.from({ length: tokens }, (_, k) => start + k));
    else {
      const busy = heldAt(puzzle, moves, i).flatMap(({ i: other }) => taken[other].pages);
      const all = Array.from({ length: Math.floor(puzzle.cells / page) }, (_, k) => k);
      const pages = all.filter((k) => !busy.includes(k)).slice(0, pagesFor(tokens, page));
      const cells = pages.flatMap((k) => Array.from({ length: page }, (_, c) => k * page + c));
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

function scales(puzzle, width) {
  const steps = Math.max(...puzzle.stays.map(([arrival, length]) => arrival + length));
  const x = (step) => 26 + (step / steps) * (width - 30);
  return { steps, x, y: (cell) => 4 + cell * CELL };
}

function board(data, puzzle, state, { width, chosen, reason }) {
  const { steps, x, y } = scales(puzzle, width);
  const { page, moves } = state;
  const line = (x1, x2, y1, y2, css) => shape("line", { x1, x2, y1, y2, class: css });
  const text = (at, up, words, anchor, css = "") =>
    shape("text", { x: at, y: up, "text-anchor": anchor, class: css }, words);
  const bar = (request, [cell, count], css) => {
    const [arrival, length] = puzzle.stays[request];
    return shape("rect", {
      x: x(arrival) + 1, width: x(arrival + length) - x(arrival) - 2, rx: 3,
      y: y(cell) + 1, height: count * CELL - 2, class: css,
    });
  };
  const every = page ?? 1;
  const lines = Array.from({ length: Math.floor(puzzle.cells / every) + 1 }, (_, i) =>
    line(x(0), x(steps), y(i * every), y(i * every), "tw-grid"));
  const cells = cellsOf(puzzle, state);
  const bars = cells.flatMap((mine, i) => {
    const used = runs(mine.slice(0, puzzle.stays[i][2]));
    const [arrival, length] = puzzle.stays[i];
    return [
      ...runs(mine.slice(puzzle.stays[i][2])).map((run) => bar(i, run, `tw-job-${i} tw-idle`)),
      ...used.map((run) => bar(i, run, `tw-job-${i}`)),
      used.length > 0 && text(x(arrival + length / 2), y(used[0][0] + used[0][1] / 2) + 4,
        data.names[i], "middle", "tw-bar-ink"),
    ];
  });
  const next = puzzle.stays[moves.length];
  const wish = next && page === null && chosen + next[2] <= puzzle.cells &&
    bar(moves.length, [chosen, next[2]], reason ? "tw-wish tw-clash" : "tw-wish");
  const floor = y(puzzle.cells);
  return [...lines, text(20, y(0) + 10, "1", "end"), text(20, floor - 2, puzzle.cells, "end"),
    next && line(x(next[0]), x(next[0]), y(0), floor, "tw-end"), ...bars, wish,
    text(x(0), floor + 13, "step 0", "start"), text(x(steps), floor + 13, String(steps), "end")];
}

function story(data, puzzle, state, { chosen, reason }) {
  const { moves, page } = state;
  const at = data.grid.page.indexOf(page);
  if (moves.length === puzzle.stays.length) {
    const total = totalOf(puzzle, moves);
    const most = puzzle.best[at];
    if (total === most) {
      return `All decided at the optimum for ${pageText(page)}: ${countText(total)} token-steps.`;
    }
    return `All decided: ${countText(total)} token-steps; the optimum for ${pageText(page)} is ` +
      `${countText(most)}. Your score: ${probabilityText(ratio(total, most))}.`;
  }
  const [arrival, steps, tokens] = puzzle.stays[moves.length];
  const name = data.names[moves.length];
  const where = page === null ? ` at cell ${chosen + 1}` : "";
  return `Step ${arrival}: ${name} comes with ${plural(tokens, "token")} for ` +
    `${plural(steps, "step")}. ${reason ? `It cannot go in${where}: ${reason}.`
      : `It can go in${where}.`}`;
}

const RULES = "Decide on each request when it comes, for good: place it for its whole stay or " +
  "turn it away. Memory is 16 cells of one token. In one piece a request needs neighbouring " +
  "cells; in pages any free ones will do, but whole pages only (pale: held, but empty), and each " +
  "page takes one of the few entries of the tables. Goal: the most token-steps (tokens " +
  "times steps) held, the least waste.";

const COLUMNS = [["first", "first fit"], ["best", "at best"], ["yours", "yours"]];

function rivals(data, puzzle, state) {
  const done = state.moves.length === puzzle.stays.length;
  const yours = done ? totalOf(puzzle, state.moves) : null;
  return data.grid.page.map((page, i) => h("tr", { class: page === state.page && "tw-picked" },
    h("th", { scope: "row" }, pageText(page)),
    [puzzle.first[i], puzzle.best[i], page === state.page ? yours : null].map((total, k) =>
      h("td", { class: "tw-digits", "data-cell": `${COLUMNS[k][0]}-${i}`, "data-raw": total ?? "" },
        total === null ? "–" : countText(total)))));
}

function stayRow(data, puzzle, state, i) {
  const { moves } = state;
  const [arrival, steps, tokens] = puzzle.stays[i];
  const fate = i > moves.length ? "to come" : i === moves.length ? "decide"
    : moves[i] === null ? "turned away"
      : state.page === null ? `cell ${moves[i] + 1}`
        : plural(pagesFor(tokens, state.page), "page");
  return h("tr", { class: i === moves.length && "tw-picked" },
    h("th", { scope: "row" }, h("span", { class: `tw-swatch tw-job-${i}` }), ` ${data.names[i]}`),
    [arrival, steps, tokens].map((n) => h("td", { class: "tw-digits" }, countText(n))),
    h("td", { class: "tw-digits", "data-fate": i }, fate));
}

function render({ model, el }) {
  const data = model.get("data");
  const get = () => model.get("state");
  const now = () => data.puzzles[get().puzzle];
  const counters = {
    total: counter("total", "token-steps held"),
    free: counter("free", "free cells now"),
    entries: counter("entries", "table entries left"),
  };
  const says = h("p", { class: "tw-story", "aria-live": "polite" });
  const chart = h("div", { class: "tw-chart tw-board" });
  const [stays, rows] = [h("tbody"), h("tbody")];
  let chosen = 0; // the cell that the slider points at; it is nobody's state until placed

  const replay = (moves) => keep(model, { moves });
  const decide = (move) => replay([...get().moves, move]);
  const place = button("Place", () => decide(get().page === null ? chosen : 0));
  const away = button("Turn away", () => decide(null));
  const back = button("Back", () => replay(get().moves.slice(0, -1)));
  const reset = button("Start over", () => replay([]));
  const reveal = button("Optimum", () =>
    replay(now().moves[data.grid.page.indexOf(get().page)]));

  function count(puzzle, state, done) {
    const held = done ? [] : heldAt(puzzle, state.moves, state.moves.length);
    const pages = state.page === null ? 0
      : sum(held.map(({ i }) => pagesFor(puzzle.stays[i][2], state.page)));
    const taken = state.page === null ? sum(held.map(({ i }) => puzzle.stays[i][2]))
      : pages * state.page;
    const total = totalOf(puzzle, state.moves);
    counters.total.set(countText(total), total);
    counters.free.set(done ? "–" : countText(puzzle.cells - taken), puzzle.cells - taken);
    const left = puzzle.entries - pages;
    counters.entries.set(done || state.page === null ? "–" : countText(left), left);
  }

  function draw() {
    const state = get();
    const puzzle = now();
    const done = state.moves.length === puzzle.stays.length;
    const reason = done ? "" : refusalAt(data, puzzle, state, chosen);
    says.textContent = story(data, puzzle, state, { chosen, reason });
    count(puzzle, state, done);
    fill(stays, puzzle.stays.map((_, i) => stayRow(data, puzzle, state, i)));
    fill(rows, rivals(data, puzzle, state));
    paint(chart, puzzle.cells * CELL + FLOOR + 4, `Cells over steps. ${says.textContent}`,
      (width) => board(data, puzzle, state, { width, chosen, reason }));
    able(place, !done && !reason, done ? "All are decided." : reason);
    able(away, !done, "All are decided.");
    able(back, state.moves.length > 0, "No move to take back.");
    able(reveal, done, "Decide on all yourself first.");
    able(cell.element.querySelector("input"), state.page === null, "Any free pages will do.");
  }

  const puzzle = select({
    name: "puzzle", label: "Puzzle", values: data.grid.puzzle, value: get().puzzle,
    text: (name) => data.puzzles[name].label,
    onchange: (name) => keep(model, { puzzle: name, moves: [] }),
  });
  const page = select({
    name: "page", label: "Memory", values: data.grid.page, value: get().page, text: pageText,
    onchange: (size) => keep(model, { page: size, moves: [] }),
  });
  const cell = slider({
    name: "cell", label: "First cell", value: 0, text: (at) => String(at + 1),
    values: Array.from({ length: now().cells }, (_, i) => i),
    onchange: (at) => {
      chosen = at;
      draw();
    },
  });
  const column = (label) => h("th", { scope: "col", class: "tw-digits" }, label);
  fill(el,
    h("p", { class: "tw-title" }, "Fill the memory"),
    h("div", { class: "tw-controls tw-wide" }, elements({ puzzle, page })),
    h("p", { class: "tw-note" }, RULES), chart,
    h("div", { class: "tw-controls" }, cell.element), says,
    h("div", { class: "tw-buttons" }, place, away, back, reset, reveal),
    h("div", { class: "tw-counters" }, elements(counters)),
    h("table", { class: "tw-candidates tw-stays" }, h("thead", {}, h("tr", {},
      h("th", { scope: "col" }, "Request"), ["comes at", "steps", "tokens", "fate"].map(column))),
    stays),
    h("table", { class: "tw-candidates tw-loads tw-pieces" }, h("caption", {}, "Token-steps held"),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Memory"),
        COLUMNS.map(([, label]) => column(label)))), rows));
  el.classList.add("tw-widget");
  return followChart(model, { chart, controls: { puzzle, page }, draw });
}

export default { render };
