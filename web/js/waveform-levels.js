/**
 * Peaks and bands at every zoom. Each level of a pyramid halves the one before, so that a column of pixels reads a
 * handful of cells whether it spans 3 ms or a minute: drawing costs O(pixels) for a file of any length.
 */
import { BANDS_PER_SECOND, PEAKS_PER_SECOND } from "./protocol.js";

/** @typedef {{low: Int8Array, high: Int8Array, body: Uint8Array}} PeakLevel  body: mean of high - low, 0-254 */

/** @typedef {readonly [number, number, number]} Triple */

/**
 * What one row of pixel columns shows. low, high: -1 to 1; body: mean half height 0-1; colour: index into a blend table.
 * @typedef {object} Columns
 * @property {Float32Array} low
 * @property {Float32Array} high
 * @property {Float32Array} body
 * @property {Uint16Array} colour
 */

/** @typedef {{peaks: Array<PeakLevel>, bands: Array<Uint8Array>, gain: number, lifts: Triple}} Levels */

/** Colours per side of the blend table; 24 steps of a mix are finer than the eye sees beside each other. */
export const BLEND_STEPS = 24;
/** Bands are 0-255 for -60 to 0 dB: how strongly a louder band wins the colour. */
const SHARPNESS = 11;
/** Highs lie far below lows in any music; lift quiet bands to the loudest one, but no more than 27 dB. */
const LIFT_LIMIT = 115;
const QUIET_GAIN_LIMIT = 4;

/** @param {Int8Array} peaks [n, 2] row by row @returns {Array<PeakLevel>} finest first; the last has one cell */
export function peakPyramid(peaks) {
  const count = peaks.length >> 1;
  /** @type {PeakLevel} */
  const level = { low: new Int8Array(count), high: new Int8Array(count), body: new Uint8Array(count) };
  for (let cell = 0; cell < count; cell++) {
    const low = /** @type {number} */ (peaks[2 * cell]);
    const high = /** @type {number} */ (peaks[2 * cell + 1]);
    level.low[cell] = low;
    level.high[cell] = high;
    level.body[cell] = high - low;
  }
  const levels = [level];
  for (let last = level; last.low.length > 1; levels.push(last)) last = halvedPeaks(last);
  return levels;
}

/** @param {PeakLevel} fine @returns {PeakLevel} */
function halvedPeaks(fine) {
  const count = (fine.low.length + 1) >> 1;
  const coarse = { low: new Int8Array(count), high: new Int8Array(count), body: new Uint8Array(count) };
  for (let cell = 0; cell < count; cell++) {
    const left = 2 * cell;
    const right = Math.min(left + 1, fine.low.length - 1);
    coarse.low[cell] = Math.min(at(fine.low, left), at(fine.low, right));
    coarse.high[cell] = Math.max(at(fine.high, left), at(fine.high, right));
    coarse.body[cell] = (at(fine.body, left) + at(fine.body, right) + (cell & 1)) >> 1;
  }
  return coarse;
}

/** @param {Uint8Array} bands [n, 3] row by row @returns {Array<Uint8Array>} finest first, each cell the mean of two */
export function bandPyramid(bands) {
  const levels = [bands];
  for (let last = bands; last.length > 3; levels.push(last)) {
    const fine = last;
    const cells = fine.length / 3;
    last = new Uint8Array(Math.ceil(cells / 2) * 3);
    for (let index = 0; index < last.length; index++) {
      const left = Math.floor(index / 3) * 6 + (index % 3);
      const right = left + 3 < fine.length ? left + 3 : left;
      last[index] = (at(fine, left) + at(fine, right) + ((index / 3) & 1)) >> 1;
    }
  }
  return levels;
}

/** @param {{peaks: Int8Array, bands: Uint8Array}} arrays @returns {Levels} */
export function makeLevels({ peaks, bands }) {
  const pyramid = peakPyramid(peaks);
  const top = pyramid[pyramid.length - 1];
  const loudest = Math.max(1, -(top?.low[0] ?? 0), top?.high[0] ?? 0);
  return { peaks: pyramid, bands: bandPyramid(bands), gain: Math.min(QUIET_GAIN_LIMIT, 127 / loudest), lifts: bandLifts(bands) };
}

/**
 * How much to add to each band so that their loud moments (90th percentile) weigh alike.
 * @param {Uint8Array} bands @returns {Triple}
 */
export function bandLifts(bands) {
  const loud = [0, 1, 2].map((band) => percentile90(bands, band));
  const top = Math.max(...loud);
  const lift = (/** @type {number|undefined} */ level) => Math.min(LIFT_LIMIT, top - (level ?? 0));
  return [lift(loud[0]), lift(loud[1]), lift(loud[2])];
}

