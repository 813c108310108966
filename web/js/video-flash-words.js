/**
 * What the check for flashes says to people. Pure.
 * @import {FlashTime, FlashesFound} from "./protocol.js"
 */
import { formatTime } from "./waveform-geometry.js";

/** The rule in short, and whose it is. */
export const RULE = "More than three flashes in a second over a large part of the picture can harm people with photosensitive epilepsy (WCAG 2.3.1, ITU-R BT.1702).";

/** @param {number} share 0-1 */
function percent(share) {
  return `${Math.max(1, Math.round(100 * share))}\u00a0%`; // a number and its unit stay on one line
}

/** What was found, in a sentence. @param {FlashesFound} found */
export function foundText({ times }) {
  if (times.length === 0) return "No dangerous flashes.";
  return `It flashes more often than is safe ${times.length === 1 ? "at one time" : `at ${times.length} times`}.`;
}

/** When, of the song. @param {FlashTime} time */
export function whenText({ startSeconds, endSeconds }) {
  return `${formatTime(startSeconds, 1)} – ${formatTime(endSeconds, 1)}`;
}

/** What happens then. @param {FlashTime} time */
export function whatText({ kind, flashes, area }) {
  return `up to ${flashes} ${kind === "red" ? "flashes of saturated red" : "flashes"} in a second, over ${percent(area)} of the view`;
}

/** What the export does about it, and whether that is seen. "": nothing. @param {FlashesFound} found @param {boolean} safe whether the project has flashes held back */
export function limiterText({ times, held, shown }, safe) {
  const strongest = held.reduce((most, { strength }) => Math.max(most, strength), 0);
  if (!safe) return times.length > 0 ? "The export leaves them as they are." : "";
  if (strongest === 0) return "";
  const close = `The export holds back what comes close to the limit, by up to ${percent(strongest)}`;
  const words = times.length === 0 ? close : `The export blends these pictures, by up to ${percent(strongest)}, into the mean of the second around them, until they are safe`;
  const seen = shown ? "the preview shows it so now" : "the preview shows them as they are, since this film has another shape or no ground";
  return `${words}: ${seen}.`;
}

/** What was looked at. @param {FlashesFound} found @param {number} fps */
export function extentText({ frames, startSeconds, endSeconds }, fps) {
  return `${frames.toLocaleString("en")} pictures were looked at: ${formatTime(startSeconds)} to ${formatTime(endSeconds)} at ${fps}\u00a0fps.`;
}
