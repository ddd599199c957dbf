// SIM-00. Looks up what streaming.py tabulated: the clock of the page against the expected time of each step.

const three = (value) => countText(Number(value.toPrecision(3)));
const centsText = (cents) => `${cents === 0 ? 0 : three(cents)} cents`;
const usdText = (usd) => `USD ${usd.toFixed(2)}`;
const SECONDS_PER_HOUR = 3600;

function countersAt(data, { chip, users, usd_per_hour: usd, cursor }) {
  const setup = data.setups[chip];
  const steps = setup.steps[users];
  const [seconds, least] = [steps.expected, steps.floors].map((row) => sum(row.slice(0, cursor)));
  const rent = setup.chips * usd;
  const cents = (spent) => 100 * ratio(rent * spent, SECONDS_PER_HOUR * users);
  return {
    tokens: users * cursor,
    bytes: sum(steps.bytes.slice(0, cursor)),
    seconds,
    least_seconds: least,
    cents: cents(seconds),
    least_cents: cents(least),
  };
}

function tokensPerSecond(data, kind, { chip, users }) {
  const later = data.setups[chip].steps[users][kind].slice(1);
  return ratio(later.length, sum(later));
}

// What the poem has shown, once it is out.
function moral(data, state) {
  const end = { ...state, cursor: data.output.length };
  const [alone, many] = data.grid.users.map((users) => countersAt(data, { ...end, users }));
  const [one, most] = data.grid.users;
  if (state.users === one) {
    return `One poem has read ${bytesText(alone.bytes)}: nearly the whole model, again for each ` +
      `of ${countText(end.cursor)} tokens. Now add ${most - one} users.`;
  }
  return `${most} poems for ${three(ratio(many.bytes, alone.bytes))} times the reading of one: ` +
    `each reading of the weights serves all. Expect a poem to cost ${centsText(many.cents)} ` +
    `instead of ${centsText(alone.cents)}.`;
}

function offerNote(data, setup) {
  const { provider, market, usd_per_hour: usd, day, source } = setup.offer;
  const { asked: [cheapest, dearest], chips, error, measured } = setup;
  const found = measured === null ? [] : [" Measured ", h("a", { href: measured.source },
    "in public"), ` with one user: ${measured.rate} tokens a second.`];
  return [
    `Pace, bytes and rent are those of ${data.model} in bf16; the words were written, and ` +
    "recorded, by SmolLM2-135M. Expected is the sum of timed kernels: " +
    `${error}. At most, and at least: this is the floor at the data sheet's rates` +
    `${chips === 1 ? "" : ", with no time for messages between chips"}.`,
    ...found,
    ` On ${day} `,
    h("a", { href: source }, provider),
    ` asked ${usdText(usd)} for a chip and hour, a ${market}'s list price on demand; in all ` +
    `markets between USD ${cheapest} and ${dearest} were asked.`,
  ];
}

function render(view) {
  const { data, get, set, control, open } = stage(view);
  const last = data.output.length;
  const [one, most] = data.grid.users;
  const shown = counters({
    tokens: ["tokens, for all", countText],
    bytes: ["read from memory", bytesText],
    seconds: ["seconds, expected", (seconds) => fixed(seconds, 2)],
    least_seconds: ["seconds, at least", (seconds) => fixed(seconds, 2)],
    cents: ["your rent, expected", centsText],
    least_cents: ["your rent, at least", centsText],
  }, { css: "tw-six tw-pairs" });
  const asked = h("p", { class: "tw-asked" }, data.prompt.join(""));
  const poem = textPlace("the poem as it streams", "tw-poem");
  const says = spoken("tw-short");
  const below = note();
  const chip = control(select, "chip", "Chips", (name) => data.setups[name].label, otherChip);
  const rent = control(slider, "usd_per_hour", "Rent of a chip, an hour", usdText);
  let frame = null;
  let began = 0; // when the first token of this poem was asked for, on the page's clock

  function otherChip(name) {
    stop();
    return { cursor: 0, usd_per_hour: data.setups[name].offer.usd_per_hour };
  }
  function stop() {
    if (frame !== null) cancelAnimationFrame(frame);
    frame = null;
    says.setAttribute("aria-live", "polite");
  }
  // Shows each token when its step is expected to have ended.
  function beat(now) {
    const { chip: on, users, cursor } = get();
    const { expected: seconds } = data.setups[on].steps[users];
    let next = cursor;
    let ends = sum(seconds.slice(0, next + 1));
    while (next < last && began + 1000 * ends <= now) {
      next += 1;
      ends += seconds[next];
    }
    frame = next < last ? requestAnimationFrame(beat) : null;
    if (frame === null) stop();
    if (next > cursor) set({ cursor: next });
  }
  function begin() {
    stop();
    if (still()) return set({ cursor: last });
    says.setAttribute("aria-live", "off"); // not every token is read aloud
    began = performance.now();
    frame = requestAnimationFrame(beat);
    return set({ cursor: 0 });
  }
  function crowd() {
    set({ users: get().users === one ? most : one });
    begin();
  }

  function draw() {
    const state = get();
    const setup = data.setups[state.chip];
    shown.set(countersAt(data, state));
    fill(poem, state.cursor ? data.output.slice(0, state.cursor).join("")
      : h("span", { class: "tw-muted" }, "The answer appears here."));
    poem.scrollTop = poem.scrollHeight;
    more.textContent = state.users === one ? `Add ${most - one} users` : "Alone again";
    const [rate, limit] = ["expected", "floors"].map((kind) =>
      three(tokensPerSecond(data, kind, state)));
    const pace = `Expect ${rate} tokens a second for ` +
      `${state.users === one ? "you alone" : `each of ${most} users`} on ${setup.label}, ` +
      `at most ${limit}.`;
    says.textContent = state.cursor === last ? moral(data, state) : pace;
    says.dataset.pace = pace;
    if (below.dataset.chip !== state.chip) {
      below.dataset.chip = state.chip; // once for a chip: a link that is replaced loses the focus
      fill(below, offerNote(data, setup));
    }
  }

  const send = button("Send", begin);
  const more = button("", crowd);
  return open([
    h("div", { class: "tw-ask" }, asked, buttons(send)), poem, shown.element, says,
    h("div", { class: "tw-vary" }, buttons(more), chip.element, rent.element), below,
  ], { controls: { chip, usd_per_hour: rent }, draw, stop, label: "A poem as it streams" });
}

export default { render };
