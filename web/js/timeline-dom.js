/**
 * The elements along the waveform, not yet alive: a lane over the stage, flags on it, strips under the overview.
 * They are for the eye and the mouse; the stage's keys, the cue buttons and the summary say the same in words.
 */
import { make } from "./widget-dom.js";

/** @typedef {ReturnType<typeof buildTimeline>} TimelineParts */

export function buildTimeline() {
  const note = make("span", { class: "timeline-note" });
  const lane = make("div", { class: "timeline-lane" });
  const root = make("div", { class: "timeline-lanebox", "aria-hidden": "true" }, note, lane);
  const flags = make("div", { class: "timeline-flags", "aria-hidden": "true" });
  const ticks = make("div", { class: "timeline-ticks", "aria-hidden": "true" });
  const strip = make("div", { class: "timeline-strip", "aria-hidden": "true" });
  const keys = make("div", { class: "timeline-keys", "aria-hidden": "true", hidden: true });
  const cues = make("div", { class: "cues" });
  return { root, note, lane, flags, ticks, strip, keys, cues };
}
