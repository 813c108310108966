/**
 * How sections, cue points, keys over time, tempo maps and tags are worded. Only wording, as in `labels.js`.
 * @import {CuePoint, Key, KeyEstimate, Mood, RhythmEstimate, Section, Tag, TempoRange} from "./protocol.js"
 * @import {Notation} from "./store.js"
 */
import { clockText, keyChip } from "./labels.js";
import { TEMPO_RANGES } from "./protocol.js";
import { tempoSpan } from "./timeline-geometry.js";

/** From here on a tag stands out from the average song; from there on, very much. In standard deviations. */
const CLEAR_STANDING = 1;
const STRONG_STANDING = 2;

/** @param {string} text */
export function capitalized(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** @param {Section} section @returns {string} "Chorus B" */
export function sectionName({ kind, letter }) {
  return `${capitalized(kind)} ${letter}`.trim();
}

/** @param {Section} section @returns {string} "Chorus B, 1:02 to 1:33, intensity 82 of 100 within this song" */
export function sectionText(section) {
  return `${sectionName(section)}, ${clockText(section.startSeconds)} to ${clockText(section.endSeconds)}, intensity ${Math.round(section.energy)} of 100 within this song`;
}

/** @param {CuePoint} cue @param {number} index from 0 @returns {string} "Cue 2, drop, 1:02" */
export function cueText({ kind, seconds }, index) {
  return `Cue ${index + 1}, ${kind}, ${clockText(seconds)}`;
}

/** Reasons come as a clause or as a sentence. @param {string} reason */
export function reasonText(reason) {
  return capitalized(reason.trim().replace(/\.$/, ""));
}

/** The keys that follow one another, each once. @param {KeyEstimate} estimate @returns {Key[]} */
function keysOverTime({ timeline }) {
  const names = new Set();
  return timeline.map(({ key }) => key).filter((key) => !names.has(key.name) && names.add(key.name));
}

/**
 * What a mix meets at either end, in one sentence; "" where nothing can be said.
 * @param {KeyEstimate|null} estimate @param {Notation} notation
 * @returns {string} "Starts in 8A, ends in 9A." or "8A throughout."
 */
export function keyPathText(estimate, notation) {
  if (!estimate?.clear || estimate.timeline.length === 0) return "";
  const keys = keysOverTime(estimate);
  const name = (/** @type {Key} */ key) => keyChip(key, notation);
  const [start, end] = [estimate.intro ?? estimate.timeline[0]?.key, estimate.outro ?? estimate.timeline.at(-1)?.key];
  if (!start || !end) return "";
  if (start.name !== end.name) return `Starts in ${name(start)}, ends in ${name(end)}.`;
  const between = keys.filter((key) => key.name !== start.name).map(name);
  return between.length === 0 ? `${name(start)} throughout.` : `Starts and ends in ${name(start)}, with ${between.join(" and ")} between.`;
}

/** Whether there is more than one key to show. @param {KeyEstimate|null|undefined} estimate */
export function modulates(estimate) {
  return Boolean(estimate?.clear) && (estimate?.timeline.length ?? 0) > 1;
}

/** Numbers that read the same are one. @param {number} low @param {number} high @returns {string} "118–124" */
function betweenText(low, high) {
  const [from, to] = [Math.round(low), Math.round(high)];
  return from === to ? `${low.toFixed(1)}–${high.toFixed(1)}` : `${from}–${to}`;
}

/** @param {RhythmEstimate} rhythm @returns {string} "118–124" where the tempo map drifts, else "" */
export function driftText({ steady, tempoMap }) {
  if (steady || tempoMap.length < 2) return "";
  const { low, high } = tempoSpan(tempoMap);
  return betweenText(low, high);
}

/** @param {TempoRange|null} range @returns {string} "House, 115–130 BPM", "60–120 BPM" or "any tempo" */
export function tempoRangeText(range) {
  if (range === null) return "any tempo";
  const named = TEMPO_RANGES.find(({ lowBpm, highBpm }) => lowBpm === range.lowBpm && highBpm === range.highBpm);
  const numbers = `${range.lowBpm}–${range.highBpm} BPM`;
  return named?.group === "genre" ? `${named.name}, ${numbers}` : numbers;
}

/** How far a tag stands out, one to three. @param {Tag} tag @returns {1|2|3} */
export function tagStrength({ standing }) {
  return standing >= STRONG_STANDING ? 3 : standing >= CLEAR_STANDING ? 2 : 1;
}

/** @param {Tag} tag @returns {string} */
export function tagText(tag) {
  const by = `${Math.abs(tag.standing).toFixed(1)} standard deviations`;
  if (tag.standing < 0) return `${by} below the average song`;
  const words = /** @type {const} */ ({ 1: "a little more", 2: "clearly more", 3: "far more" })[tagStrength(tag)];
  return `${words} than the average song, by ${by}`;
}

/** What the mood was heard by. @param {Mood} mood @returns {string} */
export function heardByText({ heardBy, tags }) {
  if (heardBy === "signal") return "Judged by the sound alone: the tagger was not available, so there are no tags.";
  return tags.length > 0 ? "Judged by a music tagger and by the sound. Dots: how far a tag stands out from the average song." : "Judged by a music tagger and by the sound.";
}
