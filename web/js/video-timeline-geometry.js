/**
 * Where things lie in the editor's timeline: layers' bars, what a drag of one makes of it, places that times snap to.
 * Pure; seconds and CSS pixels, views as of waveform-geometry.js.
 * @import {Layer} from "./protocol.js"
 * @import {View} from "./waveform-geometry.js"
 */
import { secondsToX } from "./waveform-geometry.js";

/** @typedef {{left: number, width: number, openStart: boolean, openEnd: boolean}} Bar openStart: begins with the song */

/** The shortest time that a layer can be there by dragging. */
export const LEAST_SECONDS = 0.1;

/** @param {Layer} layer @param {number} durationSeconds @param {View} view @returns {Bar} */
export function barOf({ start, end }, durationSeconds, view) {
  const left = secondsToX(view, start ?? 0);
  const right = secondsToX(view, end ?? durationSeconds);
  return { left, width: Math.max(2, right - left), openStart: start === null, openEnd: end === null };
}

/**
 * A layer's range after one end of its bar, or all of it, was dragged by some seconds. An end that is dragged back to
 * the song's end is open again.
 * @param {{start: number|null, end: number|null}} range @param {"start"|"end"|"whole"} part @param {number} by seconds @param {number} durationSeconds
 * @param {(seconds: number) => number} snap
 * @returns {{start: number|null, end: number|null}}
 */
export function draggedRange({ start, end }, part, by, durationSeconds, snap) {
  const from = start ?? 0;
  const to = end ?? durationSeconds;
  if (part === "start") {
    const next = Math.min(to - LEAST_SECONDS, snap(Math.max(0, from + by)));
    return { start: next <= 0.001 ? null : next, end };
  }
  if (part === "end") {
    const next = Math.max(from + LEAST_SECONDS, snap(Math.min(durationSeconds, to + by)));
    return { start, end: next >= durationSeconds - 0.001 ? null : next };
  }
  if (start === null && end === null) return { start, end };
  const length = to - from;
  const next = Math.max(0, Math.min(durationSeconds - length, snap(from + by)));
  return { start: next, end: next + length };
}

/**
 * The place nearest to `seconds` within `reach`, else `seconds` itself.
 * @param {number} seconds @param {ReadonlyArray<ArrayLike<number>>} tables of ascending places @param {number} reach
 */
export function snapSeconds(seconds, tables, reach) {
  let best = seconds;
  let least = reach;
  for (const table of tables) {
    const at = nearestIndex(table, seconds);
    const place = table[at];
    if (place !== undefined && Math.abs(place - seconds) <= least) {
      least = Math.abs(place - seconds);
      best = place;
    }
  }
  return best;
}

/** @param {ArrayLike<number>} table ascending @param {number} seconds */
function nearestIndex(table, seconds) {
  let [low, high] = [0, table.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((table[middle] ?? 0) < seconds) low = middle + 1;
    else high = middle;
  }
  const before = table[low - 1];
  const after = table[low];
  if (before === undefined) return low;
  return after === undefined || seconds - before < after - seconds ? low - 1 : low;
}
