/**
 * Any audio file to blocks of planar float32 at the file's own rate, streaming: an hour of music never lies in memory
 * whole. The browser's own decoders come first (mediabunny over WebCodecs), FFmpeg in WebAssembly for the rest.
 * @import {AudioInfo} from "./types.js"
 * @import {WorkerLike} from "./worker-client.js"
 */

import { ConsumerError, DecodeError, explain } from "./decode-error.js";
import { SNIFF_BYTES, chainedOggSeconds, describeNonAudio, leadingZeros, missingRiffBytes, wavFault } from "./sniff.js";
import { WorkerClient, WorkerDeath, WorkerError } from "./worker-client.js";

export { DecodeError };

/**
 * @typedef {object} DecodeOptions
 * @property {AbortSignal} [signal]                              stops at once
 * @property {(info: AudioInfo) => void} [onInfo]                before the first block
 * @property {(stage: string, fraction: number|null) => void} [onStage]
 * @property {(planes: Float32Array<ArrayBuffer>[]) => Promise<unknown>|unknown} onBlock  one array per channel, about
 *   two seconds; the next but one block is decoded when this is done
 */

/**
 * @typedef {object} Decoded
 * @property {AudioInfo} info
 * @property {number} seconds       of audio handed out
 * @property {Blob} playable        the file, or the WAV it was converted to
 * @property {string[]} warnings    sentences: damaged parts, an early end
 */

/** @typedef {{decode: (file: File, options: DecodeOptions) => Promise<Decoded>, dispose: () => void}} Decoder */

/** A file may be this much shorter than it says before a person is told. */
const SHORT_SECONDS = 1;
const SHORT_SHARE = 0.02;

/** A reader that has not answered an aborted request after this time hangs. */
const ABORT_MILLISECONDS = 5000;

/** FFmpeg's module and memory are let go after this time without use. */
const IDLE_MILLISECONDS = 60_000;

/**
 * @param {{spawn: () => WorkerLike}} options how to start decode-worker.js
 * @returns {Decoder}
 */
export function createDecoder({ spawn }) {
  const reader = new WorkerClient({ spawn, name: "decoder", abortMilliseconds: ABORT_MILLISECONDS });
  const converter = new Converter(spawn);
  let lastSession = 0;
  return {
    async decode(file, options) {
      try {
        return await new Decoding(file, options, reader, converter, () => ++lastSession).run();
      } catch (error) {
        throw explain(error, file, options.signal);
      }
    },
    dispose() {
      reader.terminate();
      converter.terminate();
    },
  };
}

/** FFmpeg in a worker of its own: it computes without pause, so only its end stops it. One file at a time. */
class Converter {
  #client;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #idle;

  /** @param {() => WorkerLike} spawn */
  constructor(spawn) {
    this.#client = new WorkerClient({ spawn, name: "fallback decoder" });
  }

  /**
   * @param {File} file
   * @param {DecodeOptions} options
   * @returns {Promise<{wav: Blob, format: string, warnings: string[]}>}
   */
  convert(file, options) {
    const turn = this.#last.then(() => this.#convert(file, options));
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** @param {File} file @param {DecodeOptions} options */
  async #convert(file, { signal, onStage }) {
    clearTimeout(this.#idle);
    signal?.throwIfAborted();
    const stop = () => this.#client.terminate();
    signal?.addEventListener("abort", stop);
    try {
      const { value } = await this.#client.request({ type: "convert", file }, [], {
        onProgress: ({ stage, fraction }) => onStage?.(stage, fraction),
      });
      return value;
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#idle = setTimeout(stop, IDLE_MILLISECONDS);
    }
  }

  terminate() {
    clearTimeout(this.#idle);
    this.#client.terminate();
  }
}

/** One file on its way. */
class Decoding {
  /** @type {AudioInfo|null} */
  #info = null;
  #frames = 0;
  /** The browser's decoder took some damage for the file's end. */
  #damaged = false;
  /** @type {Blob} */
  #playable;
  /** @type {string[]} */
  #warnings = [];

  /**
   * @param {File} file
   * @param {DecodeOptions} options
   * @param {WorkerClient} reader
   * @param {Converter} converter
   * @param {() => number} newSession
   */
  constructor(file, options, reader, converter, newSession) {
    this.file = file;
    this.options = options;
    this.reader = reader;
    this.converter = converter;
    this.newSession = newSession;
    this.#playable = file;
  }

