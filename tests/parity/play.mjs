// node play.mjs FOLDER WIDTH HEIGHT OUT: plays the lists of a bundle (tests/parity/page.py) and writes their pixels.
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";

import { memoryTarget } from "../../web/js/painter-surface.js";
import { Painter } from "../../web/js/painter.js";
import { fontBook, loadCanvasKit } from "./canvaskit.mjs";
import { dress } from "./dress.mjs";

const [folder, width, height, out] = /** @type {[string, string, string, string]} */ (
  /** @type {unknown} */ (process.argv.slice(2))
);
const ck = await loadCanvasKit();
const fonts = fontBook(ck);
const target = memoryTarget(ck, Number(width), Number(height));
const read = async (/** @type {string} */ name) => new Uint8Array(readFileSync(`${folder}/${name}`));
const bundle = JSON.parse(readFileSync(`${folder}/bundle.json`, "utf8"));
const sizes = { width: Number(width), height: Number(height), canvasWidth: bundle.canvas[0], canvasHeight: bundle.canvas[1] };
const painter = new Painter(ck, target.surface, sizes, fonts);
const lists = await dress(ck, fonts, painter, bundle, read);
writeFileSync(out, "");
for (const list of lists) {
  painter.play(list);
  appendFileSync(out, target.pixels());
}