/** Of the cells that sound at all. @param {Uint8Array} bands @param {number} band @returns {number} */
function percentile90(bands, band) {
  const counts = new Uint32Array(256);
  let total = 0;
  for (let index = band; index < bands.length; index += 3) {
    const level = at(bands, index);
    if (level > 0) total += 1;
    counts[level] = at(counts, level) + 1;
  }
  let above = 0;
  for (let level = 255; level > 0; level--) {
    above += at(counts, level);
    if (above > total * 0.1) return level;
  }
  return 0;
}

/**
 * Seconds of the loudest and the quietest stretch of about 4 s; null without audio. What is left after the last whole
 * stretch does not count: the end of a fade says nothing of the song.
 * @param {Levels} levels
 */
export function loudestAndQuietest({ peaks }) {
  const cells = peaks[0]?.low.length ?? 0;
  if (cells === 0) return null;
  const index = Math.min(peaks.length - 1, Math.floor(Math.log2(4 * PEAKS_PER_SECOND)));
  const body = (peaks[index]?.body ?? new Uint8Array(1)).subarray(0, Math.max(1, cells >> index));
  const middle = (/** @type {number} */ cell) => Math.min(cells, (cell + 0.5) * 2 ** index) / PEAKS_PER_SECOND;
  const loudest = body.indexOf(Math.max(...body));
  return { loudestSeconds: middle(loudest), quietestSeconds: middle(body.indexOf(Math.min(...body))) };
}

/** An empty row of `count` columns. @param {number} count @returns {Columns} */
export function makeColumns(count) {
  return {
    low: new Float32Array(count), high: new Float32Array(count),
    body: new Float32Array(count), colour: new Uint16Array(count),
  };
}

/**
 * Fill `columns`: column i spans (first + i) to (first + i + 1) times `secondsPerColumn`. Counting columns from the
 * song's start keeps each one's content the same while the picture scrolls, so that nothing shimmers.
 * @param {Columns} columns @param {Levels} levels @param {{first: number, secondsPerColumn: number}} place
 */
export function fillColumns(columns, levels, { first, secondsPerColumn }) {
  const cells = secondsPerColumn * PEAKS_PER_SECOND;
  if (cells < 1) fillBetweenCells(columns, levels, first, cells);
  else fillFromCells(columns, levels, first, cells);
  fillColours(columns, levels, first, secondsPerColumn * BANDS_PER_SECOND);
}

/** The level whose cells fit a span two to four times. @param {number} span @param {number} count @returns {number} */
export function levelFor(span, count) {
  return Math.min(count - 1, Math.max(0, Math.floor(Math.log2(Math.max(span, 1))) - 1));
}

/** A cell of a coarse level belongs to the one column where it starts. @param {Columns} columns @param {Levels} levels @param {number} first @param {number} span cells per column */
function fillFromCells(columns, { peaks, gain }, first, span) {
  const index = levelFor(span, peaks.length);
  const level = /** @type {PeakLevel} */ (peaks[index]);
  const factor = 2 ** index;
  const end = level.low.length;
  for (let column = 0; column < columns.low.length; column++) {
    const from = Math.max(0, Math.floor(((first + column) * span) / factor + 1e-6));
    const to = Math.min(end, Math.max(from + 1, Math.floor(((first + column + 1) * span) / factor + 1e-6)));
    let low = from < to ? 127 : 0;
    let high = from < to ? -127 : 0;
    let body = 0;
    for (let cell = from; cell < to; cell++) {
      low = Math.min(low, at(level.low, cell));
      high = Math.max(high, at(level.high, cell));
      body += at(level.body, cell);
    }
    setColumn(columns, column, low, high, body / Math.max(1, to - from), gain);
  }
}

/** Closer than one cell per column: a smooth line through the cells' middles. @param {Columns} columns @param {Levels} levels @param {number} first @param {number} span */
function fillBetweenCells(columns, { peaks, gain }, first, span) {
  const level = /** @type {PeakLevel} */ (peaks[0]);
  const last = level.low.length - 1;
  for (let column = 0; column < columns.low.length; column++) {
    const place = (first + column + 0.5) * span - 0.5;
    if (last < 0 || place < -0.5 || place > last + 0.5) {
      setColumn(columns, column, 0, 0, 0, gain);
      continue;
    }
    const left = Math.max(0, Math.min(last, Math.floor(place)));
    const share = Math.max(0, Math.min(1, place - left));
    const mix = (/** @type {Int8Array|Uint8Array} */ values) => smoothBetween(values, left, share);
    setColumn(columns, column, mix(level.low), mix(level.high), mix(level.body), gain);
  }
}

