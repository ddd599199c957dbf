// One runner for the whole site: it asks a worker, and ends the worker that takes too long.
//
//   const found = await tokenworks.ask({ ask: "check", … }, { seconds, onBytes })
//
// Nothing is fetched before the first question. `found` is the answer of tokenworks.runner, or
// { late: true, told } where time was over; { refused } says why there is none. The seconds are
// those of the reader's own text: they count from where the worker says that it begins.
// `tokenworks.coming` puts what `onBytes` gets into words.
(function () {
  if (window.tokenworks?.ask) return; // a page may name it twice
  const here = new URL(".", document.currentScript.src).href;
  const SILENT_SECONDS = 120; // without a byte or a word of a worker that starts
  const READY_SECONDS = 60; // for what the package does before a text begins, on a slow machine
  const BEGINS = "begins"; // as in tokenworks.runner
  let current = null;
  let line = Promise.resolve();

  const why = () => {
    if (location.protocol === "file:") return "A page from a file starts no Python; the site does.";
    if (typeof WebAssembly !== "object") return "This browser has no WebAssembly, so no Python.";
    if (typeof Worker !== "function") return "This browser starts no workers, so no Python.";
    return "";
  };

  const MB = (bytes) => Math.round(bytes / 1e6);
  const coming = ({ loaded, of }) =>
    loaded < of ? `Fetching Python: ${MB(loaded)} of ${MB(of)} MB` : "Starting Python …";

  // From here on neither the page nor what it starts reaches another host, or makes code of text.
  const POLICY = [
    "default-src 'self' data: blob:",
    "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:",
    "style-src 'self' 'unsafe-inline'",
  ];
  function lockPage() {
    if (document.querySelector("meta[http-equiv=Content-Security-Policy]")) return;
    const meta = document.createElement("meta");
    meta.httpEquiv = "Content-Security-Policy";
    meta.content = POLICY.join("; ");
    document.head.append(meta);
  }

  // From a blob, so that the worker is bound by the policy of its page.
  function start() {
    lockPage();
    const text = `import ${JSON.stringify(`${here}worker.mjs`)};`;
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const worker = new Worker(url, { type: "module" });
    const runner = { worker, url, hear: () => {}, ready: null };
    worker.onmessage = ({ data }) => runner.hear(data);
    runner.ready = new Promise((resolve, reject) => {
      let timer;
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(() => reject(new Error("it was silent")), SILENT_SECONDS * 1000);
      };
      wait();
      worker.onerror = (event) => reject(new Error(event.message || "it could not be loaded"));
      runner.hear = (data) => {
        wait();
        if (data.of) runner.onBytes?.(data);
        if (data.failed) reject(new Error(data.failed));
        if (data.ready) resolve();
        if (data.ready || data.failed) clearTimeout(timer);
      };
    });
    const keep = () => window.tokenworks.offline?.register(); // it then is there without a network
    runner.ready.then(keep, () => {});
    return runner;
  }

  function end(runner) {
    runner.worker.terminate();
    URL.revokeObjectURL(runner.url);
    if (current === runner) current = null;
  }

  async function answered(question, { seconds = 10, onBytes } = {}) {
    const refused = why();
    if (refused) return { refused };
    const runner = (current ??= start());
    runner.onBytes = onBytes;
    try {
      await runner.ready;
    } catch (error) {
      end(runner);
      return { refused: `Python did not start: ${error.message}.` };
    }
    const told = [];
    return new Promise((resolve) => {
      const late = () => {
        end(runner);
        current = start(); // so that the next question does not wait
        current.ready.catch(() => {});
        resolve({ late: true, told });
      };
      let timer = setTimeout(late, READY_SECONDS * 1000);
      const broken = () => {
        clearTimeout(timer);
        end(runner);
        resolve({ refused: "Python broke down; ask again." });
      };
      runner.worker.onerror = broken;
      runner.hear = (data) => {
        if (data.told === BEGINS) {
          clearTimeout(timer);
          timer = setTimeout(late, seconds * 1000);
        } else if (data.told !== undefined) told.push(data.told);
        if (data.answer === undefined) return;
        clearTimeout(timer);
        try {
          resolve(JSON.parse(data.answer));
        } catch {
          broken(); // a text has posted an answer of its own
        }
      };
      runner.worker.postMessage({ question: JSON.stringify(question) });
    });
  }

  // One question at a time, in their order.
  function ask(question, options) {
    const next = line.then(() => answered(question, options));
    line = next.catch(() => {});
    return next;
  }

  Object.assign((window.tokenworks ??= {}), { ask, why, coming }); // beside the widgets of the page
})();
