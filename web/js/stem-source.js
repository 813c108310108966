/**
 * A stream made readable from any place, as the mixer's lanes are.
 * @import {Lane, Stereo} from "./mixer-types.js"
 * @import {PlaySource} from "./play-source.js"
 */

/** A read this close behind the last one waits for the stream to get there, rather than opening another. */
const NEAR_SECONDS = 4;

/**
 * Any place of a source that streams: readers go on where the last one ended, and start anew for a jump.
 * @param {PlaySource} source
 * @param {Pick<Lane, "name"|"label"|"peaks"|"file">} facts
 * @returns {Lane & {close: () => void}}
 */
export function sourceLane(source, facts) {
  const reader = new StreamReader(source);
  /** One read after another: they share the stream. @type {Promise<unknown>} */
  let turn = Promise.resolve();
  return {
    ...facts, sampleRate: source.sampleRate, seconds: source.durationSeconds,
    read: (start, count) => {
      const answer = turn.then(() => reader.read(start, count));
      turn = answer.catch(() => {});
      return answer;
    },
    close: () => source.close(),
  };
}

class StreamReader {
  #source;
  /** @type {AsyncGenerator<import("./play-source.js").PlayChunk, void>|null} */
  #stream = null;
  /** What was read last: its first sample and its planes. @type {{start: number, planes: Float32Array[]}|null} */
  #held = null;
  #over = false;

  /** @param {PlaySource} source */
  constructor(source) {
    this.#source = source;
  }

  /** @param {number} start @param {number} count @returns {Promise<Stereo>} */
  async read(start, count) {
    /** @type {Stereo} */
    const planes = [new Float32Array(count), new Float32Array(count)];
    await this.#moveTo(start);
    for (;;) {
      if (this.#held) copy(this.#held, planes, start);
      const end = this.#held ? endOf(this.#held) : start;
      if (end >= start + count || !(await this.#next())) return planes;
    }
  }

  /** @param {number} start */
  async #moveTo(start) {
    const held = this.#held;
    const near = held && start >= held.start && start <= endOf(held) + NEAR_SECONDS * this.#source.sampleRate;
    if (near && (this.#stream || this.#over)) return;
    await this.#stream?.return();
    this.#stream = this.#source.read(start / this.#source.sampleRate);
    this.#held = null;
    this.#over = false;
  }

  /** @returns {Promise<boolean>} false: the file is over */
  async #next() {
    const { value, done } = (await this.#stream?.next()) ?? { done: true, value: undefined };
    if (done || !value) {
      this.#over = true;
      return false;
    }
    this.#held = { start: Math.round(value.seconds * this.#source.sampleRate), planes: value.planes };
    return true;
  }
}

/** @param {{start: number, planes: Float32Array[]}} held */
function endOf({ start, planes }) {
  return start + (planes[0]?.length ?? 0);
}

/** Mono goes to both sides. @param {{start: number, planes: Float32Array[]}} held @param {Stereo} planes @param {number} start of them */
function copy(held, planes, start) {
  const from = Math.max(start, held.start);
  const to = Math.min(start + planes[0].length, endOf(held));
  if (from >= to) return;
  for (const [channel, plane] of planes.entries()) {
    const source = held.planes[channel] ?? held.planes[0];
    if (source) plane.set(source.subarray(from - held.start, to - held.start), from - start);
  }
}
