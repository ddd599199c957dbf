// SIM-07. Looks up what tradeoff.py tabulated, floors and what to expect; tokens/s is a quotient.

const HEIGHT = 320;
const STEPS = 5; // of each axis

function endAt(data, state) {
  const curve = curveAt(data, state);
  const [at] = placesOf(data, state, "slo_ms");
  const [batch, floor_batch, tpot, floor] = curve.ends[at];
  return { limit: curve.limit, batch, floor_batch, tpot, floor, rate: ratio(batch, tpot) };
}

function curveAt(data, state) {
  const [at] = placesOf(data, state, "context_tokens");
  return data.curves[state.deployment][at];
}

// Both vertical axes end at round numbers: nothing on the chart is cut off.
function topsAt(data, state) {
  const { batches, floor, tpot, right } = curveAt(data, state);
  const round = (value) => data.tops.find((top) => top >= value);
  const rates = batches.map((batch, i) => batch / floor[i]);
  return {
    batch: right,
    rate: round(Math.max(...rates)),
    tpot: round(Math.max(tpot.at(-1) * 1000, state.slo_ms)),
  };
}

function scales(width, tops) {
  const frame = { left: 54, right: width - 36, top: 26, bottom: HEIGHT - 38, width };
  const up = [frame.bottom, frame.top];
  const milliseconds = axis([0, tops.tpot], up);
  return {
    frame, x: axis([0, tops.batch], [frame.left, frame.right]), rate: axis([0, tops.rate], up),
    milliseconds, tpot: (seconds) => milliseconds(seconds * 1000),
  };
}

function scaleLines({ frame, x, rate, milliseconds }, tops) {
  const ticks = (place, top) => range(STEPS + 1).map((i) => (i / STEPS) * top)
    .map((value) => [place(value), countText(value)]);
  return axes(frame, {
    below: { title: "sequences in the batch", ticks: ticks(x, tops.batch) },
    left: { title: "output tokens/s", ink: "tw-rate-ink", ticks: ticks(rate, tops.rate) },
    right: { title: "TPOT (ms)", ink: "tw-tpot-ink", ticks: ticks(milliseconds, tops.tpot) },
  });
}

// One curve in two pieces: strong up to what memory holds, faint beyond.
function pieces(all, split, css) {
  const piece = (part, more) =>
    shape("polyline", { points: points(part), class: classes(css, more) });
  return [piece(all.slice(0, split + 1)), piece(all.slice(split), "tw-forbidden")];
}

// What to expect solid, the floor of the same thing dashed.
function bothLines(curve, split, place, css) {
  const line = (seconds) => curve.batches.map((batch, i) => place(batch, seconds[i]));
  return [
    ...pieces(line(curve.floor), split, classes(css, "tw-floor-line")),
    ...pieces(line(curve.tpot), split, css),
  ];
}

function curves({ frame, x, rate, tpot }, curve, end) {
  const split = curve.batches.indexOf(curve.limit);
  const rates = curve.batches.map((batch, i) => [x(batch), rate(batch / curve.tpot[i])]);
  const under = rates.filter((_, i) => curve.batches[i] < end.batch);
  const corner = [[x(end.batch), rate(end.rate)], [x(end.batch), frame.bottom]];
  return [
    end.batch && shape("polygon", {
      points: points([[x(1), frame.bottom], ...under, ...corner]), class: "tw-zone",
    }),
    ...bothLines(curve, split, (batch, seconds) => [x(batch), rate(batch / seconds)], "tw-rate-line"),
    ...bothLines(curve, split, (batch, seconds) => [x(batch), tpot(seconds)], "tw-tpot-line"),
  ];
}

