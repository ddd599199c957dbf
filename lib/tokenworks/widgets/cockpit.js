// SIM-16, the cockpit: a recorded run until the reader starts Python; then any run, live.

const NO_ENGINE = "No Python runs on this page, so it shows recorded runs; on the book's site the " +
  "cockpit also runs live.";
const MB = (bytes) => fixed(bytes / 1e6, 1);
const clockText = (at) =>
  `${Math.floor(at / 60)}:${fixed(Math.floor((at % 60) * 10) / 10, 1).padStart(4, "0")}`;
const keyOf = (grid, settings) =>
  Object.keys(grid).map((name) => JSON.stringify(settings[name])).join("|");
const [SERIES_SECONDS, SERIES_POINTS] = [60, 150];

const COLOURS = [["tw-reads", "reads a prompt"], ["tw-writes", "writes answers"],
  ["tw-both", "both in one step"], ["tw-waits", "waits"], ["tw-kv", "KV cache in use"],
  ["tw-cached", "kept for reuse"]];

// What was recorded at the settings, as a frame and the series of its board.
function recordedAt({ grid, runs, times }, settings) {
  const run = runs[keyOf(grid, settings)];
  const { last, board, series } = run;
  const names = Object.keys(series);
  return {
    frame: { ...last, board },
    points: times.map((at, i) =>
      ({ at, board: Object.fromEntries(names.map((name) => [name, series[name][i]])) })),
  };
}

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
  const clock = h("span", { class: "tw-clock", "data-counter": "at" });
  const tag = h("span", { class: "tw-tag" });
  const link = h("input", { class: "tw-link", readonly: true });
  const linked = h("label", { class: "tw-linked", hidden: true }, "Link to this run", link);
  let live = false;
  let settings = { ...data.base, ...get() };
  let chosen = settings; // also what Python has not yet taken
  let points = [];
  let shared = null;
  let message = null; // what stands in the place of the summary
  let busy = false; // Python computes what was asked last

  const run = cockpitRun({
    ask: (question, options) => engine()(question, options),
    show, beat: motion.move, told: heard,
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
  const summed = ({ at, arrived, done, queued, board }) => `After ${fixed(at, 1)} s: ` +
    `${plural(arrived, "request")} came, ${countText(done)} were answered, ${countText(queued)} wait` +
    `${board?.ttft_p99 == null ? "." : `. Of the last ten seconds' first tokens one in a hundred took longer than ${shortSeconds(board.ttft_p99)}.`}`;

  function heard({ playing, waiting, refused, change, settings: now, fresh }) {
    if (now) [settings, chosen] = [{ ...settings, ...now }, { ...settings, ...now }];
    if (fresh) {
      points = [];
      motion.clear();
    }
    if (waiting !== undefined) busy = waiting;
    if (playing) message = null;
    if (waiting === false) message = refused ? { text: refused, bad: true } : null;
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
    if (!live) return begin(...(shared ? [shared.script, shared.at] : []));
    if (still()) return go(10);
    return run.get().playing ? run.pause() : run.play();
  }
  function change(name, value) {
    shared = null;
    chosen = { ...chosen, [name]: value };
    if (live) return run.change({ set: { [name]: value } });
    settings = chosen;
    return set({ [name]: value });
  }
  function setUp(wished) {
    shared = null;
    chosen = { ...data.base, ...wished };
    if (!recorded(chosen) && off) {
      chosen = settings;
      return tell(`This start was not recorded. ${off}`, true);
    }
    if (live || !recorded(chosen)) return begin();
    settings = chosen;
    return set(Object.fromEntries(Object.keys(data.grid).map((name) => [name, chosen[name]])));
  }
  function fail() {
    const ready = run.get().current?.replicas.filter(({ state }) => state === "ready") ?? [];
    if (ready.length) run.change({ fail: ready.at(-1).number });
  }
  async function share() {
    const { script, at } = live && run.get().script ? run.get() : { script: fresh(), at: 0 };
    link.value = linkOf(script, micro(at));
    linked.hidden = false;
    link.select();
    history.replaceState(null, "", link.value);
    try {
      await navigator.clipboard.writeText(link.value);
      tell("The link is copied: whoever opens it sees this run.");
    } catch {
      tell("Copy the link: whoever opens it sees this run.");
    }
  }

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
    const found = await engine()(question, { seconds: ASK_SECONDS });
    return found.late ? { refused: "Python took too long for it and was ended; the run is kept." } : found;
  };
  const missions = missionPanel(data.missions, { begin: setUp, check: (mission) => {
    const { script, at } = run.get();
    return asked({ ask: "mission", mission, script, until: micro(at) });
  } });
  const challenge = challengePanel(data.challenges, { begin: setUp,
    score: (id) => asked({ ask: "score", challenge: id, settings }) });

  const recorded = (wished) => keyOf(data.grid, wished) in data.runs &&
    Object.entries(data.base).every(([name, value]) =>
      name in data.grid || wished[name] === undefined || wished[name] === value);
  const possible = (name, value) => live || recorded({ ...settings, [name]: value });

  function draw() {
    picture.measure();
    controls.set(chosen, possible);
    for (const one of [step, over, dies]) able(one, live, "Start first.");
    missions.live(live);
    challenge.live(live);
    able(start, !off, off);
    const { current, playing } = run.get();
    const { frame, points: series } = live ? { frame: current, points } : recordedAt(data, settings);
    tag.textContent = busy ? "computing …" : !live ? "recorded" : playing ? "live" : "paused";
    start.textContent = !live ? "Start" : still() ? "10 s on" : playing ? "Pause" : "Play";
    if (frame) paintFrame(frame, series, !playing);
    says.textContent = message?.text ?? (frame && !playing ? summed(frame) : "");
    says.classList.toggle("tw-bad", Boolean(message?.bad));
  }

  try {
    shared = runOfLink(location.hash);
    if (shared) message = { text: "A run was shared with you: Start shows it." };
  } catch (error) {
    message = { bad: true, text: `The link in the address holds no run: ${error.message}. Here is a recorded one.` };
  }
  return open([
    h("div", { class: "tw-cockpit-head" }, clock, tag),
    place, legend(COLOURS),
    h("div", { class: "tw-transport" }, buttons(start, step, over, send, dies)),
    says, off && note(off), linked, controls.first, tiles.element, floors.element, controls.rest,
    data.missions.length > 0 && folded("Missions: seven things to find out", missions.element),
    data.challenges.length > 0 && folded("Challenge: meet a limit at the least cost", challenge.element),
    folded("What is drawn, and what is counted", data.facts.map((fact) => note(fact))),
  ], { draw, chart: place, stop: () => run.pause() });
}

export default { render };
