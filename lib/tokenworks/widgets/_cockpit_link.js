// A run as a link: the script and the moment that is shown, behind the # of the address; of a
// result, also its challenge, but not its score, which is computed again. It never leaves the
// reader's browser unless the reader sends it.

const [LINK_BEGINS, MOST_LINK] = ["#cockpit=", 8000];

function linkOf(held) {
  const bytes = new TextEncoder().encode(JSON.stringify(held));
  const text = btoa(String.fromCharCode(...bytes));
  const coded = text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return `${location.href.split("#")[0]}${LINK_BEGINS}${coded}`;
}

// { script, at, challenge } of a link, null where it is no such link; one that holds nonsense throws,
// and the message says what is wrong. A challenge is one of those that are known here.
function runOfLink(hash, challenges) {
  if (!hash.startsWith(LINK_BEGINS)) return null;
  const coded = hash.slice(LINK_BEGINS.length);
  if (coded.length > MOST_LINK) throw new Error("it is longer than any run that was shared here");
  let held;
  try {
    const text = atob(coded.replaceAll("-", "+").replaceAll("_", "/"));
    held = JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (c) => c.charCodeAt(0))));
  } catch {
    throw new Error("it was cut or changed on its way");
  }
  const { seed, changes, at, challenge } = held ?? {};
  const good = Number.isInteger(seed) && Array.isArray(changes) && changes.length > 0 &&
    Number.isFinite(at) && at >= 0 && at <= 3600 && changes[0]?.[0] === 0 &&
    typeof changes[0][1]?.set === "object";
  if (!good) throw new Error("what it holds is not a run");
  if (challenge !== undefined && !challenges.some(({ id }) => id === challenge)) {
    throw new Error("its challenge is none of those here");
  }
  return { script: { seed, changes }, at, challenge };
}

// What a script sets its run to in the end, as far as the controls know such values; Python refuses
// the rest when the run starts.
function settingsOf({ changes }, plain, fields) {
  const known = ({ name, kind, choices }, value) => (kind === "slider"
    ? Number.isFinite(value) && value > 0 : choices.some(([one]) => one === value));
  const wished = Object.assign({}, plain, ...changes.map((row) => row?.[1]?.set ?? {}));
  return Object.fromEntries(fields.map((field) =>
    [field.name, known(field, wished[field.name]) ? wished[field.name] : plain[field.name]]));
}
