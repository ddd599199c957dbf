// Slices and what a chip of each holds. Looks up what topology_picker.py tabulated, and adds.

const [ROW, CELL, GAP] = [58, 4, 1]; // pixels: a slice's row, a chip, the space between two
const LETTERS = 78; // pixels: the drawing of the largest slice, before the bars

function rowsAt(data, state) {
  const { model, formats, batch, context_tokens } = state;
  const [context] = placesOf(data, state, "context_tokens");
  return data.shapes[model].map((form, i) => {
    const [weights, one] = data.held[`${model} ${formats}`][i][context];
    const cache = batch * one;
    const held = weights + cache;
    return {
      shape: form, weights, cache, held, fits: held <= data.usable,
      compiler: data.compiled[`${model} ${formats} ${form} ${batch} ${context_tokens}`] ?? null,
    };
  });
}

const smallestOf = (rows) => rows.find(({ fits }) => fits)?.shape ?? null;

function chipsOf(data, form, top, picked) {
  const [across, down] = [...data.axes[form]].sort((a, b) => b - a);
  const step = across > 8 ? CELL : CELL + 2 * GAP;
  return range(across).flatMap((i) => range(down).map((j) =>
    box(2 + i * step, top + j * step, step - GAP, step - GAP,
      classes("tw-chip", picked && "tw-taken"))));
}

// A word of the compiler, where it was asked about exactly this.
function wordOf(said) {
  if (said === null) return "";
  const [fits, needed, copies] = said;
  return `compiler: ${fits ? "fits" : "refused"}, ${bytesText(needed)}` +
    `${copies ? " with copies" : ""}`;
}

function sliceRow(data, one, index, { scale, right, limit, picked }) {
  const top = 22 + index * ROW;
  const bar = top + 18;
  const held = Math.min(right, scale(one.held));
  const middle = Math.min(held, scale(one.weights));
  const number = `${plural(data.axes[one.shape].reduce((a, b) => a * b), "chip")} ` +
    `as ${one.shape}: ${bytesText(one.held)}, ${one.fits ? "fits" : "does not fit"}`;
  return [
    ...chipsOf(data, one.shape, top, picked),
    words(LETTERS, top + 10, number, "start", picked ? "tw-smallest" : null),
    box(LETTERS, bar, middle - LETTERS, 12, classes("tw-kept-weights", !one.fits && "tw-faint"),
      { "data-weights": one.shape }),
    box(middle, bar, held - middle, 12, classes("tw-kept-cache", !one.fits && "tw-faint"),
      { "data-cache": one.shape }),
    scale(one.held) > right && words(right - 2, bar + 10, "▸", "end", "tw-more"),
    line(limit, bar - 3, limit, bar + 15, "tw-limit"),
    one.compiler && words(LETTERS, bar + 25, wordOf(one.compiler), "start", "tw-verdict"),
  ];
}

function drawing(data, rows, width) {
  const right = width - 4;
  const limit = LETTERS + 0.62 * (right - LETTERS);
  const scale = axis([0, data.usable], [LETTERS, limit]);
  const picked = smallestOf(rows);
  return [
    words(limit, 11, `usable: ${bytesText(data.usable)}`, "middle", "tw-limit-ink"),
    ...rows.flatMap((one, i) =>
      sliceRow(data, one, i, { scale, right, limit, picked: one.shape === picked })),
  ];
}

function story(data, state, rows) {
  const picked = smallestOf(rows);
  const what = `${data.models[state.model]}, ${plural(state.batch, "sequence")} of ` +
    `${countText(state.context_tokens)} tokens`;
  if (picked === null) {
    const last = rows.at(-1);
    return `No slice holds it: ${what}. On the largest over which the heads can be shared, ` +
      `${last.shape}, a chip would hold ${bytesText(last.held)}.`;
  }
  const one = rows.find(({ shape: form }) => form === picked);
  const free = bytesText(data.usable - one.held);
  return `The smallest slice that holds it is ${picked}: ${what}. A chip holds ` +
    `${bytesText(one.weights)} of weights and ${bytesText(one.cache)} of caches; ${free} are left.`;
}

const about = ({ compiler }) => "Each square is a chip. Embedding, head and norms stay at 16 bits " +
  "beside narrower matrices; an int8 cache has a scale for each head of a token. Where more chips " +
  "than KV heads share a model, each holds a part of the tokens. Activations and the program take " +
  "some megabytes more. The compiler was asked about some of these steps and no others " +
  `(${compiler}); “with copies”: each chip held all tokens of the heads that it shares.`;

function render(view) {
  const { data, get, control, open } = stage(view, "Which slice of TPU v5e holds it?");
  const place = chartPlace();
  const says = spoken();
  const choices = {
    model: control(select, "model", "Model", (name) => data.models[name]),
    formats: control(select, "formats", "Formats", (name) => data.labels[name]),
  };
  const sliders = {
    batch: control(slider, "batch", "Sequences at once", countText),
    context_tokens: control(slider, "context_tokens", "Tokens of each", countText),
  };
  const keys = legend([["tw-kept-weights", "weights"], ["tw-kept-cache", "caches"]]);

  function draw() {
    const state = get();
    const rows = rowsAt(data, state);
    says.textContent = story(data, state, rows);
    const label = `Bytes that a chip of each slice holds. ${says.textContent}`;
    paint(place, 22 + rows.length * ROW, label, (width) => drawing(data, rows, width));
  }

  return open([
    panel(choices, "tw-roomy"), panel(sliders, "tw-wide"), says, place, keys,
    folded("What is counted, and what the compiler says", note(about(data))),
  ], { controls: { ...choices, ...sliders }, draw, chart: place });
}

export default { render };
