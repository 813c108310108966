/**
 * The decoding worker: `open` a file, ask for the `next` block until there is none, `close`. `convert` makes a WAV of
 * what `open` called unreadable. The envelope is that of worker-client.js.
 * @import {Media, Piece} from "./media.js"
 */

import { convertToWav } from "./ffmpeg-fallback.js";
import { LostSessionError, UnreadableError, messageOf } from "./media-errors.js";
import { readTags } from "./media-tags.js";
import { copyChannel, loadMediabunny, openMedia, pieces } from "./media.js";

/**
 * One file being read.
 * @typedef {object} Session
 * @property {Media} media
 * @property {AsyncGenerator<Piece, void>} source
 * @property {Piece|null} pending     decoded, belongs to the next block
 * @property {number} sampleRate
 * @property {number} channels
 * @property {number} frames          handed out so far
 * @property {number} bytes           the whole file's
 */

/** Blocks of about two seconds: 0.7 MB of 44.1 kHz stereo. */
const BLOCK_SECONDS = 2;
/** A hole in the file's own clock longer than this is filled with silence, so that times stay true. */
const HOLE_SECONDS = 0.02;
/** A longer hole is a mistake in the file's clock. */
const LONGEST_HOLE_SECONDS = 60;

/** A file that ends this much before its own end, though this share of its bytes is left, is damaged there. */
const SHORT_SECONDS = 1;
const LEFT_SHARE = 0.05;

/** What the analysis takes, and what blocks may be made for. */
const LEAST_RATE = 1000;
const MOST_RATE = 768_000;
const MOST_CHANNELS = 32;

/** Null while a session is being opened. @type {Map<number, Session|null>} */
const sessions = new Map();

addEventListener("message", async (event) => {
  const { id, request, cancel } = event.data;
  if (cancel) return;
  try {
    const { value, arrays = [] } = await handle(request, (stage, fraction) => postMessage({ id, progress: { stage, fraction } }));
    postMessage({ id, ok: true, value, arrays }, { transfer: arrays.map((array) => array.buffer) });
  } catch (error) {
    const { name, stack } = error instanceof Error ? error : { name: "Error", stack: null };
    postMessage({ id, ok: false, error: { type: name, message: messageOf(error), traceback: stack ?? null } });
  }
});

/**
 * @param {any} request
 * @param {(stage: string, fraction: number|null) => void} tell
 * @returns {Promise<{value: any, arrays?: Float32Array<ArrayBuffer>[]}>}
 */
async function handle(request, tell) {
  switch (request.type) {
    case "open":
      return { value: await open(request.session, request.blob) };
    case "next":
      return next(request.session);
    case "close":
      return { value: close(request.session) };
    case "convert":
      return { value: await convertToWav(request.file, tell) };
    default:
      throw new Error(`The decoding worker does not know the request "${request.type}".`);
  }
}

/**
 * Begin a file. Its rate and channels are those of the first decoded sample: some containers state others (HE-AAC).
 * @param {number} number
 * @param {Blob} blob
 */
async function open(number, blob) {
  sessions.set(number, null);
  /** @type {Media|null} */
  let media = null;
  /** @type {Session["source"]|null} */
  let source = null;
  /** @type {Piece|null} */
  let pending = null;
  try {
    const lib = await loadMediabunny();
    media = await openMedia(lib, blob);
    // Before a decoder makes room for what a header says.
    checkSound(await media.track.getSampleRate(), await media.track.getNumberOfChannels());
    source = pieces(lib, media);
    pending = (await source.next()).value ?? null;
    const sampleRate = pending?.sample.sampleRate ?? (await media.track.getSampleRate());
    const channels = pending?.sample.numberOfChannels ?? (await media.track.getNumberOfChannels());
    checkSound(sampleRate, channels);
    const tags = await readTags(media.input);
    if (!sessions.has(number)) throw new Error(`Session ${number} was closed.`);
    sessions.set(number, { media, source, pending, sampleRate, channels, frames: 0, bytes: blob.size });
    return { sampleRate, channels, durationSeconds: media.durationSeconds, format: media.format, tags };
  } catch (error) {
    sessions.delete(number);
    letGo({ source, pending, media });
    // A decoder that gives up at the very start is one that cannot read the file.
    if (error instanceof Error && error.name === "EncodingError") throw new UnreadableError(error.message, error);
    throw error;
  }
}

