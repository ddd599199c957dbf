// A run as a link: the script and the moment that is shown, behind the # of the address. It never
// leaves the reader's browser unless the reader sends it.

const [LINK_BEGINS, MOST_LINK] = ["#cockpit=", 8000];

function linkOf(script, at) {
  const bytes = new TextEncoder().encode(JSON.stringify({ ...script, at }));
  const text = btoa(String.fromCharCode(...bytes));
  const coded = text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return `${location.href.split("#")[0]}${LINK_BEGINS}${coded}`;
}

// { script, at } of a link, null where it is no such link; a link that holds nonsense throws, and
// the message says what is wrong.
function runOfLink(hash) {
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
  const { seed, changes, at } = held ?? {};
  const good = Number.isInteger(seed) && Array.isArray(changes) && changes.length > 0 &&
    Number.isFinite(at) && at >= 0 && at <= 3600 && changes[0]?.[0] === 0 &&
    typeof changes[0][1]?.set === "object";
  if (!good) throw new Error("what it holds is not a run");
  return { script: { seed, changes }, at };
}