  /** @returns {Promise<Decoded>} */
  async run() {
    this.options.signal?.throwIfAborted();
    await this.#skipZeros();
    const head = await readHead(this.file);
    this.options.onStage?.("Decoding", 0);
    const fault = await wavFault(this.file, head);
    if (fault && fault.there > fault.named) this.#correctSize(fault);
    const chainSeconds = await chainedOggSeconds(this.file, head);
    const broken = chainSeconds !== null ? "It is several files in one." : fault?.oddFrames ? "Its frames have an odd length." : await this.#readFirst();
    if (broken !== null) await this.#readRest(broken);
    const info = this.#info;
    if (!info || this.#frames === 0) throw new DecodeError(`${this.file.name} holds no sound: it has a header and no samples.`);
    const seconds = this.#frames / info.sampleRate;
    if (chainSeconds === null) this.#noteEarlyEnd(info, seconds, missingRiffBytes(head, this.file.size));
    else this.#noteChain(seconds, chainSeconds);
    return { info, seconds, playable: this.#playable, warnings: this.#warnings };
  }

  /** Zeros before the music, as a broken copy leaves, belong to no format: readers look for their first bytes at 0. */
  async #skipZeros() {
    const zeros = await leadingZeros(this.file);
    if (zeros < SNIFF_BYTES || zeros === this.file.size) return;
    this.#playable = this.file = new File([this.file.slice(zeros)], this.file.name, { type: this.file.type });
  }

  /** Read on to the file's end. A size of 0 is that of a recording nobody finished. @param {import("./sniff.js").WavFault} fault */
  #correctSize({ sizeAt, named, there }) {
    const { file } = this;
    const parts = [file.slice(0, sizeAt), Uint32Array.of(there), file.slice(sizeAt + 4)];
    this.#playable = this.file = new File(parts, file.name, { type: file.type });
    if (named > 0) this.#warnings.push(`The header names only ${named.toLocaleString("en")} of ${there.toLocaleString("en")} bytes of audio; all were read.`);
  }

  /** Read with the browser's decoders. @returns {Promise<string|null>} why FFmpeg must take over */
  async #readFirst() {
    try {
      const broken = await this.#stream(this.file, null);
      return broken ?? (this.#frames === 0 && this.#info?.format !== "WAV" ? "It has no samples." : null);
    } catch (error) {
      if (error instanceof WorkerError && error.type === "UnreadableError") return error.message;
      throw error;
    }
  }

