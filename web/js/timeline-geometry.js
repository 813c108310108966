/**
 * Where sections, keys, cue points and tempi lie along the time of a song: pure functions, no drawing.
 * Seconds from the start of the audio, x in CSS pixels from the left edge of the picture.
 * @import {TempoPoint} from "./protocol.js"
 * @import {View} from "./waveform-geometry.js"
 */
import { secondsToX } from "./waveform-geometry.js";

/** A stretch of the song. @typedef {{startSeconds: number, endSeconds: number}} Span */

/** The part of a span that is in view. @typedef {{index: number, left: number, width: number}} Box */

/** Room that a flag takes with its number, and with its name, too. */
const FLAG_PIXELS = 20;
const NAME_PIXELS = 84;
/** Music may be stepped back over a start that was just reached. */
const REACHED_SECONDS = 0.5;
const EDGE_SECONDS = 0.001;

/**
 * What of each span is seen; spans out of view and the cut parts of others are left out.
 * @param {ReadonlyArray<Span>} spans @param {View} view @param {number} width
 * @returns {Box[]}
 */
export function spansInView(spans, view, width) {
  return spans.flatMap(({ startSeconds, endSeconds }, index) => {
    const left = Math.max(0, secondsToX(view, startSeconds));
    const right = Math.min(width, secondsToX(view, endSeconds));
    return right > left ? [{ index, left, width: right - left }] : [];
  });
}

/**
 * Where cue points stand, which have room for their name before the next one, and on which level each flag hangs so that
 * none hides another; those out of view are left out.
 * @param {ReadonlyArray<{seconds: number}>} cues in order of time @param {View} view @param {number} width
 * @returns {Array<{index: number, x: number, named: boolean, level: number}>}
 */
export function flagsInView(cues, view, width) {
  const places = cues.map(({ seconds }) => secondsToX(view, seconds));
  let level = 0;
  return places.flatMap((x, index) => {
    if (x < -1 || x > width + 1) return [];
    level = x - (places[index - 1] ?? -Infinity) < FLAG_PIXELS ? level + 1 : 0;
    const next = places.find((place) => place - x >= FLAG_PIXELS) ?? Infinity;
    return [{ index, x, named: Math.min(width, next) - x >= NAME_PIXELS, level }];
  });
}

/** Left edge and width in percent of the whole. @param {Span} span @param {number} durationSeconds */
export function shareOf({ startSeconds, endSeconds }, durationSeconds) {
  const percent = (/** @type {number} */ seconds) => (durationSeconds > 0 ? Math.min(100, Math.max(0, (100 * seconds) / durationSeconds)) : 0);
  const left = percent(startSeconds);
  return { left, width: percent(endSeconds) - left };
}

/** The span that sounds at `seconds`, -1 where none does. @param {ReadonlyArray<Span>} spans @param {number} seconds */
export function spanAt(spans, seconds) {
  return spans.findLastIndex(({ startSeconds, endSeconds }) => seconds >= startSeconds - EDGE_SECONDS && seconds < endSeconds);
}

/**
 * The start of the next section, or of this one, or, when it has only just begun, of the one before.
 * @param {ReadonlyArray<Span>} spans @param {number} seconds @param {1|-1} direction
 * @returns {number|null} null: there is none
 */
export function sectionStep(spans, seconds, direction) {
  const starts = spans.map(({ startSeconds }) => startSeconds);
  const found = direction > 0
    ? starts.find((start) => start > seconds + EDGE_SECONDS) : starts.findLast((start) => start < seconds - REACHED_SECONDS);
  return found ?? (direction < 0 ? (starts[0] ?? null) : null);
}

/** Lowest and highest tempo. @param {ReadonlyArray<TempoPoint>} points at least one */
export function tempoSpan(points) {
  const tempi = points.map(({ bpm }) => bpm);
  return { low: Math.min(...tempi), high: Math.max(...tempi) };
}

/**
 * SVG path of the tempo over the song: a step at every point, the highest tempo at the top.
 * @param {ReadonlyArray<TempoPoint>} points @param {number} durationSeconds @param {{width: number, height: number, margin: number}} box
 * @returns {string}
 */
export function tempoPath(points, durationSeconds, { width, height, margin }) {
  const { low, high } = tempoSpan(points);
  const x = (/** @type {number} */ seconds) => ((width * seconds) / durationSeconds).toFixed(1);
  const y = (/** @type {number} */ bpm) => (high === low ? height / 2 : margin + ((high - bpm) / (high - low)) * (height - 2 * margin)).toFixed(1);
  const steps = points.map(({ startSeconds, bpm }, index) => (index === 0 ? `M0 ${y(bpm)}` : `H${x(startSeconds)}V${y(bpm)}`));
  return `${steps.join("")}H${width.toFixed(1)}`;
}
