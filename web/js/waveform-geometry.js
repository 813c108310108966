/**
 * Where things lie in a waveform: pure functions, no drawing. Positions are seconds from the start of the audio,
 * x is in CSS pixels from the left edge of the picture.
 */

/**
 * The visible window: its first second and the zoom. x = (seconds - startSeconds) / secondsPerPixel.
 * @typedef {object} View
 * @property {number} startSeconds
 * @property {number} secondsPerPixel
 */

/** @typedef {{durationSeconds: number, width: number}} Extent */

/** @typedef {{x: number, seconds: number, label: string|null}} RulerTick  label null: a minor tick */

/** @typedef {{x: number, bar: number, beat: number, label: string|null}} GridLine  beat 1 is the downbeat */

/** @typedef {{beats: Float64Array, downbeats: Float64Array, meter: number}} Grid */

/** The closest zoom shows this much of the song. */
export const CLOSEST_SECONDS = 0.5;

/** Steps a clock face knows; ticks are never between them. */
const TICK_STEPS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
/** How many minor ticks divide each step evenly, in the order of TICK_STEPS. */
const TICK_PARTS = [5, 2, 2, 5, 4, 4, 5, 5, 3, 3, 4, 4, 5, 5, 3, 3, 4];
const LABEL_PIXELS = 88;
const BEAT_PIXELS = 14;
const BAR_PIXELS = 22;
const BAR_LABEL_PIXELS = 64;
/** A beat found 1 ms early by rounding still counts as reached. */
const EDGE_SECONDS = 0.001;

/** @param {View} view @param {number} seconds */
export function secondsToX(view, seconds) {
  return (seconds - view.startSeconds) / view.secondsPerPixel;
}

/** @param {View} view @param {number} x */
export function xToSeconds(view, x) {
  return view.startSeconds + x * view.secondsPerPixel;
}

/** The view that shows the whole song. @param {Extent} extent @returns {View} */
export function wholeView({ durationSeconds, width }) {
  return { startSeconds: 0, secondsPerPixel: Math.max(durationSeconds, 1e-3) / Math.max(width, 1) };
}

/** Keep a view inside the song and between the closest zoom and the whole. @param {View} view @param {Extent} extent @returns {View} */
export function clampView(view, extent) {
  const widest = wholeView(extent).secondsPerPixel;
  const closest = Math.min(widest, CLOSEST_SECONDS / Math.max(extent.width, 1));
  const secondsPerPixel = Math.min(widest, Math.max(closest, view.secondsPerPixel));
  const last = Math.max(0, extent.durationSeconds - extent.width * secondsPerPixel);
  return { startSeconds: Math.min(last, Math.max(0, view.startSeconds)), secondsPerPixel };
}

/**
 * Zoom by `factor` (above 1 is closer) so that the time under `x` stays there, as far as the song's ends allow.
 * @param {View} view @param {number} factor @param {number} x @param {Extent} extent @returns {View}
 */
export function zoomAt(view, factor, x, extent) {
  const anchor = xToSeconds(view, x);
  const { secondsPerPixel } = clampView({ startSeconds: 0, secondsPerPixel: view.secondsPerPixel / factor }, extent);
  return clampView({ startSeconds: anchor - x * secondsPerPixel, secondsPerPixel }, extent);
}

/** Move the picture by `pixels` (positive shows later audio). @param {View} view @param {number} pixels @param {Extent} extent @returns {View} */
export function panBy(view, pixels, extent) {
  return clampView({ ...view, startSeconds: view.startSeconds + pixels * view.secondsPerPixel }, extent);
}

/**
 * The view that follows the playhead: it rests at a third of the width, or with `paged` the picture turns like a page.
 * @param {View} view @param {number} seconds @param {Extent} extent @param {{paged: boolean}} how @returns {View}
 */
export function followView(view, seconds, extent, { paged }) {
  const span = extent.width * view.secondsPerPixel;
  const inside = seconds >= view.startSeconds && seconds <= view.startSeconds + span * 0.95;
  if (paged && inside) return view;
  const lead = paged ? 0.05 : 1 / 3;
  return clampView({ ...view, startSeconds: seconds - span * lead }, extent);
}

/** Show `seconds` with as little movement as possible. @param {View} view @param {number} seconds @param {Extent} extent @returns {View} */
export function revealView(view, seconds, extent) {
  const x = secondsToX(view, seconds);
  const margin = Math.min(32, extent.width / 8);
  if (x >= margin && x <= extent.width - margin) return view;
  const target = x < margin ? margin : extent.width - margin;
  return panBy(view, x - target, extent);
}

