/**
 * WAV files written front to back: 16 or 24 bits, or 32-bit float, in which nothing is ever cut off.
 * Headers follow Microsoft's "Multiple channel audio data and WAVE files": more than 16 bits are WAVE_FORMAT_EXTENSIBLE.
 * @import {WavFormat} from "./mixer-types.js"
 */
import { WavSink } from "./wav-sink.js";

/** @type {Readonly<Record<WavFormat, number>>} */
export const WAV_BITS = Object.freeze({ wav16: 16, wav24: 24, wav32f: 32 });

const CHANNELS = 2;
/** RIFF sizes are 32 bits. */
const MOST_BYTES = 2 ** 32 - 1;
const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
/** KSDATAFORMAT_SUBTYPE_PCM and _IEEE_FLOAT: the format's number, then these bytes. */
const SUBTYPE_TAIL = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
const HEADER_BYTES = 12 + 8 + 40 + 12 + 8;

/**
 * @param {{sampleRate: number, frames: number, format: WavFormat}} file
 * @returns {Uint8Array} everything before the samples
 */
export function wavHeader({ sampleRate, frames, format }) {
  const bits = WAV_BITS[format];
  const align = (CHANNELS * bits) / 8;
  const dataBytes = frames * align;
  if (dataBytes + HEADER_BYTES > MOST_BYTES) throw new Error(`A WAV file holds at most 4 GB, and this mix has ${Math.ceil(dataBytes / 1e9)}. Save it with fewer bits.`);
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const word = (/** @type {string} */ text) => { for (const letter of text) view.setUint8(at++, letter.charCodeAt(0)); };
  const u16 = (/** @type {number} */ value) => { view.setUint16(at, value, true); at += 2; };
  const u32 = (/** @type {number} */ value) => { view.setUint32(at, value, true); at += 4; };
  word("RIFF"); u32(HEADER_BYTES - 8 + dataBytes + (dataBytes & 1)); word("WAVE");
  word("fmt "); u32(40); u16(EXTENSIBLE); u16(CHANNELS); u32(sampleRate); u32(sampleRate * align); u16(align); u16(bits);
  u16(22); u16(bits); u32(3); // front left and right
  u16(format === "wav32f" ? FLOAT : PCM);
  for (const byte of SUBTYPE_TAIL) view.setUint8(at++, byte);
  word("fact"); u32(4); u32(frames); // asked for whenever it is not plain PCM
  word("data"); u32(dataBytes);
  return bytes;
}

/** Turns blocks of left and right into a file. */
export class WavWriter {
  #sink = new WavSink();
  #format;
  #noise = 0x9e3779b9;

  /** @param {{sampleRate: number, frames: number, format: WavFormat}} file */
  constructor(file) {
    this.#format = file.format;
    this.#append(wavHeader(file));
  }

  /** @param {ArrayLike<number>} left @param {ArrayLike<number>} right @param {number} count */
  write(left, right, count) {
    const size = WAV_BITS[this.#format] / 8;
    const bytes = new Uint8Array(CHANNELS * count * size);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < count; i++) {
      this.#put(view, 2 * i * size, left[i] ?? 0);
      this.#put(view, (2 * i + 1) * size, right[i] ?? 0);
    }
    this.#append(bytes);
  }

  /** @returns {Blob} */
  finish() {
    if (this.#sink.size & 1) this.#append(new Uint8Array(1));
    return this.#sink.finish();
  }

  /** @param {DataView} view @param {number} at @param {number} value */
  #put(view, at, value) {
    if (this.#format === "wav32f") return view.setFloat32(at, value, true);
    if (this.#format === "wav16") return view.setInt16(at, rounded(value, 32768, this.#dither()), true);
    const whole = rounded(value, 8388608, 0);
    view.setInt16(at, whole & 0xffff, true);
    view.setInt8(at + 2, whole >> 16);
  }

  /**
   * Triangular noise of two steps (TPDF; Lipshitz, Wannamaker, Vanderkooy 1992) makes 16 bits' rounding a hiss that does
   * not follow the music. The same for the same file: an LCG (Numerical Recipes).
   */
  #dither() {
    const next = () => {
      this.#noise = (Math.imul(this.#noise, 1664525) + 1013904223) >>> 0;
      return this.#noise / 2 ** 32;
    };
    return next() - next();
  }

  /** @param {Uint8Array} bytes */
  #append(bytes) {
    this.#sink.write(bytes, this.#sink.size);
  }
}

/** @param {number} value @param {number} scale @param {number} dither in steps */
function rounded(value, scale, dither) {
  return Math.max(-scale, Math.min(scale - 1, Math.round(value * scale + dither)));
}
