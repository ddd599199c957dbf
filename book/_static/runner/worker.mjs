// Python in a worker. It boots, gives up every way out of itself, and then answers questions.
// To the page: {loaded, of} while bytes come, {ready}, {told} on the way to an {answer}, or {failed}.
import { loadPyodide } from "./pyodide.mjs";

const MOST_BYTES = 768 * 2 ** 20; // of Python's memory
const PAGE_BYTES = 65536; // of WebAssembly
const [ENGINE, LIBRARY, PACKAGE] = ["pyodide.asm.wasm", "python.zip.gz", "tokenworks.tar.xz"];
const [AS_PYODIDE_ASKS, HOME] = ["python_stdlib.zip", "/lib/tokenworks"];
const TAR_BLOCK = 512;
const WAYS_OUT = [
  "fetch", "XMLHttpRequest", "WebSocket", "WebSocketStream", "WebTransport", "EventSource",
  "importScripts", "indexedDB", "caches", "Worker", "BroadcastChannel", "RTCPeerConnection",
  "FileReaderSync", "navigator", "Notification", "webkitRequestFileSystem",
  "webkitRequestFileSystemSync", "webkitResolveLocalFileSystemURL",
  "webkitResolveLocalFileSystemSyncURL",
];
const UNPACK = "import lzma; lambda packed: lzma.decompress(packed.to_py())";
const BOOT = `
import io, sys

def boot(home):
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
const content = async (stream) => new Uint8Array(await new Response(stream).arrayBuffer());

// What comes is used as it comes: the engine is compiled and the library unpacked on the way.
async function download(sizes) {
  const names = [ENGINE, LIBRARY, PACKAGE];
  const of = names.reduce((sum, name) => sum + sizes[name], 0);
  let loaded = 0;
  const stream = async (name) => {
    const response = await fetch(address(name));
    if (!response.ok) throw new Error(`${name}: ${response.status}`);
    let at = 0;
    const counted = new TransformStream({
      transform(chunk, out) {
        at += chunk.length;
        loaded += chunk.length;
        if (at > sizes[name]) throw new Error(`${name} is longer than it should be`);
        postMessage({ loaded, of });
        out.enqueue(chunk);
      },
      flush() {
        if (at < sizes[name]) throw new Error(`${name} came short`);
      },
    });
    return response.body.pipeThrough(counted);
  };
  const engine = async () => {
    const headers = { "content-type": "application/wasm" };
    return WebAssembly.compileStreaming(new Response(await stream(ENGINE), { headers }));
  };
  const library = async () =>
    content((await stream(LIBRARY)).pipeThrough(new DecompressionStream("gzip")));
  const half = async () => content(await stream(PACKAGE));
  return Promise.all([engine(), library(), half(), import("./pyodide.asm.mjs")]);
}

// What was downloaded is handed to Pyodide where it would fetch it.
function handOver(engine, library) {
  self.fetch = async (request) => {
    const url = new URL(request.url ?? request, import.meta.url).href;
    if (url === address(ENGINE)) return new Response();
    if (url !== address(AS_PYODIDE_ASKS)) throw new TypeError(`${url} is not there`);
    return new Response(library);
  };
  WebAssembly.instantiateStreaming = async (_, imports) => ({
    module: engine,
    instance: await WebAssembly.instantiate(engine, imports),
  });
}

// An archive's files, each a header and its bytes in blocks, laid out for Python.
function lay(tar, files) {
  const text = (from, length) =>
    new TextDecoder().decode(tar.subarray(from, from + length)).replace(/\0.*$/s, "");
  for (let at = 0; tar[at]; ) {
    const size = parseInt(text(at + 124, 12), 8);
    const [start, prefix] = [at + TAR_BLOCK, text(at + 345, 155)];
    const path = `${HOME}/${prefix}${prefix && "/"}${text(at, 100)}`;
    files.mkdirTree(path.replace(/\/[^/]*$/, ""));
    files.writeFile(path, tar.subarray(start, start + size), { canOwn: true });
    at = start + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
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
  const [engine, library, half] = await download(told.bytes);
  handOver(engine, library);
  const python = await loadPyodide({
    indexURL: address("./"),
    lockFileContents: told.lock,
    jsglobals: {},
  });
  const unpacked = python.runPython(UNPACK)(half);
  lay(unpacked.toJs(), python.FS);
  unpacked.destroy();
  const answer = python.runPython(BOOT)(HOME);
  closeAll();
  self.onmessage = ({ data }) => {
    const tell = (told) => postMessage({ told });
    postMessage({ answer: answer(data.question, tell) });
  };
  postMessage({ ready: true });
}

boot().catch((error) => postMessage({ failed: String(error.message ?? error) }));
