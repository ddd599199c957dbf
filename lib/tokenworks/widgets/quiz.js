// One question: choose with the mouse or the arrow keys, then ask for the verdict.

function optionRow(option, i, { group, onchange }) {
  const id = freshId("option");
  const input = h("input", { type: "radio", id, name: group, onchange: () => onchange(i) });
  const element = h("div", { class: "tw-option" }, input, h("label", { for: id }, option.text));
  return { element, input };
}

function render(view) {
  const { data, get, set, open } = stage(view);
  const { question, options } = data;
  const group = freshId("quiz");
  const feedback = h("div", { class: "tw-feedback", "aria-live": "polite" });
  let picked = null;

  const onchange = (i) => {
    picked = i;
    able(check, true);
    set({ choice: null }); // the verdict belongs to the option that was checked
  };
  const rows = options.map((option, i) => optionRow(option, i, { group, onchange }));
  const check = button("Check", () => set({ choice: picked }));
  able(check, false, "Choose an option first.");

  function draw() {
    const { choice } = get();
    rows.forEach(({ element, input }, i) => {
      const { right } = options[i];
      element.classList.toggle("tw-right", i === choice && right === true);
      element.classList.toggle("tw-wrong", i === choice && right !== true);
      if (i === choice) input.checked = true;
    });
    if (choice === null) return fill(feedback);
    const { right, why } = options[choice];
    return fill(feedback, h("p", {}, h("strong", {}, right ? "Right. " : "No. "), why,
      right ? null : h("em", {}, " Try another one.")));
  }

  return open([
    h("fieldset", { class: "tw-quiz" }, h("legend", { class: "tw-title" }, question),
      elements(rows)),
    buttons(check), feedback,
  ], { draw });
}

export default { render };
