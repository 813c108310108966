/**
 * Opening audio files with mediabunny, the same way for analysis (in the decoding worker) and for playback (on the
 * page), so that a second of the one is a second of the other: time 0 is the first sample of music, after what the
 * encoder put before it.
 * @import {AudioSample, Input, InputAudioTrack} from "mediabunny"
 */

import { ASSETS } from "./assets.js";
import { nameFormat } from "./format-names.js";
import { UnreadableError, UnusableError, messageOf } from "./media-errors.js";
import { findGapless } from "./mp3-gapless.js";

/** @typedef {typeof import("mediabunny")} Mediabunny */

/**
 * @typedef {object} Media
 * @property {Input} input                   dispose it when done
 * @property {InputAudioTrack} track
 * @property {string} format                 for people
 * @property {number} startSeconds           mediabunny's timestamp of our second 0
 * @property {number} wholeSeconds           up to here a seek decodes from the very start
 * @property {number} preciseSeconds         seconds to begin early so that a decoder's memory is right at a seek
 * @property {number|null} endSeconds        where the music ends, when the file says so exactly
 * @property {number|null} durationSeconds   of the music; may be an estimate
 */

/** @type {Promise<Mediabunny>|null} */
let library = null;

/** @returns {Promise<Mediabunny>} */
export function loadMediabunny() {
  library ??= import(ASSETS.mediabunny).catch((error) => {
    library = null;
    throw error;
  });
  return /** @type {Promise<Mediabunny>} */ (library);
}

/** AAC, MP3 and Opus need what came just before; 0.15 s covers the longest (Opus: 80 ms, RFC 7845 section 4.6). */
const PREROLL_SECONDS = 0.15;

/**
 * On an Ogg's first page mediabunny dates Vorbis packets one packet late, after it rightly: up to where that page may
 * reach (64 KB) a seek starts at 0, where it does not matter.
 */
const VORBIS_START_SECONDS = 10;

/**
 * Open a file's main audio track.
 * @param {Mediabunny} lib
 * @param {Blob} blob
 * @returns {Promise<Media>}
 */
export async function openMedia(lib, blob) {
  const input = new lib.Input({ source: new lib.BlobSource(blob), formats: localFormats(lib) });
  try {
    return await describe(lib, input, blob);
  } catch (error) {
    input.dispose();
    if (error instanceof UnreadableError || error instanceof UnusableError || isGone(error)) throw error;
    throw new UnreadableError(messageOf(error), error);
  }
}

/** The file was moved or changed since it was dropped. @param {unknown} error */
function isGone(error) {
  return error instanceof DOMException && /^(NotReadable|NotFound)Error$/.test(error.name);
}

/** Every format but playlists: an .m3u8 would make the page ask other servers. @param {Mediabunny} lib */
function localFormats(lib) {
  const playlists = new Set([/** @type {any} */ (lib).HLS]);
  return lib.ALL_FORMATS.filter((format) => !playlists.has(format));
}

/**
 * Chromium 156's own Vorbis decoder alters the last of 6 channels: an offset, or silence (tests/browser/test_decode.py).
 * @param {Mediabunny} lib @param {Input} input @param {Blob} blob @returns {Promise<Media>} */
async function describe(lib, input, blob) {
  const container = await input.getFormat();
  const track = await input.getPrimaryAudioTrack();
  if (!track) {
    if ((await input.getVideoTracks()).length > 0) throw new UnusableError("% has no audio track, only pictures.");
    throw new UnreadableError("It has no audio track.");
  }
  const codec = await track.getCodec();
  if (codec === null || !(await track.canDecode())) throw new UnreadableError(`This browser cannot decode ${codec ?? "it"}.`);
  if (codec === "vorbis" && (await track.getNumberOfChannels()) > 2) throw new UnreadableError("This browser garbles Vorbis in surround.");
  const sampleRate = await track.getSampleRate();
  const gapless = container === lib.MP3 ? await findGapless(blob) : null;
  const startSeconds = gapless ? gapless.skipFrames / sampleRate : Math.max(0, await track.getFirstTimestamp());
  const endSeconds = container === lib.OGG ? await track.computeDuration() : endOf(gapless, startSeconds, sampleRate);
  const until = endSeconds ?? (await track.getDurationFromMetadata());
  return {
    input, track, format: nameFormat(container.name, codec), startSeconds, endSeconds,
    wholeSeconds: codec === "vorbis" ? VORBIS_START_SECONDS : 0,
    preciseSeconds: codec.startsWith("pcm") || codec === "flac" ? 0 : PREROLL_SECONDS,
    durationSeconds: until === null ? null : Math.max(0, until - startSeconds),
  };
}

