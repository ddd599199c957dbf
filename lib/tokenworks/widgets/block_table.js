// SIM-10. Plays back what block_table.py recorded; tables and counters are the library's.

const ACROSS = 16; // cells in a row of the picture
const COUNTS = ["used", "reserved", "internal", "external", "saved"];

const isPaged = ({ memory }) => memory === "paged";
const sizeOf = (state) => (isPaged(state) ? state.block_size : 1);

function runAt(data, state) {
  const shared = isPaged(state) && state.shared_prefix ? 1 : 0;
  const { lengths, arrivals, answers, memory } = state;
  const name = [lengths, arrivals, answers, memory, sizeOf(state), shared].join("-");
  const run = data.runs[name];
  const last = run.steps.length - 1;
  return { ...run, last, now: Math.min(state.cursor, last) };
}

const namesOf = ({ lengths, answers }) => `${lengths}-${answers}`;
const sequencesAt = (data, state) => data.sequences[namesOf(state)];

// Every sequence in memory after the steps so far: its tokens and its blocks (or cells).
function tablesAt(run, paged) {
  const running = new Map();
  for (const [left, tables] of run.steps.slice(0, run.now + 1)) {
    left.forEach((sequence) => running.delete(sequence));
    for (const seat of running.values()) seat.tokens += 1;
    for (const [sequence, tokens, at, ...told] of tables) {
      const blocks = paged ? told : range(told[1]).map((i) => told[0] + i);
      const seat = running.get(sequence);
      if (tokens || !seat) running.set(sequence, { tokens, blocks });
      else seat.blocks = [...seat.blocks.slice(0, at), ...blocks];
    }
  }
  return running;
}

// What stands in each cell: whose it is, and whether it holds a token, waits for one, or never.
function cellsAt(data, state, running) {
  const size = sizeOf(state);
  const cells = Array(data.cells).fill(null);
  const rank = { token: 2, later: 1, never: 0 };
  for (const [sequence, { tokens, blocks }] of running) {
    const [, prompt, most] = sequencesAt(data, state)[sequence];
    blocks.forEach((block, i) => {
      for (const k of range(size)) {
        const at = i * size + k;
        const holds = at < tokens ? "token" : at < prompt + most ? "later" : "never";
        const old = cells[block * size + k];
        if (!old || rank[holds] > rank[old.holds]) cells[block * size + k] = { sequence, holds };
      }
    });
  }
  return cells;
}

function holdersAt(running) {
  const holders = new Map();
  for (const { blocks } of running.values()) {
    blocks.forEach((block) => holders.set(block, (holders.get(block) ?? 0) + 1));
  }
  return holders;
}

const sideOf = (width) => Math.min(48, (width - 4) / ACROSS);

function picture(data, state, running, width) {
  const side = sideOf(width);
  const size = sizeOf(state);
  const place = (cell) => [2 + (cell % ACROSS) * side, 2 + Math.floor(cell / ACROSS) * side];
  const [known, all] = [sequencesAt(data, state), cellsAt(data, state, running)];
  const cells = all.map((one, cell) => {
    const [x, y] = place(cell);
    const css = !one ? "tw-unwritten" : one.holds === "never" ? "tw-beyond"
      : classes(`tw-job-${known[one.sequence][3] % 6}`, one.holds === "later" && "tw-idle");
    return box(x + 0.5, y + 0.5, side - 1, side - 1, css, {
      "data-at": one ? `${one.sequence} ${one.holds}` : "",
    });
  });
  const holders = holdersAt(running);
  const outline = (block, css) => box(...place(block * size), side * size, side, css);
  const write = (block, end, text, css) => {
    const [x, y] = place(block * size + (end ? size - 1 : 0));
    return words(x + (end ? side - 3 : 3), y + side / 2 + 4, text, end ? "end" : "start", css);
  };
  const lines = range(isPaged(state) ? data.cells / size : 0).flatMap((block) =>
    [outline(block, "tw-block-line"), size > 2 && write(block, true, block,
      all[block * size + size - 1]?.holds === "token" ? "tw-bar-ink" : "")]);
  const labels = [...running].flatMap(([sequence, { blocks }]) =>
    blocks.filter((block, i) => isPaged(state) || i === 0).map((block) =>
      write(block, false, holders.get(block) > 1 ? `×${holders.get(block)}` : known[sequence][0],
        "tw-bar-ink")));
  const { blocks: own } = running.get(state.sequence) ?? { blocks: [] };
  return [...cells, ...lines, ...own.map((block) => outline(block, "tw-chosen")), ...labels];
}

const named = (data, state, list) =>
  list.map((sequence) => sequencesAt(data, state)[sequence][0]).join(", ");

function story(data, state, run) {
  const [left, tables, copies, waiting, counts] = run.steps[run.now];
  const fresh = tables.filter(([, tokens]) => tokens).map(([sequence]) => sequence);
  const parts = [`Step ${run.now + 1} of ${run.steps.length}.`];
  const tell = (words, list) => list.length && parts.push(`${words}: ${named(data, state, list)}.`);
  tell("Done and freed", left.filter((sequence) => !waiting.includes(sequence)));
  tell("Pushed out, to start again", left.filter((sequence) => waiting.includes(sequence)));
  tell("Let in", fresh);
  for (const [sequence, source, target] of copies) {
    parts.push(`${named(data, state, [sequence])} is about to write into block ${source}, which ` +
      `others read: it gets a copy, block ${target}.`);
  }
  tell("Waiting", waiting);
  const external = counts[COUNTS.indexOf("external")];
  if (external) parts.push(`${external} cells are free, but no gap is long enough for the first.`);
  return parts.join(" ");
}

