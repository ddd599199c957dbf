// Eight tokens through flash attention. Looks up what tile_walk.py tabulated; no arithmetic.

const [TOP, CELL] = [20, 30]; // pixels above the scores, and of one of them
const PACE = 1400; // ms that a tile stays, so that its sentence can be read
const signed = (x, places) => (x < 0 ? "\u2212" : "") + fixed(Math.abs(x), places);

function walkAt(data, state) {
  const [example] = placesOf(data, state, "example");
  const walk = data.walks[example][state.causal ? 0 : 1];
  const last = walk.steps.length;
  return { ...walk, last, now: Math.min(state.cursor, last) };
}

// What each row knows after the steps so far.
function rowsAt(walk) {
  const rows = walk.scores.map(() => null);
  for (const { rows: [from], m, l, o } of walk.steps.slice(0, walk.now)) {
    m.forEach((top, i) => (rows[from + i] = { m: top, l: l[i], o: o[i] }));
  }
  return rows;
}

function scoreGrid(walk, width) {
  const side = Math.min(CELL, (width - 30) / 8);
  const step = walk.steps[walk.now - 1];
  const done = walk.steps.slice(0, walk.now);
  const inside = ({ rows, keys }, r, c) =>
    rows[0] <= r && r < rows[1] && keys[0] <= c && c < keys[1];
  const cells = walk.scores.flatMap((row, r) => row.flatMap((score, c) => {
    const css = step && inside(step, r, c) ? "tw-tile"
      : done.some((one) => inside(one, r, c)) ? "tw-swept" : "tw-unwritten";
    const seen = css !== "tw-unwritten" && score !== null;
    const [x, y] = [24 + c * side, TOP + r * side];
    return [box(x, y, side, side, `${css} tw-square`),
      words(x + side / 2, y + side / 2 + 4, seen ? signed(score, 1) : "", "middle",
        css === "tw-tile" ? "tw-bar-ink" : "")];
  }));
  const at = (i, span) => (step && span[0] <= i && i < span[1]);
  return [...cells, ...walk.scores.flatMap((_, i) => [
    words(18, TOP + (i + 0.5) * side + 4, `q${i}`, "end", at(i, step?.rows) ? "tw-q" : null),
    words(24 + (i + 0.5) * side, 14, `k${i}`, "middle", at(i, step?.keys) ? "tw-k" : null)])];
}

function walkRow(walk, known, r) {
  const step = walk.steps[walk.now - 1];
  const finished = walk.now === walk.last;
  const chosen = step && !finished && step.rows[0] <= r && r < step.rows[1];
  const text = (numbers) => numbers.map((x) => signed(x, 3)).join(", ");
  const shown = known === null ? ["–", "–", "–"]
    : [[known.m], [known.l], finished ? walk.out[r] : known.o].map(text);
  return row(`q${r}`, shown.map((one, i) => digits(one, { "data-walk": `${"mlo"[i]}-${r}` })),
    { chosen });
}

function walkStory(walk) {
  const total = walk.last;
  if (walk.now === 0) return `Nothing is read yet. ${plural(total, "tile")} to come.`;
  const { rows, keys, scale } = walk.steps[walk.now - 1];
  const where = `Tile ${walk.now} of ${total}: queries ${rows[0]} to ${rows[1] - 1} meet keys ` +
    `${keys[0]} to ${keys[1] - 1}.`;
  if (walk.now === total) {
    return `${where} The last: each row’s o is divided by its ℓ and written as O. It equals ` +
      "softmax(QKᵀ)V of the whole rows.";
  }
  if (keys[0] === 0) return `${where} New rows: m, ℓ and o start here.`;
  const grown = scale.findIndex((factor) => factor < 1);
  return grown < 0 ? `${where} No row’s maximum grew: ℓ and o only add.`
    : `${where} A larger score came: ℓ and o of before shrink by e^(old m − new m), in row ` +
      `q${rows[0] + grown} to ${probabilityText(scale[grown])}.`;
}

function render(view) {
  const { get, set, control, open, data } = stage(view, "Eight tokens, tile by tile");
  const grid = chartPlace("tw-walk");
  const last = heading("");
  const walked = table(["Row", "m", "ℓ", last], { css: "tw-fluid tw-rows" });
  const told = spoken();
  const at = () => walkAt(data, get());

  function draw() {
    const walk = at();
    told.textContent = walkStory(walk);
    last.textContent = walk.now === walk.last ? "O = o ÷ ℓ" : "o, not yet divided";
    walked.set(rowsAt(walk).map((known, r) => walkRow(walk, known, r)));
    paint(grid, TOP + 8 * CELL + 4, `Scores. ${told.textContent}`, (w) => scoreGrid(walk, w));
    able(forward, walk.now < walk.last, "The last tile is done: press Start over.");
    able(back, walk.now > 0, "Nothing is read yet.");
    able(playing.play, walk.now < walk.last, "The last tile is done: press Start over.");
  }

  const moved = (where) => () => {
    hold();
    set({ cursor: where(at()) });
  };
  const playing = player({
    says: told,
    wait: () => PACE,
    tick: () => {
      set({ cursor: at().now + 1 });
      return at().now < at().last;
    },
    end: () => set({ cursor: at().last }),
    rewind: moved(() => 0),
  });
  const forward = button("Next tile", moved(({ now }) => now + 1));
  const back = button("Back", moved(({ now }) => now - 1));

  // It plays once by itself when most of it is in view; whoever touches it has it to themselves.
  const seen = new IntersectionObserver(([entry]) => {
    if (!entry.isIntersecting) return;
    seen.disconnect();
    if (!still() && get().cursor === 0) playing.play.click();
  }, { threshold: 0.6 });
  function hold() {
    seen.disconnect();
    playing.stop();
  }

  const again = () => {
    hold();
    return { cursor: 0 };
  };
  const controls = {
    example: control(select, "example", "Rows of a tile: queries × keys", String, again),
    causal: control(select, "causal", "Mask", (on) => (on ? "causal" : "none"), again),
  };
  const close = open([
    h("div", { class: "tw-beside" }, grid, walked.element), told,
    buttons(playing.play, forward, back, playing.reset), panel(controls, "tw-wide"),
  ], { controls, draw, chart: grid, stop: hold });
  seen.observe(view.el);
  return close;
}

export default { render };
