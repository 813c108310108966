/**
 * Quick separations on this device: decode -> OpenSplit, FeedSplit..., FinishSplit, whose blocks of stems go where the
 * mixer reads them. One at a time; what is finished can be heard while the rest is worked out.
 *
 * Events: "opened" (detail: {id}) when the first stems can be heard, "settled" (detail: {entry}) at the end.
 * @import {DecoderLike} from "./analysis-queue.js"
 * @import {SplitBlock} from "./protocol.js"
 * @import {Separation, Separations} from "./stems-store.js"
 * @import {SplitEngineLike} from "./split-engine.js"
 */
import { Pace } from "./upload.js";
import { isFinal, newSeparation } from "./stems-store.js";
import { QUICK, QUICK_LABEL } from "./stems-words.js";

/**
 * Where the stems of one song are kept.
 * @typedef {object} StemsSink
 * @property {(startSample: number, planes: Float32Array[]) => Promise<unknown>|unknown} add  left and right of each stem
 * @property {() => Promise<unknown>|unknown} finish  no more will come
 * @property {() => void} dispose                     forget everything
 */

/** @typedef {{sampleRate: number, seconds: number|null}} Shape seconds: as the file says */

/** @typedef {{entry: string, file: File, controller: AbortController}} Work */

/** Until the engine itself says what it does. */
const BOOT_STAGE = "Starting the engine";

/**
 * @template {StemsSink} Sink
 */
export class Splits extends EventTarget {
  #store;
  #decoder;
  #engine;
  #makeSink;
  #now;
  #lastNumber = 0;
  /** Those that wait, and the first of them that runs. @type {Work[]} */
  #line = [];
  /** @type {Map<string, Sink>} */
  #sinks = new Map();
  #speed = 0;

  /**
   * @param {object} deps
   * @param {Separations} deps.store
   * @param {DecoderLike} deps.decoder
   * @param {SplitEngineLike} deps.engine
   * @param {(shape: Shape) => Sink} deps.makeSink
   * @param {() => number} [deps.now]  milliseconds on any clock
   */
  constructor({ store, decoder, engine, makeSink, now = () => performance.now() }) {
    super();
    this.#store = store;
    this.#decoder = decoder;
    this.#engine = engine;
    this.#makeSink = makeSink;
    this.#now = now;
  }

  /** Whether leaving now would lose work. */
  get busy() {
    return this.#line.length > 0;
  }

  /** Seconds of audio per second of the last one that was finished; null: none yet. @returns {number|null} */
  get speed() {
    return this.#speed > 0 ? this.#speed : null;
  }

  /** What holds the stems of an entry, once there are some. @param {string} id @returns {Sink|null} */
  sink(id) {
    return this.#sinks.get(id) ?? null;
  }

  /** @param {Pick<Separation, "song"|"title"|"artist"|"options"> & {file: File}} wanted @returns {string} the entry's id */
  start({ file, options, ...known }) {
    const entry = newSeparation({ ...known, place: "device", label: QUICK_LABEL, bytes: file.size, options: { ...options, model: QUICK, mode: "each", stems: [] } });
    this.#store.add(entry);
    this.#queue(entry.id, file);
    return entry.id;
  }

  /** @param {string} id @param {File} file */
  retry(id, file) {
    const entry = this.#store.get(id);
    if (!entry || !isFinal(entry)) return;
    this.#forget(id);
    this.#store.update(id, { state: "queued", stage: "", fraction: 0, error: null });
    this.#queue(id, file);
  }

  /** @param {string} id */
  cancel(id) {
    const entry = this.#store.get(id);
    if (!entry || isFinal(entry)) return;
    this.#abort(id);
    this.#forget(id);
    this.#store.update(id, { state: "cancelled", secondsLeft: null });
  }

  /** @param {string} id */
  remove(id) {
    this.#abort(id);
    this.#forget(id);
    this.#store.remove(id);
  }

  /** @param {string} id @param {File} file */
  #queue(id, file) {
    const work = { entry: id, file, controller: new AbortController() };
    this.#line.push(work);
    if (this.#line.length === 1) void this.#runAll();
  }

