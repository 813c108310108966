/**
 * From a separation to what the mixer reads: stems of this device where they were kept, those of the server fetched.
 * Waveforms are there at once; what is heard before its file has come waits for it.
 * @import {Lane} from "./mixer-types.js"
 * @import {ResultFile} from "./protocol.js"
 * @import {Separation} from "./stems-store.js"
 * @import {StemStore} from "./stem-store.js"
 */
import { openPlaySource } from "./play-source.js";
import { openStemFile } from "./stem-files.js";
import { unpackPeaks } from "./stem-peaks.js";
import { LOCKED } from "./jobs-api.js";

/** Stems that can be read. loaded: when all that can be heard is here. dispose: let them go. @typedef {{lanes: ReadonlyArray<Lane>, mix: Lane|null, loaded: Promise<void>, dispose: () => void}} OpenStems */
/** Bytes that have come, of all. @typedef {(loaded: number, total: number) => void} OnBytes */
/** @typedef {Lane & {close: () => void}} OpenLane */

/** The order in which a person looks for them; what is not named comes after. */
const SHOWN_FIRST = Object.freeze(["vocals", "instrumental", "drums", "bass", "guitar", "piano", "other"]);
/** Two at a time fill the line, and leave connections for everything else. */
const PARALLEL = 2;
/** Enough of a file for its rate. */
const HEAD_BYTES = 1 << 18;

/** Stems that were kept on this device. @param {StemStore} kept @returns {OpenStems} */
export function stemsOfDevice(kept) {
  return { lanes: inOrder(kept.lanes), mix: null, loaded: Promise.resolve(), dispose() {} };
}

/**
 * @param {Separation} entry  a finished job
 * @param {{signal: AbortSignal, onBytes: OnBytes, original: (() => Promise<Blob>)|null}} deps  original: asks for the song, where it is at hand
 * @returns {Promise<OpenStems>} rejects with a sentence
 */
export async function stemsOfServer(entry, { signal, onBytes, original }) {
  const files = inOrder((entry.job?.results ?? []).filter((file) => file.name !== "zip"));
  const loads = new Loads(files, signal, onBytes);
  const [first] = files;
  if (!first) throw new Error("The server has no files of this job.");
  const [sampleRate, ...peaks] = await Promise.all([rateOf(first, loads, signal), ...files.map((file) => peaksOf(file, signal))]);
  const lanes = files.map((file, at) => ({
    name: file.name, label: file.label, sampleRate, seconds: entry.job?.seconds ?? 0, peaks: peaks[at] ?? null, file: { url: file.url, fileName: file.fileName },
    read: (/** @type {number} */ start, /** @type {number} */ count) => loads.lane(at).then((lane) => lane.read(start, count)),
  }));
  // The stems sum to the song; only where some are missing is the song itself needed for comparison.
  const mix = entry.options.mode === "rest" && original ? await mixOf(original, sampleRate) : null;
  return { lanes, mix, loaded: loads.all(), dispose: () => (loads.close(), mix?.close()) };
}

/** The files of a job on their way. */
class Loads {
  #files;
  #signal;
  #onBytes;
  /** Bytes that have come, by file. @type {number[]} */
  #come;
  /** @type {Array<Promise<OpenLane>|undefined>} */
  #lanes = [];
  /** Who waits for a free line. @type {Array<() => void>} */
  #line = [];
  #running = 0;

  /** @param {ReadonlyArray<ResultFile>} files @param {AbortSignal} signal @param {OnBytes} onBytes */
  constructor(files, signal, onBytes) {
    this.#files = files;
    this.#signal = signal;
    this.#onBytes = onBytes;
    this.#come = files.map(() => 0);
  }

  /** @param {number} at @returns {Promise<OpenLane>} */
  lane(at) {
    return (this.#lanes[at] ??= this.#open(at));
  }

  /** @returns {Promise<void>} */
  async all() {
    await Promise.all(this.#files.map((_, at) => this.lane(at)));
  }

  close() {
    for (const lane of this.#lanes) lane?.then((open) => open.close(), () => {});
  }

  /** @param {number} at @returns {Promise<OpenLane>} */
  async #open(at) {
    const file = /** @type {ResultFile} */ (this.#files[at]);
    if (this.#running >= PARALLEL) await new Promise((go) => this.#line.push(() => go(null)));
    this.#running += 1;
    try {
      const blob = await fetchBlob(file, this.#signal, (bytes) => {
        this.#come[at] = bytes;
        this.#onBytes(sum(this.#come), sum(this.#files.map((each) => each.bytes)));
      });
      return await openStemFile(blob, { name: file.name, label: file.label, peaks: null });
    } finally {
      this.#running -= 1;
      this.#line.shift()?.();
    }
  }
}

/** @param {ResultFile} file @param {AbortSignal} signal @param {(bytes: number) => void} onBytes @returns {Promise<Blob>} */
async function fetchBlob(file, signal, onBytes) {
  const response = await ask(file.url, { signal });
  const parts = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
    parts.push(piece.value);
    onBytes((bytes += piece.value.length));
  }
  return new Blob(parts, { type: file.mediaType });
}

/** @param {string} url @param {RequestInit} init */
async function ask(url, init) {
  const response = await fetch(url, init).catch((error) => {
    throw init.signal?.aborted ? error : new Error("The stems could not be loaded: the server does not answer. Try again in a while.");
  });
  if (response.ok) return response;
  if (response.status === 401) throw new Error(LOCKED);
  if (response.status === 404) throw new Error("The stems are no longer on the server.");
  throw new Error(`The stems could not be loaded (status ${response.status}). Try again in a while.`);
}

/** The rate that a file is decoded at: by its beginning, where that is enough. @param {ResultFile} file @param {Loads} loads @param {AbortSignal} signal */
async function rateOf(file, loads, signal) {
  const head = await ask(file.url, { signal, headers: { range: `bytes=0-${HEAD_BYTES - 1}` } }).then((response) => response.blob());
  try {
    const source = await openPlaySource(head);
    source.close();
    return source.sampleRate;
  } catch {
    return (await loads.lane(0)).sampleRate;
  }
}

/** A waveform that cannot be had is no reason to hear nothing. @param {ResultFile} file @param {AbortSignal} signal */
async function peaksOf(file, signal) {
  if (!file.peaksUrl) return null;
  try {
    return unpackPeaks(await (await ask(file.peaksUrl, { signal })).arrayBuffer());
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

/** @param {() => Promise<Blob>} original @param {number} sampleRate @returns {Promise<OpenLane|null>} null: it cannot be compared */
async function mixOf(original, sampleRate) {
  try {
    const lane = await openStemFile(await original(), { name: "mix", label: "Original", peaks: null });
    if (lane.sampleRate === sampleRate) return lane;
    lane.close();
  } catch {
    // It is not at hand any more, or this browser cannot stream it.
  }
  return null;
}

/** @template {{name: string}} T @param {ReadonlyArray<T>} stems @returns {T[]} */
function inOrder(stems) {
  const rank = (/** @type {T} */ { name }) => (SHOWN_FIRST.includes(name) ? SHOWN_FIRST.indexOf(name) : SHOWN_FIRST.length);
  return [...stems].sort((one, other) => rank(one) - rank(other));
}

/** @param {ReadonlyArray<number>} numbers */
function sum(numbers) {
  return numbers.reduce((all, each) => all + each, 0);
}
