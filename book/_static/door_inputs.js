// A number's formula, run again with the reader's own values. The fields are drawn when a note
// opens; Python is fetched at the first "Run", by the runner that all pages share.
(function () {
  const here = new URL(".", document.currentScript.src).href;
  const SECONDS = 10;
  let script;
  const runner = () =>
    (script ??= new Promise((resolve, reject) => {
      const tag = Object.assign(document.createElement("script"), {
        src: `${here}runner/runner.js`,
        onload: resolve,
        onerror: () => {
          script = undefined;
          tag.remove();
          reject(new Error("the runner could not be fetched"));
        },
      });
      document.head.append(tag);
    }));

  function made(name, properties, ...children) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  }
  const row = (sign, ...shown) => made("p", {}, made("span", {}, sign), made("span", {}, ...shown));
  const line = (text) => made("p", { className: "door-hint" }, text);

  function field([label, shown], { name }) {
    const input = made("input", { type: "text", name, value: shown, defaultValue: shown });
    for (const off of ["autocomplete", "autocapitalize", "autocorrect"]) input.setAttribute(off, "off");
    input.spellcheck = false;
    return made("label", {}, made("span", {}, label), input);
  }

  // What Python found, beside what the text says.
  function result({ substituted, result: shown, parts }, { formulas, literal }) {
    const yours = made("b", { className: "door-own" }, "yours");
    const named = (place) => formulas[place + 1].split(" = ")[0].replaceAll("_", " ");
    return [
      row("=", substituted),
      row("=", made("b", {}, shown), " ", yours),
      ...parts.map((part, place) => row("", `with ${named(place)} = ${part}`)),
      row("", `In the text: ${literal}`),
    ];
  }

  function fold(note) {
    const told = JSON.parse(note.dataset.again);
    const { formulas, literal, inputs, fields } = told;
    const form = made("form", { noValidate: true });
    const said = made("div", { className: "door-told" });
    said.setAttribute("role", "status");
    const size = note.parentElement.dataset.megabytes;
    const run = made("button", { type: "submit" }, "Run");
    form.append(
      ...inputs.flatMap((one, place) => (fields[place] ? [field(fields[place], one)] : [])),
      made("p", {}, run, made("button", { type: "reset" }, "As in the text")),
    );
    const hint = line(
      "Only this formula is run again: what its other values come from stays as in the text. " +
        `The first run fetches Python, up to ${size} MB.`,
    );
    const box = made("details", { className: "door-change" }, made("summary", {}, "Change an input"));
    box.append(hint, form, said);
    const boxes = [...form.querySelectorAll("input")];
    const typed = () => Object.fromEntries(boxes.map((each) => [each.name, each.value]));
    const say = (...shown) => {
      said.replaceChildren(...shown);
      said.scrollIntoView({ block: "nearest" });
    };

    async function again() {
      if (run.getAttribute("aria-disabled") === "true") return;
      for (const each of boxes) each.removeAttribute("aria-invalid");
      for (const each of boxes) if (!each.value.trim()) each.value = each.defaultValue;
      if (boxes.every((each) => each.value.trim() === each.defaultValue)) {
        say(line("Nothing is changed yet: write a value of yours, then run it."));
        return;
      }
      run.setAttribute("aria-disabled", "true");
      say(line("Running …"));
      const changed = typed();
      try {
        await runner();
        const found = await tokenworks.ask(
          { ask: "again", formulas, inputs, literal, changed },
          { seconds: SECONDS, onBytes: (bytes) => say(line(tokenworks.coming(bytes))) },
        );
        const failed = found.late ? "It took too long and was stopped." : found.refused ?? found.problem;
        const wrong = boxes.find((each) => found.name && each.name === found.name);
        wrong?.setAttribute("aria-invalid", "true");
        say(...(failed ? [line(failed)] : result(found, told)));
      } catch (error) {
        say(line(`It could not be run: ${error.message}. Try again.`));
      } finally {
        run.removeAttribute("aria-disabled");
      }
    }

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      again();
    });
    form.addEventListener("reset", () => {
      for (const each of boxes) each.removeAttribute("aria-invalid");
      say(line(`As in the text: ${literal}.`));
    });
    box.addEventListener("toggle", () => {
      if (!box.open) return;
      const refuse = () => {
        if (!tokenworks.why()) return;
        hint.textContent = tokenworks.why();
        form.remove();
      };
      runner().then(refuse, () => {}); // without a runner "Run" says so
    });
    note.querySelector(".door-more").before(box);
  }

  for (const note of document.querySelectorAll(".door-note[data-again]")) {
    note.addEventListener("beforetoggle", () => fold(note), { once: true });
  }
})();
