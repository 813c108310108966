/**
 * What the player is given for a track: the file itself where the browser can play it, else what the decoder made
 * of it. Only the last few made ones are kept, so that a thousand files cost no memory; others are made again.
 * @import {Track} from "./types.js"
 */

export class Playables {
  #decoder;
  #limit;
  /** @type {WeakSet<File>} */
  #playAsTheyAre = new WeakSet();
  /** @type {Map<File, Blob>} oldest first */
  #made = new Map();

  /**
   * @param {{decode: (file: File, options: any) => Promise<{playable: Blob}>}} decoder
   * @param {number} [limit]
   */
  constructor(decoder, limit = 3) {
    this.#decoder = decoder;
    this.#limit = limit;
  }

  /** @param {File} file @param {Blob} blob */
  keep(file, blob) {
    if (blob === file) {
      this.#playAsTheyAre.add(file);
      return;
    }
    this.#made.delete(file);
    this.#made.set(file, blob);
    for (const oldest of [...this.#made.keys()].slice(0, Math.max(0, this.#made.size - this.#limit))) {
      this.#made.delete(oldest);
    }
  }

  /**
   * @param {Track} track
   * @param {AbortSignal} [signal]
   * @returns {Promise<Blob>}
   */
  async get(track, signal) {
    const { file } = track;
    if (this.#playAsTheyAre.has(file)) return file;
    const made = this.#made.get(file);
    if (made) return made;
    const { playable } = await this.#decoder.decode(file, {
      signal, onInfo: () => {}, onStage: () => {}, onBlock: async () => {},
    });
    this.keep(file, playable);
    return playable;
  }
}
