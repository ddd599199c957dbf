// SIM-04, and SIM-12 by memory_calculator.py. Looks up what kv_planner.py tabulated: sums,
// differences, products, quotients.

const TALL = 96;

// What `chips` of a chip hold: bytes of all of them together, and conversations.
function holds(data, state, name, chips) {
  const model = data.models[state.model];
  const [at] = placesOf(data, state, "context_tokens");
  const { overhead_bytes: runtime, fragmentation } = data.assumed;
  const weights = model.weights[state.weights];
  const one = chips * (model.kv[state.kv][at] / model.pieces[chips]);
  const taken = weights / chips + (runtime + model.activations[chips]);
  const pool = Math.max(0, data.chips[name].bytes - taken);
  const room = wholes((1 - fragmentation) * pool, one / chips);
  const unusable = chips * fragmentation * pool;
  return { one, room, weights, pool, unusable, cache_room: chips * pool - unusable,
    runtime: chips * (runtime + model.activations[chips]), capacity: chips * data.chips[name].bytes };
}

function planAt(data, state) {
  const held = holds(data, state, state.chip, state.chips);
  const count = state.wanted ?? held.room;
  const caches = count * held.one;
  const free = held.capacity - held.weights - held.runtime - held.unusable - caches;
  return { ...held, count, caches, free };
}

// The fewest of a chip that hold the wanted conversations, and what is rented to have so many.
function needed(data, state, name) {
  const fits = data.models[state.model].sizes
    .find((size) => holds(data, state, name, size).room >= (state.wanted ?? 1));
  return fits === undefined ? null : [fits, data.chips[name].rent[fits]];
}

const leftText = (free) => (free >= 0 ? bytesText(free) : `${bytesText(-free)} missing`);
const rentText = (pair) => {
  if (!pair) return "no number of them";
  return pair[0] === pair[1] ? countText(pair[0]) : `${countText(pair[0])}, rent ${pair[1]}`;
};
const talks = (count) => plural(count, "conversation");

// ---- the picture ----

// Conversations side by side; so many that one is thinner than a hair are drawn as one block.
function slots(from, count, wide, css) {
  if (count === 0) return [];
  if (wide < 2.5) return [box(from, 22, count * wide, 56, css, { "data-slots": count })];
  return range(count).map((i) => box(from + i * wide, 22, wide - 1, 56, css, { "data-slots": 1 }));
}

function picture(now, width) {
  const inside = Math.min(now.count, now.room);
  const outside = now.count - inside;
  const longest = Math.max(now.capacity, now.weights + now.runtime) + outside * now.one;
  const place = (bytes) => (bytes / longest) * (width - 2) + 1;
  const size = (bytes) => place(bytes) - place(0);
  const end = place(now.capacity);
  const first = place(now.weights + now.runtime);
  const label = `weights ${bytesText(now.weights)}`;
  const span = [first, first + inside * size(now.one)];
  return [
    hatching(),
    box(1, 22, size(now.weights), 56, "tw-weights"),
    box(place(now.weights), 22, size(now.runtime), 56, "tw-runtime"),
    box(end - size(now.unusable), 22, size(now.unusable), 56, "tw-unusable"),
    ...slots(first, inside, size(now.one), "tw-kv"),
    now.pool === 0 && box(end, 22, first - end, 56, "tw-beyond"),
    ...slots(place(Math.max(now.capacity, now.weights + now.runtime)), outside, size(now.one),
      "tw-outside"),
    box(1, 20, end - 1, 60, "tw-capacity"),
    size(now.weights) > 8 * label.length && words(size(now.weights) / 2, 54, label, "middle", "tw-on"),
    words(end, 13, bytesText(now.capacity), end > 90 ? "end" : "start"),
    inside > 0 && line(span[0], 85, span[1], 85, "tw-bracket"),
    inside > 0 && words(Math.max(span[1], 140), 96, `${talks(inside)} inside`, "end"),
  ];
}

// ---- words ----

function story(data, state, now) {
  const on = `${state.chips} × ${data.chips[state.chip].label}`;
  const length = `${countText(state.context_tokens)} tokens`;
  if (now.pool === 0) {
    const lacking = now.weights + now.runtime - now.capacity;
    return `The weights and the runtime do not fit on ${on}: ${bytesText(lacking)} are missing ` +
      "before any conversation.";
  }
  const fits = `${talks(now.room)} of ${length} ${now.room === 1 ? "fits" : "fit"} on ${on}`;
  if (state.wanted === null) return `${fits}, each ${bytesText(now.one)}.`;
  const rest = now.free >= 0
    ? `With ${state.wanted}, ${bytesText(now.free)} are left`
    : `For ${state.wanted}, ${bytesText(-now.free)} are missing`;
  return `${fits}. ${rest}.`;
}

// Which figure of a chip's memory is planned with; what it is sold as never is.
const REPORTED = { usable: "reported by its driver or compiler",
  physical: "on its package; what is usable is not known" };
const memoryIs = ({ label, sold, basis, bytes }) =>
  `${label}: sold as ${sold}, planned with ${bytesText(bytes)}, ${REPORTED[basis]}.`;

const STORED = "Every weight is in the format; files mostly keep the embedding and the head in 16 " +
  "bits. Whether the chip multiplies in it is another question.";

