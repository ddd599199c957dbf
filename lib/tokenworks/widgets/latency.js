// SIM-06. Looks up what latency.py tabulated in whole ticks; metrics are sums and quotients. The
// picture and what is counted step by step are floors; what to expect is of the whole answer.

const HEIGHT = 200;
const COLOURS = [["tw-queued", "waits in the line"], ["tw-reading", "its prompt is read"],
  ["tw-gap", "gaps: as wide and as high as they are long"]];
const TICKS_PER_S = 1e7; // so fine that a gap, a difference of two, keeps four digits
const EXPECTED_TICKS_PER_S = 1e6;
const seconds = (ticks) => ticks / TICKS_PER_S;

// The steps of the burst, and where the watched request stands in them.
function timesAt(data, state) {
  const [prompt, output, batch, place] =
    placesOf(data, state, "prompt_tokens", "output_tokens", "batch", "place");
  const burst = data.runs[state.deployment][prompt][output][batch];
  const [begun, first] = burst.places[place];
  const lengths = cumulative(burst.changes);
  const last = first + state.output_tokens - 1;
  return { lengths, ends: [0, ...cumulative(lengths)], read: burst.read, begun, first, last };
}

function shownAt({ lengths, ends, first, last }, cursor) {
  const now = cursor === null ? last : Math.min(cursor, last);
  const tokens = Math.max(0, now - first + 1);
  const gaps = lengths.slice(first, Math.max(first, now));
  const some = gaps.length > 0;
  return {
    tokens,
    ttft: tokens ? seconds(ends[first]) : null,
    itl: some ? seconds(gaps.at(-1)) : null,
    longest: some ? seconds(Math.max(...gaps)) : null,
    tpot: some ? seconds((ends[now] - ends[first]) / (tokens - 1)) : null,
    e2el: seconds(ends[now]),
  };
}

function expectedAt(data, state) {
  const [prompt, output, batch, place] =
    placesOf(data, state, "prompt_tokens", "output_tokens", "batch", "place");
  const run = data.runs[state.deployment][prompt][output][batch];
  const [first, longest, end] = run.expected[place].map((ticks) => ticks / EXPECTED_TICKS_PER_S);
  const gaps = state.output_tokens - 1;
  return {
    ttft: first, e2el: end,
    tpot: gaps ? (end - first) / gaps : null, longest: gaps ? longest : null,
  };
}

function scales(width, { lengths, ends, first, last }) {
  const frame = { left: 8, right: width - 8, top: 22, bottom: HEIGHT - 22 };
  const tallest = Math.max(...lengths.slice(first, Math.max(first + 1, last)));
  const x = axis([0, ends[last]], [frame.left, frame.right]);
  return { frame, x, y: axis([0, tallest], [frame.bottom, frame.top + 16]) };
}

// Until the first token: the queue, then its own prompt. Then one bar for each gap between tokens.
function bars({ frame, x, y }, times, now) {
  const { lengths, ends, begun, first } = times;
  const part = (from, to, up, css) => {
    const width = (x(to) - x(from)) * (css === "tw-gap" ? 0.85 : 1); // so that bars can be counted
    return to > from && box(x(from), up, width, frame.bottom - up, css);
  };
  const reached = (step) => ends[Math.min(step, now)];
  const gaps = lengths.slice(first, Math.max(first, now)).map((length, i) =>
    part(ends[first + i], ends[first + i + 1], y(length), "tw-gap"));
  return [
    part(0, reached(begun), frame.top, "tw-queued"),
    part(ends[begun], Math.max(ends[begun], reached(first)), frame.top, "tw-reading"),
    ...gaps,
  ];
}

function labels({ frame, x, y }, { ends, first, last }, shown) {
  const { left, right, top, bottom } = frame;
  const ttft = x(ends[first]);
  const early = ttft < (left + right) / 2;
  const tpot = shown.tpot === null ? null : y(shown.tpot * TICKS_PER_S);
  return [
    line(left, bottom, right, bottom, "tw-base"),
    words(left, HEIGHT - 6, "0"),
    words(right, HEIGHT - 6, secondsText(seconds(ends[last])), "end"),
    ...(shown.ttft === null ? [] : [
      line(ttft, top - 8, ttft, bottom, "tw-end"),
      words(ttft + (early ? 4 : -4), 11, `first token: ${secondsText(shown.ttft)}`,
        early ? "start" : "end"),
    ]),
    ...(tpot === null ? [] : [
      line(ttft, tpot, right, tpot, "tw-mean"),
      words(right, tpot - 5, `TPOT ${secondsText(shown.tpot)}`, "end", "tw-bold tw-halo"),
    ]),
  ];
}

function story(data, state, times, shown) {
  const { read, begun, first, last } = times;
  const now = state.cursor === null ? last : state.cursor;
  const others = state.batch - 1;
  if (now === 0) {
    return `${plural(state.batch, "request")} arrive${others ? "" : "s"} at once` +
      `${others ? `; you are the ${state.place}` : ""}.`;
  }
  if (now === last) {
    const parts = [`Done: ${plural(state.output_tokens, "token")}, ` +
      `${plural(state.output_tokens - 1, "gap")}.`];
    if (begun) parts.push(`The prompt waited ${plural(begun, "step")} for those ahead of it.`);
    const stalled = read.length - first;
    if (stalled > 0 && last > first) {
      parts.push(`${plural(Math.min(stalled, last - first), "gap")} held prompts of others.`);
    }
    return parts.join(" ");
  }
  const reads = read[now - 1] ? `read ${plural(read[now - 1], "prompt token")}` : "";
  if (now <= begun) return `Step ${now} ${reads}, none of them yours: you wait.`;
  if (now < first) return `Step ${now} ${reads}; your prompt is among them.`;
  if (now === first) return `Step ${now} ended your prompt: here is the first token.`;
  return `Token ${countText(shown.tokens)} of ${countText(state.output_tokens)}. ` +
    (reads ? `The step also ${reads} of others: a long gap.` : "The step only decoded.");
}

