// Compile in Pyodide what a page imports first: node tools/page_compile.mjs PYODIDE FOLDER.
// The work is that of page_compile.py, for which FOLDER is /given; nothing in it depends on a clock
// or on chance, so that one commit gives the same bytes.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [home, folder] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${home}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: home, jsglobals: {}, env: { PYTHONHASHSEED: "0" } });
python.mountNodeFS("/given", folder);
python.runPython(readFileSync(new URL("page_compile.py", import.meta.url), "utf8"));
