/**
 * How films and their making are worded.
 * @import {RenderOptions} from "./protocol.js"
 * @import {Separation} from "./stems-store.js"
 */
import { percentText } from "./labels.js";
import { durationText, leftText } from "./stems-words.js";

/** @type {Readonly<Record<string, string>>} */
export const CODECS = Object.freeze({ h264: "H.264", hevc: "HEVC", av1: "AV1", prores: "ProRes", vp9: "VP9" });
/** @type {Readonly<Record<string, string>>} */
export const SOUNDS = Object.freeze({ aac: "AAC", opus: "Opus", flac: "FLAC", pcm: "PCM", none: "No sound" });

/** @type {Readonly<Record<string, string>>} */
const STAGES = Object.freeze({
  waiting: "Waiting", listening: "Listening to the song", looking: "Looking for flashes", drawing: "Drawing", writing: "Writing the film", done: "Done",
});

/** @param {Separation} entry @returns {string} one line */
export function filmState(entry) {
  const left = leftText(entry.secondsLeft);
  const percent = percentText(entry.fraction);
  switch (entry.state) {
    case "uploading": return ["Sending", percent, left].filter(Boolean).join(" · ");
    case "holding": return `${entry.error ?? ""} It is tried again by itself.`.trim();
    case "queued": return entry.queuePosition === null ? "Waiting for its turn" : entry.queuePosition === 1 ? "Next in the queue" : `Number ${entry.queuePosition} in the queue`;
    case "running": return [STAGES[entry.stage] ?? entry.stage, percent, left].filter(Boolean).join(" · ");
    case "done": return "Done";
    case "failed": return entry.error ?? "It failed.";
    case "cancelled": return "Cancelled";
    default: return "The server has deleted it";
  }
}

/** @param {RenderOptions} film @param {number} seconds */
export function filmText({ codec, width, height, fps, audio }, seconds) {
  return `${CODECS[codec ?? "h264"]}, ${width} × ${height}, ${fps} fps, ${audio === "none" ? "no sound" : SOUNDS[audio ?? "aac"]}, ${durationText(seconds)}.`;
}

/** @param {number} keepSeconds */
export function leavesText(keepSeconds) {
  return `This video, its pictures and films, and the song go to your server; it deletes them and the film after ${durationText(keepSeconds)}.`;
}
