// Paints the scenes that tests/parity/templates.py wrote into a folder; in Node and in a browser's worker alike.

import { Painter } from "../../web/js/painter.js";

/** @typedef {import("canvaskit-wasm").CanvasKit} CanvasKit */
/** @typedef {import("../../web/js/painter-surface.js").Target} Target */
/**
 * @typedef {{name: string, canvas: [number, number], size: [number, number], arrays: number[], lengths: number[],
 *   entries: any[]}} SceneFile
 */

/**
 * @param {CanvasKit} ck @param {import("../../web/js/painter-fonts.js").FontBook} fonts @param {Target} target of `size`
 * @param {SceneFile} scene @param {(name: string) => Promise<Uint8Array>} read a file of the folder
 * @returns {Promise<Uint8Array[]>} its frames, premultiplied RGBA; the target stays the caller's
 */
export async function paintScene(ck, fonts, target, { name, canvas, size, arrays, lengths, entries }, read) {
  const faces = entries.flatMap((entry) => entry.plan?.faces ?? []);
  await fonts.load(faces.map((/** @type {{file: string}} */ face) => face.file).filter(Boolean));
  const sizes = { width: size[0], height: size[1], canvasWidth: canvas[0], canvasHeight: canvas[1] };
  const painter = new Painter(ck, target.surface, sizes, fonts);
  const pixels = new Map();
  for (const number of arrays) pixels.set(number, await read(`${name}-${number}.rgba`));
  painter.addResources(entries, pixels);
  const bytes = await read(`${name}.f32`);
  const floats = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  let end = 0;
  const frames = lengths.map((length) => {
    painter.play(floats.subarray(end, (end += length)));
    return target.pixels();
  });
  painter.dispose();
  return frames;
}
