// The site without a network: a worker keeps what a reader has used, and all of it on request.
// It is registered when a reader asks for Python or presses the button, never before.
(function () {
  const root = new URL("../", document.currentScript.src).href;
  const ALL = `${root}offline-all`; // as in the worker
  const SILENT_SECONDS = 60;
  const WHY = {
    QuotaExceededError: (MB) => `This browser has no room for its ${MB} MB. Nothing was lost.`,
    SecurityError: () => "This browser lets no site keep its pages.",
    TypeError: () => "It could not be fetched whole. Press again to go on.",
  };
  if (!location.protocol.startsWith("http")) return; // a page from a file is there already

  const manifest = document.createElement("link");
  manifest.rel = "manifest";
  manifest.href = `${root}_static/manifest.webmanifest`;
  document.head.append(manifest);

  async function register() {
    if (!navigator.serviceWorker) throw new DOMException("no workers", "SecurityError");
    const { installing, waiting, active } = await navigator.serviceWorker.register(
      `${root}offline-worker.js`,
    );
    const worker = installing ?? waiting ?? active;
    await new Promise((resolve, reject) => {
      const look = () => {
        if (worker.state === "activated") resolve();
        if (worker.state === "redundant") reject(new TypeError("not installed"));
      };
      worker.addEventListener("statechange", look);
      look();
    });
    return worker;
  }

  async function keep(tell) {
    const worker = await register();
    const { port1, port2 } = new MessageChannel();
    const MB = (bytes) => Math.ceil(bytes / 1e6);
    await new Promise((resolve, reject) => {
      let timer;
      port1.onmessage = ({ data }) => {
        clearTimeout(timer);
        timer = setTimeout(() => reject(new TypeError("silent")), SILENT_SECONDS * 1000);
        if (data.done) tell(`${MB(data.done)} of ${MB(data.of)} MB`);
        if (data.failed) reject(Object.assign(new DOMException("", data.failed), { MB: MB(data.of) }));
        if (data.kept) resolve();
        if (data.failed || data.kept) clearTimeout(timer);
      };
      worker.postMessage("keep", [port2]);
    });
  }

  async function remove() {
    const found = await navigator.serviceWorker.getRegistration(root);
    await found?.unregister();
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith(`${root} `)).map((n) => caches.delete(n)));
  }

  const place = document.querySelector(".bottom-of-page .left-details");
  if (place && navigator.serviceWorker) {
    const line = document.createElement("p");
    line.className = "offline";
    line.innerHTML = '<button type="button"></button> <span aria-live="polite"></span>';
    const [button, state] = line.children;
    const show = (kept, text = "") => {
      button.textContent = kept ? "Remove what is kept" : "Keep this site for reading offline";
      button.dataset.kept = kept ? "yes" : "";
      state.textContent = text || (kept ? "This site can be read offline." : "");
    };
    button.addEventListener("click", async () => {
      if (button.getAttribute("aria-disabled") === "true") return;
      button.setAttribute("aria-disabled", "true");
      const kept = Boolean(button.dataset.kept);
      try {
        await (kept ? remove() : keep((text) => (state.textContent = text)));
        show(!kept);
      } catch (error) {
        show(kept, (WHY[error.name] ?? WHY.SecurityError)(error.MB));
      }
      button.removeAttribute("aria-disabled");
    });
    show(false);
    place.append(line);
    window.caches?.match(ALL).then((found) => found && show(true), () => {});
  }
  const quietly = () => register().catch(() => {});
  Object.assign((window.tokenworks ??= {}), { offline: { register: quietly } });
})();
