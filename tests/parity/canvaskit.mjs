// CanvasKit in Node, on the CPU: the same code and the same pixels as in a browser without a GPU.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import { FontBook } from "../../web/js/painter-fonts.js";

/** @typedef {import("canvaskit-wasm").CanvasKit} CanvasKit */

const ASSETS = fileURLToPath(new URL("../../.assets/", import.meta.url));

/** @returns {Promise<CanvasKit>} */
export async function loadCanvasKit() {
  const name = readdirSync(ASSETS).find((folder) => folder.startsWith("canvaskit-"));
  if (!name) throw new Error("Expected CanvasKit below .assets/. Run: nox -s assets");
  const folder = `${ASSETS}${name}/`;
  // Emscripten's Node branch is written for scripts; as a module it lacks these two.
  Object.assign(globalThis, { require: createRequire(import.meta.url), __dirname: folder });
  const { default: init } = await import(`${folder}canvaskit.js`);
  return init({ locateFile: (/** @type {string} */ file) => folder + file });
}

/** A book that reads from `.assets/`. @param {CanvasKit} ck */
export function fontBook(ck) {
  return new FontBook(ck, async (file) => {
    const bytes = readFileSync(ASSETS + file);
    return /** @type {ArrayBuffer} */ (bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  });
}
