// node play-scenes.mjs FOLDER: paints the frames of the scenes that tests/parity/templates.py wrote into a folder.
import { readFileSync, writeFileSync } from "node:fs";

import { memoryTarget } from "../../web/js/painter-surface.js";
import { Painter } from "../../web/js/painter.js";
import { fontBook, loadCanvasKit } from "./canvaskit.mjs";

/**
 * @typedef {{name: string, canvas: [number, number], size: [number, number], arrays: number[], lengths: number[],
 *   entries: any[]}} SceneFile
 */
const folder = String(process.argv[2]);
const ck = await loadCanvasKit();
const fonts = fontBook(ck);
/** @type {SceneFile[]} */
const scenes = JSON.parse(readFileSync(`${folder}/scenes.json`, "utf8"));
for (const { name, canvas, size, arrays, lengths, entries } of scenes) {
  await fonts.load(
    entries.flatMap((entry) => (entry.plan?.faces ?? []).map((/** @type {any} */ face) => face.file).filter(Boolean)),
  );
  const [width, height] = size;
  const target = memoryTarget(ck, width, height);
  const painter = new Painter(ck, target.surface, { width, height, canvasWidth: canvas[0], canvasHeight: canvas[1] }, fonts);
  painter.addResources(entries, new Map(arrays.map((at) => [at, new Uint8Array(readFileSync(`${folder}/${name}-${at}.rgba`))])));
  const bytes = readFileSync(`${folder}/${name}.f32`);
  const floats = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const frames = [];
  let end = 0;
  for (const length of lengths) {
    painter.play(floats.subarray(end, (end += length)));
    frames.push(target.pixels());
  }
  writeFileSync(`${folder}/${name}.page`, Buffer.concat(frames));
  painter.dispose();
  target.dispose();
}
