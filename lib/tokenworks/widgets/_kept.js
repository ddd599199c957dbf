// What the reader's browser keeps from page to page.

// A browser that stores nothing keeps it for the page, where live widgets share it too.
const KEPT = "tokenworks-kept"; // the event that says so
const keptHere = (window.twKept ??= {});

function kept(name) {
  try {
    return localStorage.getItem(`tokenworks ${name}`) ?? keptHere[name] ?? null;
  } catch {
    return keptHere[name] ?? null;
  }
}

// Keeps a value as text; null forgets it.
function keep(name, value) {
  keptHere[name] = value === null ? null : String(value);
  try {
    if (value === null) localStorage.removeItem(`tokenworks ${name}`);
    else localStorage.setItem(`tokenworks ${name}`, value);
  } catch {} // then for this page alone
  window.dispatchEvent(new Event(KEPT));
}
