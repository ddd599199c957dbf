// Charts: SVG shapes, axes, and shares of a whole.

function shape(tag, attributes, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.textContent = text;
  return element;
}

// Draws a chart as wide as its place, and at least so wide that its labels fit; `tall` is its
// height, or says it for a width.
function paint(place, tall, label, parts) {
  const width = Math.max(240, place.clientWidth || 320);
  const height = typeof tall === "function" ? tall(width) : tall;
  const picture = shape("svg", {
    viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label,
  });
  picture.append(...parts(width).filter(Boolean));
  fill(place, picture);
}

const chartPlace = (css = "") => h("div", { class: classes("tw-chart", css) });
const range = (count) => Array.from({ length: count }, (_, i) => i);

// What is wasted is hatched in the whole book; a chart that fills with `#tw-hatch` begins with this.
function hatching() {
  const pattern = shape("pattern", {
    id: "tw-hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse",
    patternTransform: "rotate(45)",
  });
  pattern.append(line(0, 0, 0, 5, "tw-hatch-line"));
  return pattern;
}

const line = (x1, y1, x2, y2, css = "tw-grid") => shape("line", { x1, y1, x2, y2, class: css });
const box = (x, y, width, height, css, more = {}) =>
  shape("rect", { x, y, width, height, class: css, ...more });
const dot = (cx, cy, r, css, more = {}) => shape("circle", { cx, cy, r, class: css, ...more });
const words = (x, y, text, anchor = "start", css = null) =>
  shape("text", { x, y, "text-anchor": anchor, class: css }, text);
const points = (all) => all.map((point) => point.join(",")).join(" ");

// From values to pixels: the ends of the values lie on the ends of the pixels.
const axis = ([low, high], [from, to]) => (value) =>
  from + ratio(value - low, high - low) * (to - from);
const logAxis = ([low, high], [from, to]) => (value) =>
  from + (Math.log(value / low) / Math.log(high / low)) * (to - from);

// The axes around a frame: each has a title and ticks, [place in pixels, text]; its ink colours
// both. Lines cross the frame at the ticks on the left, and at those below where `lines` says so.
function axes(frame, { below, left, right = { ticks: [] } }) {
  const { left: x1, right: x2, top, bottom, width } = frame;
  return [
    ...left.ticks.map(([y]) => line(x1, y, x2, y)),
    ...below.ticks.map(([x]) => below.lines && line(x, top, x, bottom)),
    ...below.ticks.map(([x, text]) => words(x, bottom + 15, text, "middle")),
    ...left.ticks.map(([y, text]) => words(x1 - 6, y + 4, text, "end", left.ink)),
    ...right.ticks.map(([y, text]) => words(x2 + 6, y + 4, text, "start", right.ink)),
    words((x1 + x2) / 2, bottom + 32, below.title, "middle"),
    words(2, 11, left.title, "start", left.ink),
    right.title && words(width, 11, right.title, "end", right.ink),
  ];
}

// `count` equal rows between two places: the lines around and between them.
const rowLines = ({ left, right, top }, count, height) =>
  range(count + 1).map((i) => line(left, top + i * height, right, top + i * height));

// ---- shares, as HTML ----

const percent = (share) => `${100 * share}%`;

// A bar from 0 to 1; the words beside it say the same, so readers of text lose nothing.
function bar(share, css = "") {
  const filled = h("span", { class: "tw-fill" });
  filled.style.width = percent(Math.min(1, share));
  return h("span", { class: classes("tw-bar", css), "aria-hidden": "true" }, filled);
}

// Shares of a whole in a row, [share, class] each; `over` marks one that the whole does not hold.
function stack() {
  const element = h("span", { class: "tw-stack", "aria-hidden": "true" });
  function set(shares, over) {
    element.classList.toggle("tw-over", over);
    fill(element, shares.map(([share, css]) => {
      const part = h("span", { class: `tw-part ${css}` });
      part.style.width = percent(share);
      return part;
    }));
    return element;
  }
  return { element, set };
}

const swatch = (css) => h("span", { class: `tw-swatch ${css}` });
// What each colour stands for, [class, text] each.
const keyed = (css, says) => h("span", { class: "tw-legend" }, swatch(css), ` ${says}`);
const legend = (keys) => note(keys.map(([css, says]) => keyed(css, says)));
