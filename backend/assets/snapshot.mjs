// Starts Pyodide once, imports of the standard library what our code imports, and writes its memory to a file:
// `node backend/assets/snapshot.mjs FOLDER FILE`, FOLDER being Pyodide's. The page's later starts begin from there.
import { writeFileSync } from "node:fs";
import process from "node:process";
import { pathToFileURL } from "node:url";

/** numpy and msgspec are not among them: a snapshot cannot hold what was loaded as a shared library. */
const MODULES = [
  "asyncio", "collections.abc", "contextlib", "csv", "dataclasses", "datetime", "fractions", "inspect", "io", "json",
  "math", "numbers", "pathlib", "pickle", "platform", "re", "traceback", "typing", "uuid",
];

const [folder, file] = process.argv.slice(2);
if (folder === undefined || file === undefined) throw new Error("expected FOLDER and FILE");
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href);
const pyodide = await loadPyodide({ indexURL: `${folder}/`, _makeSnapshot: true });
for (const name of MODULES) pyodide.pyimport(name).destroy();
writeFileSync(file, pyodide.makeMemorySnapshot());
