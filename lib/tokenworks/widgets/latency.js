// SIM-06. Looks up what latency.py tabulated in whole microseconds; metrics are sums and ratios.

const HEIGHT = 200;
const LEGEND = [["tw-queued", "waits in the line"], ["tw-reading", "its prompt is read"],
  ["tw-gap", "gaps: as wide and as high as they are long"]];
const seconds = (micros) => micros / 1e6;
const timeText = (value) => (value === null ? "–" : secondsText(value));

// The steps of the burst, and where the watched request stands in them.
function timesAt(data, state) {
  const at = (name) => data.grid[name].indexOf(state[name]);
  const runs = data.runs[state.deployment];
  const burst = runs[at("prompt_tokens")][at("output_tokens")][at("batch")];
  const [begun, first] = burst.places[at("place")];
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
    tpot: some ? seconds(ratio(ends[now] - ends[first], tokens - 1)) : null,
    e2el: seconds(ends[now]),
  };
}

function scales(width, { lengths, ends, first, last }) {
  const box = { left: 8, right: width - 8, top: 22, bottom: HEIGHT - 22 };
  const tallest = Math.max(...lengths.slice(first, Math.max(first + 1, last)));
  const x = (micros) => box.left + ratio(micros, ends[last]) * (box.right - box.left);
  const y = (micros) => box.bottom - ratio(micros, tallest) * (box.bottom - box.top - 16);
  return { box, x, y };
}

// Until the first token: the queue, then its own prompt. Then one bar for each gap between tokens.
function bars({ box, x, y }, times, now) {
  const { lengths, ends, begun, first } = times;
  const part = (from, to, up, css) => {
    const width = (x(to) - x(from)) * (css === "tw-gap" ? 0.85 : 1); // so that bars can be counted
    const height = box.bottom - up;
    return to > from && shape("rect", { x: x(from), y: up, width, height, class: css });
  };
  const reached = (step) => ends[Math.min(step, now)];
  const gaps = lengths.slice(first, Math.max(first, now)).map((length, i) =>
    part(ends[first + i], ends[first + i + 1], y(length), "tw-gap"));
  return [
    part(0, reached(begun), box.top, "tw-queued"),
    part(ends[begun], Math.max(ends[begun], reached(first)), box.top, "tw-reading"),
    ...gaps,
  ];
}

function words({ box, x, y }, { ends, first, last }, shown) {
  const label = (at, up, anchor, text, css = "") =>
    shape("text", { x: at, y: up, "text-anchor": anchor, class: css }, text);
  const line = (x1, x2, y1, y2, css) => shape("line", { x1, x2, y1, y2, class: css });
  const ttft = x(ends[first]);
  const left = ttft < (box.left + box.right) / 2;
  const parts = [
    line(box.left, box.right, box.bottom, box.bottom, "tw-base"),
    label(box.left, HEIGHT - 6, "start", "0"),
    label(box.right, HEIGHT - 6, "end", secondsText(seconds(ends[last]))),
  ];
  if (shown.ttft !== null) {
    parts.push(
      line(ttft, ttft, box.top - 8, box.bottom, "tw-end"),
      label(ttft + (left ? 4 : -4), 11, left ? "start" : "end",
        `first token: ${secondsText(shown.ttft)}`));
  }
  if (shown.tpot !== null) {
    const up = y(shown.tpot * 1e6);
    parts.push(
      line(ttft, box.right, up, up, "tw-mean"),
      label(box.right, up - 5, "end", `TPOT ${secondsText(shown.tpot)}`, "tw-mean-ink tw-halo"));
  }
  return parts;
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
  const inside = read[now - 1] ? `read ${plural(read[now - 1], "prompt token")}` : "";
  if (now <= begun) return `Step ${now} ${inside}, none of them yours: you wait.`;
  if (now < first) return `Step ${now} ${inside}; your prompt is among them.`;
  if (now === first) return `Step ${now} ended your prompt: here is the first token.`;
  return `Token ${countText(shown.tokens)} of ${countText(state.output_tokens)}. ` +
    (inside ? `The step also ${inside} of others: a long gap.` : "The step only decoded.");
}

const note = (data, state) =>
  `${data.labels[state.deployment]} in bf16, floors at data-sheet rates. All requests of the ` +
  "burst are equal and arrive at once. A step takes at most 2,048 tokens: one for each sequence " +
  "that decodes, then prompts in order of the line. The words are a recorded answer of SmolLM2.";

const legend = () => h("p", { class: "tw-note" }, LEGEND.map(([css, says]) =>
  h("span", { class: "tw-key" }, h("span", { class: `tw-swatch ${css}` }), ` ${says}`)));

function table(rows) {
  const column = (text) => h("th", { scope: "col", class: "tw-digits" }, text);
  const caption = "The same place in the line at every batch load, the whole answer";
  return h("table", { class: "tw-candidates tw-loads" }, h("caption", {}, caption),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Load"),
      ["TTFT", "TPOT", "longest gap", "E2EL"].map(column))), rows);
}

