// SIM-11. Walks the traces that speculation.py tabulated; a gain is a quotient.

const HEIGHT = 128;
const LANE = 24; // pixels
const LEFT = 46; // where the names of the lanes end

const isCoins = ({ draft }) => draft === "coins";
const named = (who, { kind, temperature }) => `${who} ${kind} ${temperature}`;
const traceName = (state) =>
  (isCoins(state) ? `coins ${fixed(state.alpha, 1)}` : named(state.draft, state));

// The rounds of a run: each goes on behind its accepted tokens and the one that the target adds.
function roundsAt(trace, gamma) {
  const found = [];
  for (let start = 0; start < trace.runs.length;) {
    const drafted = Math.min(gamma, trace.drafted[start]);
    const accepted = Math.min(drafted, trace.runs[start]);
    found.push({ start, drafted, accepted });
    start += accepted + 1;
  }
  return found;
}

// What a draft step and the pass take, in plain steps; null where the caches do not fit.
function costAt(data, state) {
  const [context, batch] = placesOf(data, state, "context_tokens", "batch");
  const cell = data.costs[state.target][context][batch];
  if (!cell) return null;
  const at = state.gamma - 1;
  return { draft: state.draft_cost ?? cell.draft[state.draft], verify: cell.verify[at] };
}

const roundCost = ({ draft, verify }, { drafted }) => (drafted ? drafted * draft + verify : 1);

function shownAt(data, state) {
  const { alpha, tau, formula, passes, drafts, tokens } =
    data.came_to[traceName(state)][state.gamma - 1];
  const one = costAt(data, state);
  if (!one) return { alpha, tau, formula };
  const cost = roundCost(one, { drafted: state.gamma });
  return {
    alpha, tau, formula, cost, gain: ratio(tokens, drafts * cost + (passes - drafts)),
    formula_gain: formula === null ? null : ratio(formula, cost),
  };
}

const visible = (piece) => piece.replace(/ /g, "␣").replace(/\n/g, "↵");

// The places of a round: what the draft guessed, what the target says, and the words for both.
function placesIn(data, state, trace, round) {
  const ids = data.texts[named("text", state)];
  const piece = (id) => (id === undefined ? "·" : visible(data.pieces[id]));
  const bonus = round.accepted === round.drafted ? 1 : 0;
  return range(round.drafted + bonus).map((k) => {
    const [guessed, stands] = [k < round.drafted, k < round.accepted];
    const own = isCoins(state) ? (guessed ? "new" : "bonus") : piece(ids[round.start + k]);
    const guess = !guessed ? "" : isCoins(state) ? String(k + 1)
      : piece(trace.guesses[round.start][k]);
    const first = guessed ? "refused" : "bonus"; // of those that do not stand
    const fate = stands ? "stands" : k > round.accepted ? "unjudged" : first;
    return { k, guess, fate, says: stands ? "✓" : fate === "unjudged" ? "–" : own, own };
  });
}

const FATES = {
  stands: "stands", refused: "is rejected, the target says", unjudged: "is not judged",
  bonus: "no guess, the target says",
};
const heard = ({ k, guess, fate, own }) =>
  `place ${k + 1}: ${guess} ${FATES[fate]} ${FATES[fate].endsWith("says") ? own : ""}`;

// Both laws at a place, or null where none was recorded.
function lawAt(trace, round, { k, fate }) {
  if (fate === "unjudged") return null;
  const certain = fate === "refused" && trace.refusals?.[round.start];
  return certain || trace.chains?.[round.start][k] || trace.laws?.[round.start + k];
}

function lawRows(data, law, fate) {
  return law.rows.map(([id, p, q], i) => row(visible(data.pieces[id]), [
    numberCell(`p-${i}`, p, probabilityText),
    numberCell(`q-${i}`, fate === "bonus" ? null : q, probabilityText),
    numberCell(`anew-${i}`, fate === "refused" ? ratio(Math.max(0, p - q), law.left) : null,
      probabilityText),
  ]));
}

function lawStory(state, { k, fate, guess, own }, law) {
  if (isCoins(state)) return "A coin decides, which falls well with that chance: it has no laws.";
  const one = guess === "·" ? "A guess that was not recorded" : `“${guess}”`;
  if (fate === "unjudged") return `${one} stands behind a rejected guess: it is thrown away.`;
  if (fate === "bonus" && !k) return `Nothing was guessed: a plain step gives “${own}”.`;
  if (fate === "bonus") return `All before it stand: the same pass gives “${own}” for nothing.`;
  if (!law && fate === "stands") return `Greedy: “${guess}” is the target’s best token as well.`;
  if (!law) return `Greedy: the target’s best token is “${own}”, not “${guess}”.`;
  if (fate === "stands") return `“${guess}” was accepted, which has the probability min(1, p/q).`;
  return `“${guess}” was rejected: “${own}” is drawn from what p has beyond q, ` +
    `${probabilityText(law.left)} of p in all.`;
}

