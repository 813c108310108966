// node measure.mjs: reads text entries (`painter_entry`) as JSON from its input and writes their sizes.
import { readFileSync } from "node:fs";

import { memoryTarget } from "../../web/js/painter-surface.js";
import { Painter } from "../../web/js/painter.js";
import { fontBook, loadCanvasKit } from "./canvaskit.mjs";

const entries = JSON.parse(readFileSync(0, "utf8"));
const ck = await loadCanvasKit();
const fonts = fontBook(ck);
const target = memoryTarget(ck, 16, 16);
const painter = new Painter(ck, target.surface, { width: 16, height: 16, canvasWidth: 16, canvasHeight: 16 }, fonts);
for (const { plan } of entries) await fonts.load(plan.faces.map((/** @type {{file: string}} */ face) => face.file).filter(Boolean));
console.log(JSON.stringify(entries.map((/** @type {any} */ entry) => painter.measure(entry))));
