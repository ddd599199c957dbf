// Missions: a start, something to do, and a test that the library makes. The challenge: an SLO to
// meet at the least cost, beside the planner's plan and a strong baseline.

const PASSED_KEY = "cockpit missions";
const passedMissions = () => new Set((kept(PASSED_KEY) ?? "").split(" ").filter(Boolean));

// Sets up a run and says under it how that went, unless something else was chosen meanwhile.
async function settingUp(verdict, begin, settings, same) {
  verdict.classList.remove("tw-good");
  verdict.textContent = "Setting it up …";
  const said = await begin(settings);
  if (same()) verdict.textContent = said;
}

// `begin(settings)` sets up a run and says how it went, `check(id)` asks the library about the run as it is.
function missionPanel(missions, { begin, check }) {
  let chosen = 0;
  const named = (i) => `Mission ${i + 1}: ${missions[i].title}`;
  const tabs = missions.map((mission, i) =>
    button(String(i + 1), () => choose(i), { class: "tw-mission", "data-mission": mission.id }));
  const title = h("p", { class: "tw-mission-title" });
  const task = h("p");
  const verdict = h("p", { class: "tw-mission-says", "aria-live": "polite" });
  function mark() {
    const done = passedMissions();
    tabs.forEach((tab, i) => {
      const passed = done.has(missions[i].id);
      tab.setAttribute("aria-pressed", String(i === chosen));
      tab.setAttribute("aria-label", `${named(i)}${passed ? ", passed" : ""}`);
      tab.textContent = `${passed ? "✓ " : ""}${i + 1}`;
      tab.classList.toggle("tw-passed", passed);
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
    if (found.passed) keep(PASSED_KEY, [...passedMissions().add(mission.id)].join(" "));
    mark();
    if (mission !== missions[chosen]) return;
    verdict.textContent = found.refused ?? `${found.passed ? "✓ " : ""}${found.says}`;
    verdict.classList.toggle("tw-good", Boolean(found.passed));
  }
  const setUp = button("Set it up", () => {
    const mission = missions[chosen];
    return settingUp(verdict, begin, mission.settings, () => mission === missions[chosen]);
  });
  const test = button("Check", checked);
  if (missions.length) choose(0);
  return {
    element: [h("div", { class: "tw-mission-tabs" }, tabs), title, task, buttons(setUp, test), verdict],
    live: (on) => able(test, on, "Start a run first."),
  };
}

const SCORED = { yours: "Yours", plan: "The planner's plan", baseline: "Strong baseline" };
const LINKED = " \u2192 "; // after a verdict, what became of its link
const hourText = (usd) => `USD ${fixed(usd, 2)} an hour`;

// What a score comes to: kept or not, and its rent beside that of the planner's plan.
function verdictOf(found) {
  const { plan, seeds } = found;
  if (!found.met) {
    return `Not kept: with one of the seeds ${seeds.join(", ")} only ` +
      `${shareText(Math.min(...found.shares))} of the answers.`;
  }
  const apart = found.usd_per_hour - plan.usd_per_hour;
  const beside = Math.abs(apart) < 0.005 ? "as the planner's plan"
    : `${hourText(Math.abs(apart))} ${apart < 0 ? "less" : "more"} than the planner's plan`;
  return `Both limits are kept, with seeds ${seeds.join(", ")}, for ${hourText(found.usd_per_hour)}, ${beside}.`;
}

// `score(id)` asks the library and returns the run it was about, too; `share(result)` makes a link.
function challengePanel(challenges, { begin, score, share }) {
  const says = h("p");
  const verdict = h("p", { class: "tw-mission-says", "aria-live": "polite" });
  const results = table(["", "Limits kept", "By, at least", "USD an hour", "USD / 1M"],
    { css: "tw-fluid tw-short-named tw-duel",
      caption: "By the same simulator, over the same seeds; USD / 1M: for a million tokens out" });
  let chosen = challenges[0];
  let result = null; // the run that was scored, and under which challenge
  const which = challenges.length > 1 && select({ name: "challenge", label: "Challenge",
    values: challenges, value: chosen, text: ({ title }) => title, onchange: choose });
  function choose(one) {
    chosen = one;
    says.textContent = one.task;
    tell("");
  }
  function tell(text, scored = null) {
    verdict.textContent = text;
    results.element.hidden = !scored;
    result = scored;
    able(pass, Boolean(result), "Score it first.");
  }
  async function scored() {
    const task = chosen;
    tell("Running it for every seed …");
    const { found, run } = await score(task.id);
    if (task !== chosen) return;
    if (found.refused) return tell(found.refused);
    const rows = { yours: found, plan: found.plan, baseline: found.baseline };
    results.set(Object.entries(SCORED).map(([name, label]) => row(label, [
      digits(rows[name].met ? "yes" : "no"),
      numberCell(`share-${name}`, Math.min(...rows[name].shares), shareText),
      numberCell(`hour-${name}`, rows[name].usd_per_hour, (usd) => fixed(usd, 2)),
      numberCell(`usd-${name}`, rows[name].usd_per_million, (usd) => fixed(usd, 2)),
    ], { chosen: name === "yours" })));
    tell(verdictOf(found), { ...run, challenge: task.id });
  }
  // A result that was shared: its challenge is chosen, and it is scored once its run is there.
  function restore(id) {
    which?.set?.(challenges.find((one) => one.id === id));
    choose(challenges.find((one) => one.id === id));
    tell("A result was shared with you: Start runs it, and its score is computed again.");
  }
  const setUp = button("Set it up", () => {
    const task = chosen;
    tell("");
    return settingUp(verdict, begin, task.start, () => task === chosen);
  });
  const test = button("Score it", scored);
  const pass = button("Share the result", async () => {
    const [was, score] = [result, verdict.textContent.split(LINKED)[0]];
    const said = await share(was);
    if (was === result) verdict.textContent = `${score}${LINKED}${said}`;
  }, { class: "tw-pass" });
  if (chosen) choose(chosen);
  return {
    element: [which && which.element, says, buttons(setUp, test, pass), verdict, results.element],
    live: (on) => able(test, on, "Start a run first."),
    restore, scored, clear: () => tell(""),
  };
}
