// SIM-16, the cockpit: a recorded run until the reader starts Python; then any run, live.

const NO_ENGINE = "No Python runs on this page, so it shows recorded runs; on the book's site the " +
  "cockpit also runs live.";
const MB = (bytes) => fixed(bytes / 1e6, 1);
const [SERIES_SECONDS, SERIES_POINTS] = [60, 150];
const OVER = "A run is an hour at most: Restart begins anew.";

function render(view) {
  const { data, get, set, open, redraw } = stage(view, "A server that you drive");
  const engine = () => window.tokenworks?.ask;
  const off = !engine() ? NO_ENGINE : window.tokenworks.why?.() ?? "";
  const place = chartPlace("tw-board tw-scene");
  const picture = scene(place);
  const motion = dots(picture);
  const tiles = boardTiles();
  const floors = floorLine();
  const says = spoken("tw-short");
  const printed = h("p", { class: "tw-printed" }); // on paper, where no control shows its value
  const clock = h("span", { class: "tw-clock", "data-counter": "at" });
  const tag = h("span", { class: "tw-tag" });
  const link = h("input", { class: "tw-link", readonly: true });
  const linkPlace = h("label", { class: "tw-linked", hidden: true }, "Link to this run", link);
  let live = false;
  let settings = { ...data.base, ...get() };
  let chosen = settings; // also what Python has not yet taken
  let points = [];
  let shared = null;
  let message = null; // what stands in the place of the summary
  let busy = false; // Python computes what was asked last
  let asking = 0; // questions about the run that Python has not answered

  const run = cockpitRun({
    ask: (question, options) => engine()(question, options),
    show, beat: motion.move, told: heard,
    reached: (at, of) => (tag.textContent = `computing, ${countText(at)} of ${countText(of)} s …`),
    bytes: ({ loaded, of }) => {
      tag.textContent = loaded < of ? `Python: ${MB(loaded)} of ${MB(of)} MB` : "starting Python …";
    },
  });

  function show(frame, before, lasts) {
    if (before && frame.at > before.at && !still() && run.get().playing) {
      motion.between(before, frame, performance.now(), lasts);
    }
    const last = points.at(-1);
    if (!last || frame.at - last.at >= SERIES_SECONDS / SERIES_POINTS) points.push(frame);
    while (frame.at - points[0].at > SERIES_SECONDS) points.shift();
    paintFrame(frame, points, !run.get().playing);
  }
  function paintFrame(frame, series, speak) {
    able(dies, live && readyOf(frame).length > 0, live ? "No replica is ready." : "Start first.");
    picture.set(frame, frame.replicas[0]?.max_batch ?? settings.max_batch, { speak });
    const board = { ...frame.board, queue: frame.queued }; // the rest is of the last half second
    tiles.set(board, series);
    floors.set(board);
    clock.textContent = clockText(frame.at);
    clock.dataset.raw = frame.at;
  }
  function tell(text, bad = false) {
    message = text && { text, bad };
    redraw();
  }

  function heard({ playing, waiting, refused, change, settings: now, fresh, over: ended }) {
    if (now) [settings, chosen] = [{ ...settings, ...now }, { ...settings, ...now }];
    if (fresh) {
      points = [];
      motion.clear();
    }
    if (waiting !== undefined) busy = waiting;
    if (playing) message = null;
    if (waiting === false) message = refused ? { text: upper(refused), bad: true } : null;
    if (ended) message = { text: OVER };
    if (refused) chosen = settings;
    if (refused && !change && !run.get().script) live = false;
    redraw();
  }

  const fresh = () => ({ seed: data.seed, changes: [[0, { set: chosen }]] });
  async function begin(script = fresh(), at = 0) {
    if (off) return;
    live = true;
    message = null;
    await run.start(script, { shown: at });
    if (message || at) return redraw();
    return still() ? go() : run.play();
  }
  function press() {
    if (!live) return shared ? restored() : begin();
    if (still()) return go(10);
    return run.get().playing ? run.pause() : run.play();
  }
  // The run that a link holds, at its moment; a challenge's result is computed again.
  async function restored() {
    const held = shared;
    await begin(held.script, held.at);
    if (held !== shared || message?.bad) return;
    shared = null;
    if (held.challenge) await challenge.scored();
  }
  function drop() {
    if (shared?.challenge) challenge.clear();
    shared = null;
  }
  function change(name, value) {
    if (shared && !live) [chosen, message] = [settings, null];
    drop();
    chosen = { ...chosen, [name]: value };
    if (!live) {
      settings = chosen;
      return set({ [name]: value });
    }
    busy = true; // a switch moves at once, though Python may have to end something first
    redraw();
    return run.change({ set: { [name]: value } });
  }
  // Says in a panel how it went; what is set up is scrolled into view.
  async function setUp(wished) {
    drop();
    chosen = { ...data.base, ...wished };
    if (!recorded(chosen) && off) {
      chosen = settings;
      return "This start was not recorded, and no Python runs here.";
    }
    const runs = live || !recorded(chosen);
    if (runs) await begin();
    else {
      settings = chosen;
      set(Object.fromEntries(Object.keys(data.grid).map((name) => [name, chosen[name]])));
    }
    if (message?.bad) return message.text;
    place.scrollIntoView({ block: "nearest", behavior: still() ? "auto" : "smooth" });
    return runs ? "It is set up, and runs above." : "It is set up above, as it was recorded: Start runs it.";
  }
  const readyOf = (frame) => frame?.replicas.filter(({ state }) => state === "ready") ?? [];
  async function fail() {
    const { current } = run.get();
    const ready = readyOf(current);
    const { number } = ready.at(-1);
    const name = current.replicas.findIndex((one) => one.number === number) + 1;
    await run.change({ fail: number });
    if (!message?.bad && !run.get().playing) await run.step();
    if (message?.bad) return;
    tell(`Replica ${name} died. What it had ${ready.length > 1 ? "goes to the others" : "waits for it"}; ` +
      "it starts again, empty.");
  }
  const linked = async (held) => {
    link.value = linkOf(held);
    linkPlace.hidden = false;
    history.replaceState(null, "", link.value);
    try {
      await navigator.clipboard.writeText(link.value);
      return "The link is copied";
    } catch { // refused, or an address without a clipboard
      link.select(); // it takes the focus, and comes into view
      return "Copy the link";
    }
  };
  async function share() {
    const { script, at } = live && run.get().script ? run.get() : { script: fresh(), at: 0 };
    tell(`${await linked({ ...script, at: micro(at) })}: whoever opens it sees this run.`);
  }
  const shareResult = async (held) => `${await linked(held)}: whoever opens it gets the ` +
    "settings that were scored, and the score computed again.";

  async function go(seconds) {
    await run.step(seconds);
    redraw();
  }
  const start = button("Start", press);
  const step = button("Step", () => go());
  const over = button("Restart", () => begin());
  const dies = button("A replica dies", fail);
  const send = button("Share", share);
  const speed = select({ name: "speed", label: "Speed", values: SPEEDS, value: 2,
    text: (times) => `${times} ×`, onchange: (times) => run.pace(times) });
  const controls = cockpitControls(data.fields, change, speed.element);
  const asked = async (question) => {
    asking += 1;
    redraw();
    const found = await engine()(question, { seconds: ASK_SECONDS });
    asking -= 1;
    redraw();
    if (found.late) return { refused: "Python took too long for it and was ended; the run is kept." };
    return found.refused ? { refused: upper(found.refused) } : found;
  };
  const missions = missionPanel(data.missions, { begin: setUp, check: (mission) => {
    const { script, at } = run.get();
    return asked({ ask: "mission", mission, script, until: micro(at) });
  } });
  const challenge = challengePanel(data.challenges, { begin: setUp, share: shareResult,
    score: async (id) => {
      const { script, at } = run.get();
      const found = await asked({ ask: "score", challenge: id, settings });
      return { found, run: { ...script, at: micro(at) } };
    } });
  const duel = folded("Challenge: meet a limit at the least cost", challenge.element);

  const recorded = (wished) => keyOf(data.grid, wished) in data.runs &&
    Object.entries(data.base).every(([name, value]) =>
      name in data.grid || wished[name] === undefined || wished[name] === value);
  const possible = (name, value) => live || recorded({ ...settings, [name]: value });

  function draw() {
    picture.measure();
    controls.set(chosen, possible);
    for (const one of [step, over]) able(one, live, "Start first.");
    const there = live && Boolean(run.get().script);
    missions.live(there);
    challenge.live(there);
    for (const one of [start, send]) able(one, !off, off);
    const { current, playing } = run.get();
    const { frame, points: series } = live ? { frame: current, points } : recordedAt(data, settings);
    tag.textContent = busy || asking ? "computing …" : !live ? "recorded" : playing ? "live" : "paused";
    start.textContent = !live ? "Start" : still() ? "10 s on" : playing ? "Pause" : "Play";
    if (frame) paintFrame(frame, series, !playing);
    printed.textContent = settingsText(data.fields, settings);
    says.textContent = message?.text ?? (frame && !playing ? summed(frame) : "");
    says.classList.toggle("tw-bad", Boolean(message?.bad));
  }

  try {
    shared = runOfLink(location.hash, data.challenges);
    if (shared) {
      chosen = settingsOf(shared.script, data.plain, data.fields);
      message = { text: "A run was shared with you: Start shows it." };
    }
    if (shared?.challenge) {
      challenge.restore(shared.challenge);
      duel.open = true;
    }
  } catch (error) {
    message = { bad: true, text: `The link in the address holds no run: ${error.message}. Here is a recorded one.` };
  }
  return open([
    h("div", { class: "tw-cockpit-head" }, clock, tag),
    place, legend(COLOURS),
    h("div", { class: "tw-transport" }, buttons(start, step, over, send, dies)),
    says, off && note(off), linkPlace, printed, controls.first, tiles.element, floors.element, controls.rest,
    data.missions.length > 0 && folded("Missions: seven things to find out", missions.element),
    data.challenges.length > 0 && duel,
    folded("What is drawn, and what is counted", data.facts.map((fact) => note(fact))),
  ], { draw, chart: place, stop: () => run.pause() });
}

export default { render };
