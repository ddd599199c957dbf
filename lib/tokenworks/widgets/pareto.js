// Step against price. Looks up what pareto.py tabulated; a price is rent times step over tokens.

const HEIGHT = 330;
const TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
const LIMITS = {
  weights: "reading the weights", cache: "reading the caches",
  products: "multiplying", messages: "messages between the chips",
};

const usdText = (usd) => `USD ${commas(fixed(usd, 2))}`;

// One way: what a chip holds, its step, and what a million tokens cost at a price.
function wayAt(data, state, shape, batch) {
  const { formats, price } = state;
  const [context] = placesOf(data, state, "context_tokens");
  const row = data.ways[formats][shape][context][batch];
  const [held, expected, floor, limit] = row;
  const chips = data.chips[data.grid.shape[shape]];
  const count = data.grid.batch[batch];
  const second = data.prices[price].usd * chips / 3600;
  const tokens = 1e6 / count;
  return {
    held, fits: held <= data.usable, expected, floor, rate: count / expected / chips,
    usd: second * expected * tokens, floor_usd: second * floor * tokens,
    bottleneck: data.limits[limit],
  };
}

const chosenAt = (data, state) => wayAt(data, state, ...placesOf(data, state, "shape", "batch"));

// All that fit at these formats and this context, and those of them that none beats.
function fieldAt(data, state) {
  const [context] = placesOf(data, state, "context_tokens");
  const all = range(data.grid.shape.length).flatMap((shape) =>
    range(data.grid.batch.length).map((batch) => wayAt(data, state, shape, batch)));
  const best = data.best[state.formats][context];
  return {
    fitting: all.filter(({ fits }) => fits),
    best: best.map(([shape, batch]) => ({
      ...wayAt(data, state, shape, batch), shape: data.grid.shape[shape],
      batch: data.grid.batch[batch],
    })),
    context,
  };
}

// The axes hold all ways of the formats that fit, and the chosen one.
function scalesAt(field, chosen, width) {
  const frame = { left: 46, right: width - 12, top: 24, bottom: HEIGHT - 40, width };
  const all = [...field.fitting, chosen];
  const ends = (values) => [0.8 * Math.min(...values), 1.25 * Math.max(...values)];
  const times = ends(all.flatMap(({ expected, floor }) => [1000 * expected, 1000 * floor]));
  const bills = ends(all.flatMap(({ usd, floor_usd }) => [usd, floor_usd]));
  const x = logAxis(times, [frame.left, frame.right]);
  const y = logAxis(bills, [frame.bottom, frame.top]);
  const inside = (tick, [low, high]) => low <= tick && tick <= high;
  return {
    frame, x: (seconds) => x(1000 * seconds), y,
    below: TICKS.filter((tick) => inside(tick, times)).map((tick) => [x(tick), countText(tick)]),
    left: TICKS.filter((tick) => inside(tick, bills)).map((tick) => [y(tick), countText(tick)]),
  };
}

function chart(data, state, field, chosen, width) {
  const { frame, x, y, below, left } = scalesAt(field, chosen, width);
  const at = ({ expected, usd }) => [x(expected), y(usd)];
  const [px, py] = at(chosen);
  const [fx, fy] = [x(chosen.floor), y(chosen.floor_usd)];
  const end = px > frame.right - 70; // to the upper right of it no line passes
  const name = `${state.shape}, ${countText(state.batch)}`;
  return [
    ...axes(frame, {
      below: { ticks: below, title: "a step, expected (ms)" },
      left: { ticks: left, title: "USD a million tokens, expected" },
    }),
    field.best.length > 1 && shape("polyline", { points: points(field.best.map(at)),
      class: "tw-front" }),
    ...field.fitting.map((one) => dot(...at(one), 2.5, "tw-way", { "data-way": "" })),
    ...field.best.map((one) => dot(...at(one), 4, "tw-best", { "data-best": "" })),
    line(fx, fy, px, py, "tw-to-floor"),
    dot(fx, fy, 4.5, "tw-least", { "data-floor": "" }),
    dot(px, py, 7, chosen.fits ? "tw-taken-way" : "tw-taken-way tw-misfit", { "data-chosen": "" }),
    words(end ? frame.right : px + 9, py - 9, name, end ? "end" : "start", "tw-halo tw-way-name"),
  ];
}

function story(data, state, field, chosen) {
  const { usable } = data;
  if (!chosen.fits) {
    return `Does not fit: a chip would hold ${bytesText(chosen.held)} of its ` +
      `${bytesText(usable)} that can be used. Take fewer or shorter sequences, a narrower ` +
      "format, or a larger slice.";
  }
  const begin = `Fits. ${LIMITS[chosen.bottleneck][0].toUpperCase()}` +
    `${LIMITS[chosen.bottleneck].slice(1)} ${chosen.bottleneck === "messages" ? "take" : "takes"} the largest part of the step.`;
  const own = field.best.some(({ shape: form, batch }) =>
    form === state.shape && batch === state.batch);
  if (own) return `${begin} No other way in these formats is as fast and cheaper.`;
  const better = field.best.find(({ expected, usd }) =>
    expected <= chosen.expected && usd <= chosen.usd);
  if (!better) return begin;
  return `${begin} ${better.shape.startsWith("8") ? "An" : "A"} ${better.shape} with ${countText(better.batch)} at once is as fast or faster, ` +
    `and costs ${usdText(better.usd)}.`;
}

const about = (data, state) => "Small dots: all ways in these formats that fit at this context. " +
  "Line: those that no other beats in both. Ring: the floors of the chosen way. A step gives each " +
  "sequence one token; reading prompts is not in the price, and the chips are at work all the " +
  `time. ${data.prices[state.price].said}. ` +
  `Of the expected times, ${data.error}; other slices and formats were not measured.`;

function render(view) {
  const { data, get, control, open } = stage(view, "Fast or cheap: 70B on slices of TPU v5e");
  const shown = counters({
    expected: ["step, expected", secondsText],
    usd: ["a million tokens, expected", usdText],
    rate: ["tokens/s a chip, expected", (rate) => countText(Number(fixed(rate, 1)))],
    floor: ["step, at least", secondsText],
    floor_usd: ["a million tokens, at least", usdText],
    held: ["a chip holds", bytesText],
  }, { css: "tw-six" });
  const place = chartPlace();
  const says = spoken();
  const below = note();
  const controls = {
    formats: control(select, "formats", "Formats", (name) => data.labels[name]),
    price: control(select, "price", `A chip, ${data.month}`, (name) => data.prices[name].label),
  };
  const sliders = {
    shape: control(slider, "shape", "Slice",
      (form) => `${form}, ${plural(data.chips[form], "chip")}`),
    batch: control(slider, "batch", "Sequences at once", countText),
    context_tokens: control(slider, "context_tokens", "Tokens of each", countText),
  };

  function draw() {
    const state = get();
    const chosen = chosenAt(data, state);
    const field = fieldAt(data, state);
    shown.set(chosen);
    says.textContent = story(data, state, field, chosen);
    below.textContent = about(data, state);
    const label = `Price of a million tokens against the time of a step. ${says.textContent}`;
    paint(place, HEIGHT, label, (width) => chart(data, state, field, chosen, width));
  }

  return open([
    place, says, panel(controls, "tw-roomy"), panel(sliders, "tw-wide"), shown.element,
    folded("What is drawn, and what is counted", below),
  ], { controls: { ...controls, ...sliders }, draw, chart: place });
}

export default { render };
