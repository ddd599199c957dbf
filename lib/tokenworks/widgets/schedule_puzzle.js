// The scheduling puzzle. The rules are those of schedule_puzzle.py; its search found the optimum.

const ROW = 30;
const TOP = 16;
const RIVALS = [["static", "static batching"], ["continuous", "continuous, first come"],
  ["optimum", "the optimum"]];

function positionAt(puzzle, moves) {
  const starts = puzzle.jobs.map(() => null);
  const ends = puzzle.jobs.map(() => null);
  let now = 0;
  for (const move of moves) {
    if (move === null) now += 1;
    else {
      starts[move] = now;
      ends[move] = now + puzzle.jobs[move][1];
    }
  }
  const running = ends.flatMap((end, i) => (end !== null && end > now ? [i] : []));
  const blocks = puzzle.blocks - sum(running.map((i) => puzzle.jobs[i][2]));
  const total = sum(ends.map((end, i) => (end === null ? 0 : end - puzzle.jobs[i][0])));
  const done = !starts.includes(null) && running.length === 0;
  return { now, starts, ends, running, slots: puzzle.slots - running.length, blocks, total, done };
}

function refusalAt(puzzle, at, job) {
  const [arrival, , blocks] = puzzle.jobs[job];
  if (at.starts[job] !== null) return "has started";
  if (arrival > at.now) return `arrives after step ${arrival}`;
  if (!at.slots) return "no slot is free";
  if (blocks > at.blocks) return `needs ${blocks} blocks, ${at.blocks} free`;
  return "";
}

const meanText = (puzzle, total) => countText(ratio(total, puzzle.jobs.length));

// Each request gets the lowest slot that is free when it starts: for the eye only.
function slotsOf(puzzle, at) {
  const order = puzzle.jobs.map((_, i) => i).filter((i) => at.starts[i] !== null)
    .sort((a, b) => at.starts[a] - at.starts[b] || a - b);
  const until = Array(puzzle.slots).fill(0);
  return order.map((job) => {
    const slot = until.findIndex((end) => end <= at.starts[job]);
    until[slot] = at.ends[job];
    return { job, slot };
  });
}

function board(data, puzzle, at, width) {
  const longest = sum(puzzle.jobs.map(([, tokens]) => tokens));
  const steps = Math.max(longest, at.now, ...at.ends);
  const left = 48;
  const x = (step) => left + (step / steps) * (width - left - 4);
  const y = (row) => TOP + row * ROW;
  const text = (at_, up, words, anchor = "start", css = "") =>
    shape("text", { x: at_, y: up, "text-anchor": anchor, class: css }, words);
  const line = (step, css) =>
    shape("line", { x1: x(step), x2: x(step), y1: TOP - 4, y2: y(puzzle.slots + 1), class: css });
  const lanes = Array.from({ length: puzzle.slots }, (_, i) => text(2, y(i) + 18, `slot ${i + 1}`));
  const bars = slotsOf(puzzle, at).flatMap(({ job, slot }) => [
    shape("rect", {
      x: x(at.starts[job]) + 1, y: y(slot) + 3, rx: 4, height: ROW - 6,
      width: x(at.ends[job]) - x(at.starts[job]) - 2, class: `tw-job-${job}`,
    }),
    text(x(at.starts[job] + puzzle.jobs[job][1] / 2), y(slot) + 19, data.names[job], "middle",
      "tw-bar-ink"),
  ]);
  const floor = y(puzzle.slots + 1);
  const used = Array.from({ length: Math.max(0, ...at.ends) }, (_, step) => {
    const held = sum(puzzle.jobs.map(([, , blocks], i) =>
      (at.starts[i] !== null && at.starts[i] <= step && step < at.ends[i] ? blocks : 0)));
    const height = ratio(held, puzzle.blocks) * (ROW - 6);
    return shape("rect", {
      x: x(step) + 0.5, width: x(step + 1) - x(step) - 1, y: floor - height, height,
      class: "tw-held",
    });
  });
  return [line(0, "tw-grid"), ...lanes, text(2, floor - 6, "blocks"), ...bars, ...used,
    line(at.now, "tw-end"), text(x(at.now), 10, `${at.now}`, "middle", "tw-mean-ink"),
    text(width - 4, floor + 14, `steps, up to ${steps}`, "end")];
}

function story(data, puzzle, at, tried) {
  if (tried !== null) return `${data.names[tried]} cannot start: ${refusalAt(puzzle, at, tried)}.`;
  if (at.done) {
    const { totals } = puzzle;
    const share = ratio(totals.optimum, at.total);
    return at.total === totals.optimum
      ? `All done at the optimum: ${meanText(puzzle, at.total)} steps on average.`
      : `All done: ${meanText(puzzle, at.total)} steps on average; the optimum is ` +
        `${meanText(puzzle, totals.optimum)}. Your score: ${probabilityText(share)}.`;
  }
  return `After ${plural(at.now, "step")}: ${plural(at.slots, "slot")} and ` +
    `${plural(at.blocks, "block")} free. Start requests, then run a step.`;
}

