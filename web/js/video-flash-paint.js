/**
 * How the preview shows that a picture is held back: `FlashLimits.hold` of shared/scene/flash_limits.py, done by the
 * painter. A small still, stretched straight between the middles of its cells, lies over the picture with its strength.
 * @import {CanvasKit, Surface} from "canvaskit-wasm"
 */
import { imageInfo } from "./painter-pictures.js";

/**
 * Lay the still of a time over what was painted. held, heldStill: Python's (web/py/preview.py).
 * @param {CanvasKit} ck @param {Surface} surface @param {{held: (t: number) => number, heldStill: (t: number) => any}} scene @param {number} t
 */
export function drawHeld(ck, surface, scene, t) {
  const still = scene.heldStill(t);
  const view = still.getBuffer("u8");
  try {
    const [rows, columns] = view.shape;
    layOver(ck, surface, { rows, columns, pixels: view.data }, scene.held(t));
  } finally {
    view.release();
    still.destroy();
  }
}

/**
 * @param {CanvasKit} ck @param {Surface} surface
 * @param {{rows: number, columns: number, pixels: Uint8Array}} still premultiplied RGBA @param {number} strength 0-1
 */
export function layOver(ck, surface, { rows, columns, pixels }, strength) {
  const image = ck.MakeImage(imageInfo(ck, columns, rows), pixels, columns * 4);
  if (!image) throw new Error(`Expected memory for a picture of ${columns} x ${rows} pixels.`);
  const across = surface.width() / columns;
  const down = surface.height() / rows;
  const shader = image.makeShaderOptions(ck.TileMode.Clamp, ck.TileMode.Clamp, ck.FilterMode.Linear, ck.MipmapMode.None, [across, 0, 0, 0, down, 0, 0, 0, 1]);
  const paint = new ck.Paint();
  try {
    paint.setShader(shader);
    paint.setAlphaf(strength);
    surface.getCanvas().drawPaint(paint);
  } finally {
    paint.delete();
    shader.delete();
    image.delete();
  }
}
