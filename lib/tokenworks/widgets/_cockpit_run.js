// A live run. Python answers what happens until when; frames are asked ahead in stretches of
// simulated time and shown at the reader's pace. A run is its script: a change gets a new script
// that begins with the old one, and what was asked ahead is dropped.

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16];
const [ASK_SECONDS, AHEAD_SECONDS, LONGEST_BEAT] = [60, 2, 250];
const ANSWER_SECONDS = 0.4; // that Python may take for a stretch: a change waits no longer
const micro = (seconds) => Math.round(seconds * 1e6) / 1e6;
const spacing = (speed) => Math.max(0.05, 0.1 * speed); // simulated seconds between two frames

// The script with one more change; two at the same moment are one.
function changed({ seed, changes }, at, what) {
  const last = changes.at(-1);
  if (what.set && last?.[0] === at && last[1].set) {
    return { seed, changes: [...changes.slice(0, -1), [at, { set: { ...last[1].set, ...what.set } }]] };
  }
  return { seed, changes: [...changes, [at, what]] };
}

// `ask` is the runner's; `show(frame, before)` gets each frame in turn, `beat(now)` each drawing,
// `told({playing, waiting, refused, settings})` what changes about the run.
function cockpitRun({ ask, show, beat, told, bytes }) {
  let script = null;
  let wanted = null; // { script, since, until, fresh }: what the reader asked for last
  let frames = []; // asked ahead, not yet shown
  let end = 0; // until where they go
  let at = 0;
  let current = null;
  let speed = 2;
  let able = 2; // simulated seconds that Python computes in one
  let playing = false;
  let pumping = false;
  let clock = null;
  let request = null;

  const question = ({ script: of, since, until: to, every = spacing(speed) }) =>
    ({ ask: "drive", script: of, since, until: to, every });
  const until = (since) => {
    const every = spacing(speed);
    const stretch = Math.max(speed / 2, Math.min(AHEAD_SECONDS * speed, able * ANSWER_SECONDS));
    return micro(since + every * Math.max(1, Math.ceil(stretch / every)));
  };
  const short = () => end - at < AHEAD_SECONDS * speed * 0.75;

  // A change that cannot be leaves the run as it was; anything else stops it.
  function failed(found, now) {
    const change = now && !now.fresh && !found.late;
    if (!change) pause();
    const why = found.refused ?? `Python took longer than ${ASK_SECONDS} seconds and was ended. ` +
      "The run is its script, so nothing is lost: press Play, and it is computed again.";
    told({ waiting: false, refused: why, change });
  }

  // One question at a time; what the reader wants comes before what is asked ahead.
  async function pump() {
    if (pumping) return;
    pumping = true;
    while (wanted || (script && playing && short())) {
      const now = wanted;
      const asked = now ?? { script, since: end, until: until(end) };
      if (now) told({ waiting: true });
      const began = performance.now();
      const found = await ask(question(asked),
        { seconds: ASK_SECONDS, onBytes: bytes });
      if (now !== wanted || (!now && asked.script !== script)) continue; // another came since
      if (found.refused || found.late) {
        wanted = null;
        failed(found, now);
        now?.then?.();
        if (now) continue;
        break;
      }
      if (!now?.fresh) able = (asked.until - asked.since) / ((performance.now() - began + 1) / 1000);
      if (now) {
        script = now.script;
        frames = now.fresh ? [] : frames.filter((frame) => frame.at <= asked.since);
        if (now.fresh) [at, current] = [asked.since, null];
        wanted = null;
        told({ waiting: false, settings: found.settings, fresh: now.fresh });
      }
      frames.push(...found.frames.filter((frame) => frame.at > asked.since || !current));
      end = asked.until;
      if (now?.shown && frames.at(-1)?.at !== now.shown) { // the moment that was shared, itself
        const there = await ask(question({ script, since: end, until: end }), { seconds: ASK_SECONDS });
        frames.push(...(there.frames ?? []));
      }
      if (now?.fresh) advance(now.shown);
      now?.then?.();
    }
    pumping = false;
  }

  function advance(to) {
    at = to;
    while (frames.length && frames[0].at <= at + 1e-9) {
      const before = current;
      current = frames.shift();
      show(current, before, (1000 * spacing(speed)) / speed);
    }
  }
  function tick(now) {
    request = requestAnimationFrame(tick);
    const passed = Math.min(now - (clock ?? now), LONGEST_BEAT) / 1000;
    clock = now;
    if (!wanted) advance(Math.min(end, at + passed * speed));
    beat(now);
    if (short()) pump();
  }
  function play() {
    if (playing) return;
    playing = true;
    clock = null;
    request = requestAnimationFrame(tick);
    told({ playing });
    pump();
  }
  function pause() {
    if (request !== null) cancelAnimationFrame(request);
    request = null;
    const was = playing;
    playing = false;
    if (was) told({ playing });
  }
  // Shows the next frame, or what is so many simulated seconds on.
  async function step(seconds = 0) {
    pause();
    const to = seconds ? micro(at + seconds) : null;
    if (!wanted && (to ? end < to : !frames.length)) {
      await new Promise((resolve) => {
        wanted = { script, since: end, until: Math.max(to ?? 0, until(end)), then: resolve };
        pump();
      });
    }
    const target = to ? Math.min(to, end) : frames[0]?.at;
    if (target !== undefined) advance(target);
  }

  // A run from its beginning; `shown` is the moment to go to at once.
  function start(begins, { shown = 0, then } = {}) {
    wanted = { script: begins, since: 0, until: shown || until(0), shown, fresh: true, then };
    return pump();
  }
  function change(what) {
    const base = wanted ?? { script };
    const since = wanted?.since ?? Math.max(Math.ceil(at * 100) / 100, script.changes.at(-1)[0]);
    wanted = { ...base, script: changed(base.script, since, what), since,
      until: base.until ?? until(since) };
    return pump();
  }
  return {
    start, play, pause, step, change,
    pace: (next) => (speed = next),
    get: () => ({ script, at: current?.at ?? at, current, playing }),
  };
}