function loadRow(data, state, batch) {
  const found = shownAt(timesAt(data, { ...state, batch }), null);
  const chosen = batch === state.batch;
  const cells = ["ttft", "tpot", "longest", "e2el"].map((name) => h("td", {
    class: "tw-digits", "data-cell": `${name}-${batch}`, "data-raw": found[name] ?? "",
  }, timeText(found[name])));
  return h("tr", { class: chosen ? "tw-picked" : "", "aria-current": chosen ? "true" : null },
    h("th", { scope: "row" }, countText(batch)), cells);
}

function render({ model, el }) {
  const data = model.get("data");
  const get = () => model.get("state");
  const counters = {
    tokens: counter("tokens", "tokens out"),
    ttft: counter("ttft", "TTFT"),
    itl: counter("itl", "ITL, the last gap"),
    longest: counter("longest", "ITL, the longest gap"),
    tpot: counter("tpot", "TPOT, the mean gap"),
    e2el: counter("e2el", "E2EL, so far"),
  };
  const says = h("p", { class: "tw-story", "aria-live": "polite" });
  const text = h("div", {
    class: "tw-text tw-stream", role: "group", tabindex: 0, "aria-label": "text so far",
  });
  const chart = h("div", { class: "tw-chart tw-short-chart" });
  const rows = h("tbody");
  const below = h("p", { class: "tw-note" });
  let times = null;

  function draw() {
    const state = get();
    times = timesAt(data, state);
    const shown = shownAt(times, state.cursor);
    const now = state.cursor ?? times.last;
    for (const [name, one] of Object.entries(counters)) {
      const show = name === "tokens" ? countText : timeText;
      one.set(show(shown[name]), shown[name] ?? "");
    }
    says.textContent = story(data, state, times, shown);
    const said = data.output.slice(0, shown.tokens);
    fill(text, said.slice(0, -1).join(""), h("span", { class: "tw-said" }, said.at(-1) ?? ""));
    text.scrollTop = text.scrollHeight;
    const label = "Waiting, reading, and the gaps between tokens over time. ";
    paint(chart, HEIGHT, label + says.textContent, (width) => {
      const scale = scales(width, times);
      return [...bars(scale, times, now), ...words(scale, times, shown)];
    });
    able(forward, now < times.last, "The last token is out: press Play or Start over.");
    fill(rows, data.grid.batch.map((batch) => loadRow(data, state, batch)));
    below.textContent = note(data, state);
  }

  const move = (cursor) => keep(model, { cursor: cursor >= times.last ? null : cursor });
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
  const wait = () => (Math.max(0, next() - elapsed) * get().slower) / 1000;
  const ticking = clock(tick, wait, (on) => {
    play.textContent = on ? "Pause" : "Play";
    says.setAttribute("aria-live", on ? "off" : "polite");
    if (!on) return;
    if (get().cursor === null) move(0);
    before = performance.now();
    elapsed = times.ends[get().cursor];
  });
  const play = still()
    ? button("To the end", () => move(times.last))
    : button("Play", () => ticking.toggle());
  const forward = button("Step", () => move((get().cursor ?? 0) + 1));
  const reset = button("Start over", () => {
    ticking.stop();
    move(0);
  });

  const control = (kind, name, label, format) => kind({
    name, label, values: data.grid[name], value: get()[name], text: format,
    onchange: (value) => {
      if (name !== "slower") ticking.stop();
      keep(model, name === "slower" ? { slower: value } : { [name]: value, cursor: null });
    },
  });
  const controls = {
    deployment: control(select, "deployment", "Deployment", (name) => data.labels[name]),
    place: control(select, "place", "Your place in the line", String),
    slower: control(select, "slower", "Time", (n) => (n === 1 ? "as it is" : `${n} × slower`)),
    batch: control(slider, "batch", "Batch load", countText),
    prompt_tokens: control(slider, "prompt_tokens", "Prompt length", countText),
    output_tokens: control(slider, "output_tokens", "Output length", countText),
  };
  const { deployment, place, slower, ...sliders } = controls;
  fill(el,
    h("p", { class: "tw-title" }, "Latency playground"),
    h("div", { class: "tw-controls tw-wide" }, deployment.element),
    h("div", { class: "tw-controls tw-wide" }, elements({ place, slower })),
    h("div", { class: "tw-controls" }, elements(sliders)),
    h("div", { class: "tw-buttons" }, play, forward, reset),
    h("div", { class: "tw-counters tw-six" }, elements(counters)),
    says, text, legend(), chart, table(rows), below);
  el.classList.add("tw-widget");
  return followChart(model, { chart, controls, draw, stop: () => ticking.stop() });
}

export default { render };
