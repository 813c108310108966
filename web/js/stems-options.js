/**
 * From what a person chose, and what is known of the track, to what the server is asked for.
 * @import {ModelInfo, StemsOptions} from "./protocol.js"
 * @import {Notation} from "./store.js"
 * @import {Track} from "./types.js"
 */
import { bpmText, keyChip, shownKey, trackTitle } from "./labels.js";

/** stem: which one modes "two" and "rest" are about. @typedef {{model: string, mode: StemsOptions["mode"], stem: string, format: StemsOptions["format"]}} Choice */

/** Longest text of the API's options. */
const MOST_LETTERS = 200;

/** @type {Readonly<Choice>} */
export const FIRST_CHOICE = Object.freeze({ model: "quick", mode: "each", stem: "vocals", format: "flac" });

/**
 * Options of the API; title, artist, key and tempo as the page shows them, so that the files are named so.
 * @param {Choice} choice @param {Track} track @param {Notation} notation
 * @returns {StemsOptions}
 */
export function optionsOf({ model, mode, stem, format }, track, notation) {
  const { key, clear } = shownKey(track);
  const rhythm = track.analysis?.rhythm ?? null;
  return {
    model, mode, stems: mode === "each" ? [] : [stem], format, spreadResidual: true,
    title: cut(trackTitle(track)), artist: cut(track.tags?.artist ?? null),
    key: key && clear ? keyChip(key, notation) : null, bpm: rhythm?.clear ? Number(bpmText(rhythm)) : null,
  };
}

/** A choice that this model can serve. @param {Choice} choice @param {Pick<ModelInfo, "stems">} model @returns {Choice} */
export function fitting(choice, { stems }) {
  return stems.includes(choice.stem) ? choice : { ...choice, stem: stems.includes("vocals") ? "vocals" : (stems[0] ?? "vocals") };
}

/** @param {string|null} text */
function cut(text) {
  return text === null || text === "" ? null : [...text].slice(0, MOST_LETTERS).join("");
}
