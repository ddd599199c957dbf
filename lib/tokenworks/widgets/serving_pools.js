// SIM-15: prompts beside answers, or apart. Looks up what the cluster simulator did.

const [LANE, STREAM, BLOCK] = [42, 40, 20]; // pixels: a replica, an answer, what is drawn of each
const DOES = ["", "tw-lane-writes", "tw-lane-reads"]; // a step of answers alone, one with a prompt
const ROLES = { apart: ["Reads prompts", "Writes answers"] };

function shownAt(data, state) {
  const [rate, prompt] = placesOf(data, state, "rate_per_s", "prompt_tokens");
  return data.runs[rate][prompt];
}

function laneOf(steps, top, { x, name, number }) {
  let start = 0;
  const boxes = steps.map(([what, end]) => {
    const from = start;
    start = end;
    return what > 0 && box(x(from), top + 15, Math.max(0.5, x(end) - x(from)), BLOCK, DOES[what],
      { "data-lane": number });
  });
  return [words(x(0), top + 10, name, "start", "tw-bold"),
    line(x(0), top + 15 + BLOCK, x(start), top + 15 + BLOCK), ...boxes];
}

// The answer that is watched: a tick for each token, and its longest gap.
function streamOf(way, { tokens, longest }, top, { x, last, name, chosen }) {
  const moments = cumulative(tokens);
  const stall = tokens.reduce((best, gap, i) => (i > 0 && gap > tokens[best] ? i : best), 1);
  const seen = moments.filter((at) => at <= last);
  const [from, until] = [moments[stall - 1], moments[stall]];
  const says = `${name}: first after ${shortSeconds(tokens[0] / 1000)}, ` +
    `longest gap ${shortSeconds(longest)}`;
  return [
    words(x(0), top + 10, says, "start", chosen ? "tw-bold" : null),
    line(x(0), top + 29, x(last), top + 29),
    until <= last && box(x(from), top + 15, x(until) - x(from), 14, "tw-stall",
      { "data-stall": way }),
    ...seen.map((at) => shape("line", { x1: x(at), x2: x(at), y1: top + 15, y2: top + 29,
      class: "tw-token-tick", "data-token": way })),
  ];
}

const NAMES = { whole: "Whole", chunks: "Chunks", apart: "Apart" };

function drawing(data, state, shown, width) {
  const last = data.shown_ms;
  const x = axis([0, last], [2, width - 14]);
  const { lanes, busy } = shown[state.way];
  const streams = 2 * LANE + 18;
  const bottom = streams + 3 * STREAM;
  const ticks = range(last / 1000 + 1).map((i) => 1000 * i);
  return [
    ...ticks.map((at) => line(x(at), 14, x(at), bottom)),
    ...lanes.flatMap((steps, i) => {
      const role = ROLES[state.way]?.[i] ?? `Replica ${i + 1}`;
      return laneOf(steps, i * LANE, { x, number: i,
        name: `${role}: at work ${probabilityText(busy[i])} of the time` });
    }),
    words(x(0), 2 * LANE + 12, "One answer, token by token:"),
    ...Object.keys(NAMES).flatMap((way, i) => streamOf(way, shown[way], streams + i * STREAM,
      { x, last, name: NAMES[way], chosen: way === state.way })),
    ...ticks.map((at, i) => words(x(at), bottom + 14, i ? `${at / 1000} s` : "0",
      i ? (i === ticks.length - 1 ? "end" : "middle") : "start")),
  ];
}

const MORE = {
  whole: () => "While a prompt is read, every answer on that replica stands still.",
  chunks: ({ chunk_tokens }) => `No step has more than ${countText(chunk_tokens)} tokens, so no ` +
    "gap is long; a prompt takes more steps.",
  apart: ({ link, seconds }) => `The cache of a prompt takes at least ${shortSeconds(seconds)} on ` +
    `its way over ${link}; prompts wait for the one replica that reads.`,
};

function story(data, state, shown) {
  const { first, gap, gap_p99: long } = shown[state.way];
  const seconds = data.transfers[placesOf(data, state, "prompt_tokens")[0]];
  return `Half of the first tokens come within ${shortSeconds(first)}, half of the gaps between ` +
    `tokens are within ${shortSeconds(gap)}, one gap in a hundred is longer than ` +
    `${shortSeconds(long)}. ${MORE[state.way]({ ...data, seconds })}`;
}

const about = (data) => `Two replicas, each ${data.label}, bf16. All three ways get the same ` +
  `${data.count} requests, which come at random, with answers of ${data.output_tokens} tokens; ` +
  "the picture begins when one of them arrives and shows what happens until four seconds later. " +
  `Apart, the cache goes over ${data.link}. Where more comes than a way can serve, its line grows ` +
  "all along. At least: the same requests where every step takes its floor. " +
  `Of expected times a token, ${data.error}.`;

const COLOURS = [["tw-lane-reads", "a step that reads a prompt"], ["tw-lane-writes", "answers alone"],
  ["tw-stall", "longest gap"]];
const COLUMNS = [["first", "First token, half within"], ["first_p99", "First token, P99"],
  ["gap_p99", "Gap, P99"], ["floor_gap_p99", "Gap, P99, at least"]];

function render(view) {
  const { data, get, control, open } = stage(view, "Prompts beside answers, or apart");
  const place = chartPlace("tw-board");
  const says = spoken();
  const ways = table(["Way", ...COLUMNS.map(([, label]) => label)],
    { css: "tw-fluid tw-served-ways", caption: "Expected times, and one that is the least" });
  const choices = { way: control(select, "way", "Served", (way) => data.ways[way]) };
  const sliders = {
    rate_per_s: control(slider, "rate_per_s", "Requests", (n) => `${n}/s`),
    prompt_tokens: control(slider, "prompt_tokens", "Tokens of a prompt", countText),
  };

  function draw() {
    const state = get();
    const shown = shownAt(data, state);
    says.textContent = story(data, state, shown);
    ways.set(Object.keys(NAMES).map((way) => row(NAMES[way], COLUMNS.map(([key]) =>
      numberCell(`${key}-${way}`, shown[way][key], shortSeconds)), { chosen: way === state.way })));
    const label = `What two replicas do, and one answer under three ways. ${says.textContent}`;
    paint(place, 2 * LANE + 3 * STREAM + 38, label, (width) => drawing(data, state, shown, width));
  }

  return open([
    panel(choices), panel(sliders, "tw-wide"), legend(COLOURS), place, says,
    ways.element, folded("What is drawn, and what is counted", note(about(data))),
  ], { controls: { ...choices, ...sliders }, draw, chart: place });
}

export default { render };
