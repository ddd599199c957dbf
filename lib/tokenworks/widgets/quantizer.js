// The quantizer's microscope. Looks up what quantizer.py tabulated: scale · code + minimum.

const [HIGH, LOW] = [248, 118]; // pixels: the weights, and how often each level is used
const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const MANY = 32; // levels that are drawn one by one

const gridAt = (data, { row: name, method, bits, group }) => {
  const found = (of) => data.found[`${name} ${of} ${bits} ${group}`];
  const [text, own, minimums, error, output, largest] = found(method);
  const scales = own ?? found("symmetric")[1]; // GPTQ rounds to the same levels
  const [least, most] = data.least[`${method} ${bits}`];
  const wide = bits > 4 ? 2 : 1;
  const codes = range(text.length / wide)
    .map((i) => parseInt(text.slice(i * wide, (i + 1) * wide), 16) + least);
  const worth = (code, i) => {
    const part = Math.floor(i / group);
    return scales[part] * code + (minimums ? minimums[part] : 0);
  };
  const taken = data.taken[`${method} ${bits} ${group}`];
  return { error, output, largest, bits: taken, least, most, codes, worth };
};

function shownAt(grid) {
  return { error: grid.error, output: grid.output, largest: grid.largest, bits: grid.bits,
    used: new Set(grid.codes).size, levels: grid.most - grid.least + 1 };
}

const signed = (x) => String(x).replace("-", "\u2212");

// The weights of the window, each joined to the value that it becomes; the levels of its group.
function weightChart(data, state, grid, width) {
  const frame = { left: 38, right: width - 4, top: 20, bottom: HIGH - 42, width };
  const all = data.rows[state.row].weights;
  const first = state.window * data.window;
  const last = first + data.window - 1;
  const places = range(data.window).map((i) => first + i);
  const ends = places.flatMap((i) => [all[i], grid.worth(grid.least, i), grid.worth(grid.most, i)]);
  const far = 1.05 * Math.max(...ends.map(Math.abs));
  const step = STEPS.find((one) => far / one <= 3) ?? STEPS.at(-1);
  const y = axis([-far, far], [frame.bottom, frame.top]);
  const x = axis([first - 0.5, first + data.window - 0.5], [frame.left, frame.right]);
  // short, beside the frame: a line across it would look like one more level
  const marks = [-2, -1, 0, 1, 2].filter((n) => Math.abs(n * step) <= far).flatMap((n) => [
    line(frame.left - 4, y(n * step), frame.left, y(n * step), "tw-tick"),
    words(frame.left - 6, y(n * step) + 4, signed(Number(fixed(n * step, 2))), "end"),
  ]);
  const edge = Math.min(state.group, data.window);
  const spans = range(data.window / edge).map((n) => [first + n * edge, first + (n + 1) * edge]);
  const levels = spans.flatMap(([from, to]) =>
    levelLines(grid, [x(from - 0.5), x(to - 0.5)], from, y));
  const bounds = spans.slice(1).map(([from]) => line(x(from - 0.5), frame.top, x(from - 0.5),
    frame.bottom, "tw-border"));
  const dots = places.flatMap((i) => {
    const [was, is] = [all[i], grid.worth(grid.codes[i], i)];
    return [line(x(i), y(was), x(i), y(is), "tw-off"),
      dot(x(i), y(is), 2, "tw-rounded", { "data-rounded": i }),
      dot(x(i), y(was), 2.5, "tw-original", { "data-original": i })];
  });
  return [...levels, ...axes(frame, {
    below: { ticks: [[x(first) + 12, first], [x(last) - 12, last]], title: "weight of the row" },
    left: { ticks: [], title: "value" },
  }), ...marks, ...bounds, ...dots];
}

// One line a level; so many that they would be a ground are drawn as one.
function levelLines(grid, [from, to], i, y) {
  const [low, high] = [grid.worth(grid.least, i), grid.worth(grid.most, i)];
  if (grid.most - grid.least >= MANY) {
    return [box(from, y(high), to - from, y(low) - y(high), "tw-ground")];
  }
  return range(grid.most - grid.least + 1)
    .map((n) => y(grid.worth(grid.least + n, i)))
    .map((height) => line(from, height, to, height, "tw-landing"));
}

