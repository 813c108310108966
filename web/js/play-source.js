/**
 * What the player plays: chunks of planar audio from any second of a file, on the same clock as the analysis.
 * @import {Media, Mediabunny, Piece} from "./media.js"
 */

import { messageOf } from "./media-errors.js";
import { copyChannel, loadMediabunny, openMedia, pieces } from "./media.js";

/**
 * @typedef {object} PlayChunk
 * @property {number} seconds                        where it begins
 * @property {Float32Array<ArrayBuffer>[]} planes    one per channel, equally long
 */

/**
 * @typedef {object} PlaySource
 * @property {number} sampleRate
 * @property {number} durationSeconds
 * @property {(fromSeconds: number) => AsyncGenerator<PlayChunk, void>} read
 * @property {() => void} close
 */

/** Long enough to keep the number of audio nodes small, short enough to start and seek at once. */
const CHUNK_SECONDS = 0.25;

/**
 * Open a file for playback: streaming, or decoded whole where this browser cannot stream it.
 * @param {Blob} blob
 * @returns {Promise<PlaySource>}
 */
export async function openPlaySource(blob) {
  try {
    return await openStream(blob);
  } catch (error) {
    try {
      return await openWhole(blob);
    } catch {
      throw error;
    }
  }
}

/** @param {Blob} blob @returns {Promise<PlaySource>} */
async function openStream(blob) {
  const lib = await loadMediabunny();
  const media = await openMedia(lib, blob);
  try {
    const first = await firstSample(lib, media);
    const durationSeconds = media.durationSeconds ?? (await media.track.computeDuration()) - media.startSeconds;
    return {
      sampleRate: first.sampleRate,
      durationSeconds,
      read: (fromSeconds) => readChunks(lib, media, first, fromSeconds),
      close: () => media.input.dispose(),
    };
  } catch (error) {
    media.input.dispose();
    throw error;
  }
}

/** The decoded audio's own rate and channels: some containers state others. @param {Mediabunny} lib @param {Media} media */
async function firstSample(lib, media) {
  for await (const { sample } of pieces(lib, media)) {
    const { sampleRate, numberOfChannels } = sample;
    sample.close();
    return { sampleRate, channels: numberOfChannels };
  }
  throw new Error("It holds no sound.");
}

/**
 * @param {Mediabunny} lib
 * @param {Media} media
 * @param {{sampleRate: number, channels: number}} shape
 * @param {number} fromSeconds
 * @returns {AsyncGenerator<PlayChunk, void>}
 */
async function* readChunks(lib, media, shape, fromSeconds) {
  /** @type {Piece[]} */
  const held = [];
  /** What is held as one chunk; nothing is held after it. */
  const join = () => joined(held, shape.channels);
  const enough = shape.sampleRate * CHUNK_SECONDS;
  try {
    for await (const piece of pieces(lib, media, fromSeconds)) {
      const last = held.at(-1);
      const end = last ? last.seconds + last.frames / shape.sampleRate : piece.seconds;
      // A hole in the file's clock: what comes after it is a chunk of its own.
      const chunk = last && (framesOf(held) >= enough || Math.abs(piece.seconds - end) > 1.5 / shape.sampleRate) ? join() : null;
      // Held before the chunk is handed out: the reader may never come back from there.
      held.push(piece);
      if (chunk) yield chunk;
    }
    if (held.length > 0) yield join();
  } finally {
    for (const { sample } of held) sample.close();
  }
}

/** @param {Piece[]} held */
function framesOf(held) {
  return held.reduce((sum, { frames }) => sum + frames, 0);
}

/** Empties `held` and closes its samples. @param {Piece[]} held @param {number} channels @returns {PlayChunk} */
function joined(held, channels) {
  const frames = framesOf(held);
  const seconds = held[0]?.seconds ?? 0;
  const planes = Array.from({ length: channels }, () => new Float32Array(frames));
  for (let done = 0, piece = held[0]; piece; piece = held[0]) {
    const from = done;
    done += piece.frames;
    for (const [channel, plane] of planes.entries()) copyChannel(piece, channel, plane.subarray(from, done));
    piece.sample.close();
    held.shift();
  }
  return { seconds, planes };
}

/** @param {Blob} blob @returns {Promise<PlaySource>} */
async function openWhole(blob) {
  const context = new OfflineAudioContext(1, 1, 48000);
  const buffer = await context.decodeAudioData(await blob.arrayBuffer()).catch((error) => {
    throw new Error(`This browser cannot play it (${messageOf(error)}).`);
  });
  const { sampleRate, numberOfChannels, length, duration } = buffer;
  const size = Math.round(sampleRate * CHUNK_SECONDS);
  return {
    sampleRate,
    durationSeconds: duration,
    async *read(fromSeconds) {
      for (let start = Math.round(fromSeconds * sampleRate); start < length; start += size) {
        const planes = Array.from({ length: numberOfChannels }, (_, channel) => {
          return buffer.getChannelData(channel).slice(start, start + size);
        });
        yield { seconds: start / sampleRate, planes };
      }
    },
    close() {},
  };
}