const about = (data, state) =>
  `${data.labels[state.deployment]} in bf16. Picture, stream and what is at least so are floors at ` +
  "data-sheet rates. Expected are the same steps as sums of timed kernels and messages: of such " +
  `times a token ${data.errors[state.deployment]}. All requests of the burst are equal and arrive ` +
  "at once. A step takes at most 2,048 tokens: one for each sequence that decodes, then prompts " +
  "in order of the line. The words are a recorded answer of SmolLM2.";

// One row of the floors, or of what to expect.
function loadRow(data, state, batch, kind) {
  const here = { ...state, batch };
  const found = kind ? expectedAt(data, here) : shownAt(timesAt(data, here), null);
  return row(countText(batch), ["ttft", "tpot", "longest", "e2el"].map((name) =>
    numberCell(`${kind}${name}-${batch}`, found[name], secondsText)),
  { chosen: batch === state.batch });
}

function render(view) {
  const { data, get, set, control, open } = stage(view, "Latency playground");
  const shown = counters({
    tokens: ["tokens out", countText],
    ttft: ["TTFT, at least", secondsText],
    itl: ["last gap, at least", secondsText],
    longest: ["longest gap, at least", secondsText],
    tpot: ["TPOT, at least", secondsText],
    e2el: ["E2EL so far, at least", secondsText],
  }, { css: "tw-six" });
  const wanted = counters({
    expected_ttft: ["TTFT, expected", secondsText],
    expected_tpot: ["TPOT, expected", secondsText],
    expected_longest: ["longest gap, expected", secondsText],
    expected_e2el: ["whole answer, expected", secondsText],
  });
  const says = spoken();
  const text = textPlace("text so far", "tw-stream");
  const chart = chartPlace("tw-short-chart");
  const loads = ["at least", "expected"].map((kind) =>
    table(["Load", "TTFT", "TPOT", "longest gap", "E2EL"], { css: "tw-fluid",
      caption: `The same place in the line at every batch load, the whole answer, ${kind}` }));
  const below = note();
  let times = null;

  function draw() {
    const state = get();
    times = timesAt(data, state);
    const found = shownAt(times, state.cursor);
    const now = state.cursor ?? times.last;
    shown.set(found);
    says.textContent = story(data, state, times, found);
    const said = data.output.slice(0, found.tokens);
    fill(text, said.slice(0, -1).join(""), h("span", { class: "tw-said" }, said.at(-1) ?? ""));
    text.scrollTop = text.scrollHeight;
    const label = "Waiting, reading, and the gaps between tokens over time. ";
    paint(chart, HEIGHT, label + says.textContent, (width) => {
      const scale = scales(width, times);
      return [...bars(scale, times, now), ...labels(scale, times, found)];
    });
    able(forward, now < times.last, "The last token is out: press Play or Start over.");
    const whole = Object.entries(expectedAt(data, state));
    wanted.set(Object.fromEntries(whole.map(([name, value]) => [`expected_${name}`, value])));
    ["", "expected-"].forEach((kind, i) =>
      loads[i].set(data.grid.batch.map((batch) => loadRow(data, state, batch, kind))));
    below.textContent = about(data, state);
  }

  const move = (cursor) => set({ cursor: cursor >= times.last ? null : cursor });
  let before = 0;
  let elapsed = 0;
  // As many steps as have ended by now; a slow machine skips frames, not time.
  function tick() {
    const moment = performance.now();
    elapsed += ((moment - before) * 1000) / get().slower;
    before = moment;
    const due = times.ends.findIndex((end) => end > elapsed);
    move(due < 0 ? times.last : Math.max(get().cursor ?? 0, due - 1));
    return get().cursor !== null;
  }
  const next = () => times.ends[(get().cursor ?? 0) + 1];
  const { play, reset, stop } = player({
    tick, says, end: () => move(times.last), rewind: () => move(0),
    wait: () => (Math.max(0, next() - elapsed) * get().slower) / 1000,
    begin: () => {
      if (get().cursor === null) move(0);
      before = performance.now();
      elapsed = times.ends[get().cursor];
    },
  });
  const forward = button("Step", () => move((get().cursor ?? 0) + 1));

  const anew = () => {
    stop();
    return { cursor: null };
  };
  const deployment =
    control(select, "deployment", "Deployment", (name) => data.labels[name], anew);
  const selects = {
    place: control(select, "place", "Your place in the line", String, anew),
    slower: control(select, "slower", "Time", (n) => (n === 1 ? "as it is" : `${n} × slower`)),
  };
  const sliders = {
    batch: control(slider, "batch", "Batch load", countText, anew),
    prompt_tokens: control(slider, "prompt_tokens", "Prompt length", countText, anew),
    output_tokens: control(slider, "output_tokens", "Output length", countText, anew),
  };
  return open([
    legend(COLOURS), chart, buttons(play, forward, reset), says, text, shown.element,
    wanted.element,
    panel(sliders), panel({ deployment }, "tw-wide"), panel(selects, "tw-wide"),
    folded("The same at every load", elements(loads), { wide: true }),
    folded("What is counted", below),
  ], { controls: { deployment, ...selects, ...sliders }, draw, chart, stop });
}

export default { render };
