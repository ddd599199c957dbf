// SIM-07. Looks up what tradeoff.py tabulated; tokens/s is a ratio.

const HEIGHT = 320;
const STEPS = 5; // of each axis

const milliseconds = (seconds) => seconds * 1000;

function endAt(data, state) {
  const curve = curveAt(data, state);
  const at = data.grid.slo_ms.indexOf(state.slo_ms);
  const [meeting, tpot] = [curve.meeting[at], curve.end_tpot[at]];
  const batch = Math.min(curve.limit, meeting);
  return { limit: curve.limit, meeting, batch, tpot, rate: ratio(batch, tpot) };
}

function curveAt(data, state) {
  const at = data.grid.context_tokens.indexOf(state.context_tokens);
  return data.curves[state.deployment][at];
}

// Both vertical axes end at round numbers: nothing on the chart is cut off.
function axesAt(data, state) {
  const { batches, tpot, right } = curveAt(data, state);
  const round = (value) => data.tops.find((top) => top >= value);
  const rates = batches.map((batch, i) => ratio(batch, tpot[i]));
  return {
    batch: right,
    rate: round(Math.max(...rates)),
    tpot: round(Math.max(milliseconds(tpot.at(-1)), state.slo_ms)),
  };
}

function scales(width, tops) {
  const box = { left: 54, right: width - 36, top: 26, bottom: HEIGHT - 38 };
  const x = (batch) => box.left + (batch / tops.batch) * (box.right - box.left);
  const up = (share) => box.bottom - share * (box.bottom - box.top);
  const rate = (value) => up(value / tops.rate);
  const tpot = (seconds) => up(milliseconds(seconds) / tops.tpot);
  return { box, x, up, rate, tpot };
}

function axes({ box, x, up }, tops) {
  const label = (at, height, anchor, text, css = "") =>
    shape("text", { x: at, y: height, "text-anchor": anchor, class: css }, text);
  const lines = Array.from({ length: STEPS + 1 }, (_, i) => i / STEPS).flatMap((share) => [
    shape("line", { x1: box.left, x2: box.right, y1: up(share), y2: up(share), class: "tw-grid" }),
    label(box.left - 6, up(share) + 4, "end", countText(tops.rate * share), "tw-rate-ink"),
    label(box.right + 6, up(share) + 4, "start", countText(tops.tpot * share), "tw-tpot-ink"),
    label(x(tops.batch * share), box.bottom + 15, "middle", countText(tops.batch * share)),
  ]);
  return [
    ...lines,
    label(2, 11, "start", "output tokens/s", "tw-rate-ink"),
    label(box.right + 36, 11, "end", "TPOT (ms)", "tw-tpot-ink"),
    label((box.left + box.right) / 2, HEIGHT - 6, "middle", "sequences in the batch"),
  ];
}

// One curve in two pieces: solid up to what memory holds, dashed beyond.
function line(points, split, css) {
  const piece = (part, more) => shape("polyline", {
    points: part.map((point) => point.join(",")).join(" "), class: `${css} ${more}`,
  });
  return [piece(points.slice(0, split + 1), ""), piece(points.slice(split), "tw-forbidden")];
}

function curves(scale, curve, end) {
  const { box, x, rate, tpot } = scale;
  const split = curve.batches.indexOf(curve.limit);
  const places = curve.batches.map((batch, i) => [x(batch), rate(ratio(batch, curve.tpot[i]))]);
  const times = curve.batches.map((batch, i) => [x(batch), tpot(curve.tpot[i])]);
  const inside = places.filter((_, i) => curve.batches[i] < end.batch);
  const corner = [[x(end.batch), rate(end.rate)], [x(end.batch), box.bottom]];
  const zone = [[x(1), box.bottom], ...inside, ...corner].map((point) => point.join(","));
  return [
    end.batch && shape("polygon", { points: zone.join(" "), class: "tw-zone" }),
    ...line(places, split, "tw-rate-line"), ...line(times, split, "tw-tpot-line"),
  ];
}

