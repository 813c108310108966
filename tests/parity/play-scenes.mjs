// node play-scenes.mjs FOLDER: paints the frames of the scenes that tests/parity/templates.py wrote into a folder.
import { readFileSync, writeFileSync } from "node:fs";

import { memoryTarget } from "../../web/js/painter-surface.js";
import { fontBook, loadCanvasKit } from "./canvaskit.mjs";
import { paintScene } from "./scenes.mjs";

const folder = String(process.argv[2]);
const ck = await loadCanvasKit();
const fonts = fontBook(ck);
const read = async (/** @type {string} */ name) => new Uint8Array(readFileSync(`${folder}/${name}`)); // a copy, aligned
/** @type {import("./scenes.mjs").SceneFile[]} */
const scenes = JSON.parse(readFileSync(`${folder}/scenes.json`, "utf8"));
for (const scene of scenes) {
  const target = memoryTarget(ck, ...scene.size);
  writeFileSync(`${folder}/${scene.name}.page`, Buffer.concat(await paintScene(ck, fonts, target, scene, read)));
  target.dispose();
}
