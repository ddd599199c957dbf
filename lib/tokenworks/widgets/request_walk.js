// The stations of a request. Looks up what request_walk.py tabulated; times are added up.

const [ROW, BAR] = [30, 16]; // pixels: a station, the bar of its time
const FILLS = { 3: "tw-walk-reads", 4: "tw-walk-sends", 5: "tw-walk-writes" };

const FIRST = 3; // the station that makes the first token
const secondsAt = ([floor, expected]) => expected ?? floor ?? 0;

function timesText([floor, expected]) {
  if (floor === null) return "yours to measure";
  return expected === null ? `at least ${shortSeconds(floor)}` : shortSeconds(expected);
}

function stations(data, state, width) {
  const times = data.times[state.known];
  const spans = times.map(secondsAt);
  const ends = cumulative(spans);
  const left = width < 480 ? 124 : 150;
  const x = axis([0, ends.at(-1)], [left, width - 4]);
  return data.stations.flatMap((name, i) => {
    const top = i * ROW;
    const here = i === state.station;
    const [from, wide] = [x(ends[i] - spans[i]), x(ends[i]) - x(ends[i] - spans[i])];
    const says = timesText(times[i]);
    const inside = wide > 7 * says.length + 16;
    const after = spans[i] > 0 ? from + Math.max(1.5, wide) + 6 : left;
    const at = inside ? from + wide - 6 : after;
    return [
      here && box(1, top + 1, width - 2, ROW - 2, "tw-walk-here", { rx: 6, "data-here": i }),
      shape("text", { x: 8, y: top + 19, class: here ? "tw-bold" : null, "data-station": i },
        `${i + 1} ${name}`),
      spans[i] > 0 && box(from, top + (ROW - BAR) / 2, Math.max(1.5, wide), BAR, FILLS[i],
        { "data-span": i }),
      words(at, top + 19, says, inside ? "end" : "start",
        inside ? "tw-bar-ink" : here ? "tw-bold" : null),
    ];
  });
}

function story(data, state) {
  const { station, known } = state;
  const [floor, expected] = data.times[known][station];
  const least = floor === null ? "" : ` At least ${shortSeconds(floor)}`;
  const wanted = expected === null ? "" : `, expected ${shortSeconds(expected)}`;
  const name = data.stations[station];
  const first = data.times[known][FIRST][1];
  return `${station + 1} of ${data.stations.length}. ${name}: ${data.texts[known][station]}` +
    `${least}${wanted}${least ? "." : ""} With ${data.known[known]} cached, the first token ` +
    `is expected after ${shortSeconds(first)} of reading.`;
}

const about = (data) => `Each pool: ${data.label}, bf16, and no queue anywhere. Bars are to scale: ` +
  "expected times, of the transfer the floor, one after another. Where no bar stands, the time is " +
  `that of your network and your programs: measure it. Of expected times a token, ${data.error}.`;

function render(view) {
  const { data, get, set, control, open } = stage(view, "A request on its way");
  const place = chartPlace("tw-board");
  const says = spoken();
  const last = data.stations.length - 1;
  const steps = stepper(({ cursor }) => set({ station: cursor }),
    () => ({ now: get().station, last }),
    { done: "The last token has left.", begun: "This is the first station." });
  const shown = counters({
    first: ["first token, expected", shortSeconds],
    whole: ["whole answer, expected", shortSeconds],
  });
  const controls = {
    known: control(select, "known", "Cached", (name) => data.known[name]),
  };

  function draw() {
    const state = get();
    const times = data.times[state.known].map(secondsAt);
    shown.set({ first: times[FIRST], whole: sum(times) });
    says.textContent = story(data, state);
    steps.draw();
    const label = `The stations of a request with their times. ${says.textContent}`;
    paint(place, data.stations.length * ROW + 2, label, (width) => stations(data, state, width));
  }

  return open([
    panel(controls, "tw-wide"), steps.element, place, says, shown.element,
    folded("What is drawn, and what is counted", note(about(data))),
  ], { controls, draw, chart: place });
}

export default { render };
