// The scheduling puzzle. The rules are those of hand_schedule.py; its search found the optimum.

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

const meanText = (puzzle, total) => countText(total / puzzle.jobs.length);

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
  const x = axis([0, steps], [48, width - 4]);
  const y = (lane) => TOP + lane * ROW;
  const floor = y(puzzle.slots + 1);
  const upright = (step, css) => line(x(step), TOP - 4, x(step), floor, css);
  const lanes = range(puzzle.slots).map((i) => words(2, y(i) + 18, `slot ${i + 1}`));
  const bars = slotsOf(puzzle, at).flatMap(({ job, slot }) => [
    box(x(at.starts[job]) + 1, y(slot) + 3, x(at.ends[job]) - x(at.starts[job]) - 2, ROW - 6,
      `tw-job-${job}`, { rx: 4 }),
    words(x(at.starts[job] + puzzle.jobs[job][1] / 2), y(slot) + 19, data.names[job], "middle",
      "tw-bar-ink"),
  ]);
  const used = range(Math.max(0, ...at.ends)).map((step) => {
    const held = sum(puzzle.jobs.map(([, , blocks], i) =>
      (at.starts[i] !== null && at.starts[i] <= step && step < at.ends[i] ? blocks : 0)));
    const height = (held / puzzle.blocks) * (ROW - 6);
    return box(x(step) + 0.5, floor - height, x(step + 1) - x(step) - 1, height, "tw-held");
  });
  return [upright(0), ...lanes, words(2, floor - 6, "blocks"), ...bars, ...used,
    upright(at.now, "tw-end"), words(x(at.now), 10, `${at.now}`, "middle", "tw-bold"),
    words(width - 4, floor + 14, `steps, up to ${steps}`, "end")];
}

function story(data, puzzle, at, tried) {
  if (tried !== null) return `${data.names[tried]} cannot start: ${refusalAt(puzzle, at, tried)}.`;
  if (at.done) {
    const { totals } = puzzle;
    const share = totals.optimum / at.total;
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

function render(view) {
  const { data, get, set, control, open, redraw } = stage(view, "Schedule it yourself");
  const now = () => data.puzzles[get().puzzle];
  const shown = counters({
    now: ["steps run", countText],
    slots: ["free slots", countText],
    blocks: ["free blocks", countText],
    total: ["your mean steps", (total) => meanText(now(), total)],
  });
  const says = spoken();
  const jobs = h("div", { class: "tw-jobs", role: "group", "aria-label": "requests" });
  const chart = chartPlace("tw-board");
  const rivals = table(["Schedule", "mean steps"], { css: "tw-rivals" });
  let refused = {}; // the request that could not start, and the state in which it could not

  function move(job) {
    const state = get();
    const at = positionAt(now(), state.moves);
    refused = job !== null && refusalAt(now(), at, job) ? { job, state } : {};
    if (!refused.state && !at.done) set({ moves: [...state.moves, job] });
    else redraw();
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
      fill(one, swatch(`tw-job-${job}`), h("b", {}, data.names[job]),
        h("span", {}, `${plural(tokens, "token")}, ${plural(blocks, "block")}`),
        h("small", {}, jobState(puzzle, at, job)));
    });
  }

  function draw() {
    const puzzle = now();
    const at = positionAt(puzzle, get().moves);
    shown.set({ ...at, total: at.done ? at.total : null });
    says.textContent = story(data, puzzle, at, refused.state === get() ? refused.job : null);
    jobButtons(puzzle, at);
    paint(chart, TOP + (puzzle.slots + 1) * ROW + 18, `Your schedule. ${says.textContent}`,
      (width) => board(data, puzzle, at, width));
    chart.querySelector("svg").dataset.total = at.total;
    able(run, !at.done, "All answers are out: press Start over.");
    made.draw(at.done);
    rivals.set([...RIVALS.map(([name, label]) => [label, puzzle.totals[name]]),
      ["yours", at.done ? at.total : null]].map(([label, total]) =>
      row(label, digits(total === null ? "–" : meanText(puzzle, total)))));
  }

  const run = button("Run a step", () => move(null));
  const made = moveButtons("moves", {
    get, set, first: "Finish a schedule of your own first.", best: () => ({ moves: now().moves }),
  });
  const puzzle = control(select, "puzzle", "Puzzle", (name) => data.puzzles[name].label,
    () => ({ moves: [] }));
  return open([
    panel({ puzzle }, "tw-wide"), note(RULES), jobs, buttons(run, made.all), says, chart,
    shown.element, folded("What schedulers make of it", rivals.element, { wide: true }),
  ], { controls: { puzzle }, draw, chart });
}

export default { render };
