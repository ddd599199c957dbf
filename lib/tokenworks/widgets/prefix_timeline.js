// SIM-14: one prompt without and with a prefix cache. Looks up what prefix_timeline.py tabulated.

const [HEAD, STRIP, BAR, ROW] = [18, 12, 22, 84]; // pixels: a heading, tokens, times, both and room
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]; // milliseconds between ticks

function shownAt(data, state) {
  const [prefix, fresh] = placesOf(data, state, "prefix_tokens", "new_tokens");
  const { known, prefix_tokens, new_tokens } = state;
  const times = data.times[state.deployment];
  const [floorWithout, without] = times.none[prefix][fresh];
  const [floorWith, withCache] = times[known][prefix][fresh];
  const found = data.found[known][prefix];
  return {
    without, floor_without: floorWithout, with: withCache, floor_with: floorWith,
    read: prefix_tokens + new_tokens - found, kept: found * data.kept[state.deployment], found,
    total: prefix_tokens + new_tokens, weights: data.weights[state.deployment][known][prefix][fresh],
  };
}

const timesText = (times) => countText(Number(fixed(times, times < 10 ? 1 : 0)));

// One way: the tokens of the prompt, found or read, and below them how long reading takes.
function way(top, says, { found, read, seconds, floor, name }, { tokens, time }) {
  const bar = top + HEAD + STRIP + 6;
  const [end, least] = [time(seconds), time(floor)];
  const text = shortSeconds(seconds);
  const inside = end - least > 8 * text.length + 16;
  return [
    words(tokens(0), top + 11, says, "start", "tw-bold"),
    found > 0 && box(tokens(0), top + HEAD, tokens(found) - tokens(0), STRIP, "tw-known-part",
      { "data-found": name }),
    box(tokens(found), top + HEAD, Math.max(1.5, tokens(found + read) - tokens(found)), STRIP,
      "tw-read-part", { "data-read": name }),
    box(time(0), bar, Math.max(1.5, end - time(0)), BAR, "tw-read-part", { "data-time": name }),
    line(least, bar - 4, least, bar + BAR + 4, "tw-floor-halo"),
    line(least, bar - 4, least, bar + BAR + 4, "tw-floor-mark"),
    words(inside ? end - 6 : end + 6, bar + 15, text, inside ? "end" : "start",
      inside ? "tw-bar-ink" : "tw-bold"),
  ];
}

function drawing(data, state, shown, width) {
  const [left, right] = [2, width - 34];
  const scale = {
    tokens: axis([0, shown.total], [left, right]), time: axis([0, shown.without], [left, right]),
  };
  const floor = 2 * ROW;
  const step = STEPS.find((each) => 1000 * shown.without / each < 6) ?? STEPS.at(-1);
  const ticks = range(Math.floor(1000 * shown.without / step) + 1).map((i) => i * step);
  const all = { found: 0, read: shown.total, seconds: shown.without, floor: shown.floor_without };
  const rest = { found: shown.found, read: shown.read, seconds: shown.with,
    floor: shown.floor_with };
  const names = [`Without: ${countText(shown.total)} tokens are read`,
    `With: ${countText(shown.found)} are found, ${countText(shown.read)} read`];
  return [
    ...ticks.map((at) => line(scale.time(at / 1000), 0, scale.time(at / 1000), floor)),
    ...way(0, names[0], { ...all, name: "without" }, scale),
    ...way(ROW, names[1], { ...rest, name: "with" }, scale),
    ...ticks.map((at, i) => words(scale.time(at / 1000), floor + 14,
      i ? shortSeconds(at / 1000) : "0", i ? "middle" : "start")),
  ];
}

function story({ without, with: withCache, found, read, total, weights }, data) {
  if (found === 0) {
    return `Nothing is found, so all ${plural(total, "token")} are read, as without a cache: the ` +
      `first token comes after ${shortSeconds(without)}. From now on the prefix is known.`;
  }
  const blocks = countText(found / data.block);
  const more = weights ? " A step reads all weights, however few tokens it has." : "";
  return `${blocks} blocks of ${data.block} tokens are found. ` +
    `${probabilityText(ratio(read, total))} of the prompt is read, which takes ` +
    `${probabilityText(ratio(withCache, without))} of the time: the first token comes ` +
    `${timesText(ratio(without, withCache))} times sooner.${more}`;
}

const about = (data, state) => "Strip: the tokens of the prompt. Bar: the expected step that " +
  "reads them; dashed line: its floor. The server is idle; queue, network and the host's own work " +
  "come on top. Only whole blocks are found, and each only if all before it are. " +
  `${data.labels[state.deployment]}, bf16. Of expected times a token, ` +
  `${data.errors[state.deployment]}.`;

const COLOURS = [["tw-known-part", "found in the cache"], ["tw-read-part", "read, and the time of it"]];

function render(view) {
  const { data, get, control, open } = stage(view, "The first token, with a known beginning");
  const place = chartPlace("tw-board");
  const says = spoken();
  const below = note();
  const shown = counters({
    without: ["without, expected", shortSeconds],
    floor_without: ["without, at least", shortSeconds],
    with: ["with, expected", shortSeconds],
    floor_with: ["with, at least", shortSeconds],
    read: ["tokens read, with", countText],
    kept: ["found in the cache", shortBytes],
  }, { css: "tw-six tw-pairs" });
  const choices = {
    deployment: control(select, "deployment", "Served", (name) => data.labels[name]),
    known: control(select, "known", "Known", (name) => data.known[name]),
  };
  const sliders = {
    prefix_tokens: control(slider, "prefix_tokens", "Prefix tokens", countText),
    new_tokens: control(slider, "new_tokens", "New tokens", countText),
  };

  function draw() {
    const state = get();
    const found = shownAt(data, state);
    shown.set(found);
    says.textContent = story(found, data);
    below.textContent = about(data, state);
    const label = `The time to the first token without and with a prefix cache. ${says.textContent}`;
    paint(place, 2 * ROW + 18, label, (width) => drawing(data, state, found, width));
  }

  return open([
    panel(choices, "tw-wide"), panel(sliders), legend(COLOURS), place, says, shown.element,
    folded("What is drawn, and what is counted", below),
  ], { controls: { ...choices, ...sliders }, draw, chart: place });
}

export default { render };
