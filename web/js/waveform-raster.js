/**
 * Columns to pixels, straight into the memory of an ImageData: spiky outlines cost a path filler ten times as much.
 * @import {Columns} from "./waveform-levels.js"
 */

/** RGBA pixels row by row, seen as words and as bytes. @typedef {{words: Uint32Array, bytes: Uint8ClampedArray, width: number, height: number}} Pixels */

/** Colours by `Columns.colour`, whole and as thin as peaks are drawn. @typedef {{body: Uint32Array, peak: Uint32Array}} Inks */

/** The body (mean level) is drawn full, the peaks around it this strong (of 255). */
const PEAK_ALPHA = 173;
/** Heights are level ** 0.8: soft parts keep a shape, and nothing is cut off. */
const HEIGHT_POWER = 0.8;
/** Silence is a hairline, not nothing. */
const THIN_PIXELS = 0.5;

/** @param {Uint8ClampedArray} blend see `blendTable` @returns {Inks} */
export function makeInks(blend) {
  const thin = blend.map((byte, index) => (index % 4 === 3 ? PEAK_ALPHA : byte));
  return { body: new Uint32Array(blend.slice().buffer), peak: new Uint32Array(thin.buffer) };
}

/**
 * Paint every column around the axis at `middle`, full scale `reach` pixels away; what was there is wiped.
 * @param {Pixels} pixels @param {Columns} columns @param {{middle: number, reach: number}} axis @param {Inks} inks
 */
export function rasterColumns(pixels, columns, { middle, reach }, inks) {
  pixels.words.fill(0);
  const size = (/** @type {number|undefined} */ level) => Math.max(THIN_PIXELS, Math.min(1, Math.abs(level ?? 0)) ** HEIGHT_POWER * reach);
  for (let x = 0; x < pixels.width; x++) {
    const ink = columns.colour[x] ?? 0;
    const [top, bottom, body] = [middle - size(columns.high[x]), middle + size(columns.low[x]), size(columns.body[x])];
    paintSpan(pixels, x, { top, bottom, ink: inks.peak[ink] ?? 0, under: 0, over: PEAK_ALPHA });
    paintSpan(pixels, x, { top: Math.max(top, middle - body), bottom: Math.min(bottom, middle + body), ink: inks.body[ink] ?? 0, under: PEAK_ALPHA, over: 255 });
  }
}

/**
 * One column from `top` to `bottom`; the rows cut by its ends are covered in part, between `under` and `over`.
 * @param {Pixels} pixels @param {number} x @param {{top: number, bottom: number, ink: number, under: number, over: number}} span
 */
function paintSpan({ words, bytes, width, height }, x, { top, bottom, ink, under, over }) {
  const first = Math.max(0, Math.floor(top));
  const last = Math.min(height - 1, Math.ceil(bottom) - 1);
  for (let row = first, index = first * width + x; row <= last; row++, index += width) {
    words[index] = ink;
    const covered = Math.min(row + 1, bottom) - Math.max(row, top);
    if (covered < 1) bytes[4 * index + 3] = under + covered * (over - under);
  }
}
