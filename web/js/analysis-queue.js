/**
 * Files to answers: decode -> OpenTrack, FeedTrack..., FinishTrack.
 *
 * The next file is decoded and fed while Python analyses the current one; only one track at a time is in Python's
 * finish stage and at most one waits before it, so memory does not grow with the queue. A file that fails, is
 * cancelled or kills the engine never stops the others; one that saw the engine die is tried once more.
 *
 * Events: "settled" (detail: {track, seconds}) whenever a track ends done, failed or cancelled; "idle" after the last.
 * @import {Track, AudioInfo} from "./types.js"
 * @import {Store} from "./store.js"
 * @import {Playables} from "./playables.js"
 * @import {Request} from "./protocol.js"
 */
import { NO_EDIT } from "./store.js";

/**
 * What the queue needs of the engine (`engine.js`).
 * @typedef {EventTarget & {
 *   boot: {state: string, error: string|null},
 *   request: (request: Request, arrays?: ArrayBufferView[], options?: {
 *     signal?: AbortSignal, onProgress?: (progress: {stage: string, fraction: number|null}) => void,
 *   }) => Promise<{value: any, arrays: any[]}>,
 * }} EngineLike
 */

/**
 * @typedef {object} Decoded
 * @property {AudioInfo} info
 * @property {number} seconds
 * @property {Blob} playable
 * @property {ReadonlyArray<string>} warnings
 */

/**
 * What the queue needs of the decoder (`decoder.js`).
 * @typedef {object} DecoderLike
 * @property {(file: File, options: {
 *   signal: AbortSignal,
 *   onInfo: (info: AudioInfo) => void,
 *   onStage: (text: string, fraction: number|null) => void,
 *   onBlock: (planes: Float32Array[]) => Promise<void>,
 * }) => Promise<Decoded>} decode
 */

/** engineLife: which start of the engine holds the track's audio. @typedef {{id: number, controller: AbortController, opened: boolean, engineLife: number}} Job */

/** Share of the whole progress bar that decoding and feeding take. */
const FEED_SHARE = 0.5;
/** How often a track may see the engine die before it is given up. */
const DEATHS_ALLOWED = 1;
const ENGINE_GONE = "The analysis engine stopped while it worked on this file.";

export class AnalysisQueue extends EventTarget {
  #store;
  #engine;
  #decoder;
  #playables;
  /** @type {Map<number, Job>} */
  #jobs = new Map();
  /** @type {Job|null} */
  #feeding = null;
  /** @type {Job|null} */
  #fed = null;
  /** @type {Job|null} */
  #finishing = null;
  /** @type {Map<number, number>} */
  #deaths = new Map();
  #engineLife = 0;
  #wasReady = false;

