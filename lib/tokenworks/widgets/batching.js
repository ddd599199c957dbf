// SIM-08. Looks up what the scheduler did; the only arithmetic is a ratio of two latencies.

const LANES = 112; // pixels of one strategy's slots
const HEAD = 22;
const NAMES = { static: "Static", dynamic: "Dynamic", continuous: "Continuous" };
const COLOURS = 6;

function shownAt(data, state) {
  const [rate, variance, limit] = ["rate_per_s", "variance_percent", "max_batch"]
    .map((name) => data.grid[name].indexOf(state[name]));
  return {
    strategies: data.runs[rate][variance][limit],
    until: data.until_ms[rate],
    arrivals: data.arrivals_ms[rate],
    tokens: data.tokens[variance],
  };
}

// A bar is as long as its request ran, and as high as its answer is long. Pale: a slot that is
// held for a finished request until the last of its batch is done.
function timeline(scale, bars, { tokens, until }, slots) {
  const row = LANES / slots;
  const longest = Math.max(...tokens.slice(0, bars.length));
  const box = (from, to, slot, share, css) => to > from && shape("rect", {
    x: scale.x(from), width: Math.max(1, scale.x(Math.min(to, until)) - scale.x(from) - 1),
    y: scale.y + (slot + 1) * row - share * (row - 1), height: share * (row - 1), class: css,
  });
  return bars.flatMap(([slot, start, last, end], i) => {
    const share = 0.3 + 0.7 * ratio(tokens[i], longest);
    const css = `tw-job-${i % COLOURS}`;
    const wide = scale.x(Math.min(last, until)) - scale.x(start) > 26 && share * row > 12;
    return [
      box(start, last, slot, share, css),
      last < until && box(last, end, slot, share, `${css} tw-idle`),
      wide && shape("text", {
        x: scale.x(start) + 4, y: scale.y + (slot + 1) * row - 4, class: "tw-bar-ink",
      }, String(tokens[i])),
    ];
  });
}

function frame(scale, name, slots, width) {
  const row = LANES / slots;
  const lines = Array.from({ length: slots + 1 }, (_, i) => shape("line", {
    x1: scale.x(0), x2: width - 4, y1: scale.y + i * row, y2: scale.y + i * row, class: "tw-grid",
  }));
  const title = { x: scale.x(0), y: scale.y - 6, class: "tw-mean-ink" };
  return [shape("text", title, NAMES[name]), ...lines];
}

function picture(data, shown, slots, width) {
  const x = (moment) => 4 + ratio(moment, shown.until) * (width - 8);
  const lanes = Object.keys(NAMES).flatMap((name, i) => {
    const scale = { x, y: HEAD + i * (LANES + HEAD + 8) };
    return [...frame(scale, name, slots, width),
      ...timeline(scale, shown.strategies[name].bars, shown, slots)];
  });
  const floor = 3 * (LANES + HEAD + 8);
  const [y1, y2] = [floor - 2, floor + 8];
  const tick = (at) => shape("line", { x1: at, x2: at, y1, y2, class: "tw-came" });
  const came = shown.arrivals.filter((moment) => moment < shown.until).map((at) => tick(x(at)));
  return [...lanes, ...came,
    shape("text", { x: 4, y: floor + 22 }, "ticks: arrivals"),
    shape("text", { x: width - 4, y: floor + 22, "text-anchor": "end" },
      secondsText(shown.until / 1000))];
}

function story({ strategies }) {
  const { static: slow, continuous } = strategies;
  const times = ratio(slow.mean, continuous.mean);
  return `Continuous batching answers after ${secondsText(continuous.mean)} on average, static ` +
    `after ${secondsText(slow.mean)}: ${countText(times)} times as long.`;
}

const note = (data) =>
  `${data.label} in bf16, floors at data-sheet rates; ${data.prompt_tokens} prompt tokens, ` +
  `answers of ${data.mean_tokens} tokens on average (log-normal; the variance is their deviation ` +
  `over the mean). Dynamic waits ${data.window_ms} ms at most. The picture shows the first ` +
  `seconds, the table all ${data.count} requests. Latency: from arrival to the whole answer. ` +
  "Utilisation: the time in which slots make tokens, over all slots' time from the first arrival " +
  "to the last answer. Where more arrives than a strategy can serve, its line grows all along.";

const COLUMNS = [["utilisation", "Utili\u00adsation", probabilityText],
  ["mean", "Mean latency", secondsText], ["p99", "P99 latency", secondsText]];

function row(name, found) {
  return h("tr", {}, h("th", { scope: "row" }, NAMES[name]), COLUMNS.map(([key, , text]) =>
    h("td", { class: "tw-digits", "data-cell": `${key}-${name}`, "data-raw": found[key] },
      text(found[key]))));
}

function render({ model, el }) {
  const data = model.get("data");
  const get = () => model.get("state");
  const says = h("p", { class: "tw-story tw-short", "aria-live": "polite" });
  const chart = h("div", { class: "tw-chart tw-batching" });
  const rows = h("tbody");

  function draw() {
    const shown = shownAt(data, get());
    says.textContent = story(shown);
    fill(rows, Object.keys(NAMES).map((name) => row(name, shown.strategies[name])));
    const label = "Three timelines of the same requests in the slots of a server. ";
    paint(chart, 3 * (LANES + HEAD + 8) + 28, label + says.textContent,
      (width) => picture(data, shown, get().max_batch, width));
  }

  const control = (name, label, text) => slider({
    name, label, values: data.grid[name], value: get()[name], text,
    onchange: (value) => keep(model, { [name]: value }),
  });
  const controls = {
    rate_per_s: control("rate_per_s", "Arrival rate", (n) => `${n}/s`),
    variance_percent: control("variance_percent", "Output variance", (n) => `${n} %`),
    max_batch: control("max_batch", "Batch limit", countText),
  };
  const head = h("tr", {}, h("th", { scope: "col" }, "Batching"), COLUMNS.map(([, label]) =>
    h("th", { scope: "col", class: "tw-digits" }, label)));
  fill(el,
    h("p", { class: "tw-title" }, "Three ways to batch"),
    h("div", { class: "tw-controls" }, elements(controls)),
    chart,
    h("p", { class: "tw-note" }, "A bar is a request in its slot, as high as its answer is long; " +
      "numbers are its tokens. Pale: done, but the slot is held for its batch."),
    h("table", { class: "tw-candidates tw-loads tw-ways" }, h("thead", {}, head), rows),
    says, h("p", { class: "tw-note" }, note(data)));
  el.classList.add("tw-widget");
  return followChart(model, { chart, controls, draw });
}

export default { render };
