/**
 * What the waveform says in words.
 * @import {Analysis} from "./protocol.js"
 * @import {Grid} from "./waveform-geometry.js"
 * @import {Levels} from "./waveform-levels.js"
 */
import { formatTime } from "./waveform-geometry.js";
import { loudestAndQuietest } from "./waveform-levels.js";

/** @typedef {{analysis: Analysis, levels: Levels, grid: Grid, trackId: number|null}} Song */

/** "8.0 s" or "3:07". @param {number} seconds @returns {string} */
export function spanText(seconds) {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : formatTime(seconds);
}

/** For who sees no picture. @param {Song} song @param {boolean} unclear its beat @returns {string} */
export function summaryOf({ analysis, levels, grid }, unclear) {
  const parts = [`Waveform of ${formatTime(analysis.durationSeconds)}.`];
  const { rhythm } = analysis;
  const bars = grid.downbeats.length;
  if (unclear) parts.push("No clear beat.");
  else if (rhythm && grid.beats.length > 0) parts.push(`${rhythm.bpm} beats per minute, ${bars} bars of ${grid.meter} beats.`);
  else parts.push("No beat grid.");
  const ends = loudestAndQuietest(levels);
  if (ends !== null) parts.push(`Loudest around ${formatTime(ends.loudestSeconds)}, quietest around ${formatTime(ends.quietestSeconds)}.`);
  return parts.join(" ");
}