function notes(data, state) {
  const { label, limit, pieces } = data.models[state.model];
  const { overhead_bytes: runtime, fragmentation, prefill_tokens: prompt } = data.assumed;
  const lines = [memoryIs(data.chips[state.chip]), `Assumed: ${bytesText(runtime)} a chip for the runtime, ` +
    `${countText(100 * fragmentation)} % of the pool unusable, prompts in pieces of ` +
    `${countText(prompt)} tokens.`];
  if (pieces[state.chips] < state.chips) {
    lines.push(`The cache divides over ${pieces[state.chips]} of the ${state.chips} chips; ` +
      "the others hold copies.");
  }
  if (limit < state.context_tokens) {
    lines.push(`${label} ends at ${countText(limit)} tokens.`);
  }
  if (data.by_format) lines.push(STORED);
  return lines.join(" ");
}

// The room for the cache; where there is none, what takes it.
const roomText = (room) => (room > 0 ? bytesText(room) : "none");
const roomOr = ({ weights, capacity }) => (room) => {
  if (room > 0) return bytesText(room);
  return weights > capacity ? "weights do not fit" : "runtime does not fit";
};

const KEYS = [["tw-weights", "weights", "weights"], ["tw-runtime", "runtime", "runtime, activations"],
  ["tw-caches", "caches", "conversations"], ["tw-unusable", "unusable", "unusable"]];

// A pool that does not exist has no unusable share.
function key(now) {
  const drawn = KEYS.filter(([, name]) => now.pool > 0 || name !== "unusable");
  return drawn.map(([css, name, says]) => h("span", { class: "tw-legend" }, swatch(css), ` ${says} `,
    h("b", { class: "tw-tied", "data-cell": name, "data-raw": now[name] }, bytesText(now[name]))));
}

const chipRow = (data, state) => (name) => {
  const pair = needed(data, state, name);
  return row(data.chips[name].label, [
    digits(bytesText(data.chips[name].bytes)),
    digits(rentText(pair), { "data-cell": `rent-${name}`, "data-raw": pair ? pair[1] : "" }),
  ], { chosen: name === state.chip });
};

// The same chips with the weights in each format.
const formatRow = (data, state) => (name) => {
  const held = holds(data, { ...state, weights: name }, state.chip, state.chips);
  return row(data.formats[name], [
    numberCell(`size-${name}`, held.weights, bytesText),
    numberCell(`room-${name}`, held.cache_room, roomOr(held)),
    numberCell(`batch-${name}`, held.room, countText),
  ], { chosen: name === state.weights });
};

const TITLES = { true: "GPU memory calculator", false: "KV cache planner" };
const PLANNED = {
  room: ["conversations fit", countText], one: ["memory of one", bytesText],
  free: ["left", leftText], rent: ["chips to rent", countText],
};
const CALCULATED = {
  cache_room: ["room for the cache", roomText], room: ["largest batch", countText],
  one: ["cache of one", bytesText], free: ["left", leftText],
};

function render(view) {
  const { length_only: short = false, by_format: byFormat = false } = view.model.get("data");
  const { data, get, control, open } = stage(view, short ? "" : TITLES[byFormat]);
  const shown = counters(byFormat ? CALCULATED : PLANNED);
  const says = spoken(short ? "tw-short tw-fit" : "");
  const place = chartPlace("tw-memory");
  const keys = note();
  const below = note();
  const others = byFormat
    ? table(["Weights in", "Size", "Room for the cache", "Largest batch"], { css: "tw-fluid tw-named tw-formats" })
    : table(["Chip", "Memory", "Chips"]);
  const elsewhere = byFormat ? others.element : folded("", others.element);

  function draw() {
    const state = get();
    const pieces = data.models[state.model].pieces[state.chips];
    const refused = typeof pieces === "string";
    const now = refused ? {} : planAt(data, state);
    const pair = refused ? null : needed(data, state, state.chip);
    shown.set({ ...now, rent: pair && pair[1] });
    says.textContent = refused ? `Not possible: ${pieces}.` : story(data, state, now);
    says.classList.toggle("tw-unseen", refused);  // its words stand in the frame then
    if (refused) fill(place, h("p", { class: "tw-refused", "aria-hidden": "true" }, says.textContent));
    else paint(place, TALL + 4, says.textContent, (width) => picture(now, width));
    fill(keys, refused ? [] : key(now));
    below.textContent = refused ? "" : notes(data, state);
    if (byFormat) return others.set(refused ? [] : data.grid.weights.map(formatRow(data, state)));
    const many = state.wanted === null ? "one conversation" : talks(state.wanted);
    elsewhere.firstChild.textContent = `The fewest chips of each kind for ${many}`;
    others.set(data.grid.chip.map(chipRow(data, state)));
  }

  const format = (name) => data.formats[name];
  const length = { context_tokens: control(slider, "context_tokens", "Context tokens", countText) };
  if (short) {
    return open([place, says, panel(length), folded("What fills it", [keys, below])],
      { controls: length, draw, chart: place, label: "How many conversations fit" });
  }
  const selects = {
    model: control(select, "model", "Model", (name) => data.models[name].label),
    chip: control(select, "chip", "Chip", (name) => data.chips[name].label),
    weights: control(select, "weights", "Weights", format),
    kv: control(select, "kv", "Cache", format),
  };
  const sliders = {
    chips: control(slider, "chips", "Chips", countText),
    ...length,
    wanted: control(slider, "wanted", byFormat ? "Batch" : "Conversations", (n) => (n === null ? "all that fit" : n)),
  };
  return open([
    place, keys, says, panel(selects, "tw-roomy"), panel(sliders), shown.element, below, elsewhere,
  ], { controls: { ...selects, ...sliders }, draw, chart: place });
}

export default { render };