/**
 * Between `values[left]` and the next one, without a corner and without going beyond the two: a cubic whose slopes are
 * those of a monotone interpolation (Fritsch and Butland 1984: harmonic means, 0 at extremes).
 * @param {Int8Array|Uint8Array} values @param {number} left @param {number} share 0-1 of the way @returns {number}
 */
export function smoothBetween(values, left, share) {
  const last = values.length - 1;
  const value = (/** @type {number} */ index) => at(values, Math.max(0, Math.min(last, index)));
  const [before, from, to, after] = [value(left - 1), value(left), value(left + 1), value(left + 2)];
  const rise = to - from;
  const slope = (/** @type {number} */ a, /** @type {number} */ b) => (a * b > 0 ? (2 * a * b) / (a + b) : 0);
  const [start, end] = [slope(from - before, rise), slope(rise, after - to)];
  return from + share * (start + share * (3 * rise - 2 * start - end + share * (start + end - 2 * rise)));
}

/** @param {Columns} columns @param {number} column @param {number} low @param {number} high @param {number} body @param {number} gain */
function setColumn(columns, column, low, high, body, gain) {
  columns.low[column] = (low / 127) * gain;
  columns.high[column] = (high / 127) * gain;
  columns.body[column] = (body / 254) * gain;
}

/** @param {Columns} columns @param {Levels} levels @param {number} first @param {number} span band cells per column */
function fillColours(columns, { bands, lifts }, first, span) {
  const index = levelFor(span, bands.length);
  const level = /** @type {Uint8Array} */ (bands[index]);
  const last = level.length / 3 - 1;
  if (last < 0) return void columns.colour.fill(0);
  for (let column = 0; column < columns.colour.length; column++) {
    const place = Math.max(0, ((first + column + 0.5) * span) / 2 ** index - 0.5);
    const left = Math.min(last, Math.floor(place));
    const right = Math.min(last, left + 1);
    const share = Math.min(1, place - left);
    const mix = (/** @type {number} */ band) => at(level, left * 3 + band) * (1 - share) + at(level, right * 3 + band) * share;
    columns.colour[column] = blendIndex([mix(0), mix(1), mix(2)], lifts);
  }
}

/**
 * Index of a mix in a blend table: shares are a softmax of the lifted levels.
 * @param {Triple} bands 0-255 each @param {Triple} lifts @returns {number}
 */
export function blendIndex([low, mid, high], lifts) {
  const scale = SHARPNESS / 255;
  const a = Math.exp((low + lifts[0]) * scale);
  const b = Math.exp((mid + lifts[1]) * scale);
  const c = Math.exp((high + lifts[2]) * scale);
  const steps = BLEND_STEPS - 1;
  return Math.round((b / (a + b + c)) * steps) * BLEND_STEPS + Math.round((c / (a + b + c)) * steps);
}

/**
 * Colours of all mixes of three sRGB colours, mixed in OKLab (Ottosson 2020) so that they stay bright between hues.
 * @param {readonly [Triple, Triple, Triple]} colours low, mid, high; 0-255 each
 * @returns {Uint8ClampedArray} [BLEND_STEPS ** 2, 4] RGBA, indexed by `blendIndex`
 */
export function blendTable(colours) {
  const [low, mid, high] = [srgbToOklab(colours[0]), srgbToOklab(colours[1]), srgbToOklab(colours[2])];
  const steps = BLEND_STEPS - 1;
  const table = new Uint8ClampedArray(BLEND_STEPS ** 2 * 4);
  for (let m = 0; m <= steps; m++) {
    for (let h = 0; h <= steps; h++) {
      const [b, c] = [m / steps, h / steps];
      const a = Math.max(0, 1 - b - c);
      const mixed = (/** @type {number} */ axis) => a * at(low, axis) + b * at(mid, axis) + c * at(high, axis);
      table.set([...oklabToSrgb([mixed(0), mixed(1), mixed(2)]), 255], (m * BLEND_STEPS + h) * 4);
    }
  }
  return table;
}

/** @param {Triple} rgb 0-255 @returns {Triple} */
export function srgbToOklab(rgb) {
  const [r, g, b] = /** @type {[number, number, number]} */ (rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; // IEC 61966-2-1
  }));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** @param {Triple} lab @returns {Triple} 0-255, clipped to what sRGB can show */
export function oklabToSrgb([lightness, a, b]) {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return /** @type {[number, number, number]} */ (linear.map((value) => {
    const part = value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
    return Math.round(255 * Math.min(1, Math.max(0, part)));
  }));
}

/** Inside its bounds an array of numbers has no holes. @param {ArrayLike<number>} values @param {number} index @returns {number} */
function at(values, index) {
  return /** @type {number} */ (values[index]);
}