/**
 * "1:03", "1:02:03"; with decimals "1:03.4". Rounds down, as clocks do.
 * @param {number} seconds @param {number} [decimals]
 */
export function formatTime(seconds, decimals = 0) {
  const scale = 10 ** decimals;
  const ticks = Math.floor(Math.max(0, seconds) * scale + 1e-6);
  const whole = Math.floor(ticks / scale);
  const hours = Math.floor(whole / 3600);
  const minutes = String(Math.floor(whole / 60) % 60);
  const rest = String(whole % 60).padStart(2, "0");
  const clock = hours > 0 ? `${hours}:${minutes.padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
  return decimals > 0 ? `${clock}.${String(ticks % scale).padStart(decimals, "0")}` : clock;
}

/**
 * Left edge of the label beside the hover line at `x`: on its right, on its left, or beside the playhead, the first
 * place that lies inside the picture and not on the playhead.
 * @param {{x: number, playhead: number, width: number, labelWidth: number}} places CSS pixels @returns {number}
 */
export function hoverLabelLeft({ x, playhead, width, labelWidth }) {
  const gap = 8;
  const right = x + gap;
  const choices = [right, x - gap - labelWidth, playhead + gap, playhead - gap - labelWidth];
  const fits = (/** @type {number} */ left) => left >= 2 && left + labelWidth <= width - 2;
  const free = (/** @type {number} */ left) => playhead < left - gap / 2 || playhead > left + labelWidth + gap / 2;
  return choices.find((left) => fits(left) && free(left)) ?? Math.max(2, Math.min(right, width - 2 - labelWidth));
}

/** Seconds between labelled ticks at this zoom. @param {number} secondsPerPixel @returns {number} */
export function tickStep(secondsPerPixel) {
  const wanted = LABEL_PIXELS * secondsPerPixel;
  return TICK_STEPS.find((step) => step >= wanted) ?? Math.ceil(wanted / 3600) * 3600;
}

/** @param {View} view @param {Extent} extent @returns {Array<RulerTick>} */
export function rulerTicks(view, { durationSeconds, width }) {
  const step = tickStep(view.secondsPerPixel);
  const parts = TICK_PARTS[TICK_STEPS.indexOf(step)] ?? 4;
  const minor = step / parts;
  const end = Math.min(durationSeconds, xToSeconds(view, width));
  /** @type {Array<RulerTick>} */
  const ticks = [];
  for (let index = Math.max(0, Math.ceil(view.startSeconds / minor - 1e-9)); index * minor <= end + 1e-9; index++) {
    const seconds = index * minor;
    const label = index % parts === 0 ? formatTime(seconds, step < 0.1 ? 2 : step < 1 ? 1 : 0) : null;
    ticks.push({ x: secondsToX(view, seconds), seconds, label });
  }
  return ticks;
}

/** Index of the first value not below `wanted`. @param {Float64Array} sorted @param {number} wanted @returns {number} */
export function firstAtLeast(sorted, wanted) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {number} */ (sorted[middle]) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the last value at or before `wanted`, -1 when none is. @param {Float64Array} sorted @param {number} wanted */
function lastAtMost(sorted, wanted) {
  return firstAtLeast(sorted, wanted + EDGE_SECONDS) - 1;
}

/** Mean distance of neighbours in seconds; null with fewer than two. @param {Float64Array} times @returns {number|null} */
export function meanInterval(times) {
  const first = times[0];
  const last = times[times.length - 1];
  return times.length < 2 || first === undefined || last === undefined ? null : (last - first) / (times.length - 1);
}

/**
 * Bar and beat that sound at `seconds`, counted from 1. Beats before the first downbeat are the end of bar 0 (a pickup).
 * null where there is no grid: before the first beat, a beat and a half after the last, or without downbeats.
 * @param {number} seconds @param {Grid} grid @returns {{bar: number, beat: number}|null}
 */
export function barBeatAt(seconds, { beats, downbeats, meter }) {
  const beat = lastAtMost(beats, seconds);
  const interval = meanInterval(beats);
  const firstDownbeat = downbeats[0];
  if (beat < 0 || interval === null || firstDownbeat === undefined) return null;
  if (seconds > /** @type {number} */ (beats[beats.length - 1]) + 1.5 * interval) return null;
  const at = /** @type {number} */ (beats[beat]);
  const bar = lastAtMost(downbeats, at);
  if (bar >= 0) {
    const head = firstAtLeast(beats, /** @type {number} */ (downbeats[bar]) - EDGE_SECONDS);
    return { bar: bar + 1, beat: beat - head + 1 };
  }
  const behind = firstAtLeast(beats, firstDownbeat - EDGE_SECONDS) - beat;
  return { bar: 1 - Math.ceil(behind / meter), beat: meter - ((behind - 1) % meter) };
}

/** "32.1", or "–" where there is no grid. @param {{bar: number, beat: number}|null} place @returns {string} */
export function barBeatText(place) {
  return place === null ? "–" : `${place.bar}.${place.beat}`;
}

/** Smallest power of two that makes `pixels` at least `wanted`. @param {number} pixels @param {number} wanted */
function doublings(pixels, wanted) {
  return 2 ** Math.max(0, Math.ceil(Math.log2(wanted / pixels)));
}

/**
 * Bars between lines and between numbers at this zoom, and whether single beats have room.
 * @param {number} barPixels @param {number} meter @returns {{showBeats: boolean, lineBars: number, labelBars: number}}
 */
export function gridDensity(barPixels, meter) {
  return {
    showBeats: barPixels / meter >= BEAT_PIXELS,
    lineBars: doublings(barPixels, BAR_PIXELS),
    labelBars: doublings(barPixels, BAR_LABEL_PIXELS),
  };
}

/** The lines to draw in this view; thinned out so that they never crowd. @param {View} view @param {Extent} extent @param {Grid} grid @returns {Array<GridLine>} */
export function gridLines(view, extent, grid) {
  const interval = meanInterval(grid.beats);
  if (interval === null) return [];
  const bar = meanInterval(grid.downbeats) ?? interval * grid.meter;
  const density = gridDensity(bar / view.secondsPerPixel, Math.max(1, Math.round(bar / interval)));
  const lines = density.showBeats ? beatLines(view, extent, grid) : [];
  const end = xToSeconds(view, extent.width);
  const first = firstAtLeast(grid.downbeats, view.startSeconds);
  const { lineBars, labelBars } = density;
  for (let index = Math.ceil(first / lineBars) * lineBars; index < grid.downbeats.length; index += lineBars) {
    const seconds = /** @type {number} */ (grid.downbeats[index]);
    if (seconds > end) break;
    const label = index % labelBars === 0 ? String(index + 1) : null;
    lines.push({ x: secondsToX(view, seconds), bar: index + 1, beat: 1, label });
  }
  return lines;
}

/** Every beat in view that is no downbeat. @param {View} view @param {Extent} extent @param {Grid} grid @returns {Array<GridLine>} */
function beatLines(view, extent, grid) {
  const end = xToSeconds(view, extent.width);
  /** @type {Array<GridLine>} */
  const lines = [];
  for (let index = firstAtLeast(grid.beats, view.startSeconds); index < grid.beats.length; index++) {
    const seconds = /** @type {number} */ (grid.beats[index]);
    if (seconds > end) break;
    const place = barBeatAt(seconds, grid) ?? { bar: 0, beat: 0 };
    if (place.beat !== 1) lines.push({ x: secondsToX(view, seconds), ...place, label: null });
  }
  return lines;
}

/**
 * Where one step along `times` leads: the next or the last one before. Without times, by `fallbackSeconds`.
 * While playing, `slackSeconds` lets a second press go past the time just reached.
 * @param {number} seconds @param {1|-1} direction @param {Float64Array} times
 * @param {{durationSeconds: number, fallbackSeconds: number, slackSeconds?: number}} limits @returns {number}
 */
export function stepFrom(seconds, direction, times, { durationSeconds, fallbackSeconds, slackSeconds = 0.02 }) {
  const index = direction > 0 ? firstAtLeast(times, seconds + 0.005) : firstAtLeast(times, seconds - slackSeconds) - 1;
  const target = times.length === 0 ? seconds + direction * fallbackSeconds : times[index];
  return Math.min(durationSeconds, Math.max(0, target ?? (direction > 0 ? durationSeconds : 0)));
}

/**
 * By how many beats the first of the bar must move so that the beat nearest to `seconds` becomes it:
 * the shortest way, -meter/2 < shift <= meter/2. null without a grid.
 * @param {number} seconds @param {Grid} grid @returns {number|null}
 */
export function downbeatShiftTo(seconds, grid) {
  const after = firstAtLeast(grid.beats, seconds);
  const before = grid.beats[after - 1] ?? -Infinity;
  const nearest = seconds - before < (grid.beats[after] ?? Infinity) - seconds ? after - 1 : after;
  const at = grid.beats[nearest];
  const place = at === undefined ? null : barBeatAt(at, grid);
  if (place === null) return null;
  const shift = (place.beat - 1) % grid.meter;
  return shift > grid.meter / 2 ? shift - grid.meter : shift;
}
