/**
 * Telling, from a file's first bytes, that it is no audio at all. Pure; the readers decide what is audio.
 */

/** How many first bytes `describeNonAudio` likes to see. */
export const SNIFF_BYTES = 4096;

/** First bytes of what people drop by mistake, and what it is. @type {ReadonlyArray<[string, string]>} */
const SIGNATURES = [
  ["\x89PNG", "a PNG image"],
  ["\xff\xd8\xff", "a JPEG image"],
  ["GIF8", "a GIF image"],
  ["%PDF", "a PDF document"],
  ["PK\x03\x04", "a ZIP archive: unpack it and add the files in it"],
  ["Rar!", "a RAR archive: unpack it and add the files in it"],
  ["7z\xbc\xaf", "a 7z archive: unpack it and add the files in it"],
  ["\x1f\x8b", "a gzip archive: unpack it and add the files in it"],
  ["MThd", "a MIDI file, which holds notes and no sound"],
  ["SQLite format 3", "a database"],
];

/**
 * What these bytes are, when they are surely no audio ("a text file", "a PNG image", ...), else null.
 * @param {Uint8Array} head the file's first bytes, SNIFF_BYTES or the whole file
 * @returns {string|null}
 */
export function describeNonAudio(head) {
  const start = String.fromCharCode(...head.subarray(0, 16));
  const known = SIGNATURES.find(([signature]) => start.startsWith(signature));
  if (known) return known[1];
  if (head.length > 0 && head.every((byte) => byte === 0)) return "nothing but zero bytes, as an unfinished download leaves";
  if (isText(head)) return /^\s*<(!doctype html|html)/i.test(asText(head)) ? "a web page" : "a text file";
  return isWideText(head) || isOldText(head) ? "a text file" : null;
}

