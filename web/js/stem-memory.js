/**
 * A file in memory, as far as stem-worker.js needs one: written and read in place, grown in pieces that never move.
 */

const PIECE_BYTES = 1 << 22;

export class MemoryFile {
  /** @type {Uint8Array[]} */
  #pieces = [];
  #size = 0;

  /** @param {Uint8Array} bytes @param {{at: number}} place @returns {number} bytes written */
  write(bytes, { at }) {
    this.#each(at, bytes.length, (piece, from, done, count) => piece.set(bytes.subarray(done, done + count), from));
    this.#size = Math.max(this.#size, at + bytes.length);
    return bytes.length;
  }

  /** @param {Uint8Array} bytes are filled @param {{at: number}} place @returns {number} bytes read; fewer at the end */
  read(bytes, { at }) {
    const count = Math.max(0, Math.min(bytes.length, this.#size - at));
    this.#each(at, count, (piece, from, done, part) => bytes.set(piece.subarray(from, from + part), done));
    return count;
  }

  close() {
    this.#pieces = [];
    this.#size = 0;
  }

  /** @param {number} at @param {number} length @param {(piece: Uint8Array, from: number, done: number, count: number) => void} visit */
  #each(at, length, visit) {
    for (let done = 0; done < length; ) {
      const index = Math.floor((at + done) / PIECE_BYTES);
      const from = (at + done) % PIECE_BYTES;
      const count = Math.min(length - done, PIECE_BYTES - from);
      while (this.#pieces.length <= index) this.#pieces.push(new Uint8Array(PIECE_BYTES));
      visit(/** @type {Uint8Array} */ (this.#pieces[index]), from, done, count);
      done += count;
    }
  }
}
