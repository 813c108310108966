/**
 * Keeps stems that arrive block by block: on disk in the browser's own file system where it has one, else in memory.
 * What has arrived can be read at once; a read of what is still to come waits for it.
 * @import {Lane, Stereo} from "./mixer-types.js"
 */
import { GrowingPeaks } from "./stem-peaks.js";
import { WorkerClient } from "./worker-client.js";

/** A growing waveform is told of at most this often. */
const TELL_SECONDS = 2;

/**
 * @typedef {object} StemShape
 * @property {ReadonlyArray<{name: string, label: string}>} stems
 * @property {number} sampleRate
 * @property {number|null} seconds  length as far as it is known
 */

/**
 * @param {StemShape} shape
 * @param {{client?: WorkerClient}} [options]
 */
export function createStemStore(shape, { client = new WorkerClient({ spawn: spawnWorker, name: "store of stems" }) } = {}) {
  return new StemStore(shape, client);
}

function spawnWorker() {
  return new Worker(new URL("./stem-worker.js", import.meta.url), { type: "module" });
}

/** Events: "grown" when there is more to see, "finished". */
export class StemStore extends EventTarget {
  #client;
  #rate;
  #expected;
  #arrived = 0;
  #told = 0;
  #finished = false;
  /** @type {GrowingPeaks[]} */
  #peaks;
  /** @type {Array<{until: number, go: (error?: Error) => void}>} */
  #waiting = [];
  /** @type {Promise<unknown>} */
  #opened;
  /** @type {ReadonlyArray<Lane>} */
  lanes;

  /** @param {StemShape} shape @param {WorkerClient} client */
  constructor({ stems, sampleRate, seconds }, client) {
    super();
    this.#client = client;
    this.#rate = sampleRate;
    this.#expected = seconds === null ? 0 : Math.round(seconds * sampleRate);
    this.#peaks = stems.map(() => new GrowingPeaks(sampleRate));
    this.#opened = client.request({ type: "open", lanes: stems.length });
    this.#opened.catch(() => {}); // the first block says so
    this.lanes = stems.map(({ name, label }, index) => this.#lane(name, label, index));
  }

  /** Seconds that can be heard without waiting. */
  get arrivedSeconds() {
    return this.#arrived / this.#rate;
  }

  /** Whether they lie on disk; known once the first block is kept. @returns {Promise<boolean>} */
  async onDisk() {
    const { value } = /** @type {{value: {disk: boolean}}} */ (await this.#opened);
    return value.disk;
  }

  /** @param {number} start sample, where the last block ended @param {ReadonlyArray<Float32Array>} planes left and right of each stem */
  async add(start, planes) {
    if (start !== this.#arrived) throw new Error(`expected a block at sample ${this.#arrived}, got one at ${start}`);
    if (planes.length !== 2 * this.lanes.length) throw new Error(`expected ${2 * this.lanes.length} channels, got ${planes.length}`);
    const count = planes[0]?.length ?? 0;
    const rows = this.lanes.map((_, index) => interleaved(/** @type {Float32Array} */ (planes[2 * index]), /** @type {Float32Array} */ (planes[2 * index + 1])));
    this.#peaks.forEach((peaks, index) => peaks.add(/** @type {Float32Array} */ (planes[2 * index]), /** @type {Float32Array} */ (planes[2 * index + 1])));
    this.#arrived += count;
    await this.#opened;
    await this.#client.request({ type: "write", start }, rows);
    this.#release();
    if (this.#arrived - this.#told >= TELL_SECONDS * this.#rate) this.#tell("grown");
  }

  /** No more will come. */
  finish() {
    this.#finished = true;
    this.#release();
    this.#tell("finished");
  }

  /** Forget everything, also what lies on disk. */
  dispose() {
    for (const { go } of this.#waiting.splice(0)) go(new Error("The stems were removed."));
    const client = this.#client;
    client.request({ type: "close" }).catch(() => {}).finally(() => client.terminate());
  }

  /** @param {"grown"|"finished"} type */
  #tell(type) {
    this.#told = this.#arrived;
    this.dispatchEvent(new Event(type));
  }

  /** @param {string} name @param {string} label @param {number} index @returns {Lane} */
  #lane(name, label, index) {
    const [rate, peaks] = [this.#rate, () => this.#peaks[index]?.values ?? null];
    const samples = () => (this.#finished ? this.#arrived : Math.max(this.#expected, this.#arrived));
    return {
      name, label, sampleRate: rate,
      get seconds() { return samples() / rate; },
      get peaks() { return peaks(); },
      read: (start, count) => this.#read(index, start, count),
    };
  }

  /** @param {number} lane @param {number} start @param {number} count @returns {Promise<Stereo>} */
  async #read(lane, start, count) {
    await this.#wait(start + count);
    const { arrays } = await this.#client.request({ type: "read", lane, start, count });
    return split(arrays[0], count);
  }

  /** @param {number} until sample @returns {Promise<void>} */
  #wait(until) {
    if (this.#finished || until <= this.#arrived) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ until, go: (error) => (error ? reject(error) : resolve()) }));
  }

  #release() {
    const ready = this.#waiting.filter(({ until }) => this.#finished || until <= this.#arrived);
    this.#waiting = this.#waiting.filter((each) => !ready.includes(each));
    for (const { go } of ready) go();
  }
}

/** @param {Float32Array} left @param {Float32Array} right @returns {Float32Array} left, right, left, ... */
export function interleaved(left, right) {
  const row = new Float32Array(2 * left.length);
  for (let i = 0; i < left.length; i++) {
    row[2 * i] = left[i] ?? 0;
    row[2 * i + 1] = right[i] ?? 0;
  }
  return row;
}

/** @param {Float32Array} row @param {number} count beyond the row is silence @returns {Stereo} */
export function split(row, count) {
  /** @type {Stereo} */
  const planes = [new Float32Array(count), new Float32Array(count)];
  for (let i = 0; 2 * i < row.length; i++) {
    planes[0][i] = row[2 * i] ?? 0;
    planes[1][i] = row[2 * i + 1] ?? 0;
  }
  return planes;
}
