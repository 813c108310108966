/**
 * Stems of a song for whoever wants to read them: those there are, else quick ones, made now on this device.
 * @import {StemsOptions} from "./protocol.js"
 * @import {Splits} from "./split.js"
 * @import {OnBytes, OpenStems} from "./stems-lanes.js"
 * @import {Separation, Separations} from "./stems-store.js"
 */
import { identity } from "./intake-files.js";
import { sizeText } from "./labels.js";
import { isFinal } from "./stems-store.js";
import { QUICK, isExpired } from "./stems-words.js";

/** @typedef {{name: string, file: Blob, title: string, artist: string}} LentSong */
/** @typedef {{signal: AbortSignal, onProgress: (stage: string, fraction: number|null) => void}} LendHow */

/**
 * @typedef {object} LenderDeps
 * @property {Separations} separations
 * @property {Pick<Splits<any>, "start"|"cancel"|"sink">} splits
 * @property {(entry: Separation, signal: AbortSignal, onBytes: OnBytes) => Promise<OpenStems|null>} open
 */

export class StemsLender {
  #deps;
  /** Those that were made for a borrower. @type {Set<string>} */
  #own = new Set();

  /** @param {LenderDeps} deps */
  constructor(deps) {
    this.#deps = deps;
  }

  /**
   * @param {LentSong} song @param {LendHow} how
   * @returns {Promise<OpenStems>} rejects with a sentence, or with the signal's reason
   */
  async lend(song, how) {
    const { separations, open } = this.#deps;
    const file = song.file instanceof File ? song.file : new File([song.file], song.name, { lastModified: 0 });
    const entry = this.#finished(identity(file, song.name)) ?? separations.get(await this.#made(song, file, how));
    const stems = entry && (await open(entry, how.signal, (loaded, total) => how.onProgress(`Loading the stems: ${sizeText(loaded)} of ${sizeText(total)}`, loaded / total)));
    if (!stems) throw new Error("The stems are not here any more: try again.");
    return stems;
  }

  /** Whether a separation was made for whoever borrows. @param {string} id */
  owns(id) {
    return this.#own.has(id);
  }

  /** Each stem by itself, the server's before quick ones. @param {string} song @returns {Separation|null} */
  #finished(song) {
    const { separations, splits } = this.#deps;
    const there = separations.of(song).filter((entry) => entry.state === "done" && entry.options.mode === "each" && !isExpired(entry, Date.now())
      && (entry.place === "server" || splits.sink(entry.id) !== null));
    return there.find((entry) => entry.place === "server") ?? there[0] ?? null;
  }

  /** @param {LentSong} song @param {File} file @param {LendHow} how @returns {Promise<string>} the separation's id */
  async #made({ name, title, artist }, file, { signal, onProgress }) {
    signal.throwIfAborted();
    const { separations, splits } = this.#deps;
    const song = identity(file, name);
    const under = separations.of(song).find((entry) => entry.place === "device" && !isFinal(entry));
    /** @type {StemsOptions} */
    const options = { model: QUICK, mode: "each", stems: [], format: "flac", spreadResidual: true, title: null, artist: null, key: null, bpm: null };
    const id = under?.id ?? splits.start({ file, song, title, artist: artist || null, options });
    if (!under) this.#own.add(id);
    try {
      await this.#settled(id, signal, onProgress);
    } catch (error) {
      if (signal.aborted && !under) splits.cancel(id);
      throw error;
    }
    return id;
  }

  /** @param {string} id @param {AbortSignal} signal @param {LendHow["onProgress"]} onProgress @returns {Promise<void>} */
  #settled(id, signal, onProgress) {
    const { separations } = this.#deps;
    return new Promise((resolve, reject) => {
      const end = (/** @type {() => void} */ how) => {
        separations.removeEventListener("change", look);
        signal.removeEventListener("abort", stop);
        how();
      };
      const stop = () => end(() => reject(signal.reason));
      const look = () => {
        const entry = separations.get(id);
        if (entry && !isFinal(entry)) return onProgress(entry.stage || "Waiting for the separation before it", entry.fraction > 0 ? entry.fraction : null);
        if (entry?.state === "done") return end(resolve);
        end(() => reject(new Error(entry?.error ?? "The separation was stopped.")));
      };
      separations.addEventListener("change", look);
      signal.addEventListener("abort", stop);
      look();
    });
  }
}
