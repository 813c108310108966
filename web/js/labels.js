/**
 * How values are worded on the page. Only wording: what mixes with what, or how a tempo is halved, is Python's.
 * @import {Key, KeyGuess, RhythmEstimate, TempoGuess, Tuning} from "./protocol.js"
 * @import {Track} from "./types.js"
 * @import {Notation} from "./store.js"
 */
import { KEYS } from "./protocol.js";

/** @param {Key} key @param {Notation} notation @returns {string} for chips: "8A", "1m" or "B♭m" */
export function keyChip(key, notation) {
  if (notation === "camelot") return key.camelot;
  if (notation === "openKey") return key.openKey;
  const tonic = key.symbol.split(" ")[0] ?? key.short;
  return key.mode === "minor" ? `${tonic}m` : tonic;
}

/** @param {Key} key @param {Notation} notation @returns {string} the answer in large: "8A", "1m" or "B♭ minor" */
export function keyAnswer(key, notation) {
  return notation === "musical" ? key.symbol : keyChip(key, notation);
}

/** @param {Key} key @param {Notation} notation @returns {string} the same key in the two other notations */
export function keyOtherNames(key, notation) {
  const names = { musical: key.symbol, camelot: key.camelot, openKey: key.openKey };
  return Object.entries(names).filter(([name]) => name !== notation).map(([, text]) => text).join(" · ");
}

/**
 * The key to show: by hand before analysis.
 * @param {Track} track
 * @returns {{key: Key|null, byHand: boolean, clear: boolean}}
 */
export function shownKey(track) {
  const byHand = track.edit.key === null ? null : (KEYS.find((key) => key.name === track.edit.key) ?? null);
  if (byHand) return { key: byHand, byHand: true, clear: true };
  const estimate = track.analysis?.key ?? null;
  return { key: estimate?.key ?? null, byHand: false, clear: estimate?.clear ?? false };
}

/** @param {RhythmEstimate} rhythm @returns {string} "128" on a whole grid, else "127.9" */
export function bpmText(rhythm) {
  return rhythm.snapped ? String(Math.round(rhythm.bpm)) : rhythm.bpm.toFixed(1);
}

/** @type {Readonly<Record<TempoGuess["relation"], string>>} */
export const TEMPO_LABELS = Object.freeze({
  "×1/2": "÷2", "×2": "×2", "×2/3": "2/3", "×3/2": "3/2", "×3/4": "3/4", "×4/3": "4/3", "×1/3": "÷3", "×3": "×3", "as found": "As found",
});

/** @type {ReadonlyArray<TempoGuess["relation"]>} the order of the buttons */
export const TEMPO_ORDER = Object.freeze(["×1/2", "×2", "×2/3", "×3/2", "×3/4", "×4/3"]);

/** Shares are no calibrated probabilities, so a runner-up gets a word; below the last it is not shown. */
const LIKELY_SHARE = 0.25;
const POSSIBLE_SHARE = 0.08;

/** @param {KeyGuess} guess @returns {"likely"|"possible"|null} null: not worth showing */
export function likelihoodText({ share }) {
  return share >= LIKELY_SHARE ? "likely" : share >= POSSIBLE_SHARE ? "possible" : null;
}

/** @param {number} share 0-1 */
export function percentText(share) {
  return `${Math.round(share * 100)}\u00a0%`;
}

/** What a tag says of the tempo, without the zeros that some taggers write. @param {string} text @returns {string} "130" of "130.000000" */
export function tagBpmText(text) {
  return /^\d+([.,]\d+)?$/.test(text) ? String(Number(Number(text.replace(",", ".")).toFixed(2))) : text;
}

/** @param {Tuning} tuning @returns {{hz: string, cents: string}} */
export function tuningText(tuning) {
  const cents = Math.round(tuning.cents);
  const sign = cents > 0 ? "+" : cents < 0 ? "−" : "±";
  return { hz: `A4 = ${tuning.hz.toFixed(1)} Hz`, cents: `${sign}${countText(Math.abs(cents), "cent")}` };
}

/** @param {number} seconds @returns {string} "3:07" or "1:02:07" */
export function clockText(seconds) {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = String(rest).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** @param {number} seconds @returns {string} for screen readers: "3 minutes 7 seconds" */
export function spokenTime(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60);
  return minutes > 0 ? `${countText(minutes, "minute")} ${countText(whole % 60, "second")}` : countText(whole, "second");
}

/** @param {number} count @param {string} noun @returns {string} "1 file", "3 files" */
export function countText(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** @param {number} channels */
export function channelsText(channels) {
  return channels === 1 ? "Mono" : channels === 2 ? "Stereo" : `${channels} channels`;
}

/** @param {number} hertz @returns {string} "44.1 kHz" */
export function sampleRateText(hertz) {
  return `${Number((hertz / 1000).toFixed(2))} kHz`;
}

/** @param {number} bytes */
export function sizeText(bytes) {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** A name cut in folder, title and ending, for display. @param {string} name */
export function nameParts(name) {
  const slash = name.lastIndexOf("/");
  const base = name.slice(slash + 1);
  const dot = base.lastIndexOf(".");
  return {
    folder: name.slice(0, Math.max(slash, 0)),
    title: dot > 0 ? base.slice(0, dot) : base,
    ending: dot > 0 ? base.slice(dot + 1).toUpperCase() : "",
  };
}

/** What a track is called: by its tags where they name it, else by its file. @param {Pick<Track, "name"|"tags">} track */
export function trackTitle({ name, tags }) {
  return tags?.title || nameParts(name).title;
}

/** Every answer is unclear, or one of them: "unclear", "key unclear", "beat unclear" or "". @param {Track} track */
export function unclearText(track) {
  const { key, clear } = shownKey(track);
  const noKey = key !== null && !clear;
  const noBeat = track.analysis?.rhythm?.clear === false;
  return noKey && noBeat ? "unclear" : noKey ? "key unclear" : noBeat ? "beat unclear" : "";
}

/** Reasons that another try can take away; what is wrong with the file itself stays wrong. */
const PASSING = /engine|stopped|could not be loaded|was not decoded|memory/i;

/** @param {string|null} error a failed track's sentence, null: it was cancelled */
export function retryHelps(error) {
  return error === null || PASSING.test(error);
}
