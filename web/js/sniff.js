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
  return null;
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
