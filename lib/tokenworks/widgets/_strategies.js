// The pictures of strategies.js: devices with what they hold and send, and a step in bars.

const [BRACKET, LABEL, GAP] = [16, 16, 20]; // of a server's row, below its devices
const headOf = ({ pipeline, expert }) => (pipeline > 1 || expert > 1 ? 30 : 8); // and above them
const TALL = { 1: 108, 2: 72, 4: 48 }; // devices, by rows of servers
const [LINE, LEFT] = [26, 78]; // of the bars of time

// ---- the devices ----

// An arrow across or down; its head lies at the end, and at the start where it goes both ways.
function arrow([x1, y1], [x2, y2], { both = false, kind }) {
  const across = y1 === y2;
  const head = (x, y, back) => shape("polygon", {
    points: points([[x, y], across ? [x - back, y - 3] : [x - 3, y - back],
      across ? [x - back, y + 3] : [x + 3, y - back]]), class: "tw-arrowhead",
  });
  return [
    shape("line", { x1, y1, x2, y2, class: "tw-arrow", "data-arrow": kind }),
    head(x2, y2, 5), both && head(x1, y1, -5),
  ];
}

// Words in the middle of an arrow.
const onLine = (x, y, text) => [box(x - wide(text) / 2 - 3, y - 6, wide(text) + 6, 12, "tw-blank"),
  words(x, y + 4, text, "middle", "tw-moved")];

const wide = (text) => 6.2 * text.length; // pixels of a word of 11
const fitting = (candidates, room) => candidates.find((text) => wide(text) <= room) ?? "";

function places(state, width) {
  const across = Math.min(state.devices, 8);
  const slot = Math.min(92, (width - 12) / across);
  const lines = Math.ceil(state.devices / 8);
  const tall = TALL[lines];
  const head = headOf(state);
  const pitch = head + tall + BRACKET + LABEL + GAP;
  const at = (device) => ({
    left: 6 + (device % 8) * slot, right: 6 + (device % 8 + 1) * slot,
    row: Math.floor(device / 8), top: Math.floor(device / 8) * pitch + head,
  });
  return { at, slot, tall, lines, head, pitch, width: 12 + across * slot };
}

const heightOf = (state) => {
  const { lines, pitch } = places(state, 700);
  return lines * pitch - GAP + 4;
};

// A device: its memory as a frame, what it holds from below; what is too much stands above.
function memoryParts(data, cost, spot, { slot, tall }) {
  const need = cost.weights + cost.cache + data.runtime;
  const px = tall / Math.max(data.capacity, need);
  const [x, w, floor] = [spot.left + 3, slot - 6, spot.top + tall];
  const piece = (from, bytes, css) => box(x, floor - (from + bytes) * px, w, bytes * px, css);
  const label = bytesText(cost.weights);
  return [
    piece(0, cost.weights, "tw-weights"),
    piece(cost.weights, cost.cache, "tw-kv"),
    piece(cost.weights + cost.cache, data.runtime, "tw-runtime"),
    need > data.capacity && piece(data.capacity, need - data.capacity, "tw-beyond"),
    piece(0, data.capacity, "tw-capacity"),
    cost.weights * px > 15 && wide(label) < w - 4
      && words(x + w / 2, floor - cost.weights * px / 2 + 4, label, "middle", "tw-on"),
  ];
}

// What one group of devices with the same part has of the model, in words of several lengths.
function partWords(mix, group) {
  const { tensor, pipeline, expert, data: copies, layers, experts } = mix;
  const [e, p, d] = [group % expert, Math.floor(group / expert) % pipeline,
    Math.floor(group / expert / pipeline)];
  const stage = `${p * layers + 1}–${(p + 1) * layers}`;
  const held = experts === 1 ? String(e + 1) : `${e * experts + 1}–${(e + 1) * experts}`;
  const all = [
    copies > 1 && ["copy", String(d + 1)], pipeline > 1 && ["layers", stage],
    expert > 1 && [experts === 1 ? "expert" : "experts", held],
  ].filter(Boolean);
  if (all.length === 0) {
    return tensor > 1 ? ["a part of each matrix", "parts"] : ["the whole model", "all"];
  }
  return [all.map((pair) => pair.join(" ")).join(", "),
    all.map(([, n], i) => (i === 0 && copies > 1 ? `copy ${n}` : n)).join(", "),
    all.at(-1)[1]];
}

function groupParts(mix, cost, spots) {
  const { tensor } = mix;
  const count = mix.data * mix.pipeline * mix.expert;
  return range(count).flatMap((group) => {
    const [first, last] = [spots.at(group * tensor), spots.at((group + 1) * tensor - 1)];
    const rows = range(last.row - first.row + 1);
    return rows.flatMap((down) => {
      const top = first.top + down * spots.pitch + spots.tall;
      const [from, to] = [down ? spots.at(0).left : first.left,
        down < last.row - first.row ? spots.at(7).right : last.right];
      const room = to - from - 2;
      const size = bytesText(cost.message);
      const [side, above] = [spots.width / 4, top - spots.tall];
      return [
        tensor > 1 && arrow([from + 5, top + 10], [to - 5, top + 10], { both: true, kind: "sum" }),
        ...(tensor > 1 && group === 0 && down === 0 && wide(size) + 24 < room
          ? onLine((from + to) / 2, top + 10, size) : []),
        tensor > 1 && down > 0 && arrow([side, above - spots.head - GAP - BRACKET],
          [side, above - 6], { both: true, kind: "sum" }),
        words((from + to) / 2, top + BRACKET + 12, fitting(partWords(mix, group), room), "middle"),
      ];
    });
  });
}