/**
 * The end of an MP3's music. (An Ogg's end is the time stamp of its last page; MP4's padding is kept, as PyAV keeps it.)
 * @param {import("./mp3-gapless.js").Gapless|null} gapless
 * @param {number} startSeconds
 * @param {number} sampleRate
 */
function endOf(gapless, startSeconds, sampleRate) {
  const frames = gapless?.totalFrames ?? null;
  return frames === null ? null : startSeconds + frames / sampleRate;
}

/**
 * One piece of decoded audio, cut to the music.
 * @typedef {object} Piece
 * @property {AudioSample} sample   close it
 * @property {number} seconds       where the piece begins, in our time
 * @property {number} skip          frames of the sample before the piece
 * @property {number} frames        frames of the piece; at least 1
 */

/**
 * Decoded audio from `fromSeconds` (our time) on, in order, cut to the music at both ends.
 * @param {Mediabunny} lib
 * @param {Media} media
 * @param {number} [fromSeconds]
 * @returns {AsyncGenerator<Piece, void>}
 */
export async function* pieces(lib, media, fromSeconds = 0) {
  const from = media.startSeconds + fromSeconds;
  const early = fromSeconds > media.wholeSeconds ? Math.max(0, from - media.preciseSeconds) : undefined;
  const shift = early === undefined ? 0 : await seekShift(lib, media.track, early);
  const sink = new lib.AudioSampleSink(media.track);
  for await (const sample of sink.samples(early)) {
    const { sampleRate, numberOfFrames } = sample;
    const timestamp = sample.timestamp + shift;
    const { skip, frames } = cut({ timestamp, sampleRate, numberOfFrames }, from, media.endSeconds);
    if (frames > 0) yield { sample, seconds: timestamp + skip / sampleRate - media.startSeconds, skip, frames };
    else sample.close();
    if (media.endSeconds !== null && timestamp >= media.endSeconds) return;
  }
}

/**
 * By how much mediabunny 1.61 dates the audio after a seek too early, in seconds. It takes the first output for the
 * first packet's, but a Vorbis decoder gives nothing for its first packet (Vorbis I, section 1.3.2), and Chromium's
 * Opus decoder drops the pre-skip of Ogg's header (RFC 7845, section 4.2) wherever it starts. Measured: 1024 and
 * 312 samples, tests/browser/test_decode.py.
 * @param {Mediabunny} lib
 * @param {InputAudioTrack} track
 * @param {number} seconds
 */
async function seekShift(lib, track, seconds) {
  const codec = await track.getCodec();
  if (codec !== "vorbis" && codec !== "opus") return 0;
  const packet = await new lib.EncodedPacketSink(track).getKeyPacket(seconds);
  if (!packet || packet.timestamp <= (await track.getFirstTimestamp())) return 0;
  if (codec === "vorbis") return packet.duration;
  const header = (await track.getDecoderConfig())?.description;
  const inOgg = (await track.input.getFormat()) === lib.OGG;
  return header && inOgg ? opusPreSkip(header) / 48000 : 0;
}

/** Samples at 48 kHz: bytes 10 and 11 of "OpusHead". @param {AllowSharedBufferSource} header */
function opusPreSkip(header) {
  const view = ArrayBuffer.isView(header) ? new DataView(header.buffer, header.byteOffset, header.byteLength) : new DataView(header);
  return view.byteLength >= 12 ? view.getUint16(10, true) : 0;
}

/**
 * Which frames of a sample lie between two times.
 * @param {{timestamp: number, sampleRate: number, numberOfFrames: number}} sample
 * @param {number} fromSeconds
 * @param {number|null} endSeconds
 * @returns {{skip: number, frames: number}}
 */
export function cut({ timestamp, sampleRate, numberOfFrames }, fromSeconds, endSeconds) {
  const skip = Math.max(0, Math.round((fromSeconds - timestamp) * sampleRate));
  const end = endSeconds === null ? numberOfFrames : Math.round((endSeconds - timestamp) * sampleRate);
  return { skip, frames: Math.max(0, Math.min(numberOfFrames, end) - skip) };
}

/**
 * Copy a piece's channel into planar float32.
 * @param {Piece} piece
 * @param {number} channel
 * @param {Float32Array<ArrayBuffer>} target at least `piece.frames` long
 */
export function copyChannel(piece, channel, target) {
  const planeIndex = Math.min(channel, piece.sample.numberOfChannels - 1);
  piece.sample.copyTo(target, { planeIndex, format: "f32-planar", frameOffset: piece.skip, frameCount: piece.frames });
}
