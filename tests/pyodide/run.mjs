// Runs pytest inside Pyodide under Node: `node tests/pyodide/run.mjs [pytest arguments]`.
// The same interpreter, numpy and msgspec as in the page, from .assets/; the tree is mounted as it is.
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ASSETS = `${ROOT}.assets/`;
const ROOMS = ["shared", "web/py", "tests/shared", "tests/web_py", "tests/agreement"];
const WHEELS = ["numpy", "msgspec", "pytest", "pluggy", "iniconfig", "packaging", "pygments"];

/** Folder of a package in .assets/. @param {string} name */
function folder(name) {
  const { packages } = JSON.parse(readFileSync(`${ROOT}assets.lock.json`, "utf8"));
  const entry = packages.find((/** @type {{name: string}} */ candidate) => candidate.name === name);
  if (!entry) throw new Error(`expected ${name} in assets.lock.json`);
  const patches = entry.files.flatMap((/** @type {{patch?: string}} */ file) => file.patch ?? []);
  return `${ASSETS}${[entry.name, entry.version, ...new Set(patches)].join("-")}/`;
}

const indexURL = folder("pyodide");
/** @type {typeof import("pyodide")} */
const { loadPyodide } = await import(pathToFileURL(`${indexURL}pyodide.mjs`).href);
const python = await loadPyodide({
  indexURL,
  env: { HOME: "/home/pyodide", PYTHONDONTWRITEBYTECODE: "1", PYTHONPATH: "/keylight" },
});
const site = python.runPython("import site; site.getsitepackages()[0]");
for (const name of WHEELS) {
  const from = folder(name);
  const wheel = readdirSync(from).find((file) => file.endsWith(".whl"));
  if (!wheel) throw new Error(`expected a wheel in ${from}; run: nox -s assets`);
  python.unpackArchive(new Uint8Array(readFileSync(from + wheel)), "wheel", { extractDir: site });
}

python.FS.mkdirTree("/keylight");
python.mountNodeFS("/keylight", ROOT);
python.globals.set("arguments", python.toPy([...process.argv.slice(2)]));
python.globals.set("rooms", python.toPy(ROOMS));
process.exit(await python.runPythonAsync(readFileSync(new URL("inside.py", import.meta.url), "utf8")));
