// Prepended to every widget module. Arithmetic ends here: sums, differences, products and quotients
// of tabulated numbers need no helper; what goes beyond has a Python twin in kit.py and a test that
// says equal.

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

// How many whole times `one` goes into the room.
const wholes = (room, one) => Math.max(0, Math.floor(room / one));

function softmax(scores) {
  const top = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - top));
  const total = sum(weights);
  return weights.map((weight) => weight / total);
}

// The value below which `q` percent lie, between two of them where it falls so: the twin is
// serving/percentiles.py.
function percentile(values, q) {
  const ordered = [...values].sort((a, b) => a - b);
  const place = (q / 100) * (ordered.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, ordered.length - 1);
  return ordered[below] + (place - below) * (ordered[above] - ordered[below]);
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

// Three significant digits, as prose has them: expected times are off by more than a fourth tells.
function threeDigits(value) {
  if (value === 0) return 0;
  const places = 2 - Math.floor(Math.log10(value));
  if (places >= 0) return Number(fixed(value, places));
  const size = 10 ** -places;
  return size * Number(fixed(value / size, 0));
}

const shortSeconds = (seconds) => secondsText(threeDigits(seconds));
const shortBytes = (bytes) => bytesText(threeDigits(bytes));
const plural = (count, noun) => `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;

function probabilityText(p) {
  const percent = p * 100;
  if (percent === 0) return "0 %";
  if (percent < 0.01) return "< 0.01 %";
  return `${fixed(p / 0.01, percent >= 10 ? 1 : 2)} %`;
}

// How far a guess is from the truth, both above 0, in words.
function offText(guess, truth) {
  const [far, side] = guess < truth ? [truth / guess, "low"] : [guess / truth, "high"];
  if (far < 1.005) return "exactly right";
  if (far < 1.1) return `less than a tenth too ${side}`;
  return `${countText(Number(fixed(far, far < 10 ? 1 : 0)))} times too ${side}`;
}