function limits({ frame, x, rate, tpot, milliseconds }, state, end) {
  const { left, right, top, bottom } = frame;
  const wall = x(end.limit);
  const slo = milliseconds(state.slo_ms);
  const parts = [
    box(wall, top, right - wall, bottom - top, "tw-wall"),
    line(wall, top, wall, bottom, "tw-wall-line"),
    line(left, slo, right, slo, "tw-slo"),
    words(right - 5, slo - 5, `SLO ${state.slo_ms} ms`, "end", "tw-slo-ink tw-halo"),
    words(wall - 5, bottom - 6, `memory holds ${countText(end.limit)}`, "end", "tw-halo"),
  ];
  if (!end.batch) return parts;
  const at = x(end.batch);
  return [...parts, line(at, top, at, bottom, "tw-end"),
    dot(at, rate(end.rate), 6, "tw-rate-dot"), dot(at, tpot(end.tpot), 6, "tw-tpot-dot")];
}

function story(data, state, end) {
  const { floor, tpot, kink } = curveAt(data, state);
  const flat = kink !== null && end.batch > kink
    ? ` From ${countText(kink)} sequences on, arithmetic is the limit even of the floor: more of ` +
      "them add time, no tokens/s."
    : "";
  const slo = `${state.slo_ms} ms`;
  const least = end.floor_batch > end.batch
    ? ` By the floor it would be ${countText(end.floor_batch)}.`
    : "";
  if (!end.batch) {
    return `No batch meets the SLO: expect one sequence alone to take ${secondsText(tpot[0])} a ` +
      `token, at least ${secondsText(floor[0])}. With more than ${slo} no token counts.${least}`;
  }
  if (end.batch < end.limit) {
    return `The SLO decides: a step of ${countText(end.batch)} sequences is expected to end ` +
      `within ${slo}.${least} Memory holds ${countText(end.limit)}; with more than ` +
      `${countText(end.batch)}, every stream is too slow and goodput is 0.${flat}`;
  }
  return `Memory decides: it holds ${countText(end.batch)} sequences. Expect their step to take ` +
    `${secondsText(end.tpot)}, within ${slo}. A looser SLO would not help.${flat}`;
}

const about = (data, state) => "Shaded: the goodput zone, batches that fit and are expected to meet " +
  "the SLO. Dashed: floors in bf16 at data-sheet rates, with no loss in kernels and no message " +
  "between chips. Solid: what to expect of kernels and messages; of such times a token " +
  `${data.errors[state.deployment]}. Faint: beyond what memory holds. Every sequence stands at ` +
  "this context; a step gives each one token, so TPOT is the step's time. No prompts of newcomers " +
  "are in the step.";

function render(view) {
  const { data, get, control, open } = stage(view, "Throughput against latency");
  const shown = counters({
    batch: ["largest batch in the zone", countText],
    tpot: ["TPOT there, expected", secondsText],
    rate: ["tokens/s there, expected", countText],
    floor_batch: ["largest batch, by the floor", countText],
    floor: ["TPOT there, at least", secondsText],
    limit: ["sequences that memory holds", countText],
  }, { css: "tw-six" });
  const chart = chartPlace();
  const below = note();
  const says = spoken();

  function draw() {
    const state = get();
    const end = endAt(data, state);
    shown.set(end.batch ? end : { limit: end.limit, floor_batch: end.floor_batch });
    below.textContent = about(data, state);
    says.textContent = story(data, state, end);
    const label = `Throughput and TPOT against batch, ${data.labels[state.deployment]}. `;
    paint(chart, HEIGHT, label + says.textContent, (width) => {
      const tops = topsAt(data, state);
      const scale = scales(width, tops);
      return [...scaleLines(scale, tops), ...curves(scale, curveAt(data, state), end),
        ...limits(scale, state, end)];
    });
  }

  const deployment = control(select, "deployment", "Deployment", (name) => data.labels[name]);
  const sliders = {
    slo_ms: control(slider, "slo_ms", "SLO (max TPOT)", (ms) => `${ms} ms`),
    context_tokens: control(slider, "context_tokens", "Context tokens", countText),
  };
  return open([
    panel({ deployment }, "tw-wide"), chart, panel(sliders, "tw-wide"), says, shown.element,
    folded("What is shaded, what is counted", below),
  ], { controls: { deployment, ...sliders }, draw, chart });
}

export default { render };
