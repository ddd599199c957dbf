// SIM-13. Looks up what strategies.py tabulated of one row (a sequence in a micro-batch), and
// multiplies by rows; a step is the longest part, or the sum of what is expected.

const AXES = ["tensor", "pipeline", "expert"];
const NAMES = [["TP", "tensor"], ["PP", "pipeline"], ["EP", "expert"], ["DP", "data"]];
// ---- what is looked up ----

// The mix of these controls, or why there is none; as layout_at in mixes.py.
function mixAt(data, state) {
  const model = data.models[state.model];
  const { tensor, pipeline, expert, devices, batch } = state;
  const layers = model.layers[pipeline];
  const experts = model.experts[expert];
  const odd = [layers, experts].find((found) => typeof found === "string");
  if (odd) return { refused: odd };
  if (expert > 1 && pipeline > 1) {
    return { refused: "whole experts beside stages are not tabulated" };
  }
  if (expert > 1 && tensor > data.server) {
    return { refused: `whole experts beside tensor groups over ${data.server} are not tabulated` };
  }
  const copy = tensor * pipeline * expert;
  if (copy > devices) {
    return { refused: `a copy of the model takes ${copy} devices, and there are ${devices}` };
  }
  const copies = devices / copy;
  const parts = copies * expert * pipeline;
  if (batch % parts) {
    return { refused: `a batch of ${batch} is too small to deal out in ${parts} parts` };
  }
  return { tensor, pipeline, expert, data: copies, rows: batch / parts, layers, experts };
}

function costAt(data, state, mix) {
  const model = data.models[state.model];
  const { tensor, pipeline, expert, rows } = mix;
  const [c] = placesOf(data, state, "context_tokens");
  const r = data.rows.indexOf(rows);
  const both = `${tensor} ${expert}`;
  const steps = model.steps[both];
  const weights = model.weights[both] / pipeline;
  const cache = rows * model.kv[tensor][c];
  const left = data.capacity - data.runtime - weights - cache;
  const [summed, sums] = model.summed[tensor].map((one) => rows * one);
  const [handed, handOvers] = model.handed[`${tensor} ${pipeline}`].map((one) => rows * one);
  const [trips, trip, tripping] = model.trips[both];
  const parts = {
    reading: steps.reading[c][r], multiplying: rows * steps.multiplying[c],
    messages: sums + handOvers + rows * tripping,
  };
  const expected = left >= 0 && steps.kernels ? {
    kernels: steps.kernels[c][r], messages: steps.messages[r] + handOvers, others: steps.others[r],
  } : null;
  return {
    weights, cache, left, sent: summed + handed + rows * trips * trip,
    floor: left >= 0 ? Math.max(...Object.values(parts)) : null,
    expected: expected && sum(Object.values(expected)),
    parts, caches: rows * steps.caches[c], kernels: expected, message: rows * model.message, summed, handed, trips,
    trip: rows * trip,
  };
}

const nameOf = (mix) => NAMES.filter(([, axis]) => mix[axis] > 1)
  .map(([name, axis]) => `${name}${mix[axis]}`).join(" × ") || "one device";

// ---- words ----

const SHARES = { 2: "half", 4: "a quarter", 8: "an eighth", 16: "a sixteenth" };

// What each device has of the model, in a sentence.
function holding(data, state, mix) {
  const { tensor, pipeline, expert, data: copies } = mix;
  const size = plural(tensor * pipeline * expert, "device");
  const copy = copies > 1 ? `${copies} copies of the model, each on ${size}`
    : "One copy of the model";
  const parts = [
    tensor > 1 && `${SHARES[tensor]} of each matrix`,
    pipeline > 1 && `${mix.layers} of the layers`,
    expert > 1 && `${plural(mix.experts, "expert")} of a layer, and all else as its neighbours do`,
  ].filter(Boolean);
  const each = parts.length ? `: a device has ${parts.join(" of ")}` : "";
  return `${copy}${each}.`;
}

