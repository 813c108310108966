/**
 * Files to answers: decode -> OpenTrack, FeedTrack..., FinishTrack -> the answer -> DeepenTrack -> its details.
 *
 * The next file is decoded and fed while Python analyses the current one; Python does one long thing at a time
 * (`turns.js`) and at most one fed track waits for its answer, so memory does not grow with the queue. A file that
 * fails, is cancelled or kills the engine never stops the others; one that saw the engine die is tried once more. When
 * that happened after its answer, the answer stays, and the file is decoded again only for its details.
 *
 * Events: "settled" (detail: {track, seconds}) whenever a track ends done, failed or cancelled; "idle" after the last;
 * "deepened" (detail: {track}) when the details of a track are there.
 * @import {Track, AudioInfo} from "./types.js"
 * @import {Store} from "./store.js"
 * @import {Playables} from "./playables.js"
 * @import {TurnKind} from "./turns.js"
 * @import {Details, Request, TempoRange} from "./protocol.js"
 */
import { NO_DEEPENING, NO_EDIT } from "./store.js";
import { Turns } from "./turns.js";

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

/**
 * One way of a file through the engine. engineLife: which start of the engine holds the track's audio. answered: the
 * track has its answer, what is at stake are the details. detailsFrom: where the details' own progress begins.
 * @typedef {{id: number, controller: AbortController, opened: boolean, engineLife: number, answered: boolean, detailsFrom: number}} Job
 */

