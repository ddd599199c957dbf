// The pictures of a calculator: lines over an input, bars of one setting, one output across choices.

const [TALL, BAR] = [196, 32]; // pixels: a chart of lines, a bar with its words

// Three digits: no decimals from 100 on, whole cents from 1 on.
function moneyText(usd) {
  const ends = [100, 1, 0.1, 0.01, 0.001, 0.0001];
  const at = ends.findIndex((end) => usd >= end);
  const places = usd === 0 ? 0 : at < 0 ? 7 : [0, 2, 3, 4, 5, 6][at];
  return `USD\u00a0${commas(fixed(usd, places))}`;
}

// A share in percent, below a tenth with one decimal; only all of it is 100.
const shareText = (share) => (share >= 0.995 && share < 1 ? "over 99\u00a0%"
  : `${fixed(100 * share, share > 0 && share < 0.1 ? 1 : 0)}\u00a0%`);
const FORMATS = {
  usd: moneyText, seconds: secondsText, bytes: bytesText, count: countText, share: shareText,
  times: (value) => `${countText(value)}×`,
};
const saidOf = (output, value) => {
  if (value === null) return "–";
  return output.unit === "word" ? output.words[value] : FORMATS[output.unit](value);
};

// A column has one value for each setting of the inputs on which it depends, the last one fastest.
function valueAt(data, state, name) {
  const column = data.points[name];
  if (!column) return null;
  const places = placesOf(data, state, ...column.over);
  const place = column.over.reduce((at, input, i) => at * data.grid[input].length + places[i], 0);
  return column.values[place];
}
const verdictAt = (data, state) => data.verdicts[valueAt(data, state, "verdict")];
const outputOf = (data, name) => data.outputs.find((one) => one.name === name.replace(".floor", ""));
const textAt = (data, state, { name, texts }) => texts[placesOf(data, state, name)[0]];
const inkOf = (colour) => `tw-ink-${colour}`;

// All settings of one input, the others as chosen.
const over = (data, state, name) => data.grid[name].map((value) => ({ ...state, [name]: value }));

// ---- lines ----

const STEPS = [1, 2, 5];
function logTicks([low, high]) {
  const all = range(24).flatMap((i) => STEPS.map((step) => Number(`${step}e${i - 9}`)))
    .filter((tick) => tick >= low && tick <= high);
  return all.length > 7 || all.map(countText).join("").length > 20 ? all.filter((tick) => String(tick).replace(/[0.]/g, "")[0] === "1") : all;
}

function evenTicks([, high]) {
  const sizes = range(24).flatMap((i) => STEPS.map((step) => Number(`${step}e${i - 9}`)));
  const size = sizes.find((one) => high / one <= 5);
  return range(6).map((i) => Number((i * size).toPrecision(6))).filter((tick) => tick <= high);
}

function scalesOf(data, state, width) {
  const { over: name, lines, scale, log } = data.picture;
  const settings = over(data, state, name);
  const frame = { left: 46, right: width - 14, top: 24, bottom: TALL - 40, width };
  const xs = [data.grid[name][0], data.grid[name].at(-1)];
  const ys = lines.flatMap(([output]) => settings.map((each) => valueAt(data, each, output)))
    .filter((value) => value !== null && value > 0).map((value) => value * scale);
  if (ys.length === 0) ys.push(1); // nothing to draw here, and still a frame
  const ends = log[1] ? [0.8 * Math.min(...ys), 1.25 * Math.max(...ys)] : [0, 1.08 * Math.max(...ys)];
  const x = (log[0] ? logAxis : axis)(xs, [frame.left + 8, frame.right - 8]);
  const y = (log[1] ? logAxis : axis)(ends, [frame.bottom, frame.top]);
  const below = (log[0] ? logTicks(xs) : evenTicks(xs)).filter((tick) => tick >= xs[0]);
  return {
    frame, settings, name, x, y: (value) => y(value * scale),
    below: below.map((tick) => [x(tick), countText(tick)]),
    left: (log[1] ? logTicks(ends) : evenTicks(ends)).map((tick) => [y(tick), countText(tick)]),
  };
}

// From the middle before a setting to the middle after it.
function spanOf({ settings, name, x, frame }, i) {
  const at = (j) => x(settings[j][name]);
  const left = i === 0 ? frame.left : (at(i - 1) + at(i)) / 2;
  const right = i === settings.length - 1 ? frame.right : (at(i) + at(i + 1)) / 2;
  return [left, right - left];
}

function strips(data, scales) {
  const { settings, frame } = scales;
  const { band, band_colours: colours, refused } = data.picture;
  return settings.flatMap((each, i) => {
    const [from, wide] = spanOf(scales, i);
    const word = band ? valueAt(data, each, band) : null;
    const out = refused && verdictAt(data, each).refused;
    return [
      out && box(from, frame.top, wide, frame.bottom - frame.top, "tw-out", { fill: "url(#tw-hatch)" }),
      word !== null && box(from, frame.bottom - 7, wide, 7, classes(inkOf(colours[word]), "tw-inked"), { "data-band": word }),
    ];
  });
}