// One round on an axis of plain steps: drafts and the pass above, plain decoding below.
function lanes(one, round, width) {
  const [tokens, cost] = [round.accepted + 1, roundCost(one, round)];
  const end = Math.max(cost, tokens);
  const at = axis([0, end], [LEFT, width - 2]);
  const wide = (from, to) => Math.max(1, at(to) - at(from) - 1);
  const span = (from, to, y, css) => box(at(from), y, wide(from, to), LANE, css);
  const label = (from, to, y, text, css) =>
    wide(from, to) > 14 && words((at(from) + at(to)) / 2, y + 16, text, "middle", css);
  const drafts = range(round.drafted).flatMap((k) => {
    const [from, to] = [k * one.draft, (k + 1) * one.draft];
    const stands = k < round.accepted;
    return [span(from, to, 4, stands ? "tw-stands" : "tw-in-vain"),
      label(from, to, 4, k + 1, stands ? "tw-bar-ink" : "tw-bold tw-halo")];
  });
  const begin = round.drafted * one.draft;
  const names = ["draft", "target", "plain"]
    .map((name, i) => words(LEFT - 6, 20 + i * 32, name, "end"));
  const ticks = range(Math.floor(end) + 1).flatMap((step) =>
    [line(at(step), 96, at(step), 100), words(at(step), 112, step, step < end ? "middle" : "end")]);
  return [hatching(), ...names, ...drafts, span(begin, cost, 36, "tw-pass-bar"),
    label(begin, cost, 36, "✓", "tw-bar-ink"),
    ...range(tokens).flatMap((i) => [span(i, i + 1, 68, "tw-pass-bar"),
      label(i, i + 1, 68, i + 1, "tw-bar-ink")]),
    ...ticks, words(width - 2, 126, "plain steps", "end")];
}

function story(data, state, { now, last, round }) {
  const [{ drafted, accepted }, one] = [round, costAt(data, state)];
  const what = !drafted ? "nothing to copy from, so no guess; the target writes a token"
    : `${accepted} of ${drafted} ${drafted === 1 ? "guess" : "guesses"} ` +
      `${accepted === 1 ? "stands" : "stand"}, and the target adds a token`;
  const begin = `Round ${now + 1} of ${last + 1}: ${what}.`;
  if (!one) return `${begin} Caches of this batch do not fit beside both models: no time is shown.`;
  const [tokens, cost] = [accepted + 1, roundCost(one, round)];
  const pays = tokens > cost ? "it pays" : tokens < cost ? "it loses" : "nothing is won or lost";
  return `${begin} ${plural(tokens, "token")} in ${fixed(cost, 2)} plain steps of time: ${pays}.`;
}

const NOTE = "Above: what the draft guessed; below: what the target says, in one pass over all. " +
  "Hatched: rejected, and all behind it. Point at a guess, or go there with the keyboard, to see " +
  "both laws. Real guesses are those of SmolLM2-135M’s own drafts along texts that it wrote, 48 " +
  "places each. Times are what the cost model expects of the server. A guess costs what you set, " +
  "or its own: for coins a step of Llama-3.2 1B on one chip, for a lookup nothing, for the " +
  "trained layer a layer of the target and its vocabulary, else that of its part of the target. " +
  "The formula: as if every guess stood by the chance of the run, and every pass had guesses; a " +
  "lookup that finds nothing has none. Timed beside SmolLM2 itself on a CPU, a guess of the " +
  "trained layer took so many plain steps: ";

