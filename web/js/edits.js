/**
 * What a person sets by hand: key, tempo, where the grid lies, lock. Every tempo goes through Python's `Retempo`,
 * always from the grid as analysed, so that ÷2 after ×2 is where it began. Sections and cue points move along with the
 * grid, from where the analysis found them.
 * @import {RhythmEstimate, Structure} from "./protocol.js"
 * @import {Track} from "./types.js"
 * @import {Store} from "./store.js"
 * @import {EngineLike} from "./analysis-queue.js"
 */

/**
 * The grid as analysed, what lies on it, and what was done to it since.
 * @typedef {object} Grid
 * @property {RhythmEstimate|null} rhythm
 * @property {Float64Array} beats
 * @property {Float64Array} downbeats
 * @property {Structure|null} structure  null until the details come
 * @property {number|null} bpm
 * @property {number} shiftSeconds
 * @property {number} downbeatShift
 * @property {number} asked         counts requests: only the last answer is taken
 */

/** @typedef {{bpm?: number|null, shiftSeconds?: number, downbeatShift?: number}} GridChange */

export class Edits {
  #store;
  #engine;
  /** By file, so that a track put back after its removal has its grid still. @type {WeakMap<File, Grid>} */
  #grids = new WeakMap();

  /** @param {{store: Store, engine: EngineLike}} deps */
  constructor({ store, engine }) {
    this.#store = store;
    this.#engine = engine;
  }

  /** @param {Track|null} track @returns {Grid|null} */
  #grid(track) {
    return (track && this.#grids.get(track.file)) ?? null;
  }

  /** The tempo as analysed, when the one shown is by hand. @param {number} id @returns {RhythmEstimate|null} */
  analysed(id) {
    return this.#grid(this.#store.track(id))?.rhythm ?? null;
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
    const grid = this.#grid(this.#store.track(id));
    if (!grid) return async () => this.resetTempo(id);
    const { bpm, shiftSeconds, downbeatShift } = grid;
    return () => this.#retempo(id, { bpm, shiftSeconds, downbeatShift });
  }

  /** Move the whole grid. @param {number} id @param {number} seconds */
  shift(id, seconds) {
    return this.#retempo(id, { shiftSeconds: (this.#grid(this.#store.track(id))?.shiftSeconds ?? 0) + seconds });
  }

  /** Make another beat the first of the bar. @param {number} id @param {number} beats */
  shiftDownbeat(id, beats) {
    return this.#retempo(id, { downbeatShift: (this.#grid(this.#store.track(id))?.downbeatShift ?? 0) + beats });
  }

  /** Back to the grid as analysed. @param {number} id */
  resetTempo(id) {
    const track = this.#store.track(id);
    const grid = this.#grid(track);
    if (!track?.analysis || !track.arrays || !grid) return;
    this.#grids.delete(track.file);
    this.#store.update(id, {
      analysis: { ...track.analysis, rhythm: grid.rhythm, structure: grid.structure },
      arrays: { ...track.arrays, beats: grid.beats, downbeats: grid.downbeats },
      edit: { ...track.edit, bpm: null },
    });
  }

  /** After a new analysis: forget the old grid, and lay a locked edit over the new one. @param {number} id */
  async analysedAnew(id) {
    const track = this.#store.track(id);
    const old = this.#grid(track);
    if (!track || !old) return;
    this.#grids.delete(track.file);
    if (track.edit.locked) await this.#retempo(id, { bpm: old.bpm, shiftSeconds: old.shiftSeconds, downbeatShift: old.downbeatShift });
  }

  /** After the details: they lie on the grid as analysed, and follow what was done to it meanwhile. @param {number} id */
  async deepened(id) {
    const track = this.#store.track(id);
    const grid = this.#grid(track);
    const structure = track?.analysis?.structure ?? null;
    if (!track || !grid || structure === null) return;
    this.#grids.set(track.file, { ...grid, structure });
    await this.#retempo(id, {});
  }

  /** @param {number} id @param {GridChange} change */
  async #retempo(id, change) {
    const track = this.#store.track(id);
    if (!track?.analysis || !track.arrays) return;
    const { file, analysis: { rhythm, structure, durationSeconds } } = track;
    /** @type {Grid} */
    const grid = this.#grid(track) ?? {
      rhythm, beats: track.arrays.beats, downbeats: track.arrays.downbeats, structure,
      bpm: null, shiftSeconds: 0, downbeatShift: 0, asked: 0,
    };
    const next = { ...grid, ...change, asked: grid.asked + 1 };
    const bpm = next.bpm ?? grid.rhythm?.bpm;
    if (bpm === undefined) return;
    this.#grids.set(file, next);
    // The buffers are transferred, so the engine gets copies.
    const answer = await this.#engine.request({
      type: "retempo", rhythm: grid.rhythm, durationSeconds, bpm, structure: grid.structure,
      shiftSeconds: next.shiftSeconds, downbeatShift: next.downbeatShift,
    }, [grid.beats.slice(), grid.downbeats.slice()]).catch((error) => {
      if (this.#grids.get(file) === next) this.#restore(file, grid);
      throw error;
    });
    if (this.#grids.get(file) !== next) return;
    if (this.#store.track(id)) this.#take(id, next, answer);
    else this.#restore(file, grid);
  }

  /** @param {number} id @param {Grid} grid @param {{value: any, arrays: any[]}} answer */
  #take(id, grid, { value, arrays: [beats, downbeats] }) {
    const track = this.#store.track(id);
    if (!track?.analysis || !track.arrays) return;
    this.#store.update(id, {
      analysis: { ...track.analysis, rhythm: value.rhythm, structure: value.structure ?? null },
      arrays: { ...track.arrays, beats, downbeats },
      edit: { ...track.edit, bpm: grid.bpm === null ? null : value.rhythm.bpm },
    });
  }

  /** A request failed, or its track is gone: what was asked before still holds. @param {File} file @param {Grid} grid */
  #restore(file, grid) {
    if (grid.asked === 0) this.#grids.delete(file);
    else this.#grids.set(file, grid);
  }
}