const NOTE = "A step reads new prompts and gives each other sequence one token. Full colour: a " +
  "token’s keys and values. Pale: kept for later. Red: never used. ×2: two hold this block. In one " +
  "piece: the longest is 32 cells, a good guess rounds the answer up to a power of two.";

function tableRows(data, state, running) {
  const { tokens, blocks } = running.get(state.sequence) ?? { tokens: 0, blocks: [] };
  const size = sizeOf(state);
  const positions = (first, last, where, i, ...counts) => row(`${first} to ${last}`,
    [digits(where, { "data-cell": `block-${i}` }), counts.map((count) => digits(count))]);
  if (!isPaged(state)) {
    const piece = `cells ${blocks[0]} to ${blocks.at(-1)}`;
    return tokens ? [positions(0, blocks.length - 1, piece, 0, tokens, 1)] : [];
  }
  const holders = holdersAt(running);
  return blocks.map((block, i) => positions(i * size, i * size + size - 1, block, i,
    Math.max(0, Math.min(size, tokens - i * size)), holders.get(block)));
}

function fate(data, state, run, running) {
  const [name, prompt, most] = sequencesAt(data, state)[state.sequence];
  const asks = `${name}: ${plural(prompt, "prompt token")}, ${plural(most, "answer token")}`;
  const seat = running.get(state.sequence);
  if (seat) return `${asks}; ${plural(seat.tokens, "token")} in memory.`;
  const waiting = run.steps[run.now][3];
  if (waiting.includes(state.sequence)) return `${asks}; it waits.`;
  const came = run.steps.slice(0, run.now + 1).flatMap(([, tables]) => tables);
  return `${asks}; ${came.some(([i]) => i === state.sequence) ? "done" : "not here yet"}.`;
}

function summaryRow(data, state, memory) {
  const [steps, most, share] = runAt(data, { ...state, memory }).summary;
  return row(data.labels[memory], [
    numberCell(`steps-${memory}`, steps, countText),
    numberCell(`most-${memory}`, most, countText),
    numberCell(`share-${memory}`, share, probabilityText),
  ], { chosen: memory === state.memory });
}

function render(view) {
  const { data, get, set, control, open } = stage(view, "Blocks and pieces");
  const shown = counters({
    running: ["sequences in memory", countText],
    used: ["cells with tokens", countText],
    reserved: ["reserved for later", countText],
    internal: ["internal waste", countText],
    external: ["external waste", countText],
    saved: ["blocks saved by sharing", countText],
  }, { css: "tw-six" });
  const says = spoken();
  const about = sentence("tw-short");
  const chart = chartPlace("tw-board");
  const blocks = table(["Positions", "block", "tokens", "held by"], { css: "tw-fluid tw-named" });
  const runs = table(["Whole run", "steps", "most at once", "cells with tokens"],
    { css: "tw-fluid tw-named" });
  const who = panel({}, "tw-wide");
  let made = ""; // whose names the select holds
  let chooser = null;

  function makeChooser(state) {
    made = namesOf(state);
    const all = data.sequences[made];
    chooser = select({
      name: "sequence", label: "Block table of", value: state.sequence,
      values: range(all.length), text: (i) => all[i][0], onchange: (sequence) => set({ sequence }),
    });
    fill(who, chooser.element);
  }

  function draw() {
    const last = sequencesAt(data, get()).length - 1;
    const state = { ...get(), sequence: Math.min(get().sequence, last) };
    const run = runAt(data, state);
    const running = tablesAt(run, isPaged(state));
    if (made !== namesOf(state)) makeChooser(state);
    chooser.set(state.sequence);
    const counts = run.steps[run.now][4].map((count, i) => [COUNTS[i], count]);
    shown.set({ running: running.size, ...Object.fromEntries(counts) });
    says.textContent = story(data, state, run);
    about.textContent = fate(data, state, run, running);
    blocks.set(tableRows(data, state, running));
    blocks.element.hidden = !running.has(state.sequence);
    runs.set(data.grid.memory.map((memory) => summaryRow(data, state, memory)));
    paint(chart, (width) => 4 + sideOf(width) * data.cells / ACROSS, `Memory. ${says.textContent}`,
      (width) => picture(data, state, running, width));
    steps.draw();
    for (const { input } of [block_size, selects.shared_prefix]) {
      able(input, isPaged(state), "Only blocks can be shared and sized.");
    }
  }

  const steps = stepper(set, () => runAt(data, get()), {
    done: "All are done: press Start over.", begun: "This is the first step.",
  });
  const anew = () => ({ cursor: 0, sequence: 0 });
  const selects = {
    memory: control(select, "memory", "Memory", (name) => data.labels[name]),
    lengths: control(select, "lengths", "Lengths", String, anew),
    arrivals: control(select, "arrivals", "Requests come", String, anew),
    answers: control(select, "answers", "Answers to a prompt", String, anew),
    shared_prefix: control(select, "shared_prefix", "Prompts",
      (on) => (on ? "8 tokens alike" : "all different")),
  };
  const block_size = control(slider, "block_size", "Block size", countText);
  return open([
    chart, steps.element, says, panel({ ...selects, block_size }, "tw-wide"), shown.element,
    folded("What the colours say", note(NOTE)),
    folded("One sequence and its table", [who, about, blocks.element], { wide: true }),
    folded("Every way to keep a cache", runs.element, { wide: true }),
  ], { controls: { ...selects, block_size }, draw, chart });
}

export default { render };
