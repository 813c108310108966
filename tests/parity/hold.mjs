// node hold.mjs FOLDER: lays stills over pictures as the preview does, for tests/parity/test_flash_hold.py.
import { readFileSync, writeFileSync } from "node:fs";

import { imageInfo } from "../../web/js/painter-pictures.js";
import { memoryTarget } from "../../web/js/painter-surface.js";
import { layOver } from "../../web/js/video-flash-paint.js";
import { loadCanvasKit } from "./canvaskit.mjs";

const folder = String(process.argv[2]);
const ck = await loadCanvasKit();
/** @type {Array<{name: string, width: number, height: number, rows: number, columns: number, strength: number}>} */
const cases = JSON.parse(readFileSync(`${folder}/cases.json`, "utf8"));
for (const { name, width, height, rows, columns, strength } of cases) {
  const read = (/** @type {string} */ ending) => new Uint8Array(readFileSync(`${folder}/${name}.${ending}`)); // a copy, aligned
  const target = memoryTarget(ck, width, height);
  const picture = ck.MakeImage(imageInfo(ck, width, height), read("picture"), width * 4);
  if (!picture) throw new Error("Expected memory for a picture.");
  target.surface.getCanvas().drawImage(picture, 0, 0);
  picture.delete();
  layOver(ck, target.surface, { rows, columns, pixels: read("still") }, strength);
  writeFileSync(`${folder}/${name}.page`, target.pixels());
  target.dispose();
}
