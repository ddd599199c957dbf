// Attention as three kernels or as one. Looks up what fusion.py tabulated; pipes are to scale.

const [WIDEST, LEAST] = [30, 1.5]; // pixels of the widest pipe, and of one too thin to see
const [GAP, LABEL] = [7, 14]; // pixels between two pipes, and of the words above one
const FILLS = { Q: "tw-queries", K: "tw-keys", V: "tw-values", S: "tw-scores", P: "tw-scores",
  O: "tw-activations" };

// Where each pipe runs: kernels below each other, in each its reads and then its writes.
function layoutOf(way, most) {
  let y = 22;
  return way.kernels.map(({ name, reads, writes }) => {
    const top = y;
    const pipes = [["reads", reads], ["writes", writes]].flatMap(([does, arrays]) =>
      arrays.map(([array, bytes]) => {
        const thick = Math.max(LEAST, (WIDEST * bytes) / most);
        const pipe = { array, bytes, does, thick, y: y + LABEL + thick / 2 };
        y += LABEL + thick + GAP;
        return pipe;
      }));
    y += 10;
    return { name, pipes, top, bottom: y - 12 };
  });
}

const heightOf = (kernels) => kernels.at(-1).bottom + 6;

function pipeOf({ array, bytes, does, thick, y }, left, right) {
  const head = 8 + thick / 4;
  const [from, to] = does === "reads" ? [left, right] : [right, left];
  const turn = to > from ? 1 : -1;
  const [neck, half] = [to - turn * head, thick / 2];
  const wing = half + 4;
  return [
    shape("polygon", {
      points: points([[from, y - half], [neck, y - half], [neck, y - wing], [to, y],
        [neck, y + wing], [neck, y + half], [from, y + half]]),
      class: FILLS[array], "data-pipe": `${does}-${array}`, "data-raw": bytes,
    }),
    words((left + right) / 2, y - half - 4, `${array}, ${bytesText(bytes)}`, "middle"),
  ];
}

function picture(kernels, width, height) {
  const side = width < 480 ? 46 : 90;
  const chip = width < 480 ? 104 : 150;
  const [left, right] = [side + 4, width - chip - 4];
  return [
    words(side / 2, 12, "HBM", "middle", "tw-bold"),
    words(width - chip / 2, 12, "on the chip", "middle", "tw-bold"),
    box(0, 20, side, height - 22, "tw-place"),
    ...kernels.flatMap(({ name, pipes, top, bottom }) => [
      box(width - chip, top, chip, bottom - top, "tw-kernel"),
      words(width - chip / 2, (top + bottom) / 2 + 4, name, "middle", "tw-bold"),
      ...pipes.flatMap((pipe) => pipeOf(pipe, left, right)),
    ]),
  ];
}

function story(way, { bytes }, fused) {
  return fused
    ? `One kernel. S and P are made and used on the chip: a ${fixed(bytes / way.bytes, 0)}th ` +
      "of the bytes passes, and multiplying is the limit."
    : "Three kernels, one after the other. The square passes four times, and moving is the limit.";
}

function render(view) {
  const { data, get, set, open } = stage(view, view.model.get("data").about);
  const chart = chartPlace("tw-fusion");
  const says = spoken("tw-short");
  const shown = counters({ bytes: ["through HBM", bytesText], moving: ["moving", secondsText],
    working: ["multiplying", secondsText] });
  const fuse = button("", () => set({ fused: !get().fused }));
  const most = Math.max(...data.ways[0].kernels.flatMap(({ reads, writes }) =>
    [...reads, ...writes].map(([, bytes]) => bytes)));
  const tall = heightOf(layoutOf(data.ways[0], most)); // of both, so that nothing below moves

  function draw() {
    const { fused } = get();
    const way = data.ways[fused ? 1 : 0];
    fuse.textContent = fused ? "Take apart" : "Fuse";
    says.textContent = story(way, data.ways[0], fused);
    shown.set(way);
    const kernels = layoutOf(way, most);
    paint(chart, tall, `Kernels between HBM and the chip. ${says.textContent}`,
      (width) => picture(kernels, width, tall));
  }

  return open([buttons(fuse), chart, shown.element, says], { draw, chart });
}

export default { render };
