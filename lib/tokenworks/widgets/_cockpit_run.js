// A live run. Python answers what happens until when; frames are asked ahead in stretches of
// simulated time and shown at the reader's pace. A run is its script: a change gets a new script
// that begins with the old one, and what was asked ahead is dropped.

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16];
const [ASK_SECONDS, AHEAD_SECONDS, LONGEST_BEAT] = [60, 2, 250];
const ANSWER_SECONDS = 0.4; // that Python may take for a stretch: a change waits no longer
const MOST_SECONDS = 3600; // of a run
// Before the moment that a link shows: as far as the lines go back; what was earlier is computed in
// pieces, each within the time that one question has.
const [SHOWN_SECONDS, PIECE_SECONDS] = [60, 120];
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
// `told({playing, waiting, refused, settings, over})` what changes about the run.
function cockpitRun({ ask, show, beat, told, bytes, reached }) {
  let script = null;
  let wanted = null; // { script, since, until, fresh }: what the reader asked for last
  let frames = []; // asked ahead, not yet shown
  let end = 0; // until where they go
  let at = 0;
  let computed = 0; // until where Python has come
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
    return Math.min(MOST_SECONDS, micro(since + every * Math.max(1, Math.ceil(stretch / every))));
  };
  const short = () => end < MOST_SECONDS && end - at < AHEAD_SECONDS * speed * 0.75;
  const over = () => at >= MOST_SECONDS && !wanted;

  // A change that cannot be leaves the run as it was; anything else stops it.
  function failed(found, now) {
    const change = now && !now.fresh && !found.late;
    if (!change) pause();
    const why = found.refused ?? `Python took longer than ${ASK_SECONDS} seconds and was ended. ` +
      `The run is its script, so nothing is lost: press ${script ? "Play" : "Start"}, and it is computed again.`;
    told({ waiting: false, refused: why, change });
  }

  // The answer to a question. What Python has to compute before, all of it where a change comes
  // earlier than it has come, is asked piece by piece.
  async function answered(asked, now) {
    const put = (one) => ask(question(one), { seconds: ASK_SECONDS, onBytes: bytes });
    const from = asked.fresh || asked.since < computed ? 0 : computed;
    for (let to = from + PIECE_SECONDS; to < asked.since; to += PIECE_SECONDS) {
      const found = await put({ ...asked, since: to, until: to });
      computed = found.late ? 0 : to;
      if (found.refused || found.late || now !== wanted) return found;
      reached(to, asked.until);
    }
    const found = await put(asked);
    if (found.late) computed = 0;
    else if (!found.refused) computed = asked.until;
    return found;
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
      const found = await answered(asked, now);
      if (now !== wanted || (!now && asked.script !== script)) continue; // another came since
      if (found.refused || found.late) {
        wanted = null;
        failed(found, now);
        now?.then();
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
      const to = asked.until;
      if ((now?.shown || to === MOST_SECONDS) && frames.at(-1)?.at !== to) { // between two frames
        const there = await ask(question({ script, since: to, until: to }), { seconds: ASK_SECONDS });
        frames.push(...(there.frames ?? []));
      }
      end = to;
      if (now?.fresh) advance(now.shown);
      now?.then();
    }
    pumping = false;
  }

  // Asks for something; over when it is there, or refused, or something else has taken its place.
  function want(next) {
    return new Promise((resolve) => {
      const earlier = wanted?.then;
      wanted = { ...next, then: () => {
        earlier?.();
        resolve();
      } };
      pump();
    });
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
    if (over()) ended();
    else if (short()) pump();
  }
  function ended() {
    pause();
    told({ over: true });
  }
  function play() {
    if (playing) return;
    if (over()) return ended();
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
    if (over()) return ended();
    const to = seconds ? Math.min(MOST_SECONDS, micro(at + seconds)) : null;
    if (!wanted && (to ? end < to : !frames.length)) {
      await want({ script, since: end, until: Math.max(to ?? 0, until(end)) });
    }
    const target = to ? Math.min(to, end) : frames[0]?.at;
    if (target !== undefined) advance(target);
  }

  // A run from its beginning; `shown` is the moment to go to at once.
  function start(begins, { shown = 0 } = {}) {
    const since = Math.max(0, micro(shown - SHOWN_SECONDS));
    return want({ script: begins, since, until: shown || until(0), shown, fresh: true });
  }
  function change(what) {
    const base = wanted ?? { script };
    const since = wanted?.since ?? Math.ceil(at * 100) / 100;
    const when = Math.max(since, wanted?.shown ?? 0, base.script.changes.at(-1)[0]);
    return want({ ...base, script: changed(base.script, when, what), since: wanted?.since ?? when,
      until: base.until ?? until(when) });
  }
  return {
    start, play, pause, step, change,
    pace: (next) => (speed = next),
    get: () => ({ script, at: current?.at ?? at, current, playing }),
  };
}
