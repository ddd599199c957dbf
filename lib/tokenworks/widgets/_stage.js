// The frame of a widget: its elements, its counters, time, and how it follows its state.

// What can hold the focus. JupyterLab takes a key pressed there for a command of the notebook (x
// cuts the cell) unless the element itself says that it wants its keys.
const FOCUSABLE = new Set(["a", "button", "input", "select", "summary"]);

const present = (children) =>
  children.flat(Infinity).filter((child) => child != null && child !== false && child !== "");

// h("p", {class: "x", onclick: f}, "text", child): attributes, listeners and children at once.
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  if (FOCUSABLE.has(tag) || element.hasAttribute("tabindex")) {
    element.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  element.append(...present(children));
  return element;
}

function fill(element, ...children) {
  element.replaceChildren(...present(children));
  return element;
}

// Live widgets of one page have a copy of this file each, so the count is the page's.
function freshId(stem) {
  window.twIds = (window.twIds ?? 0) + 1;
  return `tw-${stem}-${window.twIds}`;
}

// ---- what is shown ----

const sentence = (css = "", more = {}) => h("p", { class: classes("tw-story", css), ...more });
// The sentence that says what changed; it is read aloud when it does.
const spoken = (css = "") => sentence(css, { "aria-live": "polite" });
const note = (...children) => h("p", { class: "tw-note" }, children);
// What most readers can do without: a line that opens. `wide` is open where there is room for it.
const folded = (summary, children, { wide = false } = {}) =>
  h("details", { class: "tw-folded", "data-wide": wide }, h("summary", {}, summary), children);
// A place for long text, which the keyboard can scroll.
const textPlace = (label, css = "") =>
  h("div", { class: classes("tw-text", css), role: "group", tabindex: 0, "aria-label": label });

// Numbers with their names: {name: [label, format]}. set() shows the values it is given, keeps the
// raw ones beside them, and shows a dash, or `unknown`, for a counter that has none.
function counters(named, { css = "", unknown = "–" } = {}) {
  const all = Object.entries(named).map(([name, [label, format]]) => {
    const output = h("span", { class: "tw-number", "data-counter": name });
    const caption = h("span", {}, label);
    const element = h("li", { class: "tw-counter" }, caption, output);
    return { name, format, output, caption, element };
  });
  function set(values) {
    for (const { name, format, output } of all) {
      const value = values[name] ?? null;
      output.textContent = value === null ? unknown : format(value);
      output.dataset.raw = value ?? "";
    }
  }
  const call = (name, label) => (all.find((one) => one.name === name).caption.textContent = label);
  return { element: h("ul", { class: classes("tw-counters", css) }, elements(all)), set, call };
}

// ---- time ----

const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

// A button that calls tick() every wait() ms until it returns false; the pace is read anew at each
// tick, and nothing is read aloud meanwhile. Where no motion is wanted it jumps to the end().
// Beside it the button that stops and rewinds.
function player({ tick, wait, end, rewind, says, begin = () => {} }) {
  let timer = null;
  const changed = (on) => {
    play.textContent = on ? "Pause" : "Play";
    says.setAttribute("aria-live", on ? "off" : "polite");
    if (on) begin();
  };
  const stop = () => {
    if (!timer) return;
    clearTimeout(timer);
    timer = null;
    changed(false);
  };
  const beat = () => {
    if (tick()) timer = setTimeout(beat, wait());
    else stop();
  };
  const start = () => {
    changed(true);
    timer = setTimeout(beat, wait());
  };
  const play = still() ? button("To the end", end)
    : button("Play", () => (timer ? stop() : start()));
  const reset = button("Start over", () => {
    stop();
    rewind();
  });
  return { play, reset, stop };
}

// Buttons over recorded steps: at() says where the cursor stands, `now` of `last`.
function stepper(set, at, { label = "Step", done, begun }) {
  const go = (name, where) => button(name, () => set({ cursor: where(at()) }));
  const forward = go(label, ({ now }) => now + 1);
  const back = go("Back", ({ now }) => now - 1);
  function draw() {
    const { now, last } = at();
    able(forward, now < last, done);
    able(back, now > 0, begun);
  }
  const ends = [go("Start over", () => 0), go("To the end", ({ last }) => last)];
  return { element: buttons(forward, back, ends), draw };
}