/** Share of the whole progress bar that decoding and feeding take. */
const FEED_SHARE = 0.5;
/** Share of the details' progress that comes before them, where the file had to be decoded again. */
const AGAIN_SHARE = 0.5;
/** How often a track may see the engine die before it is given up. */
const DEATHS_ALLOWED = 1;
const ENGINE_GONE = "The analysis engine stopped while it worked on this file.";
const STOPPED = "Sections and mood are missing. You stopped the search for them.";

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
  /** @type {Turns} */
  #turns;
  /** Tracks with an answer whose file must be decoded again for the details. @type {Set<number>} */
  #again = new Set();
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
    this.#turns = new Turns((id) => id === store.selected?.id);
    store.addEventListener("tracks", () => this.#pump());
    engine.addEventListener("boot", () => this.#onBoot());
    this.#onBoot();
  }

  /** Whether leaving now would lose work. */
  get busy() {
    return this.#store.tracks.some((track) => track.state === "working" || track.state === "waiting");
  }

  /** Stop a waiting or working track, or leave an answered one without its details; it stays in the list. @param {number} id */
  cancel(id) {
    const track = this.#store.track(id);
    if (track?.state === "waiting" || track?.state === "working") {
      this.#forget(id);
      this.#settle(id, { state: "cancelled", stage: "", fraction: 0 });
    } else if (track && isDeepening(track)) {
      this.#forget(id);
      this.#store.update(id, { deepening: { ...NO_DEEPENING, state: "missing", error: STOPPED } });
    }
  }

  /** Analyse again; an answer already there stays until the new one. @param {number} id */
  retry(id) {
    const track = this.#store.track(id);
    if (!track || track.state === "waiting" || track.state === "working") return;
    this.#forget(id);
    this.#store.update(id, { state: "waiting", stage: "", fraction: 0, error: null, deepening: NO_DEEPENING });
  }

  /** @param {ReadonlyArray<number>} ids @returns {Track[]} for `putBack` */
  remove(ids) {
    const tracks = ids.map((id) => this.#store.track(id)).filter((track) => track !== null);
    for (const id of ids) this.#forget(id);
    this.#store.remove(ids);
    return tracks;
  }

  /** Removed tracks come back; what was going on for them was cancelled and waits to begin anew. @param {ReadonlyArray<Track>} tracks */
  putBack(tracks) {
    const back = tracks.map((track) => {
      if (track.state === "working") return { ...track, state: /** @type {const} */ ("waiting"), stage: "", fraction: 0 };
      if (!isDeepening(track)) return track;
      this.#again.add(track.id);
      return { ...track, deepening: { ...NO_DEEPENING, state: /** @type {const} */ ("waiting") } };
    });
    this.#store.putBack(back);
  }

  /** Whatever goes on for a track ends. @param {number} id */
  #forget(id) {
    this.#jobs.get(id)?.controller.abort();
    this.#again.delete(id);
    this.#deaths.delete(id);
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
    const next = this.#next();
    if (!next || (this.#jobs.size > 0 && [next.id, ...this.#jobs.keys()].some((id) => this.#deaths.has(id)))) return;
    void this.#run(next);
  }

  /** Whose file is next: answers come before details. @returns {Track|undefined} */
  #next() {
    const free = (/** @type {Track} */ track) => !this.#jobs.has(track.id);
    return this.#store.tracks.find((track) => track.state === "waiting" && free(track))
      ?? (this.#again.size > 0 ? this.#store.tracks.find((track) => this.#again.has(track.id) && free(track)) : undefined);
  }

  /** @param {Track} track */
  async #run(track) {
    const answered = this.#again.delete(track.id);
    /** @type {Job} */
    const job = {
      id: track.id, controller: new AbortController(), opened: false, engineLife: this.#engineLife, answered,
      detailsFrom: answered ? AGAIN_SHARE : 0,
    };
    this.#jobs.set(job.id, job);
    this.#feeding = job;
    try {
      await this.#answer(job, track);
      await this.#deepen(job);
      this.#leave(job);
    } catch (error) {
      this.#leave(job);
      this.#failed(job, error);
    }
    this.#pump();
  }

  /** From the file to key and tempo. @param {Job} job @param {Track} track */
  async #answer(job, track) {
    const startMilliseconds = performance.now();
    const tempoRange = job.answered ? track.tempoRange : this.#store.settings.tempoRange;
    if (!job.answered) this.#store.update(job.id, { state: "working", stage: "Decoding", fraction: 0, tempoRange });
    const decoded = await this.#feed(job, track.file, tempoRange);
    this.#feeding = null;
    this.#fed = job;
    await this.#turn(job, "answer");
    this.#fed = null;
    this.#pump();
    const answer = await this.#finish(job);
    if (!job.answered) this.#done(job, decoded, answer, (performance.now() - startMilliseconds) / 1000);
  }

  /** Then structure and mood, over an answer that is on screen. @param {Job} job */
  async #deepen(job) {
    job.answered = true;
    await this.#turn(job, "details");
    const share = (/** @type {number} */ fraction) => job.detailsFrom + (1 - job.detailsFrom) * fraction;
    this.#progress(job, "Listening for sections and mood", share(0));
    const { value, arrays: [embedding = null] } = await this.#engine.request({ type: "deepenTrack", track: job.id }, [], {
      signal: job.controller.signal,
      onProgress: ({ stage, fraction }) => this.#progress(job, stage, share(fraction ?? 0)),
    });
    this.#deepened(job, value.details, embedding);
  }

  /** @param {Job} job @param {File} file @param {TempoRange|null} tempoRange @returns {Promise<Decoded>} */
  async #feed(job, file, tempoRange) {
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
        opened = this.#open(job, info, tempoRange);
        opened.catch(() => {});
      },
      onStage: (stage, fraction) => this.#towards(job, stage, (fraction ?? 0) * FEED_SHARE),
      onBlock: async (planes) => {
        await opened;
        const { value } = await this.#engine.request({ type: "feedTrack", track: job.id }, planes, { signal });
        if (expectedSeconds > 0) {
          this.#towards(job, null, Math.min(1, value.seconds / expectedSeconds) * FEED_SHARE);
        }
      },
    });
    await opened;
    signal.throwIfAborted();
    this.#playables.keep(file, decoded.playable);
    return decoded;
  }

  /** @param {Job} job @param {AudioInfo} info @param {TempoRange|null} tempoRange */
  #open(job, info, tempoRange) {
    job.opened = true;
    return this.#engine.request({
      type: "openTrack", track: job.id, sampleRate: info.sampleRate, channels: info.channels,
      expectedSeconds: info.durationSeconds, tempoRange,
    }, [], { signal: job.controller.signal });
  }

  /** Wait for Python; what was fed to an engine that is gone meanwhile is lost. @param {Job} job @param {TurnKind} kind */
  async #turn(job, kind) {
    if (kind === "answer" && this.#turns.taken) this.#towards(job, "Waiting its turn", FEED_SHARE);
    await this.#turns.take(job, kind);
    job.controller.signal.throwIfAborted();
    if (job.engineLife !== this.#engineLife) throw new Error(ENGINE_GONE);
  }

  /** @param {Job} job */
  #finish(job) {
    this.#towards(job, "Analysing", FEED_SHARE);
    return this.#engine.request({ type: "finishTrack", track: job.id }, [], {
      signal: job.controller.signal,
      onProgress: ({ stage, fraction }) => {
        this.#towards(job, stage, FEED_SHARE + (1 - FEED_SHARE) * (fraction ?? 0));
      },
    });
  }

  /** Progress of the way to the answer. @param {Job} job @param {string|null} stage @param {number} fraction */
  #towards(job, stage, fraction) {
    this.#progress(job, stage, job.answered ? job.detailsFrom * fraction : fraction);
  }

  /** Progress only grows, and a cancelled job says nothing. @param {Job} job @param {string|null} stage @param {number} fraction */
  #progress(job, stage, fraction) {
    const track = this.#store.track(job.id);
    if (!track || job.controller.signal.aborted) return;
    const before = job.answered ? track.deepening : track;
    const now = { stage: stage ?? before.stage, fraction: Math.max(before.fraction, fraction) };
    this.#store.update(job.id, job.answered ? { deepening: { ...NO_DEEPENING, state: "working", ...now } } : now);
  }

  /** Give up every place this job holds. @param {Job} job */
  #leave(job) {
    if (this.#jobs.get(job.id) === job) this.#jobs.delete(job.id);
    if (this.#feeding === job) this.#feeding = null;
    if (this.#fed === job) this.#fed = null;
    this.#turns.leave(job);
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
    this.#settle(job.id, {
      state: "done", stage: "", fraction: 1, error: null,
      analysis: { ...value.analysis, notes: [...decoded.warnings, ...value.analysis.notes] },
      arrays: { beats, downbeats, peaks, bands, embedding: null },
      edit: edit?.locked ? edit : NO_EDIT,
      deepening: { ...NO_DEEPENING, state: "waiting" },
    }, seconds);
  }

  /** What was set by hand meanwhile stays. @param {Job} job @param {Details} details @param {Float32Array|null} embedding */
  #deepened(job, { structure, mood, notes, stepSeconds }, embedding) {
    const { analysis, arrays } = this.#store.track(job.id) ?? {};
    this.#deaths.delete(job.id);
    if (!analysis || !arrays) return;
    this.#store.update(job.id, {
      analysis: {
        ...analysis, structure, mood, notes: [...analysis.notes, ...notes], stepSeconds: { ...analysis.stepSeconds, ...stepSeconds },
      },
      arrays: { ...arrays, embedding },
      deepening: { ...NO_DEEPENING, state: "done", fraction: 1 },
    });
    this.dispatchEvent(new CustomEvent("deepened", { detail: { track: this.#store.track(job.id) } }));
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
      this.#onceMore(job);
      return;
    }
    this.#deaths.delete(job.id);
    const sentence = engineDied ? ENGINE_GONE : reason.message;
    if (job.answered) this.#store.update(job.id, { deepening: { ...NO_DEEPENING, state: "missing", error: missingText(sentence) } });
    else this.#settle(job.id, { state: "failed", stage: "", fraction: 0, error: sentence });
  }

  /** @param {Job} job */
  #onceMore(job) {
    if (job.answered) this.#again.add(job.id);
    this.#store.update(job.id, job.answered
      ? { deepening: { ...NO_DEEPENING, state: "waiting" } } : { state: "waiting", stage: "", fraction: 0 });
  }

  /** @param {number} id @param {Partial<Track>} patch @param {number} [seconds] */
  #settle(id, patch, seconds = 0) {
    if (!this.#store.update(id, patch)) return;
    this.dispatchEvent(new CustomEvent("settled", { detail: { track: this.#store.track(id), seconds } }));
    if (!this.busy) this.dispatchEvent(new Event("idle"));
  }
}

/** Whether a track has its answer and its details are still to come. @param {Pick<Track, "deepening">} track */
export function isDeepening({ deepening }) {
  return deepening.state === "waiting" || deepening.state === "working";
}

/** @param {string} reason a sentence */
function missingText(reason) {
  return `Sections and mood are missing. ${reason}`;
}