/** @param {number} sampleRate @param {number} channels */
function checkSound(sampleRate, channels) {
  if (!(sampleRate >= LEAST_RATE && sampleRate <= MOST_RATE)) {
    const [least, most, got] = [LEAST_RATE, MOST_RATE, sampleRate].map((rate) => rate.toLocaleString("en"));
    throw new RangeError(`Expected a sample rate of ${least} to ${most} Hz, got ${got} Hz.`);
  }
  if (!(channels >= 1 && channels <= MOST_CHANNELS)) throw new RangeError(`Expected 1 to ${MOST_CHANNELS} channels, got ${channels}.`);
}

/** Unknown sessions are no error: opening may have failed. @param {number} number */
function close(number) {
  const session = sessions.get(number);
  sessions.delete(number);
  if (session) letGo(session);
  return null;
}

/**
 * The piece in hand, the samples that the source decoded ahead, and the file.
 * @param {{source: Session["source"]|null, pending: Piece|null, media: Media|null}} held
 */
function letGo({ source, pending, media }) {
  pending?.sample.close();
  source?.return().catch(() => {});
  media?.input.dispose();
}

/**
 * The next block: `frames` 0 and no arrays at the end. `broken` says why the file cannot be read past this block;
 * `damaged`: the browser's decoder took the damage for the end.
 * @param {number} number
 * @returns {Promise<{value: {frames: number, broken: string|null, damaged: boolean}, arrays: Float32Array<ArrayBuffer>[]}>}
 */
async function next(number) {
  const session = sessions.get(number);
  if (!session) throw new LostSessionError(`Session ${number} is not open.`);
  const capacity = Math.round(session.sampleRate * BLOCK_SECONDS);
  const planes = Array.from({ length: session.channels }, () => new Float32Array(capacity));
  let frames = 0;
  /** @type {string|null} */
  let broken = null;
  let damaged = false;
  try {
    while (frames < capacity) {
      session.pending ??= (await session.source.next()).value ?? null;
      if (sessions.get(number) !== session) {
        // Closed meanwhile: what came is nobody's any more.
        letGo(session);
        throw new Error(`Session ${number} was closed.`);
      }
      if (!session.pending) break;
      frames += take(session, session.pending, planes.map((plane) => plane.subarray(frames)));
    }
    damaged = frames < capacity && (await endsInTheMiddle(session));
    if (damaged) broken = "what follows is damaged";
  } catch (error) {
    broken = messageOf(error);
  }
  const arrays = frames === 0 ? [] : planes.map((plane) => (frames < capacity ? plane.slice(0, frames) : plane));
  return { value: { frames, broken, damaged }, arrays };
}

/**
 * Whether an end came too soon, and not because the file is cut off there.
 * @param {Session} session
 */
async function endsInTheMiddle({ media, frames, sampleRate, bytes }) {
  if ((media.durationSeconds ?? 0) - frames / sampleRate < SHORT_SECONDS || media.format === "WAV") return false;
  const lib = await loadMediabunny();
  let read = 0;
  for await (const packet of new lib.EncodedPacketSink(media.track).packets()) read += packet.byteLength;
  return bytes - read > bytes * LEFT_SHARE;
}

/**
 * Move as much of a piece, and of the silence due before it, as there is room for.
 * @param {Session} session
 * @param {Piece} piece                          the pending one
 * @param {Float32Array<ArrayBuffer>[]} planes   zeros, one per channel
 * @returns {number} frames filled
 */
function take(session, piece, planes) {
  if (piece.sample.sampleRate !== session.sampleRate)
    throw new Error(`the sample rate changes from ${session.sampleRate} to ${piece.sample.sampleRate} Hz`);
  const room = planes[0]?.length ?? 0;
  const silence = Math.min(room, holeFrames(piece.seconds, session));
  const frames = Math.min(piece.frames, room - silence);
  const part = { ...piece, frames };
  if (frames > 0) planes.forEach((plane, channel) => copyChannel(part, channel, plane.subarray(silence, silence + frames)));
  session.frames += silence + frames;
  if (frames === piece.frames) piece.sample.close();
  session.pending = frames === piece.frames ? null : {
    sample: piece.sample, skip: piece.skip + frames, frames: piece.frames - frames,
    seconds: piece.seconds + frames / session.sampleRate,
  };
  return silence + frames;
}

/** Silence due before a piece, in frames. @param {number} seconds @param {Session} session */
function holeFrames(seconds, { frames, sampleRate }) {
  const hole = seconds - frames / sampleRate;
  return hole > HOLE_SECONDS && hole < LONGEST_HOLE_SECONDS ? Math.round(hole * sampleRate) : 0;
}
