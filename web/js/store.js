/**
 * What the page knows: tracks, which one is selected, and settings. Everything handed out is frozen in spirit:
 * updates replace a track, so `before !== after` says that it changed.
 *
 * Events: "tracks" (detail: TracksChange), "selection", "settings".
 * @import {Deepening, Track} from "./types.js"
 * @import {TempoRange} from "./protocol.js"
 */
import { HIGHEST_BPM, LOWEST_BPM } from "./protocol.js";

/** @typedef {"camelot"|"openKey"|"musical"} Notation */
/** @typedef {"added"|"name"|"key"|"bpm"|"energy"} SortColumn */
/** @typedef {{column: SortColumn, descending: boolean}} Sort */
/** @typedef {{ids: number[], structure: boolean}} TracksChange which tracks; whether some came or went */

/**
 * @typedef {object} Settings
 * @property {Notation} notation
 * @property {"system"|"dark"|"light"} theme
 * @property {number} volume       0-1
 * @property {boolean} clicks      the beat grid made audible
 * @property {boolean} follow      the waveform follows the playhead
 * @property {boolean} singleKeys  shortcuts of one letter
 * @property {Sort} sort
 * @property {TempoRange|null} tempoRange  where tempi are expected, for the next analyses
 */

/** @type {Readonly<Settings>} */
export const DEFAULT_SETTINGS = Object.freeze({
  notation: "camelot",
  theme: "system",
  volume: 0.9,
  clicks: false,
  follow: true,
  singleKeys: true,
  sort: Object.freeze({ column: "added", descending: false }),
  tempoRange: null,
});

const isBoolean = (/** @type {unknown} */ value) => typeof value === "boolean";

/** What a saved value must be to be taken over. @type {Readonly<Record<keyof Settings, (value: any) => boolean>>} */
const VALID = Object.freeze({
  notation: (value) => ["camelot", "openKey", "musical"].includes(value),
  theme: (value) => ["system", "dark", "light"].includes(value),
  volume: (value) => typeof value === "number" && value >= 0 && value <= 1,
  clicks: isBoolean,
  follow: isBoolean,
  singleKeys: isBoolean,
  sort: (value) => ["added", "name", "key", "bpm", "energy"].includes(value?.column) && isBoolean(value.descending),
  tempoRange: (value) => value === null || isTempoRange(value),
});

export const SETTINGS_KEY = "keylight.settings";

/** What a person has set by hand on a track: nothing yet. */
export const NO_EDIT = Object.freeze({ key: null, bpm: null, locked: false });

/** Details are not due before there is an answer. @type {Readonly<Deepening>} */
export const NO_DEEPENING = Object.freeze({ state: "none", stage: "", fraction: 0, error: null });

export class Store extends EventTarget {
  /** @type {Map<number, Track>} */
  #tracks = new Map();
  /** @type {ReadonlyArray<Track>|null} */
  #list = null;
  #lastId = 0;
  /** @type {number|null} */
  #selectedId = null;
  #storage;
  /** @type {Settings} */
  #settings;

  /** @param {Pick<Storage, "getItem"|"setItem">|null} [storage] where settings are kept */
  constructor(storage = null) {
    super();
    this.#storage = storage;
    this.#settings = readSettings(storage);
  }

  /** All tracks in the order they came. @returns {ReadonlyArray<Track>} */
  get tracks() {
    this.#list ??= Object.freeze([...this.#tracks.values()]);
    return this.#list;
  }

  get settings() {
    return this.#settings;
  }

  /** @returns {Track|null} */
  get selected() {
    return this.#selectedId === null ? null : this.track(this.#selectedId);
  }

  /** @param {number} id @returns {Track|null} */
  track(id) {
    return this.#tracks.get(id) ?? null;
  }

