/**
 * How separations are worded: choices, states, how long it takes, what leaves the device.
 * @import {Limits, StemsOptions} from "./protocol.js"
 * @import {Separation} from "./stems-store.js"
 */
import { countText, percentText, sizeText } from "./labels.js";
import { STEM_LABELS } from "./protocol.js";

/** The model's name of the separation on this device, as in shared/separation/models.py. */
export const QUICK = "quick";

export const QUICK_LABEL = "Quick preview";
export const QUICK_WORDS = "On this device, at once, rough: voices and drums stay a little in one another. For a first listen, not for a release.";

/** @type {Readonly<Record<StemsOptions["format"], string>>} */
export const FORMAT_LABELS = Object.freeze({
  flac: "FLAC, lossless", wav16: "WAV, 16 bit", wav24: "WAV, 24 bit", wav32f: "WAV, 32 bit float", mp3: "MP3", m4a: "M4A (AAC)",
});

/** @type {Readonly<Record<string, string>>} */
const STAGES = Object.freeze({
  waiting: "Waiting", "fetching model": "The server downloads the model", "loading model": "Loading the model", separating: "Separating",
  writing: "Writing the files", done: "Done",
});

/** @param {string} stem */
export function stemLabel(stem) {
  return STEM_LABELS[stem] ?? stem;
}

/** @param {ReadonlyArray<string>} words @returns {string} "Vocals, drums and bass" */
export function listText(words) {
  const [last, ...before] = words.map((word) => stemLabel(word).toLowerCase()).reverse();
  if (last === undefined) return "";
  const text = before.length > 0 ? `${before.reverse().join(", ")} and ${last}` : last;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** @param {string} stem @returns {string} "instrumental", or "the rest" */
function restText(stem) {
  return stem === "vocals" ? "instrumental" : "the rest";
}

/** What is got, on a button. @param {StemsOptions["mode"]} mode @param {string} stem */
export function modeText(mode, stem) {
  if (mode === "each") return "Each stem";
  if (mode === "two") return `${stemLabel(stem)} + ${restText(stem)}`;
  return `All but ${stemLabel(stem).toLowerCase()}`;
}

/** What the server will hand back. @param {StemsOptions["mode"]} mode @param {string} stem @param {ReadonlyArray<string>} stems of the model */
export function filesText(mode, stem, stems) {
  if (mode === "each") return `${countText(stems.length, "file")}: ${listText(stems).toLowerCase()}.`;
  if (mode === "two") return `2 files: ${stemLabel(stem).toLowerCase()} and ${restText(stem)}.`;
  return `1 file: the song without ${stemLabel(stem).toLowerCase()}.`;
}

/** Which separation this is, in a list. @param {Pick<Separation, "options"|"place"|"label">} entry */
export function kindText({ options, place, label }) {
  return place === "device" ? label : `${label} · ${modeText(options.mode, options.stems[0] ?? "vocals")}`;
}

/** @param {number} seconds @returns {string} "a moment", "25 s", "4 min", "1 h 10 min" */
export function durationText(seconds) {
  if (seconds < 2) return "a moment";
  if (seconds < 20) return `${Math.round(seconds)} s`;
  if (seconds < 90) return `${5 * Math.round(seconds / 5)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** @param {number|null} seconds */
export function leftText(seconds) {
  return seconds === null ? "" : `${seconds < 90 ? "" : "about "}${durationText(seconds)} left`;
}

/** The state in one line; what moves every second is `movingText`'s, so that a screen reader is not kept talking. @param {Separation} entry @param {number} now milliseconds */
export function stateText(entry, now) {
  switch (entry.state) {
    case "uploading": return "Uploading";
    case "holding": return "Waiting to try again";
    case "queued": return entry.connected ? entry.job?.note ?? queueText(entry) : RECONNECTING;
    case "running": return entry.connected ? entry.job?.note ?? STAGES[entry.stage] ?? entry.stage : RECONNECTING;
    case "done": return isExpired(entry, now) ? EXPIRED : "Done";
    case "failed": return entry.error ?? "Failed.";
    case "cancelled": return "Cancelled.";
    default: return EXPIRED;
  }
}

/** How far it is, and how long it takes. @param {Separation} entry @param {number} now milliseconds @returns {string} "" where that says nothing */
export function movingText({ state, fraction, bytes, secondsLeft, retryAt }, now) {
  if (state === "holding") return `in ${durationText(Math.max(0, (retryAt ?? now) - now) / 1000)}`;
  if (state === "queued") return leftText(secondsLeft);
  if ((state !== "uploading" && state !== "running") || isUnmeasured({ state, fraction })) return "";
  const amount = state === "uploading" ? `${sizeText(fraction * bytes)} of ${sizeText(bytes)}` : percentText(fraction);
  return [amount, leftText(secondsLeft)].filter(Boolean).join(" · ");
}

/** Whether it works, and nobody knows how far it is: an engine or a model that is being started. @param {Pick<Separation, "state"|"fraction">} entry */
export function isUnmeasured({ state, fraction }) {
  return state === "running" && fraction === 0;
}

const RECONNECTING = "Connection lost, the server goes on. Asking again…";
export const EXPIRED = "The server has deleted these stems: their time was up.";

/** @param {Separation} entry */
function queueText({ queuePosition, place }) {
  if (place === "device") return "Waiting for the separation before it";
  if (queuePosition === null) return "Waiting for a free place";
  return queuePosition === 1 ? "Next in line" : `Waiting, ${countText(queuePosition - 1, "job")} before it`;
}

/** Whether the files of a finished job are gone by now. @param {Pick<Separation, "state"|"job">} entry @param {number} now milliseconds */
export function isExpired({ state, job }, now) {
  return state === "expired" || (state === "done" && typeof job?.expiresAt === "number" && 1000 * job.expiresAt < now);
}

/** How long the stems are still there. @param {Separation} entry @param {number} now milliseconds @returns {string} "" when they stay */
export function keptText({ state, job }, now) {
  if (state !== "done" || typeof job?.expiresAt !== "number") return "";
  return `On the server for another ${durationText(Math.max(0, job.expiresAt - now / 1000))}`;
}

/** What leaves the device, said before it does. @param {string} model @param {number} bytes @param {Limits|null} limits */
export function privacyText(model, bytes, limits) {
  if (model === QUICK) return "Nothing is uploaded: the song stays on this device.";
  const kept = limits ? `; song and stems are deleted there after ${durationText(limits.keepSeconds)}` : "";
  return `This uploads the song (${sizeText(bytes)}) to this server${kept}.`;
}

/** Why a song is not taken, found before an upload. @param {number} bytes @param {number|null} seconds @param {Limits} limits @returns {string|null} */
export function refusalText(bytes, seconds, limits) {
  if (bytes > limits.uploadBytes) return `The song has ${sizeText(bytes)}, and this server takes ${sizeText(limits.uploadBytes)} at most. A compressed or shorter file may fit.`;
  if (seconds !== null && seconds > limits.audioSeconds)
    return `The song lasts ${durationText(seconds)}, and this server takes ${durationText(limits.audioSeconds)} at most.`;
  return null;
}
