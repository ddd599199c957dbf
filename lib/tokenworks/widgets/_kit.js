// Prepended to every widget module. Arithmetic ends here: sum, cumulative, ratio, order, softmax.
// Each has a Python twin in kit.py and a test that says equal.

function sum(values) {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function cumulative(values) {
  let total = 0;
  return values.map((value) => (total += value));
}

function ratio(part, whole) {
  return whole === 0 ? 0 : part / whole;
}

// Positions of the values, largest first; equal values keep their order.
function order(values) {
  return values.map((_, i) => i).sort((a, b) => values[b] - values[a] || a - b);
}

function softmax(scores) {
  const top = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - top));
  const total = sum(weights);
  return weights.map((weight) => weight / total);
}

// ---- formats, as in units.py: four significant digits, decimal units ----

// toFixed, but an exact half goes to the even digit, as in Python.
function fixed(value, places) {
  const exact = value.toFixed(Math.min(100, places + 40));
  const cut = exact.length - Math.min(100, places + 40) + places;
  const half = /^50*$/.test(exact.slice(cut).replace(".", ""));
  const down = exact.slice(0, cut).replace(/\.$/, "");
  return half && "02468".includes(down.at(-1)) ? down : value.toFixed(places);
}

const commas = (text) => text.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ",");

function plain(value) {
  if (Number.isInteger(value)) return commas(String(value));
  const text = fixed(value, Math.max(0, 3 - Math.floor(Math.log10(value))));
  return commas(text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text);
}

function largestUnit(value, units) {
  if (value === 0) return `0 ${units.find(([, size]) => size === 1)[0]}`;
  const fitting = units.filter(([, size]) => value >= size * (1 - 1e-12));
  const [unit, size] = fitting.at(-1) ?? units[0];
  return `${plain(value / size)} ${unit}`;
}

const BYTES = ["B", "KB", "MB", "GB", "TB", "PB", "EB"].map((unit, i) => [unit, 1000 ** i]);
const SECONDS = [["ns", 1e-9], ["µs", 1e-6], ["ms", 1e-3], ["s", 1]];
const FLOPS = ["", "K", "M", "G", "T", "P", "E"].map((prefix, i) => [`${prefix}FLOP`, 1000 ** i]);
const bytesText = (bytes) => largestUnit(bytes, BYTES);
const flopsText = (flops) => largestUnit(flops, FLOPS);
const secondsText = (seconds) => largestUnit(seconds, SECONDS);
const countText = plain;
const plural = (count, noun) => `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;

function probabilityText(p) {
  const percent = p * 100;
  if (percent === 0) return "0 %";
  if (percent < 0.01) return "< 0.01 %";
  return `${fixed(p / 0.01, percent >= 10 ? 1 : 2)} %`;
}

// ---- elements ----

// h("p", {class: "x", onclick: f}, "text", child): attributes, listeners and children at once.
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

// The same for a chart: one SVG element, with its text.
function shape(tag, attributes, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
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

// Each widget of a page has its own copy of this file, so the count is the page's.
function freshId(stem) {
  window.twIds = (window.twIds ?? 0) + 1;
  return `tw-${stem}-${window.twIds}`;
}

// A slider over the recorded values only: its positions are indices into the grid.
function slider({ name, label, values, value, text = String, onchange }) {
  const id = freshId(name);
  const output = h("output", { for: id, class: "tw-value" });
  const input = h("input", {
    id, type: "range", min: 0, max: values.length - 1, step: 1, "data-control": name,
    oninput: () => {
      tell();
      onchange(values[Number(input.value)]);
    },
  });
  function tell() {
    output.textContent = text(values[Number(input.value)]);
    input.setAttribute("aria-valuetext", output.textContent);
  }
  function set(next) {
    input.value = values.indexOf(next);
    tell();
  }
  set(value);
  const caption = h("label", { for: id }, label);
  return { element: h("div", { class: "tw-control" }, caption, output, input), set };
}

function select({ name, label, values, value, text = String, onchange }) {
  const id = freshId(name);
  const options = values.map((item, i) => h("option", { value: i }, text(item)));
  const input = h("select", {
    id, "data-control": name, onchange: () => onchange(values[Number(input.value)]),
  }, options);
  const set = (next) => (input.value = values.indexOf(next));
  set(value);
  return { element: h("div", { class: "tw-control" }, h("label", { for: id }, label), input), set };
}

function button(label, onclick, attributes = {}) {
  return h("button", { type: "button", onclick, ...attributes }, label);
}

function able(control, enabled, reason = "") {
  control.disabled = !enabled;
  control.title = enabled ? "" : reason;
}

const elements = (parts) => Object.values(parts).map(({ element }) => element);

// Puts each control where the state says, e.g. after Python changed it.
function show(controls, state) {
  for (const [name, control] of Object.entries(controls)) control.set(state[name]);
}

// A number with its name, e.g. counter("passes"): set(text, raw) keeps the raw value too.
function counter(name, label) {
  const output = h("output", { class: "tw-number", "data-counter": name });
  const element = h("div", { class: "tw-counter" }, h("span", {}, label), output);
  const set = (text, raw) => {
    output.textContent = text;
    output.dataset.raw = raw;
  };
  return { element, set };
}

// A bar from 0 to 1; the words beside it say the same, so readers of text lose nothing.
function bar(share, attributes = {}) {
  const line = h("span", { class: "tw-fill" });
  line.style.width = `${100 * Math.min(1, share)}%`;
  return h("span", { class: "tw-bar", "aria-hidden": "true", ...attributes }, line);
}

// ---- time ----

const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

// Calls tick() every wait() ms until it returns false; the pace is read anew at each tick.
function clock(tick, wait, changed) {
  let timer = null;
  const stop = () => {
    if (!timer) return;
    clearTimeout(timer);
    timer = null;
    changed(false);
  };
  const beat = () => {
    if (tick()) timer = setTimeout(beat, wait());
    else stop();
  };
  const start = () => {
    changed(true);
    timer = setTimeout(beat, wait());
  };
  return { toggle: () => (timer ? stop() : start()), stop };
}

// State lives in the model: Python sees it in a kernel, a plain object holds it on the site.
// Every change goes through the model and comes back as an event, whoever made it.
function keep(model, changes) {
  model.set("state", { ...model.get("state"), ...changes });
  model.save_changes();
}

// Draws now and after each change; returns what anywidget calls when the view goes away.
function follow(model, refresh, stop = () => {}) {
  model.on("change:state", refresh);
  refresh();
  return () => {
    stop();
    model.off("change:state", refresh);
  };
}

// The same for a widget with a chart, which is drawn again as well when its width changes.
function followChart(model, { chart, controls, draw, stop = () => {} }) {
  const watching = new ResizeObserver(() => draw());
  watching.observe(chart);
  return follow(model, () => {
    show(controls, model.get("state"));
    draw();
  }, () => {
    stop();
    watching.disconnect();
  });
}
