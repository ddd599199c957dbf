// Exercises that are solved in the page. An answer is kept in this browser as it is typed; Python
// and the editor are fetched at the first "Check" or when a text area gets the focus.
(function () {
  const here = new URL(".", document.currentScript.src).href;
  const SECONDS = 10;
  const MOST_ROWS = 23; // about the tallest that an editor gets
  const tools = document.querySelector(".exercise-tools");
  const sections = [...document.querySelectorAll("section.exercise")];
  const stem = location.pathname.replace(/^.*\/|\.html$/g, "");
  const inside = (section, css) => section.querySelector(css);
  const area = (section) => inside(section, "textarea");
  const editors = new Map();

  // What this browser keeps: {source, passed} for each exercise.
  const key = (section) => `tokenworks.exercise.${section.dataset.exercise}`;
  let keeps = true;
  function kept(section) {
    try {
      const found = JSON.parse(localStorage.getItem(key(section)));
      return typeof found?.source === "string" ? found : {};
    } catch {
      return {};
    }
  }
  function keep(section, passed) {
    const { value, dataset } = area(section);
    try {
      if (value === dataset.stub) localStorage.removeItem(key(section));
      else localStorage.setItem(key(section), JSON.stringify({ source: value, passed }));
    } catch {
      if (keeps) {
        const warning = "This browser keeps nothing: download your answers before you leave.";
        tell(warning);
        state(section, warning);
      }
      keeps = false;
    }
  }

  // What is said already is not said again: these lines are read aloud as they change.
  const say = (line, text) => line.textContent === text || (line.textContent = text);
  const tell = (text) => say(tools.querySelector(".exercise-told"), text);
  function count() {
    const solved = sections.filter((section) => section.classList.contains("passed")).length;
    const all = solved === sections.length ? ". That is all of them." : "";
    say(tools.querySelector(".exercise-count"), `${solved} of ${sections.length} solved${all}`);
  }
  function mark(section, passed) {
    section.classList.toggle("passed", Boolean(passed));
    count();
  }

  function put(section, text) {
    area(section).value = text;
    editors.get(section)?.set(text);
  }
  function changed(section) {
    inside(section, ".exercise-report").classList.add("stale");
    mark(section, false);
    keep(section, false);
  }

  let library;
  const editorScript = () =>
    (library ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${here}runner/editor.js`;
      script.onload = () => resolve(window.tokenworksEditor);
      script.onerror = () => {
        library = undefined;
        script.remove();
        reject(new Error("the editor could not be fetched"));
      };
      document.head.append(script);
    }));
  async function upgrade(section) {
    const text = area(section);
    if (editors.has(section)) return;
    const { edit } = await editorScript();
    if (editors.has(section)) return;
    const focused = document.activeElement === text;
    const label = `Your function ${section.dataset.name}`;
    editors.set(section, edit(text, { label, onChange: () => changed(section) }));
    inside(section, "label").addEventListener("click", () => editors.get(section).focus());
    if (focused) editors.get(section).focus();
  }

  function state(section, text, { heard = false } = {}) {
    const line = inside(section, ".exercise-state");
    line.classList.toggle("only-heard", heard);
    say(line, text);
  }
  // What the report below shows, for who hears the page.
  function verdict({ passed, cases, cases_passed: right, mistake }) {
    if (passed) return "Solved.";
    return `Not yet: ${right} of ${cases} cases are right.${mistake ? ` Looks like: ${mistake}.` : ""}`;
  }
  async function check(section) {
    const button = inside(section, "[data-do=check]");
    const report = inside(section, ".exercise-report");
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    state(section, "Running …");
    const source = area(section).value;
    const asked = { exercise: section.dataset.exercise, source };
    const onBytes = (bytes) => state(section, tokenworks.coming(bytes));
    try {
      const { clean } = await editorScript();
      let found = await tokenworks.ask({ ask: "check", ...asked }, { seconds: SECONDS, onBytes });
      if (found.late) {
        state(section, `Stopped after ${SECONDS} seconds. Judging what it answered until then …`);
        found = await tokenworks.ask({ ask: "judge", ...asked, outcomes: found.told }, { seconds: 60 });
      }
      if (found.late) found = { refused: "It could not be judged in time." };
      const failed = found.refused ?? found.problem;
      state(section, failed ?? verdict(found), { heard: failed === undefined });
      report.replaceChildren();
      report.classList.toggle("stale", area(section).value !== source);
      if (found.html) report.innerHTML = clean(found.html);
      else if (found.printed) {
        const pre = document.createElement("pre");
        pre.textContent = found.printed;
        report.append("Your code printed:", pre);
      }
      if (found.refused || area(section).value !== source) return;
      mark(section, found.passed);
      keep(section, Boolean(found.passed));
    } catch (error) {
      state(section, `It could not be checked: ${error.message}. Try again.`);
    } finally {
      button.removeAttribute("aria-disabled");
    }
  }

  function reset(section) {
    const { value, dataset } = area(section);
    if (value !== dataset.stub && !confirm("Throw away what you wrote for this exercise?")) return;
    put(section, dataset.stub);
    inside(section, ".exercise-report").replaceChildren();
    state(section, "");
    changed(section);
  }

  // A notebook's cell belongs to the exercise whose function it defines.
  const defines = (section, cell) =>
    cell.cell_type === "code"
    && new RegExp(`^def ${section.dataset.name}\\(`, "m").test([cell.source].flat().join(""));

  async function download() {
    const answer = await fetch(`${here}exercises/${stem}.ipynb`).catch(() => null);
    if (!answer?.ok) {
      tell("The notebook could not be fetched. Your answers are still here; try again.");
      return;
    }
    const book = await answer.json();
    for (const section of sections) {
      const cell = book.cells.find((each) => defines(section, each));
      if (cell) cell.source = area(section).value;
    }
    const link = document.createElement("a");
    const text = `${JSON.stringify(book, null, 1)}\n`;
    link.href = URL.createObjectURL(new Blob([text], { type: "application/x-ipynb+json" }));
    link.download = `${stem}.ipynb`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    tell(`Downloaded as ${stem}.ipynb.`);
  }

  async function take(file) {
    let cells;
    try {
      ({ cells } = JSON.parse(await file.text()));
      if (!Array.isArray(cells)) throw new Error("no cells");
    } catch {
      tell(`${file.name} is no notebook; nothing was changed.`);
      return;
    }
    const found = [];
    for (const section of sections) {
      const cell = cells.find((each) => each && defines(section, each));
      const text = cell && [cell.source].flat().join("");
      if (text && text !== area(section).dataset.stub) found.push([section, text]);
    }
    const taken = found.length;
    if (!taken) {
      tell(`${file.name} has no answer to an exercise of this page; nothing was changed.`);
      return;
    }
    const other = found.filter(([section, text]) => area(section).value !== text);
    const lost = other.filter(([section]) => area(section).value !== area(section).dataset.stub);
    if (lost.length && !confirm(`Replace what you wrote here (${lost.length} of ${taken})?`)) return;
    for (const [section, text] of other) {
      put(section, text);
      changed(section);
    }
    const named = sections.length === 1 ? "exercise" : "exercises";
    tell(`Took ${taken} of ${sections.length} ${named} from ${file.name}; the others are as they were.`);
  }

  for (const section of sections) {
    const { source, passed } = kept(section);
    if (source !== undefined) {
      const lines = source.split("\n").length;
      area(section).value = source;
      area(section).rows = Math.max(area(section).rows, Math.min(lines + 1, MOST_ROWS));
    }
    section.classList.toggle("passed", Boolean(passed && source !== undefined));
    inside(section, ".exercise-buttons").hidden = false;
    area(section).addEventListener("input", () => changed(section));
    // Not before the browser has put the cursor where the reader pointed.
    area(section).addEventListener("focus", () => setTimeout(() => upgrade(section).catch(() => {})));
    inside(section, "[data-do=check]").addEventListener("click", () => check(section));
    inside(section, "[data-do=reset]").addEventListener("click", () => reset(section));
    const why = tokenworks.why();
    if (why) state(section, why);
  }
  if (tools) {
    tools.hidden = false;
    tools.querySelector("[data-do=export]").addEventListener("click", download);
    const choice = tools.querySelector("input[type=file]");
    choice.addEventListener("change", () => {
      if (choice.files[0]) take(choice.files[0]);
      choice.value = "";
    });
    count();
  }
})();