function render(view) {
  const { data, get, set, control, open } = stage(view, "Speculative decoding, round by round");
  const twice = (value) => fixed(value, 2);
  const shown = counters({
    alpha: ["acceptance in the run", probabilityText], cost: ["plain steps a round", twice],
    tau: ["tokens a pass, the run", twice], formula: ["tokens, the formula", twice],
    gain: ["speed-up, the run", twice], formula_gain: ["speed-up, the formula", twice],
  }, { css: "tw-six" });
  const text = textPlace("text so far");
  const places = h("div", { class: "tw-guess-row", role: "group", "aria-label": "guesses" });
  const laws = table(["Token", "p", "q", "drawn anew"], { css: "tw-fluid tw-named" });
  const about = sentence("tw-short");
  const says = spoken();
  const chart = chartPlace("tw-board");
  let pointed = null; // the place whose laws are shown, where one was chosen

  function runAt() {
    const rounds = roundsAt(data.traces[traceName(get())], get().gamma);
    const last = rounds.length - 1;
    const now = Math.min(get().cursor, last);
    return { rounds, last, now, round: rounds[now] };
  }

  function said(state, { rounds, now }) {
    const ids = data.texts[named("text", state)];
    const piece = (at, own) => (isCoins(state) ? (own ? "◆" : "●") : data.pieces[ids[at]]);
    return rounds.slice(0, now).flatMap(({ start, accepted }) => range(accepted + 1).map((k) =>
      h("span", { class: classes("tw-said", k < accepted ? "tw-copied" : "tw-added") },
        piece(start + k, k === accepted))));
  }

  function drawLaw(state, trace, round, all) {
    const place = all[pointed] ?? all.at(Math.min(round.accepted, all.length - 1));
    const law = lawAt(trace, round, place);
    about.textContent = lawStory(state, place, law);
    laws.set(law ? lawRows(data, law, place.fate) : []);
    laws.element.hidden = !law;
    [...places.children].forEach((one, k) => one.classList.toggle("tw-pointed", k === place.k));
  }

  function draw() {
    const state = get();
    const [trace, run] = [data.traces[traceName(state)], runAt()];
    const all = placesIn(data, state, trace, run.round);
    const point = (k) => () => {
      pointed = k;
      drawLaw(get(), trace, run.round, all);
    };
    const key = [traceName(state), state.gamma, run.now].join();
    if (places.dataset.key !== key) { // else the focus would be lost
      [pointed, places.dataset.key] = [null, key];
      fill(places, all.map((one) => h("button", {
        type: "button", class: `tw-judged tw-fate-${one.fate}`, "data-place": one.k,
        "aria-label": heard(one),
        onfocus: point(one.k), onmouseenter: point(one.k), onclick: point(one.k),
      }, h("span", { class: "tw-guess-text" }, one.guess), h("span", {}, one.says))));
    }
    shown.set(shownAt(data, state));
    says.textContent = story(data, state, run);
    const kind = isCoins(state) ? "● a guess, ◆ the target’s own:" : data.kinds[state.kind];
    fill(text, h("span", { class: "tw-muted" }, kind, " "),
      said(state, run));
    text.scrollTop = text.scrollHeight;
    const one = costAt(data, state);
    chart.hidden = !one;
    const drawn = (width) => lanes(one, run.round, width);
    if (one) paint(chart, HEIGHT, `Time. ${says.textContent}`, drawn);
    drawLaw(state, trace, run.round, all);
    steps.draw();
    able(chosen.alpha.input, isCoins(state), "Only coins have an acceptance that can be set.");
    able(chosen.kind.input, !isCoins(state), "Coins write no text.");
    able(chosen.temperature.input, !isCoins(state), "Coins write no text.");
  }

  const steps = stepper(set, runAt, {
    label: "Round", done: "The run is over.", begun: "This is the first round.",
  });
  const again = () => ({ cursor: 0 });
  const chosen = {
    draft: control(select, "draft", "Guesses of",
      (name) => (name === "coins" ? "coins" : data.drafts[name]), again),
    alpha: control(slider, "alpha", "Acceptance α", (alpha) => fixed(alpha, 1), again),
    kind: control(select, "kind", "Text", String, again),
    temperature: control(slider, "temperature", "Temperature", String, again),
    gamma: control(slider, "gamma", "Guesses γ", countText, again),
  };
  const server = {
    target: control(select, "target", "Target", (name) => data.labels[name]),
    draft_cost: control(slider, "draft_cost", "Guess costs",
      (cost) => (cost === null ? "its own" : `${countText(cost)} steps`)),
    batch: control(slider, "batch", "Batch", countText),
    context_tokens: control(slider, "context_tokens", "Context", countText),
  };
  return open([
    panel(chosen, "tw-wide tw-drafted"), text, places, steps.element, says, chart, about,
    laws.element, panel(server, "tw-wide tw-drafted"), shown.element,
    folded("What is shown, what is assumed", note(`${NOTE}${twice(data.measured)}.`)),
  ], { controls: { ...chosen, ...server }, draw, chart });
}

export default { render };