function jobState(puzzle, at, job) {
  if (at.starts[job] === null) return refusalAt(puzzle, at, job) || "waits";
  const left = at.ends[job] - at.now;
  return left > 0 ? `${plural(left, "token")} left` : `done after step ${at.ends[job]}`;
}

const RULES = "A request takes a free slot and its blocks until its last token is out; each step " +
  "gives every running request one token, the first in the step that reads its prompt. All steps " +
  "take the same time. A slot may stay empty. Goal: the least mean number of steps from arrival " +
  "to last token.";

function render({ model, el }) {
  const data = model.get("data");
  const get = () => model.get("state");
  const puzzleNow = () => data.puzzles[get().puzzle];
  const counters = {
    now: counter("now", "steps run"),
    slots: counter("slots", "free slots"),
    blocks: counter("blocks", "free blocks"),
    total: counter("total", "your mean steps"),
  };
  const says = h("p", { class: "tw-story", "aria-live": "polite" });
  const jobs = h("div", { class: "tw-jobs", role: "group", "aria-label": "requests" });
  const chart = h("div", { class: "tw-chart tw-board" });
  const rows = h("tbody");
  let tried = null;

  function move(job) {
    const { moves } = get();
    const at = positionAt(puzzleNow(), moves);
    tried = job !== null && refusalAt(puzzleNow(), at, job) ? job : null;
    if (tried === null && !at.done) keep(model, { moves: [...moves, job] });
    else draw();
  }

  // Made anew only when their number changes, so that the focus stays where it is.
  function jobButtons(puzzle, at) {
    while (jobs.children.length > puzzle.jobs.length) jobs.lastChild.remove();
    while (jobs.children.length < puzzle.jobs.length) {
      const job = jobs.children.length;
      jobs.append(button("", () => move(job), { class: "tw-job", "data-job": job }));
    }
    puzzle.jobs.forEach(([, tokens, blocks], job) => {
      const one = jobs.children[job];
      one.setAttribute("aria-disabled", refusalAt(puzzle, at, job) ? "true" : "false");
      fill(one, h("span", { class: `tw-swatch tw-job-${job}` }), h("b", {}, data.names[job]),
        h("span", {}, `${plural(tokens, "token")}, ${plural(blocks, "block")}`),
        h("small", {}, jobState(puzzle, at, job)));
    });
  }

  function draw() {
    const puzzle = puzzleNow();
    const at = positionAt(puzzle, get().moves);
    for (const [name, one] of Object.entries(counters)) {
      if (name !== "total") one.set(countText(at[name]), at[name]);
    }
    counters.total.set(at.done ? meanText(puzzle, at.total) : "–", at.done ? at.total : "");
    says.textContent = story(data, puzzle, at, tried);
    jobButtons(puzzle, at);
    paint(chart, TOP + (puzzle.slots + 1) * ROW + 18, `Your schedule. ${says.textContent}`,
      (width) => board(data, puzzle, at, width));
    chart.querySelector("svg").dataset.total = at.total;
    able(run, !at.done, "All answers are out: press Start over.");
    able(back, get().moves.length > 0, "No move to take back.");
    able(reveal, at.done, "Finish a schedule of your own first.");
    fill(rows, [...RIVALS.map(([name, label]) => [label, puzzle.totals[name]]),
      ["yours", at.done ? at.total : null]].map(([label, total]) => h("tr", {},
      h("th", { scope: "row" }, label),
      h("td", { class: "tw-digits" }, total === null ? "–" : meanText(puzzle, total)))));
  }

  const replay = (moves) => {
    tried = null;
    keep(model, { moves });
  };
  const run = button("Run a step", () => move(null));
  const back = button("Back", () => replay(get().moves.slice(0, -1)));
  const reset = button("Start over", () => replay([]));
  const reveal = button("Optimum", () => replay(puzzleNow().moves));
  const puzzle = select({
    name: "puzzle", label: "Puzzle", values: data.grid.puzzle, value: get().puzzle,
    text: (name) => data.puzzles[name].label,
    onchange: (name) => {
      tried = null;
      keep(model, { puzzle: name, moves: [] });
    },
  });
  const head = h("tr", {}, h("th", { scope: "col" }, "Schedule"),
    h("th", { scope: "col", class: "tw-digits" }, "mean steps"));
  fill(el,
    h("p", { class: "tw-title" }, "Schedule it yourself"),
    h("div", { class: "tw-controls tw-wide" }, puzzle.element),
    h("p", { class: "tw-note" }, RULES), jobs,
    h("div", { class: "tw-buttons" }, run, back, reset, reveal), says, chart,
    h("div", { class: "tw-counters" }, elements(counters)),
    h("table", { class: "tw-candidates tw-rivals" }, h("thead", {}, head), rows));
  el.classList.add("tw-widget");
  return followChart(model, { chart, controls: { puzzle }, draw });
}

export default { render };