// Buttons over the moves of a puzzle, the list `name` of its state: take the last one back, or all;
// and show the optimum, `best()`, to those who have solved it. `first` says what others must do.
function moveButtons(name, { get, set, best, first }) {
  const back = button("Back", () => set({ [name]: get()[name].slice(0, -1) }));
  const reset = button("Start over", () => set({ [name]: [] }));
  const reveal = button("Optimum", () => set(best()));
  function draw(solved) {
    able(back, get()[name].length > 0, "No move to take back.");
    able(reveal, solved, first);
  }
  return { all: [back, reset, reveal], draw };
}

// ---- state ----

// Where controls stand in their grids: the indices into what was tabulated over them.
const placesOf = ({ grid }, state, ...names) =>
  names.map((name) => grid[name].indexOf(state[name]));

// A number in a sentence stays with its unit, on one line.
const QUANTITY = /([\d.,]*\d (?:[KMGTPE]?(?:B|FLOP)(?:\/[sB])?|[nµm]?s|%|tokens?)(?![\w/]))/;
function tie(sentence) {
  for (const part of [...sentence.childNodes].filter((node) => node.nodeType === 3)) {
    const pieces = part.data.split(QUANTITY);
    if (pieces.length === 1) continue;
    part.replaceWith(...pieces.map((piece, i) =>
      (i % 2 ? h("span", { class: "tw-tied" }, piece) : piece)));
  }
}

// One level below the heading of the section in which a widget stands.
function headingLevel(el) {
  const above = el.closest("section")?.querySelector("h1, h2, h3, h4, h5");
  return above ? Number(above.tagName[1]) + 1 : 3;
}
const WIDE = 560; // CSS pixels, as in the style sheets

// What a widget stands on: its data, its state, and controls over the recorded values.
// State lives in the model: Python sees it in a kernel, a plain object holds it on the site.
// Every change goes through the model and comes back as an event, whoever made it.
function stage({ model, el }, title = "") {
  const data = model.get("data");
  const get = () => model.get("state");
  function set(changes) {
    model.set("state", { ...get(), ...changes });
    model.save_changes();
  }
  // `also` is what else changes with this control, e.g. a cursor that starts over.
  const control = (kind, name, label, text = String, also = () => ({})) => kind({
    name, label, text, values: data.grid[name], value: get()[name],
    onchange: (value) => set({ [name]: value, ...also(value) }),
  });
  let drawing = () => {};
  // Draws again what depends on more than the state.
  function redraw() {
    drawing();
    el.querySelectorAll(".tw-story, .tw-note").forEach(tie);
  }
  // Puts the parts on the page and draws them now, after each change, and when the width of a
  // chart changes; returns what anywidget calls when the view goes away. A widget is a group with
  // a name: its title, or a `label` where what is seen needs none.
  function open(parts, { controls = {}, draw, chart = null, label = "", stop = () => {} }) {
    drawing = draw;
    fill(el, title && h(`h${headingLevel(el)}`, { class: "tw-title" }, title), parts);
    el.classList.add("tw-widget");
    const named = el.querySelector(":scope > .tw-title");
    if (named) {
      named.id ||= freshId("title");
      el.setAttribute("aria-labelledby", named.id);
    } else if (label) el.setAttribute("aria-label", label);
    if (named || label) el.setAttribute("role", "group");
    for (const one of el.querySelectorAll(".tw-folded[data-wide]")) one.open = el.clientWidth > WIDE;
    const refresh = () => {
      for (const [name, one] of Object.entries(controls)) one.set(get()[name]);
      redraw();
    };
    const watching = new ResizeObserver(redraw);
    if (chart) watching.observe(chart);
    model.on("change:state", refresh);
    refresh();
    return () => {
      stop();
      watching.disconnect();
      model.off("change:state", refresh);
    };
  }
  return { data, get, set, control, open, redraw };
}