function limits({ box, x, rate, tpot }, state, end) {
  const wall = x(end.limit);
  const slo = tpot(state.slo_ms / 1000);
  const words = (attributes, text) => shape("text", attributes, text);
  const parts = [
    shape("rect", {
      x: wall, y: box.top, width: box.right - wall, height: box.bottom - box.top, class: "tw-wall",
    }),
    shape("line", { x1: wall, x2: wall, y1: box.top, y2: box.bottom, class: "tw-wall-line" }),
    words({ x: wall - 5, y: box.bottom - 6, "text-anchor": "end", class: "tw-halo" },
      `memory holds ${countText(end.limit)}`),
    shape("line", { x1: box.left, x2: box.right, y1: slo, y2: slo, class: "tw-slo" }),
    words({ x: box.left + 5, y: slo - 5, class: "tw-slo-ink tw-halo" }, `SLO ${state.slo_ms} ms`),
  ];
  if (!end.batch) return parts;
  const dot = (y, css) => shape("circle", { cx: x(end.batch), cy: y, r: 6, class: css });
  return [...parts,
    shape("line", {
      x1: x(end.batch), x2: x(end.batch), y1: box.top, y2: box.bottom, class: "tw-end",
    }),
    dot(rate(end.rate), "tw-rate-dot"), dot(tpot(end.tpot), "tw-tpot-dot")];
}

function story(data, state, end) {
  const { tpot, kink } = curveAt(data, state);
  const flat = end.batch > kink && kink !== null
    ? ` From ${countText(kink)} sequences on, arithmetic is the limit: more of them add time, ` +
      "no tokens/s."
    : "";
  const slo = `${state.slo_ms} ms`;
  if (!end.batch) {
    return `No batch meets the SLO: one sequence alone takes ${secondsText(tpot[0])} a token, ` +
      `more than ${slo}. No token counts.`;
  }
  if (end.meeting < end.limit) {
    return `The SLO decides: a step of ${countText(end.batch)} sequences still ends within ` +
      `${slo}. Memory holds ${countText(end.limit)}; with more than ${countText(end.batch)}, ` +
      `every stream is too slow and goodput is 0.${flat}`;
  }
  return `Memory decides: it holds ${countText(end.batch)} sequences, and their step takes ` +
    `${secondsText(end.tpot)}, within ${slo}. A looser SLO would not help.${flat}`;
}

const NOTE = "Shaded: the goodput zone, batches that fit and meet the SLO. Dashed: what the " +
  "chips would do if they had the memory. Every sequence stands at this context; a step gives each one " +
  "token, so TPOT is the step's time. Floors at data-sheet rates: no loss in kernels, no message " +
  "between chips, and no prompts of newcomers in the step.";

function render({ model, el }) {
  const data = model.get("data");
  const get = () => model.get("state");
  const counters = {
    batch: counter("batch", "largest batch in the zone"),
    rate: counter("rate", "output tokens/s there, at most"),
    tpot: counter("tpot", "TPOT there, at least"),
    limit: counter("limit", "sequences that memory holds"),
  };
  const texts = { batch: countText, rate: countText, tpot: secondsText, limit: countText };
  const chart = h("div", { class: "tw-chart" });
  const says = h("p", { class: "tw-story", "aria-live": "polite" });

  function draw() {
    const state = get();
    const end = endAt(data, state);
    for (const [name, one] of Object.entries(counters)) {
      const empty = !end.batch && name !== "limit";
      one.set(empty ? "–" : texts[name](end[name]), end[name]);
    }
    says.textContent = story(data, state, end);
    const label = `Throughput and TPOT against batch, ${data.labels[state.deployment]}. `;
    paint(chart, HEIGHT, label + says.textContent, (width) => {
      const tops = axesAt(data, state);
      const scale = scales(width, tops);
      return [...axes(scale, tops), ...curves(scale, curveAt(data, state), end),
        ...limits(scale, state, end)];
    });
  }

  const control = (kind, name, label, text) => kind({
    name, label, values: data.grid[name], value: get()[name], text,
    onchange: (value) => keep(model, { [name]: value }),
  });
  const controls = {
    deployment: control(select, "deployment", "Deployment", (name) => data.labels[name]),
    slo_ms: control(slider, "slo_ms", "SLO (max TPOT)", (ms) => `${ms} ms`),
    context_tokens: control(slider, "context_tokens", "Context tokens", countText),
  };
  const { deployment, ...sliders } = controls;
  fill(el,
    h("p", { class: "tw-title" }, "Throughput against latency"),
    h("div", { class: "tw-controls tw-wide" }, deployment.element),
    h("div", { class: "tw-controls tw-wide" }, elements(sliders)),
    chart,
    h("div", { class: "tw-counters" }, elements(counters)), says,
    h("p", { class: "tw-note" }, NOTE));
  el.classList.add("tw-widget");
  return followChart(model, { chart, controls, draw });
}

export default { render };
