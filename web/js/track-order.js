/**
 * The order of the list. Tracks without a value come last, whichever way it is sorted.
 * @import {Track} from "./types.js"
 * @import {Sort} from "./store.js"
 */
import { shownKey } from "./labels.js";

const COLLATOR = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

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

/**
 * @param {ReadonlyArray<Track>} tracks
 * @param {Sort} sort
 * @returns {Track[]} a new array
 */
export function sortTracks(tracks, { column, descending }) {
  const direction = descending ? -1 : 1;
  if (column === "name") return [...tracks].sort((a, b) => direction * COLLATOR.compare(a.name, b.name) || a.id - b.id);
  const keyed = tracks.map((track) => ({ track, value: number(track, column) }));
  keyed.sort((a, b) => {
    if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null) || a.track.id - b.track.id;
    return direction * (a.value - b.value) || a.track.id - b.track.id;
  });
  return keyed.map(({ track }) => track);
}

/** The next state of the sort when a column's head is pressed: up, down, as added. @param {Sort} sort @param {Sort["column"]} column @returns {Sort} */
export function nextSort(sort, column) {
  if (sort.column !== column) return { column, descending: false };
  return sort.descending ? { column: "added", descending: false } : { column, descending: true };
}