// Between stages: from a group to the next one of its copy, beside it or in the next row.
function handParts(mix, cost, spots) {
  const { tensor, pipeline, data: copies } = mix;
  if (pipeline === 1) return [];
  const size = bytesText(cost.message);
  let told = false;
  return range(copies * pipeline).filter((group) => (group + 1) % pipeline).flatMap((group) => {
    const [last, next] = [spots.at((group + 1) * tensor - 1), spots.at((group + 1) * tensor)];
    const says = !told && words;
    told = true;
    if (last.row === next.row) {
      const reach = Math.min(22, spots.slot * tensor / 2 - 3);
      const y = last.top - 7;
      return [arrow([last.right - reach, y], [next.left + reach, y], { kind: "hand" }),
        says && says(Math.max(last.right, wide(size) / 2 + 2), y - 7, size, "middle", "tw-moved")];
    }
    const x = spots.width / 2;
    const y = next.top - spots.head;
    return [arrow([x, y - GAP + 4], [x, next.top - 8], { kind: "hand" }),
      says && says(x + 8, y + 8, size, "start", "tw-moved")];
  });
}

// Tokens to experts and back, among all devices that share them; rows of one group are joined.
function tripParts(mix, cost, spots) {
  const { tensor, expert, data: copies } = mix;
  if (expert === 1) return [];
  const size = bytesText(cost.trip);
  return range(copies).flatMap((copy) => {
    const [from, to] = [copy * tensor * expert, (copy + 1) * tensor * expert - 1];
    const [first, last] = [spots.at(from), spots.at(to)];
    return range(last.row - first.row + 1).flatMap((down) => {
      const y = first.top + down * spots.pitch - 7;
      const ends = [down ? spots.at(0).left : first.left,
        down < last.row - first.row ? spots.at(7).right : last.right];
      const x = spots.width / 2;
      return [
        arrow([ends[0] + 5, y], [ends[1] - 5, y], { both: true, kind: "trip" }),
        copy === 0 && down === 0
          && words((ends[0] + ends[1]) / 2, y - 7, size, "middle", "tw-moved"),
        down > 0 && arrow([x, y - spots.head - GAP + 11], [x, y - 2], { both: true, kind: "trip" }),
      ];
    });
  });
}

function devicesPicture(data, state, mix, cost, width) {
  const spots = places(state, width);
  const servers = range(spots.lines).map((i) => box(1, i * spots.pitch + spots.head - 4,
    spots.width - 2, spots.tall + 8 + BRACKET + LABEL, "tw-server", { rx: 6 }));
  return [
    ...servers,
    ...range(state.devices).flatMap((i) => memoryParts(data, cost, spots.at(i), spots)),
    ...groupParts(mix, cost, spots), ...handParts(mix, cost, spots), ...tripParts(mix, cost, spots),
  ].flat();
}

// ---- the step ----

function timeBars(cost, width) {
  const rows = [
    ["reading", [[cost.parts.reading - cost.caches, "tw-weights"], [cost.caches, "tw-kv"]]],
    ["multiplying", [[cost.parts.multiplying, "tw-multiplying"]]],
    ["messages", [[cost.parts.messages, "tw-sent"]]],
    cost.kernels && ["expected", [[cost.kernels.kernels, "tw-kernels"],
      [cost.kernels.messages, "tw-sent"], [cost.kernels.others, "tw-runtime"]]],
  ].filter(Boolean);
  const most = Math.max(cost.floor, cost.expected ?? 0);
  const x = axis([0, most], [LEFT, width - 62]);
  const end = rows.length * LINE;
  return [
    ...rows.flatMap(([name, parts], i) => {
      const ends = cumulative(parts.map(([seconds]) => seconds));
      const y = 14 + i * LINE;
      return [
        words(LEFT - 8, y + 13, name, "end"),
        ...parts.map(([seconds, css], n) => box(x(ends[n] - seconds), y,
          Math.max(0.5, x(seconds) - LEFT), 18, css, { "data-part": name })),
        words(x(ends.at(-1)) + 6, y + 13, secondsText(ends.at(-1)), "start", "tw-halo"),
      ];
    }),
    line(x(cost.floor), 12, x(cost.floor), 12 + end, "tw-floor"),
    words(x(cost.floor), 10, "floor", "middle"),
  ];
}

const barsHeight = (cost) => 18 + LINE * (cost.kernels ? 4 : 3);
