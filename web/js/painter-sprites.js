/** Sprites as CanvasKit takes them. */

import { at } from "./painter-floats.js";

/**
 * What `drawAtlas` takes: boxes in the picture, turned and scaled places, colours as whole numbers.
 * @param {Float32Array} rows x, y, scale, rotation, red, green, blue, alpha
 * @param {number} count @param {number} width @param {number} height
 */
export function spriteRows(rows, count, width, height) {
  const boxes = new Float32Array(4 * count);
  const forms = new Float32Array(4 * count);
  const colors = new Uint32Array(count);
  for (let sprite = 0; sprite < count; sprite += 1) {
    const row = 8 * sprite; // read by place: thousands are drawn
    const scale = at(rows, row + 2);
    const cos = scale * Math.cos(at(rows, row + 3));
    const sin = scale * Math.sin(at(rows, row + 3));
    boxes[4 * sprite + 2] = width;
    boxes[4 * sprite + 3] = height;
    forms[4 * sprite] = cos;
    forms[4 * sprite + 1] = sin;
    forms[4 * sprite + 2] = at(rows, row) - (cos * width - sin * height) / 2;
    forms[4 * sprite + 3] = at(rows, row + 1) - (sin * width + cos * height) / 2;
    const [red, green, blue] = [byte(at(rows, row + 4)), byte(at(rows, row + 5)), byte(at(rows, row + 6))];
    colors[sprite] = (byte(at(rows, row + 7)) << 24) | (red << 16) | (green << 8) | blue;
  }
  return { boxes, forms, colors };
}

/** @param {number} part 0-1 */
function byte(part) {
  return Math.round(Math.min(1, Math.max(0, part)) * 255);
}
