// The picture of the cockpit: arrivals and the queue on the left, replicas with their batch and
// their memory in the middle, answers on the right. Cells are to scale; nodes stay and are moved.

const STEP_CSS = { prefill: "tw-reads", decode: "tw-writes", mixed: "tw-both", idle: "tw-writes" };
const POOLS = { all: "", prefill: "reads prompts", decode: "writes answers" };
const MEMORY_CELL = 6; // pixels

function regionsOf(replicas) {
  const pools = [...new Set(replicas.map(({ pool }) => pool))];
  return pools.map((pool) => replicas.filter((one) => one.pool === pool));
}

function columnsOf(count, apart, wide) {
  if (apart) return count <= (wide ? 2 : 4) ? 1 : 2;
  if (count === 1) return 1;
  if (count <= 4) return 2;
  return count <= 8 && !wide ? 2 : 4;
}

// Where everything stands for a width: the queue, a box for each replica, the way out.
function sceneLayout(width, replicas) {
  const wide = width >= 480;
  const [side, out, gap] = wide ? [96, 78, 8] : [46, 40, 5];
  const regions = regionsOf(replicas);
  const apart = regions.length > 1;
  const top = apart ? 36 : 20;
  const shapes = regions.map((all) => {
    const columns = columnsOf(all.length, apart, wide);
    return { all, columns, rows: Math.ceil(all.length / columns) };
  });
  const most = Math.max(...shapes.map(({ rows }) => rows));
  const inner = Math.max(wide ? 264 : 220, most * (wide ? 78 : 66));
  const room = (width - side - out - gap * 2 * (regions.length - 1)) / regions.length;
  const boxes = new Map();
  shapes.forEach(({ all, columns, rows }, at) => {
    const left = side + at * (room + 2 * gap);
    const [w, tall] = [(room - gap * (columns - 1)) / columns, (inner - gap * (rows - 1)) / rows];
    all.forEach(({ number }, i) => boxes.set(number, {
      x: left + (i % columns) * (w + gap), y: top + Math.floor(i / columns) * (tall + gap),
      w, h: tall,
    }));
  });
  const titles = apart ? regions.map(([one], at) =>
    [side + at * (room + 2 * gap), POOLS[one.pool] ?? one.pool]) : [];
  return { wide, side, out, width, top, inner, height: top + inner + 20, boxes, titles, gap };
}

// Square cells in rows from a corner, as one path.
function cellsPath(x, y, size, columns, count) {
  const edge = size - Math.max(1, size / 6);
  return range(count).map((i) => `M${x + (i % columns) * size} ${y + Math.floor(i / columns) * size}` +
    `h${edge}v${edge}h${-edge}z`).join("");
}

// What lies between two places of a board that is filled row by row, as one path.
function filledPath({ x, y, columns, size }, from, to) {
  const strip = (row, a, b) =>
    `M${x + a * size} ${y + row * size}h${(b - a) * size}v${size}h${(a - b) * size}z`;
  const parts = [];
  for (let row = Math.floor(from / columns); row * columns < to; row += 1) {
    const [a, b] = [Math.max(from, row * columns), Math.min(to, (row + 1) * columns)];
    if (b > a) parts.push(strip(row, a - row * columns, b - row * columns));
  }
  return parts.join("");
}

function boardLines({ x, y, columns, rows, size }) {
  const across = range(rows + 1).map((i) => `M${x} ${y + i * size}h${columns * size}`);
  const down = range(columns + 1).map((i) => `M${x + i * size} ${y}v${rows * size}`);
  return [...across, ...down].join("");
}

// The largest square cells of which so many fit into a room.
function cellSize(w, tall, count, largest) {
  let size = largest;
  while (size > 2 && Math.floor(w / size) * Math.floor(tall / size) < count) size -= 0.5;
  return size;
}

const path = (css) => shape("path", { class: css, d: "" });
const moved = (node, attributes) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }
};