  /** @param {{store: Store, engine: EngineLike, decoder: DecoderLike, playables: Playables}} deps */
  constructor({ store, engine, decoder, playables }) {
    super();
    this.#store = store;
    this.#engine = engine;
    this.#decoder = decoder;
    this.#playables = playables;
    store.addEventListener("tracks", () => this.#pump());
    engine.addEventListener("boot", () => this.#onBoot());
    this.#onBoot();
  }

  /** Whether leaving now would lose work. */
  get busy() {
    return this.#store.tracks.some((track) => track.state === "working" || track.state === "waiting");
  }

  /** Stop a waiting or working track; it stays in the list. @param {number} id */
  cancel(id) {
    const state = this.#store.track(id)?.state;
    if (state !== "waiting" && state !== "working") return;
    this.#jobs.get(id)?.controller.abort();
    this.#settle(id, { state: "cancelled", stage: "", fraction: 0 });
  }

  /** Analyse again; an answer already there stays visible until the new one. @param {number} id */
  retry(id) {
    const track = this.#store.track(id);
    if (!track || track.state === "waiting" || track.state === "working") return;
    this.#deaths.delete(id);
    this.#store.update(id, { state: "waiting", stage: "", fraction: 0, error: null });
  }

  /** @param {ReadonlyArray<number>} ids */
  remove(ids) {
    for (const id of ids) {
      this.#jobs.get(id)?.controller.abort();
      this.#deaths.delete(id);
    }
    this.#store.remove(ids);
  }

  clear() {
    this.remove(this.#store.tracks.map((track) => track.id));
  }

  /** An engine that is no longer ready has died, and all audio in it with it. */
  #onBoot() {
    const ready = this.#engine.boot.state === "ready";
    if (this.#wasReady && !ready) this.#engineLife += 1;
    this.#wasReady = ready;
    this.#pump();
  }

  /** Start the next decode when there is room for one; who saw the engine die runs alone, so that it is known who kills. */
  #pump() {
    if (this.#engine.boot.state !== "ready" || this.#feeding || this.#fed) return;
    const next = this.#store.tracks.find((track) => track.state === "waiting" && !this.#jobs.has(track.id));
    if (!next || (this.#jobs.size > 0 && [next.id, ...this.#jobs.keys()].some((id) => this.#deaths.has(id)))) return;
    void this.#run(next);
  }

  /** @param {Track} track */
  async #run(track) {
    /** @type {Job} */
    const job = { id: track.id, controller: new AbortController(), opened: false, engineLife: this.#engineLife };
    const startMilliseconds = performance.now();
    this.#jobs.set(job.id, job);
    this.#feeding = job;
    this.#store.update(job.id, { state: "working", stage: "Decoding", fraction: 0 });
    try {
      const decoded = await this.#feed(job, track.file);
      this.#feeding = null;
      this.#fed = job;
      await this.#finishTurn(job);
      this.#fed = null;
      this.#finishing = job;
      this.#pump();
      const answer = await this.#finish(job);
      this.#leave(job);
      this.#done(job, decoded, answer, (performance.now() - startMilliseconds) / 1000);
    } catch (error) {
      this.#leave(job);
      this.#failed(job, error);
    }
    this.#pump();
  }

  /** @param {Job} job @param {File} file @returns {Promise<Decoded>} */
  async #feed(job, file) {
    const { signal } = job.controller;
    /** @type {Promise<unknown>} */
    let opened = Promise.reject(new Error("The file holds no audio."));
    opened.catch(() => {});
    let expectedSeconds = 0;
    const decoded = await this.#decoder.decode(file, {
      signal,
      onInfo: (info) => {
        expectedSeconds = info.durationSeconds ?? 0;
        this.#store.update(job.id, { tags: info.tags ?? null });
        opened = this.#open(job, info);
        opened.catch(() => {});
      },
      onStage: (stage, fraction) => this.#progress(job, stage, (fraction ?? 0) * FEED_SHARE),
      onBlock: async (planes) => {
        await opened;
        const { value } = await this.#engine.request({ type: "feedTrack", track: job.id }, planes, { signal });
        if (expectedSeconds > 0) {
          this.#progress(job, null, Math.min(1, value.seconds / expectedSeconds) * FEED_SHARE);
        }
      },
    });
    await opened;
    signal.throwIfAborted();
    this.#playables.keep(file, decoded.playable);
    return decoded;
  }

  /** @param {Job} job @param {AudioInfo} info */
  #open(job, info) {
    job.opened = true;
    return this.#engine.request({
      type: "openTrack", track: job.id, sampleRate: info.sampleRate, channels: info.channels,
      expectedSeconds: info.durationSeconds,
    }, [], { signal: job.controller.signal });
  }

  /** Wait until no other track is in Python's finish stage. @param {Job} job */
  async #finishTurn(job) {
    const { signal } = job.controller;
    while (this.#finishing) {
      this.#progress(job, "Waiting its turn", FEED_SHARE);
      await new Promise((resolve) => {
        this.addEventListener("turn", resolve, { once: true, signal });
        signal.addEventListener("abort", resolve, { once: true });
      });
      signal.throwIfAborted();
    }
    if (job.engineLife !== this.#engineLife) throw new Error(ENGINE_GONE);
  }

  /** @param {Job} job */
  #finish(job) {
    this.#progress(job, "Analysing", FEED_SHARE);
    return this.#engine.request({ type: "finishTrack", track: job.id }, [], {
      signal: job.controller.signal,
      onProgress: ({ stage, fraction }) => {
        this.#progress(job, stage, FEED_SHARE + (1 - FEED_SHARE) * (fraction ?? 0));
      },
    });
  }

  /** Progress only grows, and a cancelled job says nothing. @param {Job} job @param {string|null} stage @param {number} fraction */
  #progress(job, stage, fraction) {
    const track = this.#store.track(job.id);
    if (!track || job.controller.signal.aborted) return;
    this.#store.update(job.id, { stage: stage ?? track.stage, fraction: Math.max(track.fraction, fraction) });
  }

  /** Give up every place this job holds. @param {Job} job */
  #leave(job) {
    if (this.#jobs.get(job.id) === job) this.#jobs.delete(job.id);
    if (this.#feeding === job) this.#feeding = null;
    if (this.#fed === job) this.#fed = null;
    if (this.#finishing === job) {
      this.#finishing = null;
      this.dispatchEvent(new Event("turn"));
    }
  }

  /**
   * @param {Job} job
   * @param {Decoded} decoded
   * @param {{value: any, arrays: any[]}} answer
   * @param {number} seconds
   */
  #done(job, decoded, { value, arrays }, seconds) {
    const [beats, downbeats, peaks, bands] = arrays;
    const edit = this.#store.track(job.id)?.edit;
    this.#deaths.delete(job.id);
    this.#settle(job.id, {
      state: "done", stage: "", fraction: 1, error: null,
      analysis: { ...value.analysis, notes: [...decoded.warnings, ...value.analysis.notes] },
      arrays: { beats, downbeats, peaks, bands },
      edit: edit?.locked ? edit : NO_EDIT,
    }, seconds);
  }

  /** @param {Job} job @param {unknown} error */
  #failed(job, error) {
    if (job.opened) this.#engine.request({ type: "cancelTrack", track: job.id }).catch(() => {});
    // Who aborted has already said so in the store, and may have queued the track anew.
    if (job.controller.signal.aborted) return;
    const reason = error instanceof Error ? error : new Error(String(error));
    const deaths = this.#deaths.get(job.id) ?? 0;
    const engineDied = job.engineLife !== this.#engineLife;
    const died = engineDied || reason.name === "WorkerDeath"; // else the decoder's
    if (died && deaths < DEATHS_ALLOWED && this.#engine.boot.state !== "failed") {
      this.#deaths.set(job.id, deaths + 1);
      this.#store.update(job.id, { state: "waiting", stage: "", fraction: 0 });
      return;
    }
    this.#deaths.delete(job.id);
    this.#settle(job.id, { state: "failed", stage: "", fraction: 0, error: engineDied ? ENGINE_GONE : reason.message });
  }

  /** @param {number} id @param {Partial<Track>} patch @param {number} [seconds] */
  #settle(id, patch, seconds = 0) {
    if (!this.#store.update(id, patch)) return;
    this.dispatchEvent(new CustomEvent("settled", { detail: { track: this.#store.track(id), seconds } }));
    if (!this.busy) this.dispatchEvent(new Event("idle"));
  }
}
