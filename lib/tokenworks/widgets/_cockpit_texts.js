// What the cockpit says of a moment and of its settings, and what was recorded at settings.

const clockText = (at) =>
  `${Math.floor(at / 60)}:${fixed(Math.floor((at % 60) * 10) / 10, 1).padStart(4, "0")}`;
const keyOf = (grid, settings) =>
  Object.keys(grid).map((name) => JSON.stringify(settings[name])).join("|");
const upper = (text) => text && text[0].toUpperCase() + text.slice(1);

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

const summed = ({ at, arrived, done, queued, board }) => `After ${fixed(at, 1)} s: ` +
  `${plural(arrived, "request")} came, ${countText(done)} were answered, ${countText(queued)} wait` +
  `${board?.ttft_p99 == null ? "." : `. Of the last ten seconds' first tokens one in a hundred took longer than ${shortSeconds(board.ttft_p99)}.`}`;

// All settings in one line, by the words of their controls.
const settingsText = (fields, settings) => fields.map(({ name, label, kind, choices }) =>
  `${label}: ${kind === "slider" ? `${countText(settings[name])} /s`
    : choices.find(([one]) => one === settings[name])[1]}`).join(", ");
