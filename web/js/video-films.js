/**
 * Films of the project in the preview: which frames there are and when, and the frames that Python asks for, decoded
 * ahead with WebCodecs. Frame numbers are Python's choice; nothing here knows of time but the film's own.
 */
import { loadMediabunny } from "./media.js";
import { nearest } from "./video-media-kinds.js";

/** Frames that are decoded ahead of the last one asked for; each of 1080p is 8 MB in the GPU's memory. */
const AHEAD = 8;
/** A film of 30 minutes at 60 frames a second; longer ones are refused rather than listed for minutes. */
const MOST_FRAMES = 108_000;

/** @typedef {{width: number, height: number, times: Float64Array, seconds: number}} FilmFacts */

export class Films {
  /** @type {Map<string, Film>} */
  #films = new Map();
  #onFrame;

  /** @param {{onFrame: () => void}} deps a frame that was missing is there */
  constructor({ onFrame }) {
    this.#onFrame = onFrame;
  }

  /** Throws a sentence for what is no film that this browser can decode. @param {string} id @param {Blob} blob */
  async add(id, blob) {
    const film = await Film.open(blob, this.#onFrame);
    this.drop(id);
    this.#films.set(id, film);
  }

  /** @param {string} id */
  drop(id) {
    this.#films.get(id)?.dispose();
    this.#films.delete(id);
  }

  /** @param {string} id @returns {FilmFacts|null} */
  facts(id) {
    return this.#films.get(id)?.facts ?? null;
  }

  /** Until a frame is decoded, or it is sure that it never will be. @param {string} id @param {number} number */
  async ready(id, number) {
    await this.#films.get(id)?.ready(number);
  }

  dispose() {
    for (const id of [...this.#films.keys()]) this.drop(id);
  }

  /** The painter's question. @param {string} id @param {number} number @returns {VideoFrame|null} */
  frame(id, number) {
    return this.#films.get(id)?.frame(number) ?? null;
  }
}

class Film {
  facts;
  #sink;
  #dispose;
  #onFrame;
  /** Decoded frames by number. @type {Map<number, VideoFrame>} */
  #frames = new Map();
  /** The last one asked for. */
  #wanted = 0;
  /** Ends the decoding that goes on. */
  #run = { stopped: true, first: 0, next: 0 };
  /** @type {() => void} */
  #wake = () => {};
  /** Tells `ready` that there is news. @type {() => void} */
  #tell = () => {};

  /** @param {FilmFacts} facts @param {any} sink @param {() => void} dispose @param {() => void} onFrame */
  constructor(facts, sink, dispose, onFrame) {
    this.facts = facts;
    this.#sink = sink;
    this.#dispose = dispose;
    this.#onFrame = onFrame;
  }

  /** @param {Blob} blob @param {() => void} onFrame @returns {Promise<Film>} */
  static async open(blob, onFrame) {
    const lib = await loadMediabunny();
    const input = new lib.Input({ source: new lib.BlobSource(blob), formats: lib.ALL_FORMATS.filter((format) => format !== /** @type {any} */ (lib).HLS) });
    try {
      const track = await input.getPrimaryVideoTrack();
      if (!track) throw new Error("Expected a film: this file has no pictures that this browser knows.");
      if (!(await track.canDecode())) throw new Error("This browser cannot decode this film: convert it to H.264 in an MP4 file.");
      /** @type {number[]} */
      const starts = [];
      for await (const packet of new lib.EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true })) {
        starts.push(packet.timestamp);
        if (starts.length > MOST_FRAMES) throw new Error(`Expected a film of at most ${MOST_FRAMES.toLocaleString("en")} frames: cut it first.`);
      }
      if (starts.length === 0) throw new Error("Expected a film: this file has no frames.");
      const times = Float64Array.from(starts).sort();
      const first = times[0] ?? 0;
      const seconds = (await track.computeDuration()) - first;
      const facts = { width: await track.getDisplayWidth(), height: await track.getDisplayHeight(), times: times.map((time) => time - first), seconds };
      return new Film(facts, { sink: new lib.VideoSampleSink(track), first }, () => input.dispose(), onFrame);
    } catch (error) {
      input.dispose();
      throw error;
    }
  }

  /** The frame, or null while it is not decoded. @param {number} number @returns {VideoFrame|null} */
  frame(number) {
    this.#wanted = number;
    for (const [at, frame] of this.#frames) {
      if (at >= number && at <= number + 2 * AHEAD) continue;
      frame.close();
      this.#frames.delete(at);
    }
    const found = this.#frames.get(number) ?? null;
    const coming = !this.#run.stopped && number >= this.#run.first && number >= this.#run.next - 1 && number < this.#run.next + 3 * AHEAD;
    if (!found && !coming) void this.#decode(number);
    this.#wake();
    return found;
  }

  /** @param {number} number */
  async ready(number) {
    this.frame(number);
    const run = this.#run;
    while (!this.#frames.has(number) && !run.stopped) await new Promise((resolve) => (this.#tell = () => resolve(undefined)));
  }

  /** @param {number} number from this frame on */
  async #decode(number) {
    this.#run.stopped = true;
    this.#wake();
    const run = { stopped: false, first: number, next: number };
    this.#run = run;
    try {
      const { sink, first } = this.#sink;
      for await (const sample of sink.samples(first + (this.facts.times[number] ?? 0))) {
        if (!run.stopped) this.#keep(sample, first, run);
        sample.close();
        while (!run.stopped && run.next > this.#wanted + AHEAD) await new Promise((resolve) => (this.#wake = () => resolve(undefined)));
        if (run.stopped) return;
      }
      run.stopped = true;
    } catch {
      run.stopped = true; // a damaged stretch: the frame before stays
    } finally {
      this.#tell();
    }
  }

  /** @param {any} sample @param {number} first @param {{next: number}} run */
  #keep(sample, first, run) {
    const number = nearest(this.facts.times, sample.timestamp - first);
    run.next = number + 1;
    if (number < this.#wanted) return;
    this.#frames.get(number)?.close();
    this.#frames.set(number, sample.toVideoFrame());
    if (number !== this.#wanted) return;
    this.#onFrame();
    this.#tell();
  }

  dispose() {
    this.#run.stopped = true;
    this.#wake();
    for (const frame of this.#frames.values()) frame.close();
    this.#frames.clear();
    this.#dispose();
  }
}