// One replica: its place in the row and its state, the requests of its batch, the blocks of its
// memory. Its number counts all that ever were, and says nothing to a reader.
function replicaNodes({ x, y, w, h: tall }, replica, { wide, slots }, place) {
  const pad = wide ? 8 : 4;
  const named = wide && w > 110;
  const captions = tall > 105;
  const inside = w - 2 * pad;
  const head = 17;
  const [first, second] = captions ? [head + 14, 16] : [head, 5];
  const batchTall = Math.max(12, (tall - first - pad) * (tall > 150 ? 0.36 : 0.34));
  const size = cellSize(inside, batchTall, slots, wide ? 13 : 10);
  const columns = Math.floor(inside / size);
  const used = Math.ceil(Math.min(slots, columns * Math.floor(batchTall / size)) / columns) * size;
  const memoryTop = y + first + used + second;
  const memoryColumns = Math.floor(inside / MEMORY_CELL);
  const cell = inside / memoryColumns;
  const memory = { x: x + pad, y: memoryTop, size: cell, columns: memoryColumns,
    rows: Math.max(1, Math.floor((y + tall - pad - memoryTop) / cell)) };
  const cells = memory.columns * memory.rows;
  const nodes = {
    frame: box(x, y, w, tall, "tw-replica", { rx: 6, "data-replica": replica.number }),
    name: words(x + pad, y + 13, "", "start", "tw-bold"),
    state: words(x + w - pad, y + 13, "", "end"),
    slots: path("tw-slots"), running: path("tw-writes"),
    room: path("tw-room"), kv: path("tw-kv"), cached: path("tw-cached"), lines: path("tw-lines"),
    batchName: captions && words(x + pad, y + head + 9, "", "start"),
    memoryName: captions && words(x + pad, memoryTop - 4, "", "start"),
  };
  nodes.room.setAttribute("d", filledPath(memory, 0, cells));
  nodes.lines.setAttribute("d", boardLines(memory));
  const capacity = columns * Math.max(1, Math.floor(batchTall / size));
  const most = Math.min(slots, capacity);
  nodes.slots.setAttribute("d", cellsPath(x + pad, y + first, size, columns, most));
  function set(one) {
    const { used: held, cached, total } = one.blocks;
    const off = ["starting", "restarting"].includes(one.state);
    moved(nodes.frame, { class: classes("tw-replica", off && "tw-down", `tw-state-${one.state}`) });
    nodes.name.textContent = named ? `replica ${place}` : String(place);
    const short = wide || w > 70;
    nodes.state.textContent = one.state === "ready" || one.state === "draining"
      ? (short && !captions ? `${one.running} run` : "") : short ? one.state : "off";
    if (captions) {
      const waits = one.waiting ? `, ${countText(one.waiting)} wait` : "";
      nodes.batchName.textContent = w < 150 && waits
        ? `${countText(one.running)} + ${countText(one.waiting)} wait`
        : `${countText(one.running)} running${waits}`;
      nodes.memoryName.textContent = w > 200
        ? `KV cache: ${countText(held)} of ${countText(total)} blocks`
        : `KV ${Math.round(100 * ratio(held, total))} %`;
    }
    moved(nodes.running, {
      d: cellsPath(x + pad, y + first, size, columns, Math.min(one.running, capacity)),
      class: STEP_CSS[one.step] ?? "tw-writes" });
    const at = ratio(held, total) * cells;
    moved(nodes.kv, { d: filledPath(memory, 0, at) });
    moved(nodes.cached, { d: filledPath(memory, at, at + ratio(cached, total) * cells) });
  }
  const order = ["frame", "name", "state", "batchName", "slots", "running", "memoryName", "room",
    "kv", "cached", "lines"];
  return { all: order.map((name) => nodes[name]).filter(Boolean), set };
}

