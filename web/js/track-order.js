/**
 * The order of the list. Unclear answers come after clear ones, and tracks without a value last, whichever way it is
 * sorted.
 * @import {Track} from "./types.js"
 * @import {Sort} from "./store.js"
 */
import { shownKey, trackTitle } from "./labels.js";

const COLLATOR = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** As the list shows it: the tags' title, or the file with its folder. @param {Track} track */
function shownName(track) {
  return track.tags?.title ? trackTitle(track) : track.name;
}

/** Camelot numbers 1-12, then minor before major, as on the wheel. @param {Track} track @returns {number|null} */
function keyPlace(track) {
  const { key } = shownKey(track);
  return key === null ? null : Number.parseInt(key.camelot, 10) * 2 + (key.mode === "major" ? 1 : 0);
}

/** @param {Track} track @param {Sort["column"]} column @returns {number|null} */
function number(track, column) {
  switch (column) {
    case "key": return keyPlace(track);
    case "bpm": return track.analysis?.rhythm?.bpm ?? null;
    case "energy": return track.analysis?.mood?.energy.value ?? null;
    default: return track.id;
  }
}

/** 0: clear, 1: a guess, 2: no value. @param {Track} track @param {Sort["column"]} column @param {number|null} value */
function rank(track, column, value) {
  if (value === null) return 2;
  if (column === "key") return Number(!shownKey(track).clear);
  return Number(column === "bpm" && track.analysis?.rhythm?.clear === false);
}

/**
 * @param {ReadonlyArray<Track>} tracks
 * @param {Sort} sort
 * @returns {Track[]} a new array
 */
export function sortTracks(tracks, { column, descending }) {
  const direction = descending ? -1 : 1;
  if (column === "name") return [...tracks].sort((a, b) => direction * COLLATOR.compare(shownName(a), shownName(b)) || a.id - b.id);
  const keyed = tracks.map((track) => {
    const value = number(track, column);
    return { track, value: value ?? 0, rank: rank(track, column, value) };
  });
  keyed.sort((a, b) => a.rank - b.rank || direction * (a.value - b.value) || a.track.id - b.track.id);
  return keyed.map(({ track }) => track);
}

/** The next state of the sort when a column's head is pressed: up, down, as added. @param {Sort} sort @param {Sort["column"]} column @returns {Sort} */
export function nextSort(sort, column) {
  if (sort.column !== column) return { column, descending: false };
  return sort.descending ? { column: "added", descending: false } : { column, descending: true };
}