  async #runAll() {
    for (let work = this.#line[0]; work; work = this.#line[0]) {
      await this.#run(work);
      this.#line = this.#line.filter((each) => each !== work);
    }
  }

  /** @param {Work} work */
  async #run({ entry: id, file, controller: { signal } }) {
    if (signal.aborted) return;
    const number = ++this.#lastNumber;
    this.#store.update(id, { state: "running", stage: BOOT_STAGE, fraction: 0, secondsLeft: null });
    const held = this.#engine.hold((boot) => this.#booting(id, boot.state === "booting" ? boot.stage : ""), signal);
    try {
      await held;
      await this.#separate(id, number, file, signal);
      this.#store.update(id, { state: "done", fraction: 1, secondsLeft: null });
    } catch (error) {
      // Where it was opened; elsewhere it is no error.
      this.#engine.request({ type: "cancelSplit", split: number }).catch(() => {});
      if (!signal.aborted) this.#failed(id, error);
    } finally {
      this.#engine.release();
    }
    if (!signal.aborted) this.dispatchEvent(new CustomEvent("settled", { detail: { entry: this.#store.get(id) } }));
  }

  /** @param {string} id @param {string} stage */
  #booting(id, stage) {
    if (stage) this.#store.update(id, { stage });
  }

  /** @param {string} id @param {number} split @param {File} file @param {AbortSignal} signal */
  async #separate(id, split, file, signal) {
    const start = this.#now();
    const pace = new Pace(start);
    /** @type {Promise<unknown>} */
    let opening = Promise.resolve();
    /** @type {Shape} */
    let shape = { sampleRate: 44100, seconds: null };
    this.#store.update(id, { stage: "Reading the song" });
    const take = async (/** @type {SplitBlock} */ block, /** @type {Float32Array[]} */ planes) => {
      if (signal.aborted || block.samples === 0) return;
      await this.#sinkOf(id, shape).add(block.startSample, planes);
      this.#progress(id, (block.startSample + block.samples) / shape.sampleRate, shape.seconds, pace);
    };
    await this.#decoder.decode(file, {
      signal,
      onStage: (stage) => void (stage !== "Decoding" && this.#store.update(id, { stage })),
      onInfo: ({ sampleRate, channels, durationSeconds }) => {
        shape = { sampleRate, seconds: durationSeconds };
        opening = this.#engine.request({ type: "openSplit", split, sampleRate, channels, expectedSeconds: durationSeconds });
        opening.catch(() => {}); // the first block says so
      },
      onBlock: async (planes) => {
        await opening;
        if (this.#store.get(id)?.stage !== "Separating") this.#store.update(id, { stage: "Separating" });
        const { value, arrays } = await this.#engine.request({ type: "feedSplit", split }, planes, { signal });
        await take(value, arrays);
      },
    });
    const { value, arrays } = await this.#engine.request({ type: "finishSplit", split }, [], { signal });
    await take(value, arrays);
    await this.#sinkOf(id, shape).finish();
    this.#speed = (1000 * (value.startSample + value.samples)) / shape.sampleRate / Math.max(1, this.#now() - start);
  }

  /** @param {string} id @param {Shape} shape @returns {Sink} */
  #sinkOf(id, shape) {
    const known = this.#sinks.get(id);
    if (known) return known;
    const sink = this.#makeSink(shape);
    this.#sinks.set(id, sink);
    this.dispatchEvent(new CustomEvent("opened", { detail: { id } }));
    return sink;
  }

  /** @param {string} id @param {number} done seconds of the song @param {number|null} all @param {Pace} pace */
  #progress(id, done, all, pace) {
    const known = all !== null && all > 0;
    this.#store.update(id, {
      stage: "Separating", fraction: known ? Math.min(1, done / all) : 0, secondsLeft: known ? pace.secondsLeft(this.#now(), done, Math.max(done, all)) : null,
    });
  }

  /** @param {string} id @param {unknown} error */
  #failed(id, error) {
    this.#forget(id);
    this.#store.update(id, { state: "failed", error: error instanceof Error ? error.message : String(error), secondsLeft: null });
  }

  /** @param {string} id */
  #abort(id) {
    for (const work of this.#line) if (work.entry === id) work.controller.abort(new DOMException("Stopped.", "AbortError"));
  }

  /** @param {string} id */
  #forget(id) {
    this.#sinks.get(id)?.dispose();
    this.#sinks.delete(id);
  }
}