// The queue in front of the replicas, one cell for each request, or for several where many wait.
function queueNodes({ side, top, inner, wide }) {
  const size = wide ? 8 : 6;
  const w = wide ? 56 : 28;
  const x = side - w - (wide ? 16 : 8);
  const columns = Math.floor((w - 8) / size);
  const rows = Math.floor((inner - 34) / size);
  const cells = path("tw-waits");
  const count = words(x + w / 2, top + 15, "0", "middle", "tw-bold");
  const name = words(x + w / 2, top + inner + 14, "waiting", "middle");
  const unit = words(x + w / 2, top + inner - 6, "", "middle");
  function set(queued) {
    const one = [1, 10, 100, 1000].find((many) => queued <= many * columns * rows) ?? 10000;
    moved(cells, {
      d: cellsPath(x + 4, top + 24, size, columns, Math.min(columns * rows, Math.ceil(queued / one))) });
    count.textContent = countText(queued);
    unit.textContent = one === 1 ? "" : `${wide ? "▪ = " : "▪ "}${countText(one)}`;
  }
  return { all: [box(x, top, w, inner, "tw-router", { rx: 6 }), cells, count, name, unit], set,
    door: [x + w, top + inner / 2], enter: [x, top + 12] };
}

const SCENE_LABEL = (frame) => frame.replicas.map((one, i) =>
  `Replica ${i + 1}, ${one.state}: ${plural(one.running, "request")} running, ` +
  `${countText(one.waiting)} waiting, ${countText(one.blocks.used)} of ` +
  `${countText(one.blocks.total)} blocks used.`).join(" ");

// The picture in its place; set() shows a frame, `moving` is the layer of what moves.
function scene(place) {
  const picture = shape("svg", { role: "img" });
  const moving = shape("svg", { class: "tw-moving", "aria-hidden": "true" }); // drawn by itself
  const kept = { key: "", width: 0 };
  fill(place, moving, picture);
  function build(frame, width, slots) {
    const layout = { ...sceneLayout(width, frame.replicas), slots };
    const queue = queueNodes(layout);
    const replicas = new Map(frame.replicas.map((one, i) =>
      [one.number, replicaNodes(layout.boxes.get(one.number), one, layout, i + 1)]));
    const done = words(width - layout.out / 2 + 2, layout.top + layout.inner / 2 - 8, "", "middle",
      "tw-bold");
    const left = words(2, 12, layout.wide ? "requests arrive" : "in");
    const right = words(width - 2, 12, layout.wide ? "answers leave" : "out", "end");
    const doneName = words(width - layout.out / 2 + 2, layout.top + layout.inner / 2 + 6,
      layout.wide ? "answered" : "done", "middle");
    for (const one of [picture, moving]) {
      moved(one, { viewBox: `0 0 ${width} ${layout.height}`, width, height: layout.height });
    }
    picture.replaceChildren(left, right, done, doneName, ...queue.all,
      ...layout.titles.map(([x, text]) => words(x, 29, text, "start", "tw-bold")),
      ...[...replicas.values()].flatMap(({ all }) => all));
    moving.replaceChildren();
    Object.assign(kept, { layout, queue, replicas, done });
  }
  const measure = () => (kept.width = Math.max(240, place.clientWidth || 320));
  function set(frame, slots, { speak = true } = {}) {
    const { width } = kept;
    const key = [width, slots, ...frame.replicas.map(({ number, pool, blocks }) =>
      [number, pool, blocks.total].join())].join("|");
    if (key !== kept.key) build(frame, width, slots);
    kept.key = key;
    kept.queue.set(frame.queued);
    frame.replicas.forEach((one) => kept.replicas.get(one.number).set(one));
    kept.done.textContent = countText(frame.done);
    if (speak) moved(picture, { "aria-label": `${plural(frame.queued, "request")} waiting. ` +
      `${SCENE_LABEL(frame)} ${countText(frame.done)} answered.` });
  }
  return { set, measure, moving, kept };
}
