// Generated from shared/scene/ops.py by `python -m web.py.scene_ops`; do not edit.
export const OPS = Object.freeze({
  clear: 1, // red green blue alpha
  paint: 2, // stroke width cap blend sigma
  solid: 3, // red green blue alpha
  linear: 4, // x0 y0 x1 y1 | offset red green blue alpha ...
  radial: 5, // x y radius | offset red green blue alpha ...
  sweep: 6, // x y start | offset red green blue alpha ...
  fill: 10, // 
  rects: 11, // radius | x y width height ...
  segments: 12, //  | x0 y0 x1 y1 ...
  circles: 13, //  | x y radius ...
  polygon: 14, // closed | x y ...
  curve: 15, // closed | x1 y1 x2 y2 x y ...
  image: 20, // image x y width height rotation opacity blend sampling
  sprites: 21, // image blend | x y scale rotation red green blue alpha ...
  text: 22, // text x y scale rotation red green blue alpha blend
  tile: 23, // image x y scale opacity blend sampling
  video: 24, // video frame x y width height rotation opacity blend sampling
  transform: 30, // a b c d e f
  clip_rect: 31, // x y width height radius
  clip_circle: 32, // x y radius
  clip_polygon: 33, //  | x y ...
  layer: 34, // opacity blend
  layer_color: 35, // opacity blend m0 m1 m2 m3 m4 m5 m6 m7 m8 m9 m10 m11 m12 m13 m14 m15 m16 m17 m18 m19
  layer_blur: 36, // opacity blend sigma
  restore: 39, // 
  cached: 40, // key | float ...
  offscreen: 41, // slot divisor | float ...
  stamp: 42, // slot a b c d e f opacity blend sampling
});
/** How many floats come before the rows. */
export const HEADS = Object.freeze({
  clear: 4,
  paint: 5,
  solid: 4,
  linear: 4,
  radial: 3,
  sweep: 3,
  fill: 0,
  rects: 1,
  segments: 0,
  circles: 0,
  polygon: 1,
  curve: 1,
  image: 9,
  sprites: 2,
  text: 10,
  tile: 7,
  video: 10,
  transform: 6,
  clip_rect: 5,
  clip_circle: 3,
  clip_polygon: 0,
  layer: 2,
  layer_color: 22,
  layer_blur: 3,
  restore: 0,
  cached: 1,
  offscreen: 2,
  stamp: 10,
});
/** How many floats a row has; 0: no rows. */
export const ROWS = Object.freeze({
  clear: 0,
  paint: 0,
  solid: 0,
  linear: 5,
  radial: 5,
  sweep: 5,
  fill: 0,
  rects: 4,
  segments: 4,
  circles: 3,
  polygon: 2,
  curve: 6,
  image: 0,
  sprites: 8,
  text: 0,
  tile: 0,
  video: 0,
  transform: 0,
  clip_rect: 0,
  clip_circle: 0,
  clip_polygon: 2,
  layer: 0,
  layer_color: 0,
  layer_blur: 0,
  restore: 0,
  cached: 1,
  offscreen: 1,
  stamp: 0,
});
/** @type {ReadonlyArray<string>} */
export const BLENDS = Object.freeze(["normal", "plus", "screen", "multiply", "overlay", "soft-light", "lighten", "darken", "difference", "color-dodge"]);
/** @type {ReadonlyArray<string>} */
export const SAMPLINGS = Object.freeze(["nearest", "linear", "mipmap", "cubic"]);
/** @type {ReadonlyArray<string>} */
export const CAPS = Object.freeze(["butt", "round", "square"]);
/**
 * Canvas pixels around a text's box that its picture holds too.
 * @param {number} size @param {number} stroke @param {number} blur
 */
export function textMargin(size, stroke, blur) {
  return Math.ceil(0.5 * size + stroke / 2 + 3.0 * blur);
}
/**
 * At how many pixels per canvas pixel a text is rasterised; targetScale: target pixels per canvas pixel.
 * @param {number} targetScale @param {number} width @param {number} height
 */
export function textScale(targetScale, width, height) {
  let scale = 1;
  while (scale < 2.0 * targetScale && scale < 8.0) scale *= 2;
  while (scale > 0.0625 && scale * Math.max(width, height) > 4096.0) scale /= 2;
  return scale;
}
