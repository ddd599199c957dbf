// Two ladders of questions. Looks up the sentences that choices.py recorded; it computes nothing.

function rungsAt(data, state) {
  const [users, tokens, ports] = placesOf(data, state, "users", "context_tokens", "ports");
  const found = data.answers[`${state.model} ${state.chip}`][users][tokens];
  if (typeof found === "number") return data.texts[found];
  const said = found.map((one) => data.texts[typeof one === "number" ? one : one[ports]]);
  return data.questions.map((question, i) =>
    ({ question, answer: said[2 * i], why: said[2 * i + 1] }));
}

// Of the first ladder the first rung that holds the model is where one stops climbing.
const HOLDS = /^(yes$|\d+ chips$|\d+ stages of)/;

function rung({ question, answer, why }, taken) {
  return h("li", { class: classes("tw-rung", taken && "tw-taken") },
    h("p", { class: "tw-question" }, question, " ", h("strong", {}, answer)),
    h("p", { class: "tw-note tw-why" }, why));
}

function ladder(data, rungs, number) {
  const stop = number === 0 ? rungs.findIndex(({ answer }) => HOLDS.test(answer)) : -1;
  const listed = rungs.map((one, i) => rung(one, i === stop));
  return h("section", {},
    h("p", { class: "tw-ladder-title" }, data.titles[number]),
    h("ol", { class: "tw-rungs" }, listed));
}

function story(data, state, rungs) {
  const what = `${data.models[state.model]} in bf16 on ${data.chips[state.chip]}, ` +
    `${plural(state.users, "user")} with ${countText(state.context_tokens)} tokens each: `;
  if (typeof rungs === "string") return what + rungs;
  const stop = rungs.slice(0, data.spread).find(({ answer }) => HOLDS.test(answer));
  const least = stop && (stop.answer === "yes" ? "one chip holds it" : `${stop.answer} hold it`);
  return `${what}${least ?? "nothing that is costed here holds it"}.`;
}

function render(view) {
  const { data, get, control, open } = stage(view, "How would you serve it?");
  const says = spoken();
  const place = h("div", { class: "tw-ladders" });
  const choices = {
    model: control(select, "model", "Model", (name) => data.models[name]),
    chip: control(select, "chip", "Chip", (name) => data.chips[name]),
    ports: control(select, "ports", "Between servers", (name) => data.networks[name]),
  };
  const sliders = {
    users: control(slider, "users", "Users at once", countText),
    context_tokens: control(slider, "context_tokens", "Tokens of each", countText),
  };

  function draw() {
    const state = get();
    const rungs = rungsAt(data, state);
    says.textContent = story(data, state, rungs);
    if (typeof rungs === "string") return fill(place);
    fill(place, ladder(data, rungs.slice(0, data.spread), 0),
      ladder(data, rungs.slice(data.spread), 1));
  }

  return open([
    panel(choices, "tw-roomy"), panel(sliders, "tw-wide"), says, place,
    folded("What is counted", note(data.about)),
  ], { controls: { ...choices, ...sliders }, draw });
}

export default { render };