// How many weights of the row have each code.
function codeChart(grid, width) {
  const frame = { left: 38, right: width - 4, top: 20, bottom: LOW - 20, width };
  const counts = range(grid.most - grid.least + 1).map(() => 0);
  for (const code of grid.codes) counts[code - grid.least] += 1;
  const most = Math.max(...counts);
  const y = axis([0, most], [frame.bottom, frame.top]);
  const x = axis([0, counts.length], [frame.left, frame.right]);
  const gap = counts.length <= MANY ? 2 : 0;
  return [words(2, 11, "weights on each level"),
    ...[0, most].flatMap((n) => [line(frame.left, y(n), frame.right, y(n)),
      words(frame.left - 6, y(n) + 4, n, "end")]),
    ...counts.map((n, i) => n > 0 && box(x(i) + gap / 2, Math.min(y(n), frame.bottom - 1.5),
      x(i + 1) - x(i) - gap, Math.max(1.5, frame.bottom - y(n)), "tw-count", { "data-count": n })),
    words(x(0.5), LOW - 4, signed(grid.least), counts.length > MANY ? "start" : "middle"),
    words(x(counts.length - 0.5), LOW - 4, signed(grid.most),
      counts.length > MANY ? "end" : "middle")];
}

function story(data, state, { error, output, bits, used, levels }) {
  const shared = state.group === data.grid.group.at(-1) ? "one scale for the row"
    : `a scale for every ${state.group} weights`;
  const begin = `${state.bits} bits, ${shared}: ${countText(bits)} bits a weight in all`;
  if (error === 0) return `${begin}. Nothing is lost: the file that ships lies on this very grid.`;
  return `${begin}. The weights are off by ${probabilityText(error)}, their outputs by ` +
    `${probabilityText(output)}; ${used} of ${levels} levels are in use.`;
}

// What the marks above mean, and only those that are drawn.
function keysOf({ least, most }, { group }, data) {
  const several = group < data.window;
  return [
    ["tw-original", "a weight of the file"], ["tw-rounded", "what it becomes"],
    ["tw-off", "its error"],
    most - least >= MANY ? ["tw-ground", "where the levels lie"] : ["tw-landing", "a level"],
    several && ["tw-border", "where a group ends"],
  ].filter(Boolean).map(([css, says]) => keyed(css, says));
}

const ABOUT = "The error is the length of all errors over the length of the row; " +
  "that of the outputs is taken on the texts that GPTQ is calibrated on. " +
  "Scales and minimums take 16 bits each and are counted.";

function render(view) {
  const { data, get, control, open } = stage(view, "A row of real weights, rounded");
  const shown = counters({
    error: ["error of the weights", probabilityText],
    output: ["error of the outputs", probabilityText],
    largest: ["largest error", (off) => (off === 0 ? "0" : fixed(off, 4))],
    bits: ["bits a weight", countText], used: ["levels in use", countText],
    levels: ["levels of the grid", countText],
  }, { css: "tw-six" });
  const says = spoken();
  const keys = note();
  const [above, below] = [chartPlace("tw-board"), chartPlace("tw-board tw-codes")];
  const controls = {
    row: control(select, "row", "Row", (name) => data.labels[name]),
    method: control(select, "method", "Method", (name) => data.methods[name]),
  };
  const sliders = {
    bits: control(slider, "bits", "Bits", countText),
    group: control(slider, "group", "Group",
      (n) => (n === data.grid.group.at(-1) ? "the row" : countText(n))),
    window: control(slider, "window", "Weights",
      (n) => `${n * data.window}–${(n + 1) * data.window - 1}`),
  };

  function draw() {
    const state = get();
    const grid = gridAt(data, state);
    const found = shownAt(grid);
    shown.set(found);
    says.textContent = story(data, state, found);
    const label = `Weights and their levels. ${says.textContent}`;
    paint(above, HIGH, label, (width) => weightChart(data, state, grid, width));
    fill(keys, keysOf(grid, state, data));
    paint(below, LOW, "How many weights of the row stand on each level.",
      (width) => codeChart(grid, width));
  }

  return open([
    above, keys, says, panel(controls, "tw-roomy"), panel(sliders), shown.element, below,
    folded("What is shown", note(`Layer ${data.layer} of ${data.model}, a row of the queries’ ` +
      `matrix. ${ABOUT}`)),
  ], { controls: { ...controls, ...sliders }, draw, chart: above });
}

export default { render };
