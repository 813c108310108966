/**
 * What a person sets by hand: key, tempo, where the grid lies, lock. Every tempo goes through Python's `Retempo`,
 * always from the grid as analysed, so that ÷2 after ×2 is where it began.
 * @import {RhythmEstimate} from "./protocol.js"
 * @import {Store} from "./store.js"
 * @import {EngineLike} from "./analysis-queue.js"
 */

/**
 * The grid as analysed and what was done to it since.
 * @typedef {object} Grid
 * @property {RhythmEstimate|null} rhythm
 * @property {Float64Array} beats
 * @property {Float64Array} downbeats
 * @property {number|null} bpm
 * @property {number} shiftSeconds
 * @property {number} downbeatShift
 * @property {number} asked         counts requests: only the last answer is taken
 */

/** @typedef {{bpm?: number|null, shiftSeconds?: number, downbeatShift?: number}} GridChange */

export class Edits {
  #store;
  #engine;
  /** @type {Map<number, Grid>} */
  #grids = new Map();

  /** @param {{store: Store, engine: EngineLike}} deps */
  constructor({ store, engine }) {
    this.#store = store;
    this.#engine = engine;
    store.addEventListener("tracks", (event) => {
      for (const id of /** @type {CustomEvent} */ (event).detail.ids) if (!store.track(id)) this.#grids.delete(id);
    });
  }

  /** The tempo as analysed, when the one shown is by hand. @param {number} id @returns {RhythmEstimate|null} */
  analysed(id) {
    return this.#grids.get(id)?.rhythm ?? null;
  }

  /** @param {number} id @param {string|null} name as in KEYS, null: as analysed */
  setKey(id, name) {
    const track = this.#store.track(id);
    if (track) this.#store.update(id, { edit: { ...track.edit, key: name } });
  }

  /** @param {number} id @param {boolean} locked */
  setLocked(id, locked) {
    const track = this.#store.track(id);
    if (track) this.#store.update(id, { edit: { ...track.edit, locked } });
  }

  /** @param {number} id @param {number} bpm */
  setBpm(id, bpm) {
    return this.#retempo(id, { bpm });
  }

  /** What brings the tempo and the grid back to how they are now. @param {number} id @returns {() => Promise<void>} */
  undoTempo(id) {
    const grid = this.#grids.get(id);
    if (!grid) return async () => this.resetTempo(id);
    const { bpm, shiftSeconds, downbeatShift } = grid;
    return () => this.#retempo(id, { bpm, shiftSeconds, downbeatShift });
  }

  /** Move the whole grid. @param {number} id @param {number} seconds */
  shift(id, seconds) {
    return this.#retempo(id, { shiftSeconds: (this.#grids.get(id)?.shiftSeconds ?? 0) + seconds });
  }

  /** Make another beat the first of the bar. @param {number} id @param {number} beats */
  shiftDownbeat(id, beats) {
    return this.#retempo(id, { downbeatShift: (this.#grids.get(id)?.downbeatShift ?? 0) + beats });
  }

  /** Back to the grid as analysed. @param {number} id */
  resetTempo(id) {
    const [track, grid] = [this.#store.track(id), this.#grids.get(id)];
    if (!track?.analysis || !track.arrays || !grid) return;
    this.#grids.delete(id);
    this.#store.update(id, {
      analysis: { ...track.analysis, rhythm: grid.rhythm },
      arrays: { ...track.arrays, beats: grid.beats, downbeats: grid.downbeats },
      edit: { ...track.edit, bpm: null },
    });
  }

  /** After a new analysis: forget the old grid, and lay a locked edit over the new one. @param {number} id */
  async analysedAnew(id) {
    const [track, old] = [this.#store.track(id), this.#grids.get(id)];
    this.#grids.delete(id);
    if (!track?.edit.locked || !old) return;
    await this.#retempo(id, { bpm: old.bpm, shiftSeconds: old.shiftSeconds, downbeatShift: old.downbeatShift });
  }

  /** @param {number} id @param {GridChange} change */
  async #retempo(id, change) {
    const track = this.#store.track(id);
    if (!track?.analysis || !track.arrays) return;
    const { rhythm, durationSeconds } = track.analysis;
    /** @type {Grid} */
    const grid = this.#grids.get(id) ?? {
      rhythm, beats: track.arrays.beats, downbeats: track.arrays.downbeats,
      bpm: null, shiftSeconds: 0, downbeatShift: 0, asked: 0,
    };
    const next = { ...grid, ...change, asked: grid.asked + 1 };
    const bpm = next.bpm ?? grid.rhythm?.bpm;
    if (bpm === undefined) return;
    this.#grids.set(id, next);
    // The buffers are transferred, so the engine gets copies.
    const answer = await this.#engine.request({
      type: "retempo", rhythm: grid.rhythm, durationSeconds, bpm,
      shiftSeconds: next.shiftSeconds, downbeatShift: next.downbeatShift,
    }, [grid.beats.slice(), grid.downbeats.slice()]).catch((error) => {
      if (this.#grids.get(id) === next) this.#restore(id, grid);
      throw error;
    });
    if (this.#grids.get(id) === next) this.#take(id, next, answer);
  }

  /** @param {number} id @param {Grid} grid @param {{value: any, arrays: any[]}} answer */
  #take(id, grid, { value, arrays: [beats, downbeats] }) {
    const track = this.#store.track(id);
    if (!track?.analysis || !track.arrays) return;
    this.#store.update(id, {
      analysis: { ...track.analysis, rhythm: value.rhythm },
      arrays: { ...track.arrays, beats, downbeats },
      edit: { ...track.edit, bpm: grid.bpm === null ? null : value.rhythm.bpm },
    });
  }

  /** A request failed: what was asked before still holds. @param {number} id @param {Grid} grid */
  #restore(id, grid) {
    if (grid.asked === 0) this.#grids.delete(id);
    else this.#grids.set(id, grid);
  }
}
