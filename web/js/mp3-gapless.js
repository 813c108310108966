/**
 * Where an MP3's music begins and ends. An encoder puts silence before and after it and notes how much in the first
 * frame (the "LAME tag" of a Xing or Info frame). FFmpeg, and so Keylight's command line, cuts it off; mediabunny 1.61
 * does not (https://github.com/Vanilagy/mediabunny/issues/463), which would shift every beat by about 25 ms.
 */

/**
 * @typedef {object} Gapless
 * @property {number} skipFrames        samples per channel before the music
 * @property {number|null} totalFrames  samples per channel of music, null when the file does not say
 */

/** Delay of every MP3 decoder: 528 samples of filter bank and one of overlap (LAME tag specification). */
const DECODER_DELAY = 529;

/** Encoders whose delay field means the same as LAME's; FFmpeg trusts the same three. */
const TRUSTED = new Set(["LAME", "Lavf", "Lavc"]);

/** Bytes of the first frame that hold everything read here. */
const FRAME_BYTES = 256;

/**
 * Read the gapless fields of a whole MP3 file. Null where there are none.
 * @param {Blob} blob
 * @returns {Promise<Gapless|null>}
 */
export async function findGapless(blob) {
  let start = 0;
  for (;;) {
    const head = await bytesAt(blob, start, 10);
    const size = id3Size(head);
    if (size === 0) break;
    start += size;
  }
  // Some taggers pad between tag and music.
  const bytes = await bytesAt(blob, start, 4096);
  const sync = bytes.findIndex((byte, index) => byte === 0xff && ((bytes[index + 1] ?? 0) & 0xe0) === 0xe0);
  return sync < 0 ? null : readGapless(bytes.subarray(sync, sync + FRAME_BYTES));
}

/**
 * Read the gapless fields of an MP3's first frame. Null where there are none.
 * @param {Uint8Array} frame from its sync word on, at least FRAME_BYTES long
 * @returns {Gapless|null}
 */
export function readGapless(frame) {
  if (frame.length < FRAME_BYTES) return null;
  const [, versionByte = 0, , modeByte = 0] = frame;
  const layer3 = ((versionByte >> 1) & 3) === 1;
  if (!layer3) return null;
  const mpeg1 = ((versionByte >> 3) & 3) === 3;
  const mono = modeByte >> 6 === 3;
  // Header, then the side information that a decoder would expect, then the tag.
  const tag = 4 + (mpeg1 ? (mono ? 17 : 32) : mono ? 9 : 17);
  const name = ascii(frame, tag, 4);
  if (name !== "Xing" && name !== "Info") return null;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const flags = view.getUint32(tag + 4);
  const frames = flags & 1 ? view.getUint32(tag + 8) : null;
  // Optional fields in order: frames, bytes, table of contents, quality.
  const encoder = tag + 8 + (flags & 1 ? 4 : 0) + (flags & 2 ? 4 : 0) + (flags & 4 ? 100 : 0) + (flags & 8 ? 4 : 0);
  if (encoder + 24 > frame.length || !TRUSTED.has(ascii(frame, encoder, 4))) return null;
  // 21 bytes after the encoder's name begins: 12 bits of delay, 12 bits of padding.
  const field = (view.getUint16(encoder + 21) << 8) | view.getUint8(encoder + 23);
  const delay = field >> 12;
  const padding = field & 0xfff;
  const samplesPerFrame = mpeg1 ? 1152 : 576;
  const totalFrames = frames === null ? null : frames * samplesPerFrame - delay - padding;
  return { skipFrames: delay + DECODER_DELAY, totalFrames: totalFrames !== null && totalFrames > 0 ? totalFrames : null };
}

/** Length of an ID3v2 tag with its header, 0 where there is none. @param {Uint8Array} head its first 10 bytes */
export function id3Size(head) {
  if (head.length < 10 || ascii(head, 0, 3) !== "ID3") return 0;
  const [, , , , , flags = 0, a = 0, b = 0, c = 0, d = 0] = head;
  const footer = flags & 0x10 ? 10 : 0;
  return 10 + footer + (((a & 127) << 21) | ((b & 127) << 14) | ((c & 127) << 7) | (d & 127));
}

/** @param {Blob} blob @param {number} start @param {number} length */
async function bytesAt(blob, start, length) {
  return new Uint8Array(await blob.slice(start, start + length).arrayBuffer());
}

/** @param {Uint8Array} bytes @param {number} start @param {number} length */
function ascii(bytes, start, length) {
  return String.fromCharCode(...bytes.subarray(start, start + length));
}
