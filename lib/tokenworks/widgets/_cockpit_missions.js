// Missions: a start, something to do, and a test that the library makes. The challenge: an SLO to
// meet at the least cost, beside the planner's plan and a strong baseline.

const PASSED_KEY = "cockpit missions";
const passedMissions = () => new Set((kept(PASSED_KEY) ?? "").split(" ").filter(Boolean));

// `begin(settings)` sets up a run, `check(id)` asks the library about the run as it is.
function missionPanel(missions, { begin, check }) {
  let chosen = 0;
  const tabs = missions.map((mission, i) =>
    button(String(i + 1), () => choose(i), { class: "tw-mission", "data-mission": mission.id,
      "aria-label": `Mission ${i + 1}: ${mission.title}` }));
  const title = h("p", { class: "tw-mission-title" });
  const task = h("p");
  const verdict = h("p", { class: "tw-mission-says", "aria-live": "polite" });
  function mark() {
    const done = passedMissions();
    tabs.forEach((tab, i) => {
      tab.setAttribute("aria-pressed", String(i === chosen));
      tab.classList.toggle("tw-passed", done.has(missions[i].id));
    });
  }
  function choose(i) {
    chosen = i;
    title.textContent = `${i + 1}. ${missions[i].title}`;
    task.textContent = `${missions[i].task} Wanted: ${missions[i].wanted}.`;
    verdict.textContent = "";
    mark();
  }
  async function checked() {
    const mission = missions[chosen];
    verdict.textContent = "Looking at your run …";
    const found = await check(mission.id);
    verdict.textContent = found.refused ?? `${found.passed ? "✓ " : ""}${found.says}`;
    verdict.classList.toggle("tw-good", Boolean(found.passed));
    if (found.passed) keep(PASSED_KEY, [...passedMissions().add(mission.id)].join(" "));
    mark();
  }
  const setUp = button("Set it up", () => {
    verdict.textContent = "";
    begin(missions[chosen].settings);
  });
  const test = button("Check", checked);
  if (missions.length) choose(0);
  return {
    element: [h("div", { class: "tw-mission-tabs" }, tabs), title, task, buttons(setUp, test), verdict],
    live: (on) => able(test, on, "Start a run first."),
  };
}

const SCORED = { yours: "Yours", plan: "The planner's plan", baseline: "Strong baseline" };

function challengePanel(challenges, { begin, score }) {
  const says = h("p");
  const verdict = h("p", { class: "tw-mission-says", "aria-live": "polite" });
  const results = table(["", "Limits kept", "By, at least", "USD an hour", "USD / 1M tokens"],
    { css: "tw-fluid tw-short-named", caption: "By the same simulator, over the same seeds" });
  results.element.hidden = true;
  let chosen = challenges[0];
  const which = challenges.length > 1 && select({ name: "challenge", label: "Challenge",
    values: challenges, value: chosen, text: ({ title }) => title, onchange: choose });
  function choose(one) {
    chosen = one;
    says.textContent = one.task;
    verdict.textContent = "";
    results.element.hidden = true;
  }
  async function scored() {
    verdict.textContent = "Running it for every seed …";
    const found = await score(chosen.id);
    results.element.hidden = Boolean(found.refused);
    verdict.textContent = found.refused ?? `${found.met ? "Both limits are kept" : "Not kept"}, ` +
      `seeds ${found.seeds.join(", ")}.`;
    if (found.refused) return;
    const rows = { yours: found, plan: found.plan, baseline: found.baseline };
    results.set(Object.entries(SCORED).map(([name, label]) => row(label, [
      digits(rows[name].met ? "yes" : "no"),
      numberCell(`share-${name}`, Math.min(...rows[name].shares), shareText),
      numberCell(`hour-${name}`, rows[name].usd_per_hour, (usd) => fixed(usd, 2)),
      numberCell(`usd-${name}`, rows[name].usd_per_million, (usd) => fixed(usd, 2)),
    ], { chosen: name === "yours" })));
  }
  const setUp = button("Set it up", () => begin(chosen.load));
  const test = button("Score it", scored);
  if (chosen) choose(chosen);
  return {
    element: [which && which.element, says, buttons(setUp, test), verdict, results.element],
    live: (on) => able(test, on, "Start a run first."),
  };
}