function story(data, state, mix, cost) {
  const begin = holding(data, state, mix);
  const need = `${bytesText(cost.weights)} of weights and ${bytesText(cost.cache)} of cache`;
  if (cost.left < 0) {
    return `${begin} It does not fit: a device would hold ${need}; with the runtime ` +
      `${bytesText(-cost.left)} are missing.`;
  }
  const longest = Object.entries(cost.parts).find(([, seconds]) => seconds === cost.floor)[0];
  const later = cost.expected === null
    ? "Nothing is expected: no such message between servers was timed."
    : `Expected: ${secondsText(cost.expected)}.`;
  return `${begin} It holds ${need}; ${bytesText(cost.left)} are left. The floor of a step: ` +
    `${secondsText(cost.floor)}, ${longest}. ${later}`;
}

function messageRows(mix, cost, model) {
  const { tensor, pipeline, expert } = mix;
  const line = (name, says, [times, one, sent]) => row(says, [
    digits(countText(times)), digits(bytesText(one)), numberCell(name, sent, bytesText)]);
  return [
    tensor > 1 && line("summed", `Sum in a group of ${tensor}`,
      [model.times, cost.message, cost.summed]),
    pipeline > 1 && line("handed", "Hand-over to the next stage",
      [pipeline, cost.message, cost.handed]),
    expert > 1 && line("tripped", `Tokens among ${expert} groups`,
      [cost.trips, cost.trip, cost.trips * cost.trip]),
  ].filter(Boolean);
}

const everyMix = (data, state) => AXES.reduce((all, axis) => all.flatMap((one) =>
  data.grid[axis].map((n) => ({ ...one, [axis]: n }))), [state])
  .map((one) => [one, mixAt(data, one)]);

// Why others of so many devices are none; a model without experts is told once.
function ruledOut(data, state) {
  const reasons = everyMix(data, state)
    .filter(([one]) => one.tensor * one.pipeline * one.expert <= state.devices)
    .map(([, { refused }]) => refused).filter(Boolean);
  const none = reasons.filter((reason) => reason.includes("no experts"));
  const told = [...new Set([...none.slice(0, 1), ...reasons.filter((one) => !none.includes(one))])];
  return told.length ? `Others are not possible: ${told.join("; ")}.` : "";
}

// Every mix of the devices, fastest first; what does not fit comes last.
function mixRows(data, state) {
  const found = everyMix(data, state).filter(([, mix]) => !mix.refused)
    .map(([one, mix]) => [one, mix, costAt(data, one, mix)]);
  const order = ([, , { left, floor }]) => (left < 0 ? Infinity : floor);
  found.sort((a, b) => (order(a) === order(b) ? 0 : order(a) - order(b)));
  return found.map(([one, mix, cost]) => row(nameOf(mix), [
    digits(bytesText(cost.weights + cost.cache)),
    digits(cost.left < 0 ? "does not fit" : secondsText(cost.floor)),
    digits(cost.expected === null ? "–" : secondsText(cost.expected)),
  ], { chosen: AXES.every((axis) => one[axis] === state[axis]) }));
}

const KEYS = [["tw-weights", "weights"], ["tw-caches", "cache"], ["tw-runtime", "runtime"],
  ["tw-sent", "messages, with their bytes"]];
const TIMES = [["tw-kernels", "expected: reading and multiplying"], ["tw-sent", "messages"],
  ["tw-runtime", "small kernels"]];

function about(data, state, mix) {
  const model = data.models[state.model];
  const lines = [`${data.chip}: ${bytesText(data.capacity)} usable, of which ` +
    `${bytesText(data.runtime)} are assumed for the runtime. A frame is a server of ${data.server} ` +
    "devices behind one switch; between servers each has a port of InfiniBand NDR. The floor: " +
    "reading, multiplying and messages at the rates of data sheets, all hidden behind the longest. " +
    "Messages are 16-bit activations, and their latency counts only in what is expected: of such " +
    `times a token ${model.error}. Sums in a server are added up in its switch. A batch goes ` +
    "through stages in as many micro-batches. Experts are drawn evenly, and a token is sent once " +
    "for each of its experts elsewhere."];
  const copies = model.copies[mix.tensor];
  if (copies > 1) {
    lines.push(`The cache divides over ${mix.tensor / copies} of ${mix.tensor} devices; the ` +
      "others hold copies.");
  }
  if (state.context_tokens > model.limit) {
    lines.push(`${model.label} ends at ${countText(model.limit)} tokens.`);
  }
  return lines.join(" ");
}