  /** Read what is missing with FFmpeg. @param {string} broken */
  async #readRest(broken) {
    const done = this.#frames;
    try {
      const { wav, format, warnings } = await this.converter.convert(this.file, this.options);
      this.#playable = wav;
      this.#warnings.push(...warnings);
      await this.#stream(wav, format);
    } catch (error) {
      if (done === 0 || this.options.signal?.aborted || !(error instanceof WorkerError)) throw error;
      this.#damaged = false;
    }
    if (this.#damaged) this.#noteDamage(done);
    else if (done > 0 && this.#frames === done)
      this.#warnings.push(`Only the first ${shortTime(done / (this.#info?.sampleRate ?? 1))} could be decoded (${broken}).`);
  }

  /**
   * Hand out a blob's blocks, without the frames that were handed out already.
   * @param {Blob} blob
   * @param {string|null} format what to call it, where the blob's own format is not the file's
   * @returns {Promise<string|null>} why it could not be read to its end
   */
  async #stream(blob, format) {
    const { signal, onStage } = this.options;
    const session = this.newSession();
    const ask = (/** @type {object} */ request) => this.reader.request({ session, ...request }, [], { signal }).catch(blameWorker);
    try {
      this.#setInfo((await ask({ type: "open", blob })).value, format);
      let seen = 0;
      for (let upcoming = ask({ type: "next" }); ; ) {
        const { value, arrays } = await upcoming;
        if (value.frames === 0 || value.broken !== null) {
          await this.#give(arrays, seen);
          if (blob === this.file) this.#damaged = value.damaged === true;
          return value.broken;
        }
        upcoming = ask({ type: "next" });
        // Should `onBlock` fail, nobody awaits the block that is on its way.
        upcoming.catch(() => {});
        seen = await this.#give(arrays, seen);
        signal?.throwIfAborted();
        onStage?.("Decoding", this.#fraction());
      }
    } finally {
      if (this.reader.running) this.reader.request({ type: "close", session }).catch(() => {});
    }
  }

  /** @param {Float32Array<ArrayBuffer>[]} planes @param {number} seen frames of this blob before @returns {Promise<number>} */
  async #give(planes, seen) {
    const frames = planes[0]?.length ?? 0;
    const old = Math.min(frames, Math.max(0, this.#frames - seen));
    if (frames > old) {
      this.#frames += frames - old;
      const block = old > 0 ? planes.map((plane) => plane.slice(old)) : planes;
      await Promise.resolve(asConsumer(() => this.options.onBlock(block))).catch(blameConsumer);
    }
    return seen + frames;
  }

  /** @param {AudioInfo} info @param {string|null} format */
  #setInfo(info, format) {
    if (this.#info) {
      const { sampleRate, channels } = this.#info;
      if (info.sampleRate !== sampleRate || info.channels !== channels)
        throw new WorkerError({ message: "The fallback decoder reads the file differently." });
      return;
    }
    const told = { ...info, format: format ?? info.format, tags: info.tags ?? null };
    this.#info = told;
    asConsumer(() => this.options.onInfo?.(told));
  }

  #fraction() {
    const info = this.#info;
    return info?.durationSeconds ? Math.min(1, this.#frames / info.sampleRate / info.durationSeconds) : null;
  }

  /** FFmpeg may have found nothing after the first `done` frames either: then the file just ends there. @param {number} done */
  #noteDamage(done) {
    const { sampleRate = 1, durationSeconds } = this.#info ?? {};
    this.#damaged = this.#frames - done > SHORT_SECONDS * sampleRate;
    const share = `${shortTime(this.#frames / sampleRate)} of ${shortTime(durationSeconds ?? 0)}`;
    this.#warnings = this.#damaged ? [`Parts of the file are damaged: ${share} could be decoded.`] : [];
  }

  /** FFmpeg calls the inner headers damaged: only what is missing counts. @param {number} seconds @param {number} all */
  #noteChain(seconds, all) {
    const left = all - seconds > Math.max(SHORT_SECONDS, all * SHORT_SHARE);
    this.#warnings = left ? [`The file is several recordings in one: only ${shortTime(seconds)} of ${shortTime(all)} could be decoded.`] : [];
  }

  /** @param {AudioInfo} info @param {number} seconds @param {number} missingBytes */
  #noteEarlyEnd({ durationSeconds }, seconds, missingBytes) {
    if (this.#damaged) return;
    const short = (durationSeconds ?? 0) - seconds;
    if (durationSeconds && short > Math.max(SHORT_SECONDS, durationSeconds * SHORT_SHARE))
      this.#warnings.push(`The file ends early: ${shortTime(seconds)} of ${shortTime(durationSeconds)} are there.`);
    else if (missingBytes > 0) this.#warnings.push(`The file ends early: ${missingBytes} bytes are missing.`);
  }
}

/** A worker that does not know the session follows one that ended meanwhile. @param {unknown} error @returns {never} */
function blameWorker(error) {
  if (error instanceof WorkerError && error.type === "LostSessionError") throw new WorkerDeath("The decoder was restarted.");
  throw error;
}

/** @template Result @param {() => Result} call @returns {Result} */
function asConsumer(call) {
  try {
    return call();
  } catch (error) {
    return blameConsumer(error);
  }
}

/** Nothing in here may take it for an error of the file: it may be another worker's. @param {unknown} error @returns {never} */
function blameConsumer(error) {
  throw new ConsumerError(error);
}

/** The file's first bytes; throws what a person should hear when it surely is no audio. @param {File} file */
async function readHead(file) {
  if (file.size === 0) throw new DecodeError(`${file.name} is empty (0 bytes).`);
  const head = new Uint8Array(await file.slice(0, SNIFF_BYTES).arrayBuffer());
  const other = describeNonAudio(head);
  if (other) throw new DecodeError(`${file.name} is no audio: it is ${other}.`);
  return head;
}

/** @param {number} seconds @example shortTime(83.25) // "1:23.3" */
export function shortTime(seconds) {
  const tenths = Math.round(seconds * 10);
  return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, "0")}`;
}
