/**
 * A stem's waveform as it grows, by the rule of shared/spectrum/peaks.py: lowest and highest sample of each 1/300 s of
 * left and right together, 127 is full scale; and those peaks as the server sends them.
 */
import { PEAKS_PER_SECOND } from "./protocol.js";

const FULL_SCALE = 127;
/** "KLPK", version 1, cells a second, number of cells (shared/spectrum/peaks.py). */
const HEADER_BYTES = 12;
const MAGIC = "KLPK";
const VERSION = 1;

export class GrowingPeaks {
  #rate;
  #cells = new Int8Array(2 * 1024);
  #next = 0;
  #cell = -1;
  #low = 0;
  #high = 0;

  /** @param {number} sampleRate */
  constructor(sampleRate) {
    this.#rate = sampleRate;
  }

  /** [n, 2], with the cell that is not full yet. */
  get values() {
    return this.#cells.subarray(0, 2 * (this.#cell + 1));
  }

  /** @param {Float32Array} left @param {Float32Array} right what follows, as long */
  add(left, right) {
    for (let i = 0; i < left.length; i++) {
      const cell = Math.floor(((this.#next + i) * PEAKS_PER_SECOND) / this.#rate);
      const value = ((left[i] ?? 0) + (right[i] ?? 0)) / 2;
      if (cell !== this.#cell) {
        this.#keep();
        [this.#cell, this.#low, this.#high] = [cell, value, value];
      } else if (value < this.#low) this.#low = value;
      else if (value > this.#high) this.#high = value;
    }
    this.#next += left.length;
    this.#keep();
  }

  #keep() {
    if (this.#cell < 0) return;
    if (2 * this.#cell + 2 > this.#cells.length) {
      const cells = new Int8Array(2 * this.#cells.length);
      cells.set(this.#cells);
      this.#cells = cells;
    }
    this.#cells[2 * this.#cell] = whole(this.#low);
    this.#cells[2 * this.#cell + 1] = whole(this.#high);
  }
}

/** @param {number} level */
function whole(level) {
  return Math.round(Math.min(1, Math.max(-1, level)) * FULL_SCALE);
}

/** What `/peaks` of a result answers. @param {ArrayBuffer} bytes @returns {Int8Array} [n, 2] */
export function unpackPeaks(bytes) {
  const view = new DataView(bytes);
  const magic = bytes.byteLength < HEADER_BYTES ? "" : String.fromCharCode(...new Uint8Array(bytes, 0, 4));
  if (magic !== MAGIC) throw new Error(`expected peaks that begin with ${MAGIC}, got ${JSON.stringify(magic)}`);
  const [version, rate, count] = [view.getUint16(4, true), view.getUint16(6, true), view.getUint32(8, true)];
  if (version !== VERSION || rate !== PEAKS_PER_SECOND) throw new Error(`expected peaks of version ${VERSION} at ${PEAKS_PER_SECOND}/s, got ${version}, ${rate}/s`);
  if (bytes.byteLength !== HEADER_BYTES + 2 * count) throw new Error(`expected ${count} peaks in ${HEADER_BYTES + 2 * count} bytes, got ${bytes.byteLength}`);
  return new Int8Array(bytes, HEADER_BYTES);
}