function lineOf(data, scales, [output, , colour]) {
  const { settings, name, x, y } = scales;
  const all = settings.map((each) => [each[name], valueAt(data, each, output)])
    .filter(([, value]) => value !== null && value > 0);
  if (all.length === 0) return null;
  const css = classes("tw-curve", inkOf(colour), output.endsWith(".floor") && "tw-dashed");
  return shape("polyline", { points: points(all.map(([at, value]) => [x(at), y(value)])), class: css,
    "data-line": output });
}

function markOf(data, state, { x, frame, name }) {
  const { mark } = data.picture;
  const at = mark && valueAt(data, state, mark[0]);
  if (!at || at < data.grid[name][0] || at > data.grid[name].at(-1)) return [];
  const [middle, wide] = [(frame.left + frame.right) / 2, 7 * mark[1].length]; // pixels of the label
  const end = x(at) > middle && x(at) + 5 + wide > frame.right;
  return [
    line(x(at), frame.top - 4, x(at), frame.bottom, "tw-crossing"),
    words(x(at) + (end ? -5 : 5), frame.top + 7, mark[1], end ? "end" : "start", "tw-halo tw-bold"),
  ];
}

function curve(data, state, width) {
  const scales = scalesOf(data, state, width);
  const { frame, x, y, name, below, left } = scales;
  const at = x(state[name]);
  const dots = data.picture.lines.map(([output, , colour]) => {
    const value = valueAt(data, state, output);
    return value > 0 && dot(at, y(value), output.endsWith(".floor") ? 4 : 6,
      classes("tw-here", inkOf(colour), verdictAt(data, state).refused && "tw-hollow"),
      { "data-dot": output });
  });
  const label = data.inputs.find((one) => one.name === name).label;
  return [
    hatching(), ...strips(data, scales),
    ...axes(frame, { below: { ticks: below, title: label },
      left: { ticks: left, title: data.picture.title } }),
    line(at, frame.top, at, frame.bottom, "tw-at"),
    ...data.picture.lines.map((one) => lineOf(data, scales, one)),
    ...markOf(data, state, scales), ...dots,
  ];
}

// ---- bars ----

const [HEAD, WORDS] = [20, 16]; // pixels: the title of all bars, the words above one
const headOf = ({ picture }) => words(0, 12, picture.title);
function barRow(i, { wide, text, css, dashed = null, chosen = false, key }) {
  const top = HEAD + 4 + i * BAR;
  return [
    words(0, top + 10, text, "start", chosen ? "tw-bold" : null),
    box(0, top + WORDS, wide, 12, classes(css, "tw-inked", chosen && "tw-taken-bar"), { "data-bar": key }),
    dashed !== null && line(dashed, top + WORDS - 2, dashed, top + WORDS + 14, "tw-crossing"),
  ];
}

function across(data, state, width) {
  const { over: name, output } = data.picture;
  const { texts } = data.inputs.find((one) => one.name === name);
  const of = outputOf(data, output);
  const settings = over(data, state, name);
  const values = settings.map((each) => valueAt(data, each, output));
  const floors = settings.map((each) => valueAt(data, each, `${output}.floor`));
  const scale = axis([0, Math.max(...values.filter((value) => value !== null), 1e-12)], [0, width - 8]);
  return [headOf(data), ...settings.flatMap((each, i) => barRow(i, {
    wide: scale(values[i] ?? 0), key: i, chosen: each[name] === state[name],
    css: verdictAt(data, each).refused ? "tw-ink-waste" : "tw-ink-1",
    dashed: floors[i] === null ? null : scale(floors[i]),
    text: `${texts[i]}: ${values[i] === null ? "not possible" : saidOf(of, values[i])}`,
  }))];
}

function bars(data, state, width) {
  const { parts, stacked } = data.picture;
  const values = parts.map(([name]) => valueAt(data, state, name) ?? 0);
  const whole = stacked ? sum(values) : Math.max(...values);
  const scale = axis([0, whole || 1], [0, width - 8]);
  const starts = cumulative(values).map((end, i) => end - values[i]);
  return [headOf(data), ...parts.flatMap(([name, colour], i) => {
    const of = outputOf(data, name);
    const row = barRow(i, { wide: scale(values[i]), css: inkOf(colour), key: name,
      text: `${of.label}: ${saidOf(of, valueAt(data, state, name))}` });
    if (stacked) row[1].setAttribute("x", scale(starts[i]));
    return row;
  })];
}

// A picture's height and its parts.
function pictureOf(data, state) {
  const { kind, over: name, parts } = data.picture;
  if (kind === "curve") return [TALL, (width) => curve(data, state, width)];
  if (kind === "across") {
    return [HEAD + data.grid[name].length * BAR + 2, (width) => across(data, state, width)];
  }
  return [HEAD + parts.length * BAR + 2, (width) => bars(data, state, width)];
}
