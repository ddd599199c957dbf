// Python in a worker. It boots, gives up every way out of itself, and then answers questions.
// To the page: {loaded, of} while bytes come, {ready}, {told} on the way to an {answer}, or {failed}.
import { loadPyodide } from "./pyodide.mjs";

const MOST_BYTES = 768 * 2 ** 20; // of Python's memory
const PAGE_BYTES = 65536; // of WebAssembly
const FILES = ["pyodide.asm.wasm", "python_stdlib.zip", "tokenworks.tar.xz"];
const WAYS_OUT = [
  "fetch", "XMLHttpRequest", "WebSocket", "WebSocketStream", "WebTransport", "EventSource",
  "importScripts", "indexedDB", "caches", "Worker", "BroadcastChannel", "RTCPeerConnection",
  "FileReaderSync", "navigator", "Notification", "webkitRequestFileSystem",
  "webkitRequestFileSystemSync", "webkitResolveLocalFileSystemURL",
  "webkitResolveLocalFileSystemSyncURL",
];
const BOOT = `
import builtins, io, sys, tarfile
from pathlib import Path

def boot(packed):
    home = "/lib/tokenworks"
    with tarfile.open(fileobj=io.BytesIO(packed.to_py()), mode="r:xz") as tar:
        tar.extractall(home, filter="data")
    sys.path.insert(0, home)
    sys.stdin = io.StringIO()
    from tokenworks.runner import answer
    for name in [n for n in sys.modules if n.partition(".")[0] in ("js", "pyodide_js")]:
        del sys.modules[name]
    sys.meta_path[:] = [f for f in sys.meta_path if "JsFinder" not in type(f).__name__]
    return answer

boot
`;

const address = (name) => new URL(name, import.meta.url).href;

async function download(sizes) {
  const of = FILES.reduce((sum, name) => sum + sizes[name], 0);
  let loaded = 0;
  const one = async (name) => {
    const response = await fetch(address(name));
    if (!response.ok) throw new Error(`${name}: ${response.status}`);
    const bytes = new Uint8Array(sizes[name]);
    const reader = response.body.getReader();
    let at = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (at + value.length > bytes.length) throw new Error(`${name} is longer than it should be`);
      bytes.set(value, at);
      at += value.length;
      loaded += value.length;
      postMessage({ loaded, of });
    }
    if (at !== bytes.length) throw new Error(`${name} came short`);
    return [address(name), bytes];
  };
  return new Map(await Promise.all(FILES.map(one)));
}

// What was downloaded is handed to Pyodide where it would fetch it.
function handOver(files) {
  self.fetch = async (request) => {
    const url = new URL(request.url ?? request, import.meta.url).href;
    const type = url.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
    if (!files.has(url)) throw new TypeError(`${url} is not there`);
    return new Response(files.get(url), { headers: { "content-type": type } });
  };
}

// Growth past the limit fails as it does where there is no more memory: Python raises MemoryError.
function limitMemory() {
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (pages) {
    if (this.buffer.byteLength + pages * PAGE_BYTES > MOST_BYTES) throw new RangeError("memory");
    return grow.call(this, pages);
  };
}

function closeAll() {
  for (const name of WAYS_OUT) {
    for (let place = self; place; place = Object.getPrototypeOf(place)) {
      if (Object.hasOwn(place, name)) delete place[name];
    }
    Object.defineProperty(self, name, { value: undefined });
  }
}

async function boot() {
  const told = await (await fetch(address("files.json"))).json();
  limitMemory();
  const files = await download(told.bytes);
  handOver(files);
  const python = await loadPyodide({
    indexURL: address("./"),
    lockFileContents: told.lock,
    jsglobals: {},
  });
  const answer = python.runPython(BOOT)(files.get(address("tokenworks.tar.xz")));
  files.clear();
  closeAll();
  self.onmessage = ({ data }) => {
    const tell = (told) => postMessage({ told });
    postMessage({ answer: answer(data.question, tell) });
  };
  postMessage({ ready: true });
}

boot().catch((error) => postMessage({ failed: String(error.message ?? error) }));
