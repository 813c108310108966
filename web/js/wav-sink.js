/**
 * A file that is only written: what a WAV encoder writes front to back, with small corrections to the header at the
 * end. Finished parts become Blobs, which the browser may keep on disk, so the whole never lies in memory.
 */

const PART_BYTES = 8 * 1024 * 1024;
/** Bytes at the start that may still be corrected. */
const HEAD_BYTES = 4096;

export class WavSink {
  /** @type {Blob[]} */
  #parts = [];
  #head = new Uint8Array(HEAD_BYTES);
  #part = new Uint8Array(PART_BYTES);
  #partLength = 0;
  /** Bytes written so far. */
  size = 0;

  /**
   * @param {Uint8Array} bytes
   * @param {number} position where they belong: at the end, or in the first HEAD_BYTES
   */
  write(bytes, position) {
    if (position < this.size && position + bytes.length > Math.min(this.size, HEAD_BYTES))
      throw new Error(`Cannot write ${bytes.length} bytes at ${position} of ${this.size}: only the first ${HEAD_BYTES} can be changed.`);
    if (position > this.size) throw new Error(`Cannot leave a hole from ${this.size} to ${position}.`);
    if (position < HEAD_BYTES) this.#head.set(bytes.subarray(0, HEAD_BYTES - position), position);
    if (position < this.size) return;
    const body = bytes.subarray(Math.min(bytes.length, Math.max(0, HEAD_BYTES - position)));
    this.size += bytes.length;
    this.#append(body);
  }

  /** @param {Uint8Array} bytes */
  #append(bytes) {
    for (let done = 0; done < bytes.length; ) {
      const count = Math.min(bytes.length - done, PART_BYTES - this.#partLength);
      this.#part.set(bytes.subarray(done, done + count), this.#partLength);
      this.#partLength += count;
      done += count;
      if (this.#partLength === PART_BYTES) this.#flush();
    }
  }

  #flush() {
    this.#parts.push(new Blob([this.#part.subarray(0, this.#partLength)]));
    this.#partLength = 0;
  }

  /** All that was written. @returns {Blob} */
  finish() {
    this.#flush();
    return new Blob([this.#head.subarray(0, Math.min(this.size, HEAD_BYTES)), ...this.#parts], { type: "audio/wav" });
  }
}
