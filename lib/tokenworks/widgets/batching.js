// SIM-08. Looks up what the scheduler did; the only arithmetic is a quotient of two latencies.

const LANES = 96; // pixels of one strategy's slots
const HEAD = 22;
const STEPS = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000]; // milliseconds
const NAMES = { static: "Static", dynamic: "Dynamic", continuous: "Continuous" };

function shownAt(data, state) {
  const [rate, variance, limit] =
    placesOf(data, state, "rate_per_s", "variance_percent", "max_batch");
  return {
    strategies: data.runs[rate][variance][limit],
    until: data.until_ms[rate],
    arrivals: data.arrivals_ms[rate],
    tokens: data.tokens[variance],
  };
}

// A bar is as long as its request ran, and as high as its answer is long. Hatched: a slot that is
// held for a finished request until the last of its batch is done.
function timeline(scale, bars, { tokens, until }, slots) {
  const lane = LANES / slots;
  const longest = Math.max(...tokens.slice(0, bars.length));
  const held = (from, to, slot, share, css) => to > from && box(
    scale.x(from), scale.y + (slot + 1) * lane - share * (lane - 1),
    Math.max(1, scale.x(Math.min(to, until)) - scale.x(from) - 1), share * (lane - 1), css);
  return bars.flatMap(([slot, start, last, end], i) => {
    const share = 0.3 + 0.7 * (tokens[i] / longest);
    const text = String(tokens[i]);
    const room = scale.x(Math.min(last, until)) - scale.x(start) - 8 * text.length - 12;
    return [
      held(start, last, slot, share, "tw-decoding"),
      last < until && held(last, end, slot, share, "tw-wasted"),
      room > 0 && share * lane > 14 && words(scale.x(start) + 6,
        scale.y + (slot + 1) * lane - share * (lane - 1) / 2 + 4, text, "start", "tw-bar-ink"),
    ];
  });
}

function picture(data, shown, slots, width) {
  const x = axis([0, shown.until], [4, width - 22]); // the last tick has words of its own
  const lanes = Object.keys(NAMES).flatMap((name, i) => {
    const y = HEAD + i * (LANES + HEAD + 8);
    const used = `${NAMES[name]}, slots in use ${probabilityText(shown.strategies[name].utilisation)}`;
    return [words(x(0), y - 6, used, "start", "tw-bold"),
      ...rowLines({ left: x(0), right: x(shown.until), top: y }, slots, LANES / slots),
      ...timeline({ x, y }, shown.strategies[name].bars, shown, slots)];
  });
  const floor = 3 * (LANES + HEAD + 8);
  const came = shown.arrivals.filter((moment) => moment < shown.until)
    .map((moment) => line(x(moment), floor - 2, x(moment), floor + 8, "tw-came"));
  const step = STEPS.find((each) => shown.until / each < 6);
  const ticks = range(Math.floor(shown.until / step) + 1).map((i) => i * step);
  return [hatching(), ...ticks.map((at) => line(x(at), HEAD, x(at), floor - 8)), ...lanes, ...came,
    words(x(0), floor + 22, "arrivals ↑"),
    ...ticks.map((at, i) =>
      words(x(at), floor + 40, i ? secondsText(at / 1000) : "0", i ? "middle" : "start"))];
}

function story({ strategies }) {
  const { static: slow, continuous } = strategies;
  const times = slow.expected_mean / continuous.expected_mean;
  return `Expect continuous batching to answer after ${secondsText(continuous.expected_mean)} on ` +
    `average, static after ${secondsText(slow.expected_mean)}: ${countText(times)} times as long.`;
}

const about = (data) =>
  `${data.label} in bf16. Picture, use and what is at least so are floors at data-sheet ` +
  "rates. Expected are the same requests in steps that are sums of timed kernels: of such times a " +
  `token ${data.error}. ${data.prompt_tokens} prompt tokens, ` +
  `answers of ${data.mean_tokens} tokens on average (log-normal; the variance is their deviation ` +
  `over the mean). Dynamic waits ${data.window_ms} ms at most. The picture shows the first ` +
  `seconds, the table all ${data.count} requests. Latency: from arrival to the whole answer. ` +
  "In use: the time in which slots make tokens, over all slots' time from the first arrival " +
  "to the last answer. Where more arrives than a strategy can serve, its line grows all along.";

const BARS = "A bar is a request in its slot, as high as its answer is long; numbers are its " +
  "tokens.";
const COLOURS = [["tw-decoding", "makes tokens"], ["tw-wasted", "done, but the slot is held"]];

const COLUMNS = [["mean", "Mean, at least", secondsText],
  ["expected_mean", "Mean, ex\u00adpected", secondsText], ["expected_p99", "P99, ex\u00adpected", secondsText]];

function render(view) {
  const { data, get, control, open } = stage(view, "Three ways to batch");
  const says = spoken("tw-short");
  const chart = chartPlace("tw-batching");
  const ways = table(["Batching", ...COLUMNS.map(([, label]) => label)],
    { css: "tw-fluid tw-short-named" });

  function draw() {
    const shown = shownAt(data, get());
    says.textContent = story(shown);
    ways.set(Object.keys(NAMES).map((name) => row(NAMES[name], COLUMNS.map(([key, , text]) =>
      numberCell(`${key}-${name}`, shown.strategies[name][key], text)))));
    const label = "Three timelines of the same requests in the slots of a server. ";
    paint(chart, 3 * (LANES + HEAD + 8) + 46, label + says.textContent,
      (width) => picture(data, shown, get().max_batch, width));
  }

  const controls = {
    rate_per_s: control(slider, "rate_per_s", "Arrival rate", (n) => `${n}/s`),
    variance_percent: control(slider, "variance_percent", "Spread of answers", (n) => `${n} %`),
    max_batch: control(slider, "max_batch", "Slots", countText),
  };
  return open([
    legend(COLOURS), chart, panel(controls), says, ways.element,
    folded("What is drawn, what is counted", [note(BARS), note(about(data))]),
  ], { controls, draw, chart });
}

export default { render };