  /**
   * Put files at the end of the list; the first one is selected when nothing is.
   * @param {ReadonlyArray<{file: File, name: string}>} files
   * @returns {Track[]}
   */
  add(files) {
    const added = files.map(({ file, name }) => this.#put(newTrack(++this.#lastId, file, name)));
    if (added.length === 0) return added;
    this.#changed(added.map((track) => track.id), true);
    if (this.#selectedId === null) this.select(added[0]?.id ?? null);
    return added;
  }

  /**
   * @param {number} id
   * @param {Partial<Track>} patch
   * @returns {boolean} false when there is no such track (any more)
   */
  update(id, patch) {
    const track = this.#tracks.get(id);
    if (!track) return false;
    this.#put({ ...track, ...patch, id });
    this.#changed([id], false);
    return true;
  }

  /** @param {ReadonlyArray<number>} ids */
  remove(ids) {
    const order = [...this.#tracks.keys()];
    const gone = ids.filter((id) => this.#tracks.delete(id));
    if (gone.length === 0) return;
    this.#changed(gone, true);
    if (this.#selectedId !== null && !this.#tracks.has(this.#selectedId)) {
      this.select(neighbour(order, this.#selectedId, (id) => this.#tracks.has(id)));
    }
  }

  /** Removed tracks come back to where they were: numbers grow in the order of the list. @param {ReadonlyArray<Track>} tracks */
  putBack(tracks) {
    if (tracks.length === 0) return;
    for (const track of tracks) this.#put(track);
    this.#tracks = new Map([...this.#tracks].sort(([one], [other]) => one - other));
    this.#changed(tracks.map((track) => track.id), true);
    if (this.#selectedId === null) this.select(tracks[0]?.id ?? null);
  }

  /** @param {number|null} id */
  select(id) {
    if (id === this.#selectedId || (id !== null && !this.#tracks.has(id))) return;
    this.#selectedId = id;
    this.dispatchEvent(new Event("selection"));
  }

  /** @param {Partial<Settings>} patch */
  set(patch) {
    this.#settings = { ...this.#settings, ...patch };
    try {
      this.#storage?.setItem(SETTINGS_KEY, JSON.stringify(this.#settings));
    } catch {
      // Storage is full or forbidden: the setting holds for this visit.
    }
    this.dispatchEvent(new Event("settings"));
  }

  /** @param {Track} track */
  #put(track) {
    this.#tracks.set(track.id, track);
    this.#list = null;
    return track;
  }

  /** @param {number[]} ids @param {boolean} structure */
  #changed(ids, structure) {
    this.#list = null;
    this.dispatchEvent(new CustomEvent("tracks", { detail: { ids, structure } }));
  }
}

/** Whether a person may ask for these tempi. @param {any} range @returns {boolean} */
export function isTempoRange(range) {
  const { lowBpm, highBpm } = range ?? {};
  return Number.isFinite(lowBpm) && Number.isFinite(highBpm) && LOWEST_BPM <= lowBpm && lowBpm < highBpm && highBpm <= HIGHEST_BPM;
}

/**
 * The closest survivor after, else before `id`.
 * @param {ReadonlyArray<number>} order
 * @param {number} id
 * @param {(id: number) => boolean} survives
 * @returns {number|null}
 */
export function neighbour(order, id, survives) {
  const at = order.indexOf(id);
  const after = order.slice(at + 1).find(survives);
  return after ?? order.slice(0, Math.max(at, 0)).reverse().find(survives) ?? null;
}

/** @param {number} id @param {File} file @param {string} name @returns {Track} */
function newTrack(id, file, name) {
  return {
    id, file, name, state: "waiting", stage: "", fraction: 0, error: null, analysis: null, arrays: null, edit: NO_EDIT,
    tags: null, deepening: NO_DEEPENING, tempoRange: null,
  };
}

/** Saved settings over the defaults; what is unknown or no possible value is dropped. @param {Pick<Storage, "getItem">|null} storage */
function readSettings(storage) {
  /** @type {any} */
  let saved = null;
  try {
    saved = JSON.parse(storage?.getItem(SETTINGS_KEY) ?? "null");
  } catch {
    // Unreadable: the defaults.
  }
  /** @type {any} */
  const settings = { ...DEFAULT_SETTINGS };
  for (const [name, valid] of Object.entries(VALID)) {
    if (saved !== null && typeof saved === "object" && valid(saved[name])) settings[name] = saved[name];
  }
  return /** @type {Settings} */ (settings);
}
