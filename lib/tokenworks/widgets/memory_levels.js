// SIM-05. Looks up what memory_levels.py tabulated; a memory is shown on hover, focus or tap.

const UNKNOWN = "not published";
const known = (value, text) => (value === null ? UNKNOWN : text(value));
const rateText = (value) => `${bytesText(value)}/s`;

// The box of memory i around the boxes of all that lie further in.
function nested(levels, i, on) {
  const { label, facts } = levels[i];
  const said = [h("strong", {}, label), h("span", {}, known(facts.bytes_per_s, rateText)),
    h("small", {}, bytesText(facts.capacity_bytes))];
  const name = button(said, () => on.choose(i), {
    "data-level": i, onfocus: () => on.choose(i), onkeydown: (event) => on.key(event, i),
  });
  return h("div", {
    class: i % 2 ? "tw-level" : "tw-level tw-even", "data-box": i,
    onmouseover: (event) => {
      event.stopPropagation(); // the innermost box under the pointer, not those around it
      on.hover(i);
    },
  }, name, i > 0 ? nested(levels, i - 1, on) : null);
}

const link = (url) => h("a", { href: url }, new URL(url).hostname.replace(/^www\./, ""));

// Addresses within a note become links that are named after their host.
function linked(note) {
  return note.split(/(https:\/\/[^\s,;)]+)/).map((part, i) => (i % 2 ? link(part) : part));
}

function sourceLinks(sources) {
  const each = ([what, url], i) => [i ? ", " : "", `${what} `, link(url)];
  return Object.entries(sources).flatMap(each);
}

function story(levels, i) {
  const { label, facts } = levels[i];
  const outer = levels.slice(i + 1).find((level) => level.facts.bytes_per_s !== null);
  if (facts.bytes_per_s === null) return `${label}: its bandwidth is ${UNKNOWN}.`;
  if (!outer) return `${label}: nothing further out is slower.`;
  return `${label}: ${countText(facts.step)} times as fast as what lies further out, ` +
    `${outer.label}.`;
}

function render(view) {
  const { data, get, set, control, open, redraw } = stage(view, "Memory hierarchy");
  let hovered = null;
  let drawn = null;
  const shown = counters({
    capacity_bytes: ["capacity", bytesText],
    bytes_per_s: ["bandwidth", rateText],
    latency_seconds: ["latency", secondsText],
    gigabyte_seconds: ["1 GB is read in, at least", secondsText],
    weights_seconds: [`${data.model} in bf16, at least`, secondsText],
    step: ["bandwidth over the next level's", (value) => `${countText(value)}×`],
  }, { unknown: UNKNOWN });
  const says = spoken("tw-short");
  const [about, sources] = [note(), note()];
  sources.classList.add("tw-sources");
  const boxes = h("div", {
    role: "group",
    "aria-label": "memories, outermost first; the arrow keys move inwards and outwards",
    onmouseleave: () => {
      hovered = null;
      redraw();
    },
  });
  const on = {
    choose: (i) => {
      hovered = null;
      if (i !== get().level) set({ level: i });
      else redraw();
    },
    hover: (i) => {
      if (hovered === i) return;
      hovered = i;
      redraw();
    },
    key: (event, i) => {
      const inward = { ArrowDown: -1, ArrowRight: -1, ArrowUp: 1, ArrowLeft: 1 }[event.key];
      const next = inward && boxes.querySelector(`button[data-level="${i + inward}"]`);
      if (!next) return;
      event.preventDefault();
      next.focus();
    },
  };

  function drawBoxes(levels, i) {
    if (drawn !== get().chip) fill(boxes, nested(levels, levels.length - 1, on));
    drawn = get().chip;
    for (const one of boxes.querySelectorAll("[data-box]")) {
      one.classList.toggle("tw-active", Number(one.dataset.box) === i);
    }
    for (const name of boxes.querySelectorAll("button")) {
      name.setAttribute("aria-pressed", String(Number(name.dataset.level) === get().level));
    }
  }

  function draw() {
    const { levels } = data.chips[get().chip];
    const i = Math.min(hovered ?? get().level, levels.length - 1);
    const { facts, ...level } = levels[i];
    drawBoxes(levels, i);
    shown.set(facts);
    shown.call("bytes_per_s", ["bandwidth", level.bandwidth].filter(Boolean).join(", "));
    shown.call("latency_seconds", ["latency", level.latency].filter(Boolean).join(", "));
    shown.call("capacity_bytes", level.count > 1
      ? `capacity, ${countText(level.count)} × ${bytesText(level.each)}` : "capacity");
    says.textContent = story(levels, i);
    fill(about, linked(level.note));
    fill(sources, "Sources: ", sourceLinks(level.sources));
  }

  const chip = control(select, "chip", "Chip", (name) => data.chips[name].label, (name) => {
    hovered = null;
    return { level: data.chips[name].main };
  });
  return open([
    panel({ chip }, "tw-wide"),
    h("div", { class: "tw-hierarchy" }, boxes,
      h("div", {}, shown.element, says, folded("Where these values are from", [about, sources]))),
  ], { controls: { chip }, draw });
}

export default { render };