function render(view) {
  const { data, get, control, open } = stage(view, "A model on several devices");
  const shown = counters({
    weights: ["weights of a device", bytesText], cache: ["cache of a device", bytesText],
    left: ["left of its memory", (n) => (n < 0 ? "none" : bytesText(n))],
    sent: ["a device sends in a step", bytesText],
    floor: ["a step, at least", secondsText], expected: ["a step, expected", secondsText],
  }, { css: "tw-six" });
  const says = spoken();
  const [place, bars] = [chartPlace("tw-devices"), chartPlace("tw-board tw-times")];
  const keys = legend(KEYS);
  const below = note();
  const timeKeys = note();
  const named = { css: "tw-fluid tw-named tw-mixes" };
  const moved = table(["Message", "Times a step", "Size", "A device sends"], named);
  const quiet = note();
  const mixes = table(["Mix", "On a device", "Floor", "Expected"], named);
  const ruled = note();
  const others = folded("", [mixes.element, ruled]);
  const model = control(select, "model", "Model", (name) =>
    `${data.models[name].label}, ${data.models[name].format}`);
  const axes = {
    devices: control(slider, "devices", "Devices", countText),
    tensor: control(slider, "tensor", "Tensor (TP)", countText),
    pipeline: control(slider, "pipeline", "Stages (PP)", countText),
    expert: control(slider, "expert", "Experts (EP)", countText),
  };
  const load = {
    batch: control(slider, "batch", "Batch", countText),
    context_tokens: control(slider, "context_tokens", "Context tokens", countText),
  };

  function refuse(reason) {
    shown.set({});
    says.textContent = `Not possible: ${reason}.`;
    fill(place, h("p", { class: "tw-refused", "aria-hidden": "true" }, says.textContent));
    fill(timeKeys);
    quiet.textContent = "";
  }

  function show(state, mix) {
    const cost = costAt(data, state, mix);
    shown.set(cost);
    says.textContent = story(data, state, mix, cost);
    paint(place, heightOf(state), says.textContent, (width) =>
      devicesPicture(data, state, mix, cost, width));
    const timed = cost.floor !== null;
    bars.hidden = !timed;
    if (timed) {
      paint(bars, barsHeight(cost), "Floors of the parts of a step, and what is expected of it.",
        (width) => timeBars(cost, width));
    }
    fill(timeKeys, cost.kernels ? TIMES.map(([css, text]) => keyed(css, text)) : []);
    const rows = messageRows(mix, cost, data.models[state.model]);
    moved.set(rows);
    moved.element.hidden = rows.length === 0;
    quiet.textContent = rows.length ? "" : "Nothing is exchanged in a step.";
    below.textContent = about(data, state, mix);
  }

  function draw() {
    const state = get();
    const mix = mixAt(data, state);
    says.classList.toggle("tw-unseen", Boolean(mix.refused)); // its words stand in the frame then
    bars.hidden = moved.element.hidden = Boolean(mix.refused);
    if (mix.refused) refuse(mix.refused);
    else show(state, mix);
    others.firstChild.textContent = `Every mix of ${plural(state.devices, "device")}`;
    mixes.set(mixRows(data, state));
    ruled.textContent = ruledOut(data, state);
  }

  return open([
    place, keys, says, panel({ model }, "tw-wide"), panel(axes), panel(load), shown.element, bars,
    timeKeys, moved.element, quiet, others, folded("What is counted", below),
  ], { controls: { model, ...axes, ...load }, draw, chart: place });
}

export default { render };
