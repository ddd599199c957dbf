// SIM-05. Looks up what memory_levels.py tabulated; a memory is shown on hover, focus or tap.

const UNKNOWN = "not published";
const known = (value, text) => (value === null ? UNKNOWN : text(value));
const rateText = (value) => `${bytesText(value)}/s`;

// The box of memory i around the boxes of all that lie further in.
function nested(levels, i, on) {
  const { label, facts } = levels[i];
  const name = h("button", {
    type: "button", "data-level": i,
    onfocus: () => on.choose(i), onclick: () => on.choose(i),
    onkeydown: (event) => on.key(event, i),
  },
  h("strong", {}, label),
  h("span", {}, known(facts.bytes_per_s, rateText)),
  h("small", {}, bytesText(facts.capacity_bytes)));
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

function render({ model, el }) {
  const data = model.get("data");
  const get = () => model.get("state");
  let hovered = null;
  let drawn = null;
  const counters = {
    capacity_bytes: counter("capacity_bytes", "capacity"),
    bytes_per_s: counter("bytes_per_s", "bandwidth"),
    latency_seconds: counter("latency_seconds", "latency"),
    gigabyte_seconds: counter("gigabyte_seconds", "time to read 1 GB"),
    weights_seconds: counter("weights_seconds", `to read ${data.model} in bf16`),
    step: counter("step", "bandwidth over the next level's"),
  };
  const texts = {
    capacity_bytes: bytesText, bytes_per_s: rateText, latency_seconds: secondsText,
    gigabyte_seconds: secondsText, weights_seconds: secondsText,
    step: (value) => `${countText(value)}×`,
  };
  const says = h("p", { class: "tw-story tw-short", "aria-live": "polite" });
  const note = h("p", { class: "tw-note" });
  const sources = h("p", { class: "tw-note tw-sources" });
  const boxes = h("div", {
    class: "tw-levels", role: "group",
    "aria-label": "memories, outermost first; the arrow keys move inwards and outwards",
    onmouseleave: () => {
      hovered = null;
      draw();
    },
  });
  const on = {
    choose: (i) => {
      hovered = null;
      if (i !== get().level) keep(model, { level: i });
      else draw();
    },
    hover: (i) => {
      if (hovered === i) return;
      hovered = i;
      draw();
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
    for (const box of boxes.querySelectorAll("[data-box]")) {
      box.classList.toggle("tw-active", Number(box.dataset.box) === i);
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
    for (const [name, one] of Object.entries(counters)) {
      one.set(known(facts[name], texts[name]), facts[name] ?? "");
    }
    const kinds = {
      bytes_per_s: ["bandwidth", level.bandwidth], latency_seconds: ["latency", level.latency],
    };
    for (const [name, words] of Object.entries(kinds)) {
      counters[name].element.firstChild.textContent = words.filter(Boolean).join(", ");
    }
    counters.capacity_bytes.element.firstChild.textContent = level.count > 1
      ? `capacity, ${countText(level.count)} × ${bytesText(level.each)}` : "capacity";
    says.textContent = story(levels, i);
    fill(note, linked(level.note));
    fill(sources, "Sources: ", sourceLinks(level.sources));
  }

  const chip = select({
    name: "chip", label: "Chip", values: data.grid.chip, value: get().chip,
    text: (name) => data.chips[name].label,
    onchange: (name) => {
      const main = data.chips[name].main;
      hovered = null;
      keep(model, { chip: name, level: main });
    },
  });
  fill(el,
    h("p", { class: "tw-title" }, "Memory hierarchy"),
    h("div", { class: "tw-controls tw-wide" }, chip.element),
    h("div", { class: "tw-hierarchy" }, boxes,
      h("div", {}, h("div", { class: "tw-counters" }, elements(counters)), says, note, sources)));
  el.classList.add("tw-widget");
  return follow(model, () => {
    show({ chip }, get());
    draw();
  });
}

export default { render };
