// Keeps the site for reading without a network. `tools.offline` writes into FILES the digest and the
// size of every file, so that a changed site is a changed worker: it takes over what stayed the same
// and fetches what changed of what was kept.
const FILES = {};
const VERSION = "";
const ENGINE = "_static/runner/"; // is kept once a reader has asked for it
const ROOT = self.registration.scope;
const CACHE = `${ROOT} ${VERSION}`;
const [DIGESTS, ALL] = [`${ROOT}offline-digests`, `${ROOT}offline-all`]; // of what a cache has
const NOT_KEPT = `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Not kept</title>
<body style="font: 1.1rem/1.6 system-ui; margin: 3rem auto; max-width: 36rem; padding: 0 1rem">
<h1>This page was not kept</h1><p>There is no network, and this browser has not kept this page.
<a href="${ROOT}index.html">The pages that it has kept start here.</a></p>`;

const pathOf = (href) => {
  const url = new URL(href);
  const path = decodeURIComponent(url.origin + url.pathname).slice(ROOT.length);
  return path === "" || path.endsWith("/") ? `${path}index.html` : path;
};
const others = async () =>
  (await caches.keys()).filter((name) => name.startsWith(`${ROOT} `) && name !== CACHE);

async function fetched(cache, path) {
  const response = await fetch(ROOT + path, { cache: "no-cache" });
  if (!response.ok) throw new TypeError(`${path}: ${response.status}`);
  await cache.put(ROOT + path, response);
}

async function takeOver() {
  const made = await caches.open(CACHE);
  const wanted = new Set(Object.keys(FILES).filter((path) => path.startsWith(ENGINE)));
  for (const name of await others()) {
    const old = await caches.open(name);
    const digests = await (await old.match(DIGESTS))?.json() ?? {};
    if (await old.match(ALL)) {
      Object.keys(FILES).forEach((path) => wanted.add(path));
      await made.put(ALL, new Response(""));
    }
    for (const request of await old.keys()) {
      const path = pathOf(request.url);
      if (!FILES[path]) continue;
      wanted.add(path);
      if (digests[path]?.[0] === FILES[path][0]) await made.put(request, await old.match(request));
    }
  }
  await made.put(DIGESTS, new Response(JSON.stringify(FILES)));
  for (const path of wanted) if (!(await made.match(ROOT + path))) await fetched(made, path);
}

self.addEventListener("install", (event) => {
  self.skipWaiting();
  const whole = takeOver().catch(async (error) => {
    if ((await others().catch(() => [])).length) throw error; // then the old worker stays
  });
  event.waitUntil(whole);
});

self.addEventListener("activate", (event) => {
  const clear = async () => {
    for (const name of await others()) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(clear());
});

async function answered(request, path) {
  const page = request.mode === "navigate";
  const cache = await caches.open(CACHE).catch(() => null);
  const kept = (page ? null : await cache?.match(request)) ?? null;
  if (kept) return kept;
  try {
    const response = await fetch(request);
    if (response.ok && FILES[path]) cache?.put(request, response.clone()).catch(() => {});
    return response;
  } catch (error) {
    const found = (await cache?.match(request, { ignoreSearch: true })) ?? (await cache?.match(ROOT + path));
    if (found) return found;
    if (!page) throw error;
    return new Response(NOT_KEPT, { status: 503, headers: { "content-type": "text/html" } });
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(ROOT)) return;
  event.respondWith(answered(request, pathOf(request.url)));
});

async function keepAll(port) {
  const of = Object.values(FILES).reduce((sum, [, size]) => sum + size, 0);
  let done = 0;
  try {
    const cache = await caches.open(CACHE);
    for (const [path, [, size]] of Object.entries(FILES)) {
      if (!(await cache.match(ROOT + path))) await fetched(cache, path);
      done += size;
      port.postMessage({ done, of });
    }
    await cache.put(ALL, new Response(""));
    port.postMessage({ kept: true });
  } catch (error) {
    port.postMessage({ failed: error.name, of });
  }
}

self.addEventListener("message", (event) => event.waitUntil(keepAll(event.ports[0])));