/** Whether all bytes are UTF-8 text without control characters. @param {Uint8Array} head */
function isText(head) {
  if (head.length === 0) return false;
  if (head.some((byte) => byte < 32 && !(byte >= 8 && byte <= 13) && byte !== 27)) return false;
  try {
    // The last character may be cut in two, so the decoder is told that more may come.
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** UTF-16 with its mark, without control characters. @param {Uint8Array} head */
function isWideText(head) {
  const label = head[0] === 0xff && head[1] === 0xfe ? "utf-16le" : head[0] === 0xfe && head[1] === 0xff ? "utf-16be" : null;
  if (label === null) return false;
  try {
    return !/[\x00-\x07\x0e-\x1f\ufffe\uffff]/.test(new TextDecoder(label, { fatal: true }).decode(head, { stream: true }));
  } catch {
    return false;
  }
}

/** One byte per letter, as before Unicode: no control characters, and ASCII for the good part. @param {Uint8Array} head */
function isOldText(head) {
  if (head.length < 32 || head.some((byte) => byte < 32 && !(byte >= 9 && byte <= 13))) return false;
  return head.filter((byte) => byte < 127).length > 0.4 * head.length;
}

/** @param {Uint8Array} head */
function asText(head) {
  return new TextDecoder().decode(head.subarray(0, 256));
}

/**
 * How many bytes a RIFF file lacks that its header promises; 0 for whole files and for anything else.
 * @param {Uint8Array} head the file's first bytes
 * @param {number} size     the file's length
 */
export function missingRiffBytes(head, size) {
  if (head.length < 12 || String.fromCharCode(...head.subarray(0, 4)) !== "RIFF") return 0;
  const promised = new DataView(head.buffer, head.byteOffset).getUint32(4, true);
  // Programs that write to a pipe leave 0 or the largest number.
  return promised === 0 || promised >= 0xfffffff0 ? 0 : Math.max(0, promised + 8 - size);
}

const CHUNK_BYTES = 1 << 20;

/** How many zero bytes stand before what a file begins with. @param {Blob} blob */
export async function leadingZeros(blob) {
  for (let start = 0, length = SNIFF_BYTES; start < blob.size; start += length, length = CHUNK_BYTES) {
    const bytes = new Uint8Array(await blob.slice(start, start + length).arrayBuffer());
    const first = bytes.findIndex((byte) => byte !== 0);
    // An MP4 begins with a length of four bytes, three of them zeros, before its "ftyp".
    if (first >= 0) return String.fromCharCode(...bytes.subarray(first + 1, first + 5)) === "ftyp" ? Math.max(0, start + first - 3) : start + first;
  }
  return blob.size;
}

/** A page's header, its table of lengths and the first packet's start, which names the codec. */
const PAGE_BYTES = 27 + 255 + 32;

/**
 * The seconds of music in an Ogg file that is several files one after another (a "chain"), of which the browser's
 * readers see the first alone; null for one file and for anything else. It reads the whole file.
 * @param {Blob} blob
 * @param {Uint8Array} head the file's first bytes
 * @returns {Promise<number|null>}
 */
export async function chainedOggSeconds(blob, head) {
  if (!isPage(head, 0)) return null;
  /** Frames and rate of each stream so far. @type {Array<{rate: number, frames: number, serial: number}>} */
  const streams = [];
  let begun = false;
  let links = 0;
  for (let start = 0; start < blob.size; start += CHUNK_BYTES) {
    const bytes = new Uint8Array(await blob.slice(start, start + CHUNK_BYTES + PAGE_BYTES).arrayBuffer());
    const view = new DataView(bytes.buffer);
    for (let at = bytes.indexOf(0x4f); at >= 0 && at < CHUNK_BYTES; at = bytes.indexOf(0x4f, at + 1)) {
      if (!isPage(bytes, at)) continue;
      const serial = view.getUint32(at + 14, true);
      const first = ((bytes[at + 5] ?? 0) & 2) !== 0;
      // The first pages of streams that sound together stand together.
      if (first && !begun) links += 1;
      begun = first;
      if (first) streams.push({ serial, frames: 0, rate: rateOf(bytes, at + 27 + (bytes[at + 26] ?? 0)) });
      const stream = streams.findLast((one) => one.serial === serial);
      const frames = Number(view.getBigInt64(at + 6, true));
      if (stream) stream.frames = Math.max(stream.frames, frames);
    }
  }
  return links < 2 ? null : streams.reduce((sum, { frames, rate }) => sum + (rate > 0 ? frames / rate : 0), 0);
}

/** Whether an Ogg page's header begins here (RFC 3533, section 6). @param {Uint8Array} bytes @param {number} at */
function isPage(bytes, at) {
  return bytes.length - at >= 27 && bytes[at] === 0x4f && bytes[at + 1] === 0x67 && bytes[at + 2] === 0x67
    && bytes[at + 3] === 0x53 && bytes[at + 4] === 0 && (bytes[at + 5] ?? 8) < 8;
}

/** What a stream's clock counts per second, by its first packet; 0 where that is unknown. @param {Uint8Array} bytes @param {number} at */
function rateOf(bytes, at) {
  const start = String.fromCharCode(...bytes.subarray(at, at + 8));
  if (start === "OpusHead") return 48000;
  if (!start.startsWith("\x01vorbis") || bytes.length < at + 16) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + 12, true);
}

/**
 * Where a WAV's header is wrong about the samples after it.
 * @typedef {object} WavFault
 * @property {number} sizeAt       where the header says how many bytes of audio there are
 * @property {number} named        how many it says
 * @property {number} there        how many there are up to the file's end; `named` where that is right
 * @property {boolean} oddFrames   a frame is not as long as its samples together
 */

/** Chunks before the audio; a real file has a handful. */
const MOST_CHUNKS = 64;

/** @param {Blob} blob @param {Uint8Array} head the file's first bytes @returns {Promise<WavFault|null>} null: none, or no WAV */
export async function wavFault(blob, head) {
  const name = (/** @type {DataView} */ view, /** @type {number} */ at) => String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
  const start = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 12 || name(start, 0) !== "RIFF" || name(start, 8) !== "WAVE") return null;
  let oddFrames = false;
  for (let at = 12, count = 0; at + 8 <= blob.size && count < MOST_CHUNKS; count++) {
    const view = new DataView(await blob.slice(at, at + 24).arrayBuffer());
    const size = view.getUint32(4, true);
    if (name(view, 0) === "fmt " && view.byteLength >= 24) {
      const [tag, channels, align, bits] = [8, 10, 20, 22].map((offset) => view.getUint16(offset, true));
      oddFrames = [1, 3, 0xfffe].includes(tag ?? 0) && align !== ((channels ?? 0) * (bits ?? 0)) / 8;
    }
    if (name(view, 0) === "data") {
      const there = blob.size - at - 8;
      const hidden = there - size > size && there < 2 ** 32 - 1 && !(await isChunk(blob, at + 8 + size + (size % 2)));
      return hidden || oddFrames ? { sizeAt: at + 4, named: size, there: hidden ? there : size, oddFrames } : null;
    }
    at += 8 + size + (size % 2);
  }
  return null;
}

/** Whether a chunk's name stands there, or the file ends. @param {Blob} blob @param {number} at */
async function isChunk(blob, at) {
  const bytes = new Uint8Array(await blob.slice(at, at + 4).arrayBuffer());
  return bytes.every((byte) => byte >= 32 && byte < 127);
}
